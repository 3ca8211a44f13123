// SPDX-License-Identifier: GPL-2.0
/*
 * A transition switches updates, all their parts, in one stop. Here is everything around the stop: what must be
 * allocated, mapped and checked before, and told after.
 *
 *   prepare   repeat the match; a place for each replaced function; the code that nobody may be in
 *   pre       hooks that may sleep and refuse
 *   switch    map aliases, survey tasks, hold back kprobes, stop (stop.c): verify, look, hooks, store, hooks
 *   post      hooks that may sleep; or, if anything failed, the fail hooks of those whose pre hooks ran
 *
 * Applying, an update comes behind its bases; reversing, before them: so each place of an update on top is stored
 * after, or restored before, that of the update below. A target that is not there takes no part.
 */
#include "update.h"
#include "redirect.h"

#include <linux/cpu.h>
#include <linux/slab.h>
#include <linux/string.h>

static u32 max_places(const struct kmend_function *function)
{
	return function->role == KMEND_ROLE_REPLACE ? 1
	       : function->role == KMEND_ROLE_DATUM ? kmend_place_max(function->pre_size)
						    : 0;
}

static u32 count_places(const struct kmend_stop *stop)
{
	const struct kmend_target *target;
	u32 i, j, nr = 0;

	for (i = 0; i < stop->nr_parts; i++) {
		target = stop->parts[i]->target;
		for (j = 0; j < target->nr_functions; j++)
			nr += max_places(&target->functions[j]);
	}
	return nr;
}

/* The parts whose targets are there, and are switched, or not. */
static struct kmend_part **parts_of(struct kmend_instance *const *instances, u32 nr_instances, bool is_switched,
				    u32 *ret_nr)
{
	struct kmend_part *part, **parts;
	u32 i, j, nr = 0;

	for (i = 0; i < nr_instances; i++)
		nr += instances[i]->nr_parts;
	parts = kvcalloc(max(nr, 1u), sizeof(*parts), GFP_KERNEL);
	for (i = nr = 0; i < nr_instances && parts; i++) {
		kmend_for_each_part(part, instances[i], j)
		{
			if (part->state == KMEND_TARGET_LOADED && !part->is_gradual && !!part->places == is_switched)
				parts[nr++] = part;
		}
	}
	*ret_nr = nr;
	return parts;
}

static int collect_parts(struct kmend_transition *transition)
{
	struct kmend_stop *stop = &transition->stop;

	stop->parts = parts_of(transition->instances, transition->nr_instances, transition->reverse, &stop->nr_parts);
	stop->leaving = parts_of(transition->replaced, transition->nr_replaced, true, &stop->nr_leaving);
	return stop->parts && stop->leaving ? 0 : -ENOMEM;
}

static u32 count_leaving(const struct kmend_stop *stop)
{
	u32 i, nr = 0;

	for (i = 0; i < stop->nr_leaving; i++)
		nr += stop->leaving[i]->nr_places;
	return nr;
}

static void note_range(struct kmend_stack_check *check, struct kmend_range *ranges, unsigned long start,
		       unsigned long end)
{
	ranges[check->nr_ranges++] = (struct kmend_range){ .start = start, .end = end };
}

/* Room to verify in, for places, and for ranges of code that nobody may be in. */
static int allocate(struct kmend_transition *transition, u32 nr_ranges, struct kmend_range **ret_ranges)
{
	struct kmend_stop *stop = &transition->stop;
	u32 nr_places = max(count_places(stop) + count_leaving(stop), 1u), size = 1, i, j;

	for (i = 0; i < stop->nr_parts; i++) {
		for (j = 0; j < stop->parts[i]->target->nr_functions; j++)
			size = max(size, stop->parts[i]->target->functions[j].pre_size);
	}
	stop->room = kvmalloc(size, GFP_KERNEL);
	stop->places = kvcalloc(nr_places, sizeof(*stop->places), GFP_KERNEL);
	/* And for the tracer's code of each place. */
	nr_ranges += nr_places * KMEND_REDIRECT_CODES;
	*ret_ranges = kvcalloc(nr_ranges, sizeof(**ret_ranges), GFP_KERNEL);
	/* On the heap: on our own stack, a range's start would look like an address inside to a scan word by word. */
	stop->check.ranges = *ret_ranges;
	return stop->room && stop->places && *ret_ranges ? 0 : -ENOMEM;
}

