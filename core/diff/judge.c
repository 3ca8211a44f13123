// SPDX-License-Identifier: GPL-2.0
/* What speaks against an update. Whatever is not known to be harmless does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char *change_word(const struct kmend_item *item)
{
	return item->change == KMEND_CHANGE_NEW ? "new" : "changed";
}

/* The names of a place on one side, sorted: global ones only, since others cannot be meant from outside. */
static void global_names(const struct kmend_delta *delta, enum kmend_side which,
			 const struct kmend_object_symbol *canonical, struct kmend_strv *names)
{
	const struct side *side = delta_side(delta, which);

	for (size_t i = 0; i < side->object->nr_symbols; i++)
		if (side->canonical_of[i] == canonical && side->object->symbols[i].bind != STB_LOCAL)
			kmend_strv_add(names, side->object->symbols[i].name);
	kmend_strv_sort(names);
}

static bool have_same_names(const struct kmend_delta *delta, const struct kmend_item *item)
{
	_cleanup_strv_ struct kmend_strv pre = { 0 }, post = { 0 };

	global_names(delta, KMEND_SIDE_PRE, item->pre, &pre);
	global_names(delta, KMEND_SIDE_POST, item->post, &post);
	if (pre.count != post.count)
		return false;
	for (size_t i = 0; i < pre.count; i++)
		if (strcmp(pre.items[i], post.items[i]))
			return false;
	return true;
}

/* What speaks against something changed or new in a section, or NULL. */
static const char *section_reason(const struct kmend_delta *delta, const struct kmend_section *section, bool is_new)
{
	const struct kmend_special *row = kmend_special_of(section);

	if (row->is_over && delta->private->is_of_module && (row->reason_module || row->is_module_own))
		return row->reason_module;
	return is_new ? row->reason_new : row->reason_changed;
}

static void judge_function(struct kmend_delta *delta, const struct kmend_item *item)
{
	const struct kmend_section *section = item->post->section;
	const char *code = section_reason(delta, section, item->change == KMEND_CHANGE_NEW), *why;

	if (item->pre && !code) { /* it may have left a section where it could not be changed */
		section = item->pre->section;
		code = section_reason(delta, section, false);
	}
	if (code)
		reason_add(delta, code, "%s: %s() is %s and lies in %s", delta->unit, item->name, change_word(item),
			   section->name);
	if (item->change != KMEND_CHANGE_CHANGED)
		return;
	why = why_in_stop(delta->unit, item->name);
	if (why)
		reason_add(delta, "runs-in-stop", "%s: %s() %s", delta->unit, item->name, why);
	if (item->pre->bind == STB_WEAK || item->post->bind == STB_WEAK)
		reason_add(delta, "weak-function", "%s: %s() is weak", delta->unit, item->name);
	if (!have_same_names(delta, item))
		reason_add(delta, "alias-changed", "%s: %s() has other names than before", delta->unit, item->name);
	if (!item->run)
		reason_add(delta, "not-in-run", "%s: %s() is not in the unit as compiled for the kernel", delta->unit,
			   item->name);
}

/*
 * Texts for those who trace: only a description refers to them, which only the tracer reads. (SYSCALL_METADATA() in
 * include/linux/syscalls.h, include/trace/stages/stage7_class_define.h of 6.1; what code prints of an event is its own.)
 */
static const struct {
	const char *description; /* how the names of those begin that refer to it */
	const char *name;	 /* how its own begins */
	const char *code;
} descriptions[] = {
	{ "__syscall_meta_", "", "syscall-description" },
	{ "event_", "print_fmt_", "trace-format" },
};

static bool is_referred_by(const struct kmend_delta *delta, const struct kmend_item *item, const char *names)
{
	size_t nr_found = 0;

	for (size_t i = 0; i < delta->pre->nr_sections; i++) {
		const struct kmend_section *section = &delta->pre->sections[i];

		for (size_t j = 0; section->flags & SHF_ALLOC && j < section->nr_relocations; j++) {
			const struct kmend_relocation_entry *relocation = &section->relocations[j];
			const struct kmend_object_symbol *from;
			struct kmend_referent to;

			if (kmend_delta_refer(delta, KMEND_SIDE_PRE, section, relocation, &to, NULL) < 0)
				return false;
			if (to.kind != KMEND_REFERENT_ITEM || to.item != item)
				continue;
			from = kmend_section_symbol_at(delta->pre, section, relocation->offset);
			if (!from || section->flags & SHF_EXECINSTR || !kmend_starts_with(from->name, names))
				return false;
			nr_found++;
		}
	}
	return nr_found;
}

