// SPDX-License-Identifier: GPL-2.0
/*
 * Materials of a Debian kernel build: linux-headers-RELEASE for configuration and symbol versions, and linux-source-X.Y
 * in exactly the headers' version. Cached per release; each part has a stamp, written last, that holds the package.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../../core/base/child.h"
#include "apt.h"
#include "dpkg.h"
#include "realtime.h"

#define STAMP_LIMIT 65536

/* A kernel build's place in the cache. */
struct materials {
	const char *release;
	char *directory; /* CACHE/kernels/RELEASE */
	char *version;	 /* known once the headers are, or from a stamp */
	struct kmend_strv inputs;
	struct kmend_apt apt;
	struct kmend_progress *progress;
};

/* Raised when what is unpacked changes, so that an older cache is not used. */
#define MATERIALS_FORMAT "1"

/*
 * What no unit of an x86 kernel is built from, and so is not unpacked: a third of the files. Kconfig files stay, those
 * of other architectures too, since others name them (crypto/Kconfig, for one).
 */
static const char *const left_out[] = {
	"*/Documentation/*/*",
	"linux-source-*/arch/[!x]*/*.[chSs]",
	"linux-source-*/arch/[!x]*/*.dts*",
	"linux-source-*/arch/[!x]*/*_defconfig",
	"linux-source-*/arch/xtensa/*.[chS]",
	"linux-source-*/tools/perf/*",
	"linux-source-*/tools/testing/*",
};

static char *stamp_path(const struct materials *materials, const char *part)
{
	return kmend_format("%s/%s.complete." MATERIALS_FORMAT, materials->directory, part);
}

/* A stamp is one line "NAME VERSION SHA256". Returns whether the part is complete; adds it to the inputs. */
static bool read_stamp(struct materials *materials, const char *part)
{
	_cleanup_free_ char *path = stamp_path(materials, part), *directory = kmend_path(materials->directory, part);
	_cleanup_free_ char *line = NULL, *version = NULL;
	char *begin, *end;

	if (!kmend_file_exists(path) || !kmend_file_exists(directory) ||
	    kmend_file_read(path, STAMP_LIMIT, &line, NULL, NULL))
		return false;
	line[strcspn(line, "\n")] = '\0';
	begin = strchr(line, ' ');
	end = begin ? strchr(begin + 1, ' ') : NULL;
	if (!end)
		return false;
	version = kmend_strndup(begin + 1, end - begin - 1);
	if (materials->version && strcmp(materials->version, version))
		return false; /* of another version than the headers: unpacked again */
	if (!materials->version)
		materials->version = kmend_steal(version);
	kmend_strv_add(&materials->inputs, line);
	return true;
}

static int write_stamp(struct materials *materials, const char *part, const struct kmend_apt_package *package,
		       struct kmend_error *error)
{
	_cleanup_free_ char *path = stamp_path(materials, part);
	_cleanup_free_ char *line = kmend_format("%s %s %s", package->name, package->version, package->sha256);
	_cleanup_free_ char *text = kmend_format("%s\n", line);

	kmend_strv_add(&materials->inputs, line);
	return kmend_file_write_atomic(path, text, strlen(text), 0644, error);
}

static int no_such_kernel(struct materials *materials, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv names = { 0 };
	_cleanup_buffer_ struct kmend_buffer list = { 0 };
	const char *prefix = "linux-headers-";

	kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT, "there is no kernel '%s' in this machine's package sources",
		   materials->release);
	kmend_advise(error, "Name a release as 'uname -r' prints it, or give --source and --headers.");
	if (kmend_apt_names(&materials->apt, prefix, &names, NULL))
		return -ENOENT;
	for (size_t i = 0; i < names.count; i++) {
		const char *release = names.items[i] + strlen(prefix);

		/* Kernel builds only: "6.1.0-50-amd64", not what several share, nor names that follow the newest. */
		if (release[0] < '0' || release[0] > '9' || strstr(release, "-common") || !strstr(release, "amd64") ||
		    !strpbrk(release + 2, ".") || strchr(release, '.') == strrchr(release, '.'))
			continue;
		kmend_buffer_addf(&list, "%s%s\n", list.size ? "" : "Available kernels:\n", release);
	}
	if (list.data)
		kmend_detail(error, list.data);
	return -ENOENT;
}

