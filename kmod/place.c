// SPDX-License-Identifier: GPL-2.0
/*
 * Where a trampoline goes, and everything that makes a place unsafe.
 */
#include "update.h"
#include "redirect.h"

#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define JMP32 0xe9
#define CACHE_LINE 64ul
#define WINDOW sizeof(u64)

/*
 * The 8 bytes that are stored at once. Such a store cannot tear, neither for other CPUs' instruction fetch nor for an
 * NMI on this one, as long as it stays within one cache line. Aligned where possible. A cache line lies in one page,
 * so the window's alias never needs two.
 */
static bool choose_window(unsigned long address, unsigned long *ret_window)
{
	unsigned long line = address & ~(CACHE_LINE - 1);
	unsigned long window = address & ~(WINDOW - 1);

	if (address + KMEND_TRAMPOLINE_SIZE > line + CACHE_LINE)
		return false;
	if (address + KMEND_TRAMPOLINE_SIZE > window + WINDOW)
		window = min(address, line + CACHE_LINE - WINDOW);
	*ret_window = window;
	return true;
}

/* Call `visit` for every place that overlaps [start, end), in no order; from within the stop, too. */
static void each_place_over(unsigned long start, unsigned long end,
			    void (*visit)(void *data, const struct kmend_place *place), void *data)
{
	const struct kmend_instance *instance;
	const struct kmend_part *part;
	u32 i, j;

	list_for_each_entry (instance, &kmend_instances, node) {
		kmend_for_each_part(part, instance, i)
		{
			for (j = 0; j < part->nr_places; j++) {
				if (part->places[j].address < end &&
				    start < part->places[j].address + part->places[j].size)
					visit(data, &part->places[j]);
			}
		}
	}
}

static void keep_last(void *data, const struct kmend_place *place)
{
	const struct kmend_place **last = data;

	if (!*last || (*last)->sequence < place->sequence)
		*last = place;
}

static void keep_last_staying(void *data, const struct kmend_place *place)
{
	if (!place->leaves)
		keep_last(data, place);
}

const struct kmend_place *kmend_place_over(unsigned long start, unsigned long end)
{
	const struct kmend_place *last = NULL;

	each_place_over(start, end, keep_last_staying, &last);
	return last;
}

struct copy {
	unsigned long address;
	u32 size;
	u8 *bytes;
};

static void put_original(void *data, const struct kmend_place *place)
{
	struct copy *copy = data;
	u32 i;

	if (place->redirect) /* the ftrace site is ftrace's, and matched like any other */
		return;
	for (i = 0; i < place->size; i++) {
		if (place->address + i >= copy->address && place->address + i - copy->address < copy->size)
			copy->bytes[place->address + i - copy->address] = place->original[i];
	}
}

void kmend_place_hide_jumps(unsigned long address, u32 size, u8 *copy)
{
	struct copy at = { .address = address, .size = size, .bytes = copy };

	/* Of several at one address each knows the same original. */
	each_place_over(address, address + size, put_original, &at);
}

/* A very short function: the trampoline reaches into the padding behind it, which must really be padding. */
static bool is_padding(const struct kmend_function *function, unsigned long end)
{
	unsigned long from = function->run_address + function->pre_size, size, offset;
	u8 bytes[KMEND_TRAMPOLINE_SIZE];
	u32 i, nr;

	if (end <= from)
		return true;
	/* The next symbol must not begin before the trampoline's end, however much its code looks like padding. */
	if (!kmend_kernel.lookup_size(function->run_address, &size, &offset) || offset ||
	    function->run_address + size < end)
		return false;
	nr = end - from;
	if (nr > sizeof(bytes) || copy_from_kernel_nofault(bytes, (void *)from, nr))
		return false;
	kmend_place_hide_jumps(from, nr, bytes);
	if (kmend_match_is_nops(bytes, nr))
		return true;
	for (i = 0; i < nr; i++) {
		if (bytes[i] != 0xcc)
			return false;
	}
	return true;
}

/* Code that an NMI or an entry from user space may be running while everything else stands still. */
static bool runs_without_stop(const struct kmend_part *part, unsigned long address)
{
	const struct module *mod = part->object;

	if (mod)
		return address >= (unsigned long)mod->noinstr_text_start &&
		       address - (unsigned long)mod->noinstr_text_start < mod->noinstr_text_size;
	return (address >= (unsigned long)kmend_kernel.noinstr_start &&
		address < (unsigned long)kmend_kernel.noinstr_end) ||
	       (address >= (unsigned long)kmend_kernel.entry_start && address < (unsigned long)kmend_kernel.entry_end);
}

struct others {
	const struct kmend_instance *self;
	const struct kmend_place *found;
};