/* The places of a part. On failure drop_places(). */
static int prepare_part(struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_target *target = part->target;
	struct kmend_place *place;
	int error = kmend_matching_repeat(part, verdict);
	u32 i, nr_places = 0, nr;

	if (error)
		return error;
	for (i = 0; i < target->nr_functions; i++)
		nr_places += max_places(&target->functions[i]);
	part->places = kvcalloc(max(nr_places, 1u), sizeof(*part->places), GFP_KERNEL);
	if (!part->places)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing trampolines");
	for (i = 0; i < target->nr_functions && !error; i++) {
		place = &part->places[part->nr_places];
		if (target->functions[i].role == KMEND_ROLE_DATUM) {
			error = kmend_place_prepare_datum(place, part, &target->functions[i], &nr, verdict);
			part->nr_places += error ? 0 : nr;
			continue;
		}
		if (target->functions[i].role != KMEND_ROLE_REPLACE)
			continue;
		error = kmend_place_prepare(place, part, &target->functions[i], verdict);
		if (error)
			break;
		part->nr_places++;
		error = kmend_place_check_livepatch(place->function, verdict);
	}
	return error;
}

/* What constants hold is switched: nobody may be off the CPU who was reading at any odd moment. */
static void ask_for_order(struct kmend_stop *stop)
{
	u32 i;

	for (i = 0; i < stop->nr_places; i++)
		stop->check.wants_order |= kmend_place_is_datum(stop->places[i]);
}

/* Two updates of the transition may want the same place: the second one finds there what the first has stored. */
static void mark_followers(const struct kmend_transition *transition)
{
	const struct kmend_stop *stop = &transition->stop;
	u32 i, j;

	for (i = 0; i < stop->nr_places; i++) {
		stop->places[i]->follows = false;
		for (j = 0; j < i && transition->nr_instances + transition->nr_replaced > 1; j++)
			stop->places[i]->follows |= stop->places[j]->address == stop->places[i]->address;
	}
}

struct replaced {
	const char *name;
	size_t length;
	struct kmend_range *ranges; /* NULL: count only */
	struct kmend_stack_check *check;
	u32 nr;
};

/* A replacement that is in force, and what the compiler split off from it: all symbols "NAME" and "NAME.…". */
static void visit_replaced(struct replaced *replaced, const struct kmend_place *below)
{
	const struct mod_kallsyms *kallsyms = &below->part->module->core_kallsyms;
	unsigned long start = (unsigned long)below->function->replacement;
	const char *name;
	unsigned int i;

	replaced->nr++;
	if (replaced->ranges)
		note_range(replaced->check, replaced->ranges, start, start + below->function->replacement_size);
	for (i = 1; i < kallsyms->num_symtab; i++) {
		const Elf_Sym *symbol = &kallsyms->symtab[i];

		name = kallsyms->strtab + symbol->st_name;
		if (symbol->st_shndx == SHN_UNDEF || !symbol->st_size ||
		    strncmp(name, replaced->name, replaced->length) ||
		    (name[replaced->length] && name[replaced->length] != '.'))
			continue;
		replaced->nr++;
		if (replaced->ranges)
			note_range(replaced->check, replaced->ranges, symbol->st_value,
				   symbol->st_value + symbol->st_size);
	}
}

/*
 * The code that nobody may be in when it is replaced: the old functions, their cold parts, and the replacements by
 * updates below that are in force. `ranges` NULL: only count them.
 */
static u32 old_code(struct kmend_transition *transition, struct kmend_range *ranges)
{
	struct kmend_stop *stop = &transition->stop;
	const struct kmend_function *function;
	const struct kmend_place *below;
	struct replaced replaced;
	u32 i, j, nr = 0;

	for (i = 0; i < stop->nr_parts; i++) {
		for (j = 0; j < stop->parts[i]->target->nr_functions; j++) {
			function = &stop->parts[i]->target->functions[j];
			if (function->role == KMEND_ROLE_WITNESS || function->role == KMEND_ROLE_DATUM)
				continue;
			nr++;
			if (ranges)
				note_range(&stop->check, ranges, function->run_address,
					   function->run_address + function->pre_size);
			below = kmend_place_over(function->run_address, function->run_address + function->pre_size);
			if (function->role != KMEND_ROLE_REPLACE || !below)
				continue;
			replaced = (struct replaced){
				.name = function->name,
				.length = strlen(function->name),
				.ranges = ranges,
				.check = &stop->check,
			};
			visit_replaced(&replaced, below);
			nr += replaced.nr;
		}
	}
	return nr;
}

