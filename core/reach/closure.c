// SPDX-License-Identifier: GPL-2.0
#include "closure.h"

#include <errno.h>
#include <string.h>

void kmend_closure_free(struct kmend_closure *closure)
{
	if (!closure)
		return;
	for (size_t i = 0; i < closure->nr_types; i++)
		free(closure->types[i].tag);
	free(closure->types);
	free(closure->is_reached);
	free(closure->is_acting);
	free(closure->mentions);
	free(closure->direct);
	free(closure);
}

static bool is_same(const struct kmend_chunk *a, const struct kmend_chunk *b)
{
	return a->kind == b->kind && !strcmp(a->text, b->text) && !strcmp(a->context, b->context);
}

#define TABLE_LIMIT (4u << 20)
#define WINDOW 256

/* Go through both sides, and where they part look for the nearest place at which they meet again. */
static void compare_greedily(const struct kmend_chunk *before, size_t nr_old, const struct kmend_chunk *after,
			     size_t nr_new, bool *old_flags, bool *new_flags)
{
	size_t i = 0, j = 0;

	while (i < nr_old && j < nr_new) {
		size_t ahead;

		if (is_same(&before[i], &after[j])) {
			old_flags[i++] = new_flags[j++] = false;
			continue;
		}
		for (ahead = 1; ahead < WINDOW; ahead++) {
			size_t x = 0;

			while (x <= ahead && !(i + x < nr_old && j + ahead - x < nr_new &&
					       is_same(&before[i + x], &after[j + ahead - x])))
				x++;
			if (x <= ahead) {
				i += x;
				j += ahead - x;
				break;
			}
		}
		if (ahead == WINDOW)
			return;
	}
}

/* What lies between the common beginning and end, by the usual table of longest common lengths, if it is not too large. */
static void compare_middle(const struct kmend_chunk *before, size_t nr_old, const struct kmend_chunk *after,
			   size_t nr_new, bool *old_flags, bool *new_flags)
{
	_cleanup_free_ uint32_t *table = NULL;
	size_t i = 0, j = 0, width = nr_new + 1;

	memset(old_flags, true, nr_old);
	memset(new_flags, true, nr_new);
	if (!nr_old || !nr_new)
		return;
	if (nr_old > TABLE_LIMIT / nr_new) {
		compare_greedily(before, nr_old, after, nr_new, old_flags, new_flags);
		return;
	}
	table = kmend_calloc((nr_old + 1) * width, sizeof(*table));
	for (size_t x = nr_old; x-- > 0;)
		for (size_t y = nr_new; y-- > 0;) {
			uint32_t down = table[(x + 1) * width + y], right = table[x * width + y + 1];

			table[x * width + y] = is_same(&before[x], &after[y]) ? table[(x + 1) * width + y + 1] + 1
					       : down > right		      ? down
									      : right;
		}
	while (i < nr_old && j < nr_new) {
		if (is_same(&before[i], &after[j]))
			old_flags[i++] = new_flags[j++] = false;
		else if (table[(i + 1) * width + j] >= table[i * width + j + 1])
			i++;
		else
			j++;
	}
}

void kmend_chunks_compare(const struct kmend_chunks *before, const struct kmend_chunks *after, bool **ret_old,
			  bool **ret_new)
{
	size_t begin = 0, end = 0;

	*ret_old = kmend_calloc(before->count + 1, sizeof(bool));
	*ret_new = kmend_calloc(after->count + 1, sizeof(bool));
	if (!before->count || !after->count) {
		memset(*ret_old, true, before->count);
		memset(*ret_new, true, after->count);
		return;
	}
	while (begin < before->count && begin < after->count && is_same(&before->items[begin], &after->items[begin]))
		begin++;
	while (end < before->count - begin && end < after->count - begin &&
	       is_same(&before->items[before->count - 1 - end], &after->items[after->count - 1 - end]))
		end++;
	compare_middle(before->items + begin, before->count - begin - end, after->items + begin,
		       after->count - begin - end, *ret_old + begin, *ret_new + begin);
}

/* More names than these are mentioned nearly everywhere: then it is cheaper to look into every unit. */
#define NAMES_LIMIT 20000

