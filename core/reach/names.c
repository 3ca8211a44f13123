// SPDX-License-Identifier: GPL-2.0
/* What a chunk of code declares: names, and whether it acts by being there. */
#include <string.h>

#include "chunk.h"

struct tokens {
	struct kmend_token *items;
	size_t count;
	char (*is_macro)(void *context, const char *name); /* or NULL */
	void *context;
};

static char macro_at(const struct tokens *tokens, size_t i)
{
	_cleanup_free_ char *name = NULL;

	if (!tokens->is_macro)
		return '\0';
	name = kmend_strndup(tokens->items[i].text, tokens->items[i].size);
	return tokens->is_macro(tokens->context, name);
}

static struct tokens read_tokens(const char *text)
{
	const char *end = text + strlen(text);
	struct tokens tokens = { 0 };
	struct kmend_token token;

	while (token = kmend_token_next(&text, end), token.kind != KMEND_TOKEN_END)
		*kmend_array_add(tokens.items, tokens.count) = token;
	return tokens;
}

static bool is(const struct tokens *tokens, size_t i, const char *text)
{
	return i < tokens->count && kmend_token_is(&tokens->items[i], text);
}

static bool is_any(const struct tokens *tokens, size_t i, const char *const *texts, size_t count)
{
	for (size_t j = 0; j < count; j++)
		if (is(tokens, i, texts[j]))
			return true;
	return false;
}

static bool is_name(const struct tokens *tokens, size_t i)
{
	return i < tokens->count && tokens->items[i].kind == KMEND_TOKEN_NAME;
}

/* Behind the parenthesis or brace that closes the one at i. */
static size_t skip_group(const struct tokens *tokens, size_t i)
{
	size_t depth = 0;

	for (; i < tokens->count; i++) {
		if (is(tokens, i, "(") || is(tokens, i, "{") || is(tokens, i, "["))
			depth++;
		else if ((is(tokens, i, ")") || is(tokens, i, "}") || is(tokens, i, "]")) && --depth == 0)
			return i + 1;
	}
	return i;
}

static bool is_type_word(const struct tokens *tokens, size_t i)
{
	static const char *const words[] = { "struct", "union", "enum" };

	return is_any(tokens, i, words, KMEND_ARRAY_SIZE(words));
}

/* Words of the language that stand before parentheses or names without being declared. */
static bool is_word(const struct tokens *tokens, size_t i)
{
	static const char *const words[] = {
		"__attribute__",
		"__attribute",
		"asm",
		"__asm__",
		"__asm",
		"typeof",
		"__typeof__",
		"__typeof",
		"_Alignas",
		"sizeof",
		"const",
		"volatile",
		"static",
		"extern",
		"inline",
		"__inline",
		"__inline__",
		"register",
		"unsigned",
		"signed",
		"int",
		"long",
		"short",
		"char",
		"void",
		"_Bool",
		"bool",
		"__extension__",
		"__typeof_unqual__",
		"restrict",
		"__restrict",
		"__int128",
		"_Static_assert",
		"static_assert",
		"__volatile__",
	};

	return is_any(tokens, i, words, KMEND_ARRAY_SIZE(words));
}

static void add_name(struct kmend_strv *names, const struct kmend_token *token)
{
	_cleanup_free_ char *name = kmend_strndup(token->text, token->size);

	if (!kmend_strv_has(names, name))
		kmend_strv_add(names, name);
}

/*
 * The name declared by tokens[begin, end), a declarator with what stands before it; "(*name)(…)" too. end: none. A macro that
 * makes attributes is none. Another macro behind a name may be one as well: then *ret_other is the name before it, else end.
 */
static size_t declared_name(const struct tokens *tokens, size_t begin, size_t end, size_t *ret_other)
{
	size_t found = end;

	*ret_other = end;
	for (size_t i = begin; i < end; i++) {
		if (is(tokens, i, "__attribute__") || is(tokens, i, "asm") || is(tokens, i, "__asm__")) {
			i = skip_group(tokens, i + 1) - 1;
		} else if (is(tokens, i, "typeof") || is(tokens, i, "__typeof__") || is(tokens, i, "_Alignas")) {
			i = skip_group(tokens, i + 1) - 1;
		} else if (is(tokens, i, "(") && is(tokens, i + 1, "*")) {
			/* The first name behind the star: "(*name)", "(*const name)", "(*(*name)(int))". */
			for (size_t j = i + 1; j < end; j++)
				if (is_name(tokens, j) && !is_word(tokens, j))
					return j;
			return end;
		} else if (is(tokens, i, "(") || is(tokens, i, "[") || is(tokens, i, ":") || is(tokens, i, "=")) {
			return found;
		} else if (is(tokens, i, "{")) {
			i = skip_group(tokens, i) - 1;
			found = end;
		} else if (is_name(tokens, i) && !is_word(tokens, i)) {
			char macro = macro_at(tokens, i);

			if (macro == 'e')
				continue;
			*ret_other = macro == 'd' ? found : end;
			found = i;
		}
	}
	return found;
}

