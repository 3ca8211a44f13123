// SPDX-License-Identifier: GPL-2.0
#include "index.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../base/file.h"

static uint32_t hash_name(char prefix, const char *text, size_t size)
{
	uint32_t value = 2166136261u;

	if (prefix)
		value = (value ^ (unsigned char)prefix) * 16777619u;
	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)text[i]) * 16777619u;
	return value;
}

/* The slot of a name in the table: that which holds it, or the empty one where it belongs. */
static size_t find_slot(const struct kmend_index *index, char prefix, const char *text, size_t size)
{
	size_t slot = hash_name(prefix, text, size) & (index->table_size - 1);

	for (; index->table[slot]; slot = (slot + 1) & (index->table_size - 1)) {
		const char *name = index->texts[index->table[slot]];

		if (prefix && *name++ != prefix)
			continue;
		if (!strncmp(name, text, size) && !name[size])
			break;
	}
	return slot;
}

static void grow_table(struct kmend_index *index)
{
	index->table_size = index->table_size ? 2 * index->table_size : 1 << 16;
	free(index->table);
	index->table = kmend_calloc(index->table_size, sizeof(*index->table));
	for (uint32_t i = 1; i < index->nr_texts; i++)
		index->table[find_slot(index, '\0', index->texts[i], strlen(index->texts[i]))] = i;
}

void kmend_index_rehash(struct kmend_index *index)
{
	/* grow_table() fills what it makes, so it must be asked for the size that they need; it doubles it. */
	for (index->table_size = 1 << 15; index->nr_texts >= index->table_size;)
		index->table_size *= 2;
	grow_table(index);
}

static void *regrow(void *array, size_t old_count, size_t count, size_t element)
{
	void *result = kmend_calloc(count, element);

	if (old_count)
		memcpy(result, array, old_count * element);
	free(array);
	return result;
}

static uint32_t add_name(struct kmend_index *index, char prefix, const char *text, size_t size)
{
	size_t slot;

	if (2 * (size_t)index->nr_texts >= index->table_size)
		grow_table(index);
	slot = find_slot(index, prefix, text, size);
	if (index->table[slot])
		return index->table[slot];
	if (index->nr_texts == index->room_texts) {
		uint32_t room = index->room_texts ? 2 * index->room_texts : 1 << 15;

		index->texts = regrow(index->texts, index->nr_texts, room, sizeof(*index->texts));
		index->stamps = regrow(index->stamps, index->nr_texts, room, sizeof(*index->stamps));
		index->macros = regrow(index->macros, index->nr_texts, room, sizeof(*index->macros));
		index->room_texts = room;
	}
	index->texts[index->nr_texts] =
		prefix ? kmend_format("%c%.*s", prefix, (int)size, text) : kmend_strndup(text, size);
	index->table[slot] = index->nr_texts;
	return index->nr_texts++;
}

uint32_t kmend_index_number(const struct kmend_index *index, const char *name)
{
	return index->table_size ? index->table[find_slot(index, '\0', name, strlen(name))] : 0;
}

static struct kmend_index_chunk *add_chunk(struct kmend_index *index, size_t file, uint32_t number, int version)
{
	struct kmend_index_chunk *chunk;

	if (index->nr_chunks == index->room_chunks) {
		index->room_chunks = index->room_chunks ? 2 * index->room_chunks : 4096;
		index->chunks = regrow(index->chunks, index->nr_chunks, index->room_chunks, sizeof(*index->chunks));
	}
	chunk = &index->chunks[index->nr_chunks++];
	*chunk = (struct kmend_index_chunk){
		.file = file, .number = number, .version = version, .first_name = index->nr_names
	};
	return chunk;
}

/* A chunk's names; each once. */
static void mention(struct kmend_index *index, uint32_t name)
{
	struct kmend_index_chunk *chunk = &index->chunks[index->nr_chunks - 1];

	if (index->stamps[name] == index->nr_chunks)
		return;
	index->stamps[name] = index->nr_chunks;
	if (index->nr_names == index->room_names) {
		index->room_names = index->room_names ? 2 * index->room_names : 1 << 16;
		index->names = regrow(index->names, index->nr_names, index->room_names, sizeof(*index->names));
	}
	index->names[index->nr_names++] = name;
	chunk->nr_names++;
}