/* Look a package up in the machine's lists, then in private ones, which are fetched if they do not have it. */
static int find_package(struct materials *materials, const char *name, const char *version,
			struct kmend_apt_package **ret_package, struct kmend_error *error)
{
	int code = kmend_apt_find(&materials->apt, name, version, ret_package, error);

	if (code != -ENOENT || materials->apt.is_fresh)
		return code;
	code = kmend_apt_update(&materials->apt, materials->progress, error);
	if (code && kmend_apt_find(&materials->apt, name, version, ret_package, NULL))
		return code;
	return code ? 0 : kmend_apt_find(&materials->apt, name, version, ret_package, error);
}

/* Get the package's file. A stale index names files that are gone: then the lists are fetched anew, once. */
static int get_package(struct materials *materials, struct kmend_apt_package **package, char **ret_path,
		       struct kmend_error *error)
{
	_cleanup_apt_package_ struct kmend_apt_package *again = NULL;
	int code;

	*ret_path = kmend_apt_cached(&materials->apt, *package);
	if (*ret_path)
		return 0;
	kmend_step_begin(materials->progress, "fetch", (*package)->name);
	code = kmend_apt_download(&materials->apt, *package, materials->progress, ret_path, error);
	if (code && !materials->apt.is_fresh && !kmend_apt_update(&materials->apt, materials->progress, NULL) &&
	    !kmend_apt_find(&materials->apt, (*package)->name, (*package)->version, &again, NULL)) {
		struct kmend_apt_package *old = *package;

		*package = again;
		again = old;
		code = kmend_apt_download(&materials->apt, *package, materials->progress, ret_path, error);
	}
	if (code)
		kmend_step_fail(materials->progress);
	else
		kmend_step_end(materials->progress, "%s %s, %.1f MB", (*package)->name, (*package)->version,
			       (*package)->size / 1e6);
	return code;
}

static int run_check(const char *const *argv, struct kmend_error *error)
{
	static const char *const environment[] = { "LC_ALL=C", NULL };
	struct kmend_child child = { .argv = argv, .environment = environment };

	return kmend_child_check(&child, error);
}

/*
 * The headers' package: configuration, exports, generated headers. Not the thousands of empty files in include/config,
 * nor what linux-headers-*-common has: the source has it all.
 */
static int unpack_headers(struct materials *materials, const char *deb, const char *temporary,
			  struct kmend_error *error)
{
	_cleanup_free_ char *inner = kmend_format("%s/usr/src/linux-headers-%s", temporary, materials->release);
	_cleanup_free_ char *final = kmend_path(materials->directory, "headers");
	_cleanup_free_ char *tarball = kmend_path(temporary, "data.tar");
	_cleanup_buffer_ struct kmend_buffer data = { 0 };
	const char *argv[] = { "dpkg-deb", "--fsys-tarfile", deb, NULL };
	struct kmend_child child = { .argv = argv, .output = &data };
	int code = kmend_child_check(&child, error);

	if (!code)
		code = kmend_file_write_atomic(tarball, data.data, data.size, 0644, error);
	if (!code)
		code = run_check((const char *const[]){ "tar", "--extract", "--directory", temporary, "--file", tarball,
							"--exclude=*/include/config/*", NULL },
				 error);
	return code ? code : kmend_put_in_place(inner, final, error);
}

/* "6.1" of "6.1.176-1": what Debian's source package is named after. NULL if the version is not of that kind. */
static char *series_of_version(const char *version)
{
	const char *dot = strchr(version, '.');
	size_t length = dot ? dot - version + 1 + strspn(dot + 1, "0123456789") : 0;

	return dot && dot[1] >= '0' && dot[1] <= '9' ? kmend_strndup(version, length) : NULL;
}

