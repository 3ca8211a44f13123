// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "core/base/error.h"
#include "tap.h"

static void test_fail(void)
{
	struct kmend_error error = { 0 };

	tap_is_int(kmend_fail(&error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is %d", "it", 7), -EBADMSG,
		   "the code comes back");
	tap_is_int(error.status, KMEND_STATUS_DAMAGED, "the status is kept");
	tap_is_str(error.message, "it is 7", "the message is formatted");
	tap_is_int(kmend_fail(NULL, KMEND_STATUS_DAMAGED, -EBADMSG, "nobody asks"), -EBADMSG, "no error is wanted");
	tap_is_int(kmend_fail(&error, KMEND_STATUS_FAILURE, 0, "x"), -EIO, "no code means EIO");

	kmend_fail(&error, KMEND_STATUS_FAILURE, -EIO, "inner");
	kmend_fail(&error, KMEND_STATUS_FAILURE, -EIO, "outer: %s", error.message);
	tap_is_str(error.message, "outer: inner", "a message may quote the one it replaces");

	kmend_fail_errno(&error, -ENOENT, "cannot open %s", "/x");
	tap_is_str(error.message, "cannot open /x: No such file or directory", "the errno is spelt out");
	tap_is_int(error.status, KMEND_STATUS_FAILURE, "an errno alone is a failure");
	kmend_fail_errno(&error, -ENOSPC, "cannot write");
	tap_is_int(error.status, KMEND_STATUS_DISK_FULL, "no space is its own status");
	tap_ok(error.advice[0], "and says what to do");
	kmend_fail(&error, KMEND_STATUS_DAMAGED, -EIO, "later");
	tap_is_str(error.advice, "", "an old advice does not survive a new error");
}

static void test_detail(void)
{
	struct kmend_error error = { 0 };
	static char text[20000];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 100 == 99 ? '\n' : 'x';
	kmend_detail(&error, text);
	tap_ok(strlen(error.detail) > 8000 && strlen(error.detail) % 100 == 0,
	       "a long detail is cut at the end of a line");
	memset(text, 'y', sizeof(text) - 1);
	kmend_detail(&error, text);
	tap_is_int(strlen(error.detail), sizeof(error.detail) - 1, "one endless line is cut where it must");
	kmend_detail(&error, "short");
	tap_is_str(error.detail, "short", "a short detail is kept whole");
	kmend_detail(&error, error.detail + 1);
	tap_is_str(error.detail, "hort", "a detail may be taken from itself");
	kmend_detail(NULL, "nobody");
	memset(text, 'z', sizeof(text) - 1);
	kmend_fail(&error, KMEND_STATUS_FAILURE, -EIO, "%s", text);
	tap_is_int(strlen(error.message), sizeof(error.message) - 1, "a long message is cut");
	kmend_fail_errno(&error, -EIO, "%s", text);
	tap_is_int(strlen(error.message), sizeof(error.message) - 1, "also where the errno finds no room");
	kmend_advise(&error, "%s", text);
	tap_is_int(strlen(error.advice), sizeof(error.advice) - 1, "a long advice is cut");
}

static void test_statuses(void)
{
	static const int numbers[] = {
#define STATUS_NUMBER(id, number, name, meaning) number,
		KMEND_STATUSES(STATUS_NUMBER)
#undef STATUS_NUMBER
	};
	bool distinct = true;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		for (size_t j = 0; j < i; j++)
			distinct &= numbers[i] != numbers[j];
	tap_ok(distinct, "every class of failure has an exit status of its own");
	tap_is_int(KMEND_STATUS_NO_CHANGE, 66, "no change is 66");
	tap_is_str(kmend_status_name(KMEND_STATUS_NO_CHANGE), "no-change", "statuses have names");
	tap_is_str(kmend_status_name(200), "failure", "an unknown status has a name too");
}

int main(void)
{
	test_fail();
	test_detail();
	test_statuses();
	return tap_done();
}
