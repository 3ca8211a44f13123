// SPDX-License-Identifier: GPL-2.0
#include "live.h"

#include <stdint.h>
#include <string.h>

#include "closure.h"

/* A set of names, each with what it is (KMEND_REACHED_…). */
struct names {
	struct entry {
		char *name;
		uint8_t how;
	} * slots;
	size_t nr_slots, count;
	bool any; /* something was added since this was cleared */
};

static size_t hash(const char *text, size_t size)
{
	uint32_t value = 2166136261u;

	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)text[i]) * 16777619u;
	return value;
}

static struct entry *find(const struct names *names, const char *text, size_t size)
{
	size_t slot = hash(text, size) & (names->nr_slots - 1);

	while (names->slots[slot].name &&
	       (strncmp(names->slots[slot].name, text, size) != 0 || names->slots[slot].name[size]))
		slot = (slot + 1) & (names->nr_slots - 1);
	return &names->slots[slot];
}

static void add(struct names *names, const char *text, uint8_t how)
{
	struct entry *entry;

	if (2 * names->count >= names->nr_slots) {
		struct names larger = { .nr_slots = names->nr_slots ? 2 * names->nr_slots : 256,
					.count = names->count };

		larger.slots = kmend_calloc(larger.nr_slots, sizeof(*larger.slots));
		for (size_t i = 0; i < names->nr_slots; i++)
			if (names->slots[i].name)
				*find(&larger, names->slots[i].name, strlen(names->slots[i].name)) = names->slots[i];
		free(names->slots);
		larger.any = names->any;
		*names = larger;
	}
	entry = find(names, text, strlen(text));
	if (!entry->name) {
		entry->name = kmend_strdup(text);
		names->count++;
	}
	names->any |= (entry->how & how) != how;
	entry->how |= how;
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->nr_slots; i++)
		free(names->slots[i].name);
	free(names->slots);
}

static uint8_t mentions(const struct names *names, const char *text)
{
	const char *end = text + strlen(text);
	struct kmend_token token;
	uint8_t how = 0;

	while (names->count && (token = kmend_token_next(&text, end), token.kind != KMEND_TOKEN_END))
		if (token.kind == KMEND_TOKEN_NAME)
			how |= find(names, token.text, token.size)->how;
	return how;
}

/* What a changed chunk declares. Returns whether it is live by itself. */
static bool begin_with(struct names *names, const struct kmend_chunk *chunk, const struct kmend_chunks *others,
		       const bool *other_flags, bool *types)
{
	_cleanup_chunk_names_ struct kmend_chunk_names declared = { 0 };

	kmend_chunk_names(chunk, NULL, NULL, &declared);
	*types |= declared.role == KMEND_ROLE_TYPE && !declared.is_enum;
	if (declared.role == KMEND_ROLE_NONE)
		return false;
	if (declared.role == KMEND_ROLE_ACTIVE)
		return true;
	for (size_t i = 0; i < declared.names.count; i++)
		add(names, declared.names.items[i], declared.is_value ? KMEND_REACHED_VALUE : KMEND_REACHED_NAME);
	for (size_t i = 0; i < others->count && declared.members.count; i++) {
		_cleanup_chunk_names_ struct kmend_chunk_names other = { 0 };

		if (!other_flags[i])
			continue;
		kmend_chunk_names(&others->items[i], NULL, NULL, &other);
		if (other.role != KMEND_ROLE_TYPE || !other.tag || !declared.tag ||
		    strcmp(other.tag, declared.tag) != 0)
			continue;
		for (size_t j = 0; j < declared.members.count;) {
			if (kmend_strv_has(&other.members, declared.members.items[j])) {
				free(declared.members.items[j]);
				declared.members.items[j] = declared.members.items[--declared.members.count];
				declared.members.items[declared.members.count] = NULL;
			} else {
				j++;
			}
		}
	}
	for (size_t i = 0; i < declared.members.count; i++) {
		_cleanup_free_ char *name =
			kmend_strndup(declared.members.items[i], strcspn(declared.members.items[i], ":"));

		add(names, name, KMEND_REACHED_MEMBER);
	}
	return false;
}

/* Does anything that makes code come to the names? Declarations and inline functions pass them on. */
static bool reaches(const struct kmend_chunks *chunks, const bool *is_changed, struct names *names)
{
	_cleanup_free_ uint8_t *done = kmend_calloc(chunks->count + 1, sizeof(*done));

	do {
		names->any = false;
		for (size_t i = 0; i < chunks->count; i++) {
			_cleanup_chunk_names_ struct kmend_chunk_names declared = { 0 };
			uint8_t how = done[i] & KMEND_REACHED_NAME ? 0 : mentions(names, chunks->items[i].text);

			if (!(how & ~done[i]))
				continue;
			done[i] |= how;
			kmend_chunk_names(&chunks->items[i], NULL, NULL, &declared);
			if (declared.role == KMEND_ROLE_ACTIVE)
				return true;
			/* A structure made with such a name may have another layout; a member's name is its own. */
			if (declared.role == KMEND_ROLE_TYPE && !kmend_chunk_type_is_made_with(&declared, how))
				continue;
			if (declared.role == KMEND_ROLE_TYPE && !declared.is_enum && !is_changed[i])
				return true;
			for (size_t j = 0; j < declared.names.count; j++)
				add(names, declared.names.items[j],
				    declared.is_value ? KMEND_REACHED_VALUE : KMEND_REACHED_NAME);
		}
	} while (names->any);
	return false;
}

bool kmend_live_differs(const char *pre, size_t pre_size, const char *post, size_t post_size, bool *ret_types)
{
	_cleanup_chunks_ struct kmend_chunks before = { 0 }, after = { 0 };
	_cleanup_free_ bool *old = NULL, *new = NULL;
	struct names names = { 0 };
	bool differs = false;

	*ret_types = false;
	kmend_chunks_split(pre, pre_size, &before);
	kmend_chunks_split(post, post_size, &after);
	kmend_chunks_compare(&before, &after, &old, &new);
	for (size_t i = 0; !differs && i < before.count; i++)
		differs = old[i] && begin_with(&names, &before.items[i], &after, new, ret_types);
	for (size_t i = 0; !differs && i < after.count; i++)
		differs = new[i] && begin_with(&names, &after.items[i], &before, old, ret_types);
	differs = differs || reaches(&before, old, &names) || reaches(&after, new, &names);
	names_free(&names);
	return differs;
}