/* The code of the reason, if only those who trace know it; or NULL. */
static const char *described(const struct kmend_delta *delta, const struct kmend_item *item)
{
	if (!item->pre)
		return NULL;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(descriptions); i++)
		if (kmend_starts_with(item->name, descriptions[i].name) &&
		    is_referred_by(delta, item, descriptions[i].description))
			return descriptions[i].code;
	return NULL;
}

static void judge_datum(struct kmend_delta *delta, struct kmend_item *item)
{
	const struct kmend_special *row = kmend_special_of(item->post->section);
	const char *code = section_reason(delta, item->post->section, item->change == KMEND_CHANGE_NEW), *text;

	if (row->kind == KMEND_SPECIAL_LIST) /* judged as a whole */
		return;
	if (item->is_base_new && item->change == KMEND_CHANGE_CHANGED) /* stack.c has a reason of its own */
		return;
	if (item->change == KMEND_CHANGE_CHANGED && (!code || row != kmend_special_of(item->pre->section)))
		code = "data-changed";
	if (!code)
		return;
	text = item->change == KMEND_CHANGE_CHANGED ? described(delta, item) : NULL;
	if (text) {
		item->is_switched = false; /* not worth new strings that stay in memory */
		reason_add(delta, text, "%s: %s says otherwise (%s)", delta->unit, item->name, item->why);
		return;
	}
	if (kmend_item_switches(item) && !item->obstacle) {
		reason_add(delta, "datum-switched", "%s: %s, to which live data lead, is switched where it is (%s)",
			   delta->unit, item->name, item->why);
		return;
	}
	if (item->is_carried || item->is_switched) {
		if (item->obstacle)
			reason_add(delta, code, "%s: %s, a constant, changed (%s), but it %s", delta->unit, item->name,
				   item->why, item->obstacle);
		return;
	}
	if (item->change == KMEND_CHANGE_CHANGED && item->pre->size != item->post->size &&
	    item->post->section->flags & SHF_WRITE) {
		reason_add(delta, "data-size", "%s: %s has %llu bytes, had %llu", delta->unit, item->name,
			   (unsigned long long)item->post->size, (unsigned long long)item->pre->size);
		return;
	}
	if (item->change == KMEND_CHANGE_NEW)
		reason_add(delta, code, "%s: %s is new and lies in %s", delta->unit, item->name,
			   item->post->section->name);
	else
		reason_add(delta, code, "%s: %s has other initial content (%s)", delta->unit, item->name, item->why);
}

static void judge_items(struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];

		if (item->change == KMEND_CHANGE_SAME || item->change == KMEND_CHANGE_REMOVED)
			continue;
		if (item->is_function)
			judge_function(delta, item);
		else
			judge_datum(delta, item);
	}
}

/* Must this section be the same as a whole? */
static bool is_judged_whole(const struct kmend_section *section)
{
	const struct kmend_special *row = kmend_special_of(section);

	if (!(section->flags & SHF_ALLOC) || !section->size)
		return false;
	if (row->kind == KMEND_SPECIAL_LIST)
		return true;
	/* Content that no symbol covers, hence that no item accounts for. Constants are compared where they are used. */
	return row->kind == KMEND_SPECIAL_ITEMS && !section->nr_sized && !(section->flags & SHF_MERGE) && section->data;
}

/* What became of a list. */
enum list_change {
	LIST_SAME,
	LIST_ADDED, /* all that was is still there */
	LIST_GONE,  /* nothing is left */
	LIST_CHANGED,
};

/* Where the entries of a list begin. */
struct entries {
	uint64_t *starts; /* ascending, and behind them the section's size */
	size_t count;
};

static void entries_free(struct entries *entries)
{
	free(entries->starts);
}

static int compare_starts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* By the row's size or the symbols; all of it is one if neither tells. */
static struct entries list_entries(const struct kmend_object *object, const struct kmend_section *section)
{
	const struct kmend_special *row = kmend_special_of(section);
	size_t size = row->entry_size && section->size % row->entry_size == 0 ? row->entry_size
									      : section->size + !section->size;
	size_t count = 0;
	struct entries entries = { 0 };

	entries.starts = kmend_calloc(object->nr_symbols + section->size / size + 1, sizeof(*entries.starts));
	for (uint64_t at = 0; at < section->size; at += size)
		entries.starts[count++] = at;
	for (size_t i = 0; row->is_labelled && i < object->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &object->symbols[i];

		if (symbol->section == section && symbol->value < section->size)
			entries.starts[count++] = symbol->value;
	}
	qsort(entries.starts, count, sizeof(*entries.starts), compare_starts);
	for (size_t i = 0; i < count; i++) {
		if (!i || entries.starts[i] != entries.starts[entries.count - 1])
			entries.starts[entries.count++] = entries.starts[i];
	}
	entries.starts[entries.count] = section->size;
	return entries;
}

