// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that some task is in whenever one looks. The stop engine waits for a moment without any, so it would wait for
 * ever. Seen in the code: the address of a thread's main function is handed to what creates threads; a function that sleeps
 * in the loop in which it asks whether its thread is to end (the thread may be created in another file); and a function
 * from whose sleep no way leads to a return. Only what none of these shows is a table of names.
 */
#include <capstone/capstone.h>
#include <string.h>

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

/*
 * Functions whose sleep ends by what users do, so that on an ordinary machine somebody is in them: shells wait for
 * children, servers for connections. By reading Linux 6.1; where each sleeps stands beside it.
 */
static const struct {
	const char *name;
	const char *where;
	bool always; /* every task that sleeps at all is in it */
} known[] = {
	{ "__schedule", "kernel/sched/core.c: every sleeping task is here", true },
	{ "schedule", "kernel/sched/core.c: every sleeping task is here", true },
	{ "do_idle", "kernel/sched/idle.c: every idle CPU is here", true },
	{ "cpu_startup_entry", "kernel/sched/idle.c: every idle CPU is here", true },
	{ "kthread", "kernel/kthread.c: every kernel thread is here", true },
	{ "schedule_timeout", "kernel/time/timer.c: whoever sleeps with a timeout", false },
	{ "schedule_hrtimeout_range", "kernel/time/hrtimer.c: whoever sleeps with a timeout", false },
	{ "schedule_hrtimeout_range_clock", "kernel/time/hrtimer.c: whoever sleeps with a timeout", false },
	{ "do_wait", "kernel/exit.c: wait4() and waitid()", false },
	{ "kernel_wait4", "kernel/exit.c: wait4()", false },
	{ "do_poll", "fs/select.c: poll()", false },
	{ "do_sys_poll", "fs/select.c: poll()", false },
	{ "do_select", "fs/select.c: select()", false },
	{ "core_sys_select", "fs/select.c: select()", false },
	{ "ep_poll", "fs/eventpoll.c: epoll_wait()", false },
	{ "do_epoll_wait", "fs/eventpoll.c: epoll_wait()", false },
	{ "futex_wait", "kernel/futex/waitwake.c: locks and condition variables of threads", false },
	{ "futex_wait_queue", "kernel/futex/waitwake.c: locks and condition variables of threads", false },
	{ "do_futex", "kernel/futex/syscalls.c: locks and condition variables of threads", false },
	{ "do_nanosleep", "kernel/time/hrtimer.c: nanosleep()", false },
	{ "hrtimer_nanosleep", "kernel/time/hrtimer.c: nanosleep()", false },
	{ "do_sigtimedwait", "kernel/signal.c: sigtimedwait()", false },
	{ "pipe_read", "fs/pipe.c: read() of an empty pipe", false },
	{ "n_tty_read", "drivers/tty/n_tty.c: read() of a terminal", false },
	{ "tty_read", "drivers/tty/tty_io.c: read() of a terminal", false },
	{ "inet_csk_accept", "net/ipv4/inet_connection_sock.c: accept()", false },
	{ "unix_stream_read_generic", "net/unix/af_unix.c: recv() of a stream", false },
	{ "__skb_wait_for_more_packets", "net/core/datagram.c: recv() of a datagram", false },
	{ "sk_wait_data", "net/core/sock.c: recv() of a stream", false },
	{ "__skb_recv_datagram", "net/core/datagram.c: recv() of a datagram", false },
	{ "udp_recvmsg", "net/ipv4/udp.c: recv() of a datagram", false },
	{ "__unix_dgram_recvmsg", "net/unix/af_unix.c: recv() of a datagram", false },
	{ "netlink_recvmsg", "net/netlink/af_netlink.c: recv() of a message of the kernel", false },
	{ "packet_recvmsg", "net/packet/af_packet.c: recv() of a packet", false },
	{ "tcp_recvmsg", "net/ipv4/tcp.c: recv() of a stream", false },
	{ "tcp_recvmsg_locked", "net/ipv4/tcp.c: recv() of a stream", false },
	{ "inet_recvmsg", "net/ipv4/af_inet.c: recv()", false },
	{ "unix_accept", "net/unix/af_unix.c: accept()", false },
	{ "svc_recv", "net/sunrpc/svc_xprt.c: threads of NFS that wait for a request", false },
	{ "fuse_dev_do_read", "fs/fuse/dev.c: a file system in user space that waits for a request", false },
	{ "io_cqring_wait", "io_uring/io_uring.c: io_uring_enter()", false },
	{ "wq_sleep", "ipc/mqueue.c: mq_receive()", false },
	{ "do_msgrcv", "ipc/msg.c: msgrcv()", false },
	{ "__do_semtimedop", "ipc/sem.c: semop()", false },
	{ "evdev_read", "drivers/input/evdev.c: read() of an input device", false },
	{ "tun_do_read", "drivers/net/tun.c: read() of a tunnel", false },
	{ "fanotify_read", "fs/notify/fanotify/fanotify_user.c: read() of a fanotify descriptor", false },
	{ "userfaultfd_ctx_read", "fs/userfaultfd.c: read() of a userfaultfd", false },
	{ "handle_userfault", "fs/userfaultfd.c: whoever waits for a page", false },
	{ "kvm_vcpu_block", "virt/kvm/kvm_main.c: processors of virtual machines", false },
	{ "kvm_arch_vcpu_ioctl_run", "arch/x86/kvm/x86.c: processors of virtual machines", false },
	{ "eventfd_read", "fs/eventfd.c: read() of an eventfd", false },
	{ "signalfd_dequeue", "fs/signalfd.c: read() of a signalfd", false },
	{ "timerfd_read", "fs/timerfd.c: read() of a timerfd", false },
	{ "inotify_read", "fs/notify/inotify/inotify_user.c: read() of an inotify descriptor", false },
	{ "do_syslog", "kernel/printk/printk.c: syslog()", false },
	{ "devkmsg_read", "kernel/printk/printk.c: read() of /dev/kmsg", false },
	{ "do_syscall_64", "arch/x86/entry/common.c: every task in a system call", true },
	{ "vfs_read", "fs/read_write.c: every read() that sleeps", false },
	{ "ksys_read", "fs/read_write.c: every read() that sleeps", false },
	{ "sigsuspend", "kernel/signal.c: sigsuspend()", false },
};

