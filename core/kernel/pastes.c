// SPDX-License-Identifier: GPL-2.0
/*
 * Token pasting: "sys ## name" makes sys_ftruncate of "_ftruncate", which "_ ## name" makes of "ftruncate". So a text that
 * does not hold the name may still mention it. For each name in question all ways to paste it are found: a *way* is a
 * list of groups, a *group* the names that bring one part of it (the part itself, or the pasting macro, and every macro
 * through which they may come). A text may make the name if it mentions one name of each group of a way.
 */
#include <string.h>

#include "closure.h"

/* Pastes of pastes: system calls take three steps. Deeper ones are not followed. */
#define DEPTH_LIMIT 4
#define GROUPS_PER_WAY 12

struct way {
	uint32_t groups[GROUPS_PER_WAY];
	size_t nr_groups;
};

/* Names and groups: a list of groups per name. */
struct link {
	uint32_t group;
	uint32_t next; /* link, or 0 */
};

/* Pastes of the same parts are one form, whichever macro has it. */
struct form {
	const struct kmend_index_paste *paste;
	uint32_t group; /* the macros */
	bool is_open;	/* no part is known */
};

struct kmend_pastes {
	const struct kmend_index *index;
	struct form *forms;
	size_t nr_forms;
	uint32_t *first; /* link per name, or 0 */
	struct link *links;
	size_t nr_links, room_links;
	uint32_t *group_of; /* the group that a name begins, or 0 */
	uint32_t nr_groups;
	struct way *ways;
	size_t nr_ways;
	uint32_t *seen; /* per group: last text in which it was seen */
	size_t nr_seen;
	uint32_t stamp;
};

void kmend_pastes_free(struct kmend_pastes *pastes)
{
	if (!pastes)
		return;
	free(pastes->forms);
	free(pastes->first);
	free(pastes->group_of);
	free(pastes->links);
	free(pastes->ways);
	free(pastes->seen);
	free(pastes);
}

static bool is_in(const struct kmend_pastes *pastes, uint32_t name, uint32_t group)
{
	for (uint32_t link = pastes->first[name]; link; link = pastes->links[link].next)
		if (pastes->links[link].group == group)
			return true;
	return false;
}

static bool put_in(struct kmend_pastes *pastes, uint32_t name, uint32_t group)
{
	struct link *link;

	if (is_in(pastes, name, group))
		return false;
	link = kmend_array_add(pastes->links, pastes->nr_links);
	*link = (struct link){ group, pastes->first[name] };
	pastes->first[name] = pastes->nr_links - 1;
	return true;
}

static char *signature(const struct kmend_index_paste *paste)
{
	struct kmend_buffer text = { 0 };

	for (size_t i = 0; i < paste->nr_parts; i++)
		kmend_buffer_addf(&text, "%s ", paste->parts[i] ? paste->parts[i] : "#");
	return text.data;
}

struct signed_paste {
	char *signature;
	const struct kmend_index_paste *paste;
};

static int compare_signed(const void *a, const void *b)
{
	return strcmp(((const struct signed_paste *)a)->signature, ((const struct signed_paste *)b)->signature);
}

struct kmend_pastes *kmend_pastes_new(const struct kmend_index *index)
{
	struct kmend_pastes *pastes = kmend_calloc(1, sizeof(*pastes));
	struct signed_paste *all = kmend_calloc(index->nr_pastes + 1, sizeof(*all));

	pastes->index = index;
	pastes->first = kmend_calloc(index->nr_texts + 1, sizeof(*pastes->first));
	pastes->group_of = kmend_calloc(index->nr_texts + 1, sizeof(*pastes->group_of));
	kmend_array_add(pastes->links, pastes->nr_links); /* link 0 is none */
	pastes->nr_groups = 1;
	for (size_t i = 0; i < index->nr_pastes; i++)
		all[i] = (struct signed_paste){ signature(&index->pastes[i]), &index->pastes[i] };
	qsort(all, index->nr_pastes, sizeof(*all), compare_signed);
	for (size_t i = 0; i < index->nr_pastes; i++) {
		if (!i || strcmp(all[i - 1].signature, all[i].signature)) {
			struct form *form = kmend_array_add(pastes->forms, pastes->nr_forms);

			*form = (struct form){ all[i].paste, pastes->nr_groups++, true };
			for (size_t j = 0; j < all[i].paste->nr_parts; j++)
				form->is_open &= !all[i].paste->parts[j];
		}
		put_in(pastes, all[i].paste->macro, pastes->forms[pastes->nr_forms - 1].group);
	}
	for (size_t i = 0; i < index->nr_pastes; i++)
		free(all[i].signature);
	free(all);
	return pastes;
}

static uint32_t group_of(struct kmend_pastes *pastes, uint32_t name)
{
	if (!pastes->group_of[name]) {
		pastes->group_of[name] = pastes->nr_groups++;
		put_in(pastes, name, pastes->group_of[name]);
	}
	return pastes->group_of[name];
}

static void find_ways(struct kmend_pastes *pastes, const char *text, const struct way *so_far, unsigned int depth);

static void add_way(struct kmend_pastes *pastes, const struct way *way)
{
	for (size_t i = 0; i < pastes->nr_ways; i++)
		if (pastes->ways[i].nr_groups == way->nr_groups &&
		    !memcmp(pastes->ways[i].groups, way->groups, way->nr_groups * sizeof(way->groups[0])))
			return;
	*kmend_array_add(pastes->ways, pastes->nr_ways) = *way;
}

