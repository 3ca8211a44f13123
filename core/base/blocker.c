// SPDX-License-Identifier: GPL-2.0
#include "blocker.h"

#include <stdio.h>
#include <string.h>

#include "str.h"

char *kmend_blocker_text(const char *line)
{
	char comm[64] = "?", function[512] = "?", offset[32] = "";
	_cleanup_free_ char *task = NULL, *where = NULL;
	unsigned long seconds = 0;
	int pid = 0;

	/* What is noted in a record has the first three only. */
	sscanf(line, "%d %63s %511s %31s %lu", &pid, comm, function, offset, &seconds);
	task = pid ? kmend_format("task %d (%s)", pid, comm) : kmend_format("an idle task (%s)", comm);
	if (!strcmp(function, "-"))
		return kmend_format("%s has not come over yet", task);
	where = kmend_format("%s%s%s", function, *offset ? "+" : "", offset);
	return seconds ? kmend_format("%s is inside %s, for %lu s now", task, where, seconds)
		       : kmend_format("%s is inside %s", task, where);
}
