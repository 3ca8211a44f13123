// SPDX-License-Identifier: GPL-2.0
/*
 * Jump labels whose keys can never be switched again, since they lie in data of the kernel image that is read-only after
 * its start (DEFINE_STATIC_KEY_*_RO: init_on_alloc, for one). When a module with such a label comes, jump_label.c links
 * it to the key, by writing into the key: older kernels fault there (6.10 began to seal such keys). No module of the
 * kernel's own has one, but a replacement of the kernel's own code may. As the key's state is final, the site is brought
 * into that state here, and the kernel does not see it.
 */
#include "kmend.h"

#include <linux/jump_label.h>

#ifdef CONFIG_JUMP_LABEL

static const u8 nop2[] = { 0x66, 0x90 };
static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };

#define JMP8 0xeb
#define JMP32 0xe9

static bool is_sealed(const struct jump_entry *entry)
{
	unsigned long key = (unsigned long)jump_entry_key(entry);

	return key >= (unsigned long)kmend_kernel.ro_after_init_start &&
	       key < (unsigned long)kmend_kernel.ro_after_init_end;
}

/* The jump or the nop of the same size that is there; 0: neither. */
static u32 site_size(const u8 *site)
{
	if (site[0] == JMP8 || !memcmp(site, nop2, sizeof(nop2)))
		return sizeof(nop2);
	if (site[0] == JMP32 || !memcmp(site, nop5, sizeof(nop5)))
		return sizeof(nop5);
	return 0;
}

static int set_site(const struct jump_entry *entry, struct kmend_verdict *verdict)
{
	bool jumps = static_key_enabled(jump_entry_key(entry)) ^ jump_entry_is_branch(entry);
	unsigned long code = jump_entry_code(entry);
	u32 size = site_size((const u8 *)code);
	s32 distance = jump_entry_target(entry) - (code + size);
	struct kmend_alias alias;
	u8 bytes[5];

	if (!size || (size == 2 && distance != (s8)distance))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "no jump label at %ps", (void *)code);
	if (jumps) {
		bytes[0] = size == 2 ? JMP8 : JMP32;
		memcpy(bytes + 1, &distance, size - 1);
	} else {
		memcpy(bytes, size == 2 ? nop2 : nop5, size);
	}
	if (kmend_alias_map(code, size, &alias))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while setting jump labels");
	memcpy(alias.start, bytes, size);
	kmend_alias_unmap(&alias);
	return 0;
}

/* An entry holds distances from its own place. */
static void move_entry(struct jump_entry *to, const struct jump_entry *from)
{
	long shift = (unsigned long)from - (unsigned long)to;

	to->code = from->code + shift;
	to->target = from->target + shift;
	to->key = from->key + shift; /* the shift is a multiple of 4, so the flags in the low bits stay */
}

int kmend_seal_jump_labels(const struct module *mod, u32 *nr, struct kmend_verdict *verdict)
{
	u32 i, kept = 0;
	int error;

	for (i = 0; i < *nr; i++) {
		if (!is_sealed(&mod->jump_entries[i])) {
			if (kept != i)
				move_entry(&mod->jump_entries[kept], &mod->jump_entries[i]);
			kept++;
			continue;
		}
		error = set_site(&mod->jump_entries[i], verdict);
		if (error)
			return error;
	}
	*nr = kept;
	return 0;
}

#else

int kmend_seal_jump_labels(const struct module *mod, u32 *nr, struct kmend_verdict *verdict)
{
	return 0;
}

#endif
