// SPDX-License-Identifier: GPL-2.0
/* The container: what both directions share. */
#include <errno.h>
#include <string.h>

#include "members.h"

void kmend_container_free(struct kmend_container *container)
{
	if (!container)
		return;
	for (size_t i = 0; container->modules && i < container->manifest->nr_parts; i++)
		kmend_buffer_free(&container->modules[i]);
	free(container->modules);
	kmend_manifest_free(container->manifest);
	free(container->diff);
	free(container->provenance);
	free(container->verification);
	free(container);
}

const struct kmend_member kmend_members[KMEND_NR_MEMBERS] = {
	[KMEND_MEMBER_MANIFEST] = { "manifest.json", KMEND_CONTAINER_MAX_MANIFEST },
	[KMEND_MEMBER_DIFF] = { "diff", KMEND_CONTAINER_MAX_DIFF },
	[KMEND_MEMBER_PROVENANCE] = { "provenance.json", KMEND_CONTAINER_MAX_PROVENANCE },
	[KMEND_MEMBER_VERIFICATION] = { "verification.json", KMEND_CONTAINER_MAX_VERIFICATION },
};

char *kmend_member_of_part(const struct kmend_manifest_part *part)
{
	return kmend_format("modules/%s.ko", part->module_name);
}
