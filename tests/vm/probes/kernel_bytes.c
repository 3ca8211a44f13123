// SPDX-License-Identifier: GPL-2.0
/*
 * Prints bytes of the running kernel in hexadecimal, read through /proc/kcore: kernel_bytes SYMBOL COUNT
 * So a test sees what is in memory without asking kmend. The name must be unique in /proc/kallsyms.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t find(const char *symbol)
{
	char line[512], name[256], type;
	unsigned long long address;
	uint64_t found = 0;
	FILE *file = fopen("/proc/kallsyms", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %c %255s", &address, &type, name) != 3 || strcmp(name, symbol) != 0 ||
		    strchr(line, '['))
			continue;
		if (found) {
			fprintf(stderr, "%s is not unique\n", symbol);
			return 0;
		}
		found = address;
	}
	if (file)
		fclose(file);
	return found;
}

int main(int argc, char **argv)
{
	unsigned char bytes[4096];
	size_t count = argc == 3 ? strtoul(argv[2], NULL, 0) : 0;
	Elf64_Ehdr head;
	Elf64_Phdr part;
	uint64_t address;
	int fd;

	if (count == 0 || count > sizeof(bytes))
		return 2;
	address = find(argv[1]);
	fd = open("/proc/kcore", O_RDONLY);
	if (!address || fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head))
		return 1;
	for (int i = 0; i < head.e_phnum; i++) {
		off_t at = (off_t)(head.e_phoff + (uint64_t)i * head.e_phentsize);

		if (pread(fd, &part, sizeof(part), at) != sizeof(part))
			return 1;
		if (part.p_type != PT_LOAD || address < part.p_vaddr || address + count > part.p_vaddr + part.p_memsz)
			continue;
		if (pread(fd, bytes, count, (off_t)(part.p_offset + address - part.p_vaddr)) != (ssize_t)count)
			return 1;
		for (size_t b = 0; b < count; b++)
			printf("%02x", bytes[b]);
		putchar('\n');
		return 0;
	}
	return 1;
}
