// SPDX-License-Identifier: GPL-2.0
/*
 * Can this module's tables be used? The module itself is trusted (the kernel has just accepted it), its tables are
 * not trusted to be right: every pointer must lead into the module, every index into its table.
 */
#include "kmend.h"

#include <linux/ctype.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/utsname.h>

/* Names that /sys/kernel/kmend itself uses, so no update can have them. */
static const char *const reserved_ids[] = { "abi", "version", "apply_all", "reverse_all" };

static void tell(struct kmend_region region, unsigned long *ret_start, unsigned long *ret_end)
{
	*ret_start = region.start;
	*ret_end = region.end;
}

void kmend_inspect_text(const struct module *mod, unsigned long *ret_start, unsigned long *ret_end)
{
	tell(kmend_compat_text(mod), ret_start, ret_end);
}

void kmend_inspect_rodata(const struct module *mod, unsigned long *ret_start, unsigned long *ret_end)
{
	tell(kmend_compat_rodata(mod), ret_start, ret_end);
}

void kmend_inspect_ro_after_init(const struct module *mod, unsigned long *ret_start, unsigned long *ret_end)
{
	tell(kmend_compat_ro_after_init(mod), ret_start, ret_end);
}

u32 kmend_inspect_regions(const struct module *mod, struct kmend_region regions[KMEND_MAX_REGIONS])
{
	return kmend_compat_regions(mod, regions);
}

bool kmend_inspect_is_text(const struct module *mod, unsigned long address)
{
	unsigned long start, end;

	kmend_inspect_text(mod, &start, &end);
	return address >= start && address < end;
}

struct kmend_update *kmend_inspect_find(const struct module *mod)
{
	/* The module is in state COMING: its symbol table is in place and does not change before its init has run. */
	const struct mod_kallsyms *kallsyms = rcu_dereference_protected(mod->kallsyms, true);
	unsigned int i;

	if (!kallsyms)
		return NULL;
	for (i = 1; i < kallsyms->num_symtab; i++) {
		const Elf_Sym *symbol = &kallsyms->symtab[i];

		if (symbol->st_shndx != SHN_UNDEF && !strcmp(kallsyms->strtab + symbol->st_name, KMEND_UPDATE_SYMBOL))
			return (struct kmend_update *)symbol->st_value;
	}
	return NULL;
}

/* The end of the stretch of the module's memory that the address is in; 0: it is in none. */
static unsigned long end_of_memory(const struct module *mod, unsigned long address)
{
	struct kmend_region regions[KMEND_MAX_REGIONS];
	u32 i, nr = kmend_inspect_regions(mod, regions);

	for (i = 0; i < nr; i++) {
		/* In older kernels they follow each other without a gap. */
		while (i + 1 < nr && regions[i].end == regions[i + 1].start) {
			regions[i + 1].start = regions[i].start;
			i++;
		}
		if (address >= regions[i].start && address < regions[i].end)
			return regions[i].end;
	}
	return 0;
}

/* Does [p, p + count * size) lie in the module's memory? An empty table may be NULL. */
static bool is_inside(const struct module *mod, const void *p, u64 count, size_t size)
{
	unsigned long at = (unsigned long)p, end = count ? end_of_memory(mod, at) : 0;

	return !count || (end && count <= (end - at) / size);
}

static bool is_string(const struct module *mod, const char *string)
{
	unsigned long at = (unsigned long)string, end = end_of_memory(mod, at);

	return end && strnlen(string, end - at) < end - at;
}

static bool is_id(const char *id)
{
	size_t i, length = strnlen(id, KMEND_MAX_ID);

	if (!length || length == KMEND_MAX_ID || !isascii(id[0]) || !isalnum(id[0]))
		return false;
	for (i = 1; i < length; i++) {
		if (!isascii(id[i]) || !(isalnum(id[i]) || strchr("._+-", id[i])))
			return false;
	}
	for (i = 0; i < ARRAY_SIZE(reserved_ids); i++) {
		if (!strcmp(id, reserved_ids[i]))
			return false;
	}
	return true;
}

