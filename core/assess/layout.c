// SPDX-License-Identifier: GPL-2.0
/*
 * A layout is the same if size, and offset, width and name of every member are, and those of the types that members
 * hold by value. What pointers point to does not matter: that type is compared by itself.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#define NESTING_MAX 32
#define RENAMED_MAX 4 /* so deep are types looked into that pointers lead to under another name */

struct comparison {
	const struct kmend_types *pre, *post;
	/* By type of pre: the type of that name in post, or 0; and whether the layout changed. */
	uint32_t *partner;
	bool *has_changed;
};

void kmend_layout_changes_free(struct kmend_layout_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->changes[i].name);
		free(changes->changes[i].what);
		free(changes->changes[i].file);
		free(changes->changes[i].live);
	}
	free(changes->changes);
	*changes = (struct kmend_layout_changes){ 0 };
}

static bool is_aggregate(const struct kmend_type *type)
{
	return type->kind == KMEND_TYPE_STRUCT || type->kind == KMEND_TYPE_UNION;
}

/* Behind arrays. */
static uint32_t element_of(const struct kmend_types *types, uint32_t index)
{
	for (unsigned int depth = 0; depth < NESTING_MAX && types->types[index].kind == KMEND_TYPE_ARRAY; depth++)
		index = types->types[index].target;
	return index;
}

/* Are two types values of the same form? Named structs are so if they have the same name: each is compared by itself. */
static bool are_alike(const struct comparison *comparison, uint32_t pre_index, uint32_t post_index, unsigned int depth);

static char *compare_members(const struct comparison *comparison, const struct kmend_type *pre,
			     const struct kmend_type *post, unsigned int depth)
{
	size_t common = pre->nr_members < post->nr_members ? pre->nr_members : post->nr_members;

	for (size_t i = 0; i < common; i++) {
		const struct kmend_type_member *a = &pre->members[i], *b = &post->members[i];
		const char *a_name = a->name ? a->name : "(without a name)", *b_name = b->name ? b->name : a_name;

		if (!a->name != !b->name || (a->name && strcmp(a->name, b->name)))
			return post->nr_members > pre->nr_members
				       ? kmend_format("member %s is new at byte %llu", b_name,
						      (unsigned long long)b->bit_offset / 8)
			       : post->nr_members < pre->nr_members
				       ? kmend_format("member %s is gone from byte %llu", a_name,
						      (unsigned long long)a->bit_offset / 8)
				       : kmend_format("member %s is in the place of %s", b_name, a_name);
		if (a->bit_size != b->bit_size)
			return kmend_format("member %s has %llu bits instead of %llu", a_name,
					    (unsigned long long)b->bit_size, (unsigned long long)a->bit_size);
		if (!are_alike(comparison, a->type, b->type, depth + 1)) {
			_cleanup_free_ char *was = kmend_type_words(comparison->pre, a->type);
			_cleanup_free_ char *is = kmend_type_words(comparison->post, b->type);

			return kmend_format("member %s was %s (%llu bytes) and is %s (%llu bytes)", a_name, was,
					    (unsigned long long)comparison->pre->types[a->type].size, is,
					    (unsigned long long)comparison->post->types[b->type].size);
		}
	}
	if (pre->nr_members != post->nr_members) {
		const struct kmend_type *longer = pre->nr_members > post->nr_members ? pre : post;
		const struct kmend_type_member *member = &longer->members[common];

		return kmend_format("member %s is %s byte %llu", member->name ? member->name : "(without a name)",
				    longer == post ? "new at" : "gone from",
				    (unsigned long long)member->bit_offset / 8);
	}
	return NULL;
}

/* The same members in other places. */
static char *compare_places(const struct kmend_type *pre, const struct kmend_type *post)
{
	for (size_t i = 0; i < pre->nr_members; i++) {
		const struct kmend_type_member *a = &pre->members[i], *b = &post->members[i];

		if (a->bit_offset != b->bit_offset)
			return kmend_format(
				"member %s moved from byte %llu to %llu", a->name ? a->name : "(without a name)",
				(unsigned long long)a->bit_offset / 8, (unsigned long long)b->bit_offset / 8);
	}
	return pre->size != post->size ? kmend_strdup("its size changed") : NULL;
}

static bool is_plain(const struct kmend_type *type)
{
	return (type->kind == KMEND_TYPE_BASE || type->kind == KMEND_TYPE_ENUM || type->kind == KMEND_TYPE_POINTER) &&
	       type->size;
}

