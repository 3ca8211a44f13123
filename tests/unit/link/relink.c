// SPDX-License-Identifier: GPL-2.0
#include "relink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/file.h"
#include "core/link/check.h"

/* What an address is: in a section of run or of the update, or of a name that neither has. */
struct meaning {
	const struct kmend_section *section;
	const char *name;
	int64_t offset;
	const uint8_t *content; /* a constant: known by its bytes alone */
	size_t content_size;
};

static struct meaning of_symbol(const struct kmend_object_symbol *symbol, int64_t addend)
{
	if (symbol->section)
		return (struct meaning){ .section = symbol->section, .offset = (int64_t)symbol->value + addend };
	return (struct meaning){ .name = symbol->name, .offset = addend };
}

/* A name means what run calls so, if it does. */
static struct meaning of_name(const struct kmend_object *run, const char *name, int64_t addend)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(run, name);

	if (symbol && symbol->section)
		return of_symbol(symbol, addend);
	return (struct meaning){ .name = name, .offset = addend };
}

static bool of_table(const struct kmend_loaded *loaded, const struct kmend_object *run, const uint8_t *place,
		     struct meaning *ret_meaning)
{
	const struct kmend_target *target = &loaded->update->targets[0];

	for (uint32_t i = 0; i < target->nr_relocations; i++) {
		const struct kmend_relocation *relocation = &target->relocations[i];
		const struct kmend_symbol *symbol = &target->symbols[relocation->symbol];

		if (relocation->place != place)
			continue;
		*ret_meaning = of_name(run, symbol->name, relocation->addend);
		if (symbol->kind == KMEND_SYMBOL_SECTION)
			*ret_meaning = (struct meaning){ .section = kmend_object_section(run, symbol->name),
							 .offset = relocation->addend };
		else if (symbol->kind == KMEND_SYMBOL_CONTENT)
			*ret_meaning = (struct meaning){ .content = symbol->content,
							 .content_size = symbol->content_size,
							 .offset = relocation->addend };
		return true;
	}
	return false;
}

static bool of_file(const struct kmend_loaded *loaded, const struct kmend_object *run,
		    const struct kmend_section *section, uint64_t offset, struct meaning *ret_meaning)
{
	size_t i = kmend_section_first_relocation(section, offset);
	const struct kmend_relocation_entry *relocation = &section->relocations[i];

	(void)loaded;
	if (i == section->nr_relocations || relocation->offset != offset)
		return false;
	*ret_meaning = relocation->symbol->section ? of_symbol(relocation->symbol, relocation->addend)
						   : of_name(run, relocation->symbol->name, relocation->addend);
	return true;
}

/* A jump of the update's own means what it leads to. */
static void follow_jump(const struct kmend_loaded *loaded, const struct kmend_object *run, struct meaning *meaning)
{
	const struct kmend_section *section = meaning->section;
	uint64_t at = meaning->offset + 4;
	struct meaning next;

	if (!section || section < loaded->object->sections ||
	    section >= loaded->object->sections + loaded->object->nr_sections || at + 5 > section->size ||
	    !(section->flags & SHF_EXECINSTR) || section->data[at] != 0xe9)
		return;
	if (of_table(loaded, run, loaded->copies[section - loaded->object->sections] + at + 1, &next))
		*meaning = next;
}

static const uint8_t *bytes_at(const struct meaning *meaning, int64_t tail, size_t *ret_left)
{
	int64_t at = meaning->offset + tail;

	if (meaning->content) {
		*ret_left = meaning->content_size;
		return meaning->content;
	}
	if (!meaning->section || !meaning->section->data || at < 0 || (uint64_t)at >= meaning->section->size)
		return NULL;
	*ret_left = meaning->section->size - at;
	return meaning->section->data + at;
}

