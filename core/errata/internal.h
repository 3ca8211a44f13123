/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of core/errata only. */
#ifndef KMEND_ERRATA_INTERNAL_H
#define KMEND_ERRATA_INTERNAL_H

#include <json-c/json.h>

#include "errata.h"

/* Bounds that keep foreign texts from taking all memory. */
#define MAX_ERRATA 200000
#define MAX_CHANGES 100000
#define MAX_LIST 20000
#define MAX_TEXT 65535		 /* bytes of one text */
#define LAST_SECOND 253402300799 /* of the year 9999, behind which dates cannot be written */

void errata_fix_clear(struct kmend_erratum_fix *fix);
void errata_erratum_clear(struct kmend_erratum *erratum);
void errata_change_clear(struct kmend_piece *change);

/* Foreign texts made single lines without control characters, of a length that can be read back; times possible ones. */
void errata_tame(struct kmend_errata *errata);

/* JSON text of at most KMEND_ERRATA_MAX_FILE bytes; BAD_MANIFEST with where it stops being JSON. */
int errata_json_parse(const char *text, size_t size, const char *what, struct json_object **ret_root,
		      struct kmend_error *error);
/* Member that is a string, else "". Belongs to the object; control characters are for the printer to tame. */
const char *errata_json_text(struct json_object *object, const char *name);
/* Member that is an array (its length in *ret_count), else NULL. */
struct json_object *errata_json_array(struct json_object *object, const char *name, size_t *ret_count);

static inline void errata_json_put(struct json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(errata_json_put)

#endif
