// SPDX-License-Identifier: GPL-2.0
/*
 * apt, driven: whatever kmend's own commands install, remove or hold goes through it, so dpkg's database stays the truth.
 *
 * What is installed is held by apt-mark. What is not cannot be held that way; a preference keeps it out
 * (apt_preferences(5): a priority below 0), one stanza a package, in a file of kmend's own.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/base/child.h"
#include "apt.h"
#include "dpkg.h"

#define PREFERENCES "/etc/apt/preferences.d/kmend-hold.pref"
#define PREFERENCES_LIMIT (1 << 20)

/* Run on the user's terminal: apt asks and shows by itself. Returns its exit status. */
static int run_on_terminal(char **words, struct kmend_error *error)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return kmend_fail_errno(error, -errno, "cannot start %s", words[0]);
	if (!pid) {
		execvp(words[0], words);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return kmend_fail_errno(error, -errno, "cannot wait for %s", words[0]);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return status ? kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s ended with status %d", words[0], status) : 0;
}

static int run_apt_get(const struct kmend_manage_request *request, const char *verb, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv words = { 0 };

	kmend_strv_add(&words, "apt-get");
	if (request->quiet)
		kmend_strv_add(&words, "-qq");
	if (request->yes)
		kmend_strv_add(&words, "--assume-yes");
	if (request->dry_run)
		kmend_strv_add(&words, "--simulate");
	kmend_strv_add(&words, verb);
	for (size_t i = 0; request->packages && request->packages[i]; i++)
		kmend_strv_add(&words, request->packages[i]);
	return run_on_terminal(words.items, error);
}

static bool is_installed(const char *package)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = {
		.argv = (const char *const[]){ "dpkg-query", "-W", "-f", "${db:Status-Status}", package, NULL },
		.output = &output,
	};

	return kmend_child_run(&child, NULL) == 0 && output.data && !strcmp(output.data, "installed");
}

static void read_kept_out(struct kmend_strv *packages)
{
	_cleanup_free_ char *text = NULL;
	char *rest = NULL;

	if (kmend_file_read(PREFERENCES, PREFERENCES_LIMIT, &text, NULL, NULL))
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (kmend_starts_with(line, "Package: "))
			kmend_strv_add(packages, line + strlen("Package: "));
}

static int write_kept_out(const struct kmend_strv *packages, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	if (!packages->count)
		return unlink(PREFERENCES) < 0 && errno != ENOENT
			       ? kmend_fail_errno(error, -errno, "cannot remove " PREFERENCES)
			       : 0;
	kmend_buffer_addf(&text, "# Written by 'kmend hold': these are not to be installed. 'kmend unhold' ends it.\n");
	for (size_t i = 0; i < packages->count; i++)
		kmend_buffer_addf(&text, "\nPackage: %s\nPin: version *\nPin-Priority: -1\n", packages->items[i]);
	return kmend_file_write_atomic(PREFERENCES, text.data, text.size, 0644, error);
}

static int mark(const char *verb, const char *package, struct kmend_error *error)
{
	struct kmend_child child = { .argv = (const char *const[]){ "apt-mark", verb, package, NULL } };

	return kmend_child_check(&child, error);
}

static int hold(const struct kmend_manage_request *request, bool on, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv before = { 0 }, after = { 0 };
	int code = 0;

	if (request->dry_run)
		return 0;
	read_kept_out(&before);
	for (size_t i = 0; i < before.count; i++) {
		bool named = false;

		for (size_t j = 0; request->packages[j]; j++)
			named |= !strcmp(before.items[i], request->packages[j]);
		if (!named)
			kmend_strv_add(&after, before.items[i]);
	}
	for (size_t i = 0; request->packages[i] && !code; i++) {
		if (is_installed(request->packages[i]))
			code = mark(on ? "hold" : "unhold", request->packages[i], error);
		else if (on)
			kmend_strv_add(&after, request->packages[i]);
	}
	return code ? code : write_kept_out(&after, error);
}

int kmend_dpkg_manage(const struct kmend_manage_request *request, struct kmend_error *error)
{
	switch (request->verb) {
	case KMEND_MANAGE_INSTALL:
		return run_apt_get(request, "install", error);
	case KMEND_MANAGE_REMOVE:
		return run_apt_get(request, "remove", error);
	case KMEND_MANAGE_REFRESH:
		return run_apt_get(request, "update", error);
	case KMEND_MANAGE_HOLD:
	case KMEND_MANAGE_UNHOLD:
		return hold(request, request->verb == KMEND_MANAGE_HOLD, error);
	}
	return -EINVAL;
}

int kmend_dpkg_held(struct kmend_strv *ret_packages, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .argv = (const char *const[]){ "apt-mark", "showhold", NULL }, .output = &output };
	char *rest = NULL;
	int code = kmend_child_check(&child, error);

	if (code)
		return code;
	for (char *line = output.data ? strtok_r(output.data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (kmend_starts_with(line, "kmend-patch-"))
			kmend_strv_add(ret_packages, line);
	read_kept_out(ret_packages);
	return 0;
}

int kmend_dpkg_available(const char *release, struct kmend_strv *ret_packages, struct kmend_error *error)
{
	struct kmend_apt apt = { .cache = "/nonexistent" };
	_cleanup_free_ char *prefix = kmend_format("kmend-patch-%s-", release);
	_cleanup_strv_ struct kmend_strv names = { 0 };
	int code = kmend_apt_names(&apt, prefix, &names, error);

	if (!code && names.count)
		code = kmend_apt_newest(&apt, &names, ret_packages, error);
	kmend_apt_free(&apt);
	return code;
}
