/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the container room only: which members a container has, in their order. */
#ifndef KMEND_CONTAINER_MEMBERS_H
#define KMEND_CONTAINER_MEMBERS_H

#include "container.h"
#include "manifest.h"

/* The manifest is first, so that the name of the module is known before it comes; the others sort by name. */
enum kmend_member_index {
	KMEND_MEMBER_MANIFEST,
	KMEND_MEMBER_DIFF,
	KMEND_MEMBER_MODULE,
	KMEND_MEMBER_PROVENANCE,
	KMEND_NR_MEMBERS
};

struct kmend_member {
	const char *path; /* NULL: the manifest says */
	size_t most;	  /* bytes */
};

extern const struct kmend_member kmend_members[KMEND_NR_MEMBERS];

char *kmend_member_path(enum kmend_member_index index, const struct kmend_manifest *manifest);

#define KMEND_TAR_BLOCK 512u
#define KMEND_TAR_END (2 * KMEND_TAR_BLOCK) /* an archive ends with two blocks of zeros */

#endif
