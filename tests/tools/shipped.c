// SPDX-License-Identifier: GPL-2.0
/*
 * Is a unit, compiled as kmend compiles it, what the distribution shipped? For a choice of units: every function, byte
 * for byte outside relocated fields.
 * shipped RELEASE VMLINUX MODULES COUNT [SEED]: VMLINUX is the ELF image, MODULES the directory of the .ko files.
 * Prints a line for each function that differs, then "units functions equal weak".
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
#include "core/kernel/kbuild.h"

#define IMAGE_LIMIT (256u << 20)
#define AT_ONCE 10
#define ANCHOR 12 /* so many bytes at most a place is first looked for by */

static const char *const directories[] = { "arch/x86/kernel", "arch/x86/mm", "block",	     "crypto",
					   "drivers/base",    "drivers/pci", "drivers/tty",  "fs",
					   "fs/ext4",	      "fs/proc",     "ipc",	     "kernel",
					   "kernel/sched",    "kernel/time", "lib",	     "mm",
					   "net/core",	      "net/ipv4",    "net/ipv6",     "net/netfilter",
					   "net/unix",	      "security",    "security/keys" };

/* Executable bytes that were shipped. */
struct shipped {
	char *name; /* "vmlinux" or a module's */
	char *data; /* the whole file */
	const uint8_t *text[64];
	size_t size[64];
	size_t count;
};

struct tally {
	size_t units, functions, equal, weak;
};

static int read_shipped(const char *name, const char *path, struct shipped *shipped)
{
	struct kmend_error error = { 0 };
	const Elf64_Ehdr *header;
	size_t size;

	if (kmend_file_read(path, IMAGE_LIMIT, &shipped->data, &size, &error))
		return fprintf(stderr, "%s\n", error.message), -1;
	shipped->name = kmend_strdup(name);
	header = (const Elf64_Ehdr *)shipped->data;
	if (size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr) > size)
		return fprintf(stderr, "%s is no ELF file\n", path), -1;
	for (size_t i = 0; i < header->e_shnum && shipped->count < KMEND_ARRAY_SIZE(shipped->text); i++) {
		const Elf64_Shdr *section = (const Elf64_Shdr *)(shipped->data + header->e_shoff) + i;

		if (!(section->sh_flags & SHF_EXECINSTR) || section->sh_type != SHT_PROGBITS ||
		    section->sh_offset + section->sh_size > size)
			continue;
		shipped->text[shipped->count] = (const uint8_t *)shipped->data + section->sh_offset;
		shipped->size[shipped->count++] = section->sh_size;
	}
	return 0;
}

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

/* Where the section lies as a whole: the place at which most of its functions are equal. NULL: none is anywhere. */
static const uint8_t *find_section(const struct kmend_object *object, const struct kmend_section *section,
				   const bool *is_relocated, const struct shipped *shipped)
{
	const uint8_t *best = NULL;
	size_t most = 0, anchor = 0, longest = 0;

	/* The first long stretch without a field. */
	for (size_t i = 0, run = 0; i < section->size; i++) {
		run = is_relocated[i] ? 0 : run + 1;
		if (run > longest && run <= ANCHOR) {
			longest = run;
			anchor = i + 1 - run;
		}
	}
	for (size_t i = 0; i < shipped->count; i++) {
		const uint8_t *at = shipped->text[i], *end = at + shipped->size[i];

		while ((at = memmem(at, end - at, section->data + anchor, longest))) {
			const uint8_t *base = at++ - anchor;
			size_t equal = 0;

			if (base < shipped->text[i] || base + section->size > end)
				continue;
			for (size_t j = 0; j < object->nr_symbols; j++)
				if (is_function_of(&object->symbols[j], section))
					equal += is_equal(section, is_relocated, object->symbols[j].value,
							  object->symbols[j].size, base + object->symbols[j].value);
			if (equal > most) {
				most = equal;
				best = base;
			}
		}
	}
	return best;
}

static void compare_unit(const char *unit, const struct kmend_object *object, const struct shipped *shipped,
			 struct tally *tally)
{
	tally->units++;
	for (size_t i = 0; i < object->nr_sections; i++) {
		const struct kmend_section *section = &object->sections[i];
		_cleanup_free_ bool *is_relocated = NULL;
		const uint8_t *base;

		/* What the linker drops or what lies in no text of its own is not looked at. */
		if (strncmp(section->name, ".text", 5) || !section->data || !section->size)
			continue;
		is_relocated = relocated_bytes(section);
		base = find_section(object, section, is_relocated, shipped);
		for (size_t j = 0; j < object->nr_symbols; j++) {
			const struct kmend_object_symbol *symbol = &object->symbols[j];

			if (!is_function_of(symbol, section))
				continue;
			tally->functions++;
			if (base &&
			    is_equal(section, is_relocated, symbol->value, symbol->size, base + symbol->value)) {
				tally->equal++;
				continue;
			}
			tally->weak += symbol->bind == STB_WEAK;
			printf("%s: %s%s differs (%s)\n", unit, symbol->name, symbol->bind == STB_WEAK ? " (weak)" : "",
			       shipped->name);
		}
	}
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

/* Random .c files of the directories that kbuild says are built. */
static void choose(const struct kmend_tree *tree, size_t count, struct kmend_strv *ret_units)
{
	struct kmend_strv all = { 0 }, some = { 0 };
	enum kmend_file_class *classes;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(directories); i++) {
		_cleanup_free_ char *path = kmend_path(tree->source, directories[i]);
		_cleanup_closedir_ DIR *dir = opendir(path);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (strlen(entry->d_name) > 2 && !strcmp(entry->d_name + strlen(entry->d_name) - 2, ".c"))
				kmend_strv_addf(&all, "%s/%s", directories[i], entry->d_name);
	}
	kmend_strv_sort(&all);
	for (size_t left = all.count; left && some.count < 2 * count; left--) {
		size_t at = random() % left;
		char *last = all.items[left - 1];

		kmend_strv_add(&some, all.items[at]);
		all.items[left - 1] = all.items[at];
		all.items[at] = last;
	}
	classes = kmend_calloc(some.count + 1, sizeof(*classes));
	if (!kmend_classify_files(tree, &some, classes, NULL))
		for (size_t i = 0; i < some.count && ret_units->count < count; i++)
			if (classes[i] == KMEND_FILE_BUILTIN || classes[i] == KMEND_FILE_MODULE)
				kmend_strv_add(ret_units, some.items[i]);
	free(classes);
	kmend_strv_free(&all);
	kmend_strv_free(&some);
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

	if (read_shipped("vmlinux", argv[2], kmend_array_add(shipped, count)))
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
		if (at == count && (!file || read_shipped(targets[i].items[0], file, kmend_array_add(shipped, count))))
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
		return fprintf(stderr, "usage: %s RELEASE VMLINUX MODULES COUNT [SEED]\n", argv[0]), 64;
	srandom(argc > 5 ? atoi(argv[5]) : 1);
	if (kmend_kernel_identify(&request, cache, progress, &kernel, &error) ||
	    kmend_tree_prepare(kernel, cache, 2, progress, &tree, &error))
		return fprintf(stderr, "%s\n", error.message), 1;
	choose(tree, atoi(argv[4]), &units);
	if (compile(tree, &units, 2, &error) || compare_all(tree, &units, argv, &tally, &error))
		return fprintf(stderr, "%s\n", error.message), 1;
	printf("%zu units %zu functions %zu equal %zu weak\n", tally.units, tally.functions, tally.equal, tally.weak);
	return tally.equal + tally.weak < tally.functions;
}
