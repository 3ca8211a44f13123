/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the files of core/link only: the update's tables (include/kmend/abi.h) while they are being made, with
 * growing arrays and numbers in place of pointers.
 */
#ifndef KMEND_LINK_INTERNAL_H
#define KMEND_LINK_INTERNAL_H

#include "../../include/kmend/abi.h"
#include "link.h"
#include "output.h"

struct link_symbol {
	uint32_t kind; /* enum kmend_symbol_kind */
	char *name;
	const char *unit;
	const char *object;	/* NAMED: the module it is of, "vmlinux", or "": the target; UPDATE: its id; else "" */
	const uint8_t *content; /* owned by the unit's object, or static */
	size_t content_size;
	const struct kmend_section *section; /* SECTION: of the unit's run object */
	const struct kmend_delta *delta;     /* SECTION */
	bool is_learnable;		     /* a matched function lies in it, or refers to it outside every site */
};

struct link_form {
	uint8_t bytes[KMEND_MAX_SITE];
	size_t size;
	uint32_t tail;
	struct kmend_field *fields; /* offsets from the form's start */
	size_t nr_fields;
};

struct link_site {
	uint32_t offset; /* in the function */
	uint32_t size;
	uint32_t kind;
	uint32_t flags;
	struct link_form *forms;
	size_t nr_forms;
};

struct link_function {
	const struct kmend_delta *delta;
	const struct kmend_object_symbol *run;
	const struct kmend_item *item; /* NULL for a witness */
	uint32_t role;
	uint64_t inner, size; /* what of `run`: all of it, or a part of a datum */
	uint32_t section_symbol;
	uint32_t trampoline_offset;
	uint32_t place; /* enum kmend_place_kind */
	struct kmend_field *fields;
	size_t nr_fields;
	struct link_site *sites;
	size_t nr_sites;
};

/* A place in the update module that kmend.ko fills in. */
struct link_relocation {
	struct kmend_output_section *section;
	uint64_t offset;
	uint32_t type;	 /* enum kmend_field_type */
	uint32_t symbol; /* of linker->symbols */
	int64_t addend;
	/* Of a SECTION symbol: the thing itself, should the section not be learnable; addend without its place. */
	const struct kmend_object_symbol *original;
	int64_t original_addend;
	const char *from; /* function or datum it is in, for messages */
};

/* A stretch of the post object that goes into the update module. */
struct link_piece {
	const struct kmend_delta *delta;
	const struct kmend_section *section;
	uint64_t from, to;
	struct kmend_item *item;	/* NULL: a fragment, or data without a name */
	const struct kmend_item *owner; /* the item itself, or the function a fragment belongs to; NULL: none */
	struct kmend_output_section *output;
	uint64_t offset;      /* in output */
	size_t nr_long_jumps; /* behind it, for its short jumps that lead out of it */
	bool is_done;	      /* its relocations are written */
};

/* A stretch of new code that the module loader itself rewrites before kmend.ko sees the module. */
struct link_early {
	const struct kmend_output_section *section;
	uint64_t offset;
	uint64_t size;
	const char *what;
};

struct linker {
	const struct kmend_link_input *input;
	struct kmend_link_result *result;
	struct kmend_error *error;
	struct kmend_output *output;
	struct link_symbol *symbols;
	size_t nr_symbols;
	struct link_function *functions;
	size_t nr_functions;
	struct link_relocation *relocations;
	size_t nr_relocations;
	struct link_piece **pieces;
	size_t nr_pieces;
	struct link_early *early;
	size_t nr_early;
};

