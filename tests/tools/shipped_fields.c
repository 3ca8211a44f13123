// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "shipped.h"

#define IMAGE_LIMIT (256u << 20)

int shipped_read(const char *name, const char *path, struct shipped *shipped)
{
	struct kmend_error error = { 0 };
	const Elf64_Ehdr *header;
	size_t size;

	if (kmend_file_read(path, IMAGE_LIMIT, &shipped->data, &size, &error))
		return fprintf(stderr, "%s\n", error.message), -1;
	shipped->name = kmend_strdup(name);
	header = (const Elf64_Ehdr *)shipped->data;
	if (size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr) > size)
		return fprintf(stderr, "%s is no ELF file\n", path), -1;
	for (size_t i = 0; i < header->e_shnum; i++) {
		const Elf64_Shdr *section = (const Elf64_Shdr *)(shipped->data + header->e_shoff) + i;
		struct shipped_section entry = { (const uint8_t *)shipped->data + section->sh_offset, section->sh_size,
						 section->sh_addr, NULL };

		if (section->sh_type != SHT_PROGBITS || section->sh_offset + section->sh_size > size)
			continue;
		*kmend_array_add(shipped->sections, shipped->nr_sections) = entry;
		if (section->sh_flags & SHF_EXECINSTR)
			*kmend_array_add(shipped->texts, shipped->nr_texts) = entry;
	}
	if (header->e_type == ET_REL && kmend_object_read(path, &shipped->object, &error))
		return fprintf(stderr, "%s\n", error.message), -1;
	for (size_t i = 0; shipped->object && i < shipped->nr_texts; i++) {
		struct shipped_section *text = &shipped->texts[i];

		for (size_t j = 0; j < shipped->object->nr_sections && !text->section; j++) {
			const struct kmend_section *section = &shipped->object->sections[j];

			if (section->data && section->size == text->size &&
			    !memcmp(section->data, text->data, text->size))
				text->section = section;
		}
	}
	return 0;
}

struct fields *fields_new(const char *unit, const struct kmend_object *object, const struct shipped *shipped)
{
	struct fields *fields = kmend_calloc(1, sizeof(*fields));

	*fields = (struct fields){ unit, object, shipped, kmend_calloc(object->nr_symbols + 1, sizeof(uint64_t)) };
	return fields;
}

void fields_free(struct fields **fields)
{
	free((*fields)->places);
	free(*fields);
}

/* So many bytes of the shipped file at an address; NULL: there are none (.bss). */
static const uint8_t *bytes_at(const struct shipped *shipped, uint64_t address, size_t size)
{
	for (size_t i = 0; i < shipped->nr_sections; i++) {
		const struct shipped_section *section = &shipped->sections[i];

		if (section->address && address >= section->address &&
		    address - section->address + size <= section->size)
			return section->data + (address - section->address);
	}
	return NULL;
}

/* How far behind what a relocation says its text begins: a distance counts from behind the field. */
static int64_t lead(const struct kmend_relocation_entry *relocation)
{
	return kmend_relocation_is_relative(relocation->type) ? 4 : 0;
}

/* A text, or another constant that the linker may merge with others of its content: what the field leads to is the same? */
static bool is_same_content(const struct kmend_relocation_entry *relocation, const uint8_t *there)
{
	const struct kmend_section *section = relocation->symbol->section;
	uint64_t at = relocation->symbol->value + relocation->addend + lead(relocation);

	if (at >= section->size || !there)
		return true; /* not a place in it: cannot be told */
	if (section->flags & SHF_STRINGS)
		return !strcmp((const char *)section->data + at, (const char *)there);
	return !memcmp(section->data + at, there,
		       section->size - at < section->entsize ? section->size - at : section->entsize);
}

