/* SPDX-License-Identifier: GPL-2.0 */
/*
 * C source taken apart as far as is needed to say what a change of a header can reach: declarations, definitions, macros
 * and include directives, one *chunk* each. The text need not be valid C; nothing is evaluated, all branches of a
 * conditional are read. Internal to core/reach.
 */
#ifndef KMEND_REACH_CHUNK_H
#define KMEND_REACH_CHUNK_H

#include "../base/str.h"

enum kmend_token_kind {
	KMEND_TOKEN_END,
	KMEND_TOKEN_NAME,
	KMEND_TOKEN_NUMBER,
	KMEND_TOKEN_STRING, /* or a character constant */
	KMEND_TOKEN_MARK,   /* punctuation, one character each, but for "##" */
	KMEND_TOKEN_LINE,   /* end of a line */
};

struct kmend_token {
	enum kmend_token_kind kind;
	const char *text; /* in the source */
	size_t size;
};

/* Read the token at *text and move behind it. Lines are to be cleaned before (kmend_source_clean). */
struct kmend_token kmend_token_next(const char **text, const char *end);
bool kmend_token_is(const struct kmend_token *token, const char *text);

/* Comments become a blank, and lines that go on behind a backslash one line. New memory, size in *ret_size. */
char *kmend_source_clean(const char *text, size_t size, size_t *ret_size);

enum kmend_chunk_kind {
	KMEND_CHUNK_CODE,    /* a declaration or definition, or what looks like one */
	KMEND_CHUNK_MACRO,   /* "NAME BODY", "NAME( A ) BODY" */
	KMEND_CHUNK_UNDEF,   /* "NAME" */
	KMEND_CHUNK_INCLUDE, /* what stands behind #include */
	KMEND_CHUNK_PRAGMA,
	KMEND_CHUNK_OPEN, /* code whose braces do not match: nothing is known of it */
};

struct kmend_chunk {
	enum kmend_chunk_kind kind;
	char *text;    /* its tokens with a blank behind each */
	char *context; /* conditions that must hold for it to be read, and those inside it; "" for none */
};

struct kmend_chunks {
	struct kmend_chunk *items;
	size_t count;
};

/* Take a text apart. */
void kmend_chunks_split(const char *text, size_t size, struct kmend_chunks *ret_chunks);
void kmend_chunks_free(struct kmend_chunks *chunks);
#define _cleanup_chunks_ _cleanup_(kmend_chunks_free)

/* What a chunk of code declares. */
enum kmend_chunk_role {
	KMEND_ROLE_NAMED,  /* effective only where one of its names is mentioned: prototypes, inline functions, … */
	KMEND_ROLE_TYPE,   /* a struct, union or enum with its members, and perhaps typedef names */
	KMEND_ROLE_ACTIVE, /* makes code or data, or may do so, where it is read */
	KMEND_ROLE_NONE,   /* no effect on code: empty, a static assertion, a forward declaration */
};

struct kmend_chunk_names {
	enum kmend_chunk_role role;
	struct kmend_strv names; /* declared; of a type: typedef names and enumerators */
	char *tag;		 /* of a struct, union or enum, or NULL */
	bool is_enum;  /* of a size that does not follow from its names; one that is packed counts as another type */
	bool is_value; /* functions or variables: no type is made with them, but by what asks for a type or size */
	bool asks;     /* for a type or a size of something: "typeof(x)", "sizeof(x)" */
	struct kmend_strv members; /* of a struct or union: "NAME: TOKENS" of each member in its order */
};
/*
 * @is_macro: says what a name is as a macro: one with arguments that makes no more than attributes ('a') or may make
 * anything ('m'), one without arguments that makes whole declarations ('o'), no more than attributes ('e'), or something
 * else ('d'); '\0': no macro. NULL: there are no macros (the text is preprocessed).
 */
void kmend_chunk_names(const struct kmend_chunk *chunk, char (*is_macro)(void *context, const char *name),
		       void *context, struct kmend_chunk_names *ret_names);
void kmend_chunk_names_free(struct kmend_chunk_names *names);
#define _cleanup_chunk_names_ _cleanup_(kmend_chunk_names_free)

#endif
