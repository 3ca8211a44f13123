/* SPDX-License-Identifier: GPL-2.0 */
/* A record as JSON text. */
#ifndef KMEND_RECORD_FORMAT_H
#define KMEND_RECORD_FORMAT_H

#include <stddef.h>

#include "record.h"

/* New memory; ends with a newline. */
char *kmend_record_format(const struct kmend_record *record);

/*
 * Parse `size` bytes. The text is untrusted: a value that is missing, of another type, too long or out of range makes
 * it -EBADMSG with the value's name in the error. *ret_record: kmend_record_free().
 */
int kmend_record_parse(const char *text, size_t size, struct kmend_record **ret_record, struct kmend_error *error);

#endif