/* "NAME( a , b ) BODY": the arguments' names. Returns where the body begins. */
static const char *read_arguments(const char *text, struct kmend_strv *ret_arguments)
{
	const char *open = strchr(text, '('), *blank = strchr(text, ' ');
	const char *close = open && (!blank || open < blank) ? strchr(open, ')') : NULL;
	const char *at = open ? open + 1 : NULL;
	struct kmend_token token;

	if (!close)
		return blank ? blank : text + strlen(text);
	while (token = kmend_token_next(&at, close), token.kind != KMEND_TOKEN_END)
		if (token.kind == KMEND_TOKEN_NAME) {
			_cleanup_free_ char *name = kmend_strndup(token.text, token.size);

			kmend_strv_add(ret_arguments, name);
		}
	kmend_strv_add(ret_arguments, "__VA_ARGS__");
	return close + 1;
}

static bool has_token(const struct kmend_strv *names, const struct kmend_token *token)
{
	for (size_t i = 0; i < names->count; i++)
		if (kmend_token_is(token, names->items[i]))
			return true;
	return false;
}

/* @arguments: names that stand for something else here (a macro's arguments), or NULL. */
static void mention_text(struct kmend_index *index, const char *text, const struct kmend_strv *arguments)
{
	const char *end = text + strlen(text);
	struct kmend_token token;
	bool is_tag = false;

	while (token = kmend_token_next(&text, end), token.kind != KMEND_TOKEN_END) {
		if (token.kind == KMEND_TOKEN_NAME) {
			if (!arguments || !has_token(arguments, &token))
				mention(index, add_name(index, is_tag ? '#' : '\0', token.text, token.size));
			is_tag = kmend_token_is(&token, "struct") || kmend_token_is(&token, "union") ||
				 kmend_token_is(&token, "enum");
		} else {
			is_tag = false;
		}
	}
}

/*
 * All names of a chunk. Those of a macro's own arguments are none: where they stand in its body, there will be what its user
 * gives, and that is the user's to mention.
 */
static void mention_chunk(struct kmend_index *index, const struct kmend_chunk *chunk)
{
	_cleanup_strv_ struct kmend_strv arguments = { 0 };

	if (chunk->kind == KMEND_CHUNK_MACRO)
		read_arguments(chunk->text, &arguments);
	mention_text(index, chunk->text, &arguments);
	mention_text(index, chunk->context, NULL);
}

static bool is_argument(const struct kmend_strv *arguments, const struct kmend_token *token)
{
	return has_token(arguments, token) || (token->kind != KMEND_TOKEN_NAME && token->kind != KMEND_TOKEN_NUMBER);
}

static void add_part(struct kmend_index_paste *paste, const struct kmend_strv *arguments,
		     const struct kmend_token *token)
{
	*kmend_array_add(paste->parts, paste->nr_parts) =
		is_argument(arguments, token) ? NULL : kmend_strndup(token->text, token->size);
}

/* Parts that are all known make a name now; others are kept as a pattern. */
static void end_paste(struct kmend_index *index, struct kmend_index_paste *paste)
{
	_cleanup_buffer_ struct kmend_buffer name = { 0 };
	bool is_known = true;

	for (size_t i = 0; i < paste->nr_parts; i++) {
		is_known &= paste->parts[i] != NULL;
		if (paste->parts[i])
			kmend_buffer_addf(&name, "%s", paste->parts[i]);
	}
	if (paste->nr_parts > 1 && !is_known) {
		*kmend_array_add(index->pastes, index->nr_pastes) = *paste;
	} else {
		if (paste->nr_parts > 1)
			mention(index, add_name(index, '\0', name.data, name.size));
		for (size_t i = 0; i < paste->nr_parts; i++)
			free(paste->parts[i]);
		free(paste->parts);
	}
	*paste = (struct kmend_index_paste){ .macro = paste->macro };
}

static void read_pastes(struct kmend_index *index, uint32_t macro, const char *text)
{
	_cleanup_strv_ struct kmend_strv arguments = { 0 };
	struct kmend_index_paste paste = { .macro = macro };
	const char *at, *end = text + strlen(text);
	struct kmend_token token, last = { 0 };
	bool joins = false;

	if (!strstr(text, "##"))
		return;
	at = read_arguments(text, &arguments);
	while (token = kmend_token_next(&at, end), token.kind != KMEND_TOKEN_END) {
		if (kmend_token_is(&token, "##")) {
			if (!paste.nr_parts && last.size)
				add_part(&paste, &arguments, &last);
			joins = true;
			continue;
		}
		if (joins)
			add_part(&paste, &arguments, &token);
		else
			end_paste(index, &paste);
		joins = false;
		last = token;
	}
	end_paste(index, &paste);
}

