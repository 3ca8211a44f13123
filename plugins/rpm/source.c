// SPDX-License-Identifier: GPL-2.0
/*
 * Materials of an RPM distribution's kernel: kernel-devel for configuration and symbol versions, and the source RPM it was
 * built from, prepared by its own spec (%prep), so with the distribution's own patches. dnf finds, fetches and verifies.
 * Cached per release; each part has a stamp, written last, that names the package.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/base/child.h"
#include "../../core/base/file.h"
#include "../../core/plugin/package.h"
#include "rpm.h"

/* A kernel build's place in the cache. */
struct materials {
	const char *release;
	char *directory; /* CACHE/kernels/RELEASE */
	char *package;	 /* kernel-devel-VERSION-RELEASE.ARCH, once known */
	char *version;	 /* VERSION-RELEASE */
	struct kmend_strv inputs;
	struct kmend_progress *progress;
};

static int run(const char *const *argv, struct kmend_buffer *output, const char *directory, struct kmend_error *error)
{
	static const char *const environment[] = { "LC_ALL=C.UTF-8", NULL };
	struct kmend_child child = {
		.argv = argv, .environment = environment, .output = output, .directory = directory
	};

	return kmend_child_check(&child, error);
}

/* Which package has a file (kernel-devel's makefile, the kernel itself). *ret_package: NULL if none has. */
static int find_package(const char *path, const char *format, char **ret_package, struct kmend_error *error)
{
	const char *const argv[] = { "dnf",  "-q",   "repoquery", "--available", "--latest-limit=1",
				     "--qf", format, "--file",	  path,		 NULL };
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_error asked = { 0 };
	int code = run(argv, &output, NULL, &asked);

	*ret_package = NULL;
	if (code) {
		kmend_fail(error, KMEND_STATUS_NO_KERNEL, code, "dnf cannot tell which package has %s", path);
		kmend_detail(error, *asked.detail ? asked.detail : asked.message);
		kmend_advise(error, code == -ENOENT ? "Install dnf, or give --source and --headers."
						    : "See 'dnf repolist'; or give --source and --headers.");
		return code;
	}
	if (output.size && output.data[0] != '\n')
		*ret_package = kmend_strndup(output.data, strcspn(output.data, "\n"));
	return 0;
}

static int fetch(struct materials *materials, const char *package, bool source, const char *directory, char **ret_file,
		 struct kmend_error *error)
{
	_cleanup_free_ char *destination = kmend_format("--destdir=%s", directory);
	_cleanup_free_ char *pattern = kmend_format("%s/*.rpm", directory);
	const char *argv[] = { "dnf", "-q", "download", destination, package, source ? "--source" : NULL, NULL };
	glob_t found = { 0 };
	int code = kmend_mkdir_parents(directory, 0755, error);

	kmend_step_begin(materials->progress, "fetch", package);
	if (!code)
		code = run(argv, NULL, NULL, error);
	if (!code && glob(pattern, 0, NULL, &found))
		code = kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT, "dnf has not fetched %s", package);
	if (code) {
		kmend_advise(error,
			     "See 'dnf download%s %s' (dnf-plugins-core); repositories of sources may have to be "
			     "enabled, or give --source and --headers.",
			     source ? " --source" : "", package);
		kmend_step_fail(materials->progress);
		return code;
	}
	*ret_file = kmend_strdup(found.gl_pathv[0]);
	globfree(&found);
	/* dnf has verified it against signed metadata; its own signature counts where keys are known. */
	kmend_step_end(materials->progress, "%s", strrchr(*ret_file, '/') + 1);
	return 0;
}

static int note_input(struct materials *materials, const char *part, const char *file, struct kmend_error *error)
{
	_cleanup_free_ char *stamp = kmend_format("%s/%s.complete.rpm1", materials->directory, part);
	const char *name = strrchr(file, '/') + 1;
	_cleanup_free_ char *text = NULL;
	char digest[KMEND_SHA256_HEX];
	int code = kmend_sha256_file(file, digest, error);

	if (code)
		return code;
	text = kmend_format("%s %s %s", name, materials->version, digest);
	kmend_strv_add(&materials->inputs, text);
	return kmend_file_write_atomic(stamp, text, strlen(text), 0644, error);
}