/* Who is in the tracer's code on the way to a function may have read where it leads, so is inside. */
static void note_redirects(struct kmend_stop *stop, struct kmend_range *ranges)
{
	unsigned long start, end;
	u32 i, j;

	for (i = 0; i < stop->nr_places; i++) {
		if (!stop->places[i]->redirect)
			continue;
		for (j = 0; kmend_redirect_code(stop->places[i]->redirect, j, &start, &end); j++) {
			if (start < end)
				note_range(&stop->check, ranges, start, end);
		}
	}
}

static void note_modules(struct kmend_stop *stop, struct kmend_range *ranges, struct kmend_instance *const *instances,
			 u32 nr_instances)
{
	unsigned long start, end;
	struct kmend_part *part;
	u32 i, j;

	for (i = 0; i < nr_instances; i++) {
		kmend_for_each_part(part, instances[i], j)
		{
			/* Those that livepatch has are looked at when it has left them. */
			if (part->is_gradual)
				continue;
			kmend_inspect_text(part->module, &start, &end);
			note_range(&stop->check, ranges, start, end);
		}
	}
}

/* What a cumulative update takes the place of goes in the same stop, before its own places come. */
static void mark_leaving(struct kmend_stop *stop)
{
	u32 i, j;

	for (i = 0; i < stop->nr_leaving; i++) {
		for (j = 0; j < stop->leaving[i]->nr_places; j++) {
			stop->leaving[i]->places[j].leaves = true;
			stop->places[stop->nr_places++] = &stop->leaving[i]->places[j];
		}
	}
}

static int prepare_apply(struct kmend_transition *transition, struct kmend_verdict *verdict)
{
	struct kmend_stop *stop = &transition->stop;
	struct kmend_range *ranges;
	int error = 0;
	u32 i, j;

	/* Before there are places of this transition's own: those that are there are in force. */
	if (allocate(transition, old_code(transition, NULL) + transition->nr_replaced * KMEND_MAX_PARTS, &ranges))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	old_code(transition, ranges);
	note_modules(stop, ranges, transition->replaced, transition->nr_replaced);
	mark_leaving(stop);
	for (i = 0; i < stop->nr_parts && !error; i++)
		error = prepare_part(stop->parts[i], verdict);
	for (i = 0; i < stop->nr_parts && !error; i++) {
		for (j = 0; j < stop->parts[i]->nr_places; j++)
			stop->places[stop->nr_places++] = &stop->parts[i]->places[j];
	}
	note_redirects(stop, ranges);
	stop->check.nr_ranges = kmend_stack_sort_ranges(ranges, stop->check.nr_ranges);
	return error;
}

/* Nobody may be in any code of the parts' modules, since it may be freed next. */
static int prepare_reverse(struct kmend_transition *transition, struct kmend_verdict *verdict)
{
	struct kmend_stop *stop = &transition->stop;
	struct kmend_range *ranges;
	u32 i, j;

	if (allocate(transition, transition->nr_instances * KMEND_MAX_PARTS, &ranges))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	for (i = 0; i < transition->nr_instances; i++)
		stop->check.ignores_requester |= transition->instances[i]->is_leaving;
	note_modules(stop, ranges, transition->instances, transition->nr_instances);
	for (i = 0; i < stop->nr_parts; i++) {
		for (j = 0; j < stop->parts[i]->nr_places; j++)
			stop->places[stop->nr_places++] = &stop->parts[i]->places[j];
	}
	note_redirects(stop, ranges);
	stop->check.nr_ranges = kmend_stack_sort_ranges(ranges, stop->check.nr_ranges);
	return 0;
}

static void note_results(struct kmend_transition *transition, bool is_done)
{
	u32 i;

	for (i = 0; i < transition->nr_instances; i++) {
		kmend_blockers_note(transition->instances[i], &transition->stop.check);
		if (is_done)
			transition->instances[i]->pause_ns = transition->stop.pause_ns;
	}
}

static void unmap_places(struct kmend_stop *stop, u32 nr_places)
{
	u32 i;

	for (i = 0; i < nr_places; i++)
		kmend_place_unmap(stop->places[i]);
}

static int map_places(struct kmend_stop *stop, struct kmend_verdict *verdict)
{
	u32 i;

	for (i = 0; i < stop->nr_places; i++) {
		if (kmend_place_map(stop->places[i])) {
			unmap_places(stop, i);
			return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while mapping %s",
					    stop->places[i]->function->name);
		}
	}
	return 0;
}