/*
 * What the pointers lead to that live objects hold: a type of the same name is compared by itself. One of another name is the
 * same under a new name, or else the new code takes it for what it is not. Plain values are told apart by their size (a row
 * of ints is none of longs), and pointers by what they lead to, too (a row of pointers is none of structures). Only void
 * says nothing.
 */
static bool lead_alike(const struct comparison *comparison, uint32_t pre_index, uint32_t post_index, unsigned int depth)
{
	const struct kmend_type *pre = &comparison->pre->types[pre_index], *post = &comparison->post->types[post_index];
	_cleanup_free_ char *difference = NULL;

	if (pre->kind == KMEND_TYPE_POINTER && post->kind == KMEND_TYPE_POINTER)
		return are_alike(comparison, pre_index, post_index, depth + 1);
	if (is_plain(pre) && is_plain(post))
		return pre->size == post->size;
	if ((pre->kind == KMEND_TYPE_POINTER && is_aggregate(post)) ||
	    (is_aggregate(pre) && post->kind == KMEND_TYPE_POINTER))
		return false;
	if (!is_aggregate(pre) || !is_aggregate(post) || !pre->name || !post->name ||
	    (pre->kind == post->kind && !strcmp(pre->name, post->name)) || pre->is_declaration || post->is_declaration)
		return true;
	difference = compare_members(comparison, pre, post, depth + 1);
	if (!difference)
		difference = compare_places(pre, post);
	return !difference;
}

static bool are_alike(const struct comparison *comparison, uint32_t pre_index, uint32_t post_index, unsigned int depth)
{
	const struct kmend_type *pre = &comparison->pre->types[pre_index], *post = &comparison->post->types[post_index];
	_cleanup_free_ char *difference = NULL;

	if (depth > NESTING_MAX)
		return true;
	if (pre->kind == KMEND_TYPE_ARRAY || post->kind == KMEND_TYPE_ARRAY)
		return pre->kind == post->kind && pre->count == post->count && pre->shape == post->shape &&
		       are_alike(comparison, pre->target, post->target, depth + 1);
	if (pre->kind == KMEND_TYPE_POINTER && post->kind == KMEND_TYPE_POINTER && depth < RENAMED_MAX)
		return lead_alike(comparison, pre->target, post->target, depth);
	if (!is_aggregate(pre) || !is_aggregate(post))
		/* An int for an enum, an int for a pointer of the same size: the same place. */
		return is_aggregate(pre) == is_aggregate(post) && pre->size == post->size;
	if (pre->name && post->name)
		return pre->kind == post->kind && !strcmp(pre->name, post->name);
	if (pre->size != post->size || !pre->name != !post->name)
		return false;
	difference = compare_members(comparison, pre, post, depth);
	if (!difference)
		difference = compare_places(pre, post);
	return !difference;
}

struct named {
	const char *name;
	enum kmend_type_kind kind;
	uint32_t index;
};

static int compare_named(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order || left->kind != right->kind)
		return order ? order : (left->kind > right->kind) - (left->kind < right->kind);
	return (left->index > right->index) - (left->index < right->index);
}

/* All complete structs and unions with a name, sorted. */
static struct named *named_of(const struct kmend_types *types, size_t *ret_count)
{
	struct named *list = kmend_calloc(types->nr_types, sizeof(*list));

	*ret_count = 0;
	for (size_t i = 0; i < types->nr_types; i++) {
		const struct kmend_type *type = &types->types[i];

		if (is_aggregate(type) && type->name && !type->is_declaration)
			list[(*ret_count)++] = (struct named){ type->name, type->kind, i };
	}
	qsort(list, *ret_count, sizeof(*list), compare_named);
	return list;
}

/* Pair types by name; several of one name (declared in functions) in their order. */
static void pair(struct comparison *comparison)
{
	size_t nr_pre, nr_post, i = 0, j = 0;
	_cleanup_free_ struct named *pre = named_of(comparison->pre, &nr_pre);
	_cleanup_free_ struct named *post = named_of(comparison->post, &nr_post);

	while (i < nr_pre && j < nr_post) {
		struct named *a = &pre[i], *b = &post[j];
		int order = strcmp(a->name, b->name);

		if (!order)
			order = (a->kind > b->kind) - (a->kind < b->kind);
		if (!order)
			comparison->partner[a->index] = b->index;
		i += order <= 0;
		j += order >= 0;
	}
}

