/* SPDX-License-Identifier: GPL-2.0 */
/* Updates whose files a package has installed: /usr/lib/kmend/updates/RELEASE/ID/{manifest.json,MODULE.ko…}. */
#ifndef KMEND_APPLY_INSTALLED_H
#define KMEND_APPLY_INSTALLED_H

#include "../container/container.h"
#include "machine.h"

struct kmend_installed {
	char *release;
	char *id;
	char *directory;
	struct kmend_manifest *manifest; /* NULL: its files are damaged, see problem */
	char *problem;			 /* or "" */
};

struct kmend_installed_list {
	struct kmend_installed *items;
	size_t count;
};
void kmend_installed_list_free(struct kmend_installed_list *list);
#define _cleanup_installed_ _cleanup_(kmend_installed_list_free)

/* All of them, of every kernel, by release, then in the order they are to be applied (date of making, id). */
int kmend_installed_read(const struct kmend_machine *machine, struct kmend_installed_list *ret_list,
			 struct kmend_error *error);

/* The one of that id for that release (NULL: any release), or NULL. Belongs to the list. */
const struct kmend_installed *kmend_installed_find(const struct kmend_installed_list *list, const char *release,
						   const char *id);

/* Which files of it are installed: kmend_file_identity() of its manifest. New memory. */
char *kmend_installed_files(const struct kmend_machine *machine, const char *release, const char *id);

/* An update ready to be applied: a manifest and the bytes it speaks of. */
struct kmend_material {
	struct kmend_manifest *manifest;
	struct kmend_buffer *modules; /* bytes of each part's update module */
	struct kmend_strv paths;      /* the files with these bytes */
	char *temporary;	      /* directory to be removed at the end, or NULL */
	char *package;		      /* that owns it; "": by hand, from a container */
};
void kmend_material_free(struct kmend_material *material);
KMEND_DEFINE_GUARD(struct kmend_material *, kmend_material_free, kmend_material_guard);
#define _cleanup_material_ _cleanup_(kmend_material_guard)

/* From an installed update: DAMAGED unless the modules are those the manifest speaks of. */
int kmend_material_installed(const struct kmend_installed *installed, struct kmend_material **ret_material,
			     struct kmend_error *error);

/* From a container: its modules are put into a private temporary directory below `run`. */
int kmend_material_container(const struct kmend_machine *machine, const char *path,
			     struct kmend_material **ret_material, struct kmend_error *error);

/* Are the modules that are loaded under these names this very build? 1 yes, 0 no, -ENOENT: the kernel does not tell. */
int kmend_material_is_loaded(const struct kmend_machine *machine, const struct kmend_material *material,
			     const struct kmend_strv *loaded);

/* Name of the hotpatch package of an update, as the packagers make it. New memory. */
char *kmend_package_name(const char *release, const char *id);

#endif
