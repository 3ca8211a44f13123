/* SPDX-License-Identifier: GPL-2.0 */
/* A relocatable ELF object being made: sections that grow, symbols, relocations; then its bytes. */
#ifndef KMEND_LINK_OUTPUT_H
#define KMEND_LINK_OUTPUT_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"
#include "../base/str.h"

/* Symbols are named by their number in creation order; 0 is no symbol. */
struct kmend_output_relocation {
	uint64_t offset;
	uint32_t type;
	uint32_t symbol;
	int64_t addend;
};

struct kmend_output_section {
	char *name;
	uint32_t type;
	uint64_t flags;
	uint64_t align;
	struct kmend_buffer data; /* empty for SHT_NOBITS */
	uint64_t size;		  /* SHT_NOBITS only */
	struct kmend_output_relocation *relocations;
	size_t nr_relocations;
	uint32_t symbol; /* its STT_SECTION symbol */
};

struct kmend_output_symbol {
	char *name;
	struct kmend_output_section *section; /* NULL: undefined */
	uint64_t value;
	uint64_t size;
	uint8_t type;
	uint8_t bind;
};

struct kmend_output {
	struct kmend_output_section **sections;
	size_t nr_sections;
	struct kmend_output_symbol *symbols; /* [0] is the null symbol */
	size_t nr_symbols;
};

struct kmend_output *kmend_output_new(void);
void kmend_output_free(struct kmend_output *output);

/* The section of that name, made if it is not there yet (then of this type and these flags). */
struct kmend_output_section *kmend_output_section(struct kmend_output *output, const char *name, uint32_t type,
						  uint64_t flags);
struct kmend_output_section *kmend_output_find(const struct kmend_output *output, const char *name);

/* Bytes in use. */
uint64_t kmend_output_size(const struct kmend_output_section *section);

/*
 * Append at the next multiple of `align` (a power of two), the gap filled with `fill`; returns the offset.
 * `data` NULL: zeroes (or nothing but size, in a SHT_NOBITS section).
 */
uint64_t kmend_output_append(struct kmend_output_section *section, const void *data, size_t size, uint64_t align,
			     uint8_t fill);

/* A defined symbol. */
uint32_t kmend_output_define(struct kmend_output *output, const char *name, uint8_t bind, uint8_t type,
			     struct kmend_output_section *section, uint64_t value, uint64_t size);
/* The undefined symbol of that name, made if it is not there yet. */
uint32_t kmend_output_undefined(struct kmend_output *output, const char *name);

void kmend_output_relocate(struct kmend_output_section *section, uint64_t offset, uint32_t type, uint32_t symbol,
			   int64_t addend);

/* The finished file. Relocations are sorted by offset, local symbols come first: the same input gives the same bytes. */
void kmend_output_bytes(struct kmend_output *output, struct kmend_buffer *ret_bytes);

#endif
