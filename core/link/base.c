// SPDX-License-Identifier: GPL-2.0
/* What earlier updates (bases) brought, as the modules of these updates hold it. */
#include <string.h>

#include "internal.h"

/* The name of something that gcc numbered, without the number; else the name. */
static size_t stem_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && dot[1] && strspn(dot + 1, "0123456789") == strlen(dot + 1) ? (size_t)(dot - name)
												: strlen(name);
}

static bool is_named(const struct kmend_object_symbol *symbol, const char *name, bool by_stem)
{
	size_t stem = stem_of(name);

	if (!by_stem || !name[stem])
		return !strcmp(symbol->name, name);
	return stem_of(symbol->name) == stem && symbol->name[stem] && !strncmp(symbol->name, name, stem);
}

/* How many things of that name a base holds; a function that existed before has another name there (copy.c). */
static size_t count_named(const struct kmend_link_base *base, const char *name, bool is_function, bool by_stem,
			  const char **ret_name)
{
	size_t count = 0, i, j;

	for (i = 0; i < base->nr_modules; i++) {
		for (j = 1; j < base->modules[i]->nr_symbols; j++) {
			const struct kmend_object_symbol *symbol = &base->modules[i]->symbols[j];

			if (!symbol->section || symbol->type != (is_function ? STT_FUNC : STT_OBJECT) ||
			    !is_named(symbol, name, by_stem))
				continue;
			*ret_name = symbol->name;
			count++;
		}
	}
	return count;
}

enum link_base_found link_base_find(const struct linker *linker, const char *name, bool is_function,
				    const struct kmend_link_base **ret_base, const char **ret_name)
{
	const struct kmend_link_input *input = linker->input;
	size_t i = input->nr_bases;

	while (i-- > 0) {
		size_t count = count_named(&input->bases[i], name, is_function, input->nr_bases > 1, ret_name);

		if (!count)
			continue;
		*ret_base = &input->bases[i];
		return count == 1 ? LINK_BASE_FOUND : LINK_BASE_AMBIGUOUS;
	}
	return LINK_BASE_NONE;
}

bool link_base_brings(const struct linker *linker, const char *name, bool *ret_is_function)
{
	size_t i;

	for (i = 0; i < linker->input->nr_base_deltas; i++) {
		const struct kmend_delta *delta = linker->input->base_deltas[i];
		const struct kmend_object_symbol *symbol = kmend_object_symbol(delta->post, name);
		const struct kmend_item *item;

		if (!symbol || !symbol->section || symbol->bind == STB_LOCAL)
			continue;
		item = kmend_delta_item(delta, KMEND_SIDE_POST, symbol);
		if (!item || item->change != KMEND_CHANGE_NEW)
			continue;
		*ret_is_function = item->is_function;
		return true;
	}
	return false;
}