/*
 * May a macro's body be no more than attributes: names, with arguments or without, and "__attribute__((…))"? Those names are
 * noted, for it is so only if each of them is.
 */
static bool may_be_attributes(struct kmend_index *index, uint32_t name, const char *body)
{
	const char *end = body + strlen(body);
	struct kmend_token token;
	size_t before = index->nr_aliases, depth = 0;
	bool is_call = false;

	while (token = kmend_token_next(&body, end), token.kind != KMEND_TOKEN_END) {
		if (depth || (is_call && kmend_token_is(&token, "("))) {
			depth += kmend_token_is(&token, "(");
			depth -= kmend_token_is(&token, ")");
			is_call = false;
			continue;
		}
		is_call = token.kind == KMEND_TOKEN_NAME;
		if (!is_call) {
			index->nr_aliases = before;
			return false;
		}
		if (!kmend_token_is(&token, "__attribute__"))
			*kmend_array_add(index->aliases, index->nr_aliases) =
				(struct kmend_index_alias){ name, add_name(index, '\0', token.text, token.size) };
	}
	return true;
}

/* What a macro is to those who read declarations: see kmend_chunk_names(). */
static uint8_t macro_kind(struct kmend_index *index, uint32_t name, const char *text)
{
	const char *parenthesis = strchr(text, '('), *blank = strchr(text, ' ');
	bool has_arguments = parenthesis && (!blank || parenthesis < blank);
	const char *body = has_arguments ? strchr(parenthesis, ')') : blank;

	body = body ? body + (*body != '\0') : "";
	body += strspn(body, " ");
	if (!has_arguments)
		return strpbrk(body, ";{") ? 'o' : may_be_attributes(index, name, body) ? 'A' : 'd';
	return !*body || (kmend_starts_with(body, "__attribute__") && !strpbrk(body, ";{")) ? 'a' : 'm';
}

/* Two kinds of one macro (under different conditions): that which says less is kept. */
static void note_macro(struct kmend_index *index, uint32_t name, uint8_t kind)
{
	static const char order[] = "Aadom"; /* each says less than those before it */
	const char *old = index->macros[name] ? strchr(order, index->macros[name]) : NULL;

	if (!old || strchr(order, kind) > old)
		index->macros[name] = kind;
}

/* Of what may be attributes only: is it, when all is known? What is not, cannot make others so. */
static void find_attributes(struct kmend_index *index)
{
	bool again = true;

	for (uint32_t i = 1; i < index->nr_texts; i++)
		if (index->macros[i] == 'A')
			index->macros[i] = 'e';
	while (again) {
		again = false;
		for (size_t i = 0; i < index->nr_aliases; i++) {
			uint8_t *name = &index->macros[index->aliases[i].name];
			uint8_t body = index->macros[index->aliases[i].body];

			if (*name == 'e' && body != 'e' && body != 'a') {
				*name = 'd';
				again = true;
			}
		}
	}
}

char kmend_index_is_macro(void *context, const char *name)
{
	const struct kmend_index *index = context;
	uint32_t number = kmend_index_number(index, name);

	return number ? index->macros[number] : '\0';
}

static void index_macro(struct kmend_index *index, const struct kmend_chunk *chunk)
{
	uint32_t name = add_name(index, '\0', chunk->text, strcspn(chunk->text, " ("));

	index->chunks[index->nr_chunks - 1].name = name;
	note_macro(index, name, macro_kind(index, name, chunk->text));
	read_pastes(index, name, chunk->text);
}

static void note_include(struct kmend_index *index, size_t file, const char *directive, size_t **queue, size_t *count)
{
	struct kmend_index_file *entry = &index->files[file];
	size_t before = entry->nr_includes;

	if (kmend_include_is_computed(directive)) {
		entry->is_wild = true;
		return;
	}
	kmend_sources_resolve(&index->sources, file, directive, &entry->includes, &entry->nr_includes);
	entry->is_missing |= before == entry->nr_includes;
	for (size_t i = before; i < entry->nr_includes; i++) {
		if (strstr(directive, "../"))
			*kmend_array_add(index->climbs, index->nr_climbs) =
				(struct kmend_index_climb){ file, entry->includes[i] };
		index->files[entry->includes[i]].is_included = true;
		*kmend_array_add(*queue, *count) = entry->includes[i];
	}
}

