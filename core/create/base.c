// SPDX-License-Identifier: GPL-2.0
/* Updates on top of others: the bases are read, checked against each other, and added up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int wrong(struct kmend_error *error, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(struct kmend_error *error, const char *path, const char *format, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		kmend_oom();
	va_end(args);
	return kmend_fail(error, KMEND_STATUS_WRONG_BASE, -EINVAL, "%s cannot be a base: %s", path, what);
}

static int read_modules(struct kmend_creation_base *base, struct kmend_error *error)
{
	const struct kmend_container *container = base->container;
	int code = 0;

	for (size_t i = 0; !code && i < container->manifest->nr_parts; i++) {
		struct kmend_object *object;

		code = kmend_object_read_memory(container->modules[i].data, container->modules[i].size,
						container->manifest->parts[i].module_name, &object, error);
		if (!code)
			*kmend_array_add(base->modules, base->nr_modules) = object;
	}
	if (!code)
		code = kmend_build_digest((const struct kmend_object *const *)base->modules, base->nr_modules,
					  base->digest, error);
	return code;
}

/* A base of the base must be there already, in the very build that it was made on. */
static int check_below(const struct kmend_creation *creation, size_t index, const char *path, struct kmend_error *error)
{
	const struct kmend_manifest *manifest = creation->bases[index].container->manifest;

	for (size_t i = 0; i < manifest->nr_bases; i++) {
		const struct kmend_manifest_base *below = &manifest->bases[i];
		size_t at = 0;

		while (at < index && strcmp(creation->bases[at].container->manifest->id, below->id))
			at++;
		if (at == index) {
			wrong(error, path, "it sits on %s, which is not given before it", below->id);
			kmend_advise(error, "Give all bases with --base, in the order in which they are applied.");
			return -EINVAL;
		}
		if (strcmp(creation->bases[at].digest, below->digest))
			return wrong(error, path, "it sits on another build of %s than the one given", below->id);
	}
	return 0;
}

static bool sits_on(const struct kmend_manifest *manifest, const char *id)
{
	for (size_t i = 0; i < manifest->nr_bases; i++)
		if (!strcmp(manifest->bases[i].id, id))
			return true;
	return false;
}

/* Two bases that know nothing of each other may not have to do with each other. */
static int check_beside(const struct kmend_creation *creation, size_t index, const char *path,
			struct kmend_error *error)
{
	const struct kmend_creation_base *base = &creation->bases[index];

	for (size_t i = 0; i < index; i++) {
		const struct kmend_creation_base *other = &creation->bases[i];

		if (sits_on(base->container->manifest, other->container->manifest->id))
			continue;
		for (size_t j = 0; j < base->changes->units.count; j++)
			if (kmend_strv_has(&other->changes->units, base->changes->units.items[j]))
				return wrong(error, path,
					     "it and %s both change %s, but it was not built on top of that one",
					     other->container->manifest->id, base->changes->units.items[j]);
	}
	return 0;
}

static int check_base(const struct kmend_creation *creation, size_t index, const char *path, struct kmend_error *error)
{
	const struct kmend_manifest *manifest = creation->bases[index].container->manifest;
	const struct kmend_kernel_build *kernel = creation->tree->kernel;

	if (strcmp(manifest->release, kernel->release) || strcmp(manifest->version, kernel->version))
		return wrong(error, path, "it is for kernel %s (%s), not for %s (%s)", manifest->release,
			     manifest->version, kernel->release, kernel->version);
	if (!strcmp(manifest->id, creation->request->id))
		return wrong(error, path, "it has the id %s of the new update", manifest->id);
	for (size_t i = 0; i < index; i++)
		if (!strcmp(creation->bases[i].container->manifest->id, manifest->id))
			return wrong(error, path, "%s is given twice", manifest->id);
	return check_below(creation, index, path, error);
}

/* Apply the base's diff on top of those before it. */
static int add_changes(struct kmend_creation *creation, size_t index, const char *path, struct kmend_error *error)
{
	struct kmend_creation_base *base = &creation->bases[index];
	_cleanup_free_ char *name = kmend_format("base-%zu", index);
	_cleanup_free_ char *scratch = kmend_path(creation->request->scratch, name);
	int code = kmend_mkdir_parents(scratch, 0755, error);

	if (code)
		return code;
	code = kmend_change_set_make(creation->tree, index ? creation->bases[index - 1].changes : NULL,
				     base->container->diff, base->container->diff_size, scratch, &base->changes, error);
	if (!code)
		code = kmend_change_set_reach(creation->tree, base->changes, creation->request->jobs,
					      creation->progress, error);
	if (code || base->changes->nr_reasons) {
		_cleanup_free_ char *words = kmend_strdup(code && error ? error->message
							  : code	? ""
									: base->changes->reasons[0].text);

		code = wrong(error, path, "its own diff cannot be applied again");
		kmend_detail(error, words);
	}
	return code;
}

