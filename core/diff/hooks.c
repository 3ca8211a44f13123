// SPDX-License-Identifier: GPL-2.0
/* The hooks of a unit: struct kmend_hook in section .kmend.hooks, which include/kmend/hooks.h fills. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/kmend/abi.h"
#include "internal.h"

#define SECTION ".kmend.hooks"

/* An entry while it is read. */
struct entry {
	struct kmend_object_symbol *function;
	struct kmend_item *item; /* NULL: the function is no item of the unit */
	uint32_t stage;
	uint32_t order; /* of the line in the source */
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return (left->order > right->order) - (left->order < right->order);
}

static int read_entry(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_section *section,
		      uint64_t at, struct entry *ret_entry, struct kmend_error *error)
{
	size_t i = kmend_section_first_relocation(section, at + offsetof(struct kmend_hook, call));
	const struct kmend_relocation_entry *relocation = i < section->nr_relocations ? &section->relocations[i] : NULL;
	struct kmend_referent to = { 0 };
	struct kmend_hook hook;
	int r = 0;

	memcpy(&hook, section->data + at, sizeof(hook));
	if (!relocation || relocation->offset != at + offsetof(struct kmend_hook, call) ||
	    relocation->type != R_X86_64_64 || hook.stage >= KMEND_NR_HOOK_STAGES)
		r = -EINVAL;
	else
		r = kmend_delta_refer(delta, side, section, relocation, &to, error);
	if (r)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: the hook at 0x%llx of %s is damaged",
				  delta->unit, (unsigned long long)at, section->name);
	*ret_entry = (struct entry){ .function = to.symbol, .stage = hook.stage, .order = hook.reserved };
	if (to.kind == KMEND_REFERENT_ITEM && to.item && to.item->is_function && !to.offset)
		ret_entry->item = to.item;
	return 0;
}

static int read_section(const struct kmend_delta *delta, enum kmend_side side, struct entry **ret_entries,
			size_t *ret_count, struct kmend_error *error)
{
	const struct kmend_section *section = kmend_object_section(kmend_delta_object(delta, side), SECTION);
	_cleanup_free_ struct entry *entries = NULL;
	size_t count;

	if (!section)
		return 0;
	if (!section->data || section->size % sizeof(struct kmend_hook))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: the size of %s is not a multiple of %zu",
				  delta->unit, SECTION, sizeof(struct kmend_hook));
	count = section->size / sizeof(struct kmend_hook);
	entries = kmend_calloc(count + 1, sizeof(*entries));
	for (size_t i = 0; i < count; i++) {
		int r = read_entry(delta, side, section, i * sizeof(struct kmend_hook), &entries[i], error);

		if (r < 0)
			return r;
	}
	qsort(entries, count, sizeof(*entries), compare_entries);
	*ret_entries = kmend_steal(entries);
	*ret_count = count;
	return 0;
}

static bool has_entry(const struct entry *entries, size_t count, const struct entry *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].stage == wanted->stage && entries[i].item && entries[i].item == wanted->item)
			return true;
	return false;
}

/* What pre has, too, is a base's: its own update calls it. */
int find_hooks(struct kmend_delta *delta, struct kmend_error *error)
{
	_cleanup_free_ struct entry *pre = NULL, *post = NULL;
	size_t nr_pre = 0, nr_post = 0;
	int r;

	r = read_section(delta, KMEND_SIDE_PRE, &pre, &nr_pre, error);
	if (!r)
		r = read_section(delta, KMEND_SIDE_POST, &post, &nr_post, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < nr_post; i++) {
		struct kmend_delta_hook *hook;

		if (has_entry(pre, nr_pre, &post[i]))
			continue;
		if (!post[i].item || post[i].item->change != KMEND_CHANGE_NEW) {
			reason_add(delta, "hook-not-new", "%s: the hook %s() is no function that the diff adds",
				   delta->unit, post[i].function ? post[i].function->name : "?");
			continue;
		}
		hook = kmend_array_add(delta->hooks, delta->nr_hooks);
		hook->item = post[i].item;
		hook->stage = post[i].stage;
	}
	return 0;
}