/* "#include MACRO" finds its name in a macro's body: "<linux/x.h>" or "\"x.h\"". */
static void note_named_include(struct kmend_index *index, size_t file, const char *text, size_t **queue, size_t *count)
{
	const char *body = strchr(text, ' ');
	_cleanup_buffer_ struct kmend_buffer name = { 0 };
	bool was_missing = index->files[file].is_missing;

	if (!body || !strstr(body, ".h"))
		return;
	body += strspn(body, " ");
	if (*body != '"' && *body != '<')
		return;
	/* Tokens have a blank behind each. */
	for (; *body; body++)
		if (*body != ' ')
			kmend_buffer_add(&name, body, 1);
	note_include(index, file, name.data, queue, count);
	index->files[file].is_missing = was_missing;
}

/* Does a macro's body consist of numbers and marks alone (a register's address)? Then it cannot pass anything on. */
static bool has_names(const char *text)
{
	const char *end = text + strlen(text);
	struct kmend_token token;

	text += strcspn(text, " (");
	while (token = kmend_token_next(&text, end), token.kind != KMEND_TOKEN_END)
		if (token.kind == KMEND_TOKEN_NAME || token.kind == KMEND_TOKEN_STRING)
			return true;
	return false;
}

static void index_text(struct kmend_index *index, size_t file, int version, const struct kmend_chunks *chunks,
		       size_t **queue, size_t *count)
{
	bool is_unit = index->files[file].is_unit;

	for (size_t i = 0; i < chunks->count; i++) {
		const struct kmend_chunk *chunk = &chunks->items[i];

		if (chunk->kind == KMEND_CHUNK_INCLUDE)
			note_include(index, file, chunk->text, queue, count);
		if (chunk->kind == KMEND_CHUNK_MACRO)
			note_named_include(index, file, chunk->text, queue, count);
		if (chunk->kind == KMEND_CHUNK_MACRO ? !has_names(chunk->text) && !*chunk->context : is_unit)
			continue;
		add_chunk(index, file, i, version)->kind = chunk->kind;
		mention_chunk(index, chunk);
		if (chunk->kind == KMEND_CHUNK_MACRO)
			index_macro(index, chunk);
	}
	if (!is_unit)
		return;
	add_chunk(index, file, KMEND_INDEX_WHOLE, version);
	for (size_t i = 0; i < chunks->count; i++)
		mention_chunk(index, &chunks->items[i]);
}

static int scan_text(const struct kmend_tree *tree, struct kmend_index *index,
		     const struct kmend_index_overlay *overlay, size_t file, int version, size_t **queue, size_t *count,
		     struct kmend_error *error)
{
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	int code = kmend_index_read(tree, index, overlay, file, version, &text, &size, error);

	if (code)
		return code == -ENOENT ? 0 : code;
	kmend_chunks_split(text, size, &chunks);
	index_text(index, file, version, &chunks, queue, count);
	return 0;
}

/* Read what is in the queue, as it grows. */
static int scan(const struct kmend_tree *tree, struct kmend_index *index, size_t **queue, size_t *count,
		struct kmend_progress *progress, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < *count; i++) {
		size_t file = (*queue)[i];

		if (index->files[file].is_scanned)
			continue;
		if (i % 256 == 0)
			kmend_step_update(progress, "reading the source, once per kernel (about a minute)", i, 0);
		index->files[file].is_scanned = true;
		code = scan_text(tree, index, NULL, file, 0, queue, count, error);
	}
	return code;
}

/* Units first, so that one which others include as well is known as a unit when it is read: it is read as a header then. */
static void begin(const struct kmend_tree *tree, struct kmend_index *index, const struct kmend_walk *walk,
		  size_t **queue, size_t *count)
{
	for (size_t i = 0; i < walk->count; i++) {
		size_t file = kmend_sources_find(&index->sources, walk->units[i].source);

		if (file == SIZE_MAX)
			continue;
		index->files[file].is_unit = true;
		*kmend_array_add(*queue, *count) = file;
	}
	kmend_index_add_forced(index, tree, walk);
	for (size_t i = 0, nr_units = *count; i < nr_units; i++) {
		const struct kmend_index_file *unit = &index->files[(*queue)[i]];

		for (size_t j = 0; j < unit->nr_includes; j++)
			*kmend_array_add(*queue, *count) = unit->includes[j];
	}
}

