// SPDX-License-Identifier: GPL-2.0
/*
 * The two sides of tests/vm/updates/eventfd-short-read.diff.
 *
 *	eventfd_read which          prints "old" or "new": how read() refuses a buffer of four bytes
 *	eventfd_read sleep FIFO     a child sleeps in read(), hence inside eventfd_read() in the kernel, until something
 *	                            is written to FIFO; prints the child's pid once it sleeps, "woken" at the end
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int which(void)
{
	char four[4];
	int fd = eventfd(1, 0);

	if (fd < 0 || read(fd, four, sizeof(four)) >= 0)
		return 2;
	puts(errno == EINVAL ? "old" : errno == EMSGSIZE ? "new" : strerror(errno));
	return 0;
}

/* Whether the process sleeps: its state in /proc/PID/stat, after the command's name. */
static int is_asleep(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	char *state = strrchr(line, ')');

	return state && state[2] == 'S';
}

static int sleep_inside(const char *fifo)
{
	uint64_t count = 1;
	int fd = eventfd(0, 0), status, gate;
	char byte;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NAME, "sleeper");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(read(fd, &count, sizeof(count)) == sizeof(count) && count == 7 ? 0 : 1);
	}
	for (int i = 0; i < 500 && !is_asleep(child); i++)
		usleep(10000);
	printf("%d\n", child);
	fflush(stdout);

	gate = open(fifo, O_RDONLY);
	if (gate < 0 || read(gate, &byte, 1) != 1)
		return 2;
	count = 7;
	if (write(fd, &count, sizeof(count)) != sizeof(count) || waitpid(child, &status, 0) != child || status)
		return 1;
	puts("woken");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "which") == 0)
		return which();
	if (argc == 3 && strcmp(argv[1], "sleep") == 0)
		return sleep_inside(argv[2]);
	return 2;
}