static int unpack_source(struct materials *materials, const char *deb, const char *temporary, struct kmend_error *error)
{
	_cleanup_free_ char *series = series_of_version(materials->version);
	_cleanup_free_ char *tarball = kmend_format("%s/usr/src/linux-source-%s.tar.xz", temporary, series);
	_cleanup_free_ char *inner = kmend_format("%s/linux-source-%s", temporary, series);
	_cleanup_free_ char *final = kmend_path(materials->directory, "source");
	_cleanup_strv_ struct kmend_strv words = { 0 };
	int code = run_check((const char *const[]){ "dpkg-deb", "-x", deb, temporary, NULL }, error);

	if (code)
		return code;
	/* xz works on as many blocks at once as there are processors; tar writes meanwhile. */
	kmend_strv_add(&words, "tar");
	kmend_strv_add(&words, "--use-compress-program=xz -T0");
	kmend_strv_addf(&words, "--directory=%s", temporary);
	kmend_strv_add(&words, "--anchored");
	kmend_strv_add(&words, "--wildcards");
	/* The real-time patches change other architectures' files, too. */
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(left_out) && !kmend_dpkg_is_realtime(materials->release); i++)
		kmend_strv_addf(&words, "--exclude=%s", left_out[i]);
	kmend_strv_addf(&words, "--extract");
	kmend_strv_addf(&words, "--file=%s", tarball);
	code = run_check((const char *const *)words.items, error);
	if (!code && kmend_dpkg_is_realtime(materials->release))
		code = kmend_dpkg_realtime_patch(&materials->apt.options, materials->version, inner, temporary,
						 materials->progress, error);
	return code ? code : kmend_put_in_place(inner, final, error);
}

/*
 * The kernel itself and its modules, as tests boot them. The package leaves the lists of modules to depmod.
 */
static int unpack_image(struct materials *materials, const char *deb, const char *temporary, struct kmend_error *error)
{
	_cleanup_free_ char *final = kmend_path(materials->directory, "image");
	int code = run_check((const char *const[]){ "dpkg-deb", "-x", deb, temporary, NULL }, error);

	if (!code)
		code = run_check((const char *const[]){ "depmod", "-b", temporary, materials->release, NULL }, error);
	return code ? code : kmend_put_in_place(temporary, final, error);
}

/* One part of the materials: the package's name, and how it is unpacked. */
struct part {
	const char *name; /* directory and stamp */
	int (*unpack)(struct materials *materials, const char *deb, const char *temporary, struct kmend_error *error);
};

static const struct part headers_part = { "headers", unpack_headers };
static const struct part source_part = { "source", unpack_source };
static const struct part image_part = { "image", unpack_image };

static int make_part(struct materials *materials, const struct part *part, const char *package_name,
		     struct kmend_error *error)
{
	_cleanup_free_ char *temporary = kmend_format("%s/.%s.new", materials->directory, part->name);
	_cleanup_apt_package_ struct kmend_apt_package *package = NULL;
	_cleanup_free_ char *deb = NULL, *what = NULL;
	int code = find_package(materials, package_name, materials->version, &package, error);

	if (code == -ENOENT && !materials->version)
		return no_such_kernel(materials, error);
	if (code == -ENOENT) {
		kmend_fail(error, KMEND_STATUS_NO_KERNEL, code, "the package sources do not have %s in version %s",
			   package_name, materials->version);
		kmend_advise(error, "Give the kernel's own source with --source.");
	}
	if (code)
		return code;
	if (!materials->version)
		materials->version = kmend_strdup(package->version);
	code = get_package(materials, &package, &deb, error);
	if (code)
		return code;
	what = kmend_format("unpacking %s", package->name);
	kmend_step_begin(materials->progress, "unpack", what);
	code = kmend_remove_tree(temporary, error);
	if (!code)
		code = kmend_mkdir_parents(temporary, 0755, error);
	if (!code)
		code = part->unpack(materials, deb, temporary, error);
	kmend_remove_tree(temporary, NULL);
	if (!code)
		code = write_stamp(materials, part->name, package, error);
	if (code)
		kmend_step_fail(materials->progress);
	else
		kmend_step_end(materials->progress, "%s %s", package->name, package->version);
	return code;
}

static int make_source_part(struct materials *materials, struct kmend_error *error)
{
	_cleanup_free_ char *series = series_of_version(materials->version);
	_cleanup_free_ char *name = series ? kmend_format("linux-source-%s", series) : NULL;

	if (!name)
		return kmend_fail(error, KMEND_STATUS_NO_KERNEL, -EINVAL,
				  "the version %s of %s does not say which source package it is from",
				  materials->version, materials->release);
	return make_part(materials, &source_part, name, error);
}

/* The unsigned package: the signed one has no other code, and comes from another archive run. */
static int make_image_part(struct materials *materials, struct kmend_error *error)
{
	_cleanup_free_ char *name = kmend_format("linux-image-%s-unsigned", materials->release);

	return make_part(materials, &image_part, name, error);
}

