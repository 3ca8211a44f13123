// SPDX-License-Identifier: GPL-2.0
/*
 * What one call of the patched function costs: call_cost prints the nanoseconds of one ioctl(SIOCOUTQ) on an AF_UNIX
 * datagram socket, with three decimals. unix_ioctl() answers it by code that the update leaves as it was, so before
 * and after differ by the way in alone (and by how the compiler laid it out). Under -icount shift=0 a nanosecond is
 * an instruction. The least of many batches is taken: that one met no interrupt.
 */
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#define BATCHES 200
#define CALLS 500

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(void)
{
	long long least = -1, elapsed;
	int pair[2], queued;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 2;
	for (int batch = 0; batch < BATCHES; batch++) {
		elapsed = now();
		for (int call = 0; call < CALLS; call++)
			if (ioctl(pair[0], SIOCOUTQ, &queued) || queued)
				return 1;
		elapsed = now() - elapsed;
		if (least < 0 || elapsed < least)
			least = elapsed;
	}
	printf("%.3f\n", (double)least / CALLS);
	return 0;
}
