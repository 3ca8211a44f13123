// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals: names, the errno that a caller in user space sees, and the detail.
 */
#include "kmend.h"

static const char *const refusal_names[KMEND_NR_REFUSALS] = {
#define REFUSAL_NAME(id, name, text, advice) [KMEND_REFUSE_##id] = name,
	KMEND_REFUSALS(REFUSAL_NAME)
#undef REFUSAL_NAME
};

/* Where no row is, ENOEXEC: the update cannot be used on this kernel as it is. */
static const int refusal_errnos[KMEND_NR_REFUSALS] = {
	[KMEND_REFUSE_DUPLICATE] = -EBUSY, /* EEXIST is what the loader says of a module that is loaded already */
	[KMEND_REFUSE_ALREADY_REPLACED] = -EPERM,
	[KMEND_REFUSE_KPROBE] = -EPERM,
	[KMEND_REFUSE_LIVEPATCH] = -EPERM,
	[KMEND_REFUSE_TRACER] = -EPERM,
	[KMEND_REFUSE_RUNS_IN_STOP] = -EPERM,
	[KMEND_REFUSE_UNSAFE_PLACE] = -EPERM,
	[KMEND_REFUSE_BUSY] = -EBUSY,
	[KMEND_REFUSE_CODE_CHANGED] = -EAGAIN,
	[KMEND_REFUSE_OUT_OF_MEMORY] = -ENOMEM,
	[KMEND_REFUSE_NOT_APPLIED] = -EINVAL,
	[KMEND_REFUSE_ALREADY_APPLIED] = -EINVAL,
	[KMEND_REFUSE_UNSUPPORTED] = -EOPNOTSUPP,
	[KMEND_REFUSE_STOP_FAILED] = -EIO,
	[KMEND_REFUSE_INCOMPLETE] = -EINVAL,
	[KMEND_REFUSE_BASE_MISSING] = -EPERM,
	[KMEND_REFUSE_SAT_ON] = -EPERM,
	[KMEND_REFUSE_TARGET_COMING] = -EAGAIN,
	[KMEND_REFUSE_HOOK_REFUSED] = -EPERM,
	[KMEND_REFUSE_NOT_GRADUAL] = -EPERM,
	[KMEND_REFUSE_SWITCHING] = -EAGAIN,
	[KMEND_REFUSE_ENGINE_MIX] = -EPERM,
};

const char *kmend_refusal_name(enum kmend_refusal refusal)
{
	return refusal_names[refusal];
}

int kmend_refuse(struct kmend_verdict *verdict, enum kmend_refusal refusal, const char *format, ...)
{
	va_list args;
	char *c;

	verdict->refusal = refusal;
	va_start(args, format);
	vsnprintf(verdict->detail, sizeof(verdict->detail), format, args);
	va_end(args);
	/* One line in sysfs and in the log, whatever names an update holds. */
	for (c = verdict->detail; *c; c++) {
		if ((unsigned char)*c < ' ')
			*c = '?';
	}
	return refusal_errnos[refusal] ?: -ENOEXEC;
}
