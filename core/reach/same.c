// SPDX-License-Identifier: GPL-2.0
#include "same.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../kernel/overlay.h"

#define OBJECT_LIMIT (64 << 20)

static const char *const environment[] = { "LC_ALL=C", "GCC_EXEC_PREFIX", "CPATH", "C_INCLUDE_PATH", NULL };

/* What is in a section of a hand-written object; the first row that begins so counts. `over`: it ran at boot, for good. */
static const struct {
	const char *begin;
	bool over;
	const char *text;
	bool describes; /* what is in other sections: not told besides a function that changes */
} sections[] = {
	{ ".entry.text", false,
	  "code on the way into and out of the kernel, where neither stack nor page tables are its own yet" },
	{ ".noinstr.text", false, "code that runs where nothing may be redirected" },
	{ ".init", true, "code or data that are over since boot" },
	{ ".head.text", true, "code that only starts the kernel" },
	{ ".altinstr", false, "alternatives of instructions, one of which was chosen at boot", true },
	{ ".text", false, "a function in assembly language, which cannot be taken out of its file" },
	{ ".fixup", false, "what is run after a fault" },
	{ "__ex_table", false, "where to go on after a fault" },
	{ ".rodata", false, "data that are only read" },
	{ ".data", false, "data" },
	{ ".bss", false, "data" },
	{ ".orc_unwind", false, "how to unwind the stack", true },
	{ ".discard", false, "remarks for the build", true },
	{ ".note", false, "a note" },
	{ "", false, "a section of special use" },
};

static size_t row_of(const char *section)
{
	size_t i = 0;

	while (!kmend_starts_with(section, sections[i].begin))
		i++;
	return i;
}

/* Not part of what runs. */
static bool is_ignored(const struct kmend_section *section)
{
	return kmend_starts_with(section->name, ".debug") || section->type == SHT_SYMTAB ||
	       section->type == SHT_STRTAB || section->type == SHT_RELA || section->type == SHT_GROUP ||
	       !strcmp(section->name, ".comment") || section->type == SHT_NULL;
}

void kmend_same_places_free(struct kmend_same_place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(places[i].section);
		free(places[i].symbol);
	}
	free(places);
}

static void add_place(struct kmend_same_place **places, size_t *count, const char *section, const char *symbol)
{
	struct kmend_same_place *place;

	for (size_t i = 0; i < *count; i++)
		if (!strcmp((*places)[i].section, section) && !(*places)[i].symbol == !symbol &&
		    (!symbol || !strcmp((*places)[i].symbol, symbol)))
			return;
	place = kmend_array_add(*places, *count);
	place->section = kmend_strdup(section);
	place->symbol = symbol ? kmend_strdup(symbol) : NULL;
}

/* The part of a section that is [start, end): its relocations in it. */
struct stretch {
	const struct kmend_section *section;
	uint64_t start, end;
};

static size_t first_relocation(const struct stretch *stretch)
{
	size_t i = 0;

	while (i < stretch->section->nr_relocations && stretch->section->relocations[i].offset < stretch->start)
		i++;
	return i;
}

static bool is_same_reference(const struct stretch *a, const struct kmend_relocation_entry *x, const struct stretch *b,
			      const struct kmend_relocation_entry *y)
{
	bool inside = x->symbol->section == a->section && x->symbol->type == STT_SECTION;

	if (x->type != y->type || strcmp(x->symbol->name, y->symbol->name) ||
	    x->offset - a->start != y->offset - b->start)
		return false;
	/* A reference into the same stretch moves with it. */
	return x->addend == y->addend || (inside && x->addend - (int64_t)a->start == y->addend - (int64_t)b->start);
}

static bool is_same_stretch(const struct stretch *a, const struct stretch *b)
{
	size_t size = a->end - a->start, i = first_relocation(a), j = first_relocation(b);

	if (size != b->end - b->start)
		return false;
	if (a->section->data && b->section->data &&
	    memcmp(a->section->data + a->start, b->section->data + b->start, size) != 0)
		return false;
	for (;; i++, j++) {
		bool more = i < a->section->nr_relocations && a->section->relocations[i].offset < a->end;
		bool other = j < b->section->nr_relocations && b->section->relocations[j].offset < b->end;

		if (!more || !other)
			return more == other;
		if (!is_same_reference(a, &a->section->relocations[i], b, &b->section->relocations[j]))
			return false;
	}
}

