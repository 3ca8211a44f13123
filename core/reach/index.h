/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which name is mentioned where, over all units of a kernel and everything they may include. Internal to core/reach.
 * Names are numbers; that of a struct, union or enum ("struct page") is another one than the plain name.
 */
#ifndef KMEND_REACH_INDEX_H
#define KMEND_REACH_INDEX_H

#include <stdint.h>

#include "../kernel/sources.h"
#include "../kernel/walk.h"
#include "chunk.h"

#define KMEND_INDEX_WHOLE UINT32_MAX /* the chunk that stands for a whole unit */

struct kmend_index_chunk {
	uint32_t file;
	uint32_t number; /* in its text; WHOLE: all names of a unit */
	uint32_t name;	 /* of a macro, else 0 */
	uint8_t kind;	 /* enum kmend_chunk_kind */
	uint8_t version; /* 0: before the diff, 1: after it */
	uint32_t nr_names;
	size_t first_name; /* in index.names */
};

/* Part of "a ## b": its text, or NULL for an argument. */
struct kmend_index_paste {
	uint32_t macro;
	size_t nr_parts;
	char **parts;
};

struct kmend_index_file {
	bool is_scanned;
	bool is_unit;	  /* compiled by itself */
	bool is_included; /* by another file */
	bool is_wild;	  /* includes something that a macro names */
	bool is_missing;  /* includes something that is not there (generated later, or never read) */
	size_t *includes; /* files, in sources */
	size_t nr_includes;
};

/* A macro without arguments is an attribute if what its body mentions is. */
struct kmend_index_alias {
	uint32_t name, body;
};

/* "../x.h" is included. */
struct kmend_index_climb {
	size_t includer, file;
};

struct kmend_index {
	struct kmend_sources sources;
	struct kmend_index_file *files; /* one per source */
	size_t nr_files;
	struct kmend_index_chunk *chunks;
	size_t nr_chunks, room_chunks;
	uint32_t *names; /* of all chunks */
	size_t nr_names, room_names;
	struct kmend_index_paste *pastes;
	size_t nr_pastes;
	struct kmend_index_climb *climbs;
	size_t nr_climbs;
	struct kmend_index_alias *aliases;
	size_t nr_aliases;
	/* names to numbers */
	char **texts;
	char *blob; /* where the first of them lie, if they were read from the cache */
	size_t blob_size;
	uint32_t nr_texts, room_texts;
	uint32_t *table;
	size_t table_size;
	uint32_t *stamps; /* last chunk in which a name was seen */
	uint8_t *
		macros; /* what a name is as a macro: see kmend_chunk_names(), and 'A' for one that may turn out to be 'e' */
};

/* The file of a version of the source: the diff's own text, if it has one. */
struct kmend_index_overlay {
	const char *root; /* directory with the files as the diff makes them */
	const struct kmend_strv *paths;
};

/*
 * Read all units of the walk and what they may include; or take what was read of them last time, if nothing was touched
 * since. For the files of the overlay both texts are read.
 */
int kmend_index_make(const struct kmend_tree *tree, const struct kmend_walk *walk,
		     const struct kmend_index_overlay *overlay, struct kmend_progress *progress,
		     struct kmend_index **ret_index, struct kmend_error *error);
/* Keep only the files and what they include: the names are most of a gigabyte, which each child of ours would be forked with. */
void kmend_index_forget_names(struct kmend_index *index);
void kmend_index_free(struct kmend_index *index);
KMEND_DEFINE_GUARD(struct kmend_index *, kmend_index_free, kmend_index_guard);
#define _cleanup_index_ _cleanup_(kmend_index_guard)

/* The number of a name; 0: nowhere mentioned. "#page" is "struct page". */
uint32_t kmend_index_number(const struct kmend_index *index, const char *name);

/* The text of a file before (0) or after (1) the diff. */
int kmend_index_read(const struct kmend_tree *tree, const struct kmend_index *index,
		     const struct kmend_index_overlay *overlay, size_t file, int version, char **ret_text,
		     size_t *ret_size, struct kmend_error *error);

/* For kmend_chunk_names(): context is the index. */
char kmend_index_is_macro(void *context, const char *name);

/* forced.c: note as included what units' commands include ("-include"), and what is not there yet will. */
void kmend_index_add_forced(struct kmend_index *index, const struct kmend_tree *tree, const struct kmend_walk *walk);

/* index_cache.c: the index without any overlay, kept in the tree. */
/* What it stands for (new memory); NULL: something was touched just now, so it cannot be kept. */
char *kmend_index_key(const struct kmend_tree *tree, const struct kmend_sources *sources);
/* Remove what nobody reads any more; @is_locked: the tree is, so what is not complete is nobody's either. */
void kmend_index_clean(const struct kmend_tree *tree, bool is_locked);
int kmend_index_load(const struct kmend_tree *tree, const char *key, struct kmend_index **ret_index);
void kmend_index_save(const struct kmend_tree *tree, const char *key, const struct kmend_index *index);
/* Its form; -EINVAL: damaged, or of another key. */
void kmend_index_write(const struct kmend_index *index, const char *key, struct kmend_buffer *buffer);
int kmend_index_parse(const char *data, size_t size, const char *key, struct kmend_index **ret_index);
/* Fill the table of names from the texts. */
void kmend_index_rehash(struct kmend_index *index);

#endif
