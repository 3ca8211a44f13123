// SPDX-License-Identifier: GPL-2.0
/* Which members of a datum changed, in the words of its type. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define TOLD_MAX 6 /* places; of more only the number is told */

struct place {
	uint64_t offset;
	char *now;	  /* what it refers to after the change; NULL: nothing, or a number */
	bool is_callback; /* a function where nothing was */
};

static const struct kmend_relocation_entry *relocation_at(const struct kmend_section *section, uint64_t offset)
{
	size_t i = kmend_section_first_relocation(section, offset);

	return i < section->nr_relocations && section->relocations[i].offset == offset ? &section->relocations[i]
										       : NULL;
}

/* A relocation's meaning in words that can be compared between pre and post. */
static char *meaning(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_section *section,
		     const struct kmend_relocation_entry *relocation, bool *ret_is_function)
{
	struct kmend_referent to = { 0 };

	*ret_is_function = false;
	if (kmend_delta_refer(delta, side, section, relocation, &to, NULL) < 0)
		return kmend_strdup("?");
	if (to.kind == KMEND_REFERENT_CONTENT)
		return kmend_format("\"%.*s\"", (int)strnlen((const char *)to.content, to.content_size), to.content);
	if (to.kind == KMEND_REFERENT_ITEM && to.item) {
		*ret_is_function = to.item->is_function && !to.offset;
		return to.offset ? kmend_format("%s+%lld", to.item->name, (long long)to.offset)
				 : kmend_strdup(to.item->name);
	}
	if (to.kind == KMEND_REFERENT_EXTERNAL)
		return to.offset ? kmend_format("%s+%lld", to.symbol->name, (long long)to.offset)
				 : kmend_strdup(to.symbol->name);
	return kmend_format("%s+%lld", to.section ? to.section->name : "", (long long)to.offset);
}

static uint8_t byte_at(const struct kmend_object_symbol *symbol, uint64_t offset)
{
	const struct kmend_section *section = symbol->section;

	return section->data && symbol->value + offset < section->size ? section->data[symbol->value + offset] : 0;
}

static void add_place(struct place **places, size_t *count, uint64_t offset, char *now, bool is_callback)
{
	struct place *place = kmend_array_add(*places, *count);

	*place = (struct place){ offset, now, is_callback };
}

/* One step through both sides at an offset: returns how far it went. */
static uint64_t compare_at(const struct kmend_delta *delta, const struct kmend_item *item, uint64_t offset,
			   struct place **places, size_t *count)
{
	const struct kmend_section *pre = item->pre->section, *post = item->post->section;
	const struct kmend_relocation_entry *a = relocation_at(pre, item->pre->value + offset);
	const struct kmend_relocation_entry *b = relocation_at(post, item->post->value + offset);
	bool was_function = false, is_function = false;
	_cleanup_free_ char *was = NULL;
	char *now;

	if (!a && !b) {
		if (byte_at(item->pre, offset) != byte_at(item->post, offset))
			add_place(places, count, offset, NULL, false);
		return 1;
	}
	was = a ? meaning(delta, KMEND_SIDE_PRE, pre, a, &was_function) : NULL;
	now = b ? meaning(delta, KMEND_SIDE_POST, post, b, &is_function) : NULL;
	if (was && now && !strcmp(was, now))
		free(now);
	else
		add_place(places, count, offset, now, is_function && !was);
	return kmend_relocation_size((a ? a : b)->type) ? kmend_relocation_size((a ? a : b)->type) : 1;
}

static bool is_callback_type(const struct kmend_types *types, uint32_t type)
{
	return types && types->types[type].kind == KMEND_TYPE_POINTER &&
	       types->types[types->types[type].target].kind == KMEND_TYPE_FUNCTION;
}

/* gcc numbers static locals; types know them by their own name. */
static const struct kmend_type_variable *variable_of(const struct kmend_types *types, const char *name)
{
	_cleanup_free_ char *stem = kmend_strndup(name, strcspn(name, "."));

	return types ? kmend_types_variable(types, stem) : NULL;
}

void members_tell(const struct kmend_delta *delta, const struct kmend_item *item, const struct kmend_types *types,
		  struct kmend_reason *reason)
{
	const struct kmend_type_variable *variable = variable_of(types, item->name);
	uint64_t size = item->pre->size > item->post->size ? item->pre->size : item->post->size;
	_cleanup_buffer_ struct kmend_buffer list = { 0 };
	struct place *places = NULL;
	size_t count = 0, told = 0;
	bool only_callbacks = true;
	_cleanup_free_ char *last = NULL;

	for (uint64_t offset = 0; offset < size;)
		offset += compare_at(delta, item, offset, &places, &count);
	for (size_t i = 0; i < count; i++) {
		uint32_t type = 0;
		char *path = variable ? kmend_type_path(types, variable->type, places[i].offset, &type)
				      : kmend_format("+%llu", (unsigned long long)places[i].offset);

		only_callbacks &=
			places[i].is_callback ||
			(places[i].now && is_callback_type(types, type) && !byte_at(item->pre, places[i].offset) &&
			 !relocation_at(item->pre->section, item->pre->value + places[i].offset));
		/* Several bytes of one member are one place. */
		if (last && !strcmp(last, path)) {
			free(path);
			continue;
		}
		if (told++ < TOLD_MAX)
			kmend_buffer_addf(&list, "%s%s%s%s%s", list.size ? ", " : "", item->name, path,
					  places[i].now ? " = " : "", places[i].now ? places[i].now : "");
		free(last);
		last = path;
	}
	if (told > TOLD_MAX)
		kmend_buffer_addf(&list, " and %zu more", told - TOLD_MAX);
	if (count && list.data) {
		free(reason->text);
		if (only_callbacks && item->pre->size == item->post->size) {
			reason->code = "callback-added";
			reason->text =
				kmend_format("%s: a table that is in use gets a callback: %s", delta->unit, list.data);
		} else {
			reason->text = kmend_format("%s: the initial content of %s changed: %s", delta->unit,
						    item->name, list.data);
		}
	}
	for (size_t i = 0; i < count; i++)
		free(places[i].now);
	free(places);
}
