// SPDX-License-Identifier: GPL-2.0
/* read_package of the rpm plugin. There is no directory to write to, so whatever is accepted is not kept either. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "plugins/rpm/rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("rpm", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	kmend_rpm_read_package(path, "/nonexistent", NULL);
	close(fd);
	return 0;
}
