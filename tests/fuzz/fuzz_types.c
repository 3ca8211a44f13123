// SPDX-License-Identifier: GPL-2.0
/* Types of an object from anywhere: reading them, comparing them with themselves, paths into them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/assess/layout.h"
#include "fuzz.h"

static bool every_other(const char *function, void *context)
{
	(void)context;
	return function[0] & 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_types_ struct kmend_types *types = NULL;
	_cleanup_free_ char *text = kmend_strndup(size ? (const char *)data : "", size);
	_cleanup_strv_ struct kmend_strv casts = { 0 }, again = { 0 };
	_cleanup_free_ char *said = NULL;
	struct kmend_layout_changes changes = { 0 };
	struct kmend_value_changes values = { 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	kmend_casts_find(text, &casts);
	said = kmend_casts_text(&casts);
	kmend_casts_find(said, &again);
	if (casts.count != again.count)
		abort();
	for (size_t i = 0; i < casts.count; i++)
		if (strcmp(casts.items[i], again.items[i]) != 0)
			abort();
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || kmend_types_read_fd(fd, "fuzz", &types, NULL))
		return 0;
	kmend_layout_compare(types, types, every_other, NULL, &changes);
	kmend_layout_changes_free(&changes);
	kmend_values_compare(types, types, &values);
	kmend_value_changes_free(&values);
	for (size_t i = 0; i < types->nr_variables; i++) {
		uint32_t type;

		free(kmend_type_path(types, types->variables[i].type, i * 8, &type));
		free(kmend_type_words(types, type));
	}
	for (size_t i = 1; i < types->nr_functions; i++)
		free(kmend_signature_difference(types, types->functions[i - 1].type, types, types->functions[i].type));
	return 0;
}
