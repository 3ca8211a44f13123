/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the container room only: the manifest's fields as rows of one table, used for writing and for reading. */
#ifndef KMEND_CONTAINER_MANIFEST_H
#define KMEND_CONTAINER_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container.h"

enum kmend_rule_kind {
	KMEND_RULE_TEXT,   /* char * */
	KMEND_RULE_DIGEST, /* char[KMEND_SHA256_HEX] */
	KMEND_RULE_NUMBER, /* int64_t */
	KMEND_RULE_FLAG,   /* bool */
	KMEND_RULE_LIST,   /* struct kmend_strv; least and most bound the number of items */
};

#define KMEND_RULE_FIXED ((size_t)-1) /* not in struct kmend_manifest: always `fixed`, or `least` if a number */

struct kmend_rule {
	const char *object; /* the object the field lies in, or "" for the manifest itself */
	const char *name;
	enum kmend_rule_kind kind;
	size_t place; /* offset in struct kmend_manifest (of a part's rule: in its structure), or KMEND_RULE_FIXED */
	int64_t least, most;
	bool (*is_legal)(const char *text, size_t size);
	const char *fixed;
	const char *allowed; /* what is allowed, for the message */
	bool is_optional;    /* a list that is left out when it is empty */
};

/* Both end with a NULL name. */
extern const struct kmend_rule kmend_manifest_rules[];
extern const struct kmend_rule kmend_part_rules[];

/* What a text may hold. The caller has already checked that it is UTF-8 without NUL and within the rule's bounds. */
bool kmend_text_is_line(const char *text, size_t size); /* no control characters */
bool kmend_text_is_unit(const char *text, size_t size); /* relative path that stays below its start */
bool kmend_text_is_symbol(const char *text, size_t size);
bool kmend_text_is_change(const char *text, size_t size);
bool kmend_text_is_utf8(const char *text, size_t size); /* shortest forms only, no surrogates, no NUL */

#endif
