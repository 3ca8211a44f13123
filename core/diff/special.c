// SPDX-License-Identifier: GPL-2.0
#include "special.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/str.h"

#define BYTES(first, last) ((~0ull >> (63 - (last))) & (~0ull << (first)))

/* Places in the code that the kernel rewrites or looks up; struct layouts of Linux 6.1, x86-64. */
#define SITES(section, size, text) \
	.name = section, .kind = KMEND_SPECIAL_SITES, .entry_size = size, .fragment = KMEND_NO_FIELD, .what = text
#define COMPARED .is_compared = true, .is_kept = true
#define LIST(section, size, text, code) \
	.name = section, .kind = KMEND_SPECIAL_LIST, .entry_size = size, .what = text, .reason_changed = code
#define ITEMS(section) .name = section, .kind = KMEND_SPECIAL_ITEMS
#define DROPPED(section) .name = section, .kind = KMEND_SPECIAL_DROPPED
#define REFUSED(code) .reason_changed = code, .reason_new = code
#define PREFIX .is_prefix = true
#define OVER .is_over = true

/* The first row that fits counts: longer prefixes come before shorter ones. */
static const struct kmend_special specials[] = {
	{ .name = ".altinstructions",
	  .kind = KMEND_SPECIAL_SITES,
	  .entry_size = 12, /* struct alt_instr: s32 instr, s32 replacement, u16 cpuid, u8 length, u8 its length */
	  .references = 2,
	  .fragment = 4,
	  .fragment_size = 11,
	  .code_size = 10,
	  COMPARED,
	  .what = "an alternative" },
	{ .name = ".altinstructions",
	  .kind = KMEND_SPECIAL_SITES,
	  .entry_size =
		  14, /* from 6.3 on: s32 instr, s32 replacement, u16 cpuid, u16 flags, u8 length, u8 its length */
	  .references = 2,
	  .fragment = 4,
	  .fragment_size = 13,
	  .code_size = 12,
	  COMPARED,
	  .what = "an alternative" },
	/* u8 *instr, u8 type, u8 len, padding */
	{ SITES(".parainstructions", 16, "a paravirt call"), .code_size = 9, COMPARED },
	{ SITES(".retpoline_sites", 4, "a retpoline"), COMPARED },
	{ SITES(".return_sites", 4, "a return"), COMPARED },
	/* Which calls can be counted (call depth tracking). Calls of new code are not: that only has the CPU's stack of return
	 * addresses filled up sooner than need be. Where they go is not known yet when the module loader looks. */
	{ SITES(".call_sites", 4, "a counted call") },
	{ SITES(".cfi_sites", 4, "a CFI check"), COMPARED },
	/* What no indirect branch goes to; objtool saw only this unit, others may take its address. */
	{ SITES(".ibt_endbr_seal", 4, "a sealed endbr") },
	/* s32 place of a number in an instruction. The linker makes references of them: no table in a module does it. */
	{ SITES("runtime_ptr_", 4, "a constant of the start"), .is_prefix = true, .is_compared = true },
	{ SITES("runtime_shift_", 4, "a constant of the start"), .is_prefix = true, .is_compared = true },
	{ SITES(".smp_locks", 4, "a lock prefix"), COMPARED },
	{ SITES("__jump_table", 16, "a jump label"), COMPARED },       /* s32 code, s32 target, s64 key + flags */
	{ SITES(".static_call_sites", 8, "a static call"), COMPARED }, /* s32 site, s32 key + flags */
	{ SITES("__bug_table", 12, "a bug entry"), COMPARED, .ignored = BYTES(8, 9) }, /* …, u16 line, u16 flags */
	{ SITES("__ex_table", 12, "an exception entry"), COMPARED }, /* s32 insn, s32 fixup, s32 data */
	{ SITES("__mcount_loc", 8, "an ftrace site"), COMPARED },
	{ SITES(".orc_unwind_ip", 4, "an ORC entry"), .is_kept = true, .companion = ".orc_unwind",
	  .companion_size = 6 },
	{ DROPPED(".orc_unwind") }, /* comes with .orc_unwind_ip */
	{ DROPPED(".orc_header") }, /* says which format that is; the update module's own part has one */
	{ DROPPED("__patchable_function_entries") }, /* room before functions, of which nothing is kept */

	{ .name = ".altinstr_replacement", .kind = KMEND_SPECIAL_FRAGMENTS },
	{ .name = ".altinstr_aux", .kind = KMEND_SPECIAL_FRAGMENTS }, /* the slow way of static_cpu_has() */

	/* Exports, each in a section of its own. The names' strings change with them. */
	{ LIST("___ksymtab", 12, "an export", "export-changed"), PREFIX, .label = "__ksymtab_",
	  .reason_new = "export-new", .reason_gone = "export-gone" },
	{ DROPPED("___kcrctab"), PREFIX },
	{ DROPPED("__ksymtab_strings") },
	{ LIST(".export_symbol", 0, "an export", "export-changed"), .is_labelled = true, .label = "__export_symbol_",
	  .reason_new = "export-new", .reason_gone = "export-gone" }, /* from 6.5 on: licence, namespace, address */

	/* What boot and module loading run or register. */
	{ LIST(".initcall", 4, "an initcall", "initcall-changed"), PREFIX },
	{ LIST(".con_initcall", 4, "an initcall", "initcall-changed"), PREFIX },
	{ DROPPED(".exitcall.exit") }, /* vmlinux never exits, and a module's exit has a name */
	{ LIST(".init.setup", 24, "a boot parameter", "parameter-changed"), .label = "__setup_",
	  .reason_new = "parameter-new" },
	{ LIST("__param", 40, "a module parameter", "parameter-changed"), .label = "__param_",
	  .reason_new = "parameter-new" },
	{ LIST(".pci_fixup", 16, "a quirk of PCI devices", "boot-table"), PREFIX },
	{ LIST("__tracepoints_ptrs", 4, "a tracepoint", "tracepoint-changed") },
	{ LIST("__bpf_raw_tp_map", 32, "a tracepoint", "tracepoint-changed") },
	{ LIST("_ftrace_events", 8, "a trace event", "tracepoint-changed") },
	{ LIST("_ftrace_eval_map", 8, "a trace event's value", "tracepoint-changed") },
	{ LIST("__syscalls_metadata", 8, "a system call's trace event", "tracepoint-changed") },
	{ LIST("_kprobe_blacklist", 8, "a probe exclusion", "section-changed") },
	{ LIST("_error_injection_whitelist", 16, "an error injection point", "section-changed") },
	{ LIST(".static_call_tramp_key", 8, "a static call's key", "section-changed") },

	{ ITEMS("__tracepoints"), REFUSED("tracepoint-changed") },
	{ ITEMS("__tracepoints_strings"), REFUSED("tracepoint-changed") },
	/* struct _ddebug: the 18 bits of the line number are bytes 32 to 34 (with the class, which follows the text). */
	{ ITEMS("__dyndbg"), .ignored = BYTES(32, 34), .is_description = true },

	/* Code that is over when the update comes, or that runs where nothing may be switched. */
	{ ITEMS(".init.text"), PREFIX, REFUSED("init-code"), OVER, .reason_module = "module-init" },
	{ ITEMS(".exit.text"), PREFIX, REFUSED("init-code"), OVER, .is_module_own = true },
	{ ITEMS(".head.text"), PREFIX, REFUSED("init-code"), OVER },
	{ ITEMS(".init."), PREFIX, REFUSED("init-data"), OVER, .reason_module = "module-init" },
	{ ITEMS(".exit."), PREFIX, REFUSED("init-data"), OVER, .is_module_own = true,
	  .reason_module = "initial-value" },
	{ ITEMS(".noinstr.text"), PREFIX, REFUSED("noinstr-code") },
	{ ITEMS(".entry.text"), PREFIX, REFUSED("noinstr-code") },
	{ ITEMS(".static_call.text"), REFUSED("static-call-changed") },

	/* Ordinary code. gcc and the kernel's attributes spread it over these. */
	{ ITEMS(".text"), PREFIX },
	{ ITEMS(".sched.text"), PREFIX },
	{ ITEMS(".cpuidle.text"), PREFIX },
	{ ITEMS(".softirqentry.text"), PREFIX },
	{ ITEMS(".irqentry.text"), PREFIX },
	{ ITEMS(".kprobes.text"), PREFIX },
	{ ITEMS(".ref.text"), PREFIX },
	{ ITEMS(".meminit.text"), PREFIX },

	/* Ordinary data. */
	/* A new per-CPU variable: the module loader gives every CPU one, out of the room it keeps for modules. */
	{ ITEMS(".data..percpu"), PREFIX, .reason_changed = "initial-value" },
	{ ITEMS(".data..ro_after_init"), PREFIX, .reason_changed = "initial-value", .is_sealed = true },
	{ ITEMS(".data"), PREFIX, .reason_changed = "initial-value" },
	{ ITEMS(".bss"), PREFIX, .reason_changed = "initial-value" },
	{ ITEMS(".rodata"), PREFIX, .reason_changed = "data-changed", .is_constant = true },
	{ ITEMS(".ref.data"), PREFIX, .reason_changed = "initial-value" },
	{ ITEMS(".ref.rodata"), PREFIX, .reason_changed = "data-changed", .is_constant = true },

	{ ITEMS("__tracepoint_str"), .reason_changed = "data-changed" }, /* addresses of strings, for traces */

	{ DROPPED(".kmend.hooks") }, /* the author's hooks: hooks.c reads them */

	/* Notes for the tools, for humans, for the module loader. */
	{ DROPPED(".discard"), PREFIX },
	{ DROPPED(".modinfo") },
	{ DROPPED(".printk_index") },
	{ DROPPED(".BTF_ids"), .is_filled_in = true }, /* numbers of types: tools/bpf/resolve_btfids writes them */
	{ DROPPED(".BTF"), PREFIX },
	{ DROPPED(".debug"), PREFIX },
	{ DROPPED(".comment") },
	{ DROPPED(".note"), PREFIX },
};

