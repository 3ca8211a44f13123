// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a name. The header package says only what is exported, and a distribution's kernel image does not tell a static
 * function from another one, so objects are asked: those of all sources that mention the name.
 */
#include "provider.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../elf/object.h"
#include "classify.h"
#include "compile.h"
#include "kbuild.h"

#define SOURCE_LIMIT (64u << 20)
/* Who is mentioned in more sources of one target is no newcomer. */
#define CANDIDATES_LIMIT 32

/* Names that macros paste, that the linker makes of sections, or that kbuild adds to every module: no source has them whole. */
static const char *const made_prefixes[] = {
	"__start_",	     "__stop_",	    "kallsyms_",      "__SCK__",	"__SCT__",	 "__tracepoint_",
	"__traceiter_",	     "__bpf_",	    "__x64_sys_",     "__ia32_sys_",	"__x64_compat_", "__ia32_compat_",
	"__se_sys_",	     "__do_sys_",   "asm_",	      "xen_asm_",	"__initcall",	 "__this_module",
	"__raw_callee_save", "init_module", "cleanup_module", "__addressable_", "__event_",
};

/* A source that mentions the name. */
struct candidate {
	char *path;
	bool is_likely; /* it looks like its home */
};

struct search {
	const struct kmend_tree *tree;
	struct kmend_provider *provider;
	struct kmend_strv seen; /* sources that were looked at */
	struct candidate *items;
	size_t count;
	bool is_made; /* a linker script or a generated source mentions it */
};

static void search_free(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		free(search->items[i].path);
	free(search->items);
	kmend_strv_free(&search->seen);
}

enum kmend_provider_answer kmend_provider_of_object(const struct kmend_object *object, const char *name)
{
	enum kmend_provider_answer answer = KMEND_PROVIDER_UNKNOWN;

	for (size_t i = 1; i < object->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &object->symbols[i];

		if (symbol->type == STT_SECTION || symbol->type == STT_FILE || strcmp(symbol->name, name) != 0)
			continue;
		if (symbol->bind == STB_LOCAL)
			answer = KMEND_PROVIDER_PRIVATE;
		else if (symbol->shndx != SHN_UNDEF || symbol->bind != STB_WEAK)
			/* Defined; or referred to, and the kernel was linked. */
			return KMEND_PROVIDER_THERE;
	}
	return answer;
}

bool kmend_provider_is_strong(const struct kmend_object *object, const char *name)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(object, name);

	return symbol && symbol->section && symbol->bind == STB_GLOBAL;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Does a line begin a definition of the name? A guess, to ask first who has it most likely. */
static bool looks_defined(const char *text, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = text; (at = strstr(at, name)); at += size) {
		const char *line = at, *end = at + strcspn(at, "\n");

		while (line > text && line[-1] != '\n')
			line--;
		if ((at > text && is_word(at[-1])) || is_word(at[size]) || !isalpha((unsigned char)*line))
			continue;
		if (end[-1] != ';' || memchr(at, '=', end - at) || memchr(line, '(', at - line))
			return true;
	}
	return false;
}