int kmend_inspect_header(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict)
{
	if (!is_inside(mod, update, 1, sizeof(*update)))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s has no whole struct kmend_update", mod->name);
	if (update->abi != KMEND_ABI_VERSION || update->size != sizeof(*update))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s is of ABI %u, this kmend of %u", mod->name,
				    update->abi, KMEND_ABI_VERSION);
	if (!is_string(mod, update->id) || !is_id(update->id))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s has no valid id", mod->name);
	if (!is_string(mod, update->description) || !is_string(mod, update->release) ||
	    !is_string(mod, update->version))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s does not say what it is for", mod->name);
	if (!update->nr_parts || update->nr_parts > KMEND_MAX_PARTS || update->part >= update->nr_parts)
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s is part %u of %u", mod->name, update->part,
				    update->nr_parts);
	/* A part has one target. Its name is needed first of all, to say what could not be switched. */
	if (update->nr_targets != 1 || !is_inside(mod, update->targets, 1, sizeof(*update->targets)) ||
	    !is_string(mod, update->targets->name) || !*update->targets->name ||
	    strlen(update->targets->name) >= MODULE_NAME_LEN)
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s does not have one target with a name",
				    mod->name);
	return 0;
}

/* Is `word` one of the blank-separated words of `text`? 6.1.17 must not be found in 6.1.176-1. */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at = text;

	if (!length)
		return false;
	while ((at = strstr(at, word))) {
		if ((at == text || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
			return true;
		at++;
	}
	return false;
}

/*
 * The version of an RPM kernel is not in its `uname -v`, but in its release: 5.14.0-427.13.1.el9_4 of
 * 5.14.0-427.13.1.el9_4.x86_64+rt.
 */
static bool is_in_release(const char *release, const char *version)
{
	size_t length = strlen(version);

	return length && !strncmp(release, version, length) && strstarts(release + length, ".x86_64");
}

static int inspect_kernel(const struct kmend_update *update, struct kmend_verdict *verdict)
{
	const struct new_utsname *running = &init_uts_ns.name;

	if (strcmp(update->release, running->release))
		return kmend_refuse(verdict, KMEND_REFUSE_WRONG_KERNEL, "built for %s, running is %s", update->release,
				    running->release);
	if (!has_word(running->version, update->version) && !is_in_release(running->release, update->version))
		return kmend_refuse(verdict, KMEND_REFUSE_WRONG_KERNEL, "built for version %s, running is %s",
				    update->version, running->version);
	return 0;
}

static int inspect_function(const struct module *mod, const struct kmend_target *target, u32 index,
			    struct kmend_verdict *verdict)
{
	const struct kmend_function *function = &target->functions[index];
	struct kmend_match_result result;
	unsigned long start, end, entry;
	u32 i;

	if (!is_string(mod, function->name) || !is_string(mod, function->unit))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "function %u has no name", index);
	if (!is_inside(mod, function->pre, function->pre_size, 1) ||
	    !is_inside(mod, function->fields, function->nr_all_fields, sizeof(*function->fields)) ||
	    !is_inside(mod, function->sites, function->nr_sites, sizeof(*function->sites)) ||
	    !is_inside(mod, function->forms, function->nr_forms, sizeof(*function->forms)))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s: a table is outside the module",
				    function->name);
	for (i = 0; i < function->nr_forms; i++) {
		if (!is_inside(mod, function->forms[i].bytes, function->forms[i].size, 1))
			return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s: form %u is outside the module",
					    function->name, i);
	}
	if (kmend_match_validate(function, target->symbols, target->nr_symbols, &result) != KMEND_MATCH_EQUAL)
		return kmend_refuse(verdict,
				    result.why == KMEND_MATCH_TRAMPOLINE_SITE ? KMEND_REFUSE_UNSAFE_PLACE
									      : KMEND_REFUSE_BAD_UPDATE,
				    "%s+0x%x: %s", function->name, result.offset, kmend_match_why_text(result.why));
	if (function->role == KMEND_ROLE_DATUM && !is_inside(mod, function->replacement, function->replacement_size, 1))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s: the new content is outside the module",
				    function->name);
	if (function->role != KMEND_ROLE_REPLACE)
		return 0;
	kmend_inspect_text(mod, &start, &end);
	entry = (unsigned long)function->replacement;
	if (entry < start || entry >= end || function->replacement_size > end - entry)
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s: the replacement is not code of the module",
				    function->name);
	return 0;
}

