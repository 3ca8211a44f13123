// SPDX-License-Identifier: GPL-2.0
/* Tokens, and the text as a list of chunks. */
#include "chunk.h"

#include <string.h>

/* Megabytes are read for each unit that is looked into, so what a character is comes from a table of our own. */
#define STARTS_NAME 1
#define IS_DIGIT 2
#define IS_SPACE 4

static const unsigned char characters[256] = {
	['A' ... 'Z'] = STARTS_NAME, ['a' ... 'z'] = STARTS_NAME, ['_'] = STARTS_NAME, [0x80 ... 0xff] = STARTS_NAME,
	['0' ... '9'] = IS_DIGIT,    ['\t' ... '\r'] = IS_SPACE,  [' '] = IS_SPACE,
};

static bool is_of(char c, unsigned char kinds)
{
	return characters[(unsigned char)c] & kinds;
}

static bool is_name_start(char c)
{
	return is_of(c, STARTS_NAME);
}

static bool is_name(char c)
{
	return is_of(c, STARTS_NAME | IS_DIGIT);
}

static const char *skip_string(const char *at, const char *end)
{
	char quote = *at++;

	for (; at < end && *at != quote && *at != '\n'; at++)
		if (*at == '\\' && at + 1 < end && at[1] != '\n')
			at++;
	return at < end && *at == quote ? at + 1 : at;
}

struct kmend_token kmend_token_next(const char **text, const char *end)
{
	const char *at = *text, *start;
	enum kmend_token_kind kind = KMEND_TOKEN_MARK;

	while (at < end && *at != '\n' && (is_of(*at, IS_SPACE) || !*at))
		at++;
	start = at;
	if (at == end) {
		kind = KMEND_TOKEN_END;
	} else if (*at == '\n') {
		kind = KMEND_TOKEN_LINE;
		at++;
	} else if (is_name_start(*at)) {
		kind = KMEND_TOKEN_NAME;
		while (at < end && is_name(*at))
			at++;
	} else if (is_of(*at, IS_DIGIT) || (*at == '.' && at + 1 < end && is_of(at[1], IS_DIGIT))) {
		kind = KMEND_TOKEN_NUMBER;
		while (at < end &&
		       (is_name(*at) || *at == '.' || ((*at == '+' || *at == '-') && strchr("eEpP", at[-1]))))
			at++;
	} else if (*at == '"' || *at == '\'') {
		kind = KMEND_TOKEN_STRING;
		at = skip_string(at, end);
	} else {
		at += *at == '#' && at + 1 < end && at[1] == '#' ? 2 : 1;
	}
	*text = at;
	return (struct kmend_token){ kind, start, at - start };
}

bool kmend_token_is(const struct kmend_token *token, const char *text)
{
	return token->size == strlen(text) && !memcmp(token->text, text, token->size);
}

/* Characters that continue a line: a backslash before the line's end. Returns how many. */
static size_t splice(const char *at, const char *end)
{
	if (end - at >= 2 && at[0] == '\\' && at[1] == '\n')
		return 2;
	return end - at >= 3 && at[0] == '\\' && at[1] == '\r' && at[2] == '\n' ? 3 : 0;
}

static char *without_splices(const char *text, size_t size, size_t *ret_size)
{
	char *result = kmend_calloc(size + 1, 1);
	const char *end = text + size;
	size_t length = 0;

	while (text < end) {
		const char *next = memchr(text, '\\', end - text);
		size_t used = next ? next - text : end - text;

		memcpy(result + length, text, used);
		length += used;
		text += used;
		if (!next)
			break;
		used = splice(text, end);
		if (!used)
			result[length++] = *text++;
		text += used;
	}
	*ret_size = length;
	return result;
}

