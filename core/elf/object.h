/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ELF relocatable object as sections, symbols and relocations, bounds-checked once when it is read.
 * The only user of libelf. Sections, symbols and relocations are arrays that refer to each other by pointer.
 */
#ifndef KMEND_ELF_OBJECT_H
#define KMEND_ELF_OBJECT_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"
#include "../base/cleanup.h"

struct kmend_section {
	const char *name;
	size_t index;	/* in the ELF file */
	uint32_t type;	/* SHT_* */
	uint64_t flags; /* SHF_* */
	uint64_t align;
	uint64_t entsize;
	const uint8_t *data; /* size bytes; NULL for SHT_NOBITS */
	size_t size;
	struct kmend_relocation_entry *relocations; /* sorted by offset */
	size_t nr_relocations;
	struct kmend_object_symbol *symbol; /* its STT_SECTION symbol, or NULL */
	uint32_t link;			    /* sh_link: of SHF_LINK_ORDER the index of the section it belongs to */
	struct kmend_object_symbol **sized; /* the sized symbols in it, by rising offset */
	size_t nr_sized;
};

struct kmend_object_symbol {
	const char *name; /* of a STT_SECTION symbol: the section's name */
	size_t index;
	uint8_t type; /* STT_* */
	uint8_t bind; /* STB_* */
	uint8_t other;
	struct kmend_section *section; /* NULL: undefined, absolute or common */
	uint16_t shndx;		       /* raw */
	uint64_t value;
	uint64_t size;
};

struct kmend_relocation_entry {
	uint64_t offset;
	uint32_t type; /* R_X86_64_* */
	struct kmend_object_symbol *symbol;
	int64_t addend;
};

struct kmend_object {
	char *path;
	struct kmend_section *sections; /* without the null section, string and symbol tables and SHT_RELA */
	size_t nr_sections;
	struct kmend_object_symbol *symbols; /* by ELF index: symbols[0] is the null symbol, its name "" */
	size_t nr_symbols;
	struct kmend_object_symbol **by_name; /* private: order for kmend_object_symbol() */
	size_t nr_by_name;
	void *image; /* private: what data and names point into */
};

/*
 * Read a relocatable x86-64 object. Every offset, size, index and name in the result lies inside the file.
 * *ret_object is owned by the caller: kmend_object_free(). Errors: -EINVAL (damaged or of another kind), -errno.
 */
int kmend_object_read(const char *path, struct kmend_object **ret_object, struct kmend_error *error);
int kmend_object_read_memory(const void *data, size_t size, const char *name, struct kmend_object **ret_object,
			     struct kmend_error *error);
void kmend_object_free(struct kmend_object *object);
KMEND_DEFINE_GUARD(struct kmend_object *, kmend_object_free, kmend_object_guard);
#define _cleanup_object_ _cleanup_(kmend_object_guard)

/* First section of that name; NULL if none. */
struct kmend_section *kmend_object_section(const struct kmend_object *object, const char *name);
/* The symbol of that name, a definition before an undefined mention; NULL if none. No section or file symbols. */
struct kmend_object_symbol *kmend_object_symbol(const struct kmend_object *object, const char *name);
/* The sized FUNC/OBJECT (or, failing that, any) symbol that covers the offset; NULL if none. */
struct kmend_object_symbol *kmend_section_symbol_at(const struct kmend_object *object,
						    const struct kmend_section *section, uint64_t offset);
/* Index of the first relocation with offset >= from. */
size_t kmend_section_first_relocation(const struct kmend_section *section, uint64_t from);

/*
 * Hex SHA-256 (65 bytes with the NUL) over the concatenated GNU build ids of an update's modules in the order of its parts:
 * which build of the update it is; kmend.ko works it out from the loaded modules. -EINVAL: one has no build id.
 */
int kmend_build_digest(const struct kmend_object *const *modules, size_t nr_modules, char ret_hex[65],
		       struct kmend_error *error);

/* Bytes of the field a relocation of this type fills; 0: none, or a type that kernel code does not use. */
size_t kmend_relocation_size(uint32_t type);
/* Does the field hold a distance from itself (PC32, PLT32, PC64, PC8)? */
bool kmend_relocation_is_relative(uint32_t type);

#endif
