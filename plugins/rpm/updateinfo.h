/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the rpm plugin only: updateinfo.xml, read and written. */
#ifndef KMEND_RPM_UPDATEINFO_H
#define KMEND_RPM_UPDATEINFO_H

#include "../../core/errata/errata.h"

/*
 * Add the advisories of an updateinfo.xml (plain, gz, xz, zst, bz2) to the errata. An advisory without an id or without
 * packages is left out: it mends nothing that could be compared. DAMAGED: it is no such file; what came before the
 * damage may have been added.
 */
int kmend_updateinfo_read(const char *path, struct kmend_errata *errata, struct kmend_error *error);

/*
 * The updateinfo.xml of hotpatch packages in a directory: an advisory for each, with its manifest's erratum, CVEs and
 * description; severities and titles from `errata` (NULL-terminated, or NULL). The same input, the same bytes.
 */
int kmend_updateinfo_write(const char *directory, const char *origin, const struct kmend_errata *const *errata,
			   struct kmend_buffer *ret_text, struct kmend_error *error);

#endif