static const struct kmend_special unknown = { LIST("", 0, "content", "section-changed") };
static const struct kmend_special not_loaded = { DROPPED("") };

/* Each entry of such a section has the same number of references: so its size shows. */
static bool has_layout(const struct kmend_section *section, const struct kmend_special *row)
{
	return !row->references || !section->size ||
	       section->nr_relocations * row->entry_size == row->references * section->size;
}

const struct kmend_special *kmend_special_of(const struct kmend_section *section)
{
	const struct kmend_special *named = NULL;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(specials); i++) {
		const struct kmend_special *row = &specials[i];

		if (!(row->is_prefix ? kmend_starts_with(section->name, row->name) : !strcmp(section->name, row->name)))
			continue;
		if (has_layout(section, row))
			return row;
		named = row;
	}
	/* Of a known name, and of no known layout: its size or its entries will not do. */
	if (named)
		return named;
	return section->flags & SHF_ALLOC ? &unknown : &not_loaded;
}

/* The relocation of exactly this place; NULL: none. */
static const struct kmend_relocation_entry *relocation_at(const struct kmend_section *section, uint64_t offset)
{
	size_t i = kmend_section_first_relocation(section, offset);

	if (i < section->nr_relocations && section->relocations[i].offset == offset)
		return &section->relocations[i];
	return NULL;
}

