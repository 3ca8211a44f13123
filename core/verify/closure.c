// SPDX-License-Identifier: GPL-2.0
/* The kernel's own modules that a guest needs: those named, what they depend on, and what they ask for while they start. */
#include <errno.h>
#include <string.h>

#include <libkmod.h>

#include "../base/file.h"
#include "internal.h"

/*
 * Asked for by name at run time (request_module), so no list says that they are needed: the checksums that file systems
 * and network modules get from the crypto layer.
 */
static const char *const asked_for[] = { "crc32c_generic", "crc32c_intel", "crct10dif_generic" };

/* Lists of depmod that the guest's modprobe reads. */
static const char *const lists[] = { "modules.dep", "modules.alias", "modules.builtin" };

struct closure {
	struct kmod_ctx *context;
	const char *image;
	struct kmend_initramfs *initramfs;
	struct kmend_strv seen;
	struct kmend_error *error;
};

static int add_module(struct closure *closure, struct kmod_module *module);

static int add_all(struct closure *closure, struct kmod_list *list)
{
	struct kmod_list *item;
	int code = 0;

	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		if (!code)
			code = add_module(closure, module);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return code;
}

static int add_module(struct closure *closure, struct kmod_module *module)
{
	const char *name = kmod_module_get_name(module), *path = kmod_module_get_path(module);
	struct kmod_list *before = NULL, *after = NULL;
	int code;

	if (!path || kmend_strv_has(&closure->seen, name))
		return 0; /* built in, or there is none of that name */
	kmend_strv_add(&closure->seen, name);
	code = kmend_initramfs_add_file(closure->initramfs, path + strlen(closure->image), path, closure->error);
	if (!code)
		code = add_all(closure, kmod_module_get_dependencies(module));
	if (!code && kmod_module_get_softdeps(module, &before, &after) >= 0) {
		code = add_all(closure, before);
		if (!code)
			code = add_all(closure, after);
		else
			kmod_module_unref_list(after);
	}
	return code;
}

static int add_name(struct closure *closure, const char *name)
{
	struct kmod_list *list = NULL;

	if (kmod_module_new_from_lookup(closure->context, name, &list) < 0)
		return 0;
	return add_all(closure, list);
}

int kmend_verify_pack_modules(const char *image, const char *release, const struct kmend_strv *names,
			      struct kmend_initramfs *initramfs, struct kmend_error *error)
{
	static const char *no_configuration = NULL; /* the host's modprobe.d is no matter of the guest's */
	_cleanup_free_ char *directory = kmend_format("%s/lib/modules/%s", image, release);
	struct closure closure = { .image = image, .initramfs = initramfs, .error = error };
	int code = 0;

	closure.context = kmod_new(directory, &no_configuration);
	if (!closure.context)
		kmend_oom();
	for (size_t i = 0; !code && names->count && i < KMEND_ARRAY_SIZE(asked_for); i++)
		code = add_name(&closure, asked_for[i]);
	for (size_t i = 0; !code && i < names->count; i++)
		code = add_name(&closure, names->items[i]);
	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(lists); i++) {
		_cleanup_free_ char *path = kmend_path(directory, lists[i]);

		code = kmend_initramfs_add_file(initramfs, path + strlen(image), path, error);
	}
	kmend_strv_free(&closure.seen);
	kmod_unref(closure.context);
	return code;
}