void kmend_mentions_make(const struct kmend_index *index, bool macros_only, struct kmend_mentions *ret_mentions)
{
	size_t *first = kmend_calloc((size_t)index->nr_texts + 2, sizeof(*first)), *next;
	size_t total = 0;

	for (size_t i = 0; i < index->nr_chunks; i++)
		for (uint32_t j = 0; (!macros_only || index->chunks[i].name) && j < index->chunks[i].nr_names; j++)
			first[index->names[index->chunks[i].first_name + j] + 1]++;
	for (size_t i = 0; i <= index->nr_texts; i++) {
		total += first[i];
		first[i] = total;
	}
	ret_mentions->first = first;
	ret_mentions->chunks = kmend_calloc(total + 1, sizeof(*ret_mentions->chunks));
	next = kmend_calloc((size_t)index->nr_texts + 2, sizeof(*next));
	memcpy(next, first, ((size_t)index->nr_texts + 1) * sizeof(*next));
	for (size_t i = 0; i < index->nr_chunks; i++)
		for (uint32_t j = 0; (!macros_only || index->chunks[i].name) && j < index->chunks[i].nr_names; j++)
			ret_mentions->chunks[next[index->names[index->chunks[i].first_name + j]]++] = i;
	free(next);
}

void kmend_mentions_free(struct kmend_mentions *mentions)
{
	free(mentions->first);
	free(mentions->chunks);
	*mentions = (struct kmend_mentions){ 0 };
}

struct worker {
	const struct kmend_tree *tree;
	const struct kmend_index_overlay *overlay;
	struct kmend_closure *closure;
	struct kmend_pastes *pastes;
	struct kmend_mentions mentions;
	uint32_t *names; /* reached since the last round */
	size_t nr_names;
	/* the text looked at last, taken apart */
	struct kmend_chunks chunks;
	size_t file;
	int version;
};

/* @how: KMEND_REACHED_NAME, or KMEND_REACHED_MEMBER of a structure, which other declarations may use for their own. */
static void reach_name(struct worker *worker, const char *name, uint8_t how)
{
	uint32_t number = kmend_index_number(worker->closure->index, name);
	bool is_known;

	/* A name that no other text has cannot be mentioned. */
	if (!number || (worker->closure->is_reached[number] & how))
		return;
	is_known = worker->closure->is_reached[number];
	worker->closure->is_reached[number] |= how;
	*kmend_array_add(worker->names, worker->nr_names) = number;
	if (is_known)
		return;
	worker->closure->nr_names++;
	kmend_pastes_add(worker->pastes, number);
}

static void reach_type(struct worker *worker, size_t file, const char *tag, bool is_direct)
{
	struct kmend_closure *closure = worker->closure;
	struct kmend_closure_type *type;

	for (size_t i = 0; i < closure->nr_types; i++)
		if (closure->types[i].file == file && !strcmp(closure->types[i].tag, tag ? tag : ""))
			return;
	type = kmend_array_add(closure->types, closure->nr_types);
	*type = (struct kmend_closure_type){ kmend_strdup(tag ? tag : ""), file, is_direct };
}

bool kmend_chunk_type_is_made_with(const struct kmend_chunk_names *type, uint8_t how)
{
	return how & KMEND_REACHED_NAME || (how & KMEND_REACHED_VALUE && type->asks);
}

/* A chunk that is another one now, or mentions something reached (`how`: of what kind). */
static void reach_chunk(struct worker *worker, size_t file, const struct kmend_chunk *chunk, bool is_direct,
			uint8_t how)
{
	_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 };

	kmend_chunk_names(chunk, kmend_index_is_macro, (void *)worker->closure->index, &names);
	if (names.role == KMEND_ROLE_NONE ||
	    (names.role == KMEND_ROLE_TYPE && !kmend_chunk_type_is_made_with(&names, how)))
		return;
	if (names.role == KMEND_ROLE_ACTIVE)
		worker->closure->is_acting[file] = true;
	for (size_t i = 0; i < names.names.count; i++)
		reach_name(worker, names.names.items[i], names.is_value ? KMEND_REACHED_VALUE : KMEND_REACHED_NAME);
	if (names.role == KMEND_ROLE_TYPE && !names.is_enum)
		reach_type(worker, file,
			   names.tag	       ? names.tag
			   : names.names.count ? names.names.items[0]
					       : NULL,
			   is_direct);
}

