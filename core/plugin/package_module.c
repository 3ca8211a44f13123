// SPDX-License-Identifier: GPL-2.0
/* kmend.ko, as it is packaged prebuilt. */
#include <errno.h>
#include <string.h>

#include <libkmod.h>

#include "../base/file.h"
#include "package.h"

#define MODULE_LIMIT (32u << 20)

/* Values of the fields in the module's .modinfo; NULL where there is none. */
struct module_information {
	char *name;
	char *version;
	char *vermagic;
};

static void information_clear(struct module_information *information)
{
	free(information->name);
	free(information->version);
	free(information->vermagic);
}

static int read_information(const char *path, struct module_information *information, struct kmend_error *error)
{
	struct kmod_ctx *context = kmod_new("/nonexistent", NULL);
	struct kmod_list *list = NULL, *item;
	struct kmod_module *module = NULL;
	int code;

	if (!context)
		kmend_oom();
	code = kmod_module_new_from_path(context, path, &module);
	if (code >= 0)
		code = kmod_module_get_info(module, &list);
	if (code >= 0) {
		kmod_list_foreach(item, list)
		{
			const char *key = kmod_module_info_get_key(item);
			char **place = !strcmp(key, "name")	  ? &information->name
				       : !strcmp(key, "version")  ? &information->version
				       : !strcmp(key, "vermagic") ? &information->vermagic
								  : NULL;

			if (place && !*place)
				*place = kmend_strdup(kmod_module_info_get_value(item));
		}
		kmod_module_info_free_list(list);
	}
	kmod_module_unref(module);
	kmod_unref(context);
	if (code < 0)
		return kmend_fail(error, KMEND_STATUS_NO_MODULE, code, "%s is not a kernel module: %s", path,
				  strerror(-code));
	return 0;
}

/* vermagic begins with the release of the kernel that the module was built for. */
static int check_information(const char *path, const struct module_information *information, const char *release,
			     struct kmend_error *error)
{
	const char *vermagic = information->vermagic ? information->vermagic : "";
	size_t size = strcspn(vermagic, " ");

	if (!information->name || strcmp(information->name, "kmend"))
		return kmend_fail(error, KMEND_STATUS_NO_MODULE, -EINVAL, "%s is not kmend.ko, but the module '%.60s'",
				  path, information->name ? information->name : "");
	if (size != strlen(release) || strncmp(vermagic, release, size)) {
		kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EINVAL, "%s was built for the kernel %.*s, not for %s",
			   path, (int)(size > 64 ? 64 : size), vermagic, release);
		kmend_advise(error, "Build it with: make -C kmod KDIR=/usr/src/linux-headers-%s", release);
		return -EINVAL;
	}
	return 0;
}

int kmend_package_read_module(const char *path, const char *release, struct kmend_buffer *ret_bytes, char **ret_version,
			      struct kmend_error *error)
{
	_cleanup_(information_clear) struct module_information information = { 0 };
	_cleanup_buffer_ struct kmend_buffer bytes = { 0 };
	int code = kmend_file_read(path, MODULE_LIMIT, &bytes.data, &bytes.size, error);

	if (code)
		return code;
	if (bytes.size < 4 || memcmp(bytes.data, "\177ELF", 4))
		return kmend_fail(error, KMEND_STATUS_NO_MODULE, -EINVAL, "%s is not an uncompressed kernel module",
				  path);
	code = read_information(path, &information, error);
	if (!code)
		code = check_information(path, &information, release, error);
	if (code)
		return code;
	*ret_version = kmend_steal(information.version);
	*ret_bytes = bytes;
	bytes = (struct kmend_buffer){ 0 };
	return 0;
}