static int add_entry(struct kmend_special_index *index, const struct kmend_special *row, struct kmend_section *section,
		     uint64_t offset, const struct kmend_object *object, struct kmend_error *error)
{
	const struct kmend_relocation_entry *owner = relocation_at(section, offset + row->owner);
	struct kmend_special_entry *entry;

	if (!owner || !owner->symbol->section)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: the entry at 0x%llx of %s belongs to no code", object->path,
				  (unsigned long long)offset, section->name);
	entry = kmend_array_add(index->entries, index->nr_entries);
	entry->row = row;
	entry->section = section;
	entry->offset = offset;
	entry->text = owner->symbol->section;
	entry->place = owner->symbol->value + owner->addend;
	if (entry->place > entry->text->size)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: the entry at 0x%llx of %s lies outside its code", object->path,
				  (unsigned long long)offset, section->name);
	return 0;
}

static int add_section(struct kmend_special_index *index, struct kmend_section *section,
		       const struct kmend_object *object, struct kmend_error *error)
{
	const struct kmend_special *row = kmend_special_of(section);
	const struct kmend_section *companion;

	if (row->kind != KMEND_SPECIAL_SITES || !section->size)
		return 0;
	if (!section->data || section->size % row->entry_size)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: the size of %s is not a multiple of %u",
				  object->path, section->name, row->entry_size);
	if (row->companion) {
		companion = kmend_object_section(object, row->companion);
		if (!companion || !companion->data ||
		    companion->size / row->companion_size < section->size / row->entry_size)
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: %s does not go with %s",
					  object->path, row->companion, section->name);
	}
	for (uint64_t offset = 0; offset < section->size; offset += row->entry_size) {
		int r = add_entry(index, row, section, offset, object, error);

		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct kmend_special_entry *left = a, *right = b;

	if (left->text != right->text)
		return left->text->index < right->text->index ? -1 : 1;
	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	if (left->row != right->row)
		return left->row < right->row ? -1 : 1;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

int kmend_special_index_make(const struct kmend_object *object, struct kmend_special_index **ret_index,
			     struct kmend_error *error)
{
	_cleanup_(kmend_special_index_guard) struct kmend_special_index *index = kmend_calloc(1, sizeof(*index));

	for (size_t i = 0; i < object->nr_sections; i++) {
		int r = add_section(index, &object->sections[i], object, error);

		if (r < 0)
			return r;
	}
	if (index->nr_entries)
		qsort(index->entries, index->nr_entries, sizeof(*index->entries), compare_entries);
	*ret_index = kmend_steal(index);
	return 0;
}

void kmend_special_index_free(struct kmend_special_index *index)
{
	if (!index)
		return;
	free(index->entries);
	free(index);
}

/* How many entries lie before a place. */
static size_t count_before(const struct kmend_special_index *index, const struct kmend_section *text, uint64_t place)
{
	size_t low = 0, high = index->nr_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct kmend_special_entry *entry = &index->entries[middle];

		if (entry->text == text ? entry->place < place : entry->text->index < text->index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t kmend_special_index_range(const struct kmend_special_index *index, const struct kmend_section *text,
				 uint64_t from, uint64_t to, const struct kmend_special_entry **ret_first)
{
	size_t first = count_before(index, text, from), end = count_before(index, text, to);

	if (first >= end)
		return 0;
	*ret_first = &index->entries[first];
	return end - first;
}