static struct stretch whole(const struct kmend_section *section)
{
	return (struct stretch){ section, 0, section->size };
}

static struct stretch of_symbol(const struct kmend_object_symbol *symbol)
{
	return (struct stretch){ symbol->section, symbol->value, symbol->value + symbol->size };
}

/* Is the symbol of the same name in the same section of the other object, with the same content? */
static bool is_same_symbol(const struct kmend_object *other, const struct kmend_object_symbol *symbol)
{
	const struct kmend_object_symbol *partner = kmend_object_symbol(other, symbol->name);
	struct stretch a, b;

	if (!partner || !partner->section || strcmp(partner->section->name, symbol->section->name))
		return false;
	a = of_symbol(symbol);
	b = of_symbol(partner);
	return is_same_stretch(&a, &b);
}

static void compare_section(const struct kmend_object *post, const struct kmend_section *section,
			    const struct kmend_section *partner, struct kmend_same_place **places, size_t *count)
{
	struct stretch a = whole(section), b = partner ? whole(partner) : (struct stretch){ 0 };
	size_t before = *count;

	if (partner && section->flags == partner->flags && section->type == partner->type && is_same_stretch(&a, &b))
		return;
	for (size_t i = 0; i < section->nr_sized; i++)
		if (!partner || !is_same_symbol(post, section->sized[i]))
			add_place(places, count, section->name, section->sized[i]->name);
	if (*count == before)
		add_place(places, count, section->name, NULL);
}

/* The section of the other object that is of the same name, among those of one name the same by number; NULL: none. */
static const struct kmend_section *partner_of(const struct kmend_object *object, const struct kmend_section *section,
					      const struct kmend_object *other)
{
	size_t number = 0;

	for (const struct kmend_section *at = object->sections; at < section; at++)
		number += !strcmp(at->name, section->name);
	for (size_t i = 0; i < other->nr_sections; i++)
		if (!strcmp(other->sections[i].name, section->name) && !number--)
			return &other->sections[i];
	return NULL;
}

static bool is_same_list(const struct kmend_object *pre, const struct kmend_object *post)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < pre->nr_symbols && (pre->symbols[i].type == STT_FILE || pre->symbols[i].type == STT_SECTION))
			i++;
		while (j < post->nr_symbols &&
		       (post->symbols[j].type == STT_FILE || post->symbols[j].type == STT_SECTION))
			j++;
		if (i >= pre->nr_symbols || j >= post->nr_symbols)
			return i >= pre->nr_symbols && j >= post->nr_symbols;
		if (strcmp(pre->symbols[i].name, post->symbols[j].name) ||
		    pre->symbols[i].bind != post->symbols[j].bind || pre->symbols[i].type != post->symbols[j].type ||
		    pre->symbols[i].value != post->symbols[j].value || pre->symbols[i].size != post->symbols[j].size)
			return false;
	}
}

void kmend_same_compare(const struct kmend_object *pre, const struct kmend_object *post,
			struct kmend_same_place **ret_places, size_t *ret_count)
{
	struct kmend_same_place *places = NULL;
	size_t count = 0;

	for (size_t i = 0; i < pre->nr_sections; i++)
		if (!is_ignored(&pre->sections[i]))
			compare_section(post, &pre->sections[i], partner_of(pre, &pre->sections[i], post), &places,
					&count);
	for (size_t i = 0; i < post->nr_sections; i++)
		if (!is_ignored(&post->sections[i]) && !partner_of(post, &post->sections[i], pre))
			add_place(&places, &count, post->sections[i].name, NULL);
	/* New symbols alone: others may find them. */
	if (!count && !is_same_list(pre, post))
		add_place(&places, &count, ".text", NULL);
	*ret_places = places;
	*ret_count = count;
}

/* One unit's compilation. */
struct side {
	struct kmend_strv words;
	char *output;
};

static int make_words(const struct kmend_tree *tree, const struct kmend_walk_unit *unit, const char *overlay,
		      struct side *side, struct kmend_error *error)
{
	struct kmend_strv *commands = NULL;
	size_t count = 0;