/* Does a type hold, by value, one whose layout changed? */
static bool holds_changed(const struct comparison *comparison, uint32_t index, unsigned int depth)
{
	const struct kmend_type *type;

	index = element_of(comparison->pre, index);
	type = &comparison->pre->types[index];
	if (!is_aggregate(type) || depth > NESTING_MAX)
		return false;
	if (comparison->has_changed[index])
		return true;
	for (size_t i = 0; i < type->nr_members; i++)
		if (holds_changed(comparison, type->members[i].type, depth + 1))
			return true;
	return false;
}

/* Does a type of pre lead to `to`: by value, or if @by_pointer through pointers and functions' parameters? */
static bool leads_to(const struct kmend_types *types, uint32_t from, uint32_t to, bool by_pointer, unsigned int depth)
{
	const struct kmend_type *type;

	from = element_of(types, from);
	type = &types->types[from];
	if (from == to)
		return true;
	if (depth > NESTING_MAX)
		return false;
	if (type->kind == KMEND_TYPE_POINTER)
		return by_pointer && leads_to(types, type->target, to, by_pointer, depth + 1);
	if (type->kind == KMEND_TYPE_FUNCTION && by_pointer) {
		if (leads_to(types, type->target, to, true, depth + 1))
			return true;
	} else if (!is_aggregate(type) || type->name) {
		return false; /* what a named type holds is looked at by itself */
	}
	for (size_t i = 0; i < type->nr_members; i++)
		if (leads_to(types, type->members[i].type, to, by_pointer, depth + 1))
			return true;
	return false;
}

/* Is there a variable of that name on some stack that has one of the type in it? */
static bool has_local(const struct kmend_types *types, uint32_t type, const char *name)
{
	for (size_t i = 0; i < types->nr_variables; i++)
		if (types->variables[i].use == KMEND_USE_LOCAL && !strcmp(types->variables[i].name, name) &&
		    leads_to(types, types->variables[i].type, type, false, 0))
			return true;
	return false;
}

/* Does code make a pointer to one of something else? The address of one is cast, too, when a qualifier comes to it. */
static bool is_cast(const struct kmend_types *types, uint32_t type, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < types->casts.count; i++) {
		const char *cast = types->casts.items[i];

		if (strncmp(cast, name, size) != 0)
			continue;
		if (!cast[size] || (cast[size] == ' ' && !has_local(types, type, cast + size + 1)))
			return true;
	}
	return false;
}

static bool is_cast_by_any_name(const struct kmend_types *types, uint32_t type)
{
	if (types->types[type].name && is_cast(types, type, types->types[type].name))
		return true;
	for (size_t i = 0; i < types->nr_aliases; i++)
		if (types->aliases[i].type == type && is_cast(types, type, types->aliases[i].name))
			return true;
	return false;
}

/* Who holds what a function has on its stack that is not replaced; NULL: nobody. */
static const char *unreplaced(const struct kmend_types *types, const char *function, kmend_is_replaced is_replaced,
			      void *context)
{
	if (!is_replaced(function, context))
		return function;
	for (size_t i = 0; i < types->nr_inlined; i++)
		if (!strcmp(types->inlined[i].name, function) && !is_replaced(types->inlined[i].into, context))
			return types->inlined[i].into;
	return NULL;
}

