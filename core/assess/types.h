/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types of one compiled unit, and who uses them: read from an object's DWARF, in a form of our own that a foreign
 * object cannot make inconsistent. Typedefs and qualifiers are seen through. The only user of libdw is types_read.c.
 */
#ifndef KMEND_ASSESS_TYPES_H
#define KMEND_ASSESS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/cleanup.h"
#include "../base/error.h"
#include "../base/str.h"

enum kmend_type_kind {
	KMEND_TYPE_VOID, /* type 0 is the only one */
	KMEND_TYPE_BASE,
	KMEND_TYPE_ENUM,
	KMEND_TYPE_POINTER,
	KMEND_TYPE_STRUCT,
	KMEND_TYPE_UNION,
	KMEND_TYPE_ARRAY,
	KMEND_TYPE_FUNCTION, /* members are parameters, target is what it returns */
};

/* Types are meant by their index in kmend_types.types. */
struct kmend_type_member {
	char *name; /* NULL: none */
	uint32_t type;
	uint64_t bit_offset; /* ENUM: the number that the name stands for */
	uint64_t bit_size;   /* of a bit field, else 0 */
};

struct kmend_type {
	enum kmend_type_kind kind;
	char *name;	     /* its tag, else the name of its typedef; NULL: it has none */
	bool is_declaration; /* struct, union, enum: only declared here */
	bool is_variadic;
	uint64_t size;			   /* bytes; ARRAY: of the whole */
	uint64_t count;			   /* ARRAY: elements; 0: not known */
	uint64_t shape;			   /* ARRAY: a hash of its dimensions, for [2][3] is no [3][2] */
	uint32_t target;		   /* POINTER, ARRAY, FUNCTION */
	struct kmend_type_member *members; /* STRUCT, UNION, FUNCTION; ENUM: its names */
	size_t nr_members;
	char *file; /* where it is declared, or NULL */
	unsigned int line;
};

enum kmend_use {
	KMEND_USE_STATIC,    /* a variable that lives for ever */
	KMEND_USE_LOCAL,     /* on the stack of `function` */
	KMEND_USE_PARAMETER, /* of `function` */
};

struct kmend_type_variable {
	char *name; /* "" if it has none */
	uint32_t type;
	enum kmend_use use;
	char *function; /* the function it lies in; NULL: none */
	unsigned int line;
	bool is_declaration; /* it is in another unit */
};

struct kmend_type_function {
	char *name;
	uint32_t type;	 /* a FUNCTION */
	bool is_defined; /* else it is another unit's, or the compiler did without it */
	char *file;
	unsigned int line;
};

/* Another name of a type. */
struct kmend_type_alias {
	char *name;
	uint32_t type;
};

/* A function that the compiler put into another one. */
struct kmend_type_inlined {
	char *name;
	char *into; /* one that is there on its own */
};

struct kmend_types {
	struct kmend_type *types;
	size_t nr_types;
	struct kmend_type_variable *variables;
	size_t nr_variables;
	struct kmend_type_function *functions;
	size_t nr_functions;
	struct kmend_type_alias *aliases; /* of structs and unions, where it is not the type's name itself */
	size_t nr_aliases;
	struct kmend_type_inlined *inlined;
	size_t nr_inlined;
	struct kmend_strv casts; /* kmend_casts_find() */
};

/*
 * Read a relocatable object's types, and the casts from the text beside it (compile.h: KMEND_READ_TEXT), if there is one.
 * *ret_types is the caller's: kmend_types_free(). -EINVAL: no object, no DWARF, or damaged; everything that is read refers to what is there.
 */
int kmend_types_read(const char *path, struct kmend_types **ret_types, struct kmend_error *error);
/* The same of a file that is open; the descriptor is consumed. */
int kmend_types_read_fd(int fd, const char *name, struct kmend_types **ret_types, struct kmend_error *error);
void kmend_types_free(struct kmend_types *types);
KMEND_DEFINE_GUARD(struct kmend_types *, kmend_types_free, kmend_types_guard);
#define _cleanup_types_ _cleanup_(kmend_types_guard)

/*
 * What code makes pointers to by casts, in that text: names of structs and unions, "NAME VARIABLE" if what is cast is the
 * address of a variable as a whole. Each once.
 */
void kmend_casts_find(const char *text, struct kmend_strv *casts);
/* The shortest text in which the same is found. New memory. */
char *kmend_casts_text(const struct kmend_strv *casts);
/* What is found in a file is all that is left of it then. */
int kmend_casts_read(const char *path, struct kmend_strv *casts, struct kmend_error *error);

/* The static variable or defined function of that name; NULL: none. */
const struct kmend_type_variable *kmend_types_variable(const struct kmend_types *types, const char *name);
const struct kmend_type_function *kmend_types_function(const struct kmend_types *types, const char *name);

/* "struct tty_operations", "int", "(anonymous union)". New memory. */
char *kmend_type_words(const struct kmend_types *types, uint32_t type);

/*
 * What lies at a byte of a type: ".proc_handler", "[3].extra1"; "" if it is the whole. *ret_type: that thing's type,
 * the innermost that begins there. New memory.
 */
char *kmend_type_path(const struct kmend_types *types, uint32_t type, uint64_t offset, uint32_t *ret_type);

#endif
