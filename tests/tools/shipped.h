/* SPDX-License-Identifier: GPL-2.0 */
/* What a distribution shipped: vmlinux or a module, and what fields of its code lead to. */
#ifndef KMEND_TESTS_SHIPPED_H
#define KMEND_TESTS_SHIPPED_H

#include "core/elf/object.h"

struct shipped_section {
	const uint8_t *data;
	size_t size;
	uint64_t address;		     /* 0 in a module */
	const struct kmend_section *section; /* of a module's text */
};

struct shipped {
	char *name;			  /* "vmlinux" or a module's */
	char *data;			  /* the whole file */
	struct shipped_section *sections; /* with content */
	size_t nr_sections;
	struct shipped_section *texts; /* executable ones */
	size_t nr_texts;
	struct kmend_object *object; /* of a module, else NULL */
};

int shipped_read(const char *name, const char *path, struct shipped *shipped);

/* The fields of one unit's functions. */
struct fields {
	const char *unit;
	const struct kmend_object *object;
	const struct shipped *shipped;
	uint64_t *places; /* of each symbol, once it was seen; of a local one that of its section */
	size_t count, wrong;
	bool tells; /* private: what differs now is told, and counted */
};

struct fields *fields_new(const char *unit, const struct kmend_object *object, const struct shipped *shipped);
void fields_free(struct fields **fields);
/*
 * Of a function that is equal if its section begins at `base` of the shipped text. Returns how many are wrong; they count, and
 * what they lead to is remembered, if it @tells.
 */
size_t fields_compare(struct fields *fields, const struct kmend_section *section,
		      const struct kmend_object_symbol *function, size_t text, uint64_t base, bool tells);

#endif
