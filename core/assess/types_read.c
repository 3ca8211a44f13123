// SPDX-License-Identifier: GPL-2.0
/* DWARF, read by libdw: it applies an object's relocations to it and checks the bounds of its sections. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/str.h"
#include "../kernel/compile.h"
#include "types.h"

/* More than any unit has; a damaged object must not make us count for ever. */
#define DIES_MAX 4000000
#define DEPTH_MAX 256
#define TYPES_DEPTH_MAX 4096
#define MEMBERS_MAX 65536

/* Types by the place of their DIE: open addressing, grown by doubling. */
struct place {
	uint64_t offset; /* + 1; 0: free */
	uint32_t type;
};

struct reading {
	struct kmend_types *types;
	struct place *places;
	size_t nr_places, room;
	size_t nr_dies;
	const char *function; /* that is being read, or NULL */
};

static struct place *place_of(struct place *places, size_t room, uint64_t offset)
{
	size_t i = (offset * 0x9e3779b97f4a7c15ull) >> 32;

	for (;; i++)
		if (!places[i & (room - 1)].offset || places[i & (room - 1)].offset == offset + 1)
			return &places[i & (room - 1)];
}

static void note_place(struct reading *reading, uint64_t offset, uint32_t type)
{
	struct place *place;

	if ((reading->nr_places + 1) * 2 > reading->room) {
		size_t room = reading->room ? reading->room * 2 : 4096;
		struct place *places = kmend_calloc(room, sizeof(*places));

		for (size_t i = 0; i < reading->room; i++)
			if (reading->places[i].offset)
				*place_of(places, room, reading->places[i].offset - 1) = reading->places[i];
		free(reading->places);
		reading->places = places;
		reading->room = room;
	}
	place = place_of(reading->places, reading->room, offset);
	reading->nr_places += !place->offset;
	*place = (struct place){ offset + 1, type };
}

static uint64_t number_of(Dwarf_Die *die, unsigned int name, uint64_t otherwise)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (!dwarf_attr_integrate(die, name, &attribute) || dwarf_formudata(&attribute, &value))
		return otherwise;
	return value;
}

/*
 * A flag that is there without a value (DW_FORM_flag_present) is no number to libdw. Asked of this entry alone: a
 * definition refers to its declaration, and must not inherit that it is one.
 */
static bool flag_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;
	bool flag;

	return dwarf_attr(die, name, &attribute) && !dwarf_formflag(&attribute, &flag) && flag;
}

static char *name_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));

	return name && *name ? kmend_strdup(name) : NULL;
}

static char *file_of(Dwarf_Die *die)
{
	const char *file = dwarf_decl_file(die);

	return file ? kmend_strdup(file) : NULL;
}

static unsigned int line_of(Dwarf_Die *die)
{
	int line;

	return dwarf_decl_line(die, &line) ? 0 : line;
}

static uint32_t type_of(struct reading *reading, Dwarf_Die *die, unsigned int depth);

/* The type that a DIE's DW_AT_type names; 0: void, or none. */
static uint32_t target_of(struct reading *reading, Dwarf_Die *die, unsigned int depth)
{
	Dwarf_Attribute attribute;
	Dwarf_Die target;

	if (!dwarf_attr_integrate(die, DW_AT_type, &attribute) || !dwarf_formref_die(&attribute, &target))
		return 0;
	return type_of(reading, &target, depth + 1);
}

static const struct {
	int tag;
	enum kmend_type_kind kind;
} tags[] = {
	{ DW_TAG_base_type, KMEND_TYPE_BASE },		 { DW_TAG_enumeration_type, KMEND_TYPE_ENUM },
	{ DW_TAG_pointer_type, KMEND_TYPE_POINTER },	 { DW_TAG_structure_type, KMEND_TYPE_STRUCT },
	{ DW_TAG_union_type, KMEND_TYPE_UNION },	 { DW_TAG_array_type, KMEND_TYPE_ARRAY },
	{ DW_TAG_subroutine_type, KMEND_TYPE_FUNCTION },
};

