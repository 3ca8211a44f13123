// SPDX-License-Identifier: GPL-2.0
/*
 * Units compiled three ways, linked, loaded and matched. A source says what is expected of it on lines that begin
 * with "// = ". Whatever it says, the property below must hold.
 */
#include <dirent.h>
#include <string.h>

#include "core/assess/reasons.h"
#include "core/base/file.h"
#include "core/link/check.h"
#include "core/link/link.h"
#include "core/match/match.h"
#include "../diff/build.h"
#include "tap.h"

static const char symvers[] = "0x00000000\texported\tvmlinux\tEXPORT_SYMBOL\t\n"
			      "0x00000000\tspaced\tvmlinux\tEXPORT_SYMBOL_GPL\tSPACE\n"
			      "0x00000000\tof_a_module\tfs/ext4/ext4\tEXPORT_SYMBOL_GPL\t\n"
			      "0x00000000\t__fentry__\tvmlinux\tEXPORT_SYMBOL\t\n"
			      "0x00000000\t__x86_return_thunk\tvmlinux\tEXPORT_SYMBOL\t\n";

struct outcome {
	struct kmend_link_result result;
	struct kmend_loaded *loaded; /* NULL: not linked */
};

static const char *const kinds[] = {
	[KMEND_SYMBOL_NAMED] = "NAMED",	  [KMEND_SYMBOL_SECTION] = "SECTION",	[KMEND_SYMBOL_CONTENT] = "CONTENT",
	[KMEND_SYMBOL_ONE_OF] = "ONE_OF", [KMEND_SYMBOL_ANY_TEXT] = "ANY_TEXT", [KMEND_SYMBOL_UPDATE] = "UPDATE",
};

static const struct kmend_target *target_of(const struct outcome *outcome)
{
	return &outcome->loaded->update->targets[0];
}

static bool has_reason(const struct outcome *outcome, const char *code)
{
	for (size_t i = 0; i < outcome->result.nr_reasons; i++) {
		if (!strcmp(outcome->result.reasons[i].code, code))
			return true;
	}
	return false;
}

static bool has_relocation(const struct outcome *outcome, const char *kind_and_name)
{
	const struct kmend_target *target = target_of(outcome);

	for (uint32_t i = 0; i < target->nr_relocations; i++) {
		const struct kmend_symbol *symbol = &target->symbols[target->relocations[i].symbol];
		_cleanup_free_ char *text = kmend_format("%s %s", kinds[symbol->kind], symbol->name);

		if (!strcmp(text, kind_and_name))
			return true;
	}
	return false;
}

static bool has_role(const struct outcome *outcome, const char *name, uint32_t role)
{
	const struct kmend_target *target = target_of(outcome);

	for (uint32_t i = 0; i < target->nr_functions; i++) {
		if (!strcmp(target->functions[i].name, name) && target->functions[i].role == role)
			return true;
	}
	return false;
}

/* "NAME FROM SIZE": a part of it that is switched where it is. */
static bool has_datum(const struct outcome *outcome, const char *claim)
{
	const struct kmend_target *target = target_of(outcome);

	for (uint32_t i = 0; i < target->nr_functions; i++) {
		const struct kmend_function *function = &target->functions[i];
		_cleanup_free_ char *text =
			kmend_format("%s %u %u", function->name, function->trampoline_offset, function->pre_size);

		if (function->role == KMEND_ROLE_DATUM && !strcmp(text, claim))
			return function->replacement && function->replacement_size == function->pre_size;
	}
	return false;
}

/* Is there a site of that kind with so many forms? */
static bool has_site(const struct outcome *outcome, const char *kind_and_count)
{
	const struct kmend_target *target = target_of(outcome);
	bool found = false;

	for (uint32_t i = 0; i < target->nr_functions && !found; i++) {
		for (uint32_t j = 0; j < target->functions[i].nr_sites && !found; j++) {
			const struct kmend_site *site = &target->functions[i].sites[j];
			_cleanup_free_ char *text =
				kmend_format("%s %u", kmend_site_kind_text(site->kind), site->nr_forms);

			found = !strcmp(text, kind_and_count);
		}
	}
	return found;
}

static bool has_place(const struct outcome *outcome, const char *name, uint32_t place)
{
	const struct kmend_target *target = target_of(outcome);

	for (uint32_t i = 0; i < target->nr_functions; i++) {
		if (!strcmp(target->functions[i].name, name) && target->functions[i].role == KMEND_ROLE_REPLACE)
			return target->functions[i].place == place;
	}
	return false;
}

