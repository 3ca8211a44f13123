// SPDX-License-Identifier: GPL-2.0
/* What the host may ask of the guest: rows of a table at the end. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void run_hello(char *const *arguments, struct answer *answer)
{
	FILE *file = fopen("/proc/version", "re");

	(void)arguments;
	if (!file || !fgets(answer->text, sizeof(answer->text), file))
		answer->code = -EIO;
	if (file)
		fclose(file);
}

static void run_load(char *const *arguments, struct answer *answer)
{
	answer->code = load_module(arguments[0]);
}

static void run_insert(char *const *arguments, struct answer *answer)
{
	answer->code = insert_module(arguments[0]);
}

/* Its last user may be on the way out: wait for it up to a second. */
static void run_remove(char *const *arguments, struct answer *answer)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	for (int i = 0; i < 20; i++) {
		answer->code = syscall(SYS_delete_module, arguments[0], O_NONBLOCK) ? -errno : 0;
		if (answer->code != -EAGAIN && answer->code != -EWOULDBLOCK && answer->code != -EBUSY)
			return;
		nanosleep(&pause, NULL);
	}
}

static void run_write(char *const *arguments, struct answer *answer)
{
	int fd = open(arguments[0], O_WRONLY | O_CLOEXEC);
	ssize_t size = strlen(arguments[1]);

	if (fd < 0 || write(fd, arguments[1], size) != size)
		answer->code = -errno;
	if (fd >= 0)
		close(fd);
}

static void run_read(char *const *arguments, struct answer *answer)
{
	int fd = open(arguments[0], O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = 0;

	while (fd >= 0 && used < sizeof(answer->text) - 1 &&
	       (got = read(fd, answer->text + used, sizeof(answer->text) - 1 - used)) > 0)
		used += got;
	if (fd < 0 || got < 0)
		answer->code = -errno;
	answer->text[used] = '\0';
	if (fd >= 0)
		close(fd);
}

static void start_shell(const char *command, int output)
{
	static char *const environment[] = { "PATH=" KMEND_GUEST_WORK ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/",
					     "LC_ALL=C", "TERM=dumb", NULL };
	char *const argv[] = { "sh", "-c", (char *)command, NULL };
	int null = open("/dev/null", O_RDWR);

	setsid();
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	if (chdir(KMEND_GUEST_WORK) == 0)
		execve("/bin/sh", argv, environment);
	dprintf(2, "cannot run /bin/sh: %s\n", strerror(errno));
	_exit(127);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* run SECONDS COMMAND: its exit status (128 + signal if one ended it) and what it said, up to the answer's size. */
static void run_run(char *const *arguments, struct answer *answer)
{
	long end = milliseconds() + atol(arguments[0]) * 1000, left;
	size_t used = 0;
	int pipes[2], status = 0;
	ssize_t got;
	pid_t pid;

	if (pipe(pipes) < 0 || (pid = fork()) < 0) {
		answer->code = -errno;
		return;
	}
	if (!pid)
		start_shell(arguments[1], pipes[1]);
	close(pipes[1]);
	while ((left = end - milliseconds()) > 0) {
		struct pollfd poller = { .fd = pipes[0], .events = POLLIN };
		char rest[512];
		bool full = used >= sizeof(answer->text) - 1;

		/* One that it left behind may hold the pipe: it is over when the command is. */
		if (poll(&poller, 1, left < 100 ? left : 100) <= 0) {
			if (waitpid(pid, &status, WNOHANG) == pid)
				goto ended;
			continue;
		}
		got = read(pipes[0], full ? rest : answer->text + used,
			   full ? sizeof(rest) : sizeof(answer->text) - 1 - used);
		if (got <= 0)
			break;
		used += full ? 0 : got;
	}
	if (left <= 0) {
		kill(-pid, SIGKILL);
		snprintf(answer->text + used, sizeof(answer->text) - used, "\n(out of time)");
	}
	waitpid(pid, &status, 0);
ended:
	close(pipes[0]);
	answer->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void run_off(char *const *arguments, struct answer *answer)
{
	(void)arguments;
	(void)answer;
	reboot(RB_POWER_OFF);
}

const struct verb verbs[] = {
	{ "hello", 0, run_hello },   /* what the kernel calls itself */
	{ "load", 1, run_load },     /* MODULE, with all it depends on */
	{ "insert", 1, run_insert }, /* FILE of a module */
	{ "remove", 1, run_remove }, /* MODULE */
	{ "write", 2, run_write },   /* FILE TEXT */
	{ "read", 1, run_read },     /* FILE */
	{ "run", 2, run_run },	     /* SECONDS COMMAND, by /bin/sh */
	{ "off", 0, run_off },	     { NULL },
};