static bool is_seen_through(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

static struct kmend_type *new_type(struct reading *reading, enum kmend_type_kind kind, uint32_t *ret_index)
{
	struct kmend_type *type = kmend_array_add(reading->types->types, reading->types->nr_types);

	type->kind = kind;
	*ret_index = reading->types->nr_types - 1;
	return type;
}

/* What is left out would be missed, so nothing of the object is believed. */
static void give_up(struct reading *reading)
{
	reading->nr_dies = DIES_MAX + 1;
}

/* Has it more than any type has? */
static bool is_full(struct reading *reading, const struct kmend_type *type)
{
	if (type->nr_members < MEMBERS_MAX)
		return false;
	give_up(reading);
	return true;
}

static void read_member(struct reading *reading, Dwarf_Die *die, uint32_t owner, unsigned int depth)
{
	uint32_t type = target_of(reading, die, depth);
	uint64_t bit_offset = number_of(die, DW_AT_data_bit_offset, UINT64_MAX);
	struct kmend_type_member *member;
	struct kmend_type *into = &reading->types->types[owner]; /* after target_of(): the array may have moved */

	if (is_full(reading, into))
		return;
	member = kmend_array_add(into->members, into->nr_members);
	member->name = name_of(die);
	member->type = type;
	member->bit_size = number_of(die, DW_AT_bit_size, 0);
	member->bit_offset = bit_offset != UINT64_MAX ? bit_offset : number_of(die, DW_AT_data_member_location, 0) * 8;
}

static void read_enumerator(struct reading *reading, Dwarf_Die *die, uint32_t owner)
{
	struct kmend_type *into = &reading->types->types[owner];
	struct kmend_type_member *member;
	Dwarf_Attribute attribute;
	Dwarf_Sword signed_number = 0;
	Dwarf_Word number = 0;
	bool is_signed;

	if (is_full(reading, into) || !dwarf_attr(die, DW_AT_const_value, &attribute))
		return;
	is_signed = dwarf_whatform(&attribute) == DW_FORM_sdata || dwarf_whatform(&attribute) == DW_FORM_implicit_const;
	if (is_signed ? dwarf_formsdata(&attribute, &signed_number) : dwarf_formudata(&attribute, &number))
		return;
	member = kmend_array_add(into->members, into->nr_members);
	member->name = name_of(die);
	member->bit_offset = is_signed ? (uint64_t)signed_number : number;
}

static void read_dimension(struct reading *reading, Dwarf_Die *die, uint32_t owner)
{
	struct kmend_type *array = &reading->types->types[owner];
	uint64_t count = number_of(die, DW_AT_count, UINT64_MAX), last = number_of(die, DW_AT_upper_bound, UINT64_MAX);

	if (count == UINT64_MAX)
		count = last == UINT64_MAX ? 0 : last + 1;
	array->shape = (array->shape ^ count) * 1099511628211u;
	/* One number for all dimensions; what is too large is not known. */
	array->count = array->count && count < UINT32_MAX && array->count < UINT32_MAX ? array->count * count : 0;
}

static void read_children(struct reading *reading, Dwarf_Die *die, uint32_t owner, unsigned int depth)
{
	Dwarf_Die child;

	if (dwarf_child(die, &child))
		return;
	do {
		int tag = dwarf_tag(&child);

		if (++reading->nr_dies > DIES_MAX)
			return;
		if (tag == DW_TAG_member || tag == DW_TAG_formal_parameter)
			read_member(reading, &child, owner, depth);
		else if (tag == DW_TAG_enumerator)
			read_enumerator(reading, &child, owner);
		else if (tag == DW_TAG_subrange_type)
			read_dimension(reading, &child, owner);
		else if (tag == DW_TAG_unspecified_parameters)
			reading->types->types[owner].is_variadic = true;
	} while (!dwarf_siblingof(&child, &child));
}

static void finish_array(struct kmend_types *types, uint32_t index)
{
	struct kmend_type *array = &types->types[index];
	uint64_t size = types->types[array->target].size;

	array->size = size && array->count && array->count <= UINT64_MAX / size ? array->count * size : 0;
}

static uint32_t read_type(struct reading *reading, Dwarf_Die *die, enum kmend_type_kind kind, unsigned int depth)
{
	struct kmend_type *type;
	uint32_t index, target;

	type = new_type(reading, kind, &index);
	/* Known before its members are read: they may refer to it. */
	note_place(reading, dwarf_dieoffset(die), index);
	type->name = kind == KMEND_TYPE_POINTER || kind == KMEND_TYPE_ARRAY ? NULL : name_of(die);
	type->is_declaration = flag_of(die, DW_AT_declaration);
	type->size = number_of(die, DW_AT_byte_size, kind == KMEND_TYPE_POINTER ? 8 : 0);
	type->count = kind == KMEND_TYPE_ARRAY;
	type->file = file_of(die);
	type->line = line_of(die);
	if (kind == KMEND_TYPE_POINTER || kind == KMEND_TYPE_ARRAY || kind == KMEND_TYPE_FUNCTION) {
		target = target_of(reading, die, depth);
		reading->types->types[index].target = target;
	}
	if (kind != KMEND_TYPE_BASE && kind != KMEND_TYPE_POINTER)
		read_children(reading, die, index, depth);
	if (kind == KMEND_TYPE_ARRAY)
		finish_array(reading->types, index);
	return index;
}

static void note_alias(struct reading *reading, Dwarf_Die *die, uint32_t index)
{
	char *name = name_of(die);

	if (!name)
		return;
	*kmend_array_add(reading->types->aliases, reading->types->nr_aliases) =
		(struct kmend_type_alias){ name, index };
}

static uint32_t type_of(struct reading *reading, Dwarf_Die *die, unsigned int depth)
{
	int tag = dwarf_tag(die);
	uint64_t offset = dwarf_dieoffset(die);
	struct place *known = reading->room ? place_of(reading->places, reading->room, offset) : NULL;
	uint32_t index;

	if (known && known->offset)
		return known->type;
	if (depth > TYPES_DEPTH_MAX)
		give_up(reading);
	if (++reading->nr_dies > DIES_MAX)
		return 0;
	if (is_seen_through(tag)) {
		struct kmend_type *type;

		note_place(reading, offset, 0); /* a circle of typedefs ends here */
		index = target_of(reading, die, depth);
		note_place(reading, offset, index);
		type = &reading->types->types[index];
		if (tag == DW_TAG_typedef && index && !type->name && type->kind >= KMEND_TYPE_STRUCT &&
		    type->kind <= KMEND_TYPE_UNION)
			type->name = name_of(die);
		else if (tag == DW_TAG_typedef && index && type->kind >= KMEND_TYPE_STRUCT &&
			 type->kind <= KMEND_TYPE_UNION)
			note_alias(reading, die, index);
		return index;
	}
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(tags); i++)
		if (tags[i].tag == tag)
			return read_type(reading, die, tags[i].kind, depth);
	note_place(reading, offset, 0);
	return 0;
}

