// SPDX-License-Identifier: GPL-2.0
/*
 * C text, as far as it takes to tell function bodies from the rest, and to say in which line something is defined.
 * Where it is in doubt it takes text for something else than a body: then types are compared needlessly, not too seldom.
 */
#include <ctype.h>
#include <string.h>

#include "internal.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_SIGN,	 /* one character */
	TOKEN_LITERAL,	 /* "…" or '…' */
	TOKEN_DIRECTIVE, /* a preprocessor's line, with its continuations */
};

struct token {
	enum token_kind kind;
	const char *begin;
	size_t size;
	unsigned int line;
};

struct reader {
	const char *at;
	unsigned int line;
	bool at_line_start;
};

static bool is_word_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static void advance(struct reader *reader)
{
	if (*reader->at == '\n') {
		reader->line++;
		reader->at_line_start = true;
	} else if (!isspace((unsigned char)*reader->at)) {
		reader->at_line_start = false;
	}
	reader->at++;
}

/* Is this the end of a comment or literal that begins here? Behind it, or NULL: none begins here. */
static const char *behind_comment(const char *at)
{
	const char *end;

	if (at[0] != '/' || (at[1] != '/' && at[1] != '*'))
		return NULL;
	end = at[1] == '/' ? strchr(at, '\n') : strstr(at + 2, "*/");
	if (!end)
		return at + strlen(at);
	return at[1] == '/' ? end : end + 2;
}

static const char *behind_literal(const char *at)
{
	char quote = *at;

	for (at++; *at && *at != quote && *at != '\n'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at == quote ? at + 1 : at;
}

static const char *behind_directive(const char *at)
{
	for (; *at && *at != '\n'; at++) {
		const char *behind = behind_comment(at);

		if (behind && at[1] == '*')
			at = behind - 1;
		else if (*at == '\\' && at[1] == '\n')
			at++;
	}
	return at;
}

static struct token next(struct reader *reader)
{
	struct token token = { TOKEN_END };
	const char *end;

	for (;;) {
		const char *behind = behind_comment(reader->at);

		if (!behind && !isspace((unsigned char)*reader->at))
			break;
		for (behind = behind ? behind : reader->at + 1; reader->at < behind;)
			if (isspace((unsigned char)*reader->at))
				advance(reader);
			else
				reader->at++; /* a comment does not end a directive's chance to begin */
	}
	token.begin = reader->at;
	token.line = reader->line;
	if (!*reader->at)
		return token;
	if (*reader->at == '#' && reader->at_line_start) {
		token.kind = TOKEN_DIRECTIVE;
		end = behind_directive(reader->at);
	} else if (*reader->at == '"' || *reader->at == '\'') {
		token.kind = TOKEN_LITERAL;
		end = behind_literal(reader->at);
	} else if (is_word_character(*reader->at)) {
		token.kind = TOKEN_WORD;
		for (end = reader->at; is_word_character(*end); end++)
			;
	} else {
		token.kind = TOKEN_SIGN;
		end = reader->at + 1;
	}
	token.size = end - reader->at;
	while (reader->at < end)
		advance(reader);
	return token;
}

static bool is_sign(const struct token *token, char sign)
{
	return token->kind == TOKEN_SIGN && *token->begin == sign;
}

static bool is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && token->size == strlen(word) && !memcmp(token->begin, word, token->size);
}

static bool begins_type(const struct token *token)
{
	return is_word(token, "struct") || is_word(token, "union") || is_word(token, "enum");
}

/* The tokens since the last statement's end at file level. */
struct statement {
	struct token *tokens;
	size_t count;
};

/*
 * Is the brace that follows a function's body? It is where the statement ends in NAME(…), perhaps with attributes
 * behind that, assigns nothing, and NAME is no attribute of a type.
 */
static bool is_body(const struct statement *statement)
{
	size_t i = statement->count, depth = 0;

	if (!i || !is_sign(&statement->tokens[i - 1], ')'))
		return false;
	for (size_t j = 0; j < i; j++)
		if (is_sign(&statement->tokens[j], '='))
			return false;
	do {
		i--;
		if (is_sign(&statement->tokens[i], ')'))
			depth++;
		else if (is_sign(&statement->tokens[i], '('))
			depth--;
	} while (i && depth);
	if (depth || !i || statement->tokens[i - 1].kind != TOKEN_WORD)
		return false;
	return i < 2 || !begins_type(&statement->tokens[i - 2]);
}

static void keep(struct kmend_buffer *text, const struct token *token)
{
	kmend_buffer_add(text, token->begin, token->size);
	kmend_buffer_add(text, " ", 1);
}

