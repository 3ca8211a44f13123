// SPDX-License-Identifier: GPL-2.0
/*
 * Run a fuzz target over every file of the given directories, and over each file cut off and with bytes altered: a
 * small, repeatable stand-in for libFuzzer, which the same target can be linked with (see meson.build).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define MUTATIONS 400
#define LIMIT (4 << 20)

static size_t runs;

/* A copy of exactly that size, so that a sanitizer sees reads beyond the end. */
static void run(const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void mutate(unsigned char *data, size_t size)
{
	uint32_t state = 2463534242u; /* xorshift32 (Marsaglia 2003): the same sequence on every run */

	for (int i = 0; i < MUTATIONS && size; i++) {
		unsigned char kept[4];
		size_t place[4];
		int count;

		state ^= state << 13, state ^= state >> 17, state ^= state << 5;
		count = 1 + state % 4;
		for (int j = 0; j < count; j++) {
			state ^= state << 13, state ^= state >> 17, state ^= state << 5;
			place[j] = state % size;
			kept[j] = data[place[j]];
			data[place[j]] = state >> 20;
		}
		run(data, i % 4 ? size : state % size);
		while (count--)
			data[place[count]] = kept[count];
	}
}

static int replay(const char *path)
{
	unsigned char *data = malloc(LIMIT);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!data || !file) {
		perror(path);
		free(data);
		return 1;
	}
	size = fread(data, 1, LIMIT, file);
	fclose(file);
	run(data, size);
	mutate(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0, files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);
		struct dirent *entry;

		if (!directory) {
			files++;
			failed |= replay(argv[i]);
			continue;
		}
		while ((entry = readdir(directory))) {
			char path[4096];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			files++;
			failed |= replay(path);
		}
		closedir(directory);
	}
	printf("1..1\n%s 1 - %zu runs over %d files\n", failed || !files ? "not ok" : "ok", runs, files);
	return failed || !files;
}