static struct way with_group(const struct way *way, uint32_t group)
{
	struct way longer = *way;

	for (size_t i = 0; i < way->nr_groups; i++)
		if (way->groups[i] == group)
			return longer;
	/* A requirement that does not fit is left out: more is reached then, never less. */
	if (longer.nr_groups < GROUPS_PER_WAY)
		longer.groups[longer.nr_groups++] = group;
	return longer;
}

static bool is_identifier(const char *text)
{
	return *text && !(*text >= '0' && *text <= '9');
}

/* The arguments that a paste needs, one after the other: each as it stands somewhere, or pasted itself. */
static void add_arguments(struct kmend_pastes *pastes, const struct way *way, char *const *arguments, size_t count,
			  unsigned int depth)
{
	uint32_t number;

	while (count && !is_identifier(*arguments)) /* empty, or a number: any text may have it */
		arguments++, count--;
	if (!count) {
		add_way(pastes, way);
		return;
	}
	number = kmend_index_number(pastes->index, *arguments);
	if (number) {
		struct way longer = with_group(way, group_of(pastes, number));

		add_arguments(pastes, &longer, arguments + 1, count - 1, depth);
	}
	/* With several arguments the others' ways are not combined with this one's: what is left out only widens. */
	find_ways(pastes, *arguments, way, depth + 1);
}

struct fitting {
	struct kmend_pastes *pastes;
	const struct kmend_index_paste *paste;
	const struct way *way;
	char *arguments[16];
	size_t nr_arguments;
	unsigned int depth;
	bool is_open;
};

/* Fit the rest of a name to the parts of a paste from `part` on, in every way that is possible. */
static void fit(struct fitting *fitting, size_t part, const char *text)
{
	const struct kmend_index_paste *paste = fitting->paste;
	const char *known;

	if (part == paste->nr_parts) {
		if (!*text)
			add_arguments(fitting->pastes, fitting->way, fitting->arguments, fitting->nr_arguments,
				      fitting->is_open ? DEPTH_LIMIT : fitting->depth);
		return;
	}
	known = paste->parts[part];
	if (known) {
		if (kmend_starts_with(text, known))
			fit(fitting, part + 1, text + strlen(known));
		return;
	}
	if (fitting->nr_arguments == KMEND_ARRAY_SIZE(fitting->arguments))
		return;
	for (size_t length = part + 1 == paste->nr_parts ? strlen(text) : 0; length <= strlen(text); length++) {
		fitting->arguments[fitting->nr_arguments++] = kmend_strndup(text, length);
		fit(fitting, part + 1, text + length);
		free(fitting->arguments[--fitting->nr_arguments]);
	}
}

static void find_ways(struct kmend_pastes *pastes, const char *text, const struct way *so_far, unsigned int depth)
{
	if (depth >= DEPTH_LIMIT || so_far->nr_groups + 2 > GROUPS_PER_WAY)
		return;
	for (size_t i = 0; i < pastes->nr_forms; i++) {
		const struct form *form = &pastes->forms[i];
		struct fitting fitting = { .pastes = pastes, .paste = form->paste, .depth = depth };
		struct way way;

		/* Those without any text of their own ("a ## b") fit everything: their arguments must stand somewhere. */
		if (form->is_open && depth)
			continue;
		fitting.is_open = form->is_open;
		if (form->paste->parts[0] && !kmend_starts_with(text, form->paste->parts[0]))
			continue;
		way = with_group(so_far, form->group);
		fitting.way = &way;
		fit(&fitting, 0, text);
	}
}

void kmend_pastes_add(struct kmend_pastes *pastes, uint32_t name)
{
	struct way empty = { .nr_groups = 0 };
	const char *text = pastes->index->texts[name];

	find_ways(pastes, text + (*text == '#'), &empty, 0);
}

bool kmend_pastes_close(struct kmend_pastes *pastes)
{
	const struct kmend_index *index = pastes->index;
	bool any = false, again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < index->nr_chunks; i++) {
			const struct kmend_index_chunk *chunk = &index->chunks[i];

			if (!chunk->name)
				continue;
			for (uint32_t j = 0; j < chunk->nr_names; j++) {
				uint32_t name = index->names[chunk->first_name + j];

				for (uint32_t link = pastes->first[name]; link; link = pastes->links[link].next)
					again |= put_in(pastes, chunk->name, pastes->links[link].group);
			}
		}
		any |= again;
	}
	return any;
}

bool kmend_pastes_match(struct kmend_pastes *pastes, const uint32_t *names, size_t count)
{
	size_t nr_seen = 0;

	if (!pastes->nr_ways)
		return false;
	if (pastes->nr_seen < pastes->nr_groups) {
		free(pastes->seen);
		pastes->nr_seen = 2 * pastes->nr_groups;
		pastes->seen = kmend_calloc(pastes->nr_seen, sizeof(*pastes->seen));
		pastes->stamp = 0;
	}
	pastes->stamp++;
	for (size_t i = 0; i < count; i++)
		for (uint32_t link = pastes->first[names[i]]; link; link = pastes->links[link].next) {
			pastes->seen[pastes->links[link].group] = pastes->stamp;
			nr_seen++;
		}
	for (size_t i = 0; nr_seen && i < pastes->nr_ways; i++) {
		const struct way *way = &pastes->ways[i];
		bool fits = true;

		for (size_t j = 0; fits && j < way->nr_groups; j++)
			fits = pastes->seen[way->groups[j]] == pastes->stamp;
		if (fits)
			return true;
	}
	return false;
}