/* Behind an opening brace: to its closing one. What declares a type in a body is kept; all is if @keeps_all. */
static void pass_braces(struct reader *reader, struct kmend_buffer *text, bool keeps_all)
{
	size_t depth = 1, kept_depth = 0;
	struct token before[2] = { { TOKEN_END } };

	while (depth) {
		struct token token = next(reader);

		if (token.kind == TOKEN_END) {
			kmend_buffer_addf(text, " unbalanced@%u", token.line);
			return;
		}
		if (is_sign(&token, '{')) {
			depth++;
			/* struct NAME {, struct {, and struct with attributes before the brace */
			if (!kept_depth && (begins_type(&before[0]) || begins_type(&before[1]))) {
				kept_depth = depth;
				keep(text, &before[1]);
				keep(text, &before[0]);
			}
		}
		if (keeps_all || kept_depth || token.kind == TOKEN_DIRECTIVE)
			keep(text, &token);
		if (is_sign(&token, '}') && depth-- == kept_depth)
			kept_depth = 0;
		before[1] = before[0];
		before[0] = token;
	}
}

/*
 * Does it declare nothing that another unit, or a type, could know of: a static function's head, or a static variable
 * without a value? What it is made of is declared elsewhere; its size is compared in the compiled code.
 */
static bool is_private(const struct statement *statement)
{
	if (!statement->count || !is_word(&statement->tokens[0], "static"))
		return false;
	for (size_t i = 0; i < statement->count; i++)
		if (is_sign(&statement->tokens[i], '=') || is_sign(&statement->tokens[i], '}'))
			return false;
	return true;
}

/* The end of a statement: forget it, in the text too if it does not matter (what was kept of its body stays). */
static void end_statement(struct statement *statement, struct kmend_buffer *text, size_t *begin, size_t head_end)
{
	if (is_private(statement)) {
		memmove(text->data + *begin, text->data + head_end, text->size - head_end + 1);
		text->size -= head_end - *begin;
	}
	statement->count = 0;
	*begin = text->size;
}

void source_each_directive(const char *source,
			   void (*see)(const char *begin, size_t size, unsigned int line, void *context), void *context)
{
	struct reader reader = { source, 1, true };
	struct token token;

	while ((token = next(&reader)).kind != TOKEN_END)
		if (token.kind == TOKEN_DIRECTIVE)
			see(token.begin, token.size, token.line, context);
}

char *source_outside(const char *source)
{
	struct reader reader = { source, 1, true };
	struct kmend_buffer text = { 0 };
	struct statement statement = { 0 };
	size_t begin = 0; /* of the statement, in the text */
	struct token token;

	kmend_buffer_add(&text, "", 0);
	while ((token = next(&reader)).kind != TOKEN_END) {
		keep(&text, &token);
		if (token.kind == TOKEN_DIRECTIVE) {
			/* In the midst of a statement it makes the whole of it matter. */
			if (statement.count)
				*kmend_array_add(statement.tokens, statement.count) =
					(struct token){ TOKEN_SIGN, "=", 1 };
			else
				begin = text.size;
		} else if (is_sign(&token, '{')) {
			bool body = is_body(&statement);
			size_t head_end = text.size;

			pass_braces(&reader, &text, !body);
			if (body)
				end_statement(&statement, &text, &begin, head_end);
			else
				*kmend_array_add(statement.tokens, statement.count) =
					(struct token){ TOKEN_SIGN, "}", 1 };
		} else if (is_sign(&token, ';')) {
			end_statement(&statement, &text, &begin, text.size);
		} else {
			*kmend_array_add(statement.tokens, statement.count) = token;
		}
	}
	free(statement.tokens);
	return text.data;
}

unsigned int source_line_of(const char *source, const char *name)
{
	struct reader reader = { source, 1, true };
	_cleanup_buffer_ struct kmend_buffer unused = { 0 };
	struct statement statement = { 0 };
	struct token token;
	unsigned int mentioned = 0, in_statement = 0, found = 0;

	while (!found && (token = next(&reader)).kind != TOKEN_END) {
		if (token.kind == TOKEN_DIRECTIVE)
			continue;
		if (is_word(&token, name)) {
			in_statement = in_statement ? in_statement : token.line;
			mentioned = mentioned ? mentioned : token.line;
		}
		if (is_sign(&token, '=') && in_statement)
			found = in_statement;
		if (is_sign(&token, '{')) {
			bool body = is_body(&statement);

			if (body && in_statement)
				found = in_statement;
			pass_braces(&reader, &unused, false);
			if (body) {
				statement.count = 0;
				in_statement = 0;
			}
			continue;
		}
		if (is_sign(&token, ';')) {
			statement.count = 0;
			in_statement = 0;
		} else {
			*kmend_array_add(statement.tokens, statement.count) = token;
		}
	}
	free(statement.tokens);
	return found ? found : mentioned;
}
