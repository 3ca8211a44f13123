// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that some task is in whenever one looks. The stop engine waits for a moment without any, so it would wait for
 * ever. Seen in the code: the address of a thread's main function is handed to what creates threads; a function that sleeps
 * in the loop in which it asks whether its thread is to end (the thread may be created in another file); and a function
 * from whose sleep no way leads to a return. Only what none of these shows is a table of names (stay_known.c).
 */
#include <string.h>

#include "code.h"
#include "internal.h"

/*
 * What creates a thread, or keeps its main function until it does, and which argument that is (include/linux/kthread.h,
 * sched/task.h, sunrpc/svc.h: the third until 6.6, for pools the fifth in 6.12).
 */
static const struct {
	const char *name;
	unsigned int argument;
} creators[] = {
	{ "kthread_create_on_node", 0 },
	{ "kthread_create_on_cpu", 0 },
	{ "kernel_thread", 0 },
	{ "user_mode_thread", 0 },
	{ "create_io_thread", 0 },
	{ "kthread_run_on_cpu", 0 },
	{ "svc_create", 2 },
	{ "svc_create_pooled", 2 },
	{ "svc_create_pooled", 4 },
};
#define ARGUMENTS 6
static const uint16_t argument_registers[ARGUMENTS][3] = {
	{ X86_REG_RDI, X86_REG_EDI, X86_REG_DI }, { X86_REG_RSI, X86_REG_ESI, X86_REG_SI },
	{ X86_REG_RDX, X86_REG_EDX, X86_REG_DX }, { X86_REG_RCX, X86_REG_ECX, X86_REG_CX },
	{ X86_REG_R8, X86_REG_R8D, X86_REG_R8W }, { X86_REG_R9, X86_REG_R9D, X86_REG_R9W },
};

/* What sleeps until somebody wakes it (include/linux/sched.h, wait.h, completion.h, freezer.h). */
static const char *const sleepers[] = {
	"schedule",
	"schedule_timeout",
	"schedule_timeout_interruptible",
	"io_schedule",
	"schedule_timeout_uninterruptible",
	"schedule_preempt_disabled",
	"wait_woken",
	"schedule_idle",
	"schedule_timeout_idle",
	"cpuidle_idle_call",
	"default_idle_call",
	"do_idle",
	"wait_for_completion_interruptible",
	"schedule_hrtimeout_range",
	"msleep_interruptible",
};

/* What else a thread's loop sleeps in: nobody is there for long, but somebody nearly always (include/linux/delay.h, semaphore.h). */
static const char *const nappers[] = {
	"msleep", "usleep_range_state", "schedule_hrtimeout", "schedule_timeout_killable", "down_interruptible",
};

/* What only a kernel thread may ask (include/linux/kthread.h): whether somebody waits for it to end or to stand still. */
static const char *const end_questions[] = {
	"kthread_should_stop",	       "__kthread_should_park",		"kthread_should_park",
	"kthread_should_stop_or_park", "kthread_freezable_should_stop",
};

