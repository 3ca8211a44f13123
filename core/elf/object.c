// SPDX-License-Identifier: GPL-2.0
#include "object.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/str.h"
#include "internal.h"

/* Larger than any unit's object; an archive bomb or a wrong file is stopped here. */
#define OBJECT_LIMIT (256u << 20)

/* So that places can be calculated with without overflow; no address of the kernel is further from a symbol. */
#define ADDEND_LIMIT ((int64_t)1 << 48)

/* What is needed while reading, and no longer. */
struct reader {
	struct kmend_object *object;
	const char *name; /* for messages */
	Elf *elf;
	size_t size; /* of the image */
	size_t nr_headers;
	struct kmend_section **by_index; /* nr_headers: sections of the result by ELF index, NULL if left out */
	Elf_Scn *symtab;
	size_t symtab_index;
	struct kmend_error *error;
};

static int damaged(const struct reader *reader, const char *what)
{
	return kmend_fail(reader->error, KMEND_STATUS_FAILURE, -EINVAL, "%s: damaged object: %s", reader->name, what);
}

static void reader_free(struct reader *reader)
{
	kmend_object_free(reader->object);
	free(reader->by_index);
	if (reader->elf)
		elf_end(reader->elf);
}

/* A name from a string table, checked to end inside the table. NULL if not. */
static const char *string_at(const struct reader *reader, size_t table, size_t offset)
{
	const char *base = reader->object->image;
	Elf_Scn *scn = elf_getscn(reader->elf, table);
	GElf_Shdr header;

	if (!scn || !gelf_getshdr(scn, &header) || header.sh_type != SHT_STRTAB)
		return NULL;
	if (header.sh_offset > reader->size || header.sh_size > reader->size - header.sh_offset ||
	    offset >= header.sh_size)
		return NULL;
	base += header.sh_offset;
	return memchr(base + offset, '\0', header.sh_size - offset) ? base + offset : NULL;
}

static bool is_left_out(uint32_t type)
{
	return type == SHT_NULL || type == SHT_SYMTAB || type == SHT_STRTAB || type == SHT_RELA;
}

static int check_identity(const struct reader *reader)
{
	GElf_Ehdr header;

	if (elf_kind(reader->elf) != ELF_K_ELF || !gelf_getehdr(reader->elf, &header))
		return kmend_fail(reader->error, KMEND_STATUS_FAILURE, -EINVAL, "%s: not an ELF object", reader->name);
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_machine != EM_X86_64 || header.e_type != ET_REL)
		return kmend_fail(reader->error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: not a relocatable object for x86-64", reader->name);
	return 0;
}

static int read_section(struct reader *reader, size_t index, const GElf_Shdr *header, size_t names)
{
	struct kmend_object *object = reader->object;
	struct kmend_section *section = &object->sections[object->nr_sections];
	bool has_bytes = header->sh_type != SHT_NOBITS;

	section->name = string_at(reader, names, header->sh_name);
	if (!section->name)
		return damaged(reader, "a section's name is out of bounds");
	if (has_bytes && (header->sh_offset > reader->size || header->sh_size > reader->size - header->sh_offset))
		return damaged(reader, "a section lies outside the file");
	if (header->sh_size > OBJECT_LIMIT)
		return damaged(reader, "a section is too large");
	if (header->sh_addralign & (header->sh_addralign - 1))
		return damaged(reader, "a section's alignment is no power of two");
	section->index = index;
	section->type = header->sh_type;
	section->flags = header->sh_flags;
	section->align = header->sh_addralign ? header->sh_addralign : 1;
	section->entsize = header->sh_entsize;
	section->link = header->sh_link;
	section->data = has_bytes ? (const uint8_t *)object->image + header->sh_offset : NULL;
	section->size = header->sh_size;
	reader->by_index[index] = section;
	object->nr_sections++;
	return 0;
}

