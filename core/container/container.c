// SPDX-License-Identifier: GPL-2.0
/* The container: what both directions share. */
#include <errno.h>
#include <string.h>

#include "members.h"

void kmend_container_free(struct kmend_container *container)
{
	if (!container)
		return;
	kmend_manifest_free(container->manifest);
	free(container->module);
	free(container->diff);
	free(container->provenance);
	free(container);
}

const struct kmend_member kmend_members[KMEND_NR_MEMBERS] = {
	[KMEND_MEMBER_MANIFEST] = { "manifest.json", KMEND_CONTAINER_MAX_MANIFEST },
	[KMEND_MEMBER_DIFF] = { "diff", KMEND_CONTAINER_MAX_DIFF },
	[KMEND_MEMBER_MODULE] = { NULL, KMEND_CONTAINER_MAX_MODULE },
	[KMEND_MEMBER_PROVENANCE] = { "provenance.json", KMEND_CONTAINER_MAX_PROVENANCE },
};

char *kmend_member_path(enum kmend_member_index index, const struct kmend_manifest *manifest)
{
	if (kmend_members[index].path)
		return kmend_strdup(kmend_members[index].path);
	return kmend_manifest_module_file(manifest);
}
