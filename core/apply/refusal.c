// SPDX-License-Identifier: GPL-2.0
#include "refusal.h"

#include <errno.h>
#include <string.h>

#include <kmend/abi.h>

#include "../base/cleanup.h"
#include "../base/str.h"

static const struct kmend_refusal_row rows[] = {
#define REFUSAL_ROW(id, name, text, advice) { name, text, advice },
	KMEND_REFUSALS(REFUSAL_ROW)
#undef REFUSAL_ROW
		{ "no_module", "kmend.ko for the running kernel is not installed",
		  "Install kmend-module-<release> or kmend-dkms; the update is then applied by the timer." },
	{ "bad_signature", "the kernel accepts signed modules only, and this one has no accepted signature",
	  "Sign the module with a key the kernel trusts, or enrol the key it is signed with (mokutil --import)." },
	{ "wrong_interface", "the module needs something that this kernel or this kmend.ko does not offer",
	  "See the kernel log (dmesg); install the update and kmend.ko for the running kernel." },
	{ "module_loader", "the kernel's module loader refused the update", "See the kernel log (dmesg)." },
	{ "name_taken", "a module of the same name is loaded already",
	  "Unload that module, or reboot; then apply again." },
	{ "stays_loaded", "another build of this update is in memory and has to stay there until a reboot",
	  "Reboot into a fixed kernel, or apply after the next boot." },
	{ "replaced", "a cumulative update took its place", "Nothing has to be done; see kmend view." },
	{ "interrupted", "the run that applied it was interrupted before it was done", "Apply it again." },
	{ "rebooted", "the machine was booted anew", "Apply it again if it is still wanted." },
	{ "damaged", "the installed files are not those of the update", "Install its package again." },
	{ "record", "the record could not be written", "Free some space in /var/lib/kmend, then apply again." },
};

static const struct kmend_refusal_row unknown = { "unknown", "the kernel refused for a reason unknown to this program",
						  "See the kernel log (dmesg)." };

const struct kmend_refusal_row *kmend_refusal_find(const char *refusal, const char **ret_detail)
{
	const char *colon = strstr(refusal, ": ");
	size_t length = colon ? (size_t)(colon - refusal) : strlen(refusal);

	if (ret_detail)
		*ret_detail = colon ? colon + 2 : "";
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		if (strlen(rows[i].name) == length && !strncmp(rows[i].name, refusal, length))
			return &rows[i];
	return &unknown;
}

bool kmend_refusal_is_transient(const char *refusal)
{
	static const char *const names[] = { "busy",	  "code_changed",  "stop_failed", "out_of_memory",
					     "no_module", "target_coming", "switching" };
	const char *name = kmend_refusal_find(refusal, NULL)->name;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	/* "hook_refused: STAGE: FUNCTION() gave -EBUSY": a hook says by its errno whether waiting helps. */
	return !strcmp(name, "hook_refused") &&
	       (kmend_ends_with(refusal, " -EBUSY") || kmend_ends_with(refusal, " -EAGAIN"));
}

/* What the module loader's errnos mean (kernel/module/main.c). */
static const struct loader_row {
	int code;
	const char *name;
} loader_rows[] = {
	{ -EKEYREJECTED, "bad_signature" }, { -ENOKEY, "bad_signature" },   { -EPERM, "bad_signature" },
	{ -EBADMSG, "bad_signature" },	    { -ENOENT, "wrong_interface" }, { -ENOEXEC, "wrong_interface" },
	{ -EINVAL, "wrong_interface" },	    { -EEXIST, "name_taken" },	    { -ENOMEM, "out_of_memory" },
};

char *kmend_refusal_of_loader(int code)
{
	const char *name = "module_loader";

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(loader_rows); i++)
		if (loader_rows[i].code == code)
			name = loader_rows[i].name;
	return kmend_format("%s: the module loader says: %s", name, strerror(-code));
}

int kmend_fail_refused(struct kmend_error *error, const char *what, const char *refusal)
{
	const char *detail;
	const struct kmend_refusal_row *row = kmend_refusal_find(refusal, &detail);
	bool busy = !strcmp(row->name, "busy");

	kmend_fail(error, busy ? KMEND_STATUS_BUSY : KMEND_STATUS_REFUSED, busy ? -EBUSY : -EPERM, "%s: %s%s%s%s", what,
		   row->text, *detail ? " (" : "", detail, *detail ? ")" : "");
	kmend_advise(error, "%s", row->advice);
	return busy ? -EBUSY : -EPERM;
}
