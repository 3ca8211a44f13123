// SPDX-License-Identifier: GPL-2.0
/*
 * Is a unit, compiled as kmend compiles it, what the distribution shipped? For a choice of units: every function, byte
 * for byte outside relocated fields; and what the fields lead to, as far as that can be told: texts and constants, and
 * one place for each symbol.
 * shipped RELEASE VMLINUX MODULES COUNT [SEED [TARGET]]: VMLINUX is the ELF image, MODULES the directory of the .ko files.
 * Prints a line for each function or field that differs, then "units functions equal weak fields wrong".
 */
#include <elf.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/elf/object.h"
#include "core/kernel/classify.h"
#include "core/kernel/walk.h"
#include "shipped.h"

#define AT_ONCE 10
#define ANCHOR 12 /* so many bytes at most a place is first looked for by */

struct tally {
	size_t units, functions, equal, weak, fields, wrong;
};

/* Which bytes of a section are filled in by relocations. New memory. */
static bool *relocated_bytes(const struct kmend_section *section)
{
	bool *is_relocated = kmend_calloc(section->size + 1, 1);

	for (size_t i = 0; i < section->nr_relocations; i++) {
		size_t at = section->relocations[i].offset, size = kmend_relocation_size(section->relocations[i].type);

		for (size_t j = at; j < at + size && j < section->size; j++)
			is_relocated[j] = true;
	}
	return is_relocated;
}

static bool is_equal(const struct kmend_section *section, const bool *is_relocated, uint64_t from, uint64_t size,
		     const uint8_t *there)
{
	for (uint64_t i = 0; i < size; i++)
		if (!is_relocated[from + i] && section->data[from + i] != there[i])
			return false;
	return true;
}

static bool is_function_of(const struct kmend_object_symbol *symbol, const struct kmend_section *section)
{
	return symbol->section == section && symbol->type == STT_FUNC && symbol->size &&
	       symbol->value + symbol->size <= section->size;
}

/* How many functions of the section are equal if it lies at a place; and how many of their fields lead elsewhere then. */
static size_t try_place(struct fields *fields, const struct kmend_section *section, const bool *is_relocated,
			size_t text, const uint8_t *base, size_t *ret_wrong)
{
	size_t equal = 0;

	*ret_wrong = 0;
	for (size_t i = 0; i < fields->object->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &fields->object->symbols[i];

		if (!is_function_of(symbol, section) ||
		    !is_equal(section, is_relocated, symbol->value, symbol->size, base + symbol->value))
			continue;
		equal++;
		*ret_wrong +=
			fields_compare(fields, section, symbol, text, base - fields->shipped->texts[text].data, false);
	}
	return equal;
}

/* Where the section lies as a whole: the place at which most of its functions are equal. NULL: none is anywhere. */
static const uint8_t *find_section(struct fields *fields, const struct kmend_section *section, const bool *is_relocated,
				   size_t *ret_text)
{
	const struct shipped *shipped = fields->shipped;
	const uint8_t *best = NULL;
	size_t most = 0, least_wrong = 0, anchor = 0, longest = 0;

	/* The first long stretch without a field. */
	for (size_t i = 0, run = 0; i < section->size; i++) {
		run = is_relocated[i] ? 0 : run + 1;
		if (run > longest && run <= ANCHOR) {
			longest = run;
			anchor = i + 1 - run;
		}
	}
	for (size_t i = 0; i < shipped->nr_texts; i++) {
		const uint8_t *at = shipped->texts[i].data, *end = at + shipped->texts[i].size;

		while ((at = memmem(at, end - at, section->data + anchor, longest))) {
			const uint8_t *base = at++ - anchor;
			size_t equal, wrong;

			if (base < shipped->texts[i].data || base + section->size > end)
				continue;
			equal = try_place(fields, section, is_relocated, i, base, &wrong);
			if (equal > most || (most && equal == most && wrong < least_wrong)) {
				most = equal;
				least_wrong = wrong;
				best = base;
				*ret_text = i;
			}
		}
	}
	return best;
}

static void compare_unit(const char *unit, const struct kmend_object *object, const struct shipped *shipped,
			 struct tally *tally)
{
	__attribute__((cleanup(fields_free))) struct fields *fields = fields_new(unit, object, shipped);

	tally->units++;
	for (size_t i = 0; i < object->nr_sections; i++) {
		const struct kmend_section *section = &object->sections[i];
		_cleanup_free_ bool *is_relocated = NULL;
		const uint8_t *base;
		size_t text = 0;

		/* What the linker drops or what lies in no text of its own is not looked at. */
		if (strncmp(section->name, ".text", 5) || !section->data || !section->size)
			continue;
		is_relocated = relocated_bytes(section);
		base = find_section(fields, section, is_relocated, &text);
		for (size_t j = 0; j < object->nr_symbols; j++) {
			const struct kmend_object_symbol *symbol = &object->symbols[j];

			if (!is_function_of(symbol, section))
				continue;
			tally->functions++;
			if (base &&
			    is_equal(section, is_relocated, symbol->value, symbol->size, base + symbol->value)) {
				tally->equal++;
				fields_compare(fields, section, symbol, text, base - shipped->texts[text].data, true);
				continue;
			}
			tally->weak += symbol->bind == STB_WEAK;
			printf("%s: %s%s differs (%s)\n", unit, symbol->name, symbol->bind == STB_WEAK ? " (weak)" : "",
			       shipped->name);
		}
	}
	tally->fields += fields->count;
	tally->wrong += fields->wrong;
}

