// SPDX-License-Identifier: GPL-2.0
/* What the hooks that run in the stop call, and what they may not. */
#include <stdlib.h>
#include <string.h>

#include "../../include/kmend/abi.h"
#include "../../include/kmend/stop_calls.h"
#include "internal.h"

enum match { EXACT, PREFIX };
enum kind { FORBIDDEN, SUSPICIOUS, HARMLESS };

static const struct call_row {
	const char *name;
	enum match match;
	enum kind kind;
	const char *what;
} call_rows[] = {
#define ROW(name, match, kind, what) { name, match, kind, what },
	KMEND_STOP_CALLS(ROW)
#undef ROW
};

static const char *const stage_names[] = {
#define STAGE(id, name, text) [KMEND_HOOK_##id] = name,
	KMEND_HOOK_STAGES(STAGE)
#undef STAGE
};

static bool is_in_stop(uint32_t stage)
{
	return stage == KMEND_HOOK_CHECK_APPLY || stage == KMEND_HOOK_APPLY || stage == KMEND_HOOK_CHECK_REVERSE ||
	       stage == KMEND_HOOK_REVERSE;
}

/* A function that a hook reaches, and from where first. */
struct reached {
	struct kmend_delta *delta;
	const struct kmend_item *item;
	size_t from; /* index; of the hook itself: its own */
};

struct walk {
	struct kmend_delta *const *deltas;
	size_t nr_deltas;
	struct kmend_delta *delta; /* of the hook, whose reasons these are */
	const struct kmend_delta_hook *hook;
	struct reached *reached;
	size_t nr_reached;
	struct kmend_error *error;
};

static const struct call_row *find_row(const char *name)
{
	size_t stem = name_stem(name);

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(call_rows); i++) {
		const struct call_row *row = &call_rows[i];

		if (row->match == PREFIX ? kmend_starts_with(name, row->name)
					 : stem == strlen(row->name) && !strncmp(name, row->name, stem))
			return row;
	}
	return NULL;
}

/* ", by way of a(), b()": the functions between the hook and the one at `index`, with that one. New memory. */
static char *way_to(const struct walk *walk, size_t index)
{
	_cleanup_strv_ struct kmend_strv names = { 0 };
	struct kmend_buffer text = { 0 };

	kmend_buffer_add(&text, "", 0);
	for (; walk->reached[index].from != index; index = walk->reached[index].from)
		kmend_strv_add(&names, walk->reached[index].item->name);
	for (size_t i = names.count; i--;)
		kmend_buffer_addf(&text, "%s%s()", i + 1 == names.count ? ", by way of " : ", ", names.items[i]);
	return text.data;
}

static void judge_call(const struct walk *walk, size_t from, const char *name, const struct call_row *row)
{
	_cleanup_free_ char *way = way_to(walk, from);
	const char *hook = walk->hook->item->name, *stage = stage_names[walk->hook->stage];

	if (row && row->kind == HARMLESS)
		return;
	if (row && row->kind == FORBIDDEN)
		reason_add(walk->delta, "hook-in-stop", "%s: the hook %s() (%s) reaches %s(), which %s%s",
			   walk->delta->unit, hook, stage, name, row->what, way);
	else if (row)
		reason_add(walk->delta, "hook-in-stop-note", "%s: the hook %s() (%s) reaches %s(), which %s%s",
			   walk->delta->unit, hook, stage, name, row->what, way);
	else
		reason_add(walk->delta, "hook-in-stop-note",
			   "%s: the hook %s() (%s) reaches %s(), whose code was not looked at%s", walk->delta->unit,
			   hook, stage, name, way);
}

static void reach(struct walk *walk, struct kmend_delta *delta, const struct kmend_item *item, size_t from)
{
	struct reached *reached;

	for (size_t i = 0; i < walk->nr_reached; i++)
		if (walk->reached[i].item == item)
			return;
	reached = kmend_array_add(walk->reached, walk->nr_reached);
	*reached = (struct reached){ delta, item, from };
}