/* The units of all bases go to the set of the last one, whose texts are all bases' together. */
static void add_up_units(struct kmend_creation *creation)
{
	creation->base = creation->bases[creation->nr_bases - 1].changes;
	creation->base->is_sum = true;
	for (size_t i = 0; i + 1 < creation->nr_bases; i++) {
		const struct kmend_strv *units = &creation->bases[i].changes->units;

		for (size_t j = 0; j < units->count; j++)
			if (!kmend_strv_has(&creation->base->units, units->items[j]))
				kmend_strv_add(&creation->base->units, units->items[j]);
	}
}

/* What the bases changed, all together, from the kernel's own source: one delta per unit. */
static int add_up(struct kmend_creation *creation, struct kmend_error *error)
{
	struct kmend_unit_objects *objects = NULL;
	size_t fresh = 0, count = creation->base->units.count;
	int code = kmend_units_compile(creation->tree, creation->base, creation->request->cache,
				       creation->request->jobs, creation->progress, &objects, &fresh, error);

	creation->base_deltas = kmend_calloc(count + 1, sizeof(struct kmend_delta *));
	for (size_t i = 0; !code && i < count; i++) {
		struct kmend_object *read[3] = { NULL };

		code = kmend_create_read_objects(&objects[i], read, error);
		if (!code)
			code = kmend_delta_make(objects[i].unit, read[0], read[1], read[2], objects[i].how,
						&creation->base_deltas[i], error);
		if (!code)
			creation->nr_base_deltas++;
	}
	kmend_unit_objects_free(objects, count);
	return code;
}

static void make_link_bases(struct kmend_creation *creation)
{
	creation->link_bases = kmend_calloc(creation->nr_bases, sizeof(*creation->link_bases));
	for (size_t i = 0; i < creation->nr_bases; i++) {
		const struct kmend_creation_base *base = &creation->bases[i];

		creation->link_bases[i] =
			(struct kmend_link_base){ .id = base->container->manifest->id,
						  .digest = base->digest,
						  .escapes = base->container->manifest->escapes,
						  .modules = (const struct kmend_object *const *)base->modules,
						  .nr_modules = base->nr_modules };
	}
}

int kmend_create_step_bases(struct kmend_creation *creation, struct kmend_error *error)
{
	const struct kmend_strv *paths = &creation->request->bases;
	int code = 0;

	if (!paths->count)
		return 0;
	creation->bases = kmend_calloc(paths->count, sizeof(*creation->bases));
	for (size_t i = 0; !code && i < paths->count; i++) {
		struct kmend_creation_base *base = &creation->bases[i];

		creation->nr_bases++;
		code = kmend_container_read(paths->items[i], &base->container, error);
		if (!code)
			code = read_modules(base, error);
		if (!code)
			code = check_base(creation, i, paths->items[i], error);
		if (!code)
			code = add_changes(creation, i, paths->items[i], error);
		if (!code)
			code = check_beside(creation, i, paths->items[i], error);
	}
	if (code)
		return code;
	make_link_bases(creation);
	add_up_units(creation);
	code = add_up(creation, error);
	if (!code)
		kmend_step_end(creation->progress, "%zu, up to %s", creation->nr_bases,
			       creation->bases[creation->nr_bases - 1].container->manifest->id);
	return code;
}

const struct kmend_delta *kmend_create_base_delta(const struct kmend_creation *creation, const char *unit)
{
	for (size_t i = 0; i < creation->nr_base_deltas; i++)
		if (!strcmp(creation->base_deltas[i]->unit, unit))
			return creation->base_deltas[i];
	return NULL;
}

void kmend_create_bases_free(struct kmend_creation *creation)
{
	for (size_t i = 0; i < creation->nr_base_deltas; i++)
		kmend_delta_free(creation->base_deltas[i]);
	free(creation->base_deltas);
	/* Each set knows the one before it. */
	for (size_t i = creation->nr_bases; i-- > 0;) {
		struct kmend_creation_base *base = &creation->bases[i];

		for (size_t j = 0; j < base->nr_modules; j++)
			kmend_object_free(base->modules[j]);
		free(base->modules);
		kmend_container_free(base->container);
		kmend_change_set_free(base->changes);
	}
	free(creation->bases);
	free(creation->link_bases);
}
