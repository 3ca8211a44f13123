// SPDX-License-Identifier: GPL-2.0
/* A relocatable ELF object being made. The layout is plain: header, sections, tables, section headers. */
#include <stdlib.h>
#include <string.h>

#include "output.h"

struct kmend_output *kmend_output_new(void)
{
	struct kmend_output *output = kmend_calloc(1, sizeof(*output));
	struct kmend_output_symbol *null = kmend_array_add(output->symbols, output->nr_symbols);

	null->name = kmend_strdup("");
	return output;
}

void kmend_output_free(struct kmend_output *output)
{
	size_t i;

	if (!output)
		return;
	for (i = 0; i < output->nr_sections; i++) {
		free(output->sections[i]->name);
		kmend_buffer_free(&output->sections[i]->data);
		free(output->sections[i]->relocations);
		free(output->sections[i]);
	}
	for (i = 0; i < output->nr_symbols; i++)
		free(output->symbols[i].name);
	free(output->sections);
	free(output->symbols);
	free(output);
}

struct kmend_output_section *kmend_output_find(const struct kmend_output *output, const char *name)
{
	size_t i;

	for (i = 0; i < output->nr_sections; i++) {
		if (!strcmp(output->sections[i]->name, name))
			return output->sections[i];
	}
	return NULL;
}

struct kmend_output_section *kmend_output_section(struct kmend_output *output, const char *name, uint32_t type,
						  uint64_t flags)
{
	struct kmend_output_section *section = kmend_output_find(output, name);

	if (section)
		return section;
	section = kmend_calloc(1, sizeof(*section));
	*kmend_array_add(output->sections, output->nr_sections) = section;
	section->name = kmend_strdup(name);
	section->type = type;
	section->flags = flags;
	section->align = 1;
	section->symbol = kmend_output_define(output, "", STB_LOCAL, STT_SECTION, section, 0, 0);
	return section;
}

uint64_t kmend_output_size(const struct kmend_output_section *section)
{
	return section->type == SHT_NOBITS ? section->size : section->data.size;
}

static void buffer_fill(struct kmend_buffer *buffer, uint8_t fill, size_t count)
{
	uint8_t chunk[256];

	memset(chunk, fill, sizeof(chunk));
	for (; count > sizeof(chunk); count -= sizeof(chunk))
		kmend_buffer_add(buffer, chunk, sizeof(chunk));
	kmend_buffer_add(buffer, chunk, count);
}

uint64_t kmend_output_append(struct kmend_output_section *section, const void *data, size_t size, uint64_t align,
			     uint8_t fill)
{
	uint64_t at = (kmend_output_size(section) + align - 1) & ~(align - 1);

	if (section->align < align)
		section->align = align;
	if (section->type == SHT_NOBITS) {
		section->size = at + size;
		return at;
	}
	buffer_fill(&section->data, fill, at - section->data.size);
	if (data)
		kmend_buffer_add(&section->data, data, size);
	else
		buffer_fill(&section->data, 0, size);
	return at;
}

uint32_t kmend_output_define(struct kmend_output *output, const char *name, uint8_t bind, uint8_t type,
			     struct kmend_output_section *section, uint64_t value, uint64_t size)
{
	struct kmend_output_symbol *symbol = kmend_array_add(output->symbols, output->nr_symbols);

	symbol->name = kmend_strdup(name);
	symbol->section = section;
	symbol->value = value;
	symbol->size = size;
	symbol->type = type;
	symbol->bind = bind;
	return output->nr_symbols - 1;
}

uint32_t kmend_output_undefined(struct kmend_output *output, const char *name)
{
	size_t i;

	for (i = 1; i < output->nr_symbols; i++) {
		if (!output->symbols[i].section && !strcmp(output->symbols[i].name, name))
			return i;
	}
	return kmend_output_define(output, name, STB_GLOBAL, STT_NOTYPE, NULL, 0, 0);
}

void kmend_output_relocate(struct kmend_output_section *section, uint64_t offset, uint32_t type, uint32_t symbol,
			   int64_t addend)
{
	struct kmend_output_relocation *relocation = kmend_array_add(section->relocations, section->nr_relocations);

	relocation->offset = offset;
	relocation->type = type;
	relocation->symbol = symbol;
	relocation->addend = addend;
}

static int compare_relocations(const void *a, const void *b)
{
	const struct kmend_output_relocation *left = a, *right = b;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return (left->type > right->type) - (left->type < right->type);
}

/* What the file is put together from. */
struct writer {
	struct kmend_buffer *bytes;
	struct kmend_buffer names;   /* .strtab */
	struct kmend_buffer headers; /* section headers */
	struct kmend_buffer section_names;
	size_t nr_headers;
	uint32_t *symbol_index; /* creation number -> index in the file */
};

static uint32_t add_name(struct kmend_buffer *table, const char *name)
{
	uint32_t at = table->size;

	if (!*name)
		return 0;
	kmend_buffer_add(table, name, strlen(name) + 1);
	return at;
}

static uint64_t align_bytes(struct kmend_buffer *bytes, uint64_t align)
{
	buffer_fill(bytes, 0, -bytes->size & (align - 1));
	return bytes->size;
}

static void add_header(struct writer *writer, const char *name, const Elf64_Shdr *header)
{
	Elf64_Shdr copy = *header;

	copy.sh_name = add_name(&writer->section_names, name);
	kmend_buffer_add(&writer->headers, &copy, sizeof(copy));
	writer->nr_headers++;
}

