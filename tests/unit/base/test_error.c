// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "core/base/error.h"
#include "tap.h"

int main(void)
{
	struct kmend_error error = { 0 };
	char lines[sizeof(error.detail) + 100];

	tap_ok(kmend_fail(&error, KMEND_STATUS_BUSY, -EBUSY, "task %d", 7) == -EBUSY, "the code comes back");
	tap_is_str(error.message, "task 7", "the message is formatted");
	tap_ok(error.status == KMEND_STATUS_BUSY && error.code == -EBUSY, "status and code are kept");
	tap_ok(kmend_fail(NULL, KMEND_STATUS_BUSY, 0, "nobody asks") == -EIO,
	       "without an error, and code 0 becomes EIO");

	kmend_fail_errno(&error, -ENOENT, "cannot open %s", "x");
	tap_is_str(error.message, "cannot open x: No such file or directory", "errno's words are added");
	tap_ok(error.status == KMEND_STATUS_FAILURE, "an errno is a failure");

	kmend_fail_errno(&error, -ENOSPC, "cannot write");
	tap_ok(error.status == KMEND_STATUS_DISK_FULL && error.advice[0],
	       "no space left is its own status, with advice");
	kmend_fail(&error, KMEND_STATUS_BUSY, -EBUSY, "again");
	tap_is_str(error.advice, "", "a new failure forgets the old advice");

	memset(lines, 'x', sizeof(lines));
	for (size_t i = 79; i < sizeof(lines); i += 80)
		lines[i] = '\n';
	lines[sizeof(lines) - 1] = '\0';
	kmend_detail(&error, lines);
	tap_ok(strlen(error.detail) < sizeof(error.detail) && strlen(error.detail) % 80 == 0 &&
		       strlen(error.detail) > 8000,
	       "a long detail is cut at a line's end");

	tap_is_str(kmend_status_name(KMEND_STATUS_NO_CHANGE), "no-change", "a status has a name");
	tap_is_str(kmend_status_name((enum kmend_status)250), "failure", "an unknown status, too");
	return tap_done();
}