/* The sources below a directory ("": all) that have the name as a word. */
static int grep(struct search *search, const char *root, const char *directory, struct kmend_strv *paths,
		struct kmend_error *error)
{
	const char *argv[] = { "grep",
			       "-rlwsF",
			       "--include=*.[cS]",
			       "--include=*.lds.[hS]",
			       "--exclude=*.mod.c",
			       "--exclude-dir=Documentation",
			       "--exclude-dir=tools",
			       "--exclude-dir=samples",
			       "--exclude-dir=scripts",
			       "-e",
			       search->provider->name,
			       "--",
			       *directory ? directory : ".",
			       NULL };
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .argv = argv, .directory = root, .output = &output };
	char *rest = NULL;
	int status = kmend_child_run(&child, error);

	if (status < 0)
		return status;
	/* What cannot be read may have it. */
	search->is_made |= status > 1;
	kmend_buffer_add(&output, "", 0);
	for (char *line = output.data ? strtok_r(output.data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		kmend_strv_add(paths, kmend_starts_with(line, "./") ? line + 2 : line);
	return 0;
}

/* A source and, since its text is theirs, those that include it. */
static int consider(struct search *search, const char *path, bool is_likely, struct kmend_error *error)
{
	enum kmend_file_class class = kmend_classify_path(path);
	_cleanup_strv_ struct kmend_strv includers = { 0 };
	_cleanup_free_ char *full = kmend_path(search->tree->source, path), *text = NULL;
	struct candidate *candidate;
	int code;

	if (kmend_strv_has(&search->seen, path))
		return 0;
	kmend_strv_add(&search->seen, path);
	if (class == KMEND_FILE_BUILD_SYSTEM) {
		search->is_made = true;
		return 0;
	}
	if (class != KMEND_FILE_UNKNOWN && class != KMEND_FILE_SPECIAL)
		return 0;
	code = kmend_file_read(full, SOURCE_LIMIT, &text, NULL, error);
	if (code)
		return code;
	is_likely |= looks_defined(text, search->provider->name);
	code = kmend_tree_includers(search->tree, path, &includers, error);
	for (size_t i = 0; !code && i < includers.count; i++)
		code = consider(search, includers.items[i], is_likely, error);
	if (code)
		return code;
	candidate = kmend_array_add(search->items, search->count);
	candidate->path = kmend_strdup(path);
	candidate->is_likely = is_likely;
	return 0;
}

static bool is_of_target(const struct kmend_kbuild_answer *answer, const char *target)
{
	_cleanup_strv_ struct kmend_strv targets = { 0 };

	kmend_answer_targets(answer, &targets);
	return kmend_strv_has(&targets, target);
}

/* Those from `first` on that are no part of the target are dropped. */
static int keep_targets(struct search *search, size_t first, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv paths = { 0 };
	_cleanup_free_ struct kmend_kbuild_answer *answers = kmend_calloc(search->count - first + 1, sizeof(*answers));
	struct kmend_error failure = { 0 };
	size_t kept = first;
	int code;

	for (size_t i = first; i < search->count; i++)
		kmend_strv_add(&paths, search->items[i].path);
	code = kmend_kbuild_ask(search->tree, &paths, answers, &failure);
	if (code && code != -EIO && error)
		*error = failure;
	for (size_t i = first; i < search->count; i++) {
		if (!code && is_of_target(&answers[i - first], search->provider->target))
			search->items[kept++] = search->items[i];
		else
			free(search->items[i].path);
	}
	for (size_t i = 0; i < paths.count; i++)
		kmend_strv_free(&answers[i].modules);
	search->count = kept;
	/* There are sources that kbuild has nothing to say of, in directories without a makefile. */
	search->is_made |= code == -EIO;
	return code == -EIO ? 0 : code;
}

static int ask_object(struct search *search, const char *unit, const char *path, struct kmend_error *error)
{
	struct kmend_provider *provider = search->provider;
	_cleanup_object_ struct kmend_object *object = NULL;
	int code = kmend_object_read(path, &object, error);
	enum kmend_provider_answer answer;

	if (code)
		return code;
	if (provider->is_strong) {
		if (!kmend_provider_is_strong(object, provider->name))
			return 0;
		provider->answer = KMEND_PROVIDER_THERE;
		provider->where = kmend_strdup(unit);
		return 0;
	}
	answer = kmend_provider_of_object(object, provider->name);
	if (answer == KMEND_PROVIDER_UNKNOWN)
		return 0;
	provider->answer = answer;
	free(provider->where);
	provider->where = answer == KMEND_PROVIDER_PRIVATE ? kmend_strdup(unit) : NULL;
	return 0;
}

/* Compile the likely ones, or the others, and see what they say. Assembly says it by mentioning the name. */
static int ask_units(struct search *search, size_t first, bool likely, const char *cache, unsigned int jobs,
		     struct kmend_progress *progress, struct kmend_error *error)
{
	struct kmend_provider *provider = search->provider;
	_cleanup_strv_ struct kmend_strv units = { 0 };
	struct kmend_unit_objects *objects;
	struct kmend_error failure = { 0 };
	int code;

	for (size_t i = first; i < search->count; i++) {
		if (search->items[i].is_likely != likely)
			continue;
		if (kmend_ends_with(search->items[i].path, ".S") && provider->is_strong) {
			/* It may call it, or have it. */
			search->is_made = true;
			continue;
		}
		if (kmend_ends_with(search->items[i].path, ".S")) {
			provider->answer = KMEND_PROVIDER_THERE;
			return 0;
		}
		kmend_strv_add(&units, search->items[i].path);
	}
	if (!units.count)
		return 0;
	code = kmend_units_compile_run(search->tree, &units, cache, jobs, progress, &objects, &failure);
	if (code == -EIO) {
		/* Not compiled for this tree by itself: what it has is not known, and the diff is not to blame. */
		search->is_made = true;
		return 0;
	}
	if (code) {
		if (error)
			*error = failure;
		return code;
	}
	for (size_t i = 0; !code && i < units.count && provider->answer != KMEND_PROVIDER_THERE; i++)
		code = ask_object(search, units.items[i], objects[i].run, error);
	kmend_unit_objects_free(objects, units.count);
	return code;
}

static int search_in(struct search *search, const char *directory, const char *cache, unsigned int jobs,
		     struct kmend_progress *progress, struct kmend_error *error)
{
	struct kmend_provider *provider = search->provider;
	_cleanup_strv_ struct kmend_strv paths = { 0 }, made = { 0 };
	size_t first = search->count;
	int code = grep(search, search->tree->source, directory, &paths, error);

	if (!code && !*directory)
		code = grep(search, search->tree->build, "", &made, error);
	for (size_t i = 0; !code && i < paths.count; i++)
		code = consider(search, paths.items[i], false, error);
	if (!code)
		code = keep_targets(search, first, error);
	if (code)
		return code;
	search->is_made |= made.count > 0;
	if (search->count > CANDIDATES_LIMIT) {
		provider->answer = KMEND_PROVIDER_UNKNOWN;
		return 0;
	}
	code = ask_units(search, first, true, cache, jobs, progress, error);
	if (!code && provider->answer != KMEND_PROVIDER_THERE)
		code = ask_units(search, first, false, cache, jobs, progress, error);
	return code;
}

int kmend_provider_find(const struct kmend_tree *tree, const char *cache, unsigned int jobs,
			struct kmend_progress *progress, struct kmend_provider *provider, struct kmend_error *error)
{
	struct search search = { .tree = tree, .provider = provider };
	_cleanup_free_ char *around = kmend_strdup(provider->unit);
	int code;

	provider->answer = KMEND_PROVIDER_UNKNOWN;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(made_prefixes); i++)
		if (kmend_starts_with(provider->name, made_prefixes[i]))
			return 0;
	provider->answer = KMEND_PROVIDER_NOWHERE;
	if (strrchr(around, '/'))
		*strrchr(around, '/') = '\0';
	code = search_in(&search, around, cache, jobs, progress, error);
	if (!code && (provider->answer == KMEND_PROVIDER_NOWHERE || provider->answer == KMEND_PROVIDER_PRIVATE))
		code = search_in(&search, "", cache, jobs, progress, error);
	if (search.is_made && provider->answer == KMEND_PROVIDER_NOWHERE)
		provider->answer = KMEND_PROVIDER_UNKNOWN;
	search_free(&search);
	return code;
}