static int load(struct worker *worker, size_t file, int version, struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int code;

	if (worker->chunks.count && worker->file == file && worker->version == version)
		return 0;
	kmend_chunks_free(&worker->chunks);
	code = kmend_index_read(worker->tree, worker->closure->index, worker->overlay, file, version, &text, &size,
				error);
	if (code)
		return code;
	kmend_chunks_split(text, size, &worker->chunks);
	worker->file = file;
	worker->version = version;
	return 0;
}

/* Members of a structure that only one side has, or has otherwise: who mentions those, uses them. */
static void reach_members(struct worker *worker, const struct kmend_chunk_names *names,
			  const struct kmend_chunk_names *other)
{
	for (size_t i = 0; i < names->members.count; i++) {
		const char *member = names->members.items[i];
		_cleanup_free_ char *name = kmend_strndup(member, strcspn(member, ":"));

		if (!kmend_strv_has(&other->members, member))
			reach_name(worker, name, KMEND_REACHED_MEMBER);
	}
}

/* The type of the same tag among the other side's changed chunks. */
static bool find_type(const struct kmend_chunks *chunks, const bool *flags, const char *tag,
		      const struct kmend_index *index, struct kmend_chunk_names *ret_names)
{
	for (size_t i = 0; tag && i < chunks->count; i++) {
		if (!flags[i] || chunks->items[i].kind != KMEND_CHUNK_CODE)
			continue;
		kmend_chunk_names(&chunks->items[i], kmend_index_is_macro, (void *)index, ret_names);
		if (ret_names->role == KMEND_ROLE_TYPE && ret_names->tag && !strcmp(ret_names->tag, tag))
			return true;
		kmend_chunk_names_free(ret_names);
	}
	return false;
}

/* What the diff changes on one side of a file. */
static void reach_changed(struct worker *worker, size_t file, const struct kmend_chunks *chunks, const bool *flags,
			  const struct kmend_chunks *others, const bool *other_flags)
{
	for (size_t i = 0; i < chunks->count; i++) {
		const struct kmend_chunk *chunk = &chunks->items[i];
		_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 }, other = { 0 };

		if (!flags[i])
			continue;
		reach_chunk(worker, file, chunk, true, KMEND_REACHED_NAME);
		if (chunk->kind != KMEND_CHUNK_CODE)
			continue;
		kmend_chunk_names(chunk, kmend_index_is_macro, (void *)worker->closure->index, &names);
		if (names.role != KMEND_ROLE_TYPE || names.is_enum)
			continue;
		find_type(others, other_flags, names.tag, worker->closure->index, &other);
		reach_members(worker, &names, &other);
	}
}

static int begin_file(struct worker *worker, size_t file, struct kmend_error *error)
{
	_cleanup_chunks_ struct kmend_chunks before = { 0 }, after = { 0 };
	struct kmend_chunks *const sides[] = { &before, &after };
	_cleanup_free_ bool *old = NULL, *new = NULL;

	for (int version = 0; version < 2; version++) {
		_cleanup_free_ char *text = NULL;
		size_t size;
		int code = kmend_index_read(worker->tree, worker->closure->index, worker->overlay, file, version, &text,
					    &size, error);

		if (!code)
			kmend_chunks_split(text, size, sides[version]);
		else if (code != -ENOENT)
			return code;
	}
	kmend_chunks_compare(&before, &after, &old, &new);
	reach_changed(worker, file, &before, old, &after, new);
	reach_changed(worker, file, &after, new, &before, old);
	return 0;
}

/* A chunk that mentions a name that was reached: `how`, of what kind. */
static int take_chunk(struct worker *worker, const struct kmend_index_chunk *chunk, uint8_t how,
		      struct kmend_error *error)
{
	const struct kmend_index *index = worker->closure->index;
	int code;

