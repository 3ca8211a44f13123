// SPDX-License-Identifier: GPL-2.0
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "../match/match.h"

/*
 * The kernel's no-operation instructions by size (BYTES_NOP1 .. BYTES_NOP11 of asm/nops.h), longest first in use: up to 8
 * bytes, or up to 11 from 6.4 on.
 */
#define MAX_NOP 8
#define MAX_LONG_NOP 11
#define JMP8 0xeb
#define JMP8_SIZE 2
#define INT3 0xcc
static const uint8_t nops[MAX_LONG_NOP + 1][MAX_LONG_NOP] = {
	[1] = { 0x90 },
	[2] = { 0x66, 0x90 },
	[3] = { 0x0f, 0x1f, 0x00 },
	[4] = { 0x0f, 0x1f, 0x40, 0x00 },
	[5] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[6] = { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[7] = { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
	[8] = { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	[9] = { 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	[10] = { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	[11] = { 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
};

static void forget_fields(struct image *image, size_t at, size_t size)
{
	size_t i = 0;

	while (i < image->nr_fields) {
		uint32_t offset = image->fields[i].offset;

		if (offset < at + size && offset + kmend_field_size(image->fields[i].type) > at)
			image->fields[i] = image->fields[--image->nr_fields];
		else
			i++;
	}
}

void image_put(struct image *image, size_t at, const uint8_t *bytes, size_t size)
{
	forget_fields(image, at, size);
	memcpy(image->bytes + at, bytes, size);
	memset(image->is_nop + at, 0, size);
}

void image_put_nops(struct image *image, size_t at, size_t size)
{
	forget_fields(image, at, size);
	memset(image->bytes + at, 0x90, size);
	memset(image->is_nop + at, 1, size);
}

void image_put_field(struct image *image, const struct kmend_field *field)
{
	const size_t size = kmend_field_size(field->type);

	forget_fields(image, field->offset, size);
	if (image->nr_fields == IMAGE_MAX_FIELDS)
		kmend_oom(); /* 255 bytes of code have no more */
	memset(image->bytes + field->offset, 0, size);
	memset(image->is_nop + field->offset, 0, size);
	image->fields[image->nr_fields++] = *field;
}

void image_put_image(struct image *image, size_t at, const struct image *other)
{
	size_t i;

	image_put(image, at, other->bytes, other->size);
	memcpy(image->is_nop + at, other->is_nop, other->size);
	for (i = 0; i < other->nr_fields; i++) {
		struct kmend_field field = other->fields[i];

		field.offset += at;
		image_put_field(image, &field);
	}
}

static int compare_fields(const void *a, const void *b)
{
	const struct kmend_field *left = a, *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool is_same(const struct image *a, const struct image *b)
{
	return a->size == b->size && a->nr_fields == b->nr_fields && !memcmp(a->bytes, b->bytes, a->size) &&
	       !memcmp(a->is_nop, b->is_nop, a->size) &&
	       !memcmp(a->fields, b->fields, a->nr_fields * sizeof(a->fields[0]));
}

void image_set_add(struct image_set *set, const struct image *image)
{
	struct image sorted = *image;
	size_t i;

	qsort(sorted.fields, sorted.nr_fields, sizeof(sorted.fields[0]), compare_fields);
	for (i = 0; i < set->nr_images; i++) {
		if (is_same(&set->images[i], &sorted))
			return;
	}
	*kmend_array_add(set->images, set->nr_images) = sorted;
}

void image_set_free(struct image_set *set)
{
	free(set->images);
	*set = (struct image_set){ 0 };
}

/* Fill runs of no-operation instructions as the kernel does (add_nops()): the longest ones first. */
static bool optimize(struct image *image)
{
	size_t i = 0, run, step;
	bool changed = false;

	while (i < image->size) {
		if (!image->is_nop[i]) {
			i++;
			continue;
		}
		for (run = 0; i + run < image->size && image->is_nop[i + run]; run++)
			;
		changed |= run > 1;
		for (; run; run -= step, i += step) {
			step = run < MAX_NOP ? run : MAX_NOP;
			memcpy(image->bytes + i, nops[step], step);
		}
	}
	return changed;
}

/* As add_nop() does from 6.4 on: one instruction for each run, or a jump over what is never executed. */
static bool optimize_long(struct image *image)
{
	size_t i = 0, run;
	bool changed = false;

	for (; i < image->size; i += run) {
		for (run = 0; i + run < image->size && image->is_nop[i + run]; run++)
			;
		changed |= run > MAX_NOP;
		if (!run) {
			run = 1;
		} else if (run <= MAX_LONG_NOP) {
			memcpy(image->bytes + i, nops[run], run);
		} else if (run < 128) {
			image->bytes[i] = JMP8;
			image->bytes[i + 1] = run - JMP8_SIZE;
			memset(image->bytes + i + JMP8_SIZE, INT3, run - JMP8_SIZE);
			/* It is not one of the sequences that are accepted at the end. */
			memset(image->is_nop + i, 0, run);
		} else {
			image->bytes[i] = 0xe9;
			memset(image->bytes + i + 1, 0, 4);
			image->bytes[i + 1] = run - 5;
			memset(image->bytes + i + 5, INT3, run - 5);
			memset(image->is_nop + i, 0, run);
		}
	}
	return changed;
}

static void add_form(const struct image *image, struct link_form **forms, size_t *nr_forms)
{
	struct link_form *form, *others = *forms;
	size_t size = image->size, i;

	while (size && image->is_nop[size - 1])
		size--;
	for (i = 0; i < *nr_forms; i++) {
		if (others[i].size == size && others[i].nr_fields == image->nr_fields &&
		    !memcmp(others[i].bytes, image->bytes, size) &&
		    !memcmp(others[i].fields, image->fields, image->nr_fields * sizeof(image->fields[0])))
			return;
	}
	form = kmend_array_grow(forms, nr_forms, sizeof(*form));
	memcpy(form->bytes, image->bytes, size);
	form->size = size;
	form->tail = size < image->size ? KMEND_TAIL_NOPS : KMEND_TAIL_NONE;
	form->fields = kmend_calloc(image->nr_fields + 1, sizeof(*form->fields));
	memcpy(form->fields, image->fields, image->nr_fields * sizeof(*form->fields));
	form->nr_fields = image->nr_fields;
}

void image_to_forms(const struct image *image, struct link_form **forms, size_t *nr_forms)
{
	struct image optimized = *image, compact = *image;

	/* At the end any run of no-operation instructions is accepted; in the middle the compiler's and the kernel's. */
	add_form(image, forms, nr_forms);
	if (optimize(&optimized))
		add_form(&optimized, forms, nr_forms);
	if (image->jumps_over_nops && optimize_long(&compact))
		add_form(&compact, forms, nr_forms);
}