/* A copy of the same thing: a string, numbers, or the part of the function that was put aside. */
static bool is_copy(const struct meaning *expected, const struct meaning *found, int64_t tail)
{
	size_t left = 0, size = 0;
	const uint8_t *a = bytes_at(expected, tail, &left), *b = bytes_at(found, tail, &size);

	if (!expected->section || expected->section->flags & SHF_WRITE)
		/* Of no size, so that the address alone counts. */
		return expected->section && found->section && found->section->flags & SHF_WRITE;
	if (expected->section->flags & SHF_EXECINSTR)
		return found->section && found->section->flags & SHF_EXECINSTR &&
		       (!strncmp(expected->section->name, ".text.unlikely", 14) ||
			!strcmp(expected->section->name, ".altinstr_aux"));
	if (!a || !b)
		return false;
	if (expected->section->flags & SHF_STRINGS) {
		size_t length = strnlen((const char *)a, left);

		return length < size && !memcmp(a, b, length + 1);
	}
	/* How large a constant without name is nobody knows. */
	if (left > (expected->section->entsize ? expected->section->entsize : 4))
		left = expected->section->entsize ? expected->section->entsize : 4;
	return !memcmp(a, b, left < size ? left : size);
}

static bool agree(const struct meaning *expected, const struct meaning *found, int64_t tail)
{
	if (found->content || (expected->section && found->section != expected->section))
		return is_copy(expected, found, tail);
	if (expected->section || found->section)
		return expected->section == found->section && expected->offset == found->offset;
	return !strcmp(expected->name, found->name) && expected->offset == found->offset;
}

static void print_meaning(const char *word, const struct meaning *meaning)
{
	printf("# %s %s%+lld\n", word,
	       meaning->content	  ? "a constant"
	       : meaning->section ? meaning->section->name
				  : meaning->name,
	       (long long)meaning->offset);
}

static const struct kmend_section *section_of(const struct kmend_loaded *loaded, const uint8_t *at,
					      uint64_t *ret_offset)
{
	for (size_t i = 0; i < loaded->object->nr_sections; i++) {
		const struct kmend_section *section = &loaded->object->sections[i];

		if (loaded->copies[i] && at >= loaded->copies[i] && at < loaded->copies[i] + section->size) {
			*ret_offset = at - loaded->copies[i];
			return section;
		}
	}
	return NULL;
}

static bool is_in_field(const struct kmend_section *section, uint64_t offset)
{
	size_t i = kmend_section_first_relocation(section, offset < 7 ? 0 : offset - 7);

	for (; i < section->nr_relocations && section->relocations[i].offset <= offset; i++) {
		if (offset < section->relocations[i].offset + kmend_relocation_size(section->relocations[i].type))
			return true;
	}
	return false;
}

/* Calls within .text have no relocation in run, and need one in the copy. */
static bool has_same_code(const struct kmend_section *run, uint64_t from, const struct kmend_section *pre,
			  uint64_t pre_from, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++) {
		if (!is_in_field(run, from + i) && !is_in_field(pre, pre_from + i) &&
		    run->data[from + i] != pre->data[pre_from + i])
			return false;
	}
	return true;
}

/* What a resolved branch of run leads to. */
static struct meaning of_branch(const struct kmend_section *section, uint64_t field)
{
	int32_t distance;

	memcpy(&distance, section->data + field, sizeof(distance));
	return (struct meaning){ .section = section, .offset = (int64_t)field + distance };
}

static int64_t tail_of(const struct kmend_delta *delta, const struct kmend_section *section,
		       const struct kmend_relocation_entry *relocation)
{
	struct kmend_referent referent;

	if (kmend_delta_refer(delta, KMEND_SIDE_PRE, section, relocation, &referent, NULL) < 0)
		return 0;
	return referent.tail;
}

/* A label's address within the function itself: in the copy it is the copy's. */
static bool is_own_label(const struct kmend_item *item, const struct meaning *expected, const struct meaning *found,
			 const struct kmend_section *text, uint64_t at, int64_t tail)
{
	uint64_t offset = expected->offset + tail - item->run->value;

	return expected->section == item->run->section && offset < item->run->size && found->section == text &&
	       found->offset + tail == (int64_t)(at + offset);
}

static void compare_function(const struct kmend_delta *delta, const struct kmend_item *item,
			     const struct kmend_loaded *loaded, const struct kmend_function *function,
			     struct relink_count *count)
{
	const struct kmend_section *run = item->run->section, *pre = item->pre->section, *text;
	size_t i = kmend_section_first_relocation(pre, item->pre->value);
	uint64_t at = 0;
	int64_t tail;

