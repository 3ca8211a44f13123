// SPDX-License-Identifier: GPL-2.0
/* Look-ups in an object: by name, by place, by offset. */
#include <stdlib.h>
#include <string.h>

#include "../base/str.h"
#include "internal.h"

size_t kmend_relocation_size(uint32_t type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return 4;
	case R_X86_64_PC8:
		return 1;
	default:
		return 0;
	}
}

bool kmend_relocation_is_relative(uint32_t type)
{
	return type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_PC64 || type == R_X86_64_PC8;
}

static bool is_sized(const struct kmend_object_symbol *symbol)
{
	return symbol->section && symbol->size && symbol->type != STT_SECTION && symbol->type != STT_FILE;
}

static bool is_function_or_object(const struct kmend_object_symbol *symbol)
{
	return symbol->type == STT_FUNC || symbol->type == STT_OBJECT;
}

static unsigned int bind_rank(const struct kmend_object_symbol *symbol)
{
	return symbol->bind == STB_GLOBAL ? 0 : symbol->bind == STB_WEAK ? 1 : 2;
}

/* By place; of those at one place the one to be preferred comes last, since the search goes backwards. */
static int compare_places(const void *a, const void *b)
{
	const struct kmend_object_symbol *left = *(struct kmend_object_symbol *const *)a;
	const struct kmend_object_symbol *right = *(struct kmend_object_symbol *const *)b;

	if (left->value != right->value)
		return left->value < right->value ? -1 : 1;
	if (is_function_or_object(left) != is_function_or_object(right))
		return is_function_or_object(left) ? 1 : -1;
	if (bind_rank(left) != bind_rank(right))
		return bind_rank(left) < bind_rank(right) ? 1 : -1;
	return (left->index < right->index) - (left->index > right->index);
}

/* A definition comes before a mere mention, a function or datum before anything else, a global before a local. */
static int compare_names(const void *a, const void *b)
{
	const struct kmend_object_symbol *left = *(struct kmend_object_symbol *const *)a;
	const struct kmend_object_symbol *right = *(struct kmend_object_symbol *const *)b;
	int order = strcmp(left->name, right->name);

	if (order)
		return order;
	if (!left->section != !right->section)
		return left->section ? -1 : 1;
	if (is_function_or_object(left) != is_function_or_object(right))
		return is_function_or_object(left) ? -1 : 1;
	if (bind_rank(left) != bind_rank(right))
		return bind_rank(left) < bind_rank(right) ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

void kmend_object_index(struct kmend_object *object)
{
	object->by_name = kmend_calloc(object->nr_symbols, sizeof(*object->by_name));
	for (size_t i = 0; i < object->nr_symbols; i++) {
		struct kmend_object_symbol *symbol = &object->symbols[i];

		if (is_sized(symbol))
			*kmend_array_add(symbol->section->sized, symbol->section->nr_sized) = symbol;
		if (symbol->type != STT_SECTION && symbol->type != STT_FILE && symbol->name[0])
			object->by_name[object->nr_by_name++] = symbol;
	}
	qsort(object->by_name, object->nr_by_name, sizeof(*object->by_name), compare_names);
	for (size_t i = 0; i < object->nr_sections; i++) {
		struct kmend_section *section = &object->sections[i];

		if (section->nr_sized)
			qsort(section->sized, section->nr_sized, sizeof(*section->sized), compare_places);
	}
}

struct kmend_section *kmend_object_section(const struct kmend_object *object, const char *name)
{
	for (size_t i = 0; i < object->nr_sections; i++)
		if (!strcmp(object->sections[i].name, name))
			return &object->sections[i];
	return NULL;
}

struct kmend_object_symbol *kmend_object_symbol(const struct kmend_object *object, const char *name)
{
	size_t low = 0, high = object->nr_by_name;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(object->by_name[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == object->nr_by_name || strcmp(object->by_name[low]->name, name))
		return NULL;
	return object->by_name[low];
}

struct kmend_object_symbol *kmend_section_symbol_at(const struct kmend_object *object,
						    const struct kmend_section *section, uint64_t offset)
{
	size_t low = 0, high = section->nr_sized;

	(void)object;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (section->sized[middle]->value <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0)
		if (offset - section->sized[low]->value < section->sized[low]->size)
			return section->sized[low];
	return NULL;
}

size_t kmend_section_first_relocation(const struct kmend_section *section, uint64_t from)
{
	size_t low = 0, high = section->nr_relocations;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (section->relocations[middle].offset < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
