// SPDX-License-Identifier: GPL-2.0
/*
 * Locating and matching: candidates by name, evidence by the matcher, symbols by evidence first and by name else.
 */
#include "update.h"

#include <linux/bitmap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define INT3 0xcc
#define JMP32 0xe9

struct matching {
	const struct kmend_part *part;
	struct kmend_target *target; /* the part's */
	struct kmend_value *values;  /* the part's */
	struct kmend_names *names;
	struct kmend_match_env env;
	u8 *run;	     /* a copy of the candidate's bytes */
	unsigned long *done; /* functions that have been located */
	struct kmend_verdict *verdict;
};

/* How a function's candidates fared. */
struct tally {
	u32 nr_tried;
	u32 nr_equal;
	unsigned long address;		  /* of the one that is equal, or of the one that came furthest */
	struct kmend_match_result result; /* of the one that came furthest */
};

static bool has_content(unsigned long address, const u8 *content, u32 size)
{
	u8 chunk[64];
	u32 n;

	for (; size; address += n, content += n, size -= n) {
		n = min_t(u32, size, sizeof(chunk));
		if (copy_from_kernel_nofault(chunk, (void *)address, n) || memcmp(chunk, content, n))
			return false;
	}
	return true;
}

/* Of the kernel image's names: such symbols are thunks. */
static bool is_one_of(const struct kmend_names *names, const char *alternatives, unsigned long address)
{
	const char *name, *end;

	for (name = alternatives; *name; name = *end ? end + 1 : end) {
		end = strchrnul(name, '|');
		if (kmend_names_has(names, NULL, name, end - name, address))
			return true;
	}
	return false;
}

/* What a variable of the kernel image holds. */
static bool read_variable(const struct kmend_names *names, const struct kmend_symbol *symbol, u64 *ret_value)
{
	const unsigned long *addresses;
	u64 value = 0;

	if (kmend_names_find(names, NULL, symbol->name, strlen(symbol->name), &addresses) != 1 ||
	    copy_from_kernel_nofault(&value, (void *)addresses[0], symbol->content_size))
		return false;
	*ret_value = value;
	return true;
}

/* The matcher's question: may the symbol have this value? */
static bool check_value(void *data, const struct kmend_symbol *symbol, u32 index, u64 value)
{
	struct matching *matching = data;
	const struct module *owner;
	u64 held;

	switch (symbol->kind) {
	case KMEND_SYMBOL_NAMED:
		return kmend_names_owner(matching->names, symbol->object, &owner) &&
		       kmend_names_has(matching->names, owner, symbol->name, strlen(symbol->name), value);
	case KMEND_SYMBOL_CONTENT:
		return has_content(value, symbol->content, symbol->content_size);
	case KMEND_SYMBOL_ONE_OF:
		return is_one_of(matching->names, symbol->name, value);
	case KMEND_SYMBOL_ANY_TEXT:
		return kmend_kernel.is_text(value);
	case KMEND_SYMBOL_VALUE:
		return read_variable(matching->names, symbol, &held) && held == value;
	default:
		return false;
	}
}

static bool copy_run(struct matching *matching, const struct kmend_function *function, unsigned long address)
{
	/* The target's own only: never another's, never data for code of the same name. */
	if (!(function->role == KMEND_ROLE_DATUM ? kmend_part_owns_constant(matching->part, address, function->pre_size)
						 : kmend_part_owns_text(matching->part, address)) ||
	    copy_from_kernel_nofault(matching->run, (void *)address, function->pre_size))
		return false;
	kmend_place_hide_jumps(address, function->pre_size, matching->run);
	return true;
}

/* Try one candidate. An equal one leaves its values in trial. */
static bool try_candidate(struct matching *matching, const struct kmend_function *function, unsigned long address,
			  struct tally *tally)
{
	struct kmend_match_result result = { .why = KMEND_MATCH_BYTES };

	tally->nr_tried++;
	if (copy_run(matching, function, address) &&
	    kmend_match_function(function, matching->target->symbols, matching->run, address, &matching->env,
				 matching->values, &result)) {
		tally->nr_equal++;
		tally->address = address;
		return true;
	}
	if (!tally->nr_equal && (tally->nr_tried == 1 || result.offset > tally->result.offset)) {
		tally->result = result;
		tally->address = address;
	}
	return false;
}