static struct stretch list_entry(enum kmend_side side, struct kmend_section *section, const struct entries *entries,
				 size_t i)
{
	return (struct stretch){ side, section, entries->starts[i], entries->starts[i + 1] - entries->starts[i] };
}

/* What an entry is called: by a symbol at it, or by its section where each has its own. Where neither tells, nothing is added. */
static void name_entry(const struct kmend_delta *delta, const struct stretch *entry, struct kmend_strv *names)
{
	const struct kmend_object *object = delta_side(delta, entry->side)->object;
	const char *label = kmend_special_of(entry->section)->label, *plus = strchr(entry->section->name, '+');

	for (size_t i = 0; i < object->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &object->symbols[i];
		const char *name = symbol->name;

		if (symbol->section != entry->section || symbol->value < entry->from ||
		    symbol->value >= entry->from + entry->size || symbol->type == STT_SECTION || !*name)
			continue;
		name += label && kmend_starts_with(name, label) ? strlen(label) : 0;
		if (!kmend_strv_has(names, name))
			kmend_strv_add(names, name);
		return;
	}
	if (plus)
		kmend_strv_add(names, plus + 1);
}

/* Compare entry by entry, in any order. @ret_names: what those that were added or changed, or went, are called. */
static int compare_lists(struct kmend_delta *delta, struct kmend_section *pre, struct kmend_section *post,
			 enum list_change *ret_change, struct kmend_strv *ret_names, struct kmend_error *error)
{
	const struct kmend_special *row = kmend_special_of(pre ? pre : post);
	__attribute__((cleanup(entries_free))) struct entries before = { 0 }, after = { 0 };
	_cleanup_free_ bool *used = NULL;
	bool is_less = false;

	if (pre)
		before = list_entries(delta->pre, pre);
	if (post)
		after = list_entries(delta->post, post);
	used = kmend_calloc(after.count + 1, sizeof(*used));
	for (size_t i = 0; i < before.count; i++) {
		struct stretch old = list_entry(KMEND_SIDE_PRE, pre, &before, i);
		bool found = false;

		/* Mostly the order is the same, so look at the same place first. */
		for (size_t j = 0; j < after.count && !found; j++) {
			size_t k = (i + j) % after.count;
			struct comparison comparison = { .delta = delta, .error = error };
			int r;

			if (used[k])
				continue;
			r = compare_stretches(&comparison, old, list_entry(KMEND_SIDE_POST, post, &after, k),
					      row->ignored, 0);
			if (r < 0)
				return r;
			if (r)
				found = used[k] = true;
		}
		is_less |= !found;
		if (!found)
			name_entry(delta, &old, ret_names);
	}
	for (size_t i = 0; i < after.count; i++) {
		struct stretch new = list_entry(KMEND_SIDE_POST, post, &after, i);

		if (!used[i])
			name_entry(delta, &new, ret_names);
	}
	*ret_change = !post ? LIST_GONE : is_less ? LIST_CHANGED : before.count < after.count ? LIST_ADDED : LIST_SAME;
	return 0;
}

#define NAMES_MAX 4

/* "NAME, NAME and 3 others: a parameter is new (section)". The first name is what the reason is about. New memory. */
static char *list_text(const struct kmend_delta *delta, const struct kmend_section *section, const char *what,
		       enum list_change change, const struct kmend_strv *names)
{
	static const char *const became[] = {
		[LIST_ADDED] = "is new", [LIST_GONE] = "is no more", [LIST_CHANGED] = "was added, removed or changed"
	};
	struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text, "%s: ", delta->unit);
	for (size_t i = 0; i < names->count && i < NAMES_MAX; i++)
		kmend_buffer_addf(&text, "%s%s", i ? ", " : "", names->items[i]);
	if (names->count > NAMES_MAX)
		kmend_buffer_addf(&text, " and %zu others", names->count - NAMES_MAX);
	kmend_buffer_addf(&text, "%s%s %s (%s)", names->count ? ": " : "", what, became[change], section->name);
	return text.data;
}

static int judge_section(struct kmend_delta *delta, struct kmend_section *pre, struct kmend_section *post,
			 struct kmend_error *error)
{
	const struct kmend_section *either = post ? post : pre;
	const struct kmend_special *row = kmend_special_of(either);
	const char *code = row->kind == KMEND_SPECIAL_LIST ? row->reason_changed : "section-changed";
	const char *what = row->what ? row->what : "content";
	_cleanup_strv_ struct kmend_strv names = { 0 };
	_cleanup_free_ char *text = NULL;
	enum list_change change;
	int r;

