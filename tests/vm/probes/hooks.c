// SPDX-License-Identifier: GPL-2.0
/*
 * Tells from user space whether the updates of docs/hooks are in force.
 *
 *   hooks writes          writes three times to an eventfd: prints what fdinfo tells of it, or "untold"
 *   hooks writes GATE     the same with one that is there before the update: written to once, then GATE (a fifo) is read;
 *                         prints what is told, before and after one more write, in one line
 *   hooks splice          splices a page of /dev/zero into a pipe: prints the bytes, or "refused"
 *   hooks peek            sets a peek offset of -5: prints "accepted" or "refused"
 *   hooks peek GATE       the same, then reads GATE and prints the offset that the socket has
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif

static int die(const char *what)
{
	perror(what);
	exit(2);
}

/* Say that all is set up, and wait to be let on. */
static void wait_at(const char *gate)
{
	char byte;
	int file;

	puts("ready");
	fflush(stdout);
	file = open(gate, O_RDONLY);
	if (file < 0 || read(file, &byte, 1) != 1)
		die(gate);
	close(file);
}

static void write_once(int events)
{
	uint64_t one = 1;

	if (write(events, &one, sizeof(one)) != sizeof(one))
		die("write");
}

/* The number of writes in fdinfo; "untold" where the kernel does not tell. */
static void print_writes(int events, char end)
{
	char path[64], line[256];
	unsigned long long writes = 0;
	int is_told = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", events);
	file = fopen(path, "r");
	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file))
		is_told |= sscanf(line, "eventfd-writes: %llu", &writes) == 1;
	fclose(file);
	if (is_told)
		printf("%llu%c", writes, end);
	else
		printf("untold%c", end);
}

static int writes(const char *gate)
{
	int events = eventfd(0, 0);

	if (events < 0)
		die("eventfd");
	write_once(events);
	if (gate) {
		wait_at(gate);
		print_writes(events, ' ');
	} else {
		write_once(events);
	}
	write_once(events);
	print_writes(events, '\n');
	return 0;
}

static int splice_zero(void)
{
	int ends[2], zero = open("/dev/zero", O_RDONLY);
	char page[4096];
	ssize_t size;

	if (zero < 0 || pipe(ends))
		die("/dev/zero");
	size = splice(zero, NULL, ends[1], NULL, sizeof(page), 0);
	if (size < 0 && errno == EINVAL) {
		puts("refused");
		return 0;
	}
	memset(page, 1, sizeof(page));
	if (size <= 0 || read(ends[0], page, sizeof(page)) != size)
		die("splice");
	for (ssize_t i = 0; i < size; i++) {
		if (page[i])
			die("zeroes");
	}
	printf("%zd\n", size);
	return 0;
}

static int peek(const char *gate)
{
	int sockets[2], offset = -5;
	socklen_t size = sizeof(offset);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		die("socketpair");
	if (setsockopt(sockets[0], SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof(offset))) {
		puts(errno == EINVAL ? "refused" : strerror(errno));
		return 0;
	}
	if (!gate) {
		puts("accepted");
		return 0;
	}
	wait_at(gate);
	if (getsockopt(sockets[0], SOL_SOCKET, SO_PEEK_OFF, &offset, &size))
		die("getsockopt");
	printf("%d\n", offset);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *gate = argc > 2 ? argv[2] : NULL;

	if (!strcmp(what, "writes"))
		return writes(gate);
	if (!strcmp(what, "splice"))
		return splice_zero();
	if (!strcmp(what, "peek"))
		return peek(gate);
	fprintf(stderr, "usage: hooks writes|splice|peek [GATE]\n");
	return 2;
}
