/* SPDX-License-Identifier: GPL-2.0 */
/* What a stretch of code may look like after the kernel has rewritten it: bytes, and the fields among them. */
#ifndef KMEND_LINK_IMAGE_H
#define KMEND_LINK_IMAGE_H

#include "internal.h"

#define IMAGE_MAX_FIELDS 16

struct image {
	uint8_t bytes[KMEND_MAX_SITE];
	bool is_nop[KMEND_MAX_SITE]; /* part of a run of no-operation instructions, however encoded */
	size_t size;
	struct kmend_field fields[IMAGE_MAX_FIELDS]; /* offsets from the image's start; in no order */
	size_t nr_fields;
	bool jumps_over_nops; /* the kernel makes a jump of a long run of no-operation instructions (6.4 on) */
};

struct image_set {
	struct image *images;
	size_t nr_images;
};

/* Overwrite a stretch: what fields lay there are gone. */
void image_put(struct image *image, size_t at, const uint8_t *bytes, size_t size);
/* Overwrite a stretch by no-operation instructions. */
void image_put_nops(struct image *image, size_t at, size_t size);
void image_put_field(struct image *image, const struct kmend_field *field);
/* Overwrite a stretch by another image. */
void image_put_image(struct image *image, size_t at, const struct image *other);

/* Add a copy unless one like it is there. */
void image_set_add(struct image_set *set, const struct image *image);
void image_set_free(struct image_set *set);

/* One form, or several where no-operation instructions in the middle may be encoded in two ways. */
void image_to_forms(const struct image *image, struct link_form **forms, size_t *nr_forms);

#endif
