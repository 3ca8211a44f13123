// SPDX-License-Identifier: GPL-2.0
/*
 * Tells from user space, harmlessly, whether the kernel has CVE-2026-52928: prints "vulnerable" or "fixed".
 *
 * A datagram socket has no out-of-band mark; a fixed kernel answers ioctl(SIOCATMARK) on it with EOPNOTSUPP, a
 * vulnerable one looks for the mark. A stream socket must answer in both.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(void)
{
	int datagram[2], stream[2], mark = -1;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram) || socketpair(AF_UNIX, SOCK_STREAM, 0, stream)) {
		perror("socketpair");
		return 2;
	}
	if (ioctl(stream[0], SIOCATMARK, &mark) || mark) {
		printf("broken: a stream socket answers %d (%s)\n", mark, strerror(errno));
		return 2;
	}
	if (ioctl(datagram[0], SIOCATMARK, &mark) == 0) {
		puts("vulnerable");
		return 0;
	}
	if (errno == EOPNOTSUPP) {
		puts("fixed");
		return 0;
	}
	printf("broken: %s\n", strerror(errno));
	return 2;
}
