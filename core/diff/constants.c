// SPDX-License-Identifier: GPL-2.0
/*
 * Changed constants: tables, policies, lists of names. The running kernel's copy is not touched; the new content goes
 * along with the update, and every function that refers to it is replaced. That is sound as long as nobody else knows
 * the constant: no other unit (it must be local), no live data, no table that boot or the module loader has read.
 * And as long as no address of the old copy is about: code that only reads the constant never gives its address away.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* What one function or datum does with the changed constants it refers to. */
struct user {
	struct kmend_item *item; /* NULL: something that is neither */
	struct kmend_item *constant;
	enum kmend_code_use use;
	const char *section;
};

struct users {
	struct user *entries;
	size_t count;
};

static bool is_constant(const struct kmend_object_symbol *symbol)
{
	return symbol->bind == STB_LOCAL && kmend_special_of(symbol->section)->is_constant &&
	       !(symbol->section->flags & (SHF_WRITE | SHF_EXECINSTR));
}

/* Does it hold addresses that may be functions'? Then others may hold its own, to compare with. */
static bool holds_code(const struct kmend_object_symbol *symbol)
{
	const struct kmend_section *section = symbol->section;

	for (size_t i = kmend_section_first_relocation(section, symbol->value);
	     i < section->nr_relocations && section->relocations[i].offset < symbol->value + symbol->size; i++) {
		const struct kmend_section *to = section->relocations[i].symbol->section;

		if (!to || to->flags & SHF_EXECINSTR)
			return true;
	}
	return false;
}

/* All references of pre to these constants. */
static int find_users(const struct kmend_delta *delta, const bool *is_searched, struct users *users,
		      struct kmend_error *error)
{
	const struct side *side = delta_side(delta, KMEND_SIDE_PRE);

	for (size_t i = 0; i < delta->pre->nr_sections; i++) {
		const struct kmend_section *section = &delta->pre->sections[i];

		if (!(section->flags & SHF_ALLOC) || kmend_special_of(section)->kind == KMEND_SPECIAL_DROPPED)
			continue;
		for (size_t j = 0; j < section->nr_relocations; j++) {
			const struct kmend_relocation_entry *relocation = &section->relocations[j];
			struct kmend_object_symbol *from;
			struct kmend_referent to;
			struct user *user;
			int r = kmend_delta_refer(delta, KMEND_SIDE_PRE, section, relocation, &to, error);

			if (r < 0)
				return r;
			if (to.kind != KMEND_REFERENT_ITEM || !to.item || !is_searched[to.item - delta->items])
				continue;
			from = kmend_section_symbol_at(delta->pre, section, relocation->offset);
			from = from ? side->canonical_of[from->index] : NULL;
			user = kmend_array_add(users->entries, users->count);
			user->item = from ? side->item_of[from->index] : NULL;
			user->constant = to.item;
			user->section = section->name;
			user->use = from && user->item && user->item->is_function
					    ? kmend_code_use(section, from->value, from->size, relocation->offset)
					    : KMEND_USE_UNKNOWN;
		}
	}
	return 0;
}

/* Why the new content of a constant cannot simply go along; NULL: it can. */
static const char *obstacle(const struct kmend_delta *delta, const struct kmend_item *constant, const struct user *user)
{
	const struct kmend_item *item = user->item;

	if (item == constant)
		return NULL;
	if (!item)
		return "is named in a table that was read already";
	if (!item->is_function)
		return is_constant(item->pre) && (!item->post || is_constant(item->post)) ? NULL
											  : "is known to live data";
	if (section_is_over(delta, item->pre->section))
		return "was used by code that ran at boot";
	switch (user->use) {
	case KMEND_USE_ACCESS:
		return NULL;
	case KMEND_USE_PASSED:
		return holds_code(constant->pre) || (constant->post && holds_code(constant->post))
			       ? "holds functions, and its address may be in live data"
			       : NULL;
	case KMEND_USE_TAKEN:
		return "has an address that may be in live data";
	case KMEND_USE_COMPARED:
		return "has an address that code compares with";
	default:
		return "is used in a way that is not understood";
	}
}

