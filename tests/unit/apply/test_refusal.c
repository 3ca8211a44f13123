// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include <kmend/abi.h>

#include "core/apply/refusal.h"
#include "tap.h"
#include "tree.h"

int main(void)
{
	static const char *const kernel_names[] = {
#define NAME(id, name, text, advice) name,
		KMEND_REFUSALS(NAME)
#undef NAME
	};
	struct kmend_error error = { 0 };
	const char *detail;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(kernel_names); i++) {
		const struct kmend_refusal_row *row = kmend_refusal_find(kernel_names[i], NULL);

		ok(!strcmp(row->name, kernel_names[i]) && *row->text && (*row->advice || !i), "%s has text and advice",
		   kernel_names[i]);
	}
	is(kmend_refusal_find("no_match: unix_ioctl+0x10: x", &detail)->name, "no_match", "name before the colon");
	is(detail, "unix_ioctl+0x10: x", "detail behind it");
	is(kmend_refusal_find("no_matches", &detail)->name, "unknown", "a longer name is another name");
	is(kmend_refusal_find("", &detail)->name, "unknown", "an empty refusal is unknown, not a crash");

	ok(kmend_fail_refused(&error, "cannot apply X", "busy: y") == -EBUSY && error.status == KMEND_STATUS_BUSY,
	   "busy is BUSY");
	ok(kmend_fail_refused(&error, "cannot apply X", "kprobe: at f") == -EPERM &&
		   error.status == KMEND_STATUS_REFUSED && strstr(error.message, "kprobe") &&
		   strstr(error.message, "at f") && *error.advice,
	   "all else is REFUSED, with text, detail and advice");
	ok(kmend_refusal_is_transient("busy: x") && kmend_refusal_is_transient("stop_failed") &&
		   !kmend_refusal_is_transient("no_match: x") && !kmend_refusal_is_transient("") &&
		   !kmend_refusal_is_transient("kprobe: x") &&
		   kmend_refusal_is_transient("hook_refused: check_apply: f() gave -EBUSY") &&
		   kmend_refusal_is_transient("hook_refused: pre_apply: f() gave -EAGAIN") &&
		   !kmend_refusal_is_transient("hook_refused: pre_apply: f() gave -ENOMEM"),
	   "what passes by itself, and what does not");
	{
		static const int codes[] = { -EKEYREJECTED, -ENOENT, -EEXIST, -ENOMEM, -EIO, -12345 };

		for (size_t i = 0; i < KMEND_ARRAY_SIZE(codes); i++) {
			_cleanup_free_ char *refusal = kmend_refusal_of_loader(codes[i]);

			ok(strcmp(kmend_refusal_find(refusal, NULL)->name, "unknown"), "the loader's %d has a name",
			   codes[i]);
		}
	}
	return done_testing();
}
