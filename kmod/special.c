// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of an update module that the kernel sets up when a module comes, and takes down when it goes: jump labels,
 * static calls, tracepoints, sleepable RCU. Where an update's target is a module, they refer to things in it, so they can
 * be set up only while the target is there, and must be taken down before its memory is freed (jump_label.c would follow
 * keys that are gone). So the kernel is kept from seeing them: their counts in struct module say 0, and its own notifiers
 * are called for the update module at the right moment.
 */
#include "kmend.h"

#include <linux/notifier.h>

struct special {
	const char *name;
	size_t count;	/* of the number of entries, in struct module */
	size_t handler; /* of the kernel's notifier, in struct kmend_kernel */
};

/* In the order in which the kernel's notifiers are called: jump labels first (kernel/jump_label.c, priority 1). */
static const struct special specials_of_kernel[] = {
#ifdef CONFIG_JUMP_LABEL
	{ "jump labels", offsetof(struct module, num_jump_entries), offsetof(struct kmend_kernel, jump_label_notify) },
#endif
#ifdef CONFIG_HAVE_STATIC_CALL_INLINE
	{ "static calls", offsetof(struct module, num_static_call_sites),
	  offsetof(struct kmend_kernel, static_call_notify) },
#endif
#ifdef CONFIG_TRACEPOINTS
	{ "tracepoints", offsetof(struct module, num_tracepoints), offsetof(struct kmend_kernel, tracepoint_notify) },
#endif
#ifdef CONFIG_TREE_SRCU
	{ "srcu", offsetof(struct module, num_srcu_structs), offsetof(struct kmend_kernel, srcu_notify) },
#endif
};

static_assert(ARRAY_SIZE(specials_of_kernel) <= KMEND_NR_SPECIALS);

/* All of the counts are int or unsigned int. */
static u32 *count_of(struct module *mod, const struct special *special)
{
	return (u32 *)((char *)mod + special->count);
}

static int notify(struct module *mod, const struct special *special, unsigned long event)
{
	int (*handler)(struct notifier_block * block, unsigned long event, void *module) =
		*(typeof(&handler))((char *)&kmend_kernel + special->handler);

	return notifier_to_errno(handler(NULL, event, mod));
}

void kmend_special_hide(struct module *mod, struct kmend_specials *specials)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(specials_of_kernel); i++) {
		specials->nr[i] = *count_of(mod, &specials_of_kernel[i]);
		*count_of(mod, &specials_of_kernel[i]) = 0;
	}
}

static void end(struct module *mod, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (*count_of(mod, &specials_of_kernel[i]))
			notify(mod, &specials_of_kernel[i], MODULE_STATE_GOING);
	}
	for (i = 0; i < ARRAY_SIZE(specials_of_kernel); i++)
		*count_of(mod, &specials_of_kernel[i]) = 0;
}

int kmend_special_begin(struct module *mod, const struct kmend_specials *specials, struct kmend_verdict *verdict)
{
	u32 i;
	int error;

	for (i = 0; i < ARRAY_SIZE(specials_of_kernel); i++)
		*count_of(mod, &specials_of_kernel[i]) = specials->nr[i];
	for (i = 0; i < ARRAY_SIZE(specials_of_kernel); i++) {
		if (!specials->nr[i])
			continue;
		error = notify(mod, &specials_of_kernel[i], MODULE_STATE_COMING);
		if (!error)
			continue;
		/* The one that failed has undone its own. */
		end(mod, i);
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while setting up %s (error %d)",
				    specials_of_kernel[i].name, error);
	}
	return 0;
}

void kmend_special_end(struct module *mod)
{
	end(mod, ARRAY_SIZE(specials_of_kernel));
}

const char *kmend_special_obstacle(const struct module *mod)
{
#ifdef CONFIG_EVENT_TRACING
	if (mod->num_trace_events)
		return "trace events";
#endif
	return NULL;
}