/* What another unit of the same update brings along under this name. */
static const struct kmend_item *find_elsewhere(const struct walk *walk, const char *name, struct kmend_delta **ret)
{
	for (size_t i = 0; i < walk->nr_deltas; i++) {
		const struct kmend_object_symbol *symbol = kmend_object_symbol(walk->deltas[i]->post, name);
		const struct kmend_item *item = NULL;

		if (symbol && symbol->section && symbol->bind != STB_LOCAL)
			item = kmend_delta_item(walk->deltas[i], KMEND_SIDE_POST, symbol);
		if (!item || !item->is_function)
			continue;
		*ret = walk->deltas[i];
		return item;
	}
	return NULL;
}

static void follow_external(struct walk *walk, const char *name, size_t from)
{
	const struct call_row *row = find_row(name);
	struct kmend_delta *delta;
	const struct kmend_item *item = row ? NULL : find_elsewhere(walk, name, &delta);

	if (item)
		reach(walk, delta, item, from);
	else
		judge_call(walk, from, name, row);
}

/*
 * A function of a unit at hand is known by its code; only those that the table names are taken by their name: what
 * makes them bad (or good) in the stop is not to be seen in what they call.
 */
static void follow_item(struct walk *walk, const struct kmend_item *item, size_t from)
{
	const struct call_row *row = item->change == KMEND_CHANGE_NEW ? NULL : find_row(item->name);

	if (!item->is_function)
		return;
	if (row)
		judge_call(walk, from, item->name, row);
	else
		reach(walk, walk->reached[from].delta, item, from);
}

/*
 * Does the instruction go to what it refers to? The compiler writes calls, also those at the end, as type PLT32; the
 * assembler makes PC32 of those to local functions, which is also the type of a taken address.
 */
static bool is_call(const struct kmend_object_symbol *function, const struct kmend_relocation_entry *relocation)
{
	return relocation->type == R_X86_64_PLT32 ||
	       (relocation->type == R_X86_64_PC32 && kmend_code_use(function->section, function->value, function->size,
								    relocation->offset) == KMEND_USE_ACCESS);
}

/* All calls of one function. */
static int look_at(struct walk *walk, size_t index)
{
	const struct kmend_delta *delta = walk->reached[index].delta;
	const struct kmend_object_symbol *symbol = walk->reached[index].item->post;
	const struct kmend_section *section = symbol->section;

	for (size_t i = kmend_section_first_relocation(section, symbol->value);
	     i < section->nr_relocations && section->relocations[i].offset < symbol->value + symbol->size; i++) {
		struct kmend_referent to;
		int r;

		if (!is_call(symbol, &section->relocations[i]))
			continue;
		r = kmend_delta_refer(delta, KMEND_SIDE_POST, section, &section->relocations[i], &to, walk->error);
		if (r < 0)
			return r;
		if (to.kind == KMEND_REFERENT_EXTERNAL && section->relocations[i].type == R_X86_64_PLT32)
			follow_external(walk, to.symbol->name, index);
		else if (to.kind == KMEND_REFERENT_ITEM && to.item)
			follow_item(walk, to.item, index);
	}
	return 0;
}

static int judge_hook(struct walk *walk)
{
	int r = 0;

	reach(walk, walk->delta, walk->hook->item, 0);
	for (size_t i = 0; i < walk->nr_reached && !r; i++) { /* grows meanwhile */
		if (walk->reached[i].item->post)
			r = look_at(walk, i);
	}
	free(walk->reached);
	return r;
}

int kmend_hooks_judge(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_error *error)
{
	int r = 0;

	for (size_t i = 0; i < nr_deltas; i++) {
		for (size_t j = 0; j < deltas[i]->nr_hooks && !r; j++) {
			struct walk walk = {
				.deltas = deltas,
				.nr_deltas = nr_deltas,
				.delta = deltas[i],
				.hook = &deltas[i]->hooks[j],
				.error = error,
			};

			if (is_in_stop(walk.hook->stage))
				r = judge_hook(&walk);
		}
	}
	return r;
}