	if (kmend_words_split(unit->command, &commands, &count) || !count)
		return kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EINVAL,
				  "kbuild's command for %s is not of a kind that can be run again", unit->source);
	for (size_t i = 0; i < commands[0].count; i++) {
		const char *word = commands[0].items[i];
		_cleanup_free_ char *other = overlay ? kmend_overlay_word(tree, overlay, word) : NULL;

		if (kmend_starts_with(word, "-Wp,-M"))
			continue;
		kmend_strv_add(&side->words, !strcmp(word, unit->object) ? side->output : other ? other : word);
	}
	kmend_words_free(commands, count);
	if (overlay)
		kmend_strv_addf(&side->words, "-fmacro-prefix-map=%s/=", overlay);
	kmend_strv_add(&side->words, "-g0");
	kmend_strv_addf(&side->words, "-Wp,-MMD,%s.d", side->output);
	return 0;
}

struct reasons {
	struct kmend_reason **items;
	size_t *count;
};

/* Takes the text. */
static void add_reason(struct reasons *reasons, const char *code, const char *unit, const char *symbol, char *text)
{
	_cleanup_free_ char *owned = text;

	kmend_reason_about(kmend_reason_add(reasons->items, reasons->count, code, owned, ""), unit, symbol, 0);
}

static void tell_place(struct reasons *reasons, const struct kmend_walk_unit *unit,
		       const struct kmend_same_place *place)
{
	size_t row = row_of(place->section);
	bool is_assembly = kmend_ends_with(unit->source, ".S");
	const char *code = !unit->is_kernel	? "special-object"
			   : !is_assembly	? "odd-unit"
			   : sections[row].over ? "init-code"
						: "assembly";
	const char *what = unit->is_kernel && is_assembly ? sections[row].text
			   : unit->is_kernel		  ? unit->object
							  : "code for something else than the running kernel";

	if (place->symbol)
		add_reason(reasons, code, unit->source, place->symbol,
			   kmend_format("%s: %s (%s: %s) changes", unit->source, place->symbol, place->section, what));
	else
		add_reason(reasons, code, unit->source, NULL,
			   kmend_format("%s: %s (%s) changes, outside of functions with a name and size", unit->source,
					place->section, what));
}

static int judge(const struct kmend_tree *tree, const struct kmend_walk_unit *unit, const struct side *sides,
		 const struct kmend_strv *paths, struct reasons *reasons, struct kmend_error *error)
{
	_cleanup_free_ char *before = NULL, *after = NULL, *list = kmend_format("%s.d", sides[1].output), *text = NULL,
			    *leak = NULL;
	_cleanup_object_ struct kmend_object *pre = NULL, *post = NULL;
	struct kmend_same_place *places = NULL;
	size_t sizes[2] = { 0 }, count = 0;
	bool has_function = false;
	int code = 0;

	if (!kmend_file_read(list, OBJECT_LIMIT, &text, NULL, NULL))
		leak = kmend_overlay_leak(tree, paths, text);
	if (leak)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s finds %s around the amended source",
				  unit->source, leak);
	if (!code)
		code = kmend_file_read(sides[0].output, OBJECT_LIMIT, &before, &sizes[0], error);
	if (!code)
		code = kmend_file_read(sides[1].output, OBJECT_LIMIT, &after, &sizes[1], error);
	if (code || (sizes[0] == sizes[1] && !memcmp(before, after, sizes[0])))
		return code;
	/* An object of another class (the 32-bit vdso's) is not read: it differs, and that is what is told. */
	if (kmend_object_read(sides[0].output, &pre, NULL) || kmend_object_read(sides[1].output, &post, NULL)) {
		tell_place(reasons, unit, &(struct kmend_same_place){ ".text", NULL });
		return 0;
	}
	kmend_same_compare(pre, post, &places, &count);
	for (size_t i = 0; i < count; i++)
		has_function |= places[i].symbol != NULL;
	for (size_t i = 0; i < count; i++)
		if (!has_function || !sections[row_of(places[i].section)].describes)
			tell_place(reasons, unit, &places[i]);
	kmend_same_places_free(places, count);
	return 0;
}