static size_t tell(struct fields *fields, const struct kmend_object_symbol *function, uint64_t offset, const char *what,
		   const struct kmend_relocation_entry *relocation, const char *there)
{
	if (!fields->tells)
		return 1;
	fields->wrong++;
	printf("%s: %s+0x%llx: %s %s%+lld differs%s%s (%s)\n", fields->unit, function->name, (unsigned long long)offset,
	       what, relocation->symbol->name, (long long)relocation->addend, there ? ": " : "", there ? there : "",
	       fields->shipped->name);
	return 1;
}

static size_t compare_linked(struct fields *fields, const struct kmend_object_symbol *function,
			     const struct kmend_relocation_entry *relocation, const struct shipped_section *text,
			     uint64_t at)
{
	const struct kmend_object_symbol *symbol = relocation->symbol;
	uint64_t value = 0, *place, offset = relocation->offset - function->value;
	size_t size = kmend_relocation_size(relocation->type);

	memcpy(&value, text->data + at, size);
	if (size == 4 && relocation->type != R_X86_64_32 && value & 0x80000000u)
		value |= 0xffffffff00000000ull;
	if (kmend_relocation_is_relative(relocation->type))
		value += text->address + at;
	if (symbol->section && symbol->section->flags & SHF_MERGE) {
		const uint8_t *there = bytes_at(fields->shipped, value + lead(relocation), 1);

		if (!is_same_content(relocation, there))
			return tell(fields, function, offset, "content", relocation, NULL);
		return 0;
	}
	/* All fields must agree on where a symbol is, or the section of a local one. */
	value -= relocation->addend;
	place = &fields->places[symbol->index];
	if (symbol->section && symbol->bind == STB_LOCAL && symbol->section->symbol) {
		value -= symbol->value;
		place = &fields->places[symbol->section->symbol->index];
	}
	if (*place && *place != value)
		return tell(fields, function, offset, "place of", relocation, NULL);
	if (fields->tells)
		*place = value;
	return 0;
}

/* In a module, what the linker wrote is another relocation. */
static size_t compare_relocation(struct fields *fields, const struct kmend_object_symbol *function,
				 const struct kmend_relocation_entry *relocation, const struct shipped_section *text,
				 uint64_t at)
{
	const struct kmend_object_symbol *symbol = relocation->symbol;
	uint64_t offset = relocation->offset - function->value;
	size_t found = kmend_section_first_relocation(text->section, at);
	const struct kmend_relocation_entry *there = &text->section->relocations[found];

	if (found == text->section->nr_relocations || there->offset != at) {
		return tell(fields, function, offset, "no field for", relocation, NULL);
	} else if (symbol->section && symbol->section->flags & SHF_MERGE) {
		const struct kmend_section *into = there->symbol->section;
		uint64_t to = there->symbol->value + there->addend + lead(there);

		/* In a place that is only tried it may be anything, .bss for one. */
		if (!into || !into->data || to >= into->size || !is_same_content(relocation, into->data + to))
			return tell(fields, function, offset, "content", relocation, there->symbol->name);
	} else if (!symbol->section && there->symbol->type != STT_SECTION &&
		   strcmp(symbol->name, there->symbol->name)) {
		/* One of another unit of the module may be a place in a section there. */
		return tell(fields, function, offset, "symbol", relocation, there->symbol->name);
	}
	return 0;
}

size_t fields_compare(struct fields *fields, const struct kmend_section *section,
		      const struct kmend_object_symbol *function, size_t text, uint64_t base, bool tells)
{
	const struct shipped_section *there = &fields->shipped->texts[text];
	size_t wrong = 0, i = kmend_section_first_relocation(section, function->value);

	fields->tells = tells;
	for (; i < section->nr_relocations && section->relocations[i].offset < function->value + function->size; i++) {
		const struct kmend_relocation_entry *relocation = &section->relocations[i];

		if (!kmend_relocation_size(relocation->type))
			continue;
		fields->count += tells;
		wrong += (fields->shipped->object ? compare_relocation : compare_linked)(
			fields, function, relocation, there, base + relocation->offset);
	}
	return wrong;
}
