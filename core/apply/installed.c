// SPDX-License-Identifier: GPL-2.0
#include "installed.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <kmend/plugin.h>

#include "live.h"

#define MANIFEST_LIMIT (4u << 20)
#define MODULE_LIMIT (256u << 20)

static void installed_clear(struct kmend_installed *installed)
{
	free(installed->release);
	free(installed->id);
	free(installed->directory);
	free(installed->problem);
	kmend_manifest_free(installed->manifest);
}

void kmend_installed_list_free(struct kmend_installed_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		installed_clear(&list->items[i]);
	free(list->items);
	*list = (struct kmend_installed_list){ 0 };
}

/* Names of a directory's entries that are not hidden, sorted; none if there is no directory. */
static int list_names(const char *path, struct kmend_strv *ret_names, struct kmend_error *error)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!dir)
		return kmend_fail_errno(error, -errno, "cannot read the directory %s", path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			kmend_strv_add(ret_names, entry->d_name);
	kmend_strv_sort(ret_names);
	return 0;
}

/* What is wrong with it is kept for status, so that one damaged update does not hide the others. */
static void read_manifest(struct kmend_installed *installed)
{
	_cleanup_free_ char *path = kmend_path(installed->directory, "manifest.json"), *text = NULL;
	struct kmend_manifest *manifest = NULL;
	struct kmend_error error = { 0 };
	size_t size;
	int code;

	code = kmend_file_read(path, MANIFEST_LIMIT, &text, &size, &error);
	if (!code)
		code = kmend_manifest_parse(text, size, &manifest, &error);
	if (!code && (strcmp(manifest->id, installed->id) || strcmp(manifest->release, installed->release)))
		code = kmend_fail(&error, KMEND_STATUS_BAD_MANIFEST, -EBADMSG, "%s is of the update %s for %s", path,
				  manifest->id, manifest->release);
	if (code) {
		kmend_manifest_free(manifest);
		manifest = NULL;
	}
	installed->manifest = manifest;
	installed->problem = kmend_strdup(code ? error.message : "");
}

static int compare_installed(const void *a, const void *b)
{
	const struct kmend_installed *left = a, *right = b;
	int order = strcmp(left->release, right->release);
	int64_t made_left = left->manifest ? left->manifest->created : 0;
	int64_t made_right = right->manifest ? right->manifest->created : 0;

	if (!order)
		order = (made_left > made_right) - (made_left < made_right);
	return order ? order : strcmp(left->id, right->id);
}

static bool is_below(const struct kmend_installed *below, const struct kmend_installed *above)
{
	const struct kmend_manifest *manifest = above->manifest;

	for (size_t i = 0; manifest && !strcmp(below->release, above->release) && i < manifest->nr_bases; i++)
		if (!strcmp(manifest->bases[i].id, below->id))
			return true;
	return false;
}

/* Move what others sit on before these, else keeping the order. Manifests that sit on each other end it all the same. */
static void sort_bases(struct kmend_installed_list *list)
{
	for (size_t i = 0, moves = 0; i < list->count; i++) {
		for (size_t j = i + 1; j < list->count && moves < list->count * list->count; j++) {
			struct kmend_installed below = list->items[j];

			if (!is_below(&below, &list->items[i]))
				continue;
			memmove(&list->items[i + 1], &list->items[i], (j - i) * sizeof(*list->items));
			list->items[i] = below;
			moves++;
			j = i; /* look at what this one sits on */
		}
	}
}

int kmend_installed_read(const struct kmend_machine *machine, struct kmend_installed_list *ret_list,
			 struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	_cleanup_strv_ struct kmend_strv releases = { 0 };
	int code = list_names(machine->paths.updates, &releases, error);

	for (size_t i = 0; i < releases.count && !code; i++) {
		_cleanup_free_ char *directory = kmend_path(machine->paths.updates, releases.items[i]);
		_cleanup_strv_ struct kmend_strv ids = { 0 };

		code = list_names(directory, &ids, error);
		for (size_t j = 0; j < ids.count && !code; j++) {
			struct kmend_installed *next;

			if (!kmend_id_is_valid(ids.items[j]))
				continue;
			next = kmend_array_add(list.items, list.count);
			next->release = kmend_strdup(releases.items[i]);
			next->id = kmend_strdup(ids.items[j]);
			next->directory = kmend_path(directory, ids.items[j]);
			read_manifest(next);
		}
	}
	if (code)
		return code;
	if (list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare_installed);
	sort_bases(&list);
	*ret_list = list;
	list = (struct kmend_installed_list){ 0 };
	return 0;
}

char *kmend_installed_files(const struct kmend_machine *machine, const char *release, const char *id)
{
	_cleanup_free_ char *path = kmend_format("%s/%s/%s/manifest.json", machine->paths.updates, release, id);

	return kmend_file_identity(path);
}

const struct kmend_installed *kmend_installed_find(const struct kmend_installed_list *list, const char *release,
						   const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if ((!release || !strcmp(list->items[i].release, release)) && !strcmp(list->items[i].id, id))
			return &list->items[i];
	return NULL;
}