/* A constant that refers to a changed one has changed as well: its copy must lead to the new copy. */
static bool spread(struct kmend_delta *delta, const struct users *users, bool *is_searched)
{
	bool progress = false;

	for (size_t i = 0; i < users->count; i++) {
		struct kmend_item *item = users->entries[i].item;

		if (!item || item->is_function || is_searched[item - delta->items] || !item->post ||
		    !is_constant(item->pre) || !is_constant(item->post))
			continue;
		is_searched[item - delta->items] = true;
		progress = true;
	}
	return progress;
}

static bool is_obstructed(const struct kmend_delta *delta, const struct users *users, const struct kmend_item *constant,
			  const char **ret_why, const char **ret_name)
{
	for (size_t i = 0; i < users->count; i++) {
		const struct user *user = &users->entries[i];
		const char *why = user->constant == constant ? obstacle(delta, constant, user) : NULL;

		if (!why)
			continue;
		*ret_why = why;
		*ret_name = user->item ? user->item->name : user->section;
		return true;
	}
	return false;
}

static void carry(struct kmend_delta *delta, const struct users *users, const bool *is_searched)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		const char *why, *name;

		if (!is_searched[i])
			continue;
		if (item->change == KMEND_CHANGE_SAME)
			item_force(delta, item, "refers to a constant that changed");
		item->is_carried = true;
		if (!item->run)
			item->obstacle = "is not found as it runs";
		else if (is_obstructed(delta, users, item, &why, &name))
			item->obstacle = item_text(delta, "%s (%s)", why, name);
	}
	for (size_t i = 0; i < users->count; i++) {
		struct user *user = &users->entries[i];

		if (!user->item || !user->item->is_function || user->item->change != KMEND_CHANGE_SAME ||
		    !user->item->post || section_is_over(delta, user->item->pre->section))
			continue;
		item_force(delta, user->item, "refers to a constant that changed");
	}
}

/* The running code may have put functions together otherwise: nothing in it may go on with the old content. */
static int force_in_run(struct kmend_delta *delta, const bool *is_searched, struct kmend_error *error)
{
	const struct side *side = delta_side(delta, KMEND_SIDE_RUN);

	for (size_t i = 0; i < delta->run->nr_sections; i++) {
		const struct kmend_section *section = &delta->run->sections[i];

		if (!(section->flags & SHF_EXECINSTR) || !(section->flags & SHF_ALLOC))
			continue;
		for (size_t j = 0; j < section->nr_relocations; j++) {
			const struct kmend_relocation_entry *relocation = &section->relocations[j];
			struct kmend_object_symbol *from;
			struct kmend_referent to;
			struct kmend_item *item;
			int r = kmend_delta_refer(delta, KMEND_SIDE_RUN, section, relocation, &to, error);

			if (r < 0)
				return r;
			if (to.kind != KMEND_REFERENT_ITEM || !to.item || !is_searched[to.item - delta->items])
				continue;
			from = kmend_section_symbol_at(delta->run, section, relocation->offset);
			from = from ? side->canonical_of[from->index] : NULL;
			item = from ? side->item_of[from->index] : NULL;
			if (item && item->is_function && item->change == KMEND_CHANGE_SAME && item->pre && item->post &&
			    !section_is_over(delta, item->pre->section))
				item_force(delta, item, "refers to a constant that changed, as it runs");
		}
	}
	return 0;
}

int constants_carry(struct kmend_delta *delta, struct kmend_error *error)
{
	_cleanup_free_ bool *is_searched = kmend_calloc(delta->nr_items, sizeof(*is_searched));
	struct users users = { 0 };
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];

		is_searched[i] = !item->is_function && item->change == KMEND_CHANGE_CHANGED && is_constant(item->pre) &&
				 is_constant(item->post);
		any |= is_searched[i];
	}
	if (!any)
		return 0;
	do {
		free(users.entries);
		users = (struct users){ 0 };
		r = find_users(delta, is_searched, &users, error);
	} while (!r && spread(delta, &users, is_searched));
	if (!r) {
		carry(delta, &users, is_searched);
		r = force_in_run(delta, is_searched, error);
	}
	free(users.entries);
	return r;
}