/* Try all candidates; nothing learnt is left. */
static void try_all(struct matching *matching, const struct kmend_function *function, struct tally *tally)
{
	const struct kmend_value *section = &matching->values[function->section_symbol];
	const unsigned long *addresses;
	u32 nr, i, inner = function->role == KMEND_ROLE_DATUM ? function->trampoline_offset : 0;

	*tally = (struct tally){};
	/* Data have names only by grace of the kernel's configuration, but mostly some code tells where they are. */
	if (function->role == KMEND_ROLE_DATUM && section->state == KMEND_VALUE_KNOWN) {
		if (try_candidate(matching, function, section->value + function->section_offset, tally))
			kmend_match_forget(function, matching->values);
		return;
	}
	nr = kmend_names_find(matching->names, matching->part->object, function->name, strlen(function->name),
			      &addresses);
	for (i = 0; i < nr; i++) {
		if (function->position && function->position != i + 1)
			continue;
		if (try_candidate(matching, function, addresses[i] + inner, tally))
			kmend_match_forget(function, matching->values);
	}
	/* A part may have no name of its own; then its place in its section must be known from elsewhere. */
	if (!nr && function->role == KMEND_ROLE_PART && section->state == KMEND_VALUE_KNOWN) {
		if (try_candidate(matching, function, section->value + function->section_offset, tally))
			kmend_match_forget(function, matching->values);
	}
}

/* Does a foreign jump lie where the candidate began to differ? Then another tool has replaced the function. */
static bool is_replaced_by_jump(const struct kmend_function *function, unsigned long address, u32 offset,
				unsigned long *ret_to)
{
	u8 jump[KMEND_TRAMPOLINE_SIZE];
	unsigned long to;
	s32 distance;

	if (offset > KMEND_FTRACE_SITE_SIZE + KMEND_TRAMPOLINE_SIZE ||
	    copy_from_kernel_nofault(jump, (void *)(address + offset), sizeof(jump)) || jump[0] != JMP32)
		return false;
	memcpy(&distance, jump + 1, sizeof(distance));
	to = address + offset + sizeof(jump) + distance;
	*ret_to = to;
	return !(to >= address && to - address < function->pre_size) && kmend_kernel.is_text(to);
}

static int refuse_difference(struct matching *matching, const struct kmend_function *function,
			     const struct tally *tally, enum kmend_refusal otherwise)
{
	const struct kmend_match_result *result = &tally->result;
	unsigned long at = tally->address + result->offset, to;
	char why[160];
	int error;

	if (function->role == KMEND_ROLE_DATUM)
		goto tell;
	/* An optimised probe's jump begins at the probe, and may reach over the byte that differs. */
	error = kmend_place_find_kprobe(function->name, tally->address,
					max(tally->address, at - KMEND_TRAMPOLINE_SIZE + 1), at + 1, matching->verdict);
	if (error)
		return error;
	if (is_replaced_by_jump(function, tally->address, result->offset, &to))
		return kmend_refuse(matching->verdict, KMEND_REFUSE_ALREADY_REPLACED, "%s+0x%x jumps to %ps",
				    function->name, result->offset, (void *)to);
tell:
	if (result->symbol != ~0u)
		snprintf(why, sizeof(why), "%s (%s)", kmend_match_why_text(result->why),
			 matching->target->symbols[result->symbol].name);
	else if (result->site != ~0u)
		snprintf(why, sizeof(why), "%s (%s)", kmend_match_why_text(result->why),
			 kmend_site_kind_text(function->sites[result->site].kind));
	else
		snprintf(why, sizeof(why), "%s", kmend_match_why_text(result->why));
	if (result->why == KMEND_MATCH_CONFLICT && tally->nr_tried == 1)
		otherwise = KMEND_REFUSE_SYMBOL_CONFLICT;
	return kmend_refuse(matching->verdict, otherwise, "%s+0x%x (%s): %s", function->name,
			    result->offset + (function->role == KMEND_ROLE_DATUM ? function->trampoline_offset : 0),
			    function->unit, why);
}

