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
/* More memberships or ways than these are given up: a system call, with all that its macros bring, has a few thousand. */
#define MEMBERS_LIMIT (4u << 20)
#define WAYS_LIMIT (1u << 16)
/* Memberships looked at, and pastes tried, each of which is as much as several (some seconds). */
#define WORK_LIMIT (1ull << 31)

struct way {
	uint32_t groups[GROUPS_PER_WAY];
	size_t nr_groups;
	uint32_t next; /* way with the same last group, or 0 */
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

/* Ways to make a text, none of which asks for all that another one asks for. */
struct ways {
	struct way *items;
	size_t count;
};

/* What was found out about a text at a depth; the same parts of names come again and again. */
struct memo {
	char *text;
	unsigned int depth;
	bool is_done;
	struct ways ways;
};

struct kmend_pastes {
	const struct kmend_index *index;
	struct form *forms;
	size_t nr_forms;
	uint32_t *first; /* link per name, or 0 */
	struct link *links;
	size_t nr_links;
	uint64_t *members; /* (name, group), as a set */
	size_t nr_members, nr_slots;
	struct kmend_mentions macros; /* that mention a name */
	uint32_t *group_of;	      /* the group that a name begins, or 0 */
	uint32_t nr_groups;
	struct way *ways; /* number 0 is none */
	size_t nr_ways;
	uint32_t *way_of; /* per group: the first of the ways whose last group it is, or 0 */
	size_t nr_way_of;
	bool any;	/* something was added since this was cleared */
	uint32_t *seen; /* per group: last text in which it was seen */
	size_t nr_seen;
	uint32_t stamp;
	uint64_t work;
	struct memo **memos; /* a table by hash, nr_memo_slots is a power of two */
	size_t nr_memos, nr_memo_slots;
};

void kmend_pastes_free(struct kmend_pastes *pastes)
{
	if (!pastes)
		return;
	free(pastes->forms);
	free(pastes->first);
	free(pastes->group_of);
	free(pastes->links);
	free(pastes->members);
	free(pastes->way_of);
	kmend_mentions_free(&pastes->macros);
	free(pastes->ways);
	for (size_t i = 0; i < pastes->nr_memo_slots; i++)
		if (pastes->memos[i]) {
			free(pastes->memos[i]->text);
			free(pastes->memos[i]->ways.items);
			free(pastes->memos[i]);
		}
	free(pastes->memos);
	free(pastes->seen);
	free(pastes);
}

static size_t find_slot(const struct kmend_pastes *pastes, uint64_t member)
{
	size_t slot = (member * 0x9e3779b97f4a7c15u >> 20) & (pastes->nr_slots - 1);

	while (pastes->members[slot] && pastes->members[slot] != member)
		slot = (slot + 1) & (pastes->nr_slots - 1);
	return slot;
}

/* Returns whether it is new. */
static bool add_member(struct kmend_pastes *pastes, uint32_t name, uint32_t group)
{
	uint64_t member = (uint64_t)name << 32 | group, *old = pastes->members;
	size_t nr_old = pastes->nr_slots, slot;

	if (2 * pastes->nr_members >= pastes->nr_slots) {
		pastes->nr_slots = nr_old ? 2 * nr_old : 4096;
		pastes->members = kmend_calloc(pastes->nr_slots, sizeof(*pastes->members));
		for (size_t i = 0; i < nr_old; i++)
			if (old[i])
				pastes->members[find_slot(pastes, old[i])] = old[i];
		free(old);
	}
	slot = find_slot(pastes, member);
	if (pastes->members[slot])
		return false;
	pastes->members[slot] = member;
	pastes->nr_members++;
	return true;
}

bool kmend_pastes_too_many(const struct kmend_pastes *pastes)
{
	return pastes->nr_members > MEMBERS_LIMIT || pastes->nr_ways > WAYS_LIMIT || pastes->work > WORK_LIMIT;
}

bool kmend_pastes_grew(struct kmend_pastes *pastes)
{
	bool any = pastes->any;

	pastes->any = false;
	return any;
}

/* A name brings what a group stands for, and so does every macro that mentions it. */
static void put_in(struct kmend_pastes *pastes, uint32_t name, uint32_t group)
{
	_cleanup_free_ uint32_t *queue = NULL;
	size_t count = 0;

	if (!add_member(pastes, name, group))
		return;
	*kmend_array_add(queue, count) = name;
	for (size_t i = 0; i < count && !kmend_pastes_too_many(pastes); i++) {
		*kmend_array_add(pastes->links, pastes->nr_links) = (struct link){ group, pastes->first[queue[i]] };
		pastes->first[queue[i]] = pastes->nr_links - 1;
		for (size_t j = pastes->macros.first[queue[i]]; j < pastes->macros.first[queue[i] + 1]; j++) {
			uint32_t macro = pastes->index->chunks[pastes->macros.chunks[j]].name;

			if (add_member(pastes, macro, group))
				*kmend_array_add(queue, count) = macro;
		}
	}
	pastes->any = true;
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
	kmend_mentions_make(index, true, &pastes->macros);
	kmend_array_add(pastes->links, pastes->nr_links); /* link 0 is none */
	kmend_array_add(pastes->ways, pastes->nr_ways);
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

/* Ways are looked up by their last group: that of an argument, which is rarer than that of a macro that pastes. */
static void add_way(struct kmend_pastes *pastes, const struct way *way)
{
	uint32_t group = way->groups[way->nr_groups - 1];

	while (group >= pastes->nr_way_of)
		kmend_array_add(pastes->way_of, pastes->nr_way_of);
	for (uint32_t i = pastes->way_of[group]; i; i = pastes->ways[i].next)
		if (pastes->ways[i].nr_groups == way->nr_groups &&
		    !memcmp(pastes->ways[i].groups, way->groups, way->nr_groups * sizeof(way->groups[0])))
			return;
	*kmend_array_add(pastes->ways, pastes->nr_ways) = *way;
	pastes->ways[pastes->nr_ways - 1].next = pastes->way_of[group];
	pastes->way_of[group] = pastes->nr_ways - 1;
	pastes->any = true;
}

static size_t slot_of(const struct kmend_pastes *pastes, const char *text, unsigned int depth)
{
	size_t hash = 14695981039346656037u ^ depth;

	for (const char *c = text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	hash ^= hash >> 29;
	for (hash &= pastes->nr_memo_slots - 1; pastes->memos[hash]; hash = (hash + 1) & (pastes->nr_memo_slots - 1))
		if (pastes->memos[hash]->depth == depth && !strcmp(pastes->memos[hash]->text, text))
			break;
	return hash;
}

static void grow_memos(struct kmend_pastes *pastes)
{
	struct memo **old = pastes->memos;
	size_t nr_old = pastes->nr_memo_slots;

	pastes->nr_memo_slots = nr_old ? 2 * nr_old : 1024;
	pastes->memos = kmend_calloc(pastes->nr_memo_slots, sizeof(struct memo *));
	for (size_t i = 0; i < nr_old; i++)
		if (old[i])
			pastes->memos[slot_of(pastes, old[i]->text, old[i]->depth)] = old[i];
	free(old);
}

/* The memo of a text; a new one is not done yet. */
static struct memo *memo_of(struct kmend_pastes *pastes, const char *text, unsigned int depth)
{
	size_t slot;

	if (2 * pastes->nr_memos >= pastes->nr_memo_slots)
		grow_memos(pastes);
	slot = slot_of(pastes, text, depth);
	if (!pastes->memos[slot]) {
		pastes->memos[slot] = kmend_calloc(1, sizeof(struct memo));
		pastes->memos[slot]->text = kmend_strdup(text);
		pastes->memos[slot]->depth = depth;
		pastes->nr_memos++;
	}
	return pastes->memos[slot];
}

static bool has_group(const struct way *way, uint32_t group)
{
	for (size_t i = 0; i < way->nr_groups; i++)
		if (way->groups[i] == group)
			return true;
	return false;
}

/* Does one ask for nothing but what the other one asks for? */
static bool is_within(const struct way *one, const struct way *other)
{
	if (one->nr_groups > other->nr_groups)
		return false;
	for (size_t i = 0; i < one->nr_groups; i++)
		if (!has_group(other, one->groups[i]))
			return false;
	return true;
}

static void keep_way(struct ways *ways, const struct way *way)
{
	size_t kept = 0;

	for (size_t i = 0; i < ways->count; i++)
		if (is_within(&ways->items[i], way))
			return;
	for (size_t i = 0; i < ways->count; i++)
		if (!is_within(way, &ways->items[i]))
			ways->items[kept++] = ways->items[i];
	ways->count = kept;
	*kmend_array_add(ways->items, ways->count) = *way;
}

static struct way with_group(const struct way *way, uint32_t group)
{
	struct way longer = *way;

	/* A requirement that does not fit is left out: more is reached then, never less. */
	if (!has_group(way, group) && longer.nr_groups < GROUPS_PER_WAY)
		longer.groups[longer.nr_groups++] = group;
	return longer;
}

static const struct ways *find_ways(struct kmend_pastes *pastes, const char *text, unsigned int depth);

static bool is_identifier(const char *text)
{
	return *text && !(*text >= '0' && *text <= '9');
}

struct fitting {
	struct kmend_pastes *pastes;
	const struct kmend_index_paste *paste;
	struct ways *ways;  /* found */
	unsigned int depth; /* of the arguments */
};

/* Can the parts of a paste from `part` on make the text, by those that are known? Says no at once of most. */
static bool may_fit(const struct kmend_index_paste *paste, size_t part, const char *text)
{
	const char *at = text, *last = paste->parts[paste->nr_parts - 1];
	bool is_anchored = true; /* no argument lies before it */

	if (part == paste->nr_parts)
		return !*text;
	for (size_t i = part; i < paste->nr_parts; i++) {
		const char *known = paste->parts[i];

		if (known) {
			at = is_anchored ? (kmend_starts_with(at, known) ? at : NULL) : strstr(at, known);
			if (!at)
				return false;
			at += strlen(known);
		}
		is_anchored = known;
	}
	return !last || kmend_ends_with(text, last);
}

/* An argument that is pasted itself. */
static void add_pasted(struct fitting *fitting, const struct way *way, const char *argument)
{
	const struct ways *pasted = find_ways(fitting->pastes, argument, fitting->depth);

	for (size_t i = 0; pasted && i < pasted->count; i++) {
		struct way longer = *way;

		for (size_t j = 0; j < pasted->items[i].nr_groups; j++)
			longer = with_group(&longer, pasted->items[i].groups[j]);
		keep_way(fitting->ways, &longer);
	}
}

/*
 * Fit the rest of a name to the parts of a paste from `part` on, in every way that is possible. Each argument stands
 * somewhere as it is, or is pasted itself.
 */
static void fit(struct fitting *fitting, size_t part, const char *text, const struct way *way)
{
	const struct kmend_index_paste *paste = fitting->paste;
	const char *known;

	if (part == paste->nr_parts) {
		if (!*text)
			keep_way(fitting->ways, way);
		return;
	}
	known = paste->parts[part];
	if (known) {
		if (kmend_starts_with(text, known))
			fit(fitting, part + 1, text + strlen(known), way);
		return;
	}
	for (size_t length = part + 1 == paste->nr_parts ? strlen(text) : 0; length <= strlen(text); length++) {
		_cleanup_free_ char *argument = NULL;
		uint32_t number;

		if (!may_fit(paste, part + 1, text + length))
			continue;
		argument = kmend_strndup(text, length);
		if (!is_identifier(argument)) { /* empty, or a number: any text may have it */
			fit(fitting, part + 1, text + length, way);
			continue;
		}
		number = kmend_index_number(fitting->pastes->index, argument);
		if (number) {
			struct way longer = with_group(way, group_of(fitting->pastes, number));

			fit(fitting, part + 1, text + length, &longer);
		}
		/* The others' ways are not combined with this one's: what is left out only widens. */
		add_pasted(fitting, way, argument);
	}
}

/* NULL: none, since that is too deep. Valid until the next call that finds a new text. */
static const struct ways *find_ways(struct kmend_pastes *pastes, const char *text, unsigned int depth)
{
	struct ways found = { 0 };
	struct memo *memo;

	if (depth >= DEPTH_LIMIT)
		return NULL;
	memo = memo_of(pastes, text, depth);
	if (memo->is_done)
		return &memo->ways;
	pastes->work += 16 * pastes->nr_forms;
	if (kmend_pastes_too_many(pastes)) /* what is missing then, nobody relies on */
		return &memo->ways;
	for (size_t i = 0; i < pastes->nr_forms; i++) {
		const struct form *form = &pastes->forms[i];
		struct way way = { .groups = { form->group }, .nr_groups = 1 };
		struct fitting fitting = { pastes, form->paste, &found, form->is_open ? DEPTH_LIMIT : depth + 1 };

		/* Those without any text of their own ("a ## b") fit everything: their arguments must stand somewhere. */
		if ((form->is_open && depth) || !may_fit(form->paste, 0, text))
			continue;
		fit(&fitting, 0, text, &way);
	}
	memo->ways = found;
	memo->is_done = true;
	return &memo->ways;
}

void kmend_pastes_add(struct kmend_pastes *pastes, uint32_t name)
{
	const char *text = pastes->index->texts[name];
	const struct ways *ways = find_ways(pastes, text + (*text == '#'), 0);

	for (size_t i = 0; i < ways->count && !kmend_pastes_too_many(pastes); i++)
		add_way(pastes, &ways->items[i]);
}

static bool fits(const struct kmend_pastes *pastes, const struct way *way)
{
	for (size_t i = 0; i < way->nr_groups; i++)
		if (pastes->seen[way->groups[i]] != pastes->stamp)
			return false;
	return true;
}

bool kmend_pastes_match(struct kmend_pastes *pastes, const uint32_t *names, size_t count)
{
	bool any = false;

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
			pastes->work++;
			any = true;
		}
	for (size_t i = 0; any && i < count; i++)
		for (uint32_t link = pastes->first[names[i]]; link; link = pastes->links[link].next) {
			uint32_t group = pastes->links[link].group;

			for (uint32_t way = group < pastes->nr_way_of ? pastes->way_of[group] : 0; way;
			     way = pastes->ways[way].next) {
				pastes->work++;
				if (fits(pastes, &pastes->ways[way]))
					return true;
			}
		}
	return false;
}
