/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel does to its own code, step by step: a row for each kind of place. For sites.c and rewrites.c alone. */
#ifndef KMEND_LINK_REWRITES_H
#define KMEND_LINK_REWRITES_H

#include "../match/match.h"
#include "image.h"

struct site_context {
	struct linker *linker;
	const struct kmend_delta *delta;
	const struct kmend_section *text;
};

/* One rewriting step at one place. */
struct site_step {
	const struct site_row *row;
	const struct kmend_special_entry *entry;
	uint64_t from; /* in the code section */
	uint32_t size;
};

/* Add to `set` what one image becomes; `at`: where the step's place is in the image. */
typedef int apply_step(struct site_context *context, const struct site_step *step, const struct image *image, size_t at,
		       struct image_set *set);
/* How much code is rewritten; 0: the code there is none that could be; SITE_NONE: it is left alone. */
#define SITE_NONE (~0u)
typedef uint32_t size_of_step(const struct kmend_special_entry *entry);

struct site_row {
	const char *section;
	uint32_t kind;
	uint32_t flags;
	unsigned int order; /* when the kernel does it */
	size_of_step *size;
	apply_step *apply;
};

/* What the kernel does to an alternative, by the layout of its entries: they have changed together (6.3 and 6.4). */
struct alternative_rules {
	uint8_t entry_size;
	uint8_t flags_at;	 /* of u16 flags; 0: there are none */
	uint8_t fill;		 /* what follows a jump that was made short */
	bool shortens_backwards; /* jumps to a place before, too */
	bool moves_references;	 /* whatever the replacement refers to keeps its meaning when it is copied */
	bool is_nested;		 /* several of one place have all the size of the longest */
	bool jumps_over_nops;
};

/* sizes.c */
const struct alternative_rules *link_alternative_rules(const struct kmend_special_entry *entry);
size_of_step link_size_alternative, link_size_branch, link_size_call, link_size_eight, link_size_five, link_size_four,
	link_size_jump_label, link_size_one, link_size_paravirt;

/* The row that a special section's entry belongs to, or NULL: the kernel rewrites nothing there. */
const struct site_row *link_site_row(const struct kmend_special_entry *entry);

/* All images of a stretch of code after the steps whose order is below `before`. */
int link_site_images(struct site_context *context, const struct kmend_section *text, uint64_t from, uint32_t size,
		     unsigned int before, struct image_set *set);

#endif
