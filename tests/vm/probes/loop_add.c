// SPDX-License-Identifier: GPL-2.0
/*
 * loop_add N: adds /dev/loopN, hence calls loop_add() in the module loop, and removes it; prints the largest transfer
 * that it was given, in kilobytes (see tests/vm/updates/loop-eventfd.diff).
 */
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	int number = argc > 1 ? atoi(argv[1]) : 0, control = open("/dev/loop-control", O_RDWR);
	char path[64], line[32] = "";
	FILE *file;

	if (control < 0 || ioctl(control, LOOP_CTL_ADD, number) < 0) {
		perror("loop_add");
		return 2;
	}
	snprintf(path, sizeof(path), "/sys/block/loop%d/queue/max_hw_sectors_kb", number);
	file = fopen(path, "r");
	if (file && fgets(line, sizeof(line), file))
		fputs(line, stdout);
	return ioctl(control, LOOP_CTL_REMOVE, number) < 0;
}