static void read_variable(struct reading *reading, Dwarf_Die *die, enum kmend_use use)
{
	uint32_t type = target_of(reading, die, 0);
	struct kmend_type_variable *variable;
	char *name;

	name = name_of(die);
	variable = kmend_array_add(reading->types->variables, reading->types->nr_variables);
	variable->name = name ? name : kmend_strdup("");
	variable->type = type;
	variable->use = use;
	variable->function = reading->function ? kmend_strdup(reading->function) : NULL;
	variable->line = line_of(die);
	variable->is_declaration = flag_of(die, DW_AT_declaration);
}

/* DW_OP_addr: a variable in a section, not on a stack. */
static bool is_static(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *operations;
	size_t count;

	return dwarf_attr(die, DW_AT_location, &attribute) && !dwarf_getlocation(&attribute, &operations, &count) &&
	       count && operations[0].atom == DW_OP_addr;
}

static void read_scope(struct reading *reading, Dwarf_Die *die, unsigned int depth, bool is_inlined);
static void read_function(struct reading *reading, Dwarf_Die *die, unsigned int depth)
{
	Dwarf_Attribute attribute;
	const char *outer = reading->function;
	_cleanup_free_ char *name = name_of(die);
	struct kmend_type_function *function;
	uint32_t index, target;

	if (!name)
		return;
	/* Not of copies that repeat an inline function's variables. */
	if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute)) {
		new_type(reading, KMEND_TYPE_FUNCTION, &index);
		target = target_of(reading, die, 0);
		reading->types->types[index].target = target;
		read_children(reading, die, index, 0);
		function = kmend_array_add(reading->types->functions, reading->types->nr_functions);
		function->name = kmend_strdup(name);
		function->type = index;
		function->is_defined = !flag_of(die, DW_AT_declaration);
		function->file = file_of(die);
		function->line = line_of(die);
	}
	/* Of what is in another unit only what it gives back matters here. */
	if (flag_of(die, DW_AT_declaration))
		return;
	reading->function = name;
	read_scope(reading, die, depth, false);
	reading->function = outer;
}

