// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: code of an update's author, called at the stages of abi.h (include/kmend/hooks.h is the author's side).
 *
 * Within a part they are called in the order of its table; of those that may refuse, one that does is the last of its
 * stage. kmend_mutex is held throughout.
 */
#include "update.h"

#include <linux/err.h>

static const char *const stage_names[KMEND_NR_HOOK_STAGES] = {
#define STAGE_NAME(id, name, text) [KMEND_HOOK_##id] = name,
	KMEND_HOOK_STAGES(STAGE_NAME)
#undef STAGE_NAME
};

static bool may_refuse(u32 stage)
{
	return stage == KMEND_HOOK_PRE_APPLY || stage == KMEND_HOOK_CHECK_APPLY || stage == KMEND_HOOK_PRE_REVERSE ||
	       stage == KMEND_HOOK_CHECK_REVERSE;
}

bool kmend_hooks_stage_is_in_stop(u32 stage)
{
	return stage == KMEND_HOOK_CHECK_APPLY || stage == KMEND_HOOK_APPLY || stage == KMEND_HOOK_CHECK_REVERSE ||
	       stage == KMEND_HOOK_REVERSE;
}

/* What is no errno (a length, say) cannot be told as one. */
static int plain_errno(int error)
{
	return error > 0 || error < -MAX_ERRNO ? -EINVAL : error;
}

static int call(const struct kmend_hook *hook)
{
	if (may_refuse(hook->stage))
		return plain_errno(hook->call());
	((void (*)(void))hook->call)();
	return 0;
}

int kmend_hooks_call(const struct kmend_part *part, enum kmend_hook_stage stage, struct kmend_hook_refusal *ret_refusal)
{
	const struct kmend_hook *hook;
	struct kmend_hook_watch watch;
	int error;
	u32 i;

	for (i = 0; i < part->update->nr_hooks; i++) {
		hook = &part->update->hooks[i];
		if (hook->stage != stage)
			continue;
		kmend_hooks_watch(&watch, hook);
		error = call(hook);
		error = kmend_hooks_watched(&watch, hook, error);
		if (!error || !may_refuse(stage))
			continue;
		if (ret_refusal)
			*ret_refusal = (struct kmend_hook_refusal){ .hook = hook, .error = error };
		return error;
	}
	return 0;
}

int kmend_hooks_refuse(const struct kmend_hook_refusal *refusal, struct kmend_verdict *verdict)
{
	return kmend_refuse(verdict, KMEND_REFUSE_HOOK_REFUSED, "%s: %s() gave %pe", stage_names[refusal->hook->stage],
			    refusal->hook->name, ERR_PTR(refusal->error));
}

int kmend_hooks_pre(struct kmend_part *const *parts, u32 nr_parts, bool reverse, u32 *ret_nr_called,
		    struct kmend_verdict *verdict)
{
	enum kmend_hook_stage stage = reverse ? KMEND_HOOK_PRE_REVERSE : KMEND_HOOK_PRE_APPLY;
	struct kmend_hook_refusal refusal;
	u32 i;

	*ret_nr_called = 0;
	for (i = 0; i < nr_parts; i++) {
		++*ret_nr_called;
		if (kmend_hooks_call(parts[i], stage, &refusal))
			return kmend_hooks_refuse(&refusal, verdict);
	}
	return 0;
}

void kmend_hooks_post(struct kmend_part *const *parts, u32 nr_parts, bool reverse)
{
	u32 i;

	for (i = 0; i < nr_parts; i++)
		kmend_hooks_call(parts[i], reverse ? KMEND_HOOK_POST_REVERSE : KMEND_HOOK_POST_APPLY, NULL);
}

void kmend_hooks_fail(struct kmend_part *const *parts, u32 nr_called, bool reverse)
{
	while (nr_called--)
		kmend_hooks_call(parts[nr_called], reverse ? KMEND_HOOK_FAIL_REVERSE : KMEND_HOOK_FAIL_APPLY, NULL);
}

int kmend_hooks_arrive(struct kmend_part *part, struct kmend_verdict *verdict)
{
	struct kmend_hook_refusal refusal;
	u32 nr_called;
	int error = kmend_hooks_pre(&part, 1, false, &nr_called, verdict);

	if (!error && kmend_hooks_call(part, KMEND_HOOK_CHECK_APPLY, &refusal))
		error = kmend_hooks_refuse(&refusal, verdict);
	if (error)
		kmend_hooks_fail(&part, nr_called, false);
	return error;
}

void kmend_hooks_arrived(struct kmend_part *part, bool is_switched)
{
	if (is_switched) {
		kmend_hooks_call(part, KMEND_HOOK_APPLY, NULL);
		kmend_hooks_post(&part, 1, false);
	} else {
		kmend_hooks_fail(&part, 1, false);
	}
}
