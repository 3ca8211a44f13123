// SPDX-License-Identifier: GPL-2.0
/* Which kernel build it is, where its materials are, and whether they and the compiler are its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "config.h"
#include "tree.h"

#define CONFIG_LIMIT (4 << 20)
#define SMALL_LIMIT (1 << 20)

static const char *const environment[] = { "LC_ALL=C", NULL };

/* Text between the quotes of `#define NAME "TEXT"` in a file; NULL if there is none. New memory. */
static char *defined_text(const char *directory, const char *file, const char *name)
{
	_cleanup_free_ char *path = kmend_path(directory, file), *text = NULL;
	_cleanup_free_ char *start = kmend_format("#define %s \"", name);
	const char *begin, *end;

	if (kmend_file_read(path, SMALL_LIMIT, &text, NULL, NULL))
		return NULL;
	begin = strstr(text, start);
	if (!begin)
		return NULL;
	begin += strlen(start);
	end = strchr(begin, '"');
	return end ? kmend_strndup(begin, end - begin) : NULL;
}

/* VERSION.PATCHLEVEL.SUBLEVEL of a source tree's Makefile. New memory; NULL if it is none of a kernel. */
static char *source_version(const char *source)
{
	static const char *const names[] = { "VERSION = ", "PATCHLEVEL = ", "SUBLEVEL = " };
	_cleanup_free_ char *path = kmend_path(source, "Makefile"), *text = NULL;
	int parts[3] = { -1, -1, -1 };

	if (kmend_file_read(path, SMALL_LIMIT, &text, NULL, NULL))
		return NULL;
	for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		for (size_t i = 0; i < KMEND_ARRAY_SIZE(names); i++)
			if (parts[i] < 0 && kmend_starts_with(line, names[i]))
				parts[i] = atoi(line + strlen(names[i]));
	if (parts[0] < 0 || parts[1] < 0 || parts[2] < 0)
		return NULL;
	return kmend_format("%d.%d.%d", parts[0], parts[1], parts[2]);
}

/* Version of a Debian source tree's changelog: "linux (6.1.176-1) …". New memory, or NULL. */
static char *changelog_version(const char *source)
{
	_cleanup_free_ char *path = kmend_path(source, "debian/changelog");
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[512], version[512];

	if (!file || !fgets(line, sizeof(line), file) || sscanf(line, "%*s (%511[^)])", version) != 1)
		return NULL;
	return kmend_strdup(version);
}

static int wrong_source(struct kmend_error *error, const struct kmend_kernel_build *build, const char *what,
			const char *found)
{
	kmend_fail(error, KMEND_STATUS_WRONG_SOURCE, -EINVAL, "the source in %s is of %s %s, but kernel %s is %s",
		   build->source, what, found, build->release, build->version);
	kmend_advise(error, "Give the exact source of this kernel build, or leave --source out.");
	return -EINVAL;
}

static int check_source(const struct kmend_kernel_build *build, struct kmend_error *error)
{
	_cleanup_free_ char *version = source_version(build->source), *changelog = changelog_version(build->source);
	_cleanup_free_ char *config = kmend_path(build->source, ".config");
	_cleanup_free_ char *generated = kmend_path(build->source, "include/config");
	size_t length = version ? strlen(version) : 0;
	/* A kernel that is no distribution's has a release that begins with the version ("6.1.176-custom"). */
	const char *expected = build->version[0] == '#' ? build->release : build->version;

	if (!version)
		return kmend_fail(error, KMEND_STATUS_WRONG_SOURCE, -EINVAL, "%s holds no kernel source",
				  build->source);
	if (strncmp(expected, version, length) || (expected[length] >= '0' && expected[length] <= '9') ||
	    expected[length] == '.')
		return wrong_source(error, build, "version", version);
	if (changelog && build->version[0] != '#' && strcmp(changelog, build->version))
		return wrong_source(error, build, "package version", changelog);
	if (kmend_file_exists(config) || kmend_file_exists(generated)) {
		kmend_fail(error, KMEND_STATUS_WRONG_SOURCE, -EINVAL,
			   "the source in %s is not pristine: a kernel was configured or built in it", build->source);
		kmend_advise(error, "Run 'make mrproper' in a copy of it, or leave --source out.");
		return -EINVAL;
	}
	return 0;
}

