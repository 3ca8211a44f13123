// SPDX-License-Identifier: GPL-2.0
/*
 * Changed constants: tables, policies, lists of names. There are two ways to bring in new content.
 *
 * Carried: the running kernel's copy is not touched; the new content goes along with the update, and every function that
 * refers to it is replaced. That is sound as long as nobody else knows the constant: no other unit (it must be local), no
 * live data, no table that boot or the module loader has read. And as long as no address of the old copy is about: code
 * that only reads the constant never gives its address away, and what is handed to a function that keeps nothing (lent.c)
 * is forgotten when the request is done. All change at one instant, and nobody is inside.
 *
 * Switched: where that is not so, the words of the running kernel's copy are switched where they are, if none is missing or
 * left over (datum.c). Constants that refer to a carried one are constants that changed: carried, or switched in turn.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* What one function or datum does with the changed constants it refers to. */
struct user {
	struct kmend_item *item; /* NULL: something that is neither */
	struct kmend_item *constant;
	enum kmend_code_use use;
	bool is_lent; /* KMEND_USE_PASSED, to a function that does not keep it */
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
			if (!from || !user->item || !user->item->is_function)
				continue;
			user->use = kmend_code_use(section, from->value, from->size, relocation->offset);
			user->is_lent = user->use == KMEND_USE_PASSED &&
					kmend_code_lends(section, from->value, from->size, relocation->offset) !=
						KMEND_LENT_NOT;
		}
	}
	return 0;
}

/* Which constants (by item) go which way. */
struct ways {
	bool *is_carried;
	bool *is_chosen;   /* switched, since it cannot be carried */
	bool *is_switched; /* that, and those that only refer to what is carried */
};

/* Why the new content of a constant cannot simply go along; NULL: it can. */
static const char *obstacle(const struct kmend_delta *delta, const struct ways *ways, const struct kmend_item *constant,
			    const struct user *user)
{
	const struct kmend_item *item = user->item;

	if (item == constant)
		return NULL;
	if (!item)
		return "is named in a table that was read already";
	/* Whoever reads the other one may have stored the address that it found there: better to switch, if that can be. */
	if (!item->is_function && datum_can_switch(constant))
		return "is known to other data";
	if (!item->is_function)
		return ways->is_carried[item - delta->items] || ways->is_switched[item - delta->items]
			       ? NULL
			       : "is known to live data";
	if (kmend_section_is_over(delta, item->pre->section))
		return "was used by code that ran at boot";
	switch (user->use) {
	case KMEND_USE_ACCESS:
		return NULL;
	case KMEND_USE_PASSED:
		return user->is_lent ? NULL : "is handed to a function that may keep its address";
	case KMEND_USE_TAKEN:
		return "has an address that may be in live data";
	case KMEND_USE_COMPARED:
		return "has an address that code compares with";
	default:
		return "is used in a way that is not understood";
	}
}

/*
 * Why a switched constant is not all that is needed; NULL: it is. Code that ran at boot and only read the content has done
 * with it what it did; code that gave the address away has made it known.
 */
static const char *obstacle_in_place(const struct kmend_delta *delta, const struct kmend_item *constant,
				     const struct user *user)
{
	const struct kmend_item *item = user->item;

	if (!item || item == constant || !kmend_section_is_over(delta, item->pre->section))
		return NULL;
	if (!item->is_function)
		return "is known to data that were read at boot";
	return user->use == KMEND_USE_ACCESS || user->use == KMEND_USE_UNKNOWN || user->is_lent
		       ? "was used by code that ran at boot"
		       : NULL;
}

/* What refers to a carried constant has changed as well: it must lead to the new copy. */
static bool spread(const struct kmend_delta *delta, const struct users *users, struct ways *ways)
{
	bool progress = false;

	for (size_t i = 0; i < users->count; i++) {
		const struct kmend_item *item = users->entries[i].item;
		size_t number = item ? (size_t)(item - delta->items) : 0;

		if (!item || item->is_function || ways->is_carried[number] || ways->is_switched[number] || !item->post)
			continue;
		if (is_constant(item->pre) && is_constant(item->post) && !item->is_switched)
			progress = ways->is_carried[number] = true;
		else
			ways->is_switched[number] = datum_can_switch(item);
	}
	return progress;
}

static bool is_obstructed(const struct kmend_delta *delta, const struct users *users, const struct ways *ways,
			  const struct kmend_item *constant, const char **ret_why, const char **ret_name)
{
	bool in_place = ways->is_switched[constant - delta->items];

	for (size_t i = 0; i < users->count; i++) {
		const struct user *user = &users->entries[i];
		const char *why = user->constant != constant ? NULL
				  : in_place		     ? obstacle_in_place(delta, constant, user)
							     : obstacle(delta, ways, constant, user);

		if (!why)
			continue;
		*ret_why = why;
		*ret_name = user->item ? user->item->name : user->section;
		return true;
	}
	return false;
}

