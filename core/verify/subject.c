// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "guest/wire.h"
#include "internal.h"

int kmend_subject_read(const char *file, size_t index, struct kmend_subject *ret_subject, struct kmend_error *error)
{
	struct kmend_subject subject = { .file = file };
	const struct kmend_manifest *manifest;
	int code = kmend_container_read(file, &subject.container, error);

	if (code)
		return code;
	for (size_t i = 0; i < subject.container->manifest->nr_parts; i++)
		if (strcmp(subject.container->manifest->parts[i].target, "vmlinux"))
			kmend_strv_add(&subject.targets, subject.container->manifest->parts[i].target);
	subject.place = kmend_format("%s/%zu", KMEND_GUEST_UPDATES, index);
	manifest = subject.container->manifest;
	for (size_t i = 0; i < manifest->nr_parts; i++)
		if (strcmp(manifest->parts[i].target, "vmlinux"))
			kmend_strv_add(&subject.targets, manifest->parts[i].target);
	*ret_subject = subject;
	return 0;
}

void kmend_subject_clear(struct kmend_subject *subject)
{
	kmend_container_free(subject->container);
	kmend_strv_free(&subject->targets);
	free(subject->place);
	*subject = (struct kmend_subject){ 0 };
}

const char *kmend_subject_part_name(const struct kmend_subject *subject, size_t i)
{
	const struct kmend_manifest *manifest = subject->container->manifest;

	return i < manifest->nr_parts ? manifest->parts[i].module_name : NULL;
}

char *kmend_subject_part_place(const struct kmend_subject *subject, size_t i)
{
	return kmend_format("%s/%zu.ko", subject->place, i);
}

int kmend_subject_pack(const struct kmend_subject *subject, struct kmend_initramfs *initramfs,
		       struct kmend_error *error)
{
	const struct kmend_container *container = subject->container;
	int code = 0;

	for (size_t i = 0; i < container->manifest->nr_parts && !code; i++) {
		_cleanup_free_ char *place = kmend_subject_part_place(subject, i);

		code = kmend_initramfs_add_data(initramfs, place, container->modules[i].data,
						container->modules[i].size, 0644, error);
	}
	return code;
}