static bool has_symbol(const struct outcome *outcome, const char *name, bool is_defined)
{
	const struct kmend_object *object = outcome->loaded->object;

	for (size_t i = 1; i < object->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &object->symbols[i];
		size_t length = strlen(name);

		/* A static local has a number behind its name. */
		if (!symbol->section == !is_defined && !strncmp(symbol->name, name, length) &&
		    (!symbol->name[length] || (symbol->name[length] == '.' && strcmp(name, "f"))))
			return true;
	}
	return false;
}

/* "NUMBER STAGE FUNCTION" */
static bool has_hook(const struct outcome *outcome, const char *claim)
{
	const struct kmend_update *update = outcome->loaded->update;

	for (uint32_t i = 0; i < update->nr_hooks; i++) {
		_cleanup_free_ char *text = kmend_format("%u %u %s", i, update->hooks[i].stage, update->hooks[i].name);

		if (!strcmp(text, claim))
			return update->hooks[i].call;
	}
	return false;
}

static bool has_note(const struct outcome *outcome, const char *claim)
{
	for (size_t i = 0; i < outcome->result.nr_notes; i++) {
		if (strstr(outcome->result.notes[i].text, claim))
			return true;
	}
	return false;
}

static bool holds(const struct outcome *outcome, const char *claim)
{
	static const struct {
		const char *word;
		int what;
	} words[] = { { "reason ", 'r' },     { "relocation ", 'l' }, { "undefined ", 'u' }, { "copied ", 'c' },
		      { "not copied ", 'n' }, { "witness ", 'w' },    { "part ", 'p' },	     { "site ", 's' },
		      { "namespace ", 'a' },  { "no escapes", 'o' },  { "escapes", 'e' },    { "hook ", 'h' },
		      { "note ", 't' },	      { "ftrace ", 'f' },     { "jump ", 'j' },	     { "datum ", 'd' } };
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(words) && !kmend_starts_with(claim, words[i].word); i++)
		;
	if (i == KMEND_ARRAY_SIZE(words))
		return false;
	claim += strlen(words[i].word);
	if (words[i].what == 'r')
		return has_reason(outcome, claim);
	if (!outcome->loaded)
		return false;
	switch (words[i].what) {
	case 'l':
		return has_relocation(outcome, claim);
	case 'u':
		return has_symbol(outcome, claim, false);
	case 'c':
		return has_symbol(outcome, claim, true);
	case 'n':
		return !has_symbol(outcome, claim, true);
	case 'w':
		return has_role(outcome, claim, KMEND_ROLE_WITNESS);
	case 'd':
		return has_datum(outcome, claim);
	case 'p':
		return has_role(outcome, claim, KMEND_ROLE_PART);
	case 's':
		return has_site(outcome, claim);
	case 'f':
		return has_place(outcome, claim, KMEND_PLACE_FTRACE);
	case 'j':
		return has_place(outcome, claim, KMEND_PLACE_JUMP);
	case 'a':
		return kmend_strv_has(&outcome->result.namespaces, claim);
	case 'h':
		return has_hook(outcome, claim);
	case 't':
		return has_note(outcome, claim);
	case 'e':
		return outcome->result.escapes && outcome->loaded->update->flags & KMEND_UPDATE_ESCAPES;
	default:
		return !outcome->result.escapes && !(outcome->loaded->update->flags & KMEND_UPDATE_ESCAPES);
	}
}

static bool accepts(const struct kmend_target *target, const struct kmend_function *function, const uint8_t *bytes,
		    uint64_t address)
{
	_cleanup_free_ struct kmend_value *values = kmend_calloc(target->nr_symbols, sizeof(*values));
	struct kmend_match_result result;

	return kmend_match_function(function, target->symbols, bytes, address, NULL, values, &result);
}

/* Does the matcher look at the very byte, rather than take it for part of an address? */
static bool is_fixed(const struct kmend_function *function, uint32_t offset)
{
	for (uint32_t i = 0; i < function->nr_fields; i++) {
		if (offset >= function->fields[i].offset &&
		    offset < function->fields[i].offset + kmend_field_size(function->fields[i].type))
			return false;
	}
	for (uint32_t i = 0; i < function->nr_sites; i++) {
		if (offset >= function->sites[i].offset && offset < function->sites[i].offset + function->sites[i].size)
			return false;
	}
	return true;
}