/* Everything that changed by itself, then what that draws along. */
static int find_ways(const struct kmend_delta *delta, struct ways *ways, struct users *users, struct kmend_error *error)
{
	int r;

	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		bool is_changed = !item->is_function && item->change == KMEND_CHANGE_CHANGED;

		ways->is_switched[i] =
			ways->is_chosen[i] ||
			(is_changed && (item->is_switched || !is_constant(item->pre)) && datum_can_switch(item));
		ways->is_carried[i] =
			is_changed && !ways->is_switched[i] && is_constant(item->pre) && is_constant(item->post);
	}
	do {
		free(users->entries);
		*users = (struct users){ 0 };
		r = find_users(delta, ways->is_carried, users, error);
	} while (!r && spread(delta, users, ways));
	return r;
}

/* Choose those to switch that cannot be carried, of what changed by itself or of what only refers to such. Were there any? */
static bool choose(const struct kmend_delta *delta, struct ways *ways, const struct users *users, bool by_itself)
{
	const char *why, *name;
	bool any = false;

	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];

		if (!ways->is_carried[i] || (item->change == KMEND_CHANGE_CHANGED) != by_itself ||
		    !datum_can_switch(item) || !is_obstructed(delta, users, ways, item, &why, &name))
			continue;
		any = ways->is_chosen[i] = true;
	}
	return any;
}

/* Carry what can be carried, switch the rest. What is switched draws nothing along, so begin with what changed by itself. */
static int choose_ways(const struct kmend_delta *delta, struct ways *ways, struct users *users,
		       struct kmend_error *error)
{
	int r;

	do {
		r = find_ways(delta, ways, users, error);
	} while (!r && (choose(delta, ways, users, true) || choose(delta, ways, users, false)));
	return r;
}

static void carry(struct kmend_delta *delta, const struct users *users, const struct ways *ways)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		const char *why, *name;

		if (!ways->is_carried[i])
			continue;
		if (item->change == KMEND_CHANGE_SAME)
			item_force(delta, item, "refers to a constant that changed");
		item->is_carried = true;
		if (!item->run)
			item->obstacle = "is not found as it runs";
		else if (is_obstructed(delta, users, ways, item, &why, &name))
			item->obstacle = item_text(delta, "%s (%s)", why, name);
	}
	for (size_t i = 0; i < users->count; i++) {
		struct user *user = &users->entries[i];

		if (!user->item || !user->item->is_function || user->item->change != KMEND_CHANGE_SAME ||
		    !user->item->post || kmend_section_is_over(delta, user->item->pre->section))
			continue;
		item_force(delta, user->item, "refers to a constant that changed");
	}
}

static int switch_in_place(struct kmend_delta *delta, const struct ways *ways, struct kmend_error *error)
{
	struct users users = { 0 };
	const char *why, *name;
	int r = find_users(delta, ways->is_switched, &users, error);

	for (size_t i = 0; i < delta->nr_items && !r; i++) {
		struct kmend_item *item = &delta->items[i];

		if (!ways->is_switched[i])
			continue;
		if (item->change == KMEND_CHANGE_SAME)
			item_force(delta, item, "refers to a constant that changed");
		item->is_switched = true;
		item->obstacle = datum_obstacle(delta, item);
		if (!item->obstacle && is_obstructed(delta, &users, ways, item, &why, &name))
			item->obstacle = item_text(delta, "%s (%s)", why, name);
	}
	free(users.entries);
	return r;
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
			    !kmend_section_is_over(delta, item->pre->section))
				item_force(delta, item, "refers to a constant that changed, as it runs");
		}
	}
	return 0;
}

int constants_carry(struct kmend_delta *delta, struct kmend_error *error)
{
	_cleanup_free_ bool *is_carried = kmend_calloc(delta->nr_items, sizeof(*is_carried));
	_cleanup_free_ bool *is_chosen = kmend_calloc(delta->nr_items, sizeof(*is_chosen));
	_cleanup_free_ bool *is_switched = kmend_calloc(delta->nr_items, sizeof(*is_switched));
	struct ways ways = { is_carried, is_chosen, is_switched };
	struct users users = { 0 };
	bool any = false;
	int r;

	for (size_t i = 0; i < delta->nr_items && !any; i++)
		any = !delta->items[i].is_function && delta->items[i].change == KMEND_CHANGE_CHANGED;
	if (!any)
		return 0;
	r = choose_ways(delta, &ways, &users, error);
	if (!r) {
		carry(delta, &users, &ways);
		r = force_in_run(delta, ways.is_carried, error);
	}
	if (!r)
		r = switch_in_place(delta, &ways, error);
	free(users.entries);
	return r;
}