static char *module_path(const char *directory, const char *module)
{
	char *const roots[] = { (char *)directory, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	char *found = NULL;
	FTSENT *entry;

	while (!found && walk && (entry = fts_read(walk))) {
		_cleanup_free_ char *name = kmend_strdup(entry->fts_name);

		for (char *c = name; *c; c++)
			*c = *c == '-' ? '_' : *c;
		if (entry->fts_info == FTS_F && !strncmp(name, module, strlen(module)) &&
		    !strcmp(name + strlen(module), ".ko"))
			found = kmend_strdup(entry->fts_path);
	}
	if (walk)
		fts_close(walk);
	return found;
}

/* Random units of all that kbuild compiles for this kernel; of vmlinux alone, if so asked. */
static int choose(const struct kmend_tree *tree, size_t count, const char *target, struct kmend_strv *ret_units,
		  struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv all = { 0 };
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	struct kmend_strv *targets;
	int code = kmend_walk_make(tree, 2, NULL, &walk, error);

	for (size_t i = 0; !code && i < walk->count; i++) {
		const struct kmend_walk_unit *unit = &walk->units[i];
		_cleanup_free_ char *object = kmend_unit_file(unit->source, "", ".o");

		/* kmend refuses those of another name (odd-unit). */
		if (unit->is_kernel && !unit->is_generated && kmend_ends_with(unit->source, ".c") &&
		    !strcmp(object, unit->object))
			kmend_strv_add(&all, unit->source);
	}
	for (size_t left = all.count; left; left--) {
		size_t at = random() % left;
		char *last = all.items[left - 1];

		all.items[left - 1] = all.items[at];
		all.items[at] = last;
	}
	targets = kmend_calloc(all.count + 1, sizeof(*targets));
	if (!code && target)
		code = kmend_units_targets(tree, &all, targets, error);
	for (size_t i = 0; !code && i < all.count && ret_units->count < count; i++)
		if (!target || (targets[i].count && !strcmp(targets[i].items[0], target)))
			kmend_strv_add(ret_units, all.items[i]);
	for (size_t i = 0; i < all.count; i++)
		kmend_strv_free(&targets[i]);
	free(targets);
	return code;
}

/* A few at a time: the tree is locked meanwhile, for all who build for that kernel on this machine. */
static int compile(const struct kmend_tree *tree, const struct kmend_strv *units, unsigned int jobs,
		   struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < units->count;) {
		_cleanup_buffer_ struct kmend_buffer output = { 0 };
		_cleanup_strv_ struct kmend_strv goals = { 0 };
		_cleanup_close_ int lock = -1;

		do {
			_cleanup_free_ char *goal = kmend_unit_file(units->items[i], "", ".o");

			kmend_strv_add(&goals, goal);
		} while (++i < units->count && i % AT_ONCE);
		code = kmend_tree_lock(tree, &lock, error);
		if (!code)
			code = kmend_kbuild_run(tree, (const char *const *)goals.items, jobs, NULL, "compiling",
						&output, error);
		if (code > 0)
			code = kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "kbuild: %.500s", output.data);
	}
	return code;
}

static int compare_all(const struct kmend_tree *tree, const struct kmend_strv *units, char **argv, struct tally *tally,
		       struct kmend_error *error)
{
	struct kmend_strv *targets = kmend_calloc(units->count + 1, sizeof(*targets));
	struct shipped *shipped = NULL;
	size_t count = 0;
	int code = kmend_units_targets(tree, units, targets, error);

	if (shipped_read("vmlinux", argv[2], kmend_array_add(shipped, count)))
		return -1;
	for (size_t i = 0; i < units->count && !code; i++) {
		_cleanup_free_ char *name = kmend_unit_file(units->items[i], "", ".o"), *file = NULL, *path = NULL;
		_cleanup_object_ struct kmend_object *object = NULL;
		size_t at = 0;

		path = kmend_path(tree->build, name);
		code = kmend_object_read(path, &object, error);
		if (code)
			break;
		while (at < count && strcmp(shipped[at].name, targets[i].items[0]))
			at++;
		file = at < count ? NULL : module_path(argv[3], targets[i].items[0]);
		if (at == count && (!file || shipped_read(targets[i].items[0], file, kmend_array_add(shipped, count))))
			return fprintf(stderr, "no module %s\n", targets[i].items[0]), -1;
		compare_unit(units->items[i], object, &shipped[at], tally);
	}
	return code;
}

int main(int argc, char **argv)
{
	struct kmend_kernel_request request = { .release = argc > 1 ? argv[1] : NULL };
	_cleanup_free_ char *cache = kmend_cache_directory();
	struct kmend_progress *progress = kmend_progress_new(NULL);
	struct kmend_kernel_build *kernel;
	struct kmend_tree *tree;
	struct kmend_strv units = { 0 };
	struct kmend_error error = { 0 };
	struct tally tally = { 0 };

	if (argc < 5)
		return fprintf(stderr, "usage: %s RELEASE VMLINUX MODULES COUNT [SEED [TARGET]]\n", argv[0]), 64;
	srandom(argc > 5 ? atoi(argv[5]) : 1);
	if (kmend_kernel_identify(&request, cache, progress, &kernel, &error) ||
	    kmend_tree_prepare(kernel, cache, 2, progress, &tree, &error))
		return fprintf(stderr, "%s\n", error.message), 1;
	if (choose(tree, atoi(argv[4]), argc > 6 ? argv[6] : NULL, &units, &error) ||
	    compile(tree, &units, 2, &error) || compare_all(tree, &units, argv, &tally, &error))
		return fprintf(stderr, "%s\n", error.message), 1;
	printf("%zu units %zu functions %zu equal %zu weak %zu fields %zu wrong\n", tally.units, tally.functions,
	       tally.equal, tally.weak, tally.fields, tally.wrong);
	return tally.equal + tally.weak < tally.functions || tally.wrong;
}
