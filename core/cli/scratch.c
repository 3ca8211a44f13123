// SPDX-License-Identifier: GPL-2.0
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/file.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static char temporary[PATH_MAX]; /* empty: nothing to remove */

#define REMOVAL_TRIES 50
#define REMOVAL_PAUSE 100 /* milliseconds */

/* Run rm on the directory: what may be called in a signal handler cannot walk a tree. Returns whether it is gone. */
static bool remove_by_program(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/rm", "rm", "-rf", "--", temporary, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/*
 * Ended by a signal: it does what it does by itself, and a child of ours outlives us to clean up. Our other children
 * end with us (core/base/child.c), but theirs may write for a moment longer, so it tries again.
 */
static void on_signal(int number)
{
	pid_t parent = getpid();

	if (fork() == 0) {
		while (getppid() == parent)
			poll(NULL, 0, 10);
		for (int i = 0; i < REMOVAL_TRIES && !remove_by_program(); i++)
			poll(NULL, 0, REMOVAL_PAUSE);
		_exit(0);
	}
	signal(number, SIG_DFL);
	raise(number);
}

static int make_kept(const char *keep, char **ret_path, struct kmend_error *error)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;
	int code = kmend_mkdir_parents(keep, 0755, error);

	if (code)
		return code;
	path = realpath(keep, NULL);
	directory = path ? opendir(path) : NULL;
	if (!directory)
		return kmend_fail_errno(error, -errno, "cannot use the directory %s", keep);
	/* So that nothing of the user's is overwritten. */
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			return kmend_fail(error, KMEND_STATUS_FAILURE, -ENOTEMPTY, "the directory %s must be empty",
					  keep);
	*ret_path = kmend_steal(path);
	return 0;
}

int kmend_scratch_make(const char *keep, char **ret_path, struct kmend_error *error)
{
	int code;

	if (keep)
		return make_kept(keep, ret_path, error);
	code = kmend_temporary_directory("kmend-create", ret_path, error);
	if (code)
		return code;
	snprintf(temporary, sizeof(temporary), "%s", *ret_path);
	/* What compilers write for themselves goes with it, too: one that is killed leaves its files. */
	setenv("TMPDIR", temporary, 1);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(signals); i++) {
		struct sigaction action = { .sa_handler = on_signal };

		/* One that is ignored (nohup) stays so. */
		if (signal(signals[i], SIG_IGN) != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	return 0;
}

void kmend_scratch_remove(void)
{
	if (!temporary[0])
		return;
	kmend_remove_tree(temporary, NULL);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_DFL);
	temporary[0] = '\0';
}
