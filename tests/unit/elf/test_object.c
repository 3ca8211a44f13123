// SPDX-License-Identifier: GPL-2.0
/* Objects are read as they are, and damaged ones are refused: every field that says where something is, is altered. */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "../tap.h"
#include "core/elf/object.h"

/* A small object, laid out as a compiler would. */
struct image {
	Elf64_Ehdr header;
	char names[64];
	uint8_t text[32];
	char strings[8];
	Elf64_Sym symbols[7];
	char symbol_names[40];
	Elf64_Rela relocations[3];
	Elf64_Shdr sections[8];
};

enum { NONE, TEXT, STRINGS, BSS, SYMTAB, STRTAB, RELA, NAMES };

static const char section_names[] = "\0.text\0.rodata.str1.1\0.bss\0.symtab\0.strtab\0.rela.text";
static const char symbol_names[] = "\0f\0g\0alias\0outside\0x";

static uint32_t offset_of_name(const char *table, size_t size, const char *name)
{
	return (const char *)memmem(table, size, name, strlen(name) + 1) - table;
}

static void set_section(struct image *image, int index, const char *name, uint32_t type, uint64_t flags, const void *at,
			uint64_t size)
{
	Elf64_Shdr *section = &image->sections[index];

	section->sh_name = offset_of_name(section_names, sizeof(section_names), name);
	section->sh_type = type;
	section->sh_flags = flags;
	section->sh_offset = (const char *)at - (const char *)image;
	section->sh_size = size;
	section->sh_addralign = 1;
}

static void set_symbol(struct image *image, int index, const char *name, int bind, int type, uint16_t section,
		       uint64_t value, uint64_t size)
{
	image->symbols[index] = (Elf64_Sym){ .st_name = offset_of_name(symbol_names, sizeof(symbol_names), name),
					     .st_info = ELF64_ST_INFO(bind, type),
					     .st_shndx = section,
					     .st_value = value,
					     .st_size = size };
}

static void make_image(struct image *image)
{
	memset(image, 0, sizeof(*image));
	memcpy(image->header.e_ident, ELFMAG, SELFMAG);
	image->header.e_ident[EI_CLASS] = ELFCLASS64;
	image->header.e_ident[EI_DATA] = ELFDATA2LSB;
	image->header.e_ident[EI_VERSION] = EV_CURRENT;
	image->header.e_type = ET_REL;
	image->header.e_machine = EM_X86_64;
	image->header.e_version = EV_CURRENT;
	image->header.e_shoff = offsetof(struct image, sections);
	image->header.e_ehsize = sizeof(image->header);
	image->header.e_shentsize = sizeof(Elf64_Shdr);
	image->header.e_shnum = 8;
	image->header.e_shstrndx = NAMES;
	memcpy(image->names, section_names, sizeof(section_names));
	memcpy(image->symbol_names, symbol_names, sizeof(symbol_names));
	memcpy(image->strings, "abc\0de", 7);
	memset(image->text, 0x90, sizeof(image->text));
	set_section(image, TEXT, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, image->text, sizeof(image->text));
	set_section(image, STRINGS, ".rodata.str1.1", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS, image->strings,
		    sizeof(image->strings));
	set_section(image, BSS, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, image->strings, 0x1000);
	set_section(image, SYMTAB, ".symtab", SHT_SYMTAB, 0, image->symbols, sizeof(image->symbols));
	image->sections[SYMTAB].sh_link = STRTAB;
	image->sections[SYMTAB].sh_info = 3;
	image->sections[SYMTAB].sh_entsize = sizeof(Elf64_Sym);
	set_section(image, STRTAB, ".strtab", SHT_STRTAB, 0, image->symbol_names, sizeof(image->symbol_names));
	set_section(image, RELA, ".rela.text", SHT_RELA, 0, image->relocations, sizeof(image->relocations));
	image->sections[RELA].sh_link = SYMTAB;
	image->sections[RELA].sh_info = TEXT;
	image->sections[RELA].sh_entsize = sizeof(Elf64_Rela);
	set_section(image, NAMES, "", SHT_STRTAB, 0, image->names, sizeof(image->names));
	set_symbol(image, 1, "", STB_LOCAL, STT_SECTION, TEXT, 0, 0);
	set_symbol(image, 2, "alias", STB_LOCAL, STT_FUNC, TEXT, 0, 16);
	set_symbol(image, 3, "f", STB_GLOBAL, STT_FUNC, TEXT, 0, 16);
	set_symbol(image, 4, "g", STB_GLOBAL, STT_FUNC, TEXT, 16, 12);
	set_symbol(image, 5, "outside", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0, 0);
	set_symbol(image, 6, "x", STB_GLOBAL, STT_OBJECT, BSS, 0xff8, 8);
	/* Not in order: they must come out sorted. */
	image->relocations[0] = (Elf64_Rela){ 17, ELF64_R_INFO(1, R_X86_64_PC32), 4 };
	image->relocations[1] = (Elf64_Rela){ 1, ELF64_R_INFO(5, R_X86_64_PLT32), -4 };
	image->relocations[2] = (Elf64_Rela){ 24, ELF64_R_INFO(6, R_X86_64_64), 0 };
}

