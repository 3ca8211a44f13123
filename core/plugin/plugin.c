// SPDX-License-Identifier: GPL-2.0
/* Finding and loading packager plugins: kmend-dpkg.so, kmend-rpm.so. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <kmend/plugin.h>

#include "../base/file.h"
#include "config.h"

/* Which plugin writes a package format, and a directory that a machine of that packager has. */
static const struct {
	const char *format;
	const char *plugin;
	const char *marker;
} packagers[] = {
	{ "deb", "dpkg", "/var/lib/dpkg/info" },
	{ "rpm", "rpm", "/var/lib/rpm" },
	{ "rpm", "rpm", "/usr/lib/sysimage/rpm" },
};

/*
 * KMEND_PLUGIN_PATH (directories, separated by colons) is for running from a build tree and for tests. It is not looked at in a program that gained
 * rights when it was started (secure_getenv).
 */
static char *find_plugin(const char *name)
{
	const char *given = secure_getenv("KMEND_PLUGIN_PATH");
	_cleanup_free_ char *list = kmend_format("%s:%s", given ? given : "", KMEND_PLUGIN_DIRECTORY);
	char *rest = list, *directory;

	while ((directory = strsep(&rest, ":"))) {
		_cleanup_free_ char *path = kmend_format("%s/kmend-%s.so", directory, name);

		if (*directory && kmend_file_exists(path))
			return kmend_steal(path);
	}
	return NULL;
}

/* A machine may have the database of another packager too (rpm on Debian): what is installed for kmend decides. */
static const char *choose(const char *format, char **ret_path)
{
	const char *first = NULL;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(packagers); i++) {
		char *path;

		if (format ? strcmp(packagers[i].format, format) : !kmend_file_exists(packagers[i].marker))
			continue;
		path = find_plugin(packagers[i].plugin);
		if (path) {
			*ret_path = path;
			return packagers[i].plugin;
		}
		if (!first)
			first = packagers[i].plugin;
	}
	return first;
}

int kmend_plugin_load(const char *format, const struct kmend_plugin **ret_plugin, struct kmend_error *error)
{
	_cleanup_free_ char *path = NULL;
	const char *name = choose(format, &path);
	const struct kmend_plugin *plugin;
	void *handle;

	if (!name && format)
		return kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -ENOENT, "no plugin knows the package format '%s'",
				  format);
	if (!name)
		return kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -ENOENT,
				  "this machine has neither dpkg nor rpm, so no packager plugin fits it");
	if (!path) {
		kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -ENOENT, "the plugin kmend-%s.so is not installed in %s",
			   name, KMEND_PLUGIN_DIRECTORY);
		kmend_advise(error, "Install the package kmend-%s, or set KMEND_PLUGIN_PATH to the plugin's directory.",
			     name);
		return -ENOENT;
	}
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -ENOEXEC, "cannot load the plugin: %s", dlerror());
	plugin = dlsym(handle, KMEND_PLUGIN_SYMBOL);
	if (!plugin || plugin->abi != KMEND_PLUGIN_ABI) {
		kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -ENOEXEC, "%s is not a plugin of this version of kmend",
			   path);
		kmend_advise(error, "Install kmend and its plugins in the same version.");
		dlclose(handle);
		return -ENOEXEC;
	}
	*ret_plugin = plugin;
	return 0;
}

void kmend_kernel_build_free(struct kmend_kernel_build *build)
{
	if (!build)
		return;
	free(build->release);
	free(build->version);
	free(build->arch);
	free(build->source);
	free(build->headers);
	free(build->image);
	free(build->compiler);
	free(build->compiler_version);
	kmend_strv_free(&build->inputs);
	free(build);
}