/* Names of a list of declarators, "a, *b[2], (*c)(void)", which begins with the type in tokens[begin, end). */
static void add_declared(const struct tokens *tokens, size_t begin, size_t end, struct kmend_strv *names)
{
	size_t start = begin;

	for (size_t i = begin; i <= end; i++) {
		if (i < end && (is(tokens, i, "(") || is(tokens, i, "{") || is(tokens, i, "["))) {
			i = skip_group(tokens, i) - 1;
			continue;
		}
		if (i == end || is(tokens, i, ",") || is(tokens, i, ";")) {
			size_t stop = i < end ? i : end;
			size_t other, name = declared_name(tokens, start, stop, &other);

			if (name < stop)
				add_name(names, &tokens->items[name]);
			if (other < stop)
				add_name(names, &tokens->items[other]);
			start = i + 1;
		}
	}
}

/* Members in tokens[begin, end), those of structures inside them too. */
static void add_members(const struct tokens *tokens, size_t begin, size_t end, struct kmend_strv *members)
{
	for (size_t i = begin, start = begin; i < end; i++) {
		if (is(tokens, i, "(") || is(tokens, i, "[") || is(tokens, i, "{")) {
			size_t next = skip_group(tokens, i);

			if (is(tokens, i, "{"))
				add_members(tokens, i + 1, next - 1 < end ? next - 1 : end, members);
			i = next - 1;
		} else if (is(tokens, i, ";")) {
			_cleanup_strv_ struct kmend_strv names = { 0 };
			_cleanup_buffer_ struct kmend_buffer text = { 0 };

			kmend_buffer_add(&text, "", 0);
			for (size_t j = start; j < i; j++)
				kmend_buffer_addf(&text, " %.*s", (int)tokens->items[j].size, tokens->items[j].text);
			add_declared(tokens, start, i, &names);
			for (size_t j = 0; j < names.count; j++)
				kmend_strv_addf(members, "%s:%s", names.items[j], text.data);
			start = i + 1;
		}
	}
}

static void add_enumerators(const struct tokens *tokens, size_t begin, size_t end, struct kmend_strv *names)
{
	bool expected = true;

	for (size_t i = begin; i < end; i++) {
		if (expected && is_name(tokens, i))
			add_name(names, &tokens->items[i]);
		expected = is(tokens, i, ",");
		if (is(tokens, i, "(") || is(tokens, i, "{"))
			i = skip_group(tokens, i) - 1;
	}
}

/* Enumerators that a structure's members declare: "struct x { enum { A, B } kind; }". They are names like others. */
static void add_inner_enumerators(const struct tokens *tokens, size_t begin, size_t end, struct kmend_strv *names)
{
	for (size_t i = begin; i < end; i++) {
		size_t brace = i + 1;

		if (!is(tokens, i, "enum"))
			continue;
		while (brace < end && is_name(tokens, brace))
			brace = is(tokens, brace + 1, "(") ? skip_group(tokens, brace + 1) : brace + 1;
		if (is(tokens, brace, "{"))
			add_enumerators(tokens, brace + 1, skip_group(tokens, brace) - 1, names);
	}
}

/* Does an enum's size follow from its names? Those behind its body may say so, too. */
static bool is_sized_by_names(const struct tokens *tokens, size_t brace, size_t after)
{
	static const char *const words[] = { "packed", "__packed__", "__packed", "mode", "__mode__" };

	for (size_t i = 0; i < tokens->count; i = i + 1 == brace ? after : i + 1)
		if (is_any(tokens, i, words, KMEND_ARRAY_SIZE(words)))
			return true;
	return false;
}

/* A type with its body at tokens[brace]; `word` is "struct", "union" or "enum". */
static void read_type(const struct tokens *tokens, size_t word, size_t brace, struct kmend_chunk_names *names)
{
	size_t after = skip_group(tokens, brace), body_end = after ? after - 1 : brace;

	names->role = KMEND_ROLE_TYPE;
	names->is_enum = is(tokens, word, "enum");
	for (size_t i = word + 1; i < brace; i++) {
		if (is(tokens, i, "__attribute__") || is(tokens, i + 1, "(")) {
			i = skip_group(tokens, i + 1) - 1;
		} else if (is_name(tokens, i) && !is_word(tokens, i) && macro_at(tokens, i) != 'e') {
			free(names->tag);
			names->tag = kmend_strndup(tokens->items[i].text, tokens->items[i].size);
		}
	}
	if (names->is_enum)
		add_enumerators(tokens, brace + 1, body_end, &names->names);
	else
		add_members(tokens, brace + 1, body_end, &names->members);
	/* Then it is a type like others: who has one in a structure has another structure. */
	if (names->is_enum && is_sized_by_names(tokens, brace, after))
		names->is_enum = false;
	else if (!names->is_enum)
		add_inner_enumerators(tokens, brace + 1, body_end, &names->names);
	add_declared(tokens, after, tokens->count, &names->names);
}