/* Return: 1 matched, 0 not yet decided, or an error. */
static int locate_function(struct matching *matching, struct kmend_function *function)
{
	struct kmend_match_result result;
	struct tally tally;

	try_all(matching, function, &tally);
	if (!tally.nr_tried && (function->role == KMEND_ROLE_PART || function->role == KMEND_ROLE_DATUM))
		return 0;
	if (!tally.nr_tried)
		return kmend_refuse(matching->verdict, KMEND_REFUSE_NO_MATCH, "%s (%s): %s has no such function",
				    function->name, function->unit, matching->part->target_name);
	if (!tally.nr_equal)
		return refuse_difference(matching, function, &tally, KMEND_REFUSE_NO_MATCH);
	if (tally.nr_equal > 1)
		return 0;
	/* Once more, to keep what it teaches. */
	if (!copy_run(matching, function, tally.address) ||
	    !kmend_match_function(function, matching->target->symbols, matching->run, tally.address, &matching->env,
				  matching->values, &result))
		return kmend_refuse(matching->verdict, KMEND_REFUSE_CODE_CHANGED, "%s changes while it is looked at",
				    function->name);
	kmend_match_keep(function, matching->values);
	function->run_address = tally.address;
	return 1;
}

/* What one function teaches decides among another's candidates, so go round until nothing new comes. */
static int locate_functions(struct matching *matching)
{
	struct kmend_target *target = matching->target;
	unsigned long *done = matching->done;
	bool progress = true;
	u32 i, nr_left = target->nr_functions;
	int result = 0;

	while (nr_left && progress) {
		progress = false;
		for (i = 0; i < target->nr_functions; i++) {
			if (test_bit(i, done))
				continue;
			result = locate_function(matching, &target->functions[i]);
			if (result < 0)
				return result;
			if (!result)
				continue;
			__set_bit(i, done);
			nr_left--;
			progress = true;
		}
	}
	if (!nr_left)
		return 0;
	i = find_first_zero_bit(done, target->nr_functions);
	return kmend_refuse(matching->verdict, KMEND_REFUSE_AMBIGUOUS, "%s (%s)", target->functions[i].name,
			    target->functions[i].unit);
}

/* A symbol that no matched code mentions: by its name, if that says where it is. */
static int resolve_by_name(struct matching *matching, const struct kmend_symbol *symbol, struct kmend_value *value)
{
	const unsigned long *addresses;
	const struct module *owner;
	u32 nr, position = symbol->position;

	if (!kmend_names_owner(matching->names, symbol->object, &owner))
		return kmend_refuse(matching->verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND, "%s: its module %s is not there",
				    symbol->name, symbol->object);
	nr = kmend_names_find(matching->names, owner, symbol->name, strlen(symbol->name), &addresses);
	if (!nr || position > nr)
		return kmend_refuse(matching->verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND, "%s (%s): %s has %u of that name",
				    symbol->name, symbol->unit, owner ? owner->name : "the kernel", nr);
	if (nr > 1 && !position)
		return kmend_refuse(matching->verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND,
				    "%s (%s): %s has %u of that name, and no matched code refers to it", symbol->name,
				    symbol->unit, owner ? owner->name : "the kernel", nr);
	value->value = addresses[position ? position - 1 : 0];
	value->state = KMEND_VALUE_KNOWN;
	return 0;
}

static int resolve_symbol(struct matching *matching, u32 index)
{
	const struct kmend_symbol *symbol = &matching->target->symbols[index];
	struct kmend_value *value = &matching->values[index];
	unsigned long address;
	int error;

	if (value->state == KMEND_VALUE_KNOWN)
		return 0;
	switch (symbol->kind) {
	case KMEND_SYMBOL_NAMED:
		return resolve_by_name(matching, symbol, value);
	case KMEND_SYMBOL_UPDATE:
		error = kmend_base_find_symbol(matching->part, symbol->object, symbol->name, NULL, &address,
					       matching->verdict);
		if (error)
			return error;
		*value = (struct kmend_value){ .value = address, .state = KMEND_VALUE_KNOWN };
		return 0;
	case KMEND_SYMBOL_VALUE:
		if (!read_variable(matching->names, symbol, &value->value))
			return kmend_refuse(matching->verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND,
					    "%s: the kernel has no one variable of that name", symbol->name);
		value->state = KMEND_VALUE_KNOWN;
		return 0;
	default:
		return kmend_refuse(matching->verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND,
				    "%s (%s): no matched code refers to it", symbol->name, symbol->unit);
	}
}