static void find_other(void *data, const struct kmend_place *place)
{
	struct others *others = data;

	if (place->part->instance != others->self && !kmend_base_is(others->self, place->part->instance) &&
	    !kmend_base_replaces(others->self, place->part->instance))
		others->found = place;
}

int kmend_place_check_others(const struct kmend_part *part, const struct kmend_function *function,
			     struct kmend_verdict *verdict)
{
	unsigned long end = function->run_address + function->pre_size;
	struct others others = { .self = part->instance };
	const struct kmend_part *gradual;

	if (function->role == KMEND_ROLE_REPLACE)
		end = max_t(unsigned long, end,
			    function->run_address + function->trampoline_offset + KMEND_TRAMPOLINE_SIZE);
	each_place_over(function->run_address, end, find_other, &others);
	gradual = kmend_gradual_over(function->run_address, end, part->instance);
	if (gradual && !kmend_base_is(part->instance, gradual->instance) &&
	    !kmend_base_replaces(part->instance, gradual->instance))
		return kmend_refuse(verdict, KMEND_REFUSE_ALREADY_REPLACED, "%s is replaced by update %s",
				    function->name, gradual->instance->id);
	if (!others.found)
		return 0;
	return kmend_refuse(verdict, KMEND_REFUSE_ALREADY_REPLACED, "%s is replaced by update %s", function->name,
			    others.found->part->instance->id);
}

/* What is under the jump, and what is there now: the same, unless a base has put its jump there. */
static int look_below(struct kmend_place *place, struct kmend_verdict *verdict)
{
	unsigned long end = place->address + place->size;
	const struct kmend_place *below = kmend_place_over(place->address, end), *any = NULL;
	const char *name = place->function->name;

	/* One that leaves in the same stop is stored back before: what it replaced itself will be there then. */
	each_place_over(place->address, end, keep_last, &any);
	if (any && (any->address != place->address || any->size != place->size))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s: what update %s changed lies elsewhere",
				    name, any->part->instance->id);
	if (any) {
		memcpy(place->original, any->original, place->size);
		memcpy(place->before, below ? below->jump : any->original, place->size);
		return 0;
	}
	if (copy_from_kernel_nofault(place->original, kmend_place_bytes(place), place->size))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s cannot be read", name);
	memcpy(place->before, place->original, place->size);
	return 0;
}

const u8 *kmend_place_bytes(const struct kmend_place *place)
{
	return place->redirect ? (const u8 *)kmend_redirect_word(place->redirect) : (const u8 *)place->address;
}

void kmend_place_release(struct kmend_place *place)
{
	kmend_redirect_put(place->redirect);
	place->redirect = NULL;
}

/* Where the jump is stored, and that it can be. */
static int take(struct kmend_place *place, struct kmend_verdict *verdict)
{
	const struct kmend_function *function = place->function;
	unsigned long window;
	int error;

	if (function->place == KMEND_PLACE_FTRACE) {
		error = kmend_redirect_get(place->address, function->name, &place->redirect, verdict);
		if (!error)
			place->window = kmend_redirect_word(place->redirect);
		return error;
	}
	if (!choose_window(place->address, &window))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s+0x%x crosses a cache line", function->name,
				    function->trampoline_offset);
	if (!is_padding(function, place->address + KMEND_TRAMPOLINE_SIZE))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s is too short", function->name);
	place->shift = place->address - window;
	return 0;
}

/* Under kmend_mutex. */
static u64 next_sequence(void)
{
	static u64 sequence;

	return ++sequence;
}

int kmend_place_prepare(struct kmend_place *place, const struct kmend_part *part, const struct kmend_function *function,
			struct kmend_verdict *verdict)
{
	unsigned long address = function->run_address + function->trampoline_offset;
	const struct kmend_part *below;
	int error;

	*place = (struct kmend_place){
		.part = part,
		.function = function,
		.address = address,
		.size = KMEND_TRAMPOLINE_SIZE,
	};
	if (runs_without_stop(part, address) || kmend_nmi_runs_early(function->name))
		return kmend_refuse(verdict, KMEND_REFUSE_RUNS_IN_STOP, "%s may run in an NMI", function->name);
	error = kmend_place_check_others(part, function, verdict);
	if (error)
		return error;
	/* The ftrace site would lead past the jump. */
	below = kmend_gradual_over(function->run_address, function->run_address + function->pre_size, NULL);
	if (below)
		return kmend_refuse(verdict, KMEND_REFUSE_ENGINE_MIX, "%s, by the engine 'gradual' for %s",
				    function->name, below->instance->id);
	place->jump[0] = JMP32;
	if (!kmend_field_write(KMEND_FIELD_PC32, place->jump + 1, address + 1, (unsigned long)function->replacement,
			       -4))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_REACH, "from %s to its replacement", function->name);
	error = take(place, verdict);
	if (!error)
		error = look_below(place, verdict);
	if (error) {
		kmend_place_release(place);
		return error;
	}
	place->sequence = next_sequence();
	return 0;
}

