/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the container room only: which members a container has, in their order. */
#ifndef KMEND_CONTAINER_MEMBERS_H
#define KMEND_CONTAINER_MEMBERS_H

#include "container.h"
#include "manifest.h"

/*
 * The manifest is first, so that the names of the modules are known before they come; the modules, in the order of the
 * parts, stand between diff and provenance.
 */
enum kmend_member_index {
	KMEND_MEMBER_MANIFEST,
	KMEND_MEMBER_DIFF,
	KMEND_MEMBER_PROVENANCE,
	KMEND_MEMBER_VERIFICATION,
	KMEND_NR_MEMBERS
};

struct kmend_member {
	const char *path;
	size_t most; /* bytes */
};

extern const struct kmend_member kmend_members[KMEND_NR_MEMBERS];

/* The member that holds a part's update module. New memory. */
char *kmend_member_of_part(const struct kmend_manifest_part *part);

#define KMEND_TAR_BLOCK 512u
#define KMEND_TAR_END (2 * KMEND_TAR_BLOCK) /* an archive ends with two blocks of zeros */

#endif