/* Release and version that the headers say, against the kernel asked for. */
static int check_headers(struct kmend_kernel_build *build, struct kmend_error *error)
{
	_cleanup_free_ char *release = defined_text(build->headers, "include/generated/utsrelease.h", "UTS_RELEASE");
	_cleanup_free_ char *uname = defined_text(build->headers, "include/generated/utsversion.h", "UTS_VERSION");
	_cleanup_free_ char *version = NULL;

	/* Before 6.1 the version was in compile.h. */
	if (!uname)
		uname = defined_text(build->headers, "include/generated/compile.h", "UTS_VERSION");
	if (!release || !uname)
		return kmend_fail(
			error, KMEND_STATUS_WRONG_SOURCE, -EINVAL,
			"%s holds no headers of a built kernel (include/generated/utsrelease.h, utsversion.h)",
			build->headers);
	if (strcmp(release, build->release)) {
		kmend_fail(error, KMEND_STATUS_WRONG_SOURCE, -EINVAL, "the headers in %s are of kernel %s, not of %s",
			   build->headers, release, build->release);
		kmend_advise(error, "Give the headers of this kernel build, or leave --headers out.");
		return -EINVAL;
	}
	version = kmend_debian_version(uname);
	if (build->version && version && strcmp(build->version, version))
		return kmend_fail(error, KMEND_STATUS_WRONG_SOURCE, -EINVAL,
				  "the headers in %s are of version %s, the source of version %s", build->headers,
				  version, build->version);
	if (!build->version)
		build->version = version ? kmend_steal(version) : kmend_strdup(uname);
	return 0;
}

/* The kernel's configuration holds the first line of its compiler's --version. */
static int check_compiler(struct kmend_kernel_build *build, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(build->headers, ".config"), *config = NULL;
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	const char *argv[] = { NULL, "--version", NULL };
	struct kmend_child child = { .argv = argv, .environment = environment, .output = &output };
	int status;

	status = kmend_file_read(path, CONFIG_LIMIT, &config, NULL, error);
	if (status)
		return status;
	build->compiler_version = kmend_config_value(config, "CONFIG_CC_VERSION_TEXT");
	if (!build->compiler_version || !build->compiler_version[0])
		return kmend_fail(error, KMEND_STATUS_WRONG_SOURCE, -EINVAL,
				  "%s does not say which compiler the kernel was built with", path);
	build->compiler = kmend_strndup(build->compiler_version, strcspn(build->compiler_version, " "));
	argv[0] = build->compiler;
	status = kmend_child_run(&child, NULL);
	if (output.data)
		output.data[strcspn(output.data, "\n")] = '\0';
	if (status == 0 && output.data && !strcmp(output.data, build->compiler_version))
		return 0;
	kmend_fail(error, KMEND_STATUS_WRONG_COMPILER, -EINVAL, "kernel %s was compiled by '%s', but %s is %s%s%s",
		   build->release, build->compiler_version, build->compiler, status ? "not installed" : "'",
		   status ? "" : output.data, status ? "" : "'");
	kmend_advise(error, "Install %s in that very version: other compilers make other code.", build->compiler);
	return -EINVAL;
}

static int materials_from_packages(const struct kmend_kernel_request *request, const char *cache,
				   struct kmend_progress *progress, struct kmend_kernel_build **ret_build,
				   struct kmend_error *error)
{
	const struct kmend_plugin *plugin = NULL;
	unsigned int wants = (request->source ? 0 : KMEND_WANT_SOURCE) | (request->headers ? 0 : KMEND_WANT_HEADERS);
	int code = kmend_plugin_load(NULL, &plugin, error);

	return code ? code : plugin->source(request->release, wants, cache, progress, ret_build, error);
}

/*
 * The directory that a user gave, or else the one in the cache, as an absolute path without links: kbuild says so where things
 * are, and what it says is compared with it.
 */
static int resolve_directory(const char *given, char **path, struct kmend_error *error)
{
	const char *wanted = given ? given : *path;
	char *real = realpath(wanted, NULL);

	if (!real)
		return kmend_fail_errno(error, -errno, "cannot use the directory %s", wanted);
	free(*path);
	*path = real;
	return 0;
}

int kmend_kernel_identify(const struct kmend_kernel_request *request, const char *cache,
			  struct kmend_progress *progress, struct kmend_kernel_build **ret_build,
			  struct kmend_error *error)
{
	struct kmend_kernel_build *build = NULL;
	int code = 0;

	if (!request->source || !request->headers) {
		code = materials_from_packages(request, cache, progress, &build, error);
		if (code)
			return code;
	} else {
		build = kmend_calloc(1, sizeof(*build));
		build->release = kmend_strdup(request->release);
		build->arch = kmend_strdup("x86_64");
	}
	code = resolve_directory(request->source, &build->source, error);
	if (!code)
		code = resolve_directory(request->headers, &build->headers, error);
	if (!code)
		code = check_headers(build, error);
	if (!code)
		code = check_source(build, error);
	if (!code)
		code = check_compiler(build, error);
	if (code) {
		kmend_kernel_build_free(build);
		return code;
	}
	*ret_build = build;
	return 0;
}
