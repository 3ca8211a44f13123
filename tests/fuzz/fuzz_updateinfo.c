// SPDX-License-Identifier: GPL-2.0
/* updateinfo.xml, as libsolv reads it and we take it from there. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "plugins/rpm/updateinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	int fd = memfd_create("updateinfo.xml", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!kmend_updateinfo_read(path, &errata, NULL))
		free(kmend_errata_format(&errata));
	close(fd);
	return 0;
}