/* Where objects of the type may live outside the stacks of replaced functions; NULL: nowhere that is seen. */
static char *live_use(const struct kmend_types *types, uint32_t type, kmend_is_replaced is_replaced, void *context,
		      unsigned int depth, bool *is_used)
{
	const char *taker = NULL, *user;
	bool is_made = false;

	if (depth > NESTING_MAX)
		return kmend_strdup("types that hold each other");
	for (size_t i = 0; i < types->nr_types; i++) {
		const struct kmend_type *holder = &types->types[i];
		_cleanup_free_ char *words = NULL, *further = NULL;

		if (!is_aggregate(holder) || !holder->name || i == type)
			continue;
		for (size_t j = 0; j < holder->nr_members; j++) {
			if (!leads_to(types, holder->members[j].type, type, true, 0))
				continue;
			words = kmend_type_words(types, i);
			if (!leads_to(types, holder->members[j].type, type, false, 0))
				return kmend_format("%s of %s leads to it",
						    holder->members[j].name ? holder->members[j].name : "a member",
						    words);
			further = live_use(types, i, is_replaced, context, depth + 1, is_used);
			if (further)
				return kmend_format("%s holds it, and %s", words, further);
		}
	}
	for (size_t i = 0; i < types->nr_variables; i++) {
		const struct kmend_type_variable *variable = &types->variables[i];

		if (!leads_to(types, variable->type, type, true, 0))
			continue;
		*is_used = true;
		if (variable->use == KMEND_USE_PARAMETER && variable->function)
			taker = variable->function;
		if (variable->use == KMEND_USE_LOCAL && leads_to(types, variable->type, type, false, 0))
			is_made = true;
		if (variable->use == KMEND_USE_STATIC)
			return kmend_format("the variable %s", variable->name);
		if (variable->use == KMEND_USE_LOCAL && !leads_to(types, variable->type, type, false, 0))
			return kmend_format("%s() has a pointer to one (%s)",
					    variable->function ? variable->function : "", variable->name);
		user = variable->function ? unreplaced(types, variable->function, is_replaced, context) : "";
		if (user)
			return kmend_format("%s() uses one and is not replaced", user);
	}
	for (size_t i = 0; i < types->nr_functions; i++)
		if (leads_to(types, types->types[types->functions[i].type].target, type, true, 0))
			return kmend_format("%s() gives one back", types->functions[i].name);
	if (is_cast_by_any_name(types, type))
		return kmend_strdup("code reaches one by a cast");
	return taker && !is_made ? kmend_format("%s() takes one that is made elsewhere", taker) : NULL;
}

bool kmend_types_declares(const struct kmend_types *types, const char *tag, const char *file,
			  const struct kmend_strv *roots)
{
	for (size_t i = 0; i < types->nr_types; i++) {
		const struct kmend_type *type = &types->types[i];

		if (!is_aggregate(type) || type->is_declaration || !type->name || !type->file ||
		    strcmp(type->name, tag) != 0)
			continue;
		for (size_t j = 0; j < roots->count; j++) {
			size_t length = strlen(roots->items[j]);

			if (kmend_starts_with(type->file, roots->items[j]) && type->file[length] == '/' &&
			    !strcmp(type->file + length + 1, file))
				return true;
		}
	}
	return false;
}

/* Are all members that both have, by name, where they were? One that is gone is missed by who mentions it. */
static bool is_moved(const struct comparison *comparison, const struct kmend_type *pre, const struct kmend_type *post)
{
	if (pre->size != post->size)
		return true;
	for (size_t i = 0; i < pre->nr_members; i++) {
		const struct kmend_type_member *a = &pre->members[i], *b = NULL;

		for (size_t j = 0; a->name && j < post->nr_members; j++)
			if (post->members[j].name && !strcmp(post->members[j].name, a->name))
				b = &post->members[j];
		/* What has no name is looked into only if it is the same as a whole. */
		if (!a->name && i < post->nr_members && !post->members[i].name)
			b = &post->members[i];
		if (!a->name && !b)
			return true;
		if (b && (a->bit_offset != b->bit_offset || a->bit_size != b->bit_size ||
			  !are_alike(comparison, a->type, b->type, 0)))
			return true;
	}
	return false;
}

static void add_change(const struct comparison *comparison, uint32_t index, const char *difference,
		       kmend_is_replaced is_replaced, void *context, struct kmend_layout_changes *changes)
{
	const struct kmend_type *pre = &comparison->pre->types[index];
	const struct kmend_type *post = &comparison->post->types[comparison->partner[index]];
	struct kmend_layout_change *change = kmend_array_add(changes->changes, changes->count);

	change->name = kmend_type_words(comparison->pre, index);
	change->pre = index;
	change->what =
		pre->size == post->size
			? kmend_format("%s; it has %llu bytes as before", difference, (unsigned long long)pre->size)
			: kmend_format("%s; its %llu bytes become %llu", difference, (unsigned long long)pre->size,
				       (unsigned long long)post->size);
	change->file = post->file ? kmend_strdup(post->file) : NULL;
	change->line = post->line;
	change->is_moved = is_moved(comparison, pre, post);
	change->live = live_use(comparison->pre, index, is_replaced, context, 0, &change->is_used);
}

/* The variable of that name which no function has for itself. */
static const struct kmend_type_variable *find_global(const struct kmend_types *types, const char *name)
{
	for (size_t i = 0; i < types->nr_variables; i++)
		if (types->variables[i].use == KMEND_USE_STATIC && !types->variables[i].function &&
		    !types->variables[i].is_declaration && !strcmp(types->variables[i].name, name))
			return &types->variables[i];
	return NULL;
}