static bool is_among(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* The arguments that an instruction gives another value: a function's address, or something else (NULL). */
static void note_arguments(csh handle, const cs_insn *instruction, struct kmend_item *item,
			   struct kmend_item *arguments[ARGUMENTS])
{
	cs_regs read, written;
	uint8_t nr_read, nr_written;

	if (cs_regs_access(handle, instruction, read, &nr_read, written, &nr_written) != CS_ERR_OK) {
		memset(arguments, 0, ARGUMENTS * sizeof(*arguments));
		return;
	}
	for (size_t i = 0; i < nr_written; i++)
		for (size_t j = 0; j < ARGUMENTS; j++)
			for (size_t k = 0; k < KMEND_ARRAY_SIZE(argument_registers[j]); k++)
				if (written[i] == argument_registers[j][k])
					arguments[j] = item && item->is_function ? item : NULL;
}

/* Says it once of a function: what was seen first is enough. */
static bool is_told(const struct facts *facts, const struct code *code, const struct kmend_item *item)
{
	for (size_t i = 0; i < facts->nr_reasons; i++) {
		const struct kmend_reason *reason = &facts->reasons[i];

		if (!strcmp(reason->code, "never-leaves") && reason->unit && reason->symbol &&
		    !strcmp(reason->unit, code->delta->unit) && !strcmp(reason->symbol, item->name))
			return true;
	}
	return false;
}

/* Where a function sleeps in a loop; count: nowhere. */
static size_t sleep_in_loop(const struct code *code)
{
	for (size_t i = 0; i < code->count; i++) {
		_cleanup_free_ bool *after = NULL;
		const char *name = code_called_by(code, &code->instructions[i]);

		if (!name || !is_among(sleepers, KMEND_ARRAY_SIZE(sleepers), name))
			continue;
		after = kmend_calloc(code->count + 1, sizeof(*after));
		code_leads_out(code, i + 1, true, after);
		if (after[i])
			return i;
	}
	return code->count;
}

/* Changed functions that a thread's main function calls to wait in: it spends its time there. */
static void find_waits_of(csh handle, const struct kmend_delta *delta, const struct kmend_item *main_function,
			  struct facts *facts)
{
	struct code code, called;

	if (!main_function->pre || !code_read(handle, delta, main_function, &code))
		return;
	for (size_t i = 0; i < code.count; i++) {
		struct kmend_item *item = NULL;
		size_t at;

		if (!instruction_is_in(&code.instructions[i], X86_GRP_CALL) ||
		    !code_named_by(delta, code.section, code.instructions[i].address,
				   code.instructions[i].address + code.instructions[i].size, &item) ||
		    !item || item == main_function || !item->is_function || !item->pre ||
		    item->change != KMEND_CHANGE_CHANGED || is_told(facts, &code, item) ||
		    !code_read(handle, delta, item, &called))
			continue;
		at = code_is_whole(&called) ? sleep_in_loop(&called) : called.count;
		if (at < called.count)
			fact_add(
				facts, "never-leaves", delta->unit, item->name, 0,
				"%s: %s() calls %s() at +0x%llx in a loop, and %s(), the main function of a thread, waits in it",
				delta->unit, item->name, code_called_by(&called, &called.instructions[at]),
				(unsigned long long)(called.instructions[at].address - called.from),
				main_function->name);
		cs_free(called.instructions, called.count);
	}
	cs_free(code.instructions, code.count);
}

/* Functions whose address is in an argument where something that creates threads of them is called. */
static void find_threads(csh handle, const struct code *code, const struct kmend_item *creator, struct facts *facts)
{
	struct kmend_item *arguments[ARGUMENTS] = { NULL };

	for (size_t i = 0; i < code->count; i++) {
		const cs_insn *instruction = &code->instructions[i];
		struct kmend_item *item;
		const char *name = code_named_by(code->delta, code->section, instruction->address,
						 instruction->address + instruction->size, &item);

		/* A jump elsewhere is a call that gives back what the other one does. */
		if (!instruction_is_in(instruction, X86_GRP_CALL) &&
		    (!name || !instruction_is_in(instruction, X86_GRP_JUMP))) {
			note_arguments(handle, instruction, item, arguments);
			continue;
		}
		for (size_t j = 0; name && j < KMEND_ARRAY_SIZE(creators); j++) {
			const struct kmend_item *argument = arguments[creators[j].argument];

			if (!argument || strcmp(creators[j].name, name))
				continue;
			find_waits_of(handle, code->delta, argument, facts);
			if (argument->change == KMEND_CHANGE_CHANGED)
				fact_add(facts, "never-leaves", code->delta->unit, argument->name, 0,
					 "%s: %s() is the main function of a thread that %s() creates",
					 code->delta->unit, argument->name, creator->name);
		}
		memset(arguments, 0, sizeof(arguments));
	}
}

/* What is asked in the loop in which a call lies: whether the thread is to end. NULL: that is not asked, or it is in no loop. */
static const char *question_around(const struct code *code, size_t call)
{
	_cleanup_free_ bool *after = kmend_calloc(code->count + 1, sizeof(*after));

	code_leads_out(code, call + 1, true, after);
	for (size_t i = 0; i < code->count && after[call]; i++) {
		_cleanup_free_ bool *again = NULL;
		const char *name = after[i] ? code_called_by(code, &code->instructions[i]) : NULL;

		if (!name || !is_among(end_questions, KMEND_ARRAY_SIZE(end_questions), name))
			continue;
		again = kmend_calloc(code->count + 1, sizeof(*again));
		code_leads_out(code, i + 1, true, again);
		if (again[call])
			return name;
	}
	return NULL;
}

static bool calls_any(const struct code *code, const char *const *names, size_t count)
{
	for (size_t i = 0; i < code->count; i++) {
		const char *name = code_called_by(code, &code->instructions[i]);

		if (name && is_among(names, count, name))
			return true;
	}
	return false;
}

/*
 * Where it sleeps in a loop that asks whether the thread is to end. A helper in which a thread's main function waits is seen
 * as well, and rightly: the thread is in it.
 */
static void find_loop(const struct code *code, const struct kmend_item *item, struct facts *facts)
{
	if (!calls_any(code, end_questions, KMEND_ARRAY_SIZE(end_questions)))
		return;
	for (size_t i = 0; i < code->count; i++) {
		const char *name = code_called_by(code, &code->instructions[i]), *question;

		if (!name || (!is_among(sleepers, KMEND_ARRAY_SIZE(sleepers), name) &&
			      !is_among(nappers, KMEND_ARRAY_SIZE(nappers), name)))
			continue;
		question = question_around(code, i);
		if (!question)
			continue;
		fact_add(
			facts, "never-leaves", code->delta->unit, item->name, 0,
			"%s: %s() calls %s() at +0x%llx in a loop that asks %s(): a thread is in it until it is to end",
			code->delta->unit, item->name, name,
			(unsigned long long)(code->instructions[i].address - code->from), question);
		return;
	}
}

/* Where it sleeps and does not come back from. */
static void find_endless(const struct code *code, const struct kmend_item *item, struct facts *facts)
{
	for (size_t i = 0; i < code->count; i++) {
		const cs_insn *instruction = &code->instructions[i];
		const char *name = code_called_by(code, instruction);
		_cleanup_free_ bool *seen = NULL;

		if (!name || !is_among(sleepers, KMEND_ARRAY_SIZE(sleepers), name))
			continue;
		seen = kmend_calloc(code->count + 1, sizeof(*seen));
		if (code_leads_out(code, i + 1, false, seen))
			continue;
		fact_add(facts, "never-leaves", code->delta->unit, item->name, 0,
			 "%s: %s() calls %s() at +0x%llx, and no way leads from there to a return", code->delta->unit,
			 item->name, name, (unsigned long long)(instruction->address - code->from));
		return;
	}
}

/* @creates: see only which threads it creates; otherwise, how it sleeps itself */
static void look_at(csh handle, const struct kmend_delta *delta, const struct kmend_item *item, bool creates,
		    struct facts *facts)
{
	struct code code;

	if (!code_read(handle, delta, item, &code))
		return;
	if (creates)
		find_threads(handle, &code, item, facts);
	else if (code_is_whole(&code) && !is_told(facts, &code, item))
		find_endless(&code, item, facts);
	if (!creates && code_is_whole(&code) && !is_told(facts, &code, item))
		find_loop(&code, item, facts);
	cs_free(code.instructions, code.count);
}

/* Does it call something that creates threads? Only then is it worth decoding if it did not change itself. */
static bool creates_threads(const struct kmend_item *item)
{
	const struct kmend_section *section = item->pre->section;

	for (size_t i = kmend_section_first_relocation(section, item->pre->value);
	     i < section->nr_relocations && section->relocations[i].offset < item->pre->value + item->pre->size; i++)
		for (size_t j = 0; j < KMEND_ARRAY_SIZE(creators); j++)
			if (!strcmp(creators[j].name, section->relocations[i].symbol->name))
				return true;
	return false;
}

/* First what creates threads: that tells most. */
static void look_through(csh handle, const struct kmend_delta *delta, bool creates, struct facts *facts)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];

		if (!item->is_function || !item->pre || item->parent)
			continue;
		if (creates ? creates_threads(item) : item->change == KMEND_CHANGE_CHANGED)
			look_at(handle, delta, item, creates, facts);
		if (!creates && item->change == KMEND_CHANGE_CHANGED)
			stay_known(delta, item, facts);
	}
}

int stay_judge(const struct kmend_assess_input *input, struct facts *facts, struct kmend_error *error)
{
	csh handle;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -1, "the disassembler cannot be started");
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	for (size_t i = 0; i < input->nr_deltas; i++) {
		look_through(handle, input->deltas[i], true, facts);
		look_through(handle, input->deltas[i], false, facts);
	}
	cs_close(&handle);
	return 0;
}