void kmend_material_free(struct kmend_material *material)
{
	if (!material)
		return;
	if (material->temporary)
		kmend_remove_tree(material->temporary, NULL);
	for (size_t i = 0; material->modules && i < material->manifest->nr_parts; i++)
		kmend_buffer_free(&material->modules[i]);
	free(material->modules);
	kmend_manifest_free(material->manifest);
	kmend_strv_free(&material->paths);
	free(material->temporary);
	free(material->package);
	free(material);
}

char *kmend_package_name(const char *release, const char *id)
{
	const struct kmend_plugin *plugin;
	char *name;

	if (!kmend_plugin_load(NULL, &plugin, NULL) && plugin->package_name)
		return plugin->package_name(release, id);
	/* No packager: the name is for people to read, in characters that all packagers take. */
	name = kmend_format("kmend-patch-%s-%s", release, id);
	for (char *c = name; *c; c++)
		*c = *c == '_' ? '-' : tolower((unsigned char)*c);
	return name;
}

int kmend_material_is_loaded(const struct kmend_machine *machine, const struct kmend_material *material,
			     const struct kmend_strv *loaded)
{
	const struct kmend_manifest *manifest = material->manifest;

	if (loaded->count != manifest->nr_parts)
		return 0;
	for (size_t i = 0; i < manifest->nr_parts; i++) {
		int same;

		if (strcmp(loaded->items[i], manifest->parts[i].module_name))
			return 0;
		same = kmend_live_is_module(machine, loaded->items[i], material->modules[i].data,
					    material->modules[i].size);
		if (same != 1)
			return same;
	}
	return 1;
}

/* One part's module, which must be the one that the manifest speaks of. */
static int read_module(const struct kmend_installed *installed, const struct kmend_manifest_part *part,
		       struct kmend_material *material, struct kmend_buffer *module, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_format("%s/%s.ko", installed->directory, part->module_name);
	char digest[KMEND_SHA256_HEX];
	int code = kmend_file_read(path, MODULE_LIMIT, &module->data, &module->size, error);

	if (code == -ENOENT)
		return kmend_fail(error, KMEND_STATUS_DAMAGED, code, "the installed update %s has no %s", installed->id,
				  path);
	if (code)
		return code;
	kmend_strv_add(&material->paths, path);
	kmend_sha256(module->data, module->size, digest);
	if (strcmp(digest, part->module_sha256))
		return kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is not the module its manifest speaks of",
				  path);
	return 0;
}

int kmend_material_installed(const struct kmend_installed *installed, struct kmend_material **ret_material,
			     struct kmend_error *error)
{
	_cleanup_material_ struct kmend_material *material = kmend_calloc(1, sizeof(*material));
	_cleanup_free_ char *manifest = kmend_path(installed->directory, "manifest.json"), *text = NULL;
	const char *package = getenv("DPKG_MAINTSCRIPT_PACKAGE");
	size_t size;
	int code;

	if (!installed->manifest) {
		kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EBADMSG, "the installed update %s is damaged: %s",
			   installed->id, installed->problem);
		kmend_advise(error, "Install its package again.");
		return -EBADMSG;
	}
	code = kmend_file_read(manifest, MANIFEST_LIMIT, &text, &size, error);
	if (!code)
		code = kmend_manifest_parse(text, size, &material->manifest, error);
	if (code)
		return code;
	material->modules = kmend_calloc(material->manifest->nr_parts, sizeof(*material->modules));
	for (size_t i = 0; i < material->manifest->nr_parts && !code; i++)
		code = read_module(installed, &material->manifest->parts[i], material, &material->modules[i], error);
	if (code) {
		kmend_advise(error, "Install its package again.");
		return code;
	}
	material->package = package && kmend_starts_with(package, "kmend-patch-")
				    ? kmend_strdup(package)
				    : kmend_package_name(installed->release, installed->id);
	*ret_material = kmend_steal(material);
	return 0;
}

int kmend_material_container(const struct kmend_machine *machine, const char *path,
			     struct kmend_material **ret_material, struct kmend_error *error)
{
	_cleanup_material_ struct kmend_material *material = kmend_calloc(1, sizeof(*material));
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *directory = kmend_path(machine->paths.run, "container.XXXXXX");
	int code = kmend_container_read(path, &container, error);

	if (!code)
		code = kmend_mkdir_parents(machine->paths.run, 0755, error);
	if (code)
		return code;
	if (!mkdtemp(directory))
		return kmend_fail_errno(error, -errno, "cannot create a directory in %s", machine->paths.run);
	material->temporary = kmend_steal(directory);
	material->manifest = kmend_steal(container->manifest);
	material->modules = kmend_steal(container->modules);
	material->package = kmend_strdup("");
	for (size_t i = 0; i < material->manifest->nr_parts && !code; i++) {
		/* The loader names a module by what is in it, but its messages name the file. */
		kmend_strv_addf(&material->paths, "%s/%s.ko", material->temporary,
				material->manifest->parts[i].module_name);
		code = kmend_file_write_atomic(material->paths.items[i], material->modules[i].data,
					       material->modules[i].size, 0600, error);
	}
	if (code)
		return code;
	*ret_material = kmend_steal(material);
	return 0;
}