/* reason.c */
void link_reason(struct linker *linker, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what is only told. */
void link_note(struct linker *linker, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What a note calls the thing that a reference leads to: its name, or the beginning of a string. New memory. */
char *link_referent_name(const struct kmend_referent *referent);

/* symbols.c: numbers in linker->symbols, the same for the same thing */
uint32_t link_symbol_named(struct linker *linker, const char *name, const char *object);
/* What a unit refers to without having it: another unit's of the same target, or what vmlinux or a module exports. */
uint32_t link_symbol_undefined(struct linker *linker, const char *name);
uint32_t link_symbol_section(struct linker *linker, const struct kmend_delta *delta,
			     const struct kmend_section *section);
uint32_t link_symbol_content(struct linker *linker, const char *what, const uint8_t *content, size_t size);
uint32_t link_symbol_one_of(struct linker *linker, const char *names);
uint32_t link_symbol_any_text(struct linker *linker);
/* What a variable of `size` bytes (4, 8) of the kernel image holds. */
uint32_t link_symbol_value(struct linker *linker, const char *name, size_t size);
/* Something that another update brought, by the name it has there. */
uint32_t link_symbol_update(struct linker *linker, const char *name, const char *id);
/* enum kmend_field_type of R_X86_64_*; 0: none */
uint32_t link_field_type(uint32_t relocation_type);
/* An unchanged constant of a function that is not found as it runs: several may have its content, and a copy does as well. */
bool link_is_copied(const struct kmend_item *item);

/*
 * sites.c: the stretches of run code [from, to) that the kernel rewrites, with their forms, by rising offset
 * (counted from `from`), not overlapping.
 */
int link_sites_make(struct linker *linker, const struct kmend_delta *delta, const struct kmend_section *text,
		    uint64_t from, uint64_t to, struct link_site **ret_sites, size_t *ret_nr_sites);
void link_sites_free(struct link_site *sites, size_t nr_sites);
/*
 * rewrites.c: a place that holds a number which the kernel knows only when it has started, as a field at offset 0 there.
 * Return: false if the entry is not about such a place.
 */
bool link_constant_field(struct linker *linker, const struct kmend_special_entry *entry, struct kmend_field *ret_field);

/* pre.c */
/* A relocation of run as a field of pre code; offset: where the field is to be. */
int link_field_make(struct linker *linker, const struct kmend_delta *delta, const struct kmend_section *section,
		    const struct kmend_relocation_entry *relocation, uint32_t offset, struct kmend_field *ret_field);
/* Add the pre code of every changed function and its part, then the witnesses that the relocations ask for. */
int link_pre_make(struct linker *linker);
int link_witnesses_make(struct linker *linker);
void link_functions_free(struct linker *linker);

/* copy.c: replacement code and what it needs, out of every post object */
int link_copy(struct linker *linker);
/* Is the target the kernel itself? */
bool link_is_vmlinux(const struct linker *linker);
/* A new function or datum that others can name, brought by some of these units; NULL: none does. */
struct kmend_item *link_new_global(struct kmend_delta *const *deltas, size_t nr_deltas, const char *name,
				   const struct kmend_delta **ret_delta);
/* One that was its unit's own before, and whose name others can use now. */
struct kmend_item *link_published(struct kmend_delta *const *deltas, size_t nr_deltas, const char *name,
				  const struct kmend_delta **ret_delta);
/* Where an item's copy is; NULL: it has none. */
const struct link_piece *link_piece_of_item(const struct linker *linker, const struct kmend_item *item);
/* The copy of a stretch of post, made if it is not there yet. */
struct link_piece *link_piece_add(struct linker *linker, const struct kmend_delta *delta,
				  const struct kmend_section *section, uint64_t from, uint64_t to,
				  struct kmend_item *item);

/* refer.c: rewrite one relocation of a stretch of post at its new place */
int link_refer(struct linker *linker, const struct link_piece *piece, const struct kmend_section *section,
	       const struct kmend_relocation_entry *relocation, struct kmend_output_section *output, uint64_t offset,
	       bool is_entry);

/* A jump of a piece to a function of its unit; offset: of the distance's 4 bytes in the piece's output. */
int link_refer_branch(struct linker *linker, const struct link_piece *piece, uint64_t offset,
		      struct kmend_object_symbol *symbol);

enum link_base_found {
	LINK_BASE_NONE,	     /* no base's module holds it */
	LINK_BASE_FOUND,     /* *ret_base, *ret_name */
	LINK_BASE_AMBIGUOUS, /* more than one could be meant */
};

/*
 * base.c: the newest base whose modules hold a thing of that name, and its name there. Numbered statics go by their name
 * without number where there are several bases, since each was compiled from another text.
 */
enum link_base_found link_base_find(const struct linker *linker, const char *name, bool is_function,
				    const struct kmend_link_base **ret_base, const char **ret_name);
/* A global function or datum of that name that a base brought, in whichever unit. */
bool link_base_brings(const struct linker *linker, const char *name, bool *ret_is_function);

/* branches.c: refuse branches out of a copy of which nothing tells where they go */
int link_branches_check(struct linker *linker, const struct link_piece *piece);
/* Bytes that the long jumps behind a copy of [from, to) will need, and a short jump's way over one of them. */
size_t link_branches_room(const struct kmend_section *section, uint64_t from, uint64_t to);
int link_branches_lengthen(struct linker *linker, struct link_piece *piece,
			   const struct kmend_relocation_entry *relocation);

/* entries.c: the entries of special sections that belong to a piece of code */
int link_entries_copy(struct linker *linker, const struct link_piece *piece);
/* Refuse what the module loader would use before kmend.ko could fill it in. */
void link_early_check(struct linker *linker);

/* tables.c: the sections of include/kmend/abi.h */
void link_tables_write(struct linker *linker);

#endif