static int read_image(const struct image *image, struct kmend_object **ret_object)
{
	struct kmend_error error = { 0 };
	int r = kmend_object_read_memory(image, sizeof(*image), "test.o", ret_object, &error);

	if (r < 0)
		diag("%s", error.message);
	return r;
}

static void test_whole(void)
{
	_cleanup_object_ struct kmend_object *object = NULL;
	const struct kmend_section *text;
	struct image image;

	make_image(&image);
	if (!ok(!read_image(&image, &object), "a sound object is read"))
		return;
	ok(object->nr_sections == 3, "symbol, string and relocation tables are no sections");
	ok(object->nr_symbols == 7 && object->symbols[5].index == 5, "symbols are found by their ELF index");
	text = kmend_object_section(object, ".text");
	ok(text && text->symbol == &object->symbols[1] && !strcmp(text->symbol->name, ".text"), "a section's symbol");
	ok(text->nr_relocations == 3 && text->relocations[0].offset == 1 && text->relocations[2].offset == 24,
	   "relocations are sorted");
	ok(text->relocations[0].symbol == &object->symbols[5] && text->relocations[0].addend == -4,
	   "a relocation's symbol and addend");
	ok(kmend_section_first_relocation(text, 0) == 0 && kmend_section_first_relocation(text, 1) == 0 &&
		   kmend_section_first_relocation(text, 2) == 1 && kmend_section_first_relocation(text, 25) == 3,
	   "the first relocation from an offset on");
	ok(kmend_section_symbol_at(object, text, 0) == &object->symbols[3] &&
		   kmend_section_symbol_at(object, text, 15) == &object->symbols[3],
	   "of two names of a place the global one is given");
	ok(kmend_section_symbol_at(object, text, 16) == &object->symbols[4], "the next function");
	ok(!kmend_section_symbol_at(object, text, 28), "no symbol covers padding");
	ok(kmend_object_symbol(object, "x") == &object->symbols[6] && !kmend_object_symbol(object, "y") &&
		   !kmend_object_symbol(object, ".text"),
	   "symbols by name");
	ok(!kmend_object_section(object, ".bss")->data && kmend_object_section(object, ".bss")->size == 0x1000,
	   "a section without bytes");
}

#define TEST_DAMAGE(what, change)                                            \
	do {                                                                 \
		_cleanup_object_ struct kmend_object *object = NULL;         \
		struct image image;                                          \
                                                                             \
		make_image(&image);                                          \
		change;                                                      \
		ok(read_image(&image, &object) == -EINVAL && !object, what); \
	} while (0)

