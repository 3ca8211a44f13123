// SPDX-License-Identifier: GPL-2.0
/*
 * As much of modprobe as a guest needs: the lists that depmod made, read as they are. Modules that are not in the guest
 * are left out: the loader then says whether they were needed.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DEPENDENCIES_MAX 128
#define INIT_COMPRESSED_FILE 4 /* MODULE_INIT_COMPRESSED_FILE of <linux/module.h> */

static void list_path(char *path, size_t room, const char *name)
{
	struct utsname kernel;

	uname(&kernel);
	snprintf(path, room, "/lib/modules/%s/%s", kernel.release, name);
}

int insert_module(const char *path)
{
	size_t length = strlen(path);
	int flags = length > 3 && strcmp(path + length - 3, ".ko") ? INIT_COMPRESSED_FILE : 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), code = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", flags) && errno != EEXIST)
		code = -errno;
	close(fd);
	return code;
}

/* Is this the file of the module? Hyphens and underscores are the same in a module's name. */
static bool is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (; *name; base++, name++)
		if (*base != *name && !(strchr("-_", *base) && *base && strchr("-_", *name)))
			return false;
	return !strncmp(base, ".ko", 3);
}

/* One line of modules.dep: "MODULE: DEPENDENCY...", the last one is to be loaded first. */
static int load_line(char *line)
{
	const char *files[DEPENDENCIES_MAX];
	char path[512];
	int count = 0, code = 0;

	for (char *word = strtok(line, ": \n"); word && count < DEPENDENCIES_MAX; word = strtok(NULL, " \n"))
		files[count++] = word;
	while (count-- > 0) {
		list_path(path, sizeof(path), files[count]);
		code = insert_module(path);
		if (code && (count == 0 || code != -ENOENT))
			return code;
	}
	return code;
}

static int load_by_name(const char *name)
{
	char path[512], *line = NULL;
	size_t room = 0;
	int code = -ENOENT;
	FILE *list;

	list_path(path, sizeof(path), "modules.dep");
	list = fopen(path, "re");
	while (list && getline(&line, &room, list) > 0) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (!is_module(line, name))
			continue;
		*colon = ':';
		code = load_line(line);
		break;
	}
	if (list)
		fclose(list);
	free(line);
	return code;
}

/* "alias PATTERN MODULE": several may fit; one that loads is enough. */
static int load_by_alias(const char *alias)
{
	char path[512], pattern[512], module[256], line[1024];
	int code = -ENOENT;
	FILE *list;

	list_path(path, sizeof(path), "modules.alias");
	list = fopen(path, "re");
	while (list && code && fgets(line, sizeof(line), list)) {
		if (sscanf(line, "alias %511s %255s", pattern, module) == 2 && !fnmatch(pattern, alias, 0))
			code = load_by_name(module);
	}
	if (list)
		fclose(list);
	return code;
}

int load_module(const char *wanted)
{
	int code = load_by_name(wanted);

	return code == -ENOENT ? load_by_alias(wanted) : code;
}
