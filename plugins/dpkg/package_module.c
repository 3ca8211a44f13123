// SPDX-License-Identifier: GPL-2.0
/* kmend-module-RELEASE: kmend.ko, prebuilt for one kernel, so that its machines need no compiler. */
#include <errno.h>
#include <string.h>

#include <libkmod.h>

#include "../../core/base/file.h"
#include "config.h"
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

static const char body[] = //
	"The kernel module with which kmend changes the running kernel, prebuilt for one kernel, so that neither compiler "
	"nor headers are needed. Use kmend-dkms instead for kernels that have no such package.\n";

int kmend_package_module(const struct kmend_package_request *request, struct kmend_package *package,
			 struct kmend_error *error)
{
	_cleanup_(information_clear) struct module_information information = { 0 };
	_cleanup_free_ char *bytes = NULL, *synopsis = NULL, *change = NULL;
	size_t size;
	int code;

	package->deb.time = kmend_package_time(0);
	code = kmend_file_read(request->input, MODULE_LIMIT, &bytes, &size, error);
	if (code)
		return code;
	if (size < 4 || memcmp(bytes, "\177ELF", 4))
		return kmend_fail(error, KMEND_STATUS_NO_MODULE, -EINVAL, "%s is not an uncompressed kernel module",
				  request->input);
	code = read_information(request->input, &information, error);
	if (!code)
		code = check_information(request->input, &information, request->release, error);
	if (!code)
		code = kmend_package_identify(package, kmend_dpkg_name("kmend-module", request->release, NULL),
					      request->version	    ? request->version
					      : information.version ? information.version
								    : KMEND_VERSION,
					      error);
	if (code)
		return code;
	kmend_deb_add_data(&package->deb, bytes, size, "usr/lib/kmend/module/%s/kmend.ko", request->release);
	synopsis = kmend_format("kmend's kernel module for Linux %s", request->release);
	change = kmend_format("Built for Linux %s.", request->release);
	return kmend_package_complete(package, "Enhances: kmend\n", synopsis, body, change, error);
}
