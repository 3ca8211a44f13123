// SPDX-License-Identifier: GPL-2.0
/* The target's symbols: one number for one thing. */
#include <string.h>

#include "internal.h"

static struct link_symbol *add(struct linker *linker, uint32_t kind, const char *name, const char *unit)
{
	struct link_symbol *symbol = kmend_array_add(linker->symbols, linker->nr_symbols);

	symbol->kind = kind;
	symbol->name = kmend_strdup(name);
	symbol->unit = unit;
	symbol->object = "";
	return symbol;
}

static uint32_t by_name(struct linker *linker, uint32_t kind, const char *name, const char *object)
{
	size_t i;

	for (i = 0; i < linker->nr_symbols; i++) {
		if (linker->symbols[i].kind == kind && !strcmp(linker->symbols[i].name, name) &&
		    !strcmp(linker->symbols[i].object, object))
			return i;
	}
	add(linker, kind, name, "")->object = object;
	return linker->nr_symbols - 1;
}

uint32_t link_symbol_named(struct linker *linker, const char *name, const char *object)
{
	return by_name(linker, KMEND_SYMBOL_NAMED, name, object);
}

bool link_is_vmlinux(const struct linker *linker)
{
	return !linker->input->target || !strcmp(linker->input->target, "vmlinux");
}

uint32_t link_symbol_undefined(struct linker *linker, const char *name)
{
	const struct kmend_link_input *input = linker->input;
	const char *owner = link_is_vmlinux(linker) ? NULL : kmend_exports_owner(input->exports, name);

	for (size_t i = 0; i < input->nr_imports && !owner && !link_is_vmlinux(linker); i++)
		if (!strcmp(input->imports[i].name, name))
			owner = input->imports[i].owner;

	return link_symbol_named(linker, name, owner && strcmp(owner, input->target) ? owner : "");
}

uint32_t link_symbol_update(struct linker *linker, const char *name, const char *id)
{
	return by_name(linker, KMEND_SYMBOL_UPDATE, name, id);
}

uint32_t link_symbol_one_of(struct linker *linker, const char *names)
{
	return by_name(linker, KMEND_SYMBOL_ONE_OF, names, "");
}

uint32_t link_symbol_any_text(struct linker *linker)
{
	return by_name(linker, KMEND_SYMBOL_ANY_TEXT, "any code", "");
}

uint32_t link_symbol_value(struct linker *linker, const char *name, size_t size)
{
	uint32_t symbol = by_name(linker, KMEND_SYMBOL_VALUE, name, "");

	linker->symbols[symbol].content_size = size;
	return symbol;
}

uint32_t link_symbol_section(struct linker *linker, const struct kmend_delta *delta,
			     const struct kmend_section *section)
{
	struct link_symbol *symbol;
	size_t i;

	for (i = 0; i < linker->nr_symbols; i++) {
		if (linker->symbols[i].kind == KMEND_SYMBOL_SECTION && linker->symbols[i].section == section)
			return i;
	}
	symbol = add(linker, KMEND_SYMBOL_SECTION, section->name, delta->unit);
	symbol->section = section;
	symbol->delta = delta;
	return linker->nr_symbols - 1;
}

uint32_t link_symbol_content(struct linker *linker, const char *what, const uint8_t *content, size_t size)
{
	struct link_symbol *symbol;
	size_t i;

	for (i = 0; i < linker->nr_symbols; i++) {
		symbol = &linker->symbols[i];
		if (symbol->kind == KMEND_SYMBOL_CONTENT && symbol->content_size == size &&
		    !memcmp(symbol->content, content, size))
			return i;
	}
	symbol = add(linker, KMEND_SYMBOL_CONTENT, what, "");
	symbol->content = content;
	symbol->content_size = size;
	return linker->nr_symbols - 1;
}

uint32_t link_field_type(uint32_t relocation_type)
{
	switch (relocation_type) {
	case R_X86_64_64:
		return KMEND_FIELD_ABS64;
	case R_X86_64_32:
		return KMEND_FIELD_ABS32;
	case R_X86_64_32S:
		return KMEND_FIELD_ABS32S;
	case R_X86_64_PC32:
	case R_X86_64_PLT32: /* no PLT in the kernel: a plain distance */
		return KMEND_FIELD_PC32;
	case R_X86_64_PC64:
		return KMEND_FIELD_PC64;
	default:
		return 0;
	}
}

bool link_is_copied(const struct kmend_item *item)
{
	return !item->is_function && !item->run && item->change == KMEND_CHANGE_SAME && item->post->bind == STB_LOCAL &&
	       strchr(item->post->name, '.') && !((item->pre->section->flags | item->post->section->flags) & SHF_WRITE);
}
