// SPDX-License-Identifier: GPL-2.0
/* What tells one build of an update from another: the GNU build ids of its modules. */
#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "object.h"

#define NOTE_SECTION ".note.gnu.build-id"

/* The id within the note: one entry, its name "GNU" padded to 4 bytes (gABI, "Note Section"). NULL: damaged. */
static const uint8_t *id_in(const struct kmend_section *note, size_t *ret_size)
{
	Elf64_Nhdr header;

	if (!note || !note->data || note->size < sizeof(header) + 4)
		return NULL;
	memcpy(&header, note->data, sizeof(header));
	if (header.n_type != NT_GNU_BUILD_ID || header.n_namesz != 4 || memcmp(note->data + sizeof(header), "GNU", 4) ||
	    !header.n_descsz || header.n_descsz > note->size - sizeof(header) - 4)
		return NULL;
	*ret_size = header.n_descsz;
	return note->data + sizeof(header) + 4;
}

int kmend_build_digest(const struct kmend_object *const *modules, size_t nr_modules, char ret_hex[KMEND_SHA256_HEX],
		       struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer ids = { 0 };
	size_t i, size;

	for (i = 0; i < nr_modules; i++) {
		const uint8_t *id = id_in(kmend_object_section(modules[i], NOTE_SECTION), &size);

		if (!id)
			return kmend_fail(error, KMEND_STATUS_DAMAGED, -EINVAL, "%s has no GNU build id",
					  modules[i]->path);
		kmend_buffer_add(&ids, id, size);
	}
	kmend_sha256(ids.data ? ids.data : "", ids.size, ret_hex);
	return 0;
}