	text = section_of(loaded, function->replacement, &at);
	if (!text || item->run->size != item->pre->size ||
	    !has_same_code(run, item->run->value, pre, item->pre->value, item->pre->size)) {
		count->others++;
		return;
	}
	count->functions++;
	for (; i < pre->nr_relocations && pre->relocations[i].offset < item->pre->value + item->pre->size; i++) {
		uint64_t offset = pre->relocations[i].offset - item->pre->value;
		size_t j = kmend_section_first_relocation(run, item->run->value + offset);
		struct meaning expected, found = { .name = "nothing" };

		if (pre->relocations[i].type == R_X86_64_NONE || pre->relocations[i].type == R_X86_64_PC8)
			continue;
		if (j < run->nr_relocations && run->relocations[j].offset == item->run->value + offset)
			expected = of_symbol(run->relocations[j].symbol, run->relocations[j].addend);
		else
			expected = of_branch(run, item->run->value + offset);
		count->fields++;
		if (!of_table(loaded, delta->run, (const uint8_t *)function->replacement + offset, &found) &&
		    of_file(loaded, delta->run, text, at + offset, &found))
			follow_jump(loaded, delta->run, &found);
		tail = tail_of(delta, pre, &pre->relocations[i]);
		if (strcmp(found.name ? found.name : "", "nothing") &&
		    (agree(&expected, &found, tail) || is_own_label(item, &expected, &found, text, at, tail)))
			continue;
		count->wrong++;
		printf("# %s: %s+0x%llx\n", delta->unit, item->name, (unsigned long long)offset);
		print_meaning("refers, as it runs, to", &expected);
		print_meaning("and in the copy to", &found);
	}
}

static void compare_all(const struct kmend_delta *delta, const struct kmend_loaded *loaded, struct relink_count *count)
{
	const struct kmend_target *target = &loaded->update->targets[0];

	for (uint32_t i = 0; i < target->nr_functions; i++) {
		const struct kmend_function *function = &target->functions[i];

		if (function->role != KMEND_ROLE_REPLACE)
			continue;
		for (size_t j = 0; j < delta->nr_items; j++) {
			const struct kmend_item *item = &delta->items[j];

			if (item->is_function && item->run && item->pre && !strcmp(item->run->name, function->name) &&
			    item->run->value == function->section_offset && item->run->size == function->pre_size)
				compare_function(delta, item, loaded, function, count);
		}
	}
}

int relink(struct kmend_delta *delta, const struct kmend_exports *exports, struct relink_count *ret_count,
	   struct kmend_error *error)
{
	const struct kmend_link_input input = { .id = "relink",
						.description = "",
						.release = "",
						.version = "",
						.deltas = &delta,
						.nr_deltas = 1,
						.all_deltas = &delta,
						.nr_all_deltas = 1,
						.exports = exports };
	_cleanup_(kmend_loaded_guard) struct kmend_loaded *loaded = NULL;
	_cleanup_free_ char *directory = NULL, *path = NULL;
	struct relink_count count = { 0 };
	struct kmend_link_result result = { 0 };
	int r = kmend_temporary_directory("kmend-relink", &directory, error);

	if (r < 0)
		return r;
	path = kmend_path(directory, "update.o");
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];

		if (item->is_function && item->run && item->pre && item->post &&
		    !kmend_special_of(item->pre->section)->is_over)
			item->change = KMEND_CHANGE_CHANGED;
	}
	r = kmend_link_object(&input, path, &result, error);
	for (size_t i = 0; !r && i < result.nr_reasons; i++)
		printf("# %s: %s\n", result.reasons[i].code, result.reasons[i].text);
	if (!r && result.nr_reasons)
		r = kmend_fail(error, KMEND_STATUS_FAILURE, -EOPNOTSUPP, "%s: cannot be linked", delta->unit);
	if (!r)
		r = kmend_loaded_read(path, &loaded, error);
	if (!r)
		compare_all(delta, loaded, &count);
	kmend_link_result_free(&result);
	kmend_remove_tree(directory, NULL);
	*ret_count = count;
	return r;
}
