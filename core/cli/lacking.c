// SPDX-License-Identifier: GPL-2.0
/* Where the errata of a kernel come from: files, the list of its seed package, the package sources. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kmend/plugin.h>

#include "../base/file.h"
#include "standing.h"

static char *running_version(const struct kmend_machine *machine)
{
	const struct kmend_plugin *plugin = NULL;
	char *version = kmend_debian_version(machine->version), *release = NULL;

	if (!version && machine->is_real && !kmend_plugin_load(NULL, &plugin, NULL))
		plugin->running_kernel(&release, &version, NULL);
	free(release);
	return version;
}

static int read_installed_list(const struct kmend_machine *machine, struct kmend_lacking *lacking,
			       struct kmend_error *error)
{
	_cleanup_free_ char *name = kmend_format("%s.json", lacking->release);
	_cleanup_free_ char *path = kmend_path(machine->paths.errata, name);
	int code;

	if (!kmend_file_exists(path))
		return 0;
	code = kmend_errata_read(path, &lacking->errata, error);
	if (code) {
		kmend_advise(error, "The file is %s, of the package kmend-patches-%s.", path, lacking->release);
		return code;
	}
	lacking->has_list = true;
	return 0;
}

static int ask_sources(const struct kmend_lacking_request *request, struct kmend_lacking *lacking,
		       struct kmend_error *error)
{
	_cleanup_free_ char *cache = kmend_cache_directory();
	_cleanup_errata_ struct kmend_errata more = { 0 };
	const struct kmend_plugin *plugin = NULL;
	int code = kmend_plugin_load(NULL, &plugin, error);

	if (!code && !plugin->errata)
		code = kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -EOPNOTSUPP, "the plugin %s knows no errata",
				  plugin->name);
	if (!code)
		code = plugin->errata(lacking->release, lacking->version, cache, request->progress, &more, error);
	if (code)
		return code;
	if (!lacking->version && more.version)
		lacking->version = kmend_strdup(more.version);
	if (!lacking->errata.to && more.to)
		lacking->errata.to = kmend_strdup(more.to);
	if (!lacking->errata.to_release && more.to_release)
		lacking->errata.to_release = kmend_strdup(more.to_release);
	kmend_errata_merge(&lacking->errata, &more);
	lacking->has_list = true;
	return 0;
}

static int read_files(const struct kmend_lacking_request *request, struct kmend_lacking *lacking,
		      struct kmend_error *error)
{
	struct kmend_errata_filter filter = { .package = "linux", .after = lacking->version };
	int code = 0;

	for (size_t i = 0; i < request->from.count && !code; i++)
		code = kmend_errata_load(request->from.items[i], &filter, &lacking->errata, error);
	lacking->has_list |= request->from.count > 0;
	return code;
}

/* Packages that could be installed; without package sources there are none. */
static void read_available(const struct kmend_machine *machine, struct kmend_lacking *lacking)
{
	const struct kmend_plugin *plugin = NULL;

	if (!machine->is_real || kmend_plugin_load(NULL, &plugin, NULL) || !plugin->available)
		return;
	lacking->package_name = plugin->package_name;
	plugin->available(lacking->release, &lacking->available, NULL);
}

int kmend_lacking_read(const struct kmend_machine *machine, const struct kmend_lacking_request *request,
		       struct kmend_lacking *ret_lacking, struct kmend_error *error)
{
	_cleanup_lacking_ struct kmend_lacking lacking = { 0 };
	int code;

	lacking.release = kmend_strdup(request->release ? request->release : machine->release);
	lacking.is_running = !strcmp(lacking.release, machine->release);
	lacking.version = request->version     ? kmend_strdup(request->version)
			  : lacking.is_running ? running_version(machine)
					       : NULL;
	code = read_installed_list(machine, &lacking, error);
	if (!code && !lacking.version && lacking.errata.version)
		lacking.version = kmend_strdup(lacking.errata.version);
	if (!code && !request->local && (request->refresh || (!lacking.has_list && !request->from.count)))
		code = ask_sources(request, &lacking, error);
	if (!code)
		code = read_files(request, &lacking, error);
	if (!code && lacking.version)
		kmend_errata_narrow(&lacking.errata, NULL, lacking.version, NULL);
	if (!code && lacking.is_running)
		code = kmend_picture_take(machine, &lacking.picture, error);
	if (code)
		return code;
	kmend_errata_sort(&lacking.errata);
	read_available(machine, &lacking);
	*ret_lacking = lacking;
	lacking = (struct kmend_lacking){ 0 };
	return 0;
}

/* The release of a list that another kernel's seed installed, all of whose fixes this version has. */
static bool is_mended_by(const struct kmend_machine *machine, const char *name, const char *version, char **ret_line)
{
	_cleanup_free_ char *path = kmend_path(machine->paths.errata, name);
	_cleanup_errata_ struct kmend_errata errata = { 0 };

	if (!kmend_ends_with(name, ".json") || kmend_errata_read(path, &errata, NULL) || !errata.release ||
	    !errata.to || !strcmp(errata.release, machine->release) || !errata.version ||
	    kmend_version_compare(errata.to, version) > 0 || kmend_version_compare(errata.version, version) >= 0)
		return false;
	*ret_line = kmend_format("Linux %s (%s) has the fixes itself that hotpatches bring to %s.", machine->release,
				 version, errata.release);
	return true;
}

char *kmend_lacking_fixed_kernel(const struct kmend_machine *machine)
{
	_cleanup_closedir_ DIR *directory = opendir(machine->paths.errata);
	_cleanup_free_ char *own = kmend_format("%s.json", machine->release);
	_cleanup_free_ char *path = kmend_path(machine->paths.errata, own);
	_cleanup_free_ char *version = NULL;
	char *line = NULL;
	struct dirent *entry;

	/* A kernel that has hotpatches of its own says itself what it lacks. */
	if (!directory || kmend_file_exists(path))
		return NULL;
	version = running_version(machine);
	while (version && (entry = readdir(directory)))
		if (is_mended_by(machine, entry->d_name, version, &line))
			return line;
	return NULL;
}
