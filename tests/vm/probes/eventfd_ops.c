// SPDX-License-Identifier: GPL-2.0
/*
 * The user of tests/vm/updates/escapes.diff: eventfd_ops FIFO has eventfd_read() start its timer and its work item and give
 * the file its operations, then reads from FIFO, calls the operations by poll(), and closes the file. Prints "started", and
 * at last what poll() gave.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = eventfd(1, 0), gate;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char byte, four[4];

	if (argc != 2 || fd < 0 || read(fd, four, sizeof(four)) >= 0)
		return 2;
	puts("started");
	fflush(stdout);
	gate = open(argv[1], O_RDONLY);
	if (gate < 0 || read(gate, &byte, 1) < 0)
		return 2;
	poll(&wait, 1, 0);
	puts(wait.revents & POLLERR ? "new" : "old");
	return close(fd);
}