char *kmend_source_clean(const char *text, size_t size, size_t *ret_size)
{
	char *result = without_splices(text, size, &size);
	const char *at = result, *end = result + size;
	char *to = result;

	while (at < end) {
		if (*at == '"' || *at == '\'') {
			const char *next = skip_string(at, end);

			memmove(to, at, next - at);
			to += next - at;
			at = next;
		} else if (*at == '/' && at + 1 < end && at[1] == '*') {
			for (at += 2; at < end && !(*at == '*' && at + 1 < end && at[1] == '/'); at++)
				;
			at = at < end ? at + 2 : end;
			*to++ = ' ';
		} else if (*at == '/' && at + 1 < end && at[1] == '/') {
			while (at < end && *at != '\n')
				at++;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
	*ret_size = to - result;
	return result;
}

void kmend_chunks_free(struct kmend_chunks *chunks)
{
	for (size_t i = 0; i < chunks->count; i++) {
		free(chunks->items[i].text);
		free(chunks->items[i].context);
	}
	free(chunks->items);
	*chunks = (struct kmend_chunks){ 0 };
}

/* One level of #if: what it says, all branches so far, and the depth of braces to begin each branch with. */
struct condition {
	size_t text; /* where it begins in splitter.context */
	int braces, parentheses;
};

struct splitter {
	struct kmend_chunks *chunks;
	struct kmend_buffer code;    /* the chunk of code being read */
	struct kmend_buffer context; /* texts of all open conditions */
	struct kmend_buffer inside;  /* conditions inside the chunk being read */
	struct condition *conditions;
	size_t nr_conditions;
	int braces, parentheses;
	bool has_body;	   /* the chunk has braces at its top level ... */
	bool is_data;	   /* ... which do not end it */
	bool after_type;   /* "struct", "union" or "enum" was read, and no parenthesis since but those of attributes */
	bool is_attribute; /* the name read last is an attribute's */
	bool in_attribute; /* its parentheses are open */
};

static void add_chunk(struct splitter *splitter, enum kmend_chunk_kind kind, const char *text, size_t size,
		      bool is_code)
{
	struct kmend_chunk *chunk = kmend_array_add(splitter->chunks->items, splitter->chunks->count);

	chunk->kind = kind;
	chunk->text = kmend_strndup(text ? text : "", size);
	chunk->context = kmend_format(
		"%.*s%.*s", (int)splitter->context.size, splitter->context.data ? splitter->context.data : "",
		is_code ? (int)splitter->inside.size : 0, splitter->inside.data ? splitter->inside.data : "");
}

static void end_code(struct splitter *splitter, enum kmend_chunk_kind kind)
{
	if (splitter->code.size)
		add_chunk(splitter, kind, splitter->code.data, splitter->code.size, true);
	splitter->code.size = splitter->inside.size = 0;
	splitter->has_body = splitter->is_data = splitter->after_type = splitter->is_attribute = false;
}

static void add_token(struct kmend_buffer *buffer, const struct kmend_token *token)
{
	kmend_buffer_add(buffer, token->text, token->size);
	kmend_buffer_add(buffer, " ", 1);
}

/* The rest of a line as tokens. */
static void read_line(const char **at, const char *end, struct kmend_buffer *ret_line)
{
	struct kmend_token token;

	kmend_buffer_add(ret_line, "", 0);
	while (token = kmend_token_next(at, end), token.kind != KMEND_TOKEN_END && token.kind != KMEND_TOKEN_LINE)
		add_token(ret_line, &token);
}

static void add_condition(struct splitter *splitter, const char *name, const char *line)
{
	kmend_buffer_addf(&splitter->context, "%s %s\n", name, line);
	/* A chunk that has begun depends on it too. */
	if (splitter->code.size)
		kmend_buffer_addf(&splitter->inside, "%s %s\n", name, line);
}

static void read_condition(struct splitter *splitter, const char *name, const char *line)
{
	struct condition *top = splitter->nr_conditions ? &splitter->conditions[splitter->nr_conditions - 1] : NULL;

	if (!strcmp(name, "if") || !strcmp(name, "ifdef") || !strcmp(name, "ifndef")) {
		top = kmend_array_add(splitter->conditions, splitter->nr_conditions);
		*top = (struct condition){ splitter->context.size, splitter->braces, splitter->parentheses };
		add_condition(splitter, name, line);
	} else if (top && strcmp(name, "endif")) {
		splitter->braces = top->braces;
		splitter->parentheses = top->parentheses;
		add_condition(splitter, name, line);
	} else if (top) {
		splitter->context.size = top->text;
		splitter->nr_conditions--;
	}
}

static void read_define(struct splitter *splitter, const char **at, const char *end)
{
	_cleanup_buffer_ struct kmend_buffer line = { 0 };
	struct kmend_token name = kmend_token_next(at, end);

	if (name.kind != KMEND_TOKEN_NAME)
		return;
	kmend_buffer_add(&line, name.text, name.size);
	/* With arguments only if the parenthesis follows directly. */
	kmend_buffer_addf(&line, "%s ", *at < end && **at == '(' ? "(" : "");
	*at += *at < end && **at == '(';
	read_line(at, end, &line);
	add_chunk(splitter, KMEND_CHUNK_MACRO, line.data, line.size, false);
}

/* Behind the '#' of a directive. */
static void read_directive(struct splitter *splitter, const char **at, const char *end)
{
	_cleanup_buffer_ struct kmend_buffer line = { 0 };
	struct kmend_token name = kmend_token_next(at, end);
	_cleanup_free_ char *word = kmend_strndup(name.text, name.size);
	const char *begin = *at;

	if (name.kind == KMEND_TOKEN_LINE || name.kind == KMEND_TOKEN_END)
		return;
	if (!strcmp(word, "define"))
		return read_define(splitter, at, end);
	read_line(at, end, &line);
	if (kmend_starts_with(word, "include")) {
		while (begin < *at && (*begin == ' ' || *begin == '\t'))
			begin++;
		while (*at > begin && is_of((*at)[-1], IS_SPACE))
			(*at)--;
		add_chunk(splitter, KMEND_CHUNK_INCLUDE, begin, *at - begin, false);
	} else if (!strcmp(word, "undef")) {
		add_chunk(splitter, KMEND_CHUNK_UNDEF, line.data, line.size, false);
	} else if (!strcmp(word, "pragma")) {
		add_chunk(splitter, KMEND_CHUNK_PRAGMA, line.data, line.size, false);
	} else if (kmend_starts_with(word, "if") || kmend_starts_with(word, "el") || !strcmp(word, "endif")) {
		read_condition(splitter, word, line.data);
	}
}

static void remember(struct splitter *splitter, const struct kmend_token *token)
{
	static const char *const types[] = { "struct", "union", "enum" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(types); i++)
		if (kmend_token_is(token, types[i]))
			splitter->after_type = true;
	if (token->kind == KMEND_TOKEN_MARK && token->text[0] == '=')
		splitter->is_data = true;
	if (token->kind == KMEND_TOKEN_NAME)
		splitter->is_attribute = kmend_token_is(token, "__attribute__") || kmend_token_is(token, "__aligned");
}

/*
 * A chunk of code ends at a semicolon outside of braces and parentheses, or at the brace that ends a function: one whose
 * braces are not those of a type ("struct x {") and no initial value ("= {").
 */
static void read_code(struct splitter *splitter, const struct kmend_token *token)
{
	char mark = token->kind == KMEND_TOKEN_MARK ? token->text[0] : '\0';
	bool top = !splitter->braces && !splitter->parentheses;

	add_token(&splitter->code, token);
	if (mark == '{') {
		if (top && !splitter->has_body) {
			splitter->has_body = true;
			splitter->is_data |= splitter->after_type;
		}
		splitter->braces++;
	} else if (mark == '}') {
		splitter->braces--;
		splitter->parentheses = 0;
		if (splitter->braces <= 0) {
			splitter->braces = 0;
			if (!splitter->is_data)
				end_code(splitter, KMEND_CHUNK_CODE);
		}
	} else if (mark == '(') {
		if (top)
			splitter->in_attribute = splitter->is_attribute;
		splitter->parentheses += !splitter->braces;
	} else if (mark == ')') {
		splitter->parentheses -= !splitter->braces && splitter->parentheses > 0;
		if (!splitter->parentheses && !splitter->braces && !splitter->in_attribute)
			splitter->after_type = false;
	} else if (mark == ';' && !splitter->braces) {
		splitter->parentheses = 0;
		end_code(splitter, KMEND_CHUNK_CODE);
	} else if (top) {
		remember(splitter, token);
	}
}

void kmend_chunks_split(const char *text, size_t size, struct kmend_chunks *ret_chunks)
{
	struct splitter splitter = { .chunks = ret_chunks };
	size_t length;
	_cleanup_free_ char *clean = kmend_source_clean(text, size, &length);
	const char *at = clean, *end = clean + length;
	bool at_line = true;

	*ret_chunks = (struct kmend_chunks){ 0 };
	for (;;) {
		struct kmend_token token = kmend_token_next(&at, end);

		if (token.kind == KMEND_TOKEN_END)
			break;
		if (token.kind == KMEND_TOKEN_LINE) {
			at_line = true;
		} else if (at_line && kmend_token_is(&token, "#")) {
			read_directive(&splitter, &at, end);
			at_line = true;
		} else {
			read_code(&splitter, &token);
			at_line = false;
		}
	}
	end_code(&splitter, splitter.braces ? KMEND_CHUNK_OPEN : KMEND_CHUNK_CODE);
	kmend_buffer_free(&splitter.code);
	kmend_buffer_free(&splitter.context);
	kmend_buffer_free(&splitter.inside);
	free(splitter.conditions);
}
