// SPDX-License-Identifier: GPL-2.0
/*
 * A package out of a spec, by rpmbuild. It is spawned, not linked: librpmbuild's interface differs between releases,
 * its command line does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/base/child.h"
#include "../../core/base/file.h"
#include "spec.h"

#define RPM_LIMIT (256u << 20)

static void remove_work(char **directory)
{
	if (*directory)
		kmend_remove_tree(*directory, NULL);
	free(*directory);
}

/* rpm's own macros split their paths at blanks, so a temporary directory of such a name is of no use to it. */
static int make_work(char **ret_work, struct kmend_error *error)
{
	const char *given = getenv("TMPDIR");
	char *path;

	if (!given || given[strcspn(given, " \t\n%\\\"'$`{}()&;<>|*?[]#~")] == '\0')
		return kmend_temporary_directory("kmend-rpm", ret_work, error);
	path = kmend_strdup("/var/tmp/kmend-rpm.XXXXXX");
	if (!mkdtemp(path)) {
		free(path);
		return kmend_fail_errno(error, -errno, "cannot make a directory in /var/tmp");
	}
	*ret_work = path;
	return 0;
}

static int write_file(const char *tree, const struct kmend_spec_file *file, int64_t time, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(tree, file->path);
	_cleanup_free_ char *parent = kmend_strndup(path, strrchr(path, '/') - path);
	struct timespec times[2] = { { .tv_sec = time }, { .tv_sec = time } };
	int code = kmend_mkdir_parents(parent, 0755, error);

	if (!code)
		code = kmend_file_write_atomic(path, file->data, file->size, 0644, error);
	if (!code && utimensat(AT_FDCWD, path, times, 0) < 0)
		code = kmend_fail_errno(error, -errno, "cannot set the time of %s", path);
	return code;
}

/* Directories last: writing into them changes their time. */
static int date_directory(const char *tree, const char *directory, int64_t time, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(tree, directory);
	struct timespec times[2] = { { .tv_sec = time }, { .tv_sec = time } };

	if (utimensat(AT_FDCWD, path, times, 0) < 0)
		return kmend_fail_errno(error, -errno, "cannot set the time of %s", path);
	return 0;
}

static int write_all(const struct kmend_spec *spec, const char *work, const char *spec_path, struct kmend_error *error)
{
	_cleanup_free_ char *tree = kmend_path(work, "tree"), *text = kmend_spec_format(spec);
	int code = kmend_mkdir_parents(tree, 0755, error);

	for (size_t i = 0; i < spec->nr_files && !code; i++)
		code = write_file(tree, &spec->files[i], spec->time, error);
	for (size_t i = 0; i < spec->owned.count && !code; i++)
		code = date_directory(tree, spec->owned.items[i], spec->time, error);
	return code ? code : kmend_file_write_atomic(spec_path, text, strlen(text), 0644, error);
}

static int run_rpmbuild(const struct kmend_spec *spec, const char *work, const char *spec_path,
			struct kmend_error *error)
{
	_cleanup_free_ char *topdir = kmend_format("_topdir %s", work);
	_cleanup_free_ char *temporary = kmend_format("_tmppath %s/tmp", work);
	_cleanup_free_ char *rpms = kmend_format("_rpmdir %s/RPMS", work);
	_cleanup_free_ char *epoch = kmend_format("SOURCE_DATE_EPOCH=%lld", (long long)spec->time);
	const char *argv[] = { "rpmbuild",
			       "-bb",
			       "--quiet",
			       "--nodeps",
			       "--target=x86_64-linux",
			       "--define",
			       topdir,
			       "--define",
			       temporary,
			       "--define",
			       rpms,
			       "--define",
			       "_target_platform x86_64-linux",
			       "--define",
			       "_build_name_fmt package.rpm",
			       spec_path,
			       NULL };
	const char *environment[] = { epoch, "LC_ALL=C.UTF-8", "TZ=UTC", NULL };
	_cleanup_buffer_ struct kmend_buffer errors = { 0 };
	struct kmend_child child = { .argv = argv, .environment = environment, .output = &errors, .errors = &errors };
	int status = kmend_child_run(&child, error);

	if (status == -ENOENT)
		kmend_advise(error, "Install rpmbuild (of the package rpm-build, on Debian rpm).");
	if (status < 0)
		return status;
	if (status) {
		kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "rpmbuild made no package of %s", spec->name);
		kmend_detail(error, errors.data ? errors.data : "");
		return -EIO;
	}
	return 0;
}

static char *output_path(const struct kmend_spec *spec, const char *output)
{
	_cleanup_free_ char *name =
		kmend_format("%s-%s-%s.x86_64.rpm", spec->name, spec->evr.version, spec->evr.release);
	struct stat status;

	if (!output)
		return kmend_steal(name);
	if (!stat(output, &status) && S_ISDIR(status.st_mode))
		return kmend_path(output, name);
	return kmend_strdup(output);
}

int kmend_spec_build(const struct kmend_spec *spec, const char *output, char **ret_path, struct kmend_error *error)
{
	_cleanup_(remove_work) char *work = NULL;
	_cleanup_free_ char *spec_path = NULL, *made = NULL, *bytes = NULL, *path = output_path(spec, output);
	size_t size;
	int code = make_work(&work, error);

	if (code)
		return code;
	spec_path = kmend_path(work, "package.spec");
	made = kmend_path(work, "RPMS/package.rpm");
	code = write_all(spec, work, spec_path, error);
	if (!code)
		code = run_rpmbuild(spec, work, spec_path, error);
	if (!code)
		code = kmend_file_read(made, RPM_LIMIT, &bytes, &size, error);
	if (!code)
		code = kmend_file_write_atomic(path, bytes, size, 0644, error);
	if (code)
		return code;
	*ret_path = kmend_steal(path);
	return 0;
}
