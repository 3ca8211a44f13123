// SPDX-License-Identifier: GPL-2.0
#include "types.h"

#include <stdlib.h>
#include <string.h>

#include "../base/str.h"

void kmend_types_free(struct kmend_types *types)
{
	if (!types)
		return;
	for (size_t i = 0; i < types->nr_types; i++) {
		for (size_t j = 0; j < types->types[i].nr_members; j++)
			free(types->types[i].members[j].name);
		free(types->types[i].members);
		free(types->types[i].name);
		free(types->types[i].file);
	}
	free(types->types);
	for (size_t i = 0; i < types->nr_variables; i++) {
		free(types->variables[i].name);
		free(types->variables[i].function);
	}
	free(types->variables);
	for (size_t i = 0; i < types->nr_functions; i++) {
		free(types->functions[i].name);
		free(types->functions[i].file);
	}
	free(types->functions);
	for (size_t i = 0; i < types->nr_aliases; i++)
		free(types->aliases[i].name);
	free(types->aliases);
	for (size_t i = 0; i < types->nr_inlined; i++) {
		free(types->inlined[i].name);
		free(types->inlined[i].into);
	}
	free(types->inlined);
	kmend_strv_free(&types->casts);
	free(types);
}

const struct kmend_type_variable *kmend_types_variable(const struct kmend_types *types, const char *name)
{
	for (size_t i = 0; i < types->nr_variables; i++)
		if (types->variables[i].use == KMEND_USE_STATIC && !types->variables[i].is_declaration &&
		    !strcmp(types->variables[i].name, name))
			return &types->variables[i];
	return NULL;
}

const struct kmend_type_function *kmend_types_function(const struct kmend_types *types, const char *name)
{
	for (size_t i = 0; i < types->nr_functions; i++)
		if (types->functions[i].is_defined && !strcmp(types->functions[i].name, name))
			return &types->functions[i];
	return NULL;
}

char *kmend_type_words(const struct kmend_types *types, uint32_t index)
{
	const struct kmend_type *type = &types->types[index], *target;
	static const char *const kinds[] = {
		[KMEND_TYPE_ENUM] = "enum ",
		[KMEND_TYPE_STRUCT] = "struct ",
		[KMEND_TYPE_UNION] = "union ",
	};
	const char *kind = type->kind < KMEND_ARRAY_SIZE(kinds) && kinds[type->kind] ? kinds[type->kind] : "";

	switch (type->kind) {
	case KMEND_TYPE_VOID:
		return kmend_strdup("void");
	case KMEND_TYPE_POINTER:
		target = &types->types[type->target];
		kind = target->kind < KMEND_ARRAY_SIZE(kinds) && kinds[target->kind] ? kinds[target->kind] : NULL;
		return kind && target->name ? kmend_format("a pointer to %s%s", kind, target->name)
					    : kmend_strdup("a pointer");
	case KMEND_TYPE_ARRAY:
		return kmend_strdup("an array");
	case KMEND_TYPE_FUNCTION:
		return kmend_strdup("a function");
	default:
		return type->name ? kmend_format("%s%s", kind, type->name) : kmend_format("%s(without a name)", kind);
	}
}

/* The member that holds a byte; NULL: none does. */
static const struct kmend_type_member *member_at(const struct kmend_types *types, const struct kmend_type *type,
						 uint64_t offset)
{
	for (size_t i = 0; i < type->nr_members; i++) {
		const struct kmend_type_member *member = &type->members[i];
		uint64_t from = member->bit_offset / 8, size = types->types[member->type].size;

		if (member->bit_size)
			size = (member->bit_offset % 8 + member->bit_size + 7) / 8;
		if (offset >= from && offset - from < (size ? size : 1))
			return member;
	}
	return NULL;
}

/* Types nest no deeper; a damaged object's may be their own members. */
#define NESTING_MAX 32

char *kmend_type_path(const struct kmend_types *types, uint32_t index, uint64_t offset, uint32_t *ret_type)
{
	struct kmend_buffer path = { 0 };
	bool is_named_member = false;

	kmend_buffer_add(&path, "", 0);
	for (unsigned int depth = 0; depth < NESTING_MAX; depth++) {
		const struct kmend_type *type = &types->types[index];
		const struct kmend_type_member *member;

		if (type->kind == KMEND_TYPE_ARRAY && types->types[type->target].size) {
			uint64_t size = types->types[type->target].size;

			kmend_buffer_addf(&path, "[%llu]", (unsigned long long)(offset / size));
			offset %= size;
			index = type->target;
			continue;
		}
		if (type->kind != KMEND_TYPE_STRUCT && type->kind != KMEND_TYPE_UNION)
			break;
		member = member_at(types, type, offset);
		/* Which member of a union with a name is meant cannot be told. */
		if (!member || (type->kind == KMEND_TYPE_UNION && type->nr_members > 1 && is_named_member))
			break;
		if (member->name)
			kmend_buffer_addf(&path, ".%s", member->name);
		is_named_member = member->name;
		offset -= member->bit_offset / 8;
		index = member->type;
	}
	if (ret_type)
		*ret_type = index;
	return path.data;
}