/* Pointers of the running kernel that lead to something else in the new code: what they hold by now does not. */
static void compare_pointers(const struct comparison *comparison, struct kmend_layout_changes *changes)
{
	for (size_t i = 0; i < comparison->pre->nr_variables; i++) {
		const struct kmend_type_variable *before = &comparison->pre->variables[i], *after;
		uint32_t was, is;

		if (find_global(comparison->pre, before->name) != before)
			continue;
		after = find_global(comparison->post, before->name);
		was = element_of(comparison->pre, before->type);
		is = after ? element_of(comparison->post, after->type) : 0;
		if (comparison->pre->types[was].kind == KMEND_TYPE_POINTER &&
		    comparison->post->types[is].kind == KMEND_TYPE_POINTER && !are_alike(comparison, was, is, 0)) {
			struct kmend_layout_change *change = kmend_array_add(changes->changes, changes->count);
			_cleanup_free_ char *was_words = kmend_type_words(comparison->pre, was);
			_cleanup_free_ char *is_words = kmend_type_words(comparison->post, is);

			*change = (struct kmend_layout_change){ .name = kmend_format("variable %s", before->name),
								.what = kmend_format("was %s and is %s", was_words,
										     is_words),
								.line = after->line,
								.is_used = true,
								.live = kmend_strdup("it leads to one by now") };
		}
	}
}

void kmend_layout_compare(const struct kmend_types *pre, const struct kmend_types *post, kmend_is_replaced is_replaced,
			  void *context, struct kmend_layout_changes *changes)
{
	_cleanup_free_ uint32_t *partner = kmend_calloc(pre->nr_types, sizeof(*partner));
	_cleanup_free_ bool *has_changed = kmend_calloc(pre->nr_types, sizeof(*has_changed));
	struct comparison comparison = { pre, post, partner, has_changed };

	pair(&comparison);
	for (size_t i = 0; i < pre->nr_types; i++) {
		_cleanup_free_ char *difference = NULL;

		if (!partner[i])
			continue;
		difference = compare_members(&comparison, &pre->types[i], &post->types[partner[i]], 0);
		if (!difference)
			continue;
		has_changed[i] = true;
		add_change(&comparison, i, difference, is_replaced, context, changes);
	}
	for (size_t i = 0; i < pre->nr_types; i++) {
		_cleanup_free_ char *difference = NULL;

		/* Moved by what it holds itself: that type is told of. */
		if (!partner[i] || has_changed[i] || holds_changed(&comparison, i, 0))
			continue;
		difference = compare_places(&pre->types[i], &post->types[partner[i]]);
		if (difference)
			add_change(&comparison, i, difference, is_replaced, context, changes);
	}
	compare_pointers(&comparison, changes);
}

/* How a value travels: sizes are what a register holds of it. */
static bool is_passed_alike(const struct kmend_types *pre, uint32_t a, const struct kmend_types *post, uint32_t b)
{
	const struct kmend_type *before = &pre->types[a], *after = &post->types[b];

	if (is_aggregate(before) || is_aggregate(after))
		return is_aggregate(before) == is_aggregate(after) && before->size == after->size;
	/* A callee that reads less than it is given is served. */
	return after->size <= before->size;
}

char *kmend_signature_difference(const struct kmend_types *pre, uint32_t pre_function, const struct kmend_types *post,
				 uint32_t post_function)
{
	const struct kmend_type *before = &pre->types[pre_function], *after = &post->types[post_function];
	size_t common = before->nr_members < after->nr_members ? before->nr_members : after->nr_members;

	if (before->kind != KMEND_TYPE_FUNCTION || after->kind != KMEND_TYPE_FUNCTION)
		return NULL;
	for (size_t i = 0; i < common; i++)
		if (!is_passed_alike(pre, before->members[i].type, post, after->members[i].type)) {
			_cleanup_free_ char *was = kmend_type_words(pre, before->members[i].type);
			_cleanup_free_ char *is = kmend_type_words(post, after->members[i].type);

			return kmend_format("parameter %zu was %s and is %s", i + 1, was, is);
		}
	if (after->nr_members > before->nr_members)
		return kmend_format("it takes %zu parameters instead of %zu", after->nr_members, before->nr_members);
	if (before->is_variadic != after->is_variadic)
		return kmend_strdup("one of both takes any number of parameters");
	/* Callers read what they were compiled to read. */
	if (before->target && (!after->target || post->types[after->target].size < pre->types[before->target].size))
		return kmend_strdup(after->target ? "it gives back a smaller value" : "it gives back nothing any more");
	return NULL;
}