static void test_damaged(void)
{
	TEST_DAMAGE("not ELF", image.header.e_ident[0] = 0);
	TEST_DAMAGE("another machine", image.header.e_machine = EM_AARCH64);
	TEST_DAMAGE("32 bits", image.header.e_ident[EI_CLASS] = ELFCLASS32);
	TEST_DAMAGE("an executable", image.header.e_type = ET_EXEC);
	TEST_DAMAGE("section headers outside", image.header.e_shoff = sizeof(image));
	TEST_DAMAGE("more section headers than there are", image.header.e_shnum = 9);
	TEST_DAMAGE("no section names", image.header.e_shstrndx = 77);
	TEST_DAMAGE("a section outside", image.sections[TEXT].sh_offset = sizeof(image));
	TEST_DAMAGE("a section that ends outside", image.sections[TEXT].sh_size = sizeof(image));
	TEST_DAMAGE("a section whose end wraps around", image.sections[TEXT].sh_offset = -8ull);
	TEST_DAMAGE("a huge section without bytes", image.sections[BSS].sh_size = 1ull << 40);
	TEST_DAMAGE("a section's name outside", image.sections[TEXT].sh_name = 64);
	TEST_DAMAGE("a name that does not end", memset(image.names, 'a', sizeof(image.names)));
	TEST_DAMAGE("an alignment that is none", image.sections[TEXT].sh_addralign = 3);
	TEST_DAMAGE("no symbol table", image.sections[SYMTAB].sh_type = SHT_PROGBITS);
	TEST_DAMAGE("symbols outside", image.sections[SYMTAB].sh_offset = sizeof(image));
	TEST_DAMAGE("symbols of an odd size", image.sections[SYMTAB].sh_entsize = 16);
	TEST_DAMAGE("symbol names nowhere", image.sections[SYMTAB].sh_link = TEXT);
	TEST_DAMAGE("a symbol's name outside", image.symbols[3].st_name = 40);
	TEST_DAMAGE("a symbol's section that is not there", image.symbols[3].st_shndx = 8);
	TEST_DAMAGE("a symbol in a string table", image.symbols[3].st_shndx = STRTAB);
	TEST_DAMAGE("a symbol outside its section", image.symbols[4].st_value = 33);
	TEST_DAMAGE("a symbol that ends outside", image.symbols[4].st_size = 17);
	TEST_DAMAGE("a symbol whose end wraps around", image.symbols[4].st_size = -8ull);
	TEST_DAMAGE("a relocation's symbol that is not there",
		    image.relocations[0].r_info = ELF64_R_INFO(7, R_X86_64_PC32));
	TEST_DAMAGE("a relocation outside", image.relocations[0].r_offset = 33);
	TEST_DAMAGE("a relocation whose field ends outside", image.relocations[2].r_offset = 25);
	TEST_DAMAGE("an addend out of reach", image.relocations[0].r_addend = INT64_MAX);
	TEST_DAMAGE("an addend out of reach below", image.relocations[0].r_addend = INT64_MIN);
	TEST_DAMAGE("relocations of nothing", image.sections[RELA].sh_info = 99);
	TEST_DAMAGE("relocations of a section without bytes", image.sections[RELA].sh_info = BSS);
	TEST_DAMAGE("relocations with other symbols", image.sections[RELA].sh_link = STRTAB);
	TEST_DAMAGE("relocations without addend", image.sections[RELA].sh_type = SHT_REL);
}

static void test_cut(void)
{
	struct kmend_object *object = NULL;
	size_t accepted = 0;
	struct image image;

	make_image(&image);
	for (size_t size = 0; size < sizeof(image); size++)
		accepted += !kmend_object_read_memory(&image, size, "test.o", &object, NULL);
	ok(!accepted, "an object cut off anywhere is refused");
}

int main(void)
{
	test_whole();
	test_damaged();
	test_cut();
	return done_testing();
}