	if (chunk->number == KMEND_INDEX_WHOLE) {
		worker->closure->mentions[chunk->file] = true;
		/* Included by others as well: they have its code in theirs. */
		if (index->files[chunk->file].is_included)
			worker->closure->is_acting[chunk->file] = true;
		return 0;
	}
	if (index->files[chunk->file].is_unit)
		return 0;
	code = load(worker, chunk->file, chunk->version, error);
	if (!code && chunk->number < worker->chunks.count)
		reach_chunk(worker, chunk->file, &worker->chunks.items[chunk->number], false, how);
	return code;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/*
 * The chunks that mention what was reached in the last round, or that may paste it of what they mention; in their order, so
 * that each text is read once.
 */
static void find_chunks(struct worker *worker, uint8_t *done, uint32_t **ret_chunks, size_t *ret_count)
{
	const struct kmend_index *index = worker->closure->index;
	bool pastes = kmend_pastes_grew(worker->pastes);

	for (size_t i = 0; i < worker->nr_names; i++) {
		uint32_t name = worker->names[i];
		uint8_t how = worker->closure->is_reached[name];

		for (size_t j = worker->mentions.first[name]; j < worker->mentions.first[name + 1]; j++) {
			uint32_t chunk = worker->mentions.chunks[j];

			if ((done[chunk] & KMEND_REACHED_NAME) || !(how & ~done[chunk]))
				continue;
			done[chunk] |= how;
			*kmend_array_add(*ret_chunks, *ret_count) = chunk;
		}
	}
	worker->nr_names = 0;
	for (size_t i = 0; pastes && i < index->nr_chunks; i++) {
		const struct kmend_index_chunk *chunk = &index->chunks[i];

		if ((done[i] & KMEND_REACHED_NAME) ||
		    !kmend_pastes_match(worker->pastes, index->names + chunk->first_name, chunk->nr_names))
			continue;
		done[i] |= KMEND_REACHED_NAME;
		*kmend_array_add(*ret_chunks, *ret_count) = i;
	}
	if (*ret_count)
		qsort(*ret_chunks, *ret_count, sizeof(**ret_chunks), compare_numbers);
}

static int work(struct worker *worker, const struct kmend_index_overlay *overlay, struct kmend_progress *progress,
		struct kmend_error *error)
{
	const struct kmend_index *index = worker->closure->index;
	_cleanup_free_ uint8_t *done = kmend_calloc(index->nr_chunks + 1, sizeof(*done));
	int code = 0;

	for (size_t i = 0; !code && i < overlay->paths->count; i++) {
		size_t file = kmend_sources_find(&index->sources, overlay->paths->items[i]);

		/* What a unit declares that no other file includes, no other can mention. */
		if (file != SIZE_MAX && (!index->files[file].is_unit || index->files[file].is_included))
			code = begin_file(worker, file, error);
		worker->closure->is_too_wide |= kmend_pastes_too_many(worker->pastes);
	}
	for (size_t i = 0; i < worker->nr_names; i++)
		*kmend_array_add(worker->closure->direct, worker->closure->nr_direct) = worker->names[i];
	while (!code && worker->nr_names && !worker->closure->is_too_wide) {
		_cleanup_free_ uint32_t *chunks = NULL;
		size_t count = 0;

		kmend_step_update(progress, "following what mentions the change", worker->closure->nr_names, 0);
		find_chunks(worker, done, &chunks, &count);
		for (size_t i = 0; !code && i < count && !worker->closure->is_too_wide; i++) {
			code = take_chunk(worker, &index->chunks[chunks[i]], done[chunks[i]], error);
			worker->closure->is_too_wide =
				worker->closure->nr_names > NAMES_LIMIT || kmend_pastes_too_many(worker->pastes);
		}
	}
	return code;
}

int kmend_closure_make(const struct kmend_tree *tree, const struct kmend_index *index,
		       const struct kmend_index_overlay *overlay, struct kmend_progress *progress,
		       struct kmend_closure **ret_closure, struct kmend_error *error)
{
	_cleanup_closure_ struct kmend_closure *closure = kmend_calloc(1, sizeof(*closure));
	struct worker worker = { .tree = tree, .overlay = overlay, .closure = closure };
	int code;

	closure->index = index;
	closure->is_reached = kmend_calloc(index->nr_texts + 1, sizeof(*closure->is_reached));
	closure->is_acting = kmend_calloc(index->sources.count + 1, sizeof(*closure->is_acting));
	closure->mentions = kmend_calloc(index->sources.count + 1, sizeof(*closure->mentions));
	worker.pastes = kmend_pastes_new(index);
	kmend_mentions_make(index, false, &worker.mentions);
	code = work(&worker, overlay, progress, error);
	kmend_pastes_free(worker.pastes);
	kmend_mentions_free(&worker.mentions);
	kmend_chunks_free(&worker.chunks);
	free(worker.names);
	if (!code)
		*ret_closure = kmend_steal(closure);
	return code;
}
