/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Run-pre matching: proving that running code is the pre code, and learning symbol addresses from it.
 *
 * Freestanding: the same files are compiled into kmend.ko, into libkmend (the offline checker), into the unit tests
 * and into the fuzzer. Nothing here allocates, recurses, sleeps or prints.
 */
#ifndef KMEND_MATCH_H
#define KMEND_MATCH_H

#include "../../include/kmend/abi.h"

/* Why a function's tables cannot be used, or a candidate is not the function. Text: kmend_match_why_text(). */
#define KMEND_MATCH_WHYS(X)                                                                     \
	X(EQUAL, "equal")                                                                       \
	X(BYTES, "the bytes differ")                                                            \
	X(SITE, "a rewritten site has none of its known forms")                                 \
	X(CONFLICT, "a symbol has another address here than elsewhere")                         \
	X(VALUE, "a field does not hold an address of its symbol")                              \
	X(PLACE, "the function is not where its section says")                                  \
	X(BAD_POINTER, "a table or the code is missing")                                        \
	X(BAD_SIZE, "a size is out of bounds")                                                  \
	X(BAD_ROLE, "the role is unknown")                                                      \
	X(BAD_FIELD, "a field is out of bounds, out of order, or of an unknown type or symbol") \
	X(BAD_SITE, "a site is out of bounds, out of order, or without forms")                  \
	X(BAD_FORM, "a form does not fit its site")                                             \
	X(BAD_SYMBOL, "a symbol is of an unknown kind or incomplete")                           \
	X(BAD_TRAMPOLINE, "the trampoline has no place in the function")                        \
	X(TRAMPOLINE_SITE, "the trampoline lies on a site that the kernel rewrites")            \
	X(BAD_PLACE, "the tracer's site, which is to lead to the replacement, is not there")

enum kmend_match_why {
#define KMEND_MATCH_WHY_ENUM(id, text) KMEND_MATCH_##id,
	KMEND_MATCH_WHYS(KMEND_MATCH_WHY_ENUM)
#undef KMEND_MATCH_WHY_ENUM
};

/* How sure a symbol's value is while matching goes on. */
enum kmend_value_state {
	KMEND_VALUE_UNKNOWN = 0,
	KMEND_VALUE_KNOWN = 1, /* learnt from a function that was accepted, or found by name */
	KMEND_VALUE_TRIAL = 2, /* learnt from the candidate being tried; kept or forgotten as a whole */
};

/* What is known of one symbol. The caller owns an array of them, one for each symbol of the target, all zero at first. */
struct kmend_value {
	u64 value;
	u32 state; /* enum kmend_value_state */
	u32 reserved;
};

/* What only the surroundings can tell. */
struct kmend_match_env {
	/*
	 * Is `value` an address that `symbol` (index `index`) may have? Called for every field's value of every kind
	 * but SECTION, unless the value is already KNOWN and equal. NULL: every value is taken for right.
	 */
	bool (*check)(void *data, const struct kmend_symbol *symbol, u32 index, u64 value);
	void *data;
};

/* How far a candidate agreed and what ended it. */
struct kmend_match_result {
	enum kmend_match_why why;
	u32 offset; /* in the function */
	u32 symbol; /* index, for CONFLICT and VALUE; else ~0 */
	u32 site;   /* index, for SITE; else ~0 */
	u64 value;  /* for CONFLICT and VALUE: what was found */
};

/**
 * kmend_match_validate() - may the function's tables be used at all?
 * @function: read only; its pointers must already be known to lead to nr_* elements and pre_size bytes. The bytes of a
 *            form and everything it indexes are checked here except that its pointer is readable
 * @symbols:  of the target
 * @nr_symbols: number of them
 * @ret_result: says what is wrong; may be NULL
 *
 * Every index and offset is checked, so that the other functions here can run without looking again.
 * Return: KMEND_MATCH_EQUAL when all is well.
 */
enum kmend_match_why kmend_match_validate(const struct kmend_function *function, const struct kmend_symbol *symbols,
					  u32 nr_symbols, struct kmend_match_result *ret_result);

/**
 * kmend_match_symbol_is_valid() - is the symbol of a known kind and complete?
 */
bool kmend_match_symbol_is_valid(const struct kmend_symbol *symbol);

/**
 * kmend_match_function() - is this code the function?
 * @function:    validated
 * @symbols:     of the target
 * @run:         pre_size bytes: the code, or a copy of it
 * @run_address: where the code runs
 * @env:         the surroundings; may be NULL
 * @values:      one per symbol. On success the values learnt are TRIAL, and the caller calls kmend_match_keep() or
 *               kmend_match_forget(); on failure nothing is left
 * @ret_result:  first difference
 *
 * Return: true if it is.
 */
bool kmend_match_function(const struct kmend_function *function, const struct kmend_symbol *symbols, const u8 *run,
			  u64 run_address, const struct kmend_match_env *env, struct kmend_value *values,
			  struct kmend_match_result *ret_result);

/* Make what the last kmend_match_function() learnt KNOWN, or forget it. Touches only symbols of this function. */
void kmend_match_keep(const struct kmend_function *function, struct kmend_value *values);
void kmend_match_forget(const struct kmend_function *function, struct kmend_value *values);

/* Number of bytes a field of this type takes; 0: no such type. */
u32 kmend_field_size(u32 type);

/**
 * kmend_field_value() - the symbol's address that a field names
 * @type:    valid enum kmend_field_type
 * @bytes:   the field
 * @address: where the field is at run time
 * @addend:  as in the relocation
 */
u64 kmend_field_value(u32 type, const u8 *bytes, u64 address, s64 addend);

/**
 * kmend_field_write() - put a symbol's address into a field
 * @bytes: the field (may be an alias of the place); untouched on failure
 *
 * Return: false if the value does not fit into the field, or there is no such type.
 */
bool kmend_field_write(u32 type, u8 *bytes, u64 address, u64 value, s64 addend);

/* Are these bytes nothing but the no-operation instructions that the kernel (or the assembler) pads with? */
bool kmend_match_is_nops(const u8 *bytes, u32 size);

/* One text each, never NULL. */
const char *kmend_match_why_text(enum kmend_match_why why);
const char *kmend_site_kind_text(u32 kind);

#endif /* KMEND_MATCH_H */
