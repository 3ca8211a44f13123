// SPDX-License-Identifier: GPL-2.0
/* Lists of numbers that are written when the kernel is linked: what they ask for. See include/linux/btf_ids.h of 6.1. */
#include <stdlib.h>
#include <string.h>

#include "../base/str.h"
#include "special.h"

/* What one number is: __BTF_ID__func__bpf_kfunc_call_test1__123, with a number of __COUNTER__ at the end. */
#define ENTRY_PREFIX "__BTF_ID__"

static size_t significant_length(const char *name)
{
	size_t length = strlen(name);

	while (kmend_starts_with(name, ENTRY_PREFIX) && length && name[length - 1] >= '0' && name[length - 1] <= '9')
		length--;
	return length;
}

/* Place and name of every symbol, in an order that does not depend on the table's. */
static void collect(const struct kmend_object *object, const struct kmend_section *section, struct kmend_strv *names)
{
	for (size_t i = 0; i < object->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &object->symbols[i];

		if (symbol->section == section && *symbol->name)
			kmend_strv_addf(names, "%016llx %.*s", (unsigned long long)symbol->value,
					(int)significant_length(symbol->name), symbol->name);
	}
	kmend_strv_sort(names);
}

bool kmend_lists_are_same(const struct kmend_object *a, const struct kmend_section *in_a, const struct kmend_object *b,
			  const struct kmend_section *in_b)
{
	_cleanup_strv_ struct kmend_strv left = { 0 }, right = { 0 };

	if (in_a->size != in_b->size || !in_a->data != !in_b->data ||
	    (in_a->data && in_a->size && memcmp(in_a->data, in_b->data, in_a->size)))
		return false;
	collect(a, in_a, &left);
	collect(b, in_b, &right);
	if (left.count != right.count)
		return false;
	for (size_t i = 0; i < left.count; i++)
		if (strcmp(left.items[i], right.items[i]) != 0)
			return false;
	return true;
}