static int read_sections(struct reader *reader)
{
	size_t names;

	if (elf_getshdrnum(reader->elf, &reader->nr_headers) || elf_getshdrstrndx(reader->elf, &names))
		return damaged(reader, "no section headers");
	/* Each header takes room in the file, so this bounds what is allocated. */
	if (reader->nr_headers > reader->size / sizeof(Elf64_Shdr))
		return damaged(reader, "more sections than fit");
	reader->by_index = kmend_calloc(reader->nr_headers, sizeof(*reader->by_index));
	reader->object->sections = kmend_calloc(reader->nr_headers, sizeof(*reader->object->sections));
	for (size_t i = 1; i < reader->nr_headers; i++) {
		Elf_Scn *scn = elf_getscn(reader->elf, i);
		GElf_Shdr header;
		int r;

		if (!scn || !gelf_getshdr(scn, &header))
			return damaged(reader, "a section header is out of bounds");
		if (header.sh_type == SHT_REL || header.sh_type == SHT_SYMTAB_SHNDX)
			return damaged(reader, "a kind of section that gcc does not write for x86-64");
		if (header.sh_type == SHT_SYMTAB) {
			if (reader->symtab)
				return damaged(reader, "two symbol tables");
			reader->symtab = scn;
			reader->symtab_index = i;
		}
		if (is_left_out(header.sh_type))
			continue;
		r = read_section(reader, i, &header, names);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_symbol(struct reader *reader, struct kmend_object_symbol *symbol, const GElf_Sym *raw, size_t names)
{
	symbol->name = string_at(reader, names, raw->st_name);
	if (!symbol->name)
		return damaged(reader, "a symbol's name is out of bounds");
	symbol->type = GELF_ST_TYPE(raw->st_info);
	symbol->bind = GELF_ST_BIND(raw->st_info);
	symbol->other = raw->st_other;
	symbol->shndx = raw->st_shndx;
	symbol->value = raw->st_value;
	symbol->size = raw->st_size;
	if (raw->st_shndx == SHN_UNDEF || raw->st_shndx == SHN_ABS || raw->st_shndx == SHN_COMMON)
		return 0;
	if (raw->st_shndx >= reader->nr_headers || !reader->by_index[raw->st_shndx])
		return damaged(reader, "a symbol's section does not exist");
	symbol->section = reader->by_index[raw->st_shndx];
	if (symbol->value > symbol->section->size || symbol->size > symbol->section->size - symbol->value)
		return damaged(reader, "a symbol lies outside its section");
	if (symbol->type == STT_SECTION) {
		symbol->name = symbol->section->name;
		if (!symbol->section->symbol)
			symbol->section->symbol = symbol;
	}
	return 0;
}

static int read_symbols(struct reader *reader)
{
	struct kmend_object *object = reader->object;
	GElf_Shdr header;
	Elf_Data *data;
	size_t count;

	if (!reader->symtab)
		return damaged(reader, "no symbol table");
	gelf_getshdr(reader->symtab, &header);
	if (header.sh_offset > reader->size || header.sh_size > reader->size - header.sh_offset ||
	    header.sh_entsize != sizeof(Elf64_Sym))
		return damaged(reader, "the symbol table lies outside the file");
	count = header.sh_size / sizeof(Elf64_Sym);
	data = elf_getdata(reader->symtab, NULL);
	if (!count || !data)
		return damaged(reader, "the symbol table is empty");
	object->symbols = kmend_calloc(count, sizeof(*object->symbols));
	object->nr_symbols = count;
	for (size_t i = 0; i < count; i++) {
		GElf_Sym raw;
		int r;

		if (!gelf_getsym(data, i, &raw))
			return damaged(reader, "the symbol table is cut off");
		object->symbols[i].index = i;
		r = read_symbol(reader, &object->symbols[i], &raw, header.sh_link);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_relocation(struct reader *reader, struct kmend_section *target,
			   struct kmend_relocation_entry *relocation, const GElf_Rela *raw)
{
	size_t symbol = GELF_R_SYM(raw->r_info);

	if (symbol >= reader->object->nr_symbols)
		return damaged(reader, "a relocation's symbol does not exist");
	relocation->offset = raw->r_offset;
	relocation->type = GELF_R_TYPE(raw->r_info);
	relocation->symbol = &reader->object->symbols[symbol];
	relocation->addend = raw->r_addend;
	if (raw->r_addend > ADDEND_LIMIT || raw->r_addend < -ADDEND_LIMIT)
		return damaged(reader, "a relocation's addend is out of reach");
	if (raw->r_offset > target->size || kmend_relocation_size(relocation->type) > target->size - raw->r_offset)
		return damaged(reader, "a relocation lies outside its section");
	return 0;
}

static int compare_relocations(const void *a, const void *b)
{
	const struct kmend_relocation_entry *left = a, *right = b;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return (left->type > right->type) - (left->type < right->type);
}

static int read_relocations(struct reader *reader, Elf_Scn *scn, const GElf_Shdr *header)
{
	struct kmend_section *target;
	Elf_Data *data;
	size_t count;

	target = header->sh_info < reader->nr_headers ? reader->by_index[header->sh_info] : NULL;
	if (!target || !target->data || header->sh_link != reader->symtab_index)
		return damaged(reader, "relocations of a section that has no bytes");
	if (target->relocations)
		return damaged(reader, "two relocation tables of one section");
	if (header->sh_offset > reader->size || header->sh_size > reader->size - header->sh_offset ||
	    header->sh_entsize != sizeof(Elf64_Rela))
		return damaged(reader, "a relocation table lies outside the file");
	count = header->sh_size / sizeof(Elf64_Rela);
	if (!count)
		return 0;
	data = elf_getdata(scn, NULL);
	if (!data)
		return damaged(reader, "a relocation table cannot be read");
	target->relocations = kmend_calloc(count, sizeof(*target->relocations));
	target->nr_relocations = count;
	for (size_t i = 0; i < count; i++) {
		GElf_Rela raw;
		int r;

		if (!gelf_getrela(data, i, &raw))
			return damaged(reader, "a relocation table is cut off");
		r = read_relocation(reader, target, &target->relocations[i], &raw);
		if (r < 0)
			return r;
	}
	qsort(target->relocations, count, sizeof(*target->relocations), compare_relocations);
	return 0;
}

static int read_all_relocations(struct reader *reader)
{
	for (size_t i = 1; i < reader->nr_headers; i++) {
		Elf_Scn *scn = elf_getscn(reader->elf, i);
		GElf_Shdr header;
		int r;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA)
			continue;
		r = read_relocations(reader, scn, &header);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_image(struct reader *reader)
{
	int r;

	elf_version(EV_CURRENT);
	reader->elf = elf_memory(reader->object->image, reader->size);
	if (!reader->elf)
		return damaged(reader, elf_errmsg(-1));
	r = check_identity(reader);
	if (!r)
		r = read_sections(reader);
	if (!r)
		r = read_symbols(reader);
	if (!r)
		r = read_all_relocations(reader);
	if (!r)
		kmend_object_index(reader->object);
	return r;
}

int kmend_object_read_memory(const void *data, size_t size, const char *name, struct kmend_object **ret_object,
			     struct kmend_error *error)
{
	_cleanup_(reader_free) struct reader reader = { .name = name, .size = size, .error = error };
	int r;

	if (size > OBJECT_LIMIT)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EFBIG, "%s: too large for an object", name);
	reader.object = kmend_calloc(1, sizeof(*reader.object));
	reader.object->path = kmend_strdup(name);
	/* A copy of its own: libelf may write to it, and names and bytes of the result point into it. */
	reader.object->image = kmend_calloc(1, size);
	memcpy(reader.object->image, data, size);
	r = read_image(&reader);
	if (r < 0)
		return r;
	*ret_object = kmend_steal(reader.object);
	return 0;
}

int kmend_object_read(const char *path, struct kmend_object **ret_object, struct kmend_error *error)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	r = kmend_file_read(path, OBJECT_LIMIT, &data, &size, error);
	if (r < 0)
		return r;
	return kmend_object_read_memory(data, size, path, ret_object, error);
}

void kmend_object_free(struct kmend_object *object)
{
	if (!object)
		return;
	for (size_t i = 0; i < object->nr_sections; i++) {
		free(object->sections[i].relocations);
		free(object->sections[i].sized);
	}
	free(object->sections);
	free(object->symbols);
	free(object->by_name);
	free(object->image);
	free(object->path);
	free(object);
}