/* The directories that any unit's command has the compiler search. */
static void find_directories(const struct kmend_tree *tree, const struct kmend_walk *walk,
			     struct kmend_strv *directories)
{
	struct kmend_strv all = { 0 };
	size_t length = strlen(tree->source);

	for (size_t i = 0; i < walk->count; i++)
		for (const char *at = strstr(walk->units[i].command, " -I"); at; at = strstr(at, " -I")) {
			_cleanup_free_ char *word = NULL, *path = NULL;

			at += strlen(" -I");
			at += strspn(at, " ");
			word = kmend_strndup(at, strcspn(at, " "));
			path = kmend_source_path(strncmp(word, tree->source, length) ? word : word + length);
			if (!all.count || strcmp(all.items[all.count - 1], path) != 0)
				kmend_strv_add(&all, path);
		}
	kmend_strv_sort(&all);
	for (size_t i = 0; i < all.count; i++)
		if (!i || strcmp(all.items[i - 1], all.items[i]) != 0)
			kmend_strv_add(directories, all.items[i]);
	kmend_strv_free(&all);
}

/* The index without any overlay. */
static int make_base(const struct kmend_tree *tree, const struct kmend_walk *walk, struct kmend_progress *progress,
		     struct kmend_index **ret_index, struct kmend_error *error)
{
	_cleanup_index_ struct kmend_index *index = kmend_calloc(1, sizeof(*index));
	_cleanup_free_ size_t *queue = NULL;
	_cleanup_free_ char *key = NULL;
	_cleanup_close_ int lock = -1;
	size_t count = 0;
	int code = kmend_sources_list(tree, &index->sources, error);

	if (code)
		return code;
	key = kmend_index_key(tree, &index->sources);
	kmend_index_clean(tree, false);
	if (!kmend_index_load(tree, key, ret_index))
		return 0;
	/* Another kmend may be making it. */
	code = kmend_tree_lock(tree, &lock, error);
	if (code || !kmend_index_load(tree, key, ret_index))
		return code;
	kmend_index_clean(tree, true);
	find_directories(tree, walk, &index->sources.directories);
	add_name(index, '\0', "", 0); /* number 0 is no name */
	index->table[find_slot(index, '\0', "", 0)] = 0;
	index->files = kmend_calloc(index->sources.count, sizeof(*index->files));
	index->nr_files = index->sources.count;
	begin(tree, index, walk, &queue, &count);
	code = scan(tree, index, &queue, &count, progress, error);
	if (code)
		return code;
	find_attributes(index);
	kmend_index_save(tree, key, index);
	*ret_index = kmend_steal(index);
	return 0;
}

/* Add the texts of after, and what they include besides. */
static int add_overlay(const struct kmend_tree *tree, struct kmend_index *index,
		       const struct kmend_index_overlay *overlay, struct kmend_progress *progress,
		       struct kmend_error *error)
{
	_cleanup_free_ size_t *queue = NULL;
	size_t count = 0;
	int code = 0;

	for (size_t i = 0; i < overlay->paths->count; i++)
		if (kmend_sources_find(&index->sources, overlay->paths->items[i]) == SIZE_MAX)
			kmend_sources_add(&index->sources, overlay->paths->items[i], KMEND_PLACE_POST);
	index->files = regrow(index->files, index->nr_files, index->sources.count, sizeof(*index->files));
	index->nr_files = index->sources.count;
	for (size_t i = 0; !code && i < overlay->paths->count; i++) {
		size_t file = kmend_sources_find(&index->sources, overlay->paths->items[i]);

		*kmend_array_add(queue, count) = file;
		code = scan(tree, index, &queue, &count, progress, error);
		if (!code)
			code = scan_text(tree, index, overlay, file, 1, &queue, &count, error);
	}
	if (!code)
		code = scan(tree, index, &queue, &count, progress, error);
	find_attributes(index);
	return code;
}

int kmend_index_make(const struct kmend_tree *tree, const struct kmend_walk *walk,
		     const struct kmend_index_overlay *overlay, struct kmend_progress *progress,
		     struct kmend_index **ret_index, struct kmend_error *error)
{
	_cleanup_index_ struct kmend_index *index = NULL;
	int code = make_base(tree, walk, progress, &index, error);

	if (!code)
		kmend_index_add_forced(index, tree, walk);
	if (!code && overlay)
		code = add_overlay(tree, index, overlay, progress, error);
	if (!code)
		*ret_index = kmend_steal(index);
	return code;
}