static bool read_stamp(struct materials *materials, const char *part)
{
	_cleanup_free_ char *stamp = kmend_format("%s/%s.complete.rpm1", materials->directory, part);
	_cleanup_free_ char *text = NULL;
	char *begin, *end;

	if (kmend_file_read(stamp, 4096, &text, NULL, NULL))
		return false;
	begin = strchr(text, ' ');
	end = begin ? strchr(begin + 1, ' ') : NULL;
	if (!end)
		return false;
	if (!materials->version)
		materials->version = kmend_strndup(begin + 1, end - begin - 1);
	kmend_strv_add(&materials->inputs, text);
	return true;
}

/* Files of an RPM below a directory. */
static int unpack(const char *file, const char *directory, struct kmend_error *error)
{
	_cleanup_free_ char *cpio = kmend_format("%s.cpio", directory);
	_cleanup_buffer_ struct kmend_buffer bytes = { 0 };
	const char *extract[] = { "cpio", "-idm", "--quiet", "--no-absolute-filenames", NULL };
	struct kmend_child child = { .argv = extract, .directory = directory, .input_path = cpio };
	int code = kmend_mkdir_parents(directory, 0755, error);

	if (!code)
		code = run((const char *const[]){ "rpm2cpio", file, NULL }, &bytes, NULL, error);
	if (!code)
		code = kmend_file_write_atomic(cpio, bytes.data, bytes.size, 0644, error);
	if (!code)
		code = kmend_child_check(&child, error);
	unlink(cpio);
	return code;
}

static int put_in_place(struct materials *materials, const char *from, const char *part, struct kmend_error *error)
{
	_cleanup_free_ char *final = kmend_path(materials->directory, part);

	return kmend_put_in_place(from, final, error);
}

static int unpack_headers(struct materials *materials, const char *file, const char *work, struct kmend_error *error)
{
	_cleanup_free_ char *tree = kmend_path(work, "tree");
	_cleanup_free_ char *inner = kmend_format("%s/usr/src/kernels/%s", tree, materials->release);
	int code = unpack(file, tree, error);

	return code ? code : put_in_place(materials, inner, "headers", error);
}

/* The directory of a kernel's source within what %prep has made: the outermost one that has the kernel's makefiles. */
static char *find_tree(const char *work)
{
	static const char *const depths[] = { "/BUILD/*", "/BUILD/*/*", "/BUILD/*/*/*" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(depths); i++) {
		_cleanup_free_ char *pattern = kmend_format("%s%s/kernel/Makefile", work, depths[i]);
		glob_t found = { 0 };
		char *tree = NULL;

		if (!glob(pattern, 0, NULL, &found))
			tree = kmend_strndup(found.gl_pathv[0], strlen(found.gl_pathv[0]) - strlen("/kernel/Makefile"));
		globfree(&found);
		if (tree)
			return tree;
	}
	return NULL;
}

/* Specs have kbuild look at their configurations in %prep; what that leaves in the source is no part of it. */
static int clean_source(const char *tree, struct kmend_error *error)
{
	_cleanup_free_ char *config = kmend_path(tree, ".config"), *made = kmend_path(tree, "include/config");

	if (!kmend_file_exists(config) && !kmend_file_exists(made))
		return 0;
	return run((const char *const[]){ "make", "-s", "-C", tree, "ARCH=x86", "mrproper", NULL }, NULL, NULL, error);
}

