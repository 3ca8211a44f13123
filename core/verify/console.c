// SPDX-License-Identifier: GPL-2.0
/* The kernel's console, where nobody but the kernel writes. */
#include <regex.h>
#include <string.h>

#include "internal.h"

enum meaning {
	HARMLESS, /* an emulated processor's mitigation that is not whole, and the like */
	BAD,	  /* what no kernel in order says */
	EXPECTED, /* what loading and switching updates says */
};

/* The first row that fits decides; what fits none is a remark. */
static const struct {
	enum meaning meaning;
	const char *pattern; /* POSIX extended */
} rows[] = {
	{ HARMLESS,
	  "(RETBleed|Speculative Return Stack Overflow|Spectre V[0-9].*|MDS|TAA|MMIO Stale Data|ITS|VMSCAPE): "
	  "WARNING:" },
	{ BAD, "BUG:|WARNING:|Oops|Call Trace|general protection|Kernel panic|ftrace_bug|ftrace failed" },
	{ BAD,
	  "INFO: task .* blocked|rcu: INFO|soft lockup|hard LOCKUP|unable to handle|invalid opcode|stack segment" },
	{ BAD, "double fault|Unhandled|scheduling while atomic|sleeping function called|corrupted|UBSAN|KASAN" },
	{ BAD, "kmend: update .* target .* refused" },
	{ EXPECTED, "loading out-of-tree module taints|module verification failed|kmend[:_]" },
	{ EXPECTED, "^\\[ *[0-9.]+\\] *$" },
};

static enum meaning judge_line(const char *line, bool *ret_found)
{
	static regex_t compiled[KMEND_ARRAY_SIZE(rows)];
	static bool ready;

	for (size_t i = 0; !ready && i < KMEND_ARRAY_SIZE(rows); i++)
		if (regcomp(&compiled[i], rows[i].pattern, REG_EXTENDED | REG_NOSUB))
			kmend_oom(); /* the patterns are right, so only memory can be missing */
	ready = true;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		*ret_found = !regexec(&compiled[i], line, 0, NULL, 0);
		if (*ret_found)
			return rows[i].meaning;
	}
	return EXPECTED;
}

#define LINES_KEPT 50

void kmend_console_judge(const char *text, struct kmend_strv *bad, struct kmend_strv *remarks)
{
	_cleanup_free_ char *copy = kmend_strdup(text);
	char *rest = NULL;

	for (char *line = strtok_r(copy, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
		bool found;
		enum meaning meaning = judge_line(line, &found);
		struct kmend_strv *list = found ? (meaning == BAD ? bad : NULL) : remarks;

		if (list && list->count < LINES_KEPT)
			kmend_strv_add(list, line);
	}
}

char *kmend_console_tail(const char *text, unsigned int lines)
{
	const char *begin = text + strlen(text);

	while (begin > text && (begin[-1] != '\n' || lines)) {
		begin--;
		if (*begin == '\n' && begin[1] && !--lines)
			return kmend_strdup(begin + 1);
	}
	return kmend_strdup(begin);
}
