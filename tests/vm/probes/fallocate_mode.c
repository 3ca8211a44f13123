// SPDX-License-Identifier: GPL-2.0
/*
 * fallocate_mode FILE: prints how fallocate() refuses a mode that ext4 does not know (see
 * tests/vm/updates/ext4-fallocate-mode.diff), having allocated something in a mode that it does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;

	if (fd < 0 || fallocate(fd, 0, 0, 8192)) {
		perror("fallocate");
		return 2;
	}
	if (!fallocate(fd, FALLOC_FL_UNSHARE_RANGE, 0, 4096))
		return 2;
	puts(errno == EOPNOTSUPP ? "old" : errno == EINVAL ? "new" : strerror(errno));
	return 0;
}