static void add_table(struct writer *writer, const char *name, const struct kmend_buffer *data, Elf64_Shdr header)
{
	header.sh_offset = align_bytes(writer->bytes, header.sh_addralign);
	header.sh_size = data->size;
	kmend_buffer_add(writer->bytes, data->data, data->size);
	add_header(writer, name, &header);
}

/* Section n of the output is section n + 1 of the file; the tables follow. */
static void write_sections(struct writer *writer, const struct kmend_output *output)
{
	const struct kmend_output_section *section;
	Elf64_Shdr header;
	size_t i;

	for (i = 0; i < output->nr_sections; i++) {
		section = output->sections[i];
		header = (Elf64_Shdr){
			.sh_type = section->type,
			.sh_flags = section->flags,
			.sh_offset = align_bytes(writer->bytes, section->align > 4096 ? 4096 : section->align),
			.sh_size = kmend_output_size(section),
			.sh_addralign = section->align,
		};
		kmend_buffer_add(writer->bytes, section->data.data, section->data.size);
		add_header(writer, section->name, &header);
	}
}

static uint16_t section_index(const struct kmend_output *output, const struct kmend_output_section *section)
{
	size_t i;

	for (i = 0; i < output->nr_sections; i++) {
		if (output->sections[i] == section)
			return i + 1;
	}
	return SHN_UNDEF;
}

static void write_symbols(struct writer *writer, const struct kmend_output *output, uint32_t table_index)
{
	_cleanup_buffer_ struct kmend_buffer table = { 0 };
	const struct kmend_output_symbol *symbol;
	uint32_t next = 0, first_global = 0;
	Elf64_Sym entry;
	size_t i, pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < output->nr_symbols; i++) {
			symbol = &output->symbols[i];
			if ((symbol->bind != STB_LOCAL) != pass)
				continue;
			writer->symbol_index[i] = next++;
			entry = (Elf64_Sym){
				.st_name = add_name(&writer->names, symbol->name),
				.st_info = ELF64_ST_INFO(symbol->bind, symbol->type),
				.st_shndx = section_index(output, symbol->section),
				.st_value = symbol->value,
				.st_size = symbol->size,
			};
			kmend_buffer_add(&table, &entry, sizeof(entry));
		}
		if (!pass)
			first_global = next;
	}
	add_table(writer, ".symtab", &table,
		  (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
				.sh_link = table_index + 1,
				.sh_info = first_global,
				.sh_addralign = 8,
				.sh_entsize = sizeof(Elf64_Sym) });
	add_table(writer, ".strtab", &writer->names, (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_addralign = 1 });
}

static void write_relocations(struct writer *writer, const struct kmend_output *output, uint32_t symbol_table)
{
	struct kmend_output_section *section;
	size_t i, j;

	for (i = 0; i < output->nr_sections; i++) {
		_cleanup_buffer_ struct kmend_buffer table = { 0 };
		_cleanup_free_ char *name = NULL;

		section = output->sections[i];
		if (!section->nr_relocations)
			continue;
		qsort(section->relocations, section->nr_relocations, sizeof(*section->relocations),
		      compare_relocations);
		for (j = 0; j < section->nr_relocations; j++) {
			const struct kmend_output_relocation *relocation = &section->relocations[j];
			Elf64_Rela entry = {
				.r_offset = relocation->offset,
				.r_info = ELF64_R_INFO((uint64_t)writer->symbol_index[relocation->symbol],
						       relocation->type),
				.r_addend = relocation->addend,
			};

			kmend_buffer_add(&table, &entry, sizeof(entry));
		}
		name = kmend_format(".rela%s", section->name);
		add_table(writer, name, &table,
			  (Elf64_Shdr){ .sh_type = SHT_RELA,
					.sh_flags = SHF_INFO_LINK,
					.sh_link = symbol_table,
					.sh_info = i + 1,
					.sh_addralign = 8,
					.sh_entsize = sizeof(Elf64_Rela) });
	}
}

void kmend_output_bytes(struct kmend_output *output, struct kmend_buffer *ret_bytes)
{
	_cleanup_free_ uint32_t *symbol_index = kmend_calloc(output->nr_symbols, sizeof(*symbol_index));
	struct writer writer = { .bytes = ret_bytes, .symbol_index = symbol_index };
	uint32_t symbol_table = output->nr_sections + 1;
	const Elf64_Shdr null = { 0 };
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
	};

	kmend_buffer_add(&writer.names, "", 1);
	kmend_buffer_add(&writer.section_names, "", 1);
	kmend_buffer_add(ret_bytes, &header, sizeof(header));
	add_header(&writer, "", &null);
	write_sections(&writer, output);
	write_symbols(&writer, output, symbol_table);
	write_relocations(&writer, output, symbol_table);
	/* The last table names itself, so its name goes in first. */
	add_name(&writer.section_names, ".shstrtab");
	add_table(&writer, "", &writer.section_names, (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_addralign = 1 });
	((Elf64_Shdr *)writer.headers.data)[writer.nr_headers - 1].sh_name =
		writer.section_names.size - sizeof(".shstrtab");
	header.e_shoff = align_bytes(ret_bytes, 8);
	header.e_shnum = writer.nr_headers;
	header.e_shstrndx = writer.nr_headers - 1;
	kmend_buffer_add(ret_bytes, writer.headers.data, writer.headers.size);
	memcpy(ret_bytes->data, &header, sizeof(header));
	kmend_buffer_free(&writer.names);
	kmend_buffer_free(&writer.headers);
	kmend_buffer_free(&writer.section_names);
}
