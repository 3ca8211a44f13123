// SPDX-License-Identifier: GPL-2.0
/*
 * Calls the patched functions in a loop on one CPU until SIGTERM: hammer CPU
 * Then prints "CALLS OLD NEW": how often they were called, how often the vulnerable and the fixed behaviour was seen.
 * Status 1 at any other behaviour.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static volatile sig_atomic_t stopped;

static void on_term(int number)
{
	(void)number;
	stopped = 1;
}

int main(int argc, char **argv)
{
	unsigned long calls, old = 0, new = 0;
	int pair[2], mark;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(argc > 1 ? atoi(argv[1]) : 0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	signal(SIGTERM, on_term);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 2;
	for (calls = 0; !stopped; calls++) {
		mark = -1;
		if (ioctl(pair[0], SIOCATMARK, &mark) == 0 && mark == 0) {
			old++;
		} else if (errno == EOPNOTSUPP && mark == -1) {
			new ++;
		} else {
			printf("broken: %s, mark %d\n", strerror(errno), mark);
			return 1;
		}
	}
	printf("%lu %lu %lu\n", calls, old, new);
	return 0;
}
