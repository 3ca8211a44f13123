// SPDX-License-Identifier: GPL-2.0
/* The input as a container, and, since checksums keep most altered ones out early, as what lies under the compression. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "core/container/container.h"
#include "fuzz.h"

static void compress(const void *data, size_t size, char **ret_packed, size_t *ret_size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t room = size + size / 2 + 4096;

	*ret_packed = malloc(room);
	if (!archive || !entry || !*ret_packed)
		abort();
	archive_write_set_format_raw(archive);
	archive_write_add_filter_xz(archive);
	archive_write_set_options(archive, "xz:compression-level=0");
	archive_write_set_bytes_in_last_block(archive, 1);
	archive_write_open_memory(archive, *ret_packed, room, ret_size);
	archive_entry_set_pathname(entry, "data");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(archive, entry);
	archive_write_data(archive, data, size);
	archive_entry_free(entry);
	archive_write_free(archive);
}

static void parse(const void *data, size_t size)
{
	_cleanup_container_ struct kmend_container *container = NULL;

	kmend_container_parse("fuzz", data, size, &container, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *packed = NULL;
	size_t packed_size = 0;

	parse(data, size);
	compress(data, size, &packed, &packed_size);
	parse(packed, packed_size);
	return 0;
}