/* Every legal form is accepted; any byte outside sites and addresses that differs is refused. */
static bool property_holds(const struct kmend_target *target, const struct kmend_function *function,
			   struct kmend_delta *delta)
{
	for (unsigned int form = 0; form < 12; form++) {
		_cleanup_free_ uint8_t *bytes = NULL;
		struct kmend_error error = { 0 };
		uint64_t address;

		if (kmend_check_pose(target, function, &delta, 1, form, &bytes, &address, &error) < 0) {
			tap_note("%s", error.message);
			return false;
		}
		if (!accepts(target, function, bytes, address)) {
			tap_note("%s: form %u is refused", function->name, form);
			return false;
		}
		for (uint32_t i = 0; i < function->pre_size; i++) {
			if (!is_fixed(function, i))
				continue;
			bytes[i] ^= 1u << (i + form) % 8;
			if (accepts(target, function, bytes, address)) {
				tap_note("%s+0x%x: another byte is accepted", function->name, i);
				return false;
			}
			bytes[i] ^= 1u << (i + form) % 8;
		}
	}
	return true;
}

/* @part: what of the input says which part of an update it is, or NULL: the only one */
static bool link_twice(struct kmend_delta *const *deltas, size_t nr_deltas, const char *directory, bool matches_all,
		       const struct kmend_link_input *part, struct outcome *ret_outcome, struct kmend_error *error)
{
	_cleanup_free_ char *table = kmend_path(directory, "Module.symvers"), *first = kmend_path(directory, "1.o");
	_cleanup_free_ char *second = kmend_path(directory, "2.o"), *a = NULL, *b = NULL;
	struct kmend_exports *exports = NULL;
	struct kmend_link_result again = { 0 };
	size_t a_size = 0, b_size = 1;
	bool good;

	if (kmend_file_write_atomic(table, symvers, sizeof(symvers) - 1, 0644, error) < 0 ||
	    kmend_exports_read(table, &exports, error) < 0)
		return false;
	struct kmend_link_input input = { .id = "test",
					  .description = "a test",
					  .release = "6.1.0-50-amd64",
					  .version = "6.1.176-1",
					  .deltas = deltas,
					  .nr_deltas = nr_deltas,
					  .exports = exports,
					  .matches_all = matches_all };
	if (part) {
		input.target = part->target;
		input.part = part->part;
		input.nr_parts = part->nr_parts;
		input.all_deltas = part->all_deltas;
		input.nr_all_deltas = part->nr_all_deltas;
		input.escapes = part->escapes;
		input.imports = part->imports;
		input.nr_imports = part->nr_imports;
	}
	good = kmend_link_object(&input, first, &ret_outcome->result, error) == 0;
	if (good && !ret_outcome->result.nr_reasons)
		good = kmend_link_object(&input, second, &again, error) == 0 &&
		       kmend_file_read(first, 1 << 24, &a, &a_size, error) == 0 &&
		       kmend_file_read(second, 1 << 24, &b, &b_size, error) == 0 && a_size == b_size &&
		       !memcmp(a, b, a_size) && kmend_check_module(first, deltas, nr_deltas, error) == 0 &&
		       kmend_loaded_read(first, &ret_outcome->loaded, error) == 0;
	kmend_link_result_free(&again);
	kmend_exports_free(exports);
	return good;
}

static void test_claims(const char *name, const char *text, const struct outcome *outcome)
{
	const char *at = text;

	while ((at = strstr(at, "// = "))) {
		size_t length = strcspn(at += 5, "\n");
		_cleanup_free_ char *claim = kmend_strndup(at, length);

		if (!tap_ok(holds(outcome, claim), "%s: %s", name, claim)) {
			for (size_t i = 0; i < outcome->result.nr_reasons; i++)
				tap_note("%s: %s", outcome->result.reasons[i].code, outcome->result.reasons[i].text);
		}
	}
}

static bool has_notes_only(const struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_reasons; i++) {
		if (kmend_reason_row(delta->reasons[i].code)->kind != KMEND_REASON_NOTE)
			return false;
	}
	return true;
}

