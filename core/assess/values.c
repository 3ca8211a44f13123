// SPDX-License-Identifier: GPL-2.0
/*
 * Enumerators whose numbers changed, as where one was put in before others: code is compiled anew, but what the running
 * kernel has stored are the numbers as they were.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

/*
 * Words of names that say how many others there are; such a number is in no data. What is behind all others may as well be
 * one more state (IDLE, RUNNING, DONE): no type tells which, so only a name is believed, and only of what is there.
 */
static const char *const counting[] = { "max",	"last",	    "num",   "nr",     "n",	  "count", "cnt",
					"end",	"size",	    "total", "mask",   "all",	  "after", "limit",
					"bits", "sentinel", "len",   "number", "entries", "types", "nums" };

bool kmend_value_name_counts(const char *name)
{
	/* Opt_err: what file systems call none of their options, behind all of them. */
	if (kmend_starts_with(name, "__") || !strcasecmp(name, "opt_err"))
		return true;
	for (const char *word = name; *word;) {
		size_t size = strcspn(word, "_");

		for (size_t i = 0; i < KMEND_ARRAY_SIZE(counting); i++)
			if (strlen(counting[i]) == size && !strncasecmp(word, counting[i], size))
				return true;
		word += size + (word[size] == '_');
	}
	return false;
}

struct value {
	const char *name;
	uint64_t number;
	uint32_t type;
};

static int compare_names(const void *a, const void *b)
{
	const struct value *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->type > right->type) - (left->type < right->type);
}

/* All enumerators, sorted by name; of one name (declared in functions) the first counts. */
static struct value *values_of(const struct kmend_types *types, size_t *ret_count)
{
	struct value *list = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < types->nr_types; i++)
		for (size_t j = 0; types->types[i].kind == KMEND_TYPE_ENUM && j < types->types[i].nr_members; j++)
			if (types->types[i].members[j].name)
				*kmend_array_add(list, *ret_count) =
					(struct value){ types->types[i].members[j].name,
							types->types[i].members[j].bit_offset, i };
	if (list)
		qsort(list, *ret_count, sizeof(*list), compare_names);
	return list;
}

static const struct value *find(const struct value *values, size_t count, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(values[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && !strcmp(values[low].name, name) ? &values[low] : NULL;
}

/* Is a number not less than those of all names that do not count? As one that is "MAX", which may be that of the last one. */
static bool is_behind_others(const struct kmend_type *type, uint64_t number)
{
	for (size_t i = 0; i < type->nr_members; i++)
		if ((int64_t)type->members[i].bit_offset > (int64_t)number && type->members[i].name &&
		    !kmend_value_name_counts(type->members[i].name))
			return false;
	return true;
}

/* Does it, before and after, only say where the others end? */
static bool is_count(const struct kmend_type *before, const struct kmend_type_member *member,
		     const struct kmend_type *after, const struct value *now)
{
	return kmend_value_name_counts(member->name) && is_behind_others(before, member->bit_offset) &&
	       is_behind_others(after, now->number);
}

/* Behind arrays, and in what has no name of its own. */
static bool holds(const struct kmend_types *types, uint32_t index, uint32_t to, unsigned int depth)
{
	const struct kmend_type *type = &types->types[index];

	if (index == to)
		return true;
	if (depth > 8)
		return false;
	if (type->kind == KMEND_TYPE_ARRAY)
		return holds(types, type->target, to, depth + 1);
	if ((type->kind != KMEND_TYPE_STRUCT && type->kind != KMEND_TYPE_UNION) || type->name)
		return false;
	for (size_t i = 0; i < type->nr_members; i++)
		if (holds(types, type->members[i].type, to, depth + 1))
			return true;
	return false;
}

/* What holds one of the type; NULL: nothing is declared to. New memory. */
static char *holder_of(const struct kmend_types *types, uint32_t type)
{
	for (size_t i = 0; i < types->nr_variables; i++)
		if (types->variables[i].use == KMEND_USE_STATIC && holds(types, types->variables[i].type, type, 0))
			return kmend_format("the variable %s", types->variables[i].name);
	for (size_t i = 0; i < types->nr_types; i++) {
		const struct kmend_type *holder = &types->types[i];

		if ((holder->kind != KMEND_TYPE_STRUCT && holder->kind != KMEND_TYPE_UNION) || !holder->name)
			continue;
		for (size_t j = 0; j < holder->nr_members; j++)
			if (holds(types, holder->members[j].type, type, 0)) {
				_cleanup_free_ char *words = kmend_type_words(types, i);

				return kmend_format("%s of %s",
						    holder->members[j].name ? holder->members[j].name : "a member",
						    words);
			}
	}
	return NULL;
}

/*
 * Where nothing is declared to hold one: flags (bits of a long) and states (an int) mostly are enums without a tag, or
 * headers give them one for parameters alone, as enum sock_flags. Only one with a tag that no other file knows is taken
 * for what it says.
 */
static bool may_be_plain_number(const struct kmend_type *type)
{
	return !type->name || !type->file || !kmend_ends_with(type->file, ".c");
}

static void compare_enum(const struct kmend_types *pre, uint32_t index, const struct kmend_types *post,
			 const struct value *values, size_t nr_values, struct kmend_value_changes *changes)
{
	const struct kmend_type *type = &pre->types[index];
	const struct kmend_type_member *first = NULL;
	const struct value *first_now = NULL;
	struct kmend_value_change *change;

	for (size_t i = 0; i < type->nr_members; i++) {
		const struct kmend_type_member *member = &type->members[i];
		const struct value *now = member->name ? find(values, nr_values, member->name) : NULL;

		if (!now || now->number == member->bit_offset || is_count(type, member, &post->types[now->type], now))
			continue;
		first = first ? first : member;
		first_now = first_now ? first_now : now;
	}
	if (!first)
		return;
	change = kmend_array_add(changes->changes, changes->count);
	change->name = kmend_strdup(type->name ? type->name : first->name);
	change->what = kmend_format("%s was %lld and is %lld", first->name, (long long)first->bit_offset,
				    (long long)first_now->number);
	change->file = post->types[first_now->type].file ? kmend_strdup(post->types[first_now->type].file) : NULL;
	change->line = post->types[first_now->type].line;
	change->holder = holder_of(pre, index);
	if (!change->holder && may_be_plain_number(type))
		change->holder = kmend_strdup("nothing is declared to, so it may be any plain number");
}

void kmend_values_compare(const struct kmend_types *pre, const struct kmend_types *post,
			  struct kmend_value_changes *changes)
{
	size_t nr_values;
	_cleanup_free_ struct value *values = values_of(post, &nr_values);

	for (size_t i = 0; i < pre->nr_types && nr_values; i++)
		if (pre->types[i].kind == KMEND_TYPE_ENUM)
			compare_enum(pre, i, post, values, nr_values, changes);
}

void kmend_value_changes_free(struct kmend_value_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->changes[i].name);
		free(changes->changes[i].what);
		free(changes->changes[i].file);
		free(changes->changes[i].holder);
	}
	free(changes->changes);
	*changes = (struct kmend_value_changes){ 0 };
}
