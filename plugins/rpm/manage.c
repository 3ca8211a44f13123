// SPDX-License-Identifier: GPL-2.0
/*
 * dnf, driven on the user's terminal, so that what was done is in its history and the database stays the truth. Holding is a
 * plugin's of dnf (versionlock): an installed package is locked to its version, one that is not installed is excluded.
 */
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "../../core/base/child.h"
#include "database.h"
#include "rpm.h"

extern char **environ;

/* dnf's command for each thing asked for. */
static const struct {
	enum kmend_manage_verb verb;
	const char *command;
} commands[] = {
	{ KMEND_MANAGE_INSTALL, "install" },
	{ KMEND_MANAGE_REMOVE, "remove" },
	{ KMEND_MANAGE_REFRESH, "makecache" },
};

/* The terminal is dnf's meanwhile: it may ask. */
static int run_dnf(const struct kmend_strv *words, bool dry_run, struct kmend_error *error)
{
	pid_t pid;
	int status, code = posix_spawnp(&pid, "dnf", NULL, NULL, words->items, environ);

	if (code) {
		kmend_fail_errno(error, -code, "cannot run dnf");
		if (code == ENOENT)
			kmend_advise(error, "Install dnf, or use rpm itself.");
		return -code;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return kmend_fail_errno(error, -errno, "cannot wait for dnf");
	/* Told to assume "no" it shows what it would do, and says that it was told no. */
	if (dry_run && WIFEXITED(status) && WEXITSTATUS(status) == 1)
		return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "dnf %s failed (status %d)", words->items[1],
				  WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}

/* One call for each package: which of the plugin's commands it is depends on whether it is installed. */
static int hold(const struct kmend_manage_request *request, bool on, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; request->packages && request->packages[i] && !code && !request->dry_run; i++) {
		_cleanup_strv_ struct kmend_strv words = { 0 };
		bool installed;

		code = kmend_rpm_is_installed(request->packages[i], &installed, error);
		if (code)
			return code;
		kmend_strv_add(&words, "dnf");
		kmend_strv_add(&words, "versionlock");
		if (request->quiet)
			kmend_strv_add(&words, "--quiet");
		if (on && !installed)
			kmend_strv_add(&words, "--raw"); /* whatever versions of it there will be */
		kmend_strv_add(&words, !on ? "delete" : installed ? "add" : "exclude");
		kmend_strv_add(&words, request->packages[i]);
		code = run_dnf(&words, false, error);
	}
	if (code)
		kmend_advise(error, "dnf holds packages by its plugin versionlock (python3-dnf-plugin-versionlock, or "
				    "dnf-plugins-core). Without it: excludepkgs in /etc/dnf/dnf.conf.");
	return code;
}

int kmend_rpm_manage(const struct kmend_manage_request *request, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv words = { 0 };
	const char *command = NULL;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(commands); i++)
		if (commands[i].verb == request->verb)
			command = commands[i].command;
	if (!command)
		return hold(request, request->verb == KMEND_MANAGE_HOLD, error);
	kmend_strv_add(&words, "dnf");
	kmend_strv_add(&words, command);
	if (request->dry_run)
		kmend_strv_add(&words, "--assumeno");
	else if (request->yes)
		kmend_strv_add(&words, "--assumeyes");
	if (request->quiet)
		kmend_strv_add(&words, "--quiet");
	for (size_t i = 0; request->packages && request->packages[i]; i++)
		kmend_strv_add(&words, request->packages[i]);
	return run_dnf(&words, request->dry_run, error);
}

/* versionlock's lines: "NAME-EPOCH:VERSION-RELEASE.*" is locked, "!NAME" excluded. Without the plugin nothing is held. */
int kmend_rpm_held(struct kmend_strv *ret_packages, struct kmend_error *error)
{
	const char *argv[] = { "dnf", "--quiet", "--cacheonly", "versionlock", "list", NULL };
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .argv = argv, .output = &output };

	(void)error;
	if (kmend_child_check(&child, NULL))
		return 0;
	for (char *line = output.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		const char *name = line + (*line == '!');
		char *cut;

		*end = '\0';
		cut = strchr(line, ':');
		if (cut) {
			*cut = '\0';
			cut = strrchr(line, '-');
			if (cut)
				*cut = '\0';
		}
		if (kmend_starts_with(name, "kmend-patch-") && !kmend_strv_has(ret_packages, name))
			kmend_strv_add(ret_packages, name);
	}
	return 0;
}

int kmend_rpm_available(const char *release, struct kmend_strv *ret_packages, struct kmend_error *error)
{
	_cleanup_free_ char *prefix = kmend_rpm_package_name(release, ""), *pattern = kmend_format("%s*", prefix);
	const char *argv[] = {
		"dnf",
		"--quiet",
		"repoquery",
		"--available",
		"--qf",
		"%{name} %{version}-%{release}\\n", /* dnf5 ends no line by itself; empty ones do no harm */
		"--latest-limit=1",
		pattern,
		NULL
	};
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .argv = argv, .output = &output };
	struct kmend_strv packages = { 0 };
	int code = kmend_child_check(&child, error);

	if (code)
		return code;
	for (char *line = output.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (kmend_starts_with(line, prefix) && !kmend_strv_has(&packages, line))
			kmend_strv_add(&packages, line);
	}
	kmend_strv_sort(&packages);
	*ret_packages = packages;
	return 0;
}