/*
 * A unit that does not compile as it was wants something that kbuild makes for it first, and has not been asked for yet. Returns
 * whether kbuild made the object.
 */
static bool make_needed(const struct kmend_tree *tree, const struct kmend_walk_unit *unit, unsigned int jobs,
			struct kmend_progress *progress)
{
	const char *const goals[] = { unit->object, NULL };
	_cleanup_close_ int lock = -1;

	return unit->is_kernel && !kmend_tree_lock(tree, &lock, NULL) &&
	       !kmend_kbuild_run(tree, goals, jobs, progress, "making what a unit includes", NULL, NULL);
}

static int compile_both(struct kmend_child *children, struct kmend_buffer *output, unsigned int jobs, int *statuses,
			struct kmend_error *error)
{
	int code = 0;

	for (int i = 0; i < 2; i++)
		kmend_buffer_free(&output[i]);
	/* One that fails stops the list; each has to have its turn. */
	for (int i = 0; !code && i < 2;) {
		code = kmend_child_run_all(children + i, 2 - i, jobs, statuses + i, NULL, NULL, error);
		while (i < 2 && statuses[i] != -ECANCELED)
			i++;
	}
	return code;
}

/* @made: set if something was made in the tree. */
static int judge_unit(const struct kmend_tree *tree, const struct kmend_change_set *set,
		      const struct kmend_walk_unit *unit, const struct kmend_strv *paths, unsigned int jobs,
		      struct kmend_progress *progress, struct reasons *reasons, bool *made, struct kmend_error *error)
{
	const struct kmend_change_set *before = set->is_sum ? NULL : set->before;
	struct side sides[2] = { 0 };
	struct kmend_buffer output[2] = { 0 };
	struct kmend_child children[2];
	int statuses[2] = { 0 }, code = 0;

	for (int i = 0; !code && i < 2; i++) {
		sides[i].output = kmend_format("%s-same-%d.o", set->overlay, i);
		code = make_words(tree, unit, i ? set->overlay : before ? before->overlay : NULL, &sides[i], error);
		children[i] = (struct kmend_child){ .argv = (const char *const *)sides[i].words.items,
						    .directory = tree->build,
						    .environment = environment,
						    .errors = &output[i] };
	}
	if (!code)
		code = compile_both(children, output, jobs, statuses, error);
	if (!code && statuses[0] > 0 && make_needed(tree, unit, jobs, progress)) {
		*made = true;
		code = compile_both(children, output, jobs, statuses, error);
	}
	if (!code && !statuses[0] && statuses[1] > 0) {
		code = kmend_fail(error, KMEND_STATUS_BUILD_FAILED, -EINVAL,
				  "%s does not compile with the diff applied", unit->source);
		kmend_detail(error, output[1].data ? output[1].data : "");
	} else if (!code && (statuses[0] || statuses[1])) {
		add_reason(reasons, unit->is_kernel ? "assembly" : "special-object", unit->source, NULL,
			   kmend_format("%s: reached by the diff, and cannot be compiled here for comparison",
					unit->source));
	} else if (!code) {
		code = judge(tree, unit, sides, paths, reasons, error);
	}
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *list = sides[i].output ? kmend_format("%s.d", sides[i].output) : NULL;

		if (sides[i].output) {
			unlink(sides[i].output);
			unlink(list);
		}
		free(sides[i].output);
		kmend_strv_free(&sides[i].words);
		kmend_buffer_free(&output[i]);
	}
	return code;
}

int kmend_same_judge(const struct kmend_tree *tree, const struct kmend_change_set *set,
		     const struct kmend_walk_unit *const *units, size_t count, const struct kmend_strv *paths,
		     unsigned int jobs, struct kmend_progress *progress, struct kmend_reason **reasons,
		     size_t *nr_reasons, bool *made, struct kmend_error *error)
{
	struct reasons list = { reasons, nr_reasons };
	int code = 0;

	for (size_t i = 0; !code && i < count; i++) {
		kmend_step_update(progress, "comparing what cannot be replaced", i, count);
		code = judge_unit(tree, set, units[i], paths, jobs, progress, &list, made, error);
	}
	return code;
}
