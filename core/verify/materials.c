// SPDX-License-Identifier: GPL-2.0
/* What a guest is made of: the distribution's kernel image and modules, kmend.ko, this room's program, the updates. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "config.h"
#include "guest/wire.h"
#include "internal.h"

void kmend_verify_materials_clear(struct kmend_verify_materials *materials)
{
	kmend_kernel_build_free(materials->kernel);
	free(materials->vmlinuz);
	free(materials->image);
	free(materials->module);
	free(materials->initramfs);
	*materials = (struct kmend_verify_materials){ 0 };
}

static int get_image(const struct kmend_verify_request *request, const char *release, struct kmend_progress *progress,
		     struct kmend_verify_materials *materials, struct kmend_error *error)
{
	const struct kmend_plugin *plugin = NULL;
	_cleanup_free_ char *name = kmend_format("boot/vmlinuz-%s", release);
	int code = kmend_plugin_load(NULL, &plugin, error);

	if (!code)
		code = plugin->source(release, KMEND_WANT_IMAGE, request->cache, progress, &materials->kernel, error);
	if (code)
		return code;
	materials->image = kmend_strdup(materials->kernel->image);
	materials->vmlinuz = kmend_path(materials->image, name);
	return 0;
}

int kmend_verify_materials_get(const struct kmend_verify_request *request, const char *release, const char *version,
			       struct kmend_progress *progress, struct kmend_verify_materials *materials,
			       struct kmend_error *error)
{
	const struct kmend_kernel_request kernel = { .release = release };
	int code = get_image(request, release, progress, materials, error);

	if (!code && strcmp(materials->kernel->version, version)) {
		kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EXDEV,
			   "the update is for %s in version %s; the package sources have version %s", release, version,
			   materials->kernel->version);
		kmend_advise(error, "It can only be verified on the very kernel build that it was made for.");
		return -EXDEV;
	}
	return code ? code : kmend_verify_module(request, &kernel, progress, &materials->module, error);
}

/* The program of the guest: beside the plugins, where it is installed or was built. */
static int pack_guest(struct kmend_initramfs *initramfs, struct kmend_error *error)
{
	const char *directories[] = { secure_getenv("KMEND_GUEST_PATH"), KMEND_PLUGIN_DIRECTORY };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(directories); i++) {
		_cleanup_free_ char *path = directories[i] ? kmend_path(directories[i], "kmend-guest") : NULL;

		if (path && kmend_file_exists(path))
			return kmend_initramfs_add_file(initramfs, "/init", path, error);
	}
	kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "kmend's own program kmend-guest is missing in %s",
		   KMEND_PLUGIN_DIRECTORY);
	kmend_advise(error, "Install kmend completely, or set KMEND_GUEST_PATH to the program's directory.");
	return -ENOENT;
}

/* The probes' shell, and what they need beside it. */
static int pack_probes(const struct kmend_verify_request *request, struct kmend_initramfs *initramfs,
		       struct kmend_error *error)
{
	int code = 0;

	if (request->probe_before || request->probe_after)
		code = kmend_initramfs_add_program(initramfs, "/bin/sh", "/bin/sh", error);
	for (size_t i = 0; !code && request->with && i < request->with->count; i++) {
		const char *file = request->with->items[i], *slash = strrchr(file, '/');
		_cleanup_free_ char *place = kmend_path(KMEND_GUEST_WORK, slash ? slash + 1 : file);

		code = kmend_initramfs_add_program(initramfs, place, file, error);
	}
	return code;
}

int kmend_verify_materials_pack(const struct kmend_verify_request *request, const struct kmend_subject *subjects,
				size_t count, struct kmend_verify_materials *materials, struct kmend_error *error)
{
	_cleanup_initramfs_ struct kmend_initramfs *initramfs = NULL;
	_cleanup_strv_ struct kmend_strv targets = { 0 };
	int code;

	materials->initramfs = kmend_path(request->scratch, "initramfs");
	code = kmend_initramfs_new(materials->initramfs, &initramfs, error);
	if (!code)
		code = pack_guest(initramfs, error);
	if (!code)
		code = pack_probes(request, initramfs, error);
	if (!code)
		code = kmend_initramfs_add_file(initramfs, KMEND_GUEST_KO, materials->module, error);
	for (size_t i = 0; !code && i < count; i++) {
		for (size_t j = 0; j < subjects[i].targets.count; j++)
			kmend_strv_add(&targets, subjects[i].targets.items[j]);
		code = kmend_subject_pack(&subjects[i], initramfs, error);
	}
	if (!code)
		code = kmend_verify_pack_modules(materials->image, materials->kernel->release, &targets, initramfs,
						 error);
	return code ? code : kmend_initramfs_finish(initramfs, &materials->initramfs_size, error);
}