static int inspect_target(const struct module *mod, const struct kmend_target *target, struct kmend_verdict *verdict)
{
	u32 i;
	int error;

	if (target->nr_functions > KMEND_MAX_FUNCTIONS || target->nr_symbols > KMEND_MAX_SYMBOLS ||
	    target->nr_relocations > KMEND_MAX_RELOCATIONS ||
	    !is_inside(mod, target->functions, target->nr_functions, sizeof(*target->functions)) ||
	    !is_inside(mod, target->symbols, target->nr_symbols, sizeof(*target->symbols)) ||
	    !is_inside(mod, target->relocations, target->nr_relocations, sizeof(*target->relocations)))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "a table is outside the module or too big");
	for (i = 0; i < target->nr_symbols; i++) {
		const struct kmend_symbol *symbol = &target->symbols[i];

		if (!is_string(mod, symbol->name) || !is_string(mod, symbol->unit) || !is_string(mod, symbol->object) ||
		    (symbol->kind == KMEND_SYMBOL_CONTENT &&
		     !is_inside(mod, symbol->content, symbol->content_size, 1)) ||
		    !kmend_match_symbol_is_valid(symbol))
			return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "symbol %u is damaged", i);
	}
	for (i = 0; i < target->nr_functions; i++) {
		error = inspect_function(mod, target, i, verdict);
		if (error)
			return error;
	}
	return 0;
}

static int inspect_hooks(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict)
{
	const struct kmend_hook *hook;
	unsigned long start, end;
	u32 i;

	if (update->nr_hooks > KMEND_MAX_HOOKS ||
	    !is_inside(mod, update->hooks, update->nr_hooks, sizeof(*update->hooks)))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "the table of hooks is outside the module");
	kmend_inspect_text(mod, &start, &end);
	for (i = 0; i < update->nr_hooks; i++) {
		hook = &update->hooks[i];
		if (hook->stage >= KMEND_NR_HOOK_STAGES || !is_string(mod, hook->name) ||
		    (unsigned long)hook->call < start || (unsigned long)hook->call >= end)
			return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "hook %u is damaged", i);
	}
	return 0;
}

/* A part that does nothing by itself may bring what other parts use. */
static int inspect_purpose(const struct kmend_update *update, struct kmend_verdict *verdict)
{
	const struct kmend_target *target = &update->targets[0];
	u32 i;

	if (update->nr_hooks || update->nr_parts > 1)
		return 0;
	for (i = 0; i < target->nr_functions; i++) {
		if (target->functions[i].role == KMEND_ROLE_REPLACE || target->functions[i].role == KMEND_ROLE_DATUM)
			return 0;
	}
	return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "it replaces no function");
}

static int inspect_bases(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict)
{
	u32 i;

	if (update->nr_bases > KMEND_MAX_BASES ||
	    !is_inside(mod, update->bases, update->nr_bases, sizeof(*update->bases)))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "the table of bases is outside the module");
	for (i = 0; i < update->nr_bases; i++) {
		if (!is_string(mod, update->bases[i].id) || !is_id(update->bases[i].id) ||
		    !is_string(mod, update->bases[i].digest))
			return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "base %u is damaged", i);
	}
	return 0;
}

static int inspect_replaced(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict)
{
	u32 i;

	if (update->nr_replaces > KMEND_MAX_REPLACES ||
	    !is_inside(mod, update->replaces, update->nr_replaces, sizeof(*update->replaces)))
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE,
				    "the table of replaced updates is outside the module");
	for (i = 0; i < update->nr_replaces; i++) {
		if (!is_string(mod, update->replaces[i].id) || !is_id(update->replaces[i].id))
			return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "replaced update %u is damaged", i);
	}
	return 0;
}

int kmend_inspect_update(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict)
{
	int error = inspect_kernel(update, verdict);

	if (!error)
		error = inspect_bases(mod, update, verdict);
	if (!error)
		error = inspect_replaced(mod, update, verdict);
	if (!error)
		error = inspect_hooks(mod, update, verdict);
	if (!error)
		error = inspect_target(mod, &update->targets[0], verdict);
	return error ?: inspect_purpose(update, verdict);
}