/* Its variables are those of the function itself; that they are here, too, is what counts. */
static void read_inlined(struct reading *reading, Dwarf_Die *die, unsigned int depth)
{
	char *name = name_of(die);

	if (name && reading->function)
		*kmend_array_add(reading->types->inlined, reading->types->nr_inlined) =
			(struct kmend_type_inlined){ name, kmend_strdup(reading->function) };
	else
		free(name);
	read_scope(reading, die, depth, true);
}

/* Variables, functions and the blocks in them; of what is inlined, only what else is inlined in it. */
static void read_scope(struct reading *reading, Dwarf_Die *die, unsigned int depth, bool is_inlined)
{
	Dwarf_Die child;

	if (depth > DEPTH_MAX)
		give_up(reading);
	if (depth > DEPTH_MAX || dwarf_child(die, &child))
		return;
	do {
		int tag = dwarf_tag(&child);

		if (++reading->nr_dies > DIES_MAX)
			return;
		if (tag == DW_TAG_lexical_block)
			read_scope(reading, &child, depth + 1, is_inlined);
		else if (tag == DW_TAG_inlined_subroutine)
			read_inlined(reading, &child, depth + 1);
		else if (is_inlined)
			continue;
		else if (tag == DW_TAG_subprogram)
			read_function(reading, &child, depth + 1);
		else if (tag == DW_TAG_formal_parameter)
			read_variable(reading, &child, KMEND_USE_PARAMETER);
		else if (tag == DW_TAG_variable)
			read_variable(reading, &child,
				      !reading->function || is_static(&child) || flag_of(&child, DW_AT_external)
					      ? KMEND_USE_STATIC
					      : KMEND_USE_LOCAL);
		else if (tag == DW_TAG_typedef)
			type_of(reading, &child, 0);
		else if (tag == DW_TAG_enumeration_type ||
			 (!reading->function && (tag == DW_TAG_structure_type || tag == DW_TAG_union_type)))
			type_of(reading, &child, 0);
	} while (!dwarf_siblingof(&child, &child));
}

static int find_nothing(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
			const char *link, GElf_Word crc, char **path)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)path;
	return -1; /* what is not in the object is not looked for elsewhere */
}

static int find_no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **path, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)path, (void)elf;
	return -1;
}

static void dwfl_guard(Dwfl **dwfl)
{
	if (*dwfl)
		dwfl_end(*dwfl);
}

static int no_types(const char *name, struct kmend_error *error)
{
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: its types cannot be read: %s", name,
			  dwfl_errmsg(-1));
}

int kmend_types_read_fd(int fd, const char *name, struct kmend_types **ret_types, struct kmend_error *error)
{
	static const Dwfl_Callbacks callbacks = { .find_elf = find_no_elf,
						  .find_debuginfo = find_nothing,
						  .section_address = dwfl_offline_section_address };
	_cleanup_(dwfl_guard) Dwfl *dwfl = dwfl_begin(&callbacks);
	_cleanup_types_ struct kmend_types *types = kmend_calloc(1, sizeof(*types));
	struct reading reading = { .types = types };
	Dwfl_Module *module = NULL;
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias;
	uint32_t none;
	size_t units = 0;

	if (dwfl)
		dwfl_report_begin(dwfl);
	module = dwfl ? dwfl_report_offline(dwfl, name, name, fd) : NULL;
	if (!module) {
		close(fd);
		return no_types(name, error);
	}
	dwfl_report_end(dwfl, NULL, NULL);
	if (!dwfl_module_getdwarf(module, &bias))
		return no_types(name, error);
	new_type(&reading, KMEND_TYPE_VOID, &none);
	for (; (unit = dwfl_module_nextcu(module, unit, &bias)) && reading.nr_dies <= DIES_MAX; units++)
		read_scope(&reading, unit, 0, false);
	free(reading.places);
	if (reading.nr_dies > DIES_MAX)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: it has too many types", name);
	if (!units)
		return no_types(name, error);
	*ret_types = kmend_steal(types);
	return 0;
}

int kmend_types_read(const char *path, struct kmend_types **ret_types, struct kmend_error *error)
{
	_cleanup_free_ char *text = kmend_format("%s" KMEND_READ_TEXT, path);
	_cleanup_types_ struct kmend_types *types = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return kmend_fail_errno(error, -errno, "cannot open %s", path);
	r = kmend_types_read_fd(fd, path, &types, error);
	/* A unit without functions has none. */
	if (!r && !access(text, F_OK))
		r = kmend_casts_read(text, &types->casts, error);
	if (!r)
		*ret_types = kmend_steal(types);
	return r;
}