static int unpack_source(struct materials *materials, const char *file, const char *work, struct kmend_error *error)
{
	_cleanup_free_ char *topdir = kmend_format("_topdir %s", work);
	_cleanup_free_ char *pattern = kmend_format("%s/SPECS/*.spec", work), *tree = NULL;
	glob_t found = { 0 };
	int code = run((const char *const[]){ "rpm", "-i", "--define", topdir, file, NULL }, NULL, NULL, error);

	if (!code && (glob(pattern, 0, NULL, &found) || found.gl_pathc != 1))
		code = kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT,
				  "%s has not the one spec file of a source RPM", file);
	if (!code)
		code = run((const char *const[]){ "rpmbuild", "-bp", "--quiet", "--nodeps", "--target=x86_64",
						  "--define", topdir, found.gl_pathv[0], NULL },
			   NULL, NULL, error);
	globfree(&found);
	tree = code ? NULL : find_tree(work);
	if (!code && !tree)
		code = kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT, "there is no kernel's source in %s", file);
	if (!code)
		code = clean_source(tree, error);
	return code ? code : put_in_place(materials, tree, "source", error);
}

/* boot/vmlinuz-RELEASE and lib/modules/RELEASE, wherever the distribution keeps them. */
static int unpack_image(struct materials *materials, const char *file, const char *work, struct kmend_error *error)
{
	_cleanup_free_ char *tree = kmend_path(work, "tree"), *usr = kmend_path(tree, "usr/lib/modules");
	_cleanup_free_ char *lib = kmend_path(tree, "lib"), *modules = kmend_path(tree, "lib/modules");
	_cleanup_free_ char *boot = kmend_path(tree, "boot");
	_cleanup_free_ char *image = kmend_format("%s/vmlinuz-%s", boot, materials->release);
	_cleanup_free_ char *inner = kmend_format("%s/%s/vmlinuz", modules, materials->release);
	int code = unpack(file, tree, error);

	if (!code)
		code = kmend_mkdir_parents(lib, 0755, error);
	if (!code)
		code = kmend_mkdir_parents(boot, 0755, error);
	if (!code && !kmend_file_exists(modules) && rename(usr, modules) < 0)
		code = kmend_fail_errno(error, -errno, "there are no modules in %s", file);
	if (!code && !kmend_file_exists(image))
		code = kmend_file_copy(inner, image, 0644, error);
	if (!code)
		code = run((const char *const[]){ "depmod", "-b", tree, materials->release, NULL }, NULL, NULL, error);
	return code ? code : put_in_place(materials, tree, "image", error);
}

/* One part of the materials: what its package is asked for by, and how it is unpacked. */
struct part {
	const char *name; /* directory and stamp */
	bool source;
	int (*unpack)(struct materials *materials, const char *file, const char *work, struct kmend_error *error);
};

static const struct part headers_part = { "headers", false, unpack_headers };
static const struct part source_part = { "source", true, unpack_source };
static const struct part image_part = { "image", false, unpack_image };

static int make_part(struct materials *materials, const struct part *part, const char *package,
		     struct kmend_error *error)
{
	_cleanup_free_ char *work = kmend_format("%s/.%s.new", materials->directory, part->name);
	_cleanup_free_ char *files = kmend_path(work, "fetched"), *file = NULL, *what = NULL;
	int code = kmend_remove_tree(work, error);

	if (!code)
		code = fetch(materials, package, part->source, files, &file, error);
	if (code) {
		kmend_remove_tree(work, NULL);
		return code;
	}
	what = kmend_format("unpacking %s", strrchr(file, '/') + 1);
	kmend_step_begin(materials->progress, "unpack", what);
	code = part->unpack(materials, file, work, error);
	if (!code)
		code = note_input(materials, part->name, file, error);
	kmend_remove_tree(work, NULL);
	if (code)
		kmend_step_fail(materials->progress);
	else
		kmend_step_end(materials->progress, "%s", package);
	return code;
}

static int no_such_kernel(const char *release, struct kmend_error *error)
{
	kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT, "no repository of this machine has kernel-devel for '%s'",
		   release);
	kmend_advise(error,
		     "Name a release as 'uname -r' prints it (see 'dnf list --showduplicates kernel-devel'), or give "
		     "--source and --headers.");
	return -ENOENT;
}