static bool is_among(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* Where a relocation within an instruction leads: a function's name; NULL: it has none, or leads elsewhere. */
static const char *named_by(const struct kmend_delta *delta, const struct kmend_section *section, uint64_t from,
			    uint64_t to, struct kmend_item **ret_item)
{
	size_t i = kmend_section_first_relocation(section, from);
	struct kmend_referent referent = { 0 };

	*ret_item = NULL;
	if (i >= section->nr_relocations || section->relocations[i].offset >= to ||
	    kmend_delta_refer(delta, KMEND_SIDE_PRE, section, &section->relocations[i], &referent, NULL) < 0)
		return NULL;
	if (referent.kind == KMEND_REFERENT_ITEM && referent.item && !referent.offset) {
		*ret_item = referent.item;
		return referent.item->name;
	}
	return referent.kind == KMEND_REFERENT_EXTERNAL ? referent.symbol->name : NULL;
}

struct code {
	const struct kmend_delta *delta;
	const struct kmend_section *section;
	uint64_t from, to;
	cs_insn *instructions;
	size_t count;
};

static bool is_in_group(const cs_insn *instruction, uint8_t group)
{
	for (size_t i = 0; i < instruction->detail->groups_count; i++)
		if (instruction->detail->groups[i] == group)
			return true;
	return false;
}

/* Decode a function as it was before; false: there is no code of it, or none of it is understood. To be freed with cs_free(). */
static bool code_read(csh handle, const struct kmend_delta *delta, const struct kmend_item *item, struct code *code)
{
	const struct kmend_object_symbol *symbol = item->pre;

	*code = (struct code){ delta, symbol->section, symbol->value, symbol->value + symbol->size };
	if (!symbol->section || !symbol->section->data || !symbol->size || code->to > symbol->section->size)
		return false;
	code->count =
		cs_disasm(handle, symbol->section->data + code->from, symbol->size, code->from, 0, &code->instructions);
	return code->count;
}

/* An instruction that is not known would end the list early: then ways out are not seen. */
static bool code_is_whole(const struct code *code)
{
	return code->instructions[code->count - 1].address + code->instructions[code->count - 1].size == code->to;
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

/* The instruction that begins at an address; count: none does. */
static size_t index_at(const struct code *code, uint64_t address)
{
	size_t low = 0, high = code->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code->instructions[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < code->count && code->instructions[low].address == address ? low : code->count;
}

/* The name of the function that an instruction calls; NULL: none that is known. */
static const char *called_by(const struct code *code, const cs_insn *instruction)
{
	struct kmend_item *item;

	return is_in_group(instruction, X86_GRP_CALL) ? named_by(code->delta, code->section, instruction->address,
								 instruction->address + instruction->size, &item)
						      : NULL;
}

/*
 * Is there a way from an instruction out of the function? What is not understood counts as one. @seen, which is all false:
 * set for what a way leads to; as far as the ways were followed, if there is one out and it does not @goes_on.
 */
static bool leads_out(const struct code *code, size_t start, bool goes_on, bool *seen)
{
	_cleanup_free_ size_t *stack = kmend_calloc(code->count * 2 + 2, sizeof(*stack));
	bool is_out = false;
	size_t depth = 0;

	stack[depth++] = start;
	while (depth && (goes_on || !is_out)) {
		size_t i = stack[--depth];
		const cs_insn *instruction;
		struct kmend_item *item;

		if (i >= code->count) {
			is_out = true;
			continue;
		}
		if (seen[i])
			continue;
		seen[i] = true;
		instruction = &code->instructions[i];
		if (instruction->id == X86_INS_UD2)
			continue;
		if (is_in_group(instruction, X86_GRP_RET)) {
			is_out = true;
			continue;
		}
		if (is_in_group(instruction, X86_GRP_JUMP)) {
			const cs_x86 *x86 = &instruction->detail->x86;
			uint64_t target = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM
						  ? (uint64_t)x86->operands[0].imm
						  : UINT64_MAX;

			/* A relocated jump leaves for another function, a return thunk, or a cold part. */
			if (kmend_section_first_relocation(code->section, instruction->address) <
				    kmend_section_first_relocation(code->section,
								   instruction->address + instruction->size) ||
			    named_by(code->delta, code->section, instruction->address,
				     instruction->address + instruction->size, &item))
				is_out = true;
			else
				stack[depth++] = index_at(code, target);
		}
		if (instruction->id != X86_INS_JMP && !seen[i + 1])
			stack[depth++] = i + 1;
	}
	return is_out;
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
		const char *name = called_by(code, &code->instructions[i]);

		if (!name || !is_among(sleepers, KMEND_ARRAY_SIZE(sleepers), name))
			continue;
		after = kmend_calloc(code->count + 1, sizeof(*after));
		leads_out(code, i + 1, true, after);
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

		if (!is_in_group(&code.instructions[i], X86_GRP_CALL) ||
		    !named_by(delta, code.section, code.instructions[i].address,
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
				delta->unit, item->name, called_by(&called, &called.instructions[at]),
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
		const char *name = named_by(code->delta, code->section, instruction->address,
					    instruction->address + instruction->size, &item);

		/* A jump elsewhere is a call that gives back what the other one does. */
		if (!is_in_group(instruction, X86_GRP_CALL) && (!name || !is_in_group(instruction, X86_GRP_JUMP))) {
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

	leads_out(code, call + 1, true, after);
	for (size_t i = 0; i < code->count && after[call]; i++) {
		_cleanup_free_ bool *again = NULL;
		const char *name = after[i] ? called_by(code, &code->instructions[i]) : NULL;

		if (!name || !is_among(end_questions, KMEND_ARRAY_SIZE(end_questions), name))
			continue;
		again = kmend_calloc(code->count + 1, sizeof(*again));
		leads_out(code, i + 1, true, again);
		if (again[call])
			return name;
	}
	return NULL;
}

static bool calls_any(const struct code *code, const char *const *names, size_t count)
{
	for (size_t i = 0; i < code->count; i++) {
		const char *name = called_by(code, &code->instructions[i]);

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
		const char *name = called_by(code, &code->instructions[i]), *question;

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
		const char *name = called_by(code, instruction);
		_cleanup_free_ bool *seen = NULL;

		if (!name || !is_among(sleepers, KMEND_ARRAY_SIZE(sleepers), name))
			continue;
		seen = kmend_calloc(code->count + 1, sizeof(*seen));
		if (leads_out(code, i + 1, false, seen))
			continue;
		fact_add(facts, "never-leaves", code->delta->unit, item->name, 0,
			 "%s: %s() calls %s() at +0x%llx, and no way leads from there to a return", code->delta->unit,
			 item->name, name, (unsigned long long)(instruction->address - code->from));
		return;
	}
}

/* Does the kernel trace a function? Only then can tasks be let over one by one. */
static bool is_traced(const struct kmend_delta *delta, const struct kmend_item *item)
{
	for (size_t i = 0; i < delta->pre->nr_sections; i++) {
		const struct kmend_section *section = &delta->pre->sections[i];

		for (size_t j = 0; !strcmp(section->name, "__mcount_loc") && j < section->nr_relocations; j++) {
			struct kmend_referent site = { 0 };

			if (kmend_delta_refer(delta, KMEND_SIDE_PRE, section, &section->relocations[j], &site, NULL) >=
				    0 &&
			    site.kind == KMEND_REFERENT_ITEM && site.item == item)
				return true;
		}
	}
	return false;
}

static void find_known(const struct kmend_delta *delta, const struct kmend_item *item, struct facts *facts)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(known); i++) {
		size_t stem = strcspn(item->name, ".");

		if (strlen(known[i].name) == stem && !strncmp(known[i].name, item->name, stem))
			fact_add(facts,
				 !known[i].always	  ? "sleeps-inside"
				 : is_traced(delta, item) ? "never-leaves"
							  : "never-switched",
				 delta->unit, item->name, 0, "%s: %s(): %s", delta->unit, item->name, known[i].where);
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
			find_known(delta, item, facts);
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