/* Does the chunk begin what another object file or section sees? Then it acts without being mentioned. */
static bool is_used(const struct tokens *tokens, size_t end)
{
	static const char *const words[] = { "used",   "__used__",  "section", "__section__", "constructor",
					     "__used", "__section", "alias",   "__alias__" };

	for (size_t i = 0; i < end; i++)
		if (is_any(tokens, i, words, KMEND_ARRAY_SIZE(words)))
			return true;
	return false;
}

static bool is_inline(const struct tokens *tokens, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		_cleanup_free_ char *name = kmend_strndup(tokens->items[i].text, tokens->items[i].size);

		if (tokens->items[i].kind == KMEND_TOKEN_NAME && strstr(name, "inline") && !strstr(name, "noinline"))
			return true;
		if (is(tokens, i, "("))
			i = skip_group(tokens, i) - 1;
	}
	return false;
}

struct shape {
	size_t brace, assign, call; /* first of each at the top level; count if there is none */
	bool is_macro_call;	    /* a macro that is more than an attribute stands at the top level */
};

/*
 * Is a macro's name here that of a function, "int pfn_valid(unsigned long pfn)" (which is a macro in another configuration)?
 * A call that makes a declaration stands where one begins, or makes the name: "int NAME(x)(void)".
 */
static bool is_function_name(const struct tokens *tokens, size_t i)
{
	static const char *const beginnings[] = { "static", "extern", "typedef", "inline", "const", ")", "}", ";" };

	return i && !is_any(tokens, i - 1, beginnings, KMEND_ARRAY_SIZE(beginnings)) &&
	       !is(tokens, skip_group(tokens, i + 1), "(");
}

static struct shape find_shape(const struct tokens *tokens, struct kmend_strv *ret_called,
			       char (*is_macro)(void *context, const char *name), void *context)
{
	struct shape shape = { tokens->count, tokens->count, tokens->count, false };

	for (size_t i = 0; i < tokens->count; i++) {
		if (is_name(tokens, i) && is(tokens, i + 1, "(") && shape.assign == tokens->count) {
			_cleanup_free_ char *name = kmend_strndup(tokens->items[i].text, tokens->items[i].size);
			char macro = is_macro && !is_word(tokens, i) ? is_macro(context, name) : '\0';

			if (macro == 'e') /* "__iomem (*name)" */
				continue;
			if (macro == 'd' || (macro == 'm' && is_function_name(tokens, i)))
				macro = '\0';
			shape.is_macro_call |= macro == 'm';
			if (!macro && !is_word(tokens, i)) {
				add_name(ret_called, &tokens->items[i]);
				if (shape.call == tokens->count)
					shape.call = i;
			}
			i = skip_group(tokens, i + 1) - 1;
		} else if (is_name(tokens, i) && is_macro && !is_word(tokens, i)) {
			_cleanup_free_ char *name = kmend_strndup(tokens->items[i].text, tokens->items[i].size);

			shape.is_macro_call |= is_macro(context, name) == 'o';
		} else if (is(tokens, i, "=") && shape.assign == tokens->count) {
			shape.assign = i;
		} else if (is(tokens, i, "{")) {
			if (shape.brace == tokens->count)
				shape.brace = i;
			i = skip_group(tokens, i) - 1;
		} else if (is(tokens, i, "(") || is(tokens, i, "[")) {
			i = skip_group(tokens, i) - 1;
		}
	}
	return shape;
}

/* The struct, union or enum word whose body the brace is, or count. */
static size_t type_of_body(const struct tokens *tokens, const struct shape *shape)
{
	size_t found = tokens->count;

	for (size_t i = 0; i < shape->brace && i < tokens->count; i++) {
		if (is_type_word(tokens, i))
			found = i;
		else if (is(tokens, i, "*") || is(tokens, i, "="))
			found = tokens->count;
		else if (is(tokens, i, "(") && !(i && is_word(tokens, i - 1)) && !(i && is(tokens, i - 1, "__aligned")))
			found = tokens->count;
		if (is(tokens, i, "("))
			i = skip_group(tokens, i) - 1;
	}
	return found;
}

static bool is_static(const struct tokens *tokens, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (is(tokens, i, "static"))
			return true;
	return false;
}