static void test_source(const char *directory, const char *source, const char *name, bool has_claims)
{
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	_cleanup_free_ char *text = source_text(source);
	struct outcome outcome = { 0 };
	struct kmend_error error = { 0 };
	bool good;

	if (build_delta(source, &delta, &error) < 0) {
		tap_ok(false, "%s: compiles: %s %s", name, error.message, error.detail);
		return;
	}
	if (!has_notes_only(delta)) { /* core/diff has objections already: its own tests' business */
		if (has_claims)
			tap_ok(false, "%s: %s", name, delta->reasons[0].text);
		return;
	}
	good = link_twice(&delta, 1, directory, false, NULL, &outcome, &error);
	if (good && outcome.loaded && getenv("KMEND_TEST_KEEP")) { /* to make tests/fuzz/corpus/link anew */
		_cleanup_free_ char *object = kmend_path(directory, "1.o");
		_cleanup_free_ char *kept = kmend_path(getenv("KMEND_TEST_KEEP"), name);

		kmend_file_copy(object, kept, 0644, &error);
	}
	tap_ok(good, "%s: links, twice the same, and matches its own code%s%s", name, good ? "" : ": ", error.message);
	if (good && has_claims)
		test_claims(name, text, &outcome);
	kmend_loaded_free(outcome.loaded);
	kmend_link_result_free(&outcome.result);
	outcome = (struct outcome){ 0 };
	good = link_twice(&delta, 1, directory, true, NULL, &outcome, &error);
	for (uint32_t i = 0; good && outcome.loaded && i < target_of(&outcome)->nr_functions; i++)
		good = property_holds(target_of(&outcome), &target_of(&outcome)->functions[i], delta);
	tap_ok(good, "%s: its functions are matched in every form, and nothing else is%s%s", name, good ? "" : ": ",
	       error.message);
	kmend_loaded_free(outcome.loaded);
	kmend_link_result_free(&outcome.result);
}

static int is_source(const struct dirent *entry)
{
	return kmend_ends_with(entry->d_name, ".c");
}

static void test_directory(const char *scratch, const char *directory, bool has_claims)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_source, alphasort);

	for (int i = 0; i < count; i++) {
		_cleanup_free_ char *source = kmend_path(directory, entries[i]->d_name);

		test_source(scratch, source, entries[i]->d_name, has_claims);
		free(entries[i]);
	}
	free(entries);
}

/* Two units in one update: what one brings along the other calls directly; what one replaces, by the original. */
static void test_pair(const char *scratch, const char *directory)
{
	_cleanup_free_ char *caller = kmend_path(directory, "pair/caller.c");
	_cleanup_free_ char *callee = kmend_path(directory, "pair/callee.c");
	_cleanup_delta_ struct kmend_delta *first = NULL;
	_cleanup_delta_ struct kmend_delta *second = NULL;
	struct outcome outcome = { 0 };
	struct kmend_error error = { 0 };

	if (build_delta(caller, &first, &error) < 0 || build_delta(callee, &second, &error) < 0) {
		tap_ok(false, "pair: compiles: %s %s", error.message, error.detail);
		return;
	}
	struct kmend_delta *const deltas[] = { first, second };
	bool good = link_twice(deltas, 2, scratch, false, NULL, &outcome, &error);

	tap_ok(good && outcome.loaded, "two units: link, twice the same, and match their own code %s", error.message);
	if (good && outcome.loaded) {
		tap_ok(has_symbol(&outcome, "brought", true), "two units: a new function of the other one is there");
		tap_ok(!has_relocation(&outcome, "NAMED brought"), "and is not looked for in the kernel");
		tap_ok(has_relocation(&outcome, "NAMED replaced"), "two units: a replaced one is called where it was");
		tap_ok(!outcome.result.escapes, "two units: no escapes");
	}
	kmend_loaded_free(outcome.loaded);
	kmend_link_result_free(&outcome.result);
}

/* Whose is a symbol that relocations or fields name? NULL: there is none of that kind and name. */
static const char *owner_of(const struct outcome *outcome, uint32_t kind, const char *name)
{
	const struct kmend_target *target = target_of(outcome);

	for (uint32_t i = 0; i < target->nr_symbols; i++) {
		if (target->symbols[i].kind == kind && !strcmp(target->symbols[i].name, name))
			return target->symbols[i].object;
	}
	return NULL;
}

