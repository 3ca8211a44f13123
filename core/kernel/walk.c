// SPDX-License-Identifier: GPL-2.0
/* A dry run of kbuild through all directories. */
#include "walk.h"

#include <errno.h>
#include <string.h>

#include "../base/file.h"

#define WALK_LIMIT (256 << 20)
#define FORMAT "kmend-walk 1\n"

/*
 * Read by make behind scripts/Makefile.build: says what each directory is made of, and has the recipes of compiling say
 * their commands, expanded as for the object in question. Every object counts as out of date.
 */
static const char query[] = "$(foreach t,$(real-obj-y) $(lib-y) $(real-obj-m),$(info @kmend@ real $t))\n"
			    "$(info @kmend@ at $(obj))\n"
			    "$(foreach d,$(subdir-ym),$(info @kmend@ sub $d))\n"
			    "if-changed-cond = y\n"
			    "kmend-command = $(subst $(pound),$$(pound),$(subst $$,$$$$,$(cmd_$(1))))\n"
			    "rule_cc_o_c = $(info @kmend@ unit $@ $< $(call kmend-command,cc_o_c))@:\n"
			    "rule_as_o_S = $(info @kmend@ unit $@ $< $(call kmend-command,as_o_S))@:\n";

void kmend_walk_free(struct kmend_walk *walk)
{
	if (!walk)
		return;
	for (size_t i = 0; i < walk->count; i++) {
		free(walk->units[i].object);
		free(walk->units[i].source);
		free(walk->units[i].command);
	}
	free(walk->units);
	free(walk);
}

static int compare_units(const void *a, const void *b)
{
	const struct kmend_walk_unit *x = a, *y = b;

	return strcmp(x->source, y->source);
}

const struct kmend_walk_unit *kmend_walk_find(const struct kmend_walk *walk, const char *source)
{
	struct kmend_walk_unit key = { .source = (char *)source };

	return walk->count ? bsearch(&key, walk->units, walk->count, sizeof(key), compare_units) : NULL;
}

int kmend_walk_command(const struct kmend_walk_unit *unit, struct kmend_unit_command **ret_command,
		       struct kmend_error *error)
{
	_cleanup_free_ char *text = kmend_format("cmd_%s := %s\n", unit->object, unit->command);

	return kmend_unit_command_parse(text, unit->source, ret_command, error);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_name(const struct kmend_strv *sorted, const char *name)
{
	return sorted->count && bsearch(&name, sorted->items, sorted->count, sizeof(name), compare_names);
}

static const char *plain(const char *name)
{
	return kmend_starts_with(name, "./") ? name + 2 : name;
}

static void read_unit(char *line, const char *source, struct kmend_walk *walk)
{
	char *object = strsep(&line, " "), *name = line ? strsep(&line, " ") : NULL;
	size_t length = strlen(source);
	struct kmend_walk_unit *unit;

	if (!line)
		return;
	unit = kmend_array_add(walk->units, walk->count);
	unit->object = kmend_strdup(plain(object));
	unit->is_generated = !(!strncmp(name, source, length) && name[length] == '/');
	unit->source = kmend_strdup(unit->is_generated ? plain(name) : name + length + 1);
	unit->command = kmend_strdup(line + strspn(line, " "));
}

/* Each source once: a file that is two objects is compiled by the first command. */
static void sort_units(struct kmend_walk *walk, const struct kmend_strv *real)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->count; i++)
		walk->units[i].is_kernel = has_name(real, walk->units[i].object);
	if (walk->count)
		qsort(walk->units, walk->count, sizeof(*walk->units), compare_units);
	for (size_t i = 0; i < walk->count; i++) {
		struct kmend_walk_unit *last = kept ? &walk->units[kept - 1] : NULL;
		struct kmend_walk_unit unit = walk->units[i];

		if (!last || strcmp(last->source, unit.source)) {
			walk->units[kept++] = unit;
			continue;
		}
		if (unit.is_kernel && !last->is_kernel) {
			unit = *last;
			*last = walk->units[i];
		}
		free(unit.object);
		free(unit.source);
		free(unit.command);
	}
	walk->count = kept;
}

/*
 * Did make, or one that it called, not come to its end? A directory's makefile says at once what is in it, and the units one by
 * one later. That there is no rule for something is no such end: the others are gone through nevertheless.
 */
