/* SPDX-License-Identifier: GPL-2.0 */
/* Strings and growing arrays. Running out of memory ends the program: no caller could go on (kmend_oom()). */
#ifndef KMEND_BASE_STR_H
#define KMEND_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"

/* A growing byte string, always NUL-terminated once something was added. Zero-initialise; kmend_buffer_free(). */
struct kmend_buffer {
	char *data;
	size_t size; /* bytes in use, without the final NUL */
	size_t room;
};

void kmend_buffer_add(struct kmend_buffer *buffer, const void *data, size_t size);
void kmend_buffer_addf(struct kmend_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void kmend_buffer_free(struct kmend_buffer *buffer);
#define _cleanup_buffer_ _cleanup_(kmend_buffer_free)

/* A NULL-terminated list of owned strings. Zero-initialise; kmend_strv_free(). */
struct kmend_strv {
	char **items; /* NULL or NULL-terminated */
	size_t count;
};

void kmend_strv_add(struct kmend_strv *list, const char *item); /* copies */
void kmend_strv_addf(struct kmend_strv *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool kmend_strv_has(const struct kmend_strv *list, const char *item);
void kmend_strv_sort(struct kmend_strv *list);
void kmend_strv_free(struct kmend_strv *list);
#define _cleanup_strv_ _cleanup_(kmend_strv_free)

/* printf into new memory, owned by the caller. Never NULL. */
char *kmend_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *kmend_strdup(const char *text);
char *kmend_strndup(const char *text, size_t size);

/* Make what is not UTF-8 question marks, where it is: for JSON. */
void kmend_text_repair(char *text);
/* The same, and all control characters blanks: one line that is safe on a terminal, whoever wrote it. */
void kmend_text_tame(char *text);

/* Zeroed memory; never NULL. */
void *kmend_calloc(size_t count, size_t size);

/*
 * Make room for one more element at the end of an array and return it, zeroed.
 * @array: address of the array's pointer; @count: elements in use, incremented. The room doubles.
 * The array must have been grown by this function alone; the count may have been lowered since.
 */
void *kmend_array_grow(void *array, size_t *count, size_t element_size);
#define kmend_array_add(array, count) ((typeof(*(array)) *)kmend_array_grow(&(array), &(count), sizeof(*(array))))

bool kmend_starts_with(const char *text, const char *prefix);
bool kmend_ends_with(const char *text, const char *suffix);
/*
 * "6.1.176-1" of `uname -v` "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)". New memory; NULL: other kernels do not
 * name their package's version there.
 */
char *kmend_debian_version(const char *uname);

/* The longest name the kernel gives a module: MODULE_NAME_LEN (64 - sizeof(unsigned long)) with its final NUL. */
#define KMEND_MODULE_NAME_MAX 55

/* Is this a legal update id? [a-zA-Z0-9][a-zA-Z0-9._+-]*, shorter than KMEND_MAX_ID. */
bool kmend_id_is_valid(const char *id);

/*
 * The name of the update module of an id: "kmend_" + the id, everything but [a-z0-9] mapped to '_', lower case. Where
 * that is longer than KMEND_MODULE_NAME_MAX, the end of the id gives way to a digest of it. New memory.
 */
char *kmend_module_name(const char *id);
/*
 * Of a part of an update: the first one's is the update's own ("kmend_cve_1"), the others' tell their target, too
 * ("kmend_cve_1__nf_tables"). New memory.
 */
char *kmend_part_name(const char *id, size_t part, const char *target);

void kmend_oom(void) __attribute__((noreturn));

/*
 * JSON text with every character outside of ASCII as its escape, which means the same: some releases of json-c (0.18) take bytes
 * above 127 for control characters when they are to be strict. What is not UTF-8 is left as it is. New memory, ends with NUL.
 */
char *kmend_json_ascii(const char *text, size_t size, size_t *ret_size);

#endif
