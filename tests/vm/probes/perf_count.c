// SPDX-License-Identifier: GPL-2.0
/*
 * Counts a trace event through perf_event_open(), as `perf stat -e probes:NAME` does: perf_count ID CALLS
 * Calls ioctl(SIOCATMARK) on a datagram socket CALLS times and prints how often the event came.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	uint64_t count = 0;
	int pair[2], mark, fd;

	if (argc != 3)
		return 2;
	attr.config = strtoull(argv[1], NULL, 10);
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) {
		fprintf(stderr, "cannot count event %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (int i = atoi(argv[2]); i > 0; i--)
		(void)ioctl(pair[0], SIOCATMARK, &mark);
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return 1;
	printf("%llu\n", (unsigned long long)count);
	return 0;
}
