// SPDX-License-Identifier: GPL-2.0
/*
 * Updates on top of others. An update names its bases by id and by a digest of their builds; it can be applied only
 * while they are, and they can be reversed only when it is not.
 */
#include "update.h"

#include <linux/string.h>
#include <crypto/sha2.h>

#define BUILD_ID_SIZE 20

/* The header of a GNU build id's note: sizes of name and content, type 3, name. */
static const u8 note_header[] = { 4, 0, 0, 0, BUILD_ID_SIZE, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0 };

/*
 * The module's build id, found by its note's header: where the loader has put the note is known only to the files of
 * /sys/module, which are not there yet when a module arrives. Return: NULL if there is none, or more than one.
 */
static const u8 *find_build_id(const struct module *mod)
{
	const size_t size = sizeof(note_header) + BUILD_ID_SIZE;
	unsigned long start, end, at;
	const u8 *found = NULL;

	kmend_inspect_rodata(mod, &start, &end);
	for (at = ALIGN(start, 4); at + size <= end; at += 4) {
		if (memcmp((const void *)at, note_header, sizeof(note_header)))
			continue;
		if (found)
			return NULL;
		found = (const u8 *)at + sizeof(note_header);
	}
	return found;
}

/* Hex SHA-256 over the build ids of all parts. Return: false if not all are there. */
static bool digest_of(const struct kmend_instance *instance, char digest[2 * SHA256_DIGEST_SIZE + 1])
{
	u8 hash[SHA256_DIGEST_SIZE];
	struct sha256_state state;
	const u8 *build_id;
	u32 i;

	sha256_init(&state);
	for (i = 0; i < instance->nr_parts; i++) {
		if (!instance->parts[i] || !instance->parts[i]->module)
			return false;
		build_id = find_build_id(instance->parts[i]->module);
		if (!build_id)
			return false;
		sha256_update(&state, build_id, BUILD_ID_SIZE);
	}
	sha256_final(&state, hash);
	*bin2hex(digest, hash, sizeof(hash)) = '\0';
	return true;
}

/* Any part tells what the bases are: it is the same in all. */
static const struct kmend_update *update_of(const struct kmend_instance *instance)
{
	const struct kmend_part *part;
	u32 i;

	kmend_for_each_part(part, instance, i)
	{
		if (part->update)
			return part->update;
	}
	return NULL;
}

static bool is_named(const struct kmend_update *update, const char *id)
{
	u32 i;

	for (i = 0; update && i < update->nr_bases; i++) {
		if (!strcmp(update->bases[i].id, id))
			return true;
	}
	return false;
}

bool kmend_base_is(const struct kmend_instance *instance, const struct kmend_instance *base)
{
	return is_named(update_of(instance), base->id);
}

bool kmend_base_replaces(const struct kmend_instance *instance, const struct kmend_instance *other)
{
	const struct kmend_update *update = update_of(instance);
	u32 i;

	for (i = 0; update && i < update->nr_replaces; i++) {
		if (!strcmp(update->replaces[i].id, other->id))
			return true;
	}
	return false;
}

static bool is_among(const struct kmend_instance *instance, struct kmend_instance *const *others, u32 nr_others)
{
	u32 i;

	for (i = 0; i < nr_others; i++) {
		if (others[i] == instance)
			return true;
	}
	return false;
}

void kmend_base_sort(struct kmend_instance **instances, u32 nr_instances)
{
	u32 i, j, k;

	/* Each place gets the first that has no base behind it. (In a circle, which no builder makes, just the first.) */
	for (i = 0; i < nr_instances; i++) {
		for (j = i; j < nr_instances; j++) {
			for (k = i; k < nr_instances && !kmend_base_is(instances[j], instances[k]); k++)
				;
			if (k == nr_instances)
				break;
		}
		if (j < nr_instances)
			swap(instances[i], instances[j]);
	}
}

int kmend_base_check_loaded(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_update *update = part->update;
	char digest[2 * SHA256_DIGEST_SIZE + 1];
	const struct kmend_instance *base;
	u32 i;

	for (i = 0; i < update->nr_bases; i++) {
		base = kmend_instance_find(update->bases[i].id);
		if (!base || !digest_of(base, digest))
			return kmend_refuse(verdict, KMEND_REFUSE_BASE_MISSING, "%s is not loaded",
					    update->bases[i].id);
		if (strcmp(digest, update->bases[i].digest))
			return kmend_refuse(verdict, KMEND_REFUSE_BASE_MISSING, "%s is of another build",
					    update->bases[i].id);
	}
	return 0;
}

int kmend_base_check_applied(const struct kmend_instance *instance, struct kmend_instance *const *others, u32 nr_others,
			     struct kmend_verdict *verdict)
{
	const struct kmend_update *update = update_of(instance);
	const struct kmend_instance *base;
	const struct kmend_part *part;
	u32 i;
	int error;

	kmend_for_each_part(part, instance, i)
	{
		error = part->update ? kmend_base_check_loaded(part, verdict) : 0;
		if (error)
			return error;
	}
	for (i = 0; update && i < update->nr_bases; i++) {
		base = kmend_instance_find(update->bases[i].id);
		if (base->state != KMEND_STATE_APPLIED && !is_among(base, others, nr_others))
			return kmend_refuse(verdict, KMEND_REFUSE_BASE_MISSING, "%s is not applied", base->id);
	}
	return 0;
}

int kmend_base_check_free(const struct kmend_instance *instance, struct kmend_instance *const *others, u32 nr_others,
			  struct kmend_verdict *verdict)
{
	const struct kmend_instance *other;

	list_for_each_entry (other, &kmend_instances, node) {
		if (kmend_instance_is_in_force(other) && kmend_base_is(other, instance) &&
		    !is_among(other, others, nr_others))
			return kmend_refuse(verdict, KMEND_REFUSE_SAT_ON, "%s is on top of %s", other->id,
					    instance->id);
	}
	return 0;
}

/* The module's own symbol of that name, if there is one. Return: how many there are. */
static u32 find_in_module(const struct module *mod, const char *name, unsigned long *ret_address)
{
	const struct mod_kallsyms *kallsyms = &mod->core_kallsyms;
	unsigned int i;
	u32 nr = 0;

	for (i = 1; i < kallsyms->num_symtab; i++) {
		const Elf_Sym *symbol = &kallsyms->symtab[i];

		if (symbol->st_shndx == SHN_UNDEF || strcmp(kallsyms->strtab + symbol->st_name, name))
			continue;
		*ret_address = symbol->st_value;
		nr++;
	}
	return nr;
}

int kmend_base_find_symbol(const struct kmend_part *part, const char *id, const char *name,
			   const struct kmend_part **ret_part, unsigned long *ret_address,
			   struct kmend_verdict *verdict)
{
	const struct kmend_instance *instance = kmend_instance_find(id);
	const struct kmend_part *other, *found = NULL;
	unsigned long address = 0;
	u32 i, nr = 0, here;

	if (!instance || (instance != part->instance && !is_named(part->update, id)))
		return kmend_refuse(verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND, "%s: %s is no base of this update", name,
				    id);
	kmend_for_each_part(other, instance, i)
	{
		if (!other->module || other == part)
			continue;
		here = find_in_module(other->module, name, &address);
		if (here)
			found = other;
		nr += here;
	}
	if (nr != 1)
		return kmend_refuse(verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND, "%s: the loaded parts of %s have %u of it",
				    name, id, nr);
	if (ret_part)
		*ret_part = found;
	*ret_address = address;
	return 0;
}