static int resolve_relocations(struct matching *matching)
{
	const struct kmend_target *target = matching->target;
	u32 i, symbol;
	int error;

	for (i = 0; i < target->nr_relocations; i++) {
		symbol = target->relocations[i].symbol;
		if (symbol >= target->nr_symbols)
			return kmend_refuse(matching->verdict, KMEND_REFUSE_BAD_UPDATE, "relocation %u is damaged", i);
		error = resolve_symbol(matching, symbol);
		if (error)
			return error;
	}
	for (i = 0; i < target->nr_symbols; i++)
		target->symbols[i].value = matching->values[i].value;
	return 0;
}

static int begin(struct matching *matching, const struct kmend_part *part, struct kmend_verdict *verdict)
{
	u32 i, size = 0;
	int error;

	*matching = (struct matching){
		.part = part,
		.target = part->target,
		.values = part->values,
		.env = { .check = check_value, .data = matching },
		.verdict = verdict,
	};
	for (i = 0; i < matching->target->nr_functions; i++)
		size = max(size, matching->target->functions[i].pre_size);
	matching->run = kvmalloc(size, GFP_KERNEL);
	matching->done = bitmap_zalloc(max(matching->target->nr_functions, 1u), GFP_KERNEL);
	matching->names = part->names;
	error = matching->run && matching->done ? 0 : -ENOMEM;
	if (!error && !matching->names)
		error = kmend_names_collect(part, &matching->names);
	if (error) {
		bitmap_free(matching->done);
		kvfree(matching->run);
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while looking up names");
	}
	/*
	 * Nobody is halfway through rewriting a site (with an int3 on it) while code is compared. Nothing is allocated
	 * and no other lock taken from here on.
	 */
	mutex_lock(kmend_kernel.text_mutex);
	return 0;
}

static void end(struct matching *matching)
{
	mutex_unlock(kmend_kernel.text_mutex);
	bitmap_free(matching->done);
	kvfree(matching->run);
}

int kmend_matching_locate(struct kmend_part *part, struct kmend_verdict *verdict)
{
	struct matching matching;
	int error = begin(&matching, part, verdict);

	if (error)
		return error;
	error = locate_functions(&matching);
	if (!error)
		error = resolve_relocations(&matching);
	end(&matching);
	if (error)
		kmend_names_free(matching.names);
	else
		part->names = matching.names;
	return error;
}

/*
 * All values are known, so of the names that were looked up at first only those of the kernel image are asked for (ONE_OF),
 * which do not change. What else is in part->names may have gone since.
 */
int kmend_matching_repeat(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_target *target = part->target;
	struct matching matching;
	struct tally tally;
	int error = begin(&matching, part, verdict);
	u32 i;

	if (error)
		return error;
	for (i = 0; i < target->nr_functions && !error; i++) {
		tally = (struct tally){};
		if (try_candidate(&matching, &target->functions[i], target->functions[i].run_address, &tally))
			kmend_match_forget(&target->functions[i], part->values);
		else
			error = refuse_difference(&matching, &target->functions[i], &tally, KMEND_REFUSE_CODE_CHANGED);
	}
	end(&matching);
	return error;
}

bool kmend_matching_verify(const struct kmend_part *part, const struct kmend_function *function, u8 *room,
			   u32 *ret_offset)
{
	struct kmend_match_result result;

	/* The machine stands still, and the code is there: it was found a moment ago, and its module cannot go. */
	memcpy(room, (const void *)(unsigned long)function->run_address, function->pre_size);
	kmend_place_hide_jumps(function->run_address, function->pre_size, room);
	/*
	 * Without an env: names, contents and executability were checked a moment ago, outside the stop; here only
	 * bytes and known addresses count.
	 */
	if (kmend_match_function(function, part->target->symbols, room, function->run_address, NULL, part->values,
				 &result)) {
		kmend_match_forget(function, part->values);
		return true;
	}
	*ret_offset = result.offset;
	return false;
}
