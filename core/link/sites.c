// SPDX-License-Identifier: GPL-2.0
/*
 * The places in running code that the kernel rewrites, and every form each may have.
 *
 * A site's forms come from the image of the compiled bytes, to which every rewriting step is applied in the kernel's
 * order, each in all its variants. So sites that lie in each other (a paravirt call in an alternative, a retpoline in
 * an alternative's replacement) need no treatment of their own. The steps are rows of rewrites.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rewrites.h"

#define MAX_FORMS 1024 /* of one site; more would be a sign of a misreading */

static int compare_places(const void *a, const void *b)
{
	const struct site_step *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return (left->size > right->size) - (left->size < right->size);
}

static int compare_orders(const void *a, const void *b)
{
	const struct site_step *left = a, *right = b;

	if (left->row->order != right->row->order)
		return left->row->order < right->row->order ? -1 : 1;
	return (left->entry->offset > right->entry->offset) - (left->entry->offset < right->entry->offset);
}

static int find_steps(struct site_context *context, const struct kmend_section *text, uint64_t from, uint64_t to,
		      unsigned int before, struct site_step **steps, size_t *nr_steps)
{
	const struct kmend_special_entry *entries = NULL;
	size_t nr = kmend_special_index_range(kmend_delta_special(context->delta, KMEND_SIDE_RUN), text, from, to,
					      &entries);
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct site_row *row = link_site_row(&entries[i]);
		struct site_step *step;
		uint32_t size;

		if (!row || row->order >= before)
			continue;
		size = row->size(&entries[i]);
		if (size == SITE_NONE)
			continue;
		if (!size || size > to - entries[i].place)
			return kmend_fail(context->linker->error, KMEND_STATUS_FAILURE, -EINVAL,
					  "%s: %s at %s+0x%llx does not fit the code there", context->delta->unit,
					  entries[i].row->what, text->name, (unsigned long long)entries[i].place);
		step = kmend_array_add(*steps, *nr_steps);
		*step = (struct site_step){ .row = row, .entry = &entries[i], .from = entries[i].place, .size = size };
	}
	if (*nr_steps)
		qsort(*steps, *nr_steps, sizeof(**steps), compare_places);
	return 0;
}

static int base_image(struct site_context *context, const struct kmend_section *text, uint64_t from, uint32_t size,
		      struct image *image)
{
	size_t i = kmend_section_first_relocation(text, from);
	struct kmend_field field;
	int ret;

	image->size = size;
	memcpy(image->bytes, text->data + from, size);
	for (; i < text->nr_relocations && text->relocations[i].offset < from + size; i++) {
		ret = link_field_make(context->linker, context->delta, text, &text->relocations[i],
				      text->relocations[i].offset - from, &field);
		if (ret < 0)
			return ret;
		if (field.offset + kmend_field_size(field.type) <= size && image->nr_fields < IMAGE_MAX_FIELDS &&
		    field.type)
			image_put_field(image, &field);
	}
	return 0;
}

static int apply_steps(struct site_context *context, struct site_step *steps, size_t nr_steps, uint64_t from,
		       struct image_set *set)
{
	size_t i, j;
	int ret = 0;

	qsort(steps, nr_steps, sizeof(*steps), compare_orders);
	for (i = 0; i < nr_steps && !ret; i++) {
		struct image_set next = { 0 };

		for (j = 0; j < set->nr_images && !ret; j++)
			ret = steps[i].row->apply(context, &steps[i], &set->images[j], steps[i].from - from, &next);
		image_set_free(set);
		*set = next;
		if (!ret && set->nr_images > MAX_FORMS) {
			link_reason(context->linker, "site-forms", "%s: too many forms at %s+0x%llx",
				    context->delta->unit, steps[i].entry->text->name,
				    (unsigned long long)steps[i].from);
			set->nr_images = 1;
		}
	}
	return ret;
}

int link_site_images(struct site_context *context, const struct kmend_section *text, uint64_t from, uint32_t size,
		     unsigned int before, struct image_set *set)
{
	_cleanup_free_ struct site_step *steps = NULL;
	struct image base = { 0 };
	size_t nr_steps = 0;
	int ret = find_steps(context, text, from, from + size, before, &steps, &nr_steps);

	if (!ret)
		ret = base_image(context, text, from, size, &base);
	if (ret)
		return ret;
	image_set_add(set, &base);
	return nr_steps ? apply_steps(context, steps, nr_steps, from, set) : 0;
}

/* Make one site of steps[0 .. nr_steps), which overlap. */
static int make_site(struct site_context *context, struct site_step *steps, size_t nr_steps, uint64_t from,
		     uint32_t size, struct link_site *site)
{
	struct image_set set = { 0 };
	struct image base = { 0 };
	size_t i;
	int ret;

	/* The outermost step gives the site its kind. */
	for (i = 0; i < nr_steps; i++) {
		if (!site->size || steps[i].size > site->size) {
			site->kind = steps[i].row->kind;
			site->size = steps[i].size;
		}
		site->flags |= steps[i].row->flags;
	}
	site->size = size;
	if (size > KMEND_MAX_SITE) {
		link_reason(context->linker, "site-forms", "%s: the site at %s+0x%llx has %u bytes",
			    context->delta->unit, context->text->name, (unsigned long long)from, size);
		return 0;
	}
	ret = base_image(context, context->text, from, size, &base);
	if (!ret) {
		image_set_add(&set, &base);
		ret = apply_steps(context, steps, nr_steps, from, &set);
	}
	for (i = 0; !ret && i < set.nr_images; i++)
		image_to_forms(&set.images[i], &site->forms, &site->nr_forms);
	image_set_free(&set);
	return ret;
}

int link_sites_make(struct linker *linker, const struct kmend_delta *delta, const struct kmend_section *text,
		    uint64_t from, uint64_t to, struct link_site **ret_sites, size_t *ret_nr_sites)
{
	struct site_context context = { .linker = linker, .delta = delta, .text = text };
	_cleanup_free_ struct site_step *steps = NULL;
	struct link_site *sites = NULL, *site;
	size_t nr_steps = 0, nr_sites = 0, i, j;
	int ret = find_steps(&context, text, from, to, ~0u, &steps, &nr_steps);

	for (i = 0; i < nr_steps && !ret; i = j) {
		uint64_t start = steps[i].from, end = start + steps[i].size;

		for (j = i + 1; j < nr_steps && steps[j].from < end; j++) {
			if (steps[j].from + steps[j].size > end)
				end = steps[j].from + steps[j].size;
		}
		site = kmend_array_add(sites, nr_sites);
		site->offset = start - from;
		ret = make_site(&context, steps + i, j - i, start, end - start, site);
	}
	if (ret) {
		link_sites_free(sites, nr_sites);
		return ret;
	}
	*ret_sites = sites;
	*ret_nr_sites = nr_sites;
	return 0;
}

void link_sites_free(struct link_site *sites, size_t nr_sites)
{
	size_t i, j;

	for (i = 0; i < nr_sites; i++) {
		for (j = 0; j < sites[i].nr_forms; j++)
			free(sites[i].forms[j].fields);
		free(sites[i].forms);
	}
	free(sites);
}