	r = compare_lists(delta, pre, post, &change, &names, error);
	if (r < 0 || change == LIST_SAME)
		return r;
	if (change == LIST_ADDED && row->reason_new)
		code = row->reason_new;
	if (change == LIST_GONE && row->reason_gone)
		code = row->reason_gone;
	text = list_text(delta, either, what, change, &names);
	reason_add(delta, code, "%s", text);
	return 0;
}

static int judge_sections(struct kmend_delta *delta, struct kmend_error *error)
{
	for (size_t i = 0; i < delta->pre->nr_sections; i++) {
		struct kmend_section *pre = &delta->pre->sections[i];
		int r;

		if (!is_judged_whole(pre))
			continue;
		r = judge_section(delta, pre, kmend_object_section(delta->post, pre->name), error);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < delta->post->nr_sections; i++) {
		struct kmend_section *post = &delta->post->sections[i], *pre;
		int r;

		if (!is_judged_whole(post))
			continue;
		pre = kmend_object_section(delta->pre, post->name);
		if (pre && is_judged_whole(pre))
			continue;
		r = judge_section(delta, pre, post, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Lists whose numbers nobody reads but the kernel (which functions BPF may call): it read them at its start. */
static void judge_filled_in(struct kmend_delta *delta)
{
	static const struct kmend_section none;

	for (int side = 0; side < 2; side++) {
		const struct kmend_object *object = side ? delta->post : delta->pre;
		const struct kmend_object *other = side ? delta->pre : delta->post;

		for (size_t i = 0; i < object->nr_sections; i++) {
			const struct kmend_section *section = &object->sections[i], *twin;

			if (!kmend_special_of(section)->is_filled_in || !section->size)
				continue;
			twin = kmend_object_section(other, section->name);
			if ((side && twin) || kmend_lists_are_same(object, section, other, twin ? twin : &none))
				continue;
			reason_add(delta, "filled-in-changed", "%s: a list of types in %s changed", delta->unit,
				   section->name);
		}
	}
}

/*
 * A name may go from one unchanged function or datum to another one. Who uses it in other units is linked to the place
 * that had it.
 */
static void judge_names(struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->pre->nr_symbols; i++) {
		const struct kmend_object_symbol *pre = &delta->pre->symbols[i], *post;
		const struct kmend_item *was, *is;

		if (pre->bind == STB_LOCAL || !pre->section)
			continue;
		post = kmend_object_symbol(delta->post, pre->name);
		if (!post || !post->section)
			continue;
		was = kmend_delta_item(delta, KMEND_SIDE_PRE, pre);
		is = kmend_delta_item(delta, KMEND_SIDE_POST, post);
		if (was && is && was != is && (was->change == KMEND_CHANGE_SAME || !was->is_function))
			reason_add(delta, "alias-changed", "%s: %s is the name of %s instead of %s", delta->unit,
				   pre->name, is->name, was->name);
	}
}

static int judge_reference(struct kmend_delta *delta, const struct kmend_item *item,
			   const struct kmend_relocation_entry *relocation, struct kmend_error *error)
{
	struct kmend_referent to;
	int r;

	r = kmend_delta_refer(delta, KMEND_SIDE_PRE, item->pre->section, relocation, &to, error);
	if (r < 0 || to.kind != KMEND_REFERENT_ITEM || !to.offset || !to.item || to.item == item)
		return r;
	if (to.item->is_function && to.item->change == KMEND_CHANGE_CHANGED && to.item != item->parent &&
	    to.item != item->cold)
		reason_add(delta, "inner-reference", "%s: %s refers to +0x%llx of %s()", delta->unit, item->name,
			   (unsigned long long)to.offset, to.item->name);
	return 0;
}

/* Unchanged code and data that refer into a changed function would lead into its old body for ever. */
static int judge_inner_references(struct kmend_delta *delta, struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		const struct kmend_section *section;

		if (item->change != KMEND_CHANGE_SAME)
			continue;
		section = item->pre->section;
		for (size_t j = kmend_section_first_relocation(section, item->pre->value);
		     j < section->nr_relocations && section->relocations[j].offset < item->pre->value + item->pre->size;
		     j++) {
			int r = judge_reference(delta, item, &section->relocations[j], error);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

int judge(struct kmend_delta *delta, struct kmend_error *error)
{
	int r;

	judge_items(delta);
	judge_filled_in(delta);
	judge_names(delta);
	r = judge_sections(delta, error);
	if (!r)
		r = judge_inner_references(delta, error);
	return r;
}
