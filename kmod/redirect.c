// SPDX-License-Identifier: GPL-2.0
#include "redirect.h"

#include "kmend.h"

#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/slab.h>

#define JMP32 0xe9
#define SITE_SIZE 5

struct kmend_redirect {
	struct list_head node;
	unsigned long ip;
	u64 word;
	u32 users;
	struct ftrace_ops ops;
};

static LIST_HEAD(redirects); /* under kmend_mutex */

/*
 * The word is written in the stop only (or while nobody can run the function), as a whole: a call goes to the old code or
 * to the new, also one from an NMI. Nothing here can be traced, so nothing recurses.
 */
static void notrace redirect_call(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	struct kmend_redirect *redirect = container_of(ops, struct kmend_redirect, ops);
	u64 word = READ_ONCE(redirect->word);
	unsigned long to;

	if ((u8)word != JMP32)
		return;
	to = redirect->ip + SITE_SIZE + (long)(s32)(word >> 8);
	kmend_compat_set_ip(fregs, to);
}

static struct kmend_redirect *find(unsigned long ip)
{
	struct kmend_redirect *redirect;

	list_for_each_entry (redirect, &redirects, node) {
		if (redirect->ip == ip)
			return redirect;
	}
	return NULL;
}

int kmend_redirect_get(unsigned long ip, const char *name, struct kmend_redirect **ret_redirect,
		       struct kmend_verdict *verdict)
{
	struct kmend_redirect *redirect = find(ip);
	int error;

	if (redirect) {
		redirect->users++;
		*ret_redirect = redirect;
		return 0;
	}
	redirect = kzalloc(sizeof(*redirect), GFP_KERNEL);
	if (!redirect)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing %s", name);
	redirect->ip = ip;
	redirect->users = 1;
	redirect->ops.func = redirect_call;
	/* PERMANENT: kernel.ftrace_enabled=0 must not lead calls back to the old code (livepatch has the same need). */
	redirect->ops.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
	redirect->ops.flags |= FTRACE_OPS_FL_SAVE_REGS;
#endif
	error = ftrace_set_filter_ip(&redirect->ops, ip, 0, 0);
	if (!error)
		error = register_ftrace_function(&redirect->ops);
	if (error) {
		ftrace_free_filter(&redirect->ops);
		kfree(redirect);
		return kmend_refuse(verdict, error == -ENOMEM ? KMEND_REFUSE_OUT_OF_MEMORY : KMEND_REFUSE_TRACER,
				    "%s, error %d", name, error);
	}
	list_add(&redirect->node, &redirects);
	*ret_redirect = redirect;
	return 0;
}

void kmend_redirect_put(struct kmend_redirect *redirect)
{
	if (!redirect || --redirect->users)
		return;
	list_del(&redirect->node);
	/* Waits for every task that may be in the code that ftrace made for it (synchronize_rcu_tasks()). */
	if (WARN_ON(unregister_ftrace_function(&redirect->ops)))
		return; /* still called: leak it rather than free it */
	ftrace_free_filter(&redirect->ops);
	kfree(redirect);
}

u64 *kmend_redirect_word(struct kmend_redirect *redirect)
{
	return &redirect->word;
}

/* A function of the kernel as a whole, by its name in kallsyms. */
static bool whole_function(const char *name, unsigned long *ret_start, unsigned long *ret_end)
{
	unsigned long start = kmend_kernel.lookup_name(name), size, offset;

	if (!start || !kmend_kernel.lookup_size(start, &size, &offset) || offset)
		return false;
	*ret_start = start;
	*ret_end = start + size;
	return true;
}

bool kmend_redirect_code(const struct kmend_redirect *redirect, unsigned int i, unsigned long *ret_start,
			 unsigned long *ret_end)
{
	/* The common ones serve sites that have several users. */
	static const char *const common[] = { "ftrace_caller", "ftrace_regs_caller" };

	*ret_start = *ret_end = 0;
	if (!i) {
		/* One of its own, which it keeps while the site has other users, too. */
		*ret_start = redirect->ops.trampoline;
		*ret_end = redirect->ops.trampoline + redirect->ops.trampoline_size;
		return true;
	}
	if (i > ARRAY_SIZE(common))
		return false;
	whole_function(common[i - 1], ret_start, ret_end);
	return true;
}