static enum kmend_chunk_role role_of_function(const struct tokens *tokens, const struct shape *shape)
{
	/* An inline function that is neither static nor extern is emitted where it is read. */
	bool is_local = is_static(tokens, shape->brace) || is(tokens, 0, "extern");

	return is_local && is_inline(tokens, shape->brace) && !is_used(tokens, shape->brace) ? KMEND_ROLE_NAMED
											     : KMEND_ROLE_ACTIVE;
}

static void read_declaration(const struct tokens *tokens, struct kmend_strv *called, struct kmend_chunk_names *names)
{
	bool is_extern = is(tokens, 0, "extern") || is(tokens, 0, "typedef");

	if (is(tokens, 0, "typedef") || !called->count) {
		add_declared(tokens, 0, tokens->count, &names->names);
		/* A variable defined without an initial value. */
		names->is_value = true;
		names->role = is_extern || (is_static(tokens, tokens->count) && !is_used(tokens, tokens->count))
				      ? KMEND_ROLE_NAMED
				      : KMEND_ROLE_ACTIVE;
		if (is_type_word(tokens, 0) && tokens->count == 3)
			names->role = KMEND_ROLE_NONE; /* "struct x;" */
		return;
	}
	names->role = KMEND_ROLE_NAMED;
	names->is_value = true;
	for (size_t i = 0; i < called->count; i++)
		kmend_strv_add(&names->names, called->items[i]);
}

static bool has_word(const struct tokens *tokens, const char *word)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (is(tokens, i, word))
			return true;
	return false;
}

/* Does it ask for what something is, so that a function or a variable in it can make another type of it? */
static bool asks(const struct tokens *tokens)
{
	static const char *const words[] = {
		"typeof",
		"__typeof",
		"__typeof__",
		"__typeof_unqual__",
		"__auto_type",
		"sizeof",
		"_Alignof",
		"__alignof",
		"__alignof__",
		"_Generic",
		"offsetof",
		"__builtin_offsetof",
		"__builtin_types_compatible_p",
		"__builtin_choose_expr",
	};

	for (size_t i = 0; i < tokens->count; i++)
		if (is_any(tokens, i, words, KMEND_ARRAY_SIZE(words)))
			return true;
	return false;
}

void kmend_chunk_names(const struct kmend_chunk *chunk, char (*is_macro)(void *context, const char *name),
		       void *context, struct kmend_chunk_names *ret_names)
{
	static const char *const assertions[] = { "_Static_assert", "static_assert", ";" };
	struct tokens tokens = read_tokens(chunk->text);
	_cleanup_strv_ struct kmend_strv called = { 0 };
	struct shape shape = find_shape(&tokens, &called, is_macro, context);
	size_t type = type_of_body(&tokens, &shape);

	tokens.is_macro = is_macro;
	tokens.context = context;
	*ret_names = (struct kmend_chunk_names){ .role = KMEND_ROLE_ACTIVE };
	if (!tokens.count || is_any(&tokens, 0, assertions, KMEND_ARRAY_SIZE(assertions))) {
		ret_names->role = KMEND_ROLE_NONE;
	} else if (chunk->kind == KMEND_CHUNK_MACRO || chunk->kind == KMEND_CHUNK_UNDEF) {
		ret_names->role = KMEND_ROLE_NAMED;
		add_name(&ret_names->names, &tokens.items[0]);
	} else if (chunk->kind != KMEND_CHUNK_CODE || shape.is_macro_call || is(&tokens, 0, "asm") ||
		   is(&tokens, 0, "__asm__")) {
		ret_names->role = KMEND_ROLE_ACTIVE;
	} else if (shape.assign < tokens.count) {
		add_declared(&tokens, 0, shape.assign, &ret_names->names);
		if (is_static(&tokens, shape.assign) && !is_used(&tokens, shape.assign) && !is_macro)
			ret_names->role = KMEND_ROLE_NAMED;
	} else if (shape.brace < tokens.count && type < tokens.count) {
		read_type(&tokens, type, shape.brace, ret_names);
	} else if (shape.brace < tokens.count) {
		for (size_t i = 0; i < called.count; i++)
			kmend_strv_add(&ret_names->names, called.items[i]);
		ret_names->is_value = called.count != 0;
		ret_names->role = called.count ? role_of_function(&tokens, &shape) : KMEND_ROLE_ACTIVE;
	} else {
		read_declaration(&tokens, &called, ret_names);
	}
	ret_names->is_value &= !has_word(&tokens, "typedef");
	ret_names->asks = asks(&tokens);
	free(tokens.items);
}

void kmend_chunk_names_free(struct kmend_chunk_names *names)
{
	kmend_strv_free(&names->names);
	kmend_strv_free(&names->members);
	free(names->tag);
	*names = (struct kmend_chunk_names){ 0 };
}