/* The stop, with kprobes held back. */
static int stop_machine_and_switch(struct kmend_stop *stop, struct kmend_verdict *verdict)
{
	int error = 0;
	u32 i;

	/*
	 * A probe that is being registered has copied the instruction it will replace before it writes its int3. Held
	 * off from the look to the stores, none can come between. Nor is anybody halfway through rewriting a site of the
	 * code, which would look like a change. Lock order, as kprobes have it: kprobe_mutex, CPUs, text_mutex.
	 */
	mutex_lock(kmend_kernel.kprobe_mutex);
	for (i = 0; i < stop->nr_places && !error; i++)
		error = kmend_place_check_kprobes(stop->places[i], verdict);
	cpus_read_lock();
	mutex_lock(kmend_kernel.text_mutex);
	for (i = 0; i < stop->nr_places && !error; i++)
		error = kmend_nmi_check_tracer(stop->places[i]->function, verdict);
	if (!error && kmend_stop_run(stop))
		error = kmend_refuse(verdict, KMEND_REFUSE_STOP_FAILED, "stop_machine");
	mutex_unlock(kmend_kernel.text_mutex);
	cpus_read_unlock();
	mutex_unlock(kmend_kernel.kprobe_mutex);
	return error;
}

static int watch_and_switch(struct kmend_stop *stop, struct kmend_verdict *verdict)
{
	int error;

	kmend_hooks_watch_begin(stop);
	error = stop_machine_and_switch(stop, verdict);
	kmend_hooks_watch_end();
	return error;
}

/* Survey, map, stop; note the results in the instances. */
static int run(struct kmend_transition *transition, struct kmend_verdict *verdict)
{
	struct kmend_stop *stop = &transition->stop;
	int error;

	/* Nothing is replaced, since all targets are armed. */
	if (!stop->check.nr_ranges && !stop->nr_parts)
		return 0;
	error = map_places(stop, verdict);
	if (error)
		return error;
	stop->check.requester = current;
	error = kmend_stack_survey(&stop->check);
	stop->refusal = kmend_stack_refusal(&stop->check);
	if (error == -ENOMEM)
		error = kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while looking at tasks");
	else if (error == -EBUSY)
		error = 0; /* Those who sleep inside would be there in the stop, too: no need to make one. */
	else
		error = watch_and_switch(stop, verdict);
	kmend_stack_free_survey(&stop->check);
	unmap_places(stop, stop->nr_places);
	if (error)
		return error;

	pr_debug("%s: tasks unwound %u, scanned %u, not looked at again %u; %llu ns\n", transition->instances[0]->id,
		 stop->check.nr_unwound, stop->check.nr_scanned, stop->check.nr_skipped, stop->pause_ns);
	error = kmend_blockers_explain(stop, verdict);
	note_results(transition, !error && stop->commit);
	return error;
}

static void drop_places(struct kmend_part *part)
{
	u32 i;

	for (i = 0; i < part->nr_places; i++)
		kmend_place_release(&part->places[i]);
	kvfree(part->places);
	part->places = NULL;
	part->nr_places = 0;
}

/* All targets that are there take part; those that are armed have their hooks called when they arrive. */
static int run_with_hooks(struct kmend_transition *transition, struct kmend_verdict *verdict)
{
	struct kmend_stop *stop = &transition->stop;
	u32 nr_called = 0, nr_leaving = 0;
	int error = kmend_hooks_pre(stop->leaving, stop->nr_leaving, true, &nr_leaving, verdict);

	if (!error)
		error = kmend_hooks_pre(stop->parts, stop->nr_parts, transition->reverse, &nr_called, verdict);
	if (!error)
		error = run(transition, verdict);
	if (error) {
		kmend_hooks_fail(stop->parts, nr_called, transition->reverse);
		kmend_hooks_fail(stop->leaving, nr_leaving, true);
	} else {
		kmend_hooks_post(stop->leaving, stop->nr_leaving, true);
		kmend_hooks_post(stop->parts, stop->nr_parts, transition->reverse);
	}
	return error;
}