/* Learn which package the headers are in, unless all is there already. */
static int identify(struct materials *materials, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_format("/usr/src/kernels/%s/Makefile", materials->release);
	_cleanup_free_ char *answer = NULL;
	int code = find_package(path, "%{name}-%{version}-%{release}.%{arch} %{version}-%{release}\\n", &answer, error);
	char *blank = answer ? strchr(answer, ' ') : NULL;

	if (code)
		return code;
	if (!blank)
		return no_such_kernel(materials->release, error);
	*blank = '\0';
	materials->package = kmend_strdup(answer);
	free(materials->version);
	materials->version = kmend_strdup(blank + 1);
	return 0;
}

static int make_all(struct materials *materials, unsigned int wants, struct kmend_error *error)
{
	bool headers = read_stamp(materials, "headers");
	bool source = !(wants & KMEND_WANT_SOURCE) || read_stamp(materials, "source");
	bool image = !(wants & KMEND_WANT_IMAGE) || read_stamp(materials, "image");
	int code = headers && source && image ? 0 : identify(materials, error);

	if (!code && !headers)
		code = make_part(materials, &headers_part, materials->package, error);
	if (!code && !source)
		code = make_part(materials, &source_part, materials->package, error);
	if (!code && !image) {
		_cleanup_free_ char *path = kmend_format("/lib/modules/%s/vmlinuz", materials->release);
		_cleanup_free_ char *usr = kmend_format("/usr%s", path);
		_cleanup_free_ char *package = NULL;

		code = find_package(path, "%{name}-%{version}-%{release}.%{arch}\\n", &package, error);
		if (!code && !package)
			code = find_package(usr, "%{name}-%{version}-%{release}.%{arch}\\n", &package, error);
		if (!code)
			code = package ? make_part(materials, &image_part, package, error)
				       : no_such_kernel(materials->release, error);
	}
	return code;
}

int kmend_rpm_source(const char *release, unsigned int wants, const char *cache, struct kmend_progress *progress,
		     struct kmend_kernel_build **ret_build, struct kmend_error *error)
{
	struct materials materials = { .release = release, .progress = progress };
	_cleanup_free_ char *lock_path = NULL;
	_cleanup_close_ int lock = -1;
	int code;

	if (!kmend_release_is_valid(release)) {
		kmend_fail(error, KMEND_STATUS_NO_KERNEL, -EINVAL, "'%s' is no kernel release", release);
		kmend_advise(error, "A release looks like 5.14.0-427.13.1.el9_4.x86_64, as 'uname -r' prints it.");
		return -EINVAL;
	}
	materials.directory = kmend_format("%s/kernels/%s", cache, release);
	lock_path = kmend_format("%s.lock", materials.directory);
	code = kmend_mkdir_parents(materials.directory, 0755, error);
	if (!code)
		code = kmend_lock(lock_path, &lock, error);
	if (!code)
		code = make_all(&materials, wants, error);
	if (!code) {
		struct kmend_kernel_build *build = kmend_calloc(1, sizeof(*build));

		build->release = kmend_strdup(release);
		build->version = kmend_steal(materials.version);
		build->arch = kmend_strdup("x86_64");
		build->headers = wants & KMEND_WANT_HEADERS ? kmend_path(materials.directory, "headers") : NULL;
		build->source = wants & KMEND_WANT_SOURCE ? kmend_path(materials.directory, "source") : NULL;
		build->image = wants & KMEND_WANT_IMAGE ? kmend_path(materials.directory, "image") : NULL;
		build->inputs = materials.inputs;
		materials.inputs = (struct kmend_strv){ 0 };
		*ret_build = build;
	} else if (!rmdir(materials.directory)) {
		unlink(lock_path); /* nothing of a kernel that there is not stays behind */
	}
	kmend_strv_free(&materials.inputs);
	free(materials.directory);
	free(materials.package);
	free(materials.version);
	return code;
}