/* The same two units in two targets: each is a part, and what one brings along kmend.ko finds for the other. */
static void test_parts(const char *scratch, const char *directory)
{
	_cleanup_free_ char *caller = kmend_path(directory, "pair/caller.c");
	_cleanup_free_ char *callee = kmend_path(directory, "pair/callee.c");
	_cleanup_delta_ struct kmend_delta *first = NULL;
	_cleanup_delta_ struct kmend_delta *second = NULL;
	struct outcome module = { 0 }, kernel = { 0 };
	struct kmend_error error = { 0 };

	if (build_delta(caller, &first, &error) < 0 || build_delta(callee, &second, &error) < 0) {
		tap_ok(false, "parts: compile: %s %s", error.message, error.detail);
		return;
	}
	struct kmend_delta *const deltas[] = { first, second };
	struct kmend_link_input part = { .nr_parts = 2, .all_deltas = deltas, .nr_all_deltas = 2 };

	if (!tap_ok(link_twice(&deltas[1], 1, scratch, false, &part, &kernel, &error) && kernel.loaded,
		    "the part of vmlinux: %s", error.message))
		return;
	part.target = "ext4";
	part.part = 1;
	part.escapes = true;
	if (!tap_ok(link_twice(&deltas[0], 1, scratch, false, &part, &module, &error) && module.loaded,
		    "the part of a module: %s", error.message))
		return;
	tap_is_str(target_of(&kernel)->name, "vmlinux", "one says vmlinux");
	tap_is_str(target_of(&module)->name, "ext4", "the other its module");
	tap_ok(module.loaded->update->part == 1 && module.loaded->update->nr_parts == 2, "and which part it is");
	tap_ok(module.loaded->update->flags & KMEND_UPDATE_ESCAPES, "and what another part does");
	tap_ok(has_symbol(&kernel, "brought", true) && has_symbol(&kernel, "brought_datum", true),
	       "what is new is where it belongs, data too since the other part wants them");
	tap_ok(!has_symbol(&module, "brought", true), "and nowhere else");
	tap_is_str(owner_of(&module, KMEND_SYMBOL_UPDATE, "brought"), "test", "a new function of another part");
	tap_is_str(owner_of(&module, KMEND_SYMBOL_UPDATE, "brought_datum"), "test", "a new datum of another part");
	tap_is_str(owner_of(&module, KMEND_SYMBOL_NAMED, "exported"), "vmlinux", "in pre code: an export of vmlinux");
	tap_ok(has_symbol(&module, "exported", false), "in new code: the loader's business");
	tap_is_str(owner_of(&module, KMEND_SYMBOL_NAMED, "of_a_sibling"), "", "of another unit of the same module");
	tap_is_str(owner_of(&module, KMEND_SYMBOL_NAMED, "of_a_module"), "", "what the module exports is its own");
	tap_ok(!has_symbol(&module, "of_a_module", false), "and no export of a module is a dependency");
	kmend_loaded_free(module.loaded);
	kmend_link_result_free(&module.result);
	module = (struct outcome){ 0 };
	part.target = "other";
	const struct kmend_link_import import = { (char *)"of_a_sibling", (char *)"vmlinux" };
	part.imports = &import;
	part.nr_imports = 1;
	if (tap_ok(link_twice(&deltas[0], 1, scratch, false, &part, &module, &error) && module.loaded,
		   "the part of another module: %s", error.message)) {
		tap_is_str(owner_of(&module, KMEND_SYMBOL_NAMED, "of_a_module"), "ext4", "an export of a module");
		tap_is_str(owner_of(&module, KMEND_SYMBOL_NAMED, "of_a_sibling"), "vmlinux",
			   "what the change itself exports");
	}
	kmend_loaded_free(module.loaded);
	kmend_link_result_free(&module.result);
	kmend_loaded_free(kernel.loaded);
	kmend_link_result_free(&kernel.result);
}

/* arguments: our own sources, those of core/diff */
int main(int argc, char **argv)
{
	_cleanup_free_ char *scratch = NULL;

	if (argc != 3 || !compiler_is_here()) {
		tap_skip("linking", "no " COMPILER " or no sources");
		return tap_done();
	}
	if (kmend_temporary_directory("kmend-link", &scratch, NULL) < 0)
		return 1;
	test_directory(scratch, argv[1], true);
	test_pair(scratch, argv[1]);
	test_parts(scratch, argv[1]);
	test_directory(scratch, argv[2], false);
	kmend_remove_tree(scratch, NULL);
	return tap_done();
}