/* What each place decides is as it must be: invariants 2 and 3. */
static void assert_switched(const struct kmend_stop *stop, bool is_switched)
{
	const struct kmend_place *place;
	u32 i, j;

	for (i = 0; i < stop->nr_places; i++) {
		place = stop->places[i];
		for (j = i + 1; j < stop->nr_places && stop->places[j]->address != place->address; j++)
			;
		if (j < stop->nr_places) /* a later one has the last word */
			continue;
		kmend_assert(!is_switched ||
			     !memcmp(kmend_place_bytes(place),
				     stop->reverse || place->leaves ? place->before : place->jump, place->size));
	}
}

/* Switched, what was replaced has no places any more; else they are in force as before. */
static void settle_leaving(struct kmend_stop *stop, bool is_done)
{
	u32 i, j;

	for (i = 0; i < stop->nr_leaving; i++) {
		for (j = 0; j < stop->leaving[i]->nr_places; j++)
			stop->leaving[i]->places[j].leaves = false;
		if (is_done)
			drop_places(stop->leaving[i]);
	}
}

int kmend_transition_run(struct kmend_transition *transition, struct kmend_verdict *verdict)
{
	struct kmend_stop *stop = &transition->stop;
	u32 i;
	int error;

	*stop = (struct kmend_stop){ .reverse = transition->reverse, .commit = transition->commit };
	if (collect_parts(transition))
		error = kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	else
		error = transition->reverse ? prepare_reverse(transition, verdict) : prepare_apply(transition, verdict);
	if (!error) {
		ask_for_order(stop);
		mark_followers(transition);
		error = transition->commit ? run_with_hooks(transition, verdict) : run(transition, verdict);
	}
	kmend_assert(mutex_is_locked(&kmend_mutex));
	assert_switched(stop, !error && transition->commit);
	/* Switched, an update's places are what is in force; reversed, or not applied, there are none. */
	for (i = 0; i < stop->nr_parts; i++) {
		if (transition->reverse == (!error && transition->commit))
			drop_places(stop->parts[i]);
	}
	settle_leaving(stop, !error && transition->commit);
	kvfree(stop->parts);
	kvfree(stop->leaving);
	kvfree(stop->places);
	kvfree(stop->room);
	kvfree(stop->check.ranges);
	return error;
}

int kmend_transition_catch_up(struct kmend_instance *instance, struct kmend_verdict *verdict)
{
	struct kmend_transition *transition = kzalloc(sizeof(*transition), GFP_KERNEL);
	int error;

	if (!transition)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	/* Of an update that is applied, the parts that are not switched. */
	*transition = (struct kmend_transition){ .instances = &instance, .nr_instances = 1, .commit = true };
	error = kmend_transition_run(transition, verdict);
	kfree(transition);
	return error;
}

/* All places or none; kprobe_mutex is held. */
static int store_places(struct kmend_part *part, struct kmend_verdict *verdict)
{
	struct kmend_place *place;
	u32 i;
	int error = 0;

	for (i = 0; i < part->nr_places && !error; i++)
		error = kmend_place_check_kprobes(&part->places[i], verdict);
	for (i = 0; i < part->nr_places && !error; i++) {
		place = &part->places[i];
		if (!kmend_place_store(place, place->before, place->jump))
			error = kmend_refuse(verdict, KMEND_REFUSE_CODE_CHANGED, "%s", place->function->name);
	}
	/* The last one, which failed, may have been stored, too: undoing what was not done changes nothing. */
	while (error && i--)
		kmend_place_store(&part->places[i], part->places[i].jump, part->places[i].before);
	return error;
}

static int map_and_store(struct kmend_part *part, struct kmend_verdict *verdict)
{
	u32 i, nr_mapped;
	int error = 0;

	for (nr_mapped = 0; nr_mapped < part->nr_places && !error; nr_mapped += !error) {
		if (kmend_place_map(&part->places[nr_mapped]))
			error = kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while mapping");
	}
	if (!error) {
		mutex_lock(kmend_kernel.kprobe_mutex);
		error = store_places(part, verdict);
		mutex_unlock(kmend_kernel.kprobe_mutex);
	}
	for (i = 0; i < nr_mapped; i++)
		kmend_place_unmap(&part->places[i]);
	return error;
}

int kmend_transition_switch_unused(struct kmend_part *part, struct kmend_verdict *verdict)
{
	int error = prepare_part(part, verdict);

	if (!error)
		error = kmend_hooks_arrive(part, verdict);
	if (!error) {
		error = map_and_store(part, verdict);
		kmend_hooks_arrived(part, !error);
	}
	if (error)
		drop_places(part);
	return error;
}
