// SPDX-License-Identifier: GPL-2.0
/* Are two stretches of code or data the same, but for where things lie? */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Fragments do not refer to further ones; more than this is damage. */
#define MAX_DEPTH 4

static int differs(struct comparison *comparison, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int differs(struct comparison *comparison, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(comparison->why, sizeof(comparison->why), format, args);
	va_end(args);
	return 0;
}

static bool is_ignored(uint64_t ignored, uint64_t offset)
{
	return offset < 64 && ignored >> offset & 1;
}

static struct stretch stretch_of(enum kmend_side side, const struct kmend_object_symbol *symbol)
{
	return (struct stretch){ side, symbol->section, symbol->value, symbol->size };
}

static const struct kmend_relocation_entry *relocation_in(const struct stretch *stretch, size_t i)
{
	const struct kmend_section *section = stretch->section;

	if (i >= section->nr_relocations || section->relocations[i].offset >= stretch->from + stretch->size)
		return NULL;
	return &section->relocations[i];
}

/* How many bytes from this offset on are filled in by relocations. */
static size_t relocated_bytes(const struct stretch *stretch, size_t *next, uint64_t offset)
{
	const struct kmend_relocation_entry *relocation;
	size_t covered = 0;

	while ((relocation = relocation_in(stretch, *next)) && relocation->offset <= offset) {
		size_t size = kmend_relocation_size(relocation->type);

		if (size > covered)
			covered = size;
		(*next)++;
	}
	return covered;
}

static int compare_bytes(struct comparison *comparison, const struct stretch *a, const struct stretch *b,
			 uint64_t ignored)
{
	size_t next = kmend_section_first_relocation(a->section, a->from);

	for (uint64_t i = 0; i < a->size; i++) {
		size_t covered = relocated_bytes(a, &next, a->from + i);

		if (covered) {
			i += covered - 1;
			continue;
		}
		if (is_ignored(ignored, i))
			continue;
		if (a->section->data[a->from + i] != b->section->data[b->from + i])
			return differs(comparison, "bytes at +0x%llx", (unsigned long long)i);
	}
	return 1;
}

/* Two statics that are not correlated yet: could they be the same? */
static int presume_pair(struct comparison *comparison, struct stretch *a, struct kmend_object_symbol *left,
			struct stretch *b, struct kmend_object_symbol *right)
{
	_cleanup_free_ char *left_base = NULL, *right_base = NULL;
	struct pair *pair;

	if (!name_is_numbered(left) || !name_is_numbered(right) || left->size != right->size)
		return 0;
	left_base = name_base(left->name);
	right_base = name_base(right->name);
	if (strcmp(left_base, right_base) || left->section->type != right->section->type ||
	    left->section->flags != right->section->flags)
		return 0;
	if (symbol_goes_by_content(left)) {
		char why[sizeof(comparison->why)];
		int r;

		/* They may themselves refer to such constants: pr_debug()'s descriptor to __func__. */
		memcpy(why, comparison->why, sizeof(why));
		r = compare_symbols(comparison, a->side, left, b->side, right);
		memcpy(comparison->why, why, sizeof(why));

		if (r <= 0)
			return r;
	}
	pair = kmend_array_add(comparison->pairs, comparison->nr_pairs);
	pair->a = left;
	pair->b = right;
	return 1;
}

/* Into buffer: a name, or the beginning of a string. */
static const char *referent_name(const struct kmend_referent *referent, char buffer[40])
{
	switch (referent->kind) {
	case KMEND_REFERENT_EXTERNAL:
	case KMEND_REFERENT_ITEM:
		return referent->symbol->name;
	case KMEND_REFERENT_CONTENT:
		if (!(referent->section->flags & SHF_STRINGS))
			return "another constant";
		snprintf(buffer, 40, "\"%.30s\"", (const char *)referent->content);
		for (char *c = buffer; *c; c++)
			if (!isprint((unsigned char)*c))
				*c = ' ';
		return buffer;
	default:
		return referent->section->name;
	}
}

/* A place without a symbol: a fragment is compared by what it is, others by where they are. */
static int compare_places(struct comparison *comparison, enum kmend_side a_side, const struct kmend_referent *a,
			  enum kmend_side b_side, const struct kmend_referent *b, unsigned int depth)
{
	struct stretch left = { a_side, a->section, a->offset, 0 }, right = { b_side, b->section, b->offset, 0 };

	if (strcmp(a->section->name, b->section->name))
		return 0;
	if (kmend_special_of(a->section)->kind != KMEND_SPECIAL_FRAGMENTS)
		return a->offset == b->offset;
	if (!a->section->data || !b->section->data || a->offset < 0 || b->offset < 0 ||
	    (uint64_t)a->offset >= a->section->size || (uint64_t)b->offset >= b->section->size)
		return 0;
	left.size = fragment_size(a->section, a->offset);
	right.size = fragment_size(b->section, b->offset);
	if (!left.size || left.size != right.size)
		return 0;
	return compare_stretches(comparison, left, right, 0, depth + 1);
}

/* Skip the line number in "… at net/core/skbuff.c:123" (fortified memcpy() and others spell it out). */
static const char *behind_line_number(const char *start, const char *text)
{
	if (text - start < 3 || text[-1] != ':' || (text[-2] != 'c' && text[-2] != 'h') || text[-3] != '.')
		return text;
	while (isdigit((unsigned char)*text))
		text++;
	return text;
}

static bool constants_agree(const struct kmend_referent *a, const struct kmend_referent *b)
{
	const char *left = (const char *)a->content, *right = (const char *)b->content;

	if (a->content_size == b->content_size && !memcmp(left, right, a->content_size))
		return true;
	if (!(a->section->flags & b->section->flags & SHF_STRINGS) || a->section->entsize > 1 ||
	    b->section->entsize > 1)
		return false;
	while (*left && *left == *right) {
		left = behind_line_number((const char *)a->content, left + 1);
		right = behind_line_number((const char *)b->content, right + 1);
	}
	return *left == *right;
}

static int compare_referents(struct comparison *comparison, struct stretch *a_from, const struct kmend_referent *a,
			     struct stretch *b_from, const struct kmend_referent *b, unsigned int depth)
{
	if (a->kind != b->kind)
		return 0;
	switch (a->kind) {
	case KMEND_REFERENT_EXTERNAL:
		return !strcmp(a->symbol->name, b->symbol->name) && a->offset == b->offset;
	case KMEND_REFERENT_CONTENT:
		return constants_agree(a, b);
	case KMEND_REFERENT_PLACE:
		return compare_places(comparison, a_from->side, a, b_from->side, b, depth);
	case KMEND_REFERENT_ITEM:
		if (a->offset != b->offset)
			return 0;
		if (a->item || b->item)
			return a->item == b->item;
		if (comparison->presumes_statics)
			return presume_pair(comparison, a_from, a->symbol, b_from, b->symbol);
		return 0;
	}
	return 0;
}

static int compare_relocations(struct comparison *comparison, struct stretch *a, struct stretch *b, uint64_t ignored,
			       unsigned int depth)
{
	size_t i = kmend_section_first_relocation(a->section, a->from);
	size_t j = kmend_section_first_relocation(b->section, b->from);

	for (;; i++, j++) {
		const struct kmend_relocation_entry *left = relocation_in(a, i), *right = relocation_in(b, j);
		struct kmend_referent left_to, right_to;
		uint64_t offset;
		int r;

		if (!left && !right)
			return 1;
		if (!left || !right)
			return differs(comparison, "more or fewer references");
		offset = left->offset - a->from;
		if (offset != right->offset - b->from || left->type != right->type)
			return differs(comparison, "a reference's place or kind at +0x%llx",
				       (unsigned long long)offset);
		if (is_ignored(ignored, offset))
			continue;
		r = kmend_delta_refer(comparison->delta, a->side, a->section, left, &left_to, comparison->error);
		if (r < 0)
			return r;
		r = kmend_delta_refer(comparison->delta, b->side, b->section, right, &right_to, comparison->error);
		if (r < 0)
			return r;
		r = compare_referents(comparison, a, &left_to, b, &right_to, depth);
		if (r < 0)
			return r;
		if (!r) {
			char is[40], was[40];

			return differs(comparison, "a reference at +0x%llx: %s, was %s", (unsigned long long)offset,
				       referent_name(&right_to, is), referent_name(&left_to, was));
		}
	}
}

int compare_stretches(struct comparison *comparison, struct stretch a, struct stretch b, uint64_t ignored,
		      unsigned int depth)
{
	int r;

	if (a.size != b.size)
		return differs(comparison, "size 0x%llx, was 0x%llx", (unsigned long long)b.size,
			       (unsigned long long)a.size);
	if (!a.section->data != !b.section->data)
		return differs(comparison, "initial content");
	if (!a.section->data)
		return 1;
	if (depth > MAX_DEPTH)
		return differs(comparison, "references nested too deeply");
	r = compare_bytes(comparison, &a, &b, ignored);
	if (r <= 0)
		return r;
	return compare_relocations(comparison, &a, &b, ignored, depth);
}

/* The fragment that an entry's field refers to. */
static bool fragment_of(enum kmend_side side, const struct kmend_special_entry *entry, struct stretch *ret_stretch)
{
	uint64_t field = entry->offset + entry->row->fragment;
	const struct kmend_section *section = entry->section;
	size_t i = kmend_section_first_relocation(section, field);
	const struct kmend_relocation_entry *relocation;
	uint64_t size = section->data[entry->offset + entry->row->fragment_size];
	uint64_t from;

	if (i >= section->nr_relocations || section->relocations[i].offset != field)
		return false;
	relocation = &section->relocations[i];
	from = relocation->symbol->value + relocation->addend;
	if (!relocation->symbol->section || !relocation->symbol->section->data ||
	    from > relocation->symbol->section->size || size > relocation->symbol->section->size - from)
		return false;
	*ret_stretch = (struct stretch){ side, relocation->symbol->section, from, size };
	return true;
}

static int compare_entry(struct comparison *comparison, enum kmend_side a_side, const struct kmend_special_entry *a,
			 enum kmend_side b_side, const struct kmend_special_entry *b)
{
	const struct kmend_special *row = a->row;
	struct stretch left = { a_side, a->section, a->offset, row->entry_size };
	struct stretch right = { b_side, b->section, b->offset, row->entry_size };
	/* The owner has been compared as a place in the function. */
	uint64_t ignored = row->ignored | 0xfull << row->owner;
	int r;

	if (row->fragment != KMEND_NO_FIELD)
		ignored |= 0xfull << row->fragment;
	r = compare_stretches(comparison, left, right, ignored, 0);
	if (r <= 0 || row->fragment == KMEND_NO_FIELD)
		return r;
	if (!fragment_of(a_side, a, &left) || !fragment_of(b_side, b, &right))
		return 0;
	return compare_stretches(comparison, left, right, 0, 1);
}

/* The next compared entry; NULL at the end. */
static const struct kmend_special_entry *next_entry(const struct kmend_special_entry *entries, size_t count, size_t *i)
{
	while (*i < count) {
		const struct kmend_special_entry *entry = &entries[(*i)++];

		if (entry->row->is_compared)
			return entry;
	}
	return NULL;
}

static int compare_all_entries(struct comparison *comparison, struct stretch a, struct stretch b)
{
	const struct kmend_special_entry *left = NULL, *right = NULL;
	size_t nr_left, nr_right, i = 0, j = 0;

	nr_left = kmend_special_index_range(kmend_delta_special(comparison->delta, a.side), a.section, a.from,
					    a.from + a.size, &left);
	nr_right = kmend_special_index_range(kmend_delta_special(comparison->delta, b.side), b.section, b.from,
					     b.from + b.size, &right);
	for (;;) {
		const struct kmend_special_entry *x = next_entry(left, nr_left, &i);
		const struct kmend_special_entry *y = next_entry(right, nr_right, &j);
		int r;

		if (!x && !y)
			return 1;
		if (!x || !y || x->row != y->row || x->place - a.from != y->place - b.from)
			return differs(comparison, "%s more or less", (x ? x : y)->row->what);
		r = compare_entry(comparison, a.side, x, b.side, y);
		if (r < 0)
			return r;
		if (!r) {
			char inner[sizeof(comparison->why)];

			memcpy(inner, comparison->why, sizeof(inner));
			return differs(comparison, "%s at +0x%llx: %.100s", x->row->what,
				       (unsigned long long)(x->place - a.from), inner);
		}
	}
}

int compare_symbols(struct comparison *comparison, enum kmend_side a_side, const struct kmend_object_symbol *a,
		    enum kmend_side b_side, const struct kmend_object_symbol *b)
{
	const struct kmend_special *row = kmend_special_of(a->section);
	struct stretch left = stretch_of(a_side, a), right = stretch_of(b_side, b);
	int r;

	if (strcmp(row->name, kmend_special_of(b->section)->name))
		return differs(comparison, "section: %s, was %s", b->section->name, a->section->name);
	r = compare_stretches(comparison, left, right, row->ignored, 0);
	if (r <= 0 || !(a->section->flags & SHF_EXECINSTR))
		return r;
	return compare_all_entries(comparison, left, right);
}