u32 kmend_place_max(u32 size)
{
	return size / WINDOW + 2;
}

/*
 * Words are aligned, so each is stored at once. A word that others share with the datum keeps their bytes. What is there
 * now, under an update below, may be new already.
 */
int kmend_place_prepare_datum(struct kmend_place *places, const struct kmend_part *part,
			      const struct kmend_function *function, u32 *ret_nr_places, struct kmend_verdict *verdict)
{
	unsigned long start = function->run_address, end = start + function->pre_size, at, next;
	const u8 *content = function->replacement;
	int error = kmend_place_check_others(part, function, verdict);
	u32 nr = 0;

	for (at = start; at < end && !error; at = next) {
		struct kmend_place *place = &places[nr];

		next = min(end, (at & ~(WINDOW - 1)) + WINDOW);
		*place = (struct kmend_place){
			.part = part,
			.function = function,
			.address = at,
			.size = next - at,
			.shift = at & (WINDOW - 1),
		};
		memcpy(place->jump, content + (at - start), place->size);
		error = look_below(place, verdict);
		if (error || !memcmp(place->before, place->jump, place->size))
			continue;
		place->sequence = next_sequence();
		nr++;
	}
	*ret_nr_places = error ? 0 : nr;
	return error;
}

/*
 * By one 8-byte store that cannot tear. The bytes around it in the window, which may belong to an ftrace site, stay as
 * they are. Done through the alias, verified where the code runs.
 */
bool kmend_place_store(struct kmend_place *place, const u8 *from, const u8 *to)
{
	u64 old, new;

	/* Outside the stop (a target that comes) ftrace may be writing the site before the place, in the same window. */
	do {
		new = old = READ_ONCE(*place->window);
		if (memcmp((u8 *)&old + place->shift, from, place->size))
			return false;
		memcpy((u8 *)&new + place->shift, to, place->size);
	} while (cmpxchg(place->window, old, new) != old);
	return !memcmp(kmend_place_bytes(place), to, place->size);
}

int kmend_place_map(struct kmend_place *place)
{
	int error;

	if (place->redirect) /* plain memory of ours */
		return 0;
	error = kmend_alias_map(place->address - place->shift, WINDOW, &place->alias);
	if (!error)
		place->window = place->alias.start;
	return error;
}

void kmend_place_unmap(struct kmend_place *place)
{
	if (place->redirect)
		return;
	place->window = NULL;
	kmend_alias_unmap(&place->alias);
}

int kmend_place_find_kprobe(const char *name, unsigned long start, unsigned long from, unsigned long to,
			    struct kmend_verdict *verdict)
{
	unsigned long at;
	bool found = false;

	/* get_kprobe() walks an RCU list and wants preemption off. */
	preempt_disable();
	for (at = from; at < to && !found; at++) {
		struct kprobe *probe = kmend_kernel.get_kprobe((void *)at);

		/* One that uses the ftrace site changes no byte of its own. */
		found = probe && !(probe->flags & KPROBE_FLAG_FTRACE);
	}
	preempt_enable();
	if (!found)
		return 0;
	return kmend_refuse(verdict, KMEND_REFUSE_KPROBE, "%s+0x%lx", name, at - 1 - start);
}

int kmend_place_check_kprobes(const struct kmend_place *place, struct kmend_verdict *verdict)
{
	unsigned long from = place->address - KMEND_TRAMPOLINE_SIZE + 1;

	if (place->redirect || kmend_place_is_datum(place)) /* no byte of code changes */
		return 0;
	/* A probe just before the trampoline may be optimised into a jump that reaches into it. */
	from = max_t(unsigned long, from, place->function->run_address);
	return kmend_place_find_kprobe(place->function->name, place->function->run_address, from,
				       place->address + KMEND_TRAMPOLINE_SIZE, verdict);
}

int kmend_place_check_livepatch(const struct kmend_function *function, struct kmend_verdict *verdict)
{
	bool found;

	if (!kmend_kernel.klp_find_ops)
		return 0; /* a kernel without livepatch */
	mutex_lock(kmend_kernel.klp_mutex);
	found = kmend_kernel.klp_find_ops((void *)(unsigned long)function->run_address);
	mutex_unlock(kmend_kernel.klp_mutex);
	if (!found || kmend_gradual_over(function->run_address, function->run_address + function->pre_size, NULL))
		return 0;
	return kmend_refuse(verdict, KMEND_REFUSE_LIVEPATCH, "%s", function->name);
}