static int make_materials(struct materials *materials, unsigned int wants, struct kmend_error *error)
{
	_cleanup_free_ char *headers_name = kmend_format("linux-headers-%s", materials->release);
	_cleanup_free_ char *lock_path = kmend_format("%s.lock", materials->directory);
	_cleanup_close_ int lock = -1;
	int code = kmend_mkdir_parents(materials->directory, 0755, error);

	/* Two creates at once: the second waits and finds what the first has made. */
	if (!code)
		code = kmend_lock(lock_path, &lock, error);
	/* tar outlives us for a moment if we are killed: it holds the lock as long as it writes. */
	if (!code)
		fcntl(lock, F_SETFD, 0);
	/* The headers name the version, so they are always there first. */
	if (!code && !read_stamp(materials, "headers"))
		code = make_part(materials, &headers_part, headers_name, error);
	if (!code && (wants & KMEND_WANT_SOURCE) && !read_stamp(materials, "source"))
		code = make_source_part(materials, error);
	if (!code && (wants & KMEND_WANT_IMAGE) && !read_stamp(materials, "image"))
		code = make_image_part(materials, error);
	/* Nothing of a kernel that there is not stays behind. */
	if (code && rmdir(materials->directory) == 0)
		unlink(lock_path);
	return code;
}

/* A release becomes part of package and file names. */
static bool is_release(const char *release)
{
	return release[0] >= '0' && release[0] <= '9' && strlen(release) < 65 &&
	       release[strspn(release, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~-")] == '\0';
}

int kmend_dpkg_source(const char *release, unsigned int wants, const char *cache, struct kmend_progress *progress,
		      struct kmend_kernel_build **ret_build, struct kmend_error *error)
{
	struct materials materials = { .release = release, .apt.cache = cache, .progress = progress };
	struct kmend_kernel_build *build;
	_cleanup_free_ char *kernels = kmend_path(cache, "kernels");
	int code;

	if (!is_release(release)) {
		code = kmend_fail(error, KMEND_STATUS_NO_KERNEL, -EINVAL, "'%s' is no kernel release", release);
		kmend_advise(error, "A release looks like 6.1.0-50-amd64, as 'uname -r' prints it.");
		return code;
	}
	materials.directory = kmend_path(kernels, release);
	code = make_materials(&materials, wants, error);
	if (!code) {
		build = kmend_calloc(1, sizeof(*build));
		build->release = kmend_strdup(release);
		build->version = kmend_steal(materials.version);
		build->arch = kmend_strdup("x86_64");
		build->headers = wants & KMEND_WANT_HEADERS ? kmend_path(materials.directory, "headers") : NULL;
		build->source = wants & KMEND_WANT_SOURCE ? kmend_path(materials.directory, "source") : NULL;
		build->image = wants & KMEND_WANT_IMAGE ? kmend_path(materials.directory, "image") : NULL;
		build->inputs = materials.inputs;
		materials.inputs = (struct kmend_strv){ 0 };
		*ret_build = build;
	}
	kmend_apt_free(&materials.apt);
	kmend_strv_free(&materials.inputs);
	free(materials.version);
	free(materials.directory);
	return code;
}

int kmend_dpkg_source_version(const char *release, const char *version, const char *cache,
			      struct kmend_progress *progress, char **ret_directory, struct kmend_error *error)
{
	struct materials materials = { .release = release, .apt.cache = cache, .progress = progress };
	_cleanup_free_ char *sources = kmend_path(cache, "sources"), *lock_path = NULL;
	_cleanup_close_ int lock = -1;
	int code;

	materials.version = kmend_strdup(version);
	materials.directory = kmend_path(sources, version);
	lock_path = kmend_format("%s.lock", materials.directory);
	code = kmend_mkdir_parents(materials.directory, 0755, error);
	if (!code)
		code = kmend_lock(lock_path, &lock, error);
	if (!code && !read_stamp(&materials, "source"))
		code = make_source_part(&materials, error);
	if (code && rmdir(materials.directory) == 0)
		unlink(lock_path);
	if (!code)
		*ret_directory = kmend_path(materials.directory, "source");
	kmend_apt_free(&materials.apt);
	kmend_strv_free(&materials.inputs);
	free(materials.version);
	free(materials.directory);
	return code;
}