static bool was_cut_short(const char *line)
{
	static const char *const words[] = { "virtual memory exhausted", "fork: ", "write error" };
	size_t length = strcspn(line, "\n");
	_cleanup_free_ char *text = NULL;
	const char *stars;

	if (strncmp(line, "make", 4))
		return false;
	text = kmend_strndup(line, length);
	stars = strstr(text, ": *** [");
	/* "make[2]: *** [Makefile:500: net] Killed" instead of "… Error 2" */
	if (stars && !strstr(stars, "] Error "))
		return true;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

int kmend_walk_read_output(const char *output, const char *source, struct kmend_walk **ret_walk)
{
	_cleanup_walk_ struct kmend_walk *walk = kmend_calloc(1, sizeof(*walk));
	_cleanup_strv_ struct kmend_strv real = { 0 }, at = { 0 }, sub = { 0 };

	for (const char *line = output; line && *line; line = strchrnul(line, '\n'), line += *line == '\n') {
		_cleanup_free_ char *text = NULL;
		const char *begin = line;

		if (was_cut_short(begin))
			return -EIO;
		if (!kmend_starts_with(begin, "@kmend@ "))
			continue;
		begin += strlen("@kmend@ ");
		text = kmend_strndup(begin, strcspn(begin, "\n"));
		if (kmend_starts_with(text, "real "))
			kmend_strv_add(&real, plain(text + 5));
		else if (kmend_starts_with(text, "at "))
			kmend_strv_add(&at, plain(text + 3));
		else if (kmend_starts_with(text, "sub "))
			kmend_strv_add(&sub, plain(text + 4));
		else if (kmend_starts_with(text, "unit "))
			read_unit(text + 5, source, walk);
	}
	kmend_strv_sort(&real);
	kmend_strv_sort(&at);
	/* Silence would mean "not built": every directory that a makefile descends into must have been read. */
	for (size_t i = 0; i < sub.count; i++)
		if (!has_name(&at, sub.items[i]))
			return -EIO;
	if (!has_name(&at, "."))
		return -EIO;
	sort_units(walk, &real);
	*ret_walk = kmend_steal(walk);
	return 0;
}

/* Commands have much in common: of each only what differs from the one before is written, behind how much is the same. */
void kmend_walk_write(const struct kmend_walk *walk, struct kmend_buffer *text)
{
	const char *last = "";

	kmend_buffer_addf(text, FORMAT);
	for (size_t i = 0; i < walk->count; i++) {
		const struct kmend_walk_unit *unit = &walk->units[i];
		size_t same = 0;

		while (last[same] && last[same] == unit->command[same])
			same++;
		kmend_buffer_addf(text, "%c%c %s %s %zu %s\n", unit->is_kernel ? 'k' : '-',
				  unit->is_generated ? 'g' : '-', unit->object, unit->source, same,
				  unit->command + same);
		last = unit->command;
	}
	kmend_buffer_addf(text, "end\n");
}

static int parse_line(char *line, struct kmend_walk *walk)
{
	char *flags = strsep(&line, " "), *object = strsep(&line, " "), *source = strsep(&line, " "),
	     *number = strsep(&line, " "), *end;
	const char *last = walk->count ? walk->units[walk->count - 1].command : "";
	struct kmend_walk_unit *unit;
	unsigned long same;

	if (!line || strlen(flags) != 2 || !*object || !*source || !*number)
		return -EINVAL;
	same = strtoul(number, &end, 10);
	if (*end || number[0] == '-' || same > strlen(last))
		return -EINVAL;
	unit = kmend_array_add(walk->units, walk->count);
	/* The array may have moved, its strings have not. */
	unit->command = kmend_format("%.*s%s", (int)same, last, line);
	unit->object = kmend_strdup(object);
	unit->source = kmend_strdup(source);
	unit->is_kernel = flags[0] == 'k';
	unit->is_generated = flags[1] == 'g';
	return walk->count > 1 && compare_units(unit - 1, unit) >= 0 ? -EINVAL : 0;
}

int kmend_walk_parse(const char *text, size_t size, struct kmend_walk **ret_walk)
{
	_cleanup_walk_ struct kmend_walk *walk = kmend_calloc(1, sizeof(*walk));
	_cleanup_free_ char *copy = kmend_strndup(text, size);
	char *rest = copy, *line = strsep(&rest, "\n");

	if (strlen(copy) + strlen(FORMAT) < strlen(FORMAT) || !line || strcmp(line, "kmend-walk 1"))
		return -EINVAL;
	while ((line = strsep(&rest, "\n"))) {
		if (!strcmp(line, "end")) {
			*ret_walk = kmend_steal(walk);
			return 0;
		}
		if (parse_line(line, walk))
			return -EINVAL;
	}
	return -EINVAL;
}

/* Generated sources, and others that lie beside them in the build tree, are made with their objects, by kbuild. */
static int make_generated(const struct kmend_tree *tree, const struct kmend_walk *walk, unsigned int jobs,
			  struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv goals = { 0 };
	int code;

	kmend_strv_add(&goals, "--keep-going");
	for (size_t i = 0; i < walk->count; i++) {
		_cleanup_free_ char *path = kmend_path(tree->build, walk->units[i].source);

		if (walk->units[i].is_generated && walk->units[i].is_kernel && !kmend_file_exists(path))
			kmend_strv_add(&goals, walk->units[i].object);
	}
	if (goals.count == 1)
		return 0;
	code = kmend_kbuild_run(tree, (const char *const *)goals.items, jobs, progress, "making generated sources",
				NULL, error);
	/* What cannot be made is missed where it is needed. */
	return code < 0 ? code : 0;
}

static int ask(const struct kmend_tree *tree, struct kmend_progress *progress, struct kmend_walk **ret_walk,
	       struct kmend_error *error)
{
	_cleanup_free_ char *file = kmend_path(tree->directory, "walk.mk");
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_strv_ struct kmend_strv words = { 0 };
	int code = kmend_file_write_atomic(file, query, strlen(query), 0644, error);

	if (code)
		return code;
	kmend_strv_add(&words, "--dry-run");
	kmend_strv_add(&words, "--keep-going");
	/* See ask_make() in kbuild.c. */
	kmend_strv_addf(
		&words,
		"build=-f $(srctree)/$(if $(clean),scripts/Makefile.build -f %s,tools/build/Makefile.build dir=.) obj",
		file);
	/* Modules' objects are wanted like vmlinux's; the goal is what all directories are gone through for. */
	kmend_strv_add(&words, "KBUILD_MODULES=1");
	kmend_strv_add(&words, "modules.order");
	code = kmend_kbuild_run(tree, (const char *const *)words.items, 1, progress,
				"asking kbuild for every unit, once per kernel (about a minute)", &output, error);
	if (code < 0)
		return code;
	kmend_buffer_add(&output, "", 0);
	code = kmend_walk_read_output(output.data, tree->source, ret_walk);
	if (code) {
		kmend_fail(error, KMEND_STATUS_FAILURE, code, "kbuild does not name the units of kernel %s",
			   tree->kernel->release);
		kmend_detail(error, output.size > 4000 ? output.data + output.size - 4000 : output.data);
	}
	return code;
}

static int walk_load(const char *path, struct kmend_walk **ret_walk)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int code = kmend_file_exists(path) ? kmend_file_read(path, WALK_LIMIT, &text, &size, NULL) : -ENOENT;

	return code ? code : kmend_walk_parse(text, size, ret_walk);
}

int kmend_walk_make(const struct kmend_tree *tree, unsigned int jobs, struct kmend_progress *progress,
		    struct kmend_walk **ret_walk, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(tree->directory, "walk");
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	_cleanup_buffer_ struct kmend_buffer written = { 0 };
	_cleanup_close_ int lock = -1;
	int code;

	/* It is put in place whole: who finds it need not wait for another kmend that compiles in this tree. */
	if (!walk_load(path, ret_walk))
		return 0;
	code = kmend_tree_lock(tree, &lock, error);
	if (code || !walk_load(path, ret_walk))
		return code;
	code = ask(tree, progress, &walk, error);
	if (!code)
		code = make_generated(tree, walk, jobs, progress, error);
	if (code)
		return code;
	kmend_walk_write(walk, &written);
	code = kmend_file_write_atomic(path, written.data, written.size, 0644, error);
	if (!code)
		*ret_walk = kmend_steal(walk);
	return code;
}
