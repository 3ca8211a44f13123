/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Special sections, as rows of one table: what the kernel's build tools and macros put into sections of their own, how
 * it is compared, and what of it belongs to which function. Facts from Linux 6.1 and 6.12 for x86-64.
 */
#ifndef KMEND_DIFF_SPECIAL_H
#define KMEND_DIFF_SPECIAL_H

#include "../elf/object.h"

enum kmend_special_kind {
	/* Ordinary code or data: functions and data are items, each compared by itself. */
	KMEND_SPECIAL_ITEMS,
	/* Entries of one size, each about one place in the code: compared and copied with the function. */
	KMEND_SPECIAL_SITES,
	/* Bytes that entries or code refer to; compared and copied with whatever refers to them. */
	KMEND_SPECIAL_FRAGMENTS,
	/* Entries of one size that register something at boot: any difference is a reason. */
	KMEND_SPECIAL_LIST,
	/* Says nothing about the running code, or is made again by the tools: never compared, never copied. */
	KMEND_SPECIAL_DROPPED,
};

#define KMEND_NO_FIELD (-1)

struct kmend_special {
	const char *name;
	bool is_prefix; /* name is the beginning of the section's name */
	enum kmend_special_kind kind;

	/* SITES, LIST */
	uint8_t entry_size;
	bool is_labelled; /* LIST: its entries have no one size; each begins where a symbol is */
	int8_t owner;	  /* SITES: offset of the field that refers to the code it belongs to */
	/* SITES: a field that refers to a fragment, and the offset of the byte that gives the fragment's size. */
	int8_t fragment;
	int8_t fragment_size;
	uint8_t code_size; /* SITES: offset of the byte that says how many bytes of code are rewritten; 0: none does */
	uint8_t references; /* SITES: of each entry. Tells layouts of one name apart, which differ in size; 0: no matter */
	/* Bits: bytes (0 to 63) of an entry, or of a datum for ITEMS, that are noise: line numbers. */
	uint64_t ignored;
	bool is_compared; /* SITES: else it follows from the code (ORC) and is only copied */
	bool is_kept;	  /* SITES: copied into the update with a changed function */
	/* SITES: entry i has more in entry i of this section (.orc_unwind of .orc_unwind_ip). */
	const char *companion;
	uint8_t companion_size;
	bool is_over;	    /* ITEMS: code that ran at boot or module init and is gone, or data that is */
	bool is_module_own; /* what is over in vmlinux is not in a module: it runs when the module leaves */
	bool is_constant;   /* ITEMS: nobody ever writes there, not even at boot */
	bool is_filled_in; /* DROPPED: what is in it is written once the kernel is linked, so only its own copy will do */
	bool is_description; /* ITEMS: found by the kernel through the module's table of them, and forgotten with it */
	bool is_sealed;	     /* ITEMS: nobody writes there once the kernel, or its module, has started */
	const char *what;    /* of an entry, for messages: "a jump label" */

	const char *label; /* LIST: what the symbols of its entries have before the name that people know */

	/* Codes of reasons (see reason.c), or NULL where there is nothing against it. */
	const char *reason_changed; /* ITEMS: a changed function or datum in it; LIST: any difference */
	const char *reason_new;	    /* ITEMS: a new function or datum in it; LIST: new entries, and no others gone */
	const char *reason_gone;    /* LIST: no entries any more */
	const char
		*reason_module; /* ITEMS that are over: instead of the first two in a module; it may be loaded anew */
};

/* The row of a section; never NULL (an unknown section that is loaded gets a LIST row: any difference is a reason). */
const struct kmend_special *kmend_special_of(const struct kmend_section *section);

/* One entry of a SITES section. */
struct kmend_special_entry {
	const struct kmend_special *row;
	struct kmend_section *section; /* where the entry is */
	uint64_t offset;	       /* of the entry */
	struct kmend_section *text;    /* the code it belongs to */
	uint64_t place;		       /* offset in the code */
};

/* All entries of an object, sorted by code section, place, row and offset. */
struct kmend_special_index {
	struct kmend_special_entry *entries;
	size_t nr_entries;
};

/* *ret_index is owned by the caller. Errors: -EINVAL (sizes that do not fit, an entry that belongs to nothing). */
int kmend_special_index_make(const struct kmend_object *object, struct kmend_special_index **ret_index,
			     struct kmend_error *error);
void kmend_special_index_free(struct kmend_special_index *index);
KMEND_DEFINE_GUARD(struct kmend_special_index *, kmend_special_index_free, kmend_special_index_guard);

/*
 * The entries about places [from, to) of a code section: returns how many, *ret_first (untouched if none) is the
 * first. An ORC entry that only ends the range (place == to) is not in it.
 */
size_t kmend_special_index_range(const struct kmend_special_index *index, const struct kmend_section *text,
				 uint64_t from, uint64_t to, const struct kmend_special_entry **ret_first);

/*
 * Do two sections of numbers that are filled in when the kernel is linked (is_filled_in) ask for the same numbers at the same
 * places? The symbols' names say for what; the numbers at their ends are those of __COUNTER__ and __LINE__.
 */
bool kmend_lists_are_same(const struct kmend_object *a, const struct kmend_section *in_a, const struct kmend_object *b,
			  const struct kmend_section *in_b);

#endif
