// SPDX-License-Identifier: GPL-2.0
#include "buildsystem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "classify.h"
#include "config.h"
#include "kbuild.h"
#include "overlay.h"

#define CONFIG_LIMIT (4 << 20)

/* Read by every directory's make, or by none: what they say cannot be tried directory by directory. */
static const char *const everywhere[] = { "Makefile", "Kbuild", "arch/x86/Makefile", "arch/x86/Makefile.um",
					  "arch/x86/Makefile_32.cpu" };

/*
 * Read by make behind scripts/Makefile.build. In scripts/kconfig the goal is another one: the configuration is brought up to
 * date with the Kconfig files of the overlay. Elsewhere every object counts as out of date, what makes what is said, and which
 * makefiles were read.
 */
static const char query[] =
	"ifeq ($(obj),scripts/kconfig)\n"
	"olddefconfig: $(obj)/conf\n"
	"	cd $(KMEND_OVERLAY) && srctree=$(KMEND_OVERLAY) $(abspath $<) --olddefconfig Kconfig\n"
	"endif\n"
	"ifdef KMEND_LISTS\n"
	"if-changed-cond = y\n"
	"$(foreach f,$(MAKEFILE_LIST),$(info @kmend@ read $f))\n"
	"$(info @kmend@ lists $(obj): $(obj-y) / $(obj-m) / $(lib-y) / $(extra-y) / $(always-y))\n"
	"$(foreach m,$(multi-obj-ym),$(info @kmend@ made $m: $($(m:.o=-objs)) $($(m:.o=-y)) $($(m:.o=-m))))\n"
	"endif\n";

/* Takes the text. */
static void add_reason(struct kmend_change_set *set, const char *path, char *text)
{
	_cleanup_free_ char *owned = text;

	kmend_reason_about(kmend_reason_add(&set->reasons, &set->nr_reasons, "build-system", owned, ""), path, NULL, 0);
}

static bool is_kconfig(const char *path)
{
	const char *slash = strrchr(path, '/');

	return kmend_starts_with(slash ? slash + 1 : path, "Kconfig");
}

static bool is_makefile(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return (kmend_starts_with(name, "Makefile") || kmend_starts_with(name, "Kbuild")) &&
	       !kmend_starts_with(path, "scripts/") && !kmend_starts_with(path, "tools/");
}

static int write_query(const struct kmend_tree *tree, struct kmend_strv *words, struct kmend_error *error)
{
	_cleanup_free_ char *file = kmend_path(tree->directory, "buildsystem.mk");

	/* The tools' makefiles have a variable of the same name: see kbuild.c. */
	kmend_strv_addf(
		words,
		"build=-f $(srctree)/$(if $(clean),scripts/Makefile.build -f %s,tools/build/Makefile.build dir=.) obj",
		file);
	return kmend_file_write_atomic(file, query, strlen(query), 0644, error);
}

/* The first lines of a list, in one. */
static char *some_lines(const char *lines)
{
	struct kmend_buffer text = { 0 };
	size_t count = 0;

	kmend_buffer_add(&text, "", 0);
	for (; *lines && count < 6; count++) {
		size_t length = strcspn(lines, "\n");

		kmend_buffer_addf(&text, "%s%.*s", count ? ", " : "", (int)length, lines);
		lines += length + (lines[length] != '\0');
	}
	kmend_buffer_addf(&text, *lines ? ", …" : "");
	return text.data;
}

static int judge_kconfig(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path,
			 struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_free_ char *config = kmend_format("%s-config", set->overlay), *pre = NULL, *post = NULL, *told = NULL;
	_cleanup_free_ char *there = kmend_path(tree->build, ".config"), *old = kmend_format("%s.old", config);
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_strv_ struct kmend_strv words = { 0 };
	struct kmend_error difference = { 0 };
	int code = write_query(tree, &words, error);

	if (!code)
		code = kmend_file_copy(there, config, 0644, error);
	if (code)
		return code;
	kmend_strv_addf(&words, "KCONFIG_CONFIG=%s", config);
	kmend_strv_addf(&words, "KMEND_OVERLAY=%s", set->overlay);
	kmend_strv_add(&words, "olddefconfig");
	code = kmend_kbuild_run(tree, (const char *const *)words.items, 1, progress,
				"configuring with the amended Kconfig", &output, error);
	if (code > 0) {
		code = kmend_fail(error, KMEND_STATUS_BUILD_FAILED, -EINVAL,
				  "the amended Kconfig files cannot be read");
		kmend_detail(error, output.size > 4000 ? output.data + output.size - 4000 : output.data);
		return code;
	}
	if (!code)
		code = kmend_file_read(there, CONFIG_LIMIT, &pre, NULL, error);
	if (!code)
		code = kmend_file_read(config, CONFIG_LIMIT, &post, NULL, error);
	unlink(config);
	unlink(old);
	if (code || !kmend_config_compare(pre, post, &difference)) {
		if (!code)
			kmend_strv_addf(&set->ignored, "%s: the kernel's configuration stays the same", path);
		return code;
	}
	told = some_lines(difference.detail);
	add_reason(set, path,
		   kmend_format("%s: the kernel would be configured otherwise (- as it is, + with the diff): %s", path,
				told));
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sorted_lines(const char *text, const char *source, const char *overlay, struct kmend_strv *ret_lines)
{
	struct kmend_strv lines = { 0 };
	char **items = NULL;
	size_t count = 0, length = strlen(overlay);

	while (*text) {
		size_t size = strcspn(text, "\n");
		_cleanup_buffer_ struct kmend_buffer line = { 0 };

		kmend_buffer_add(&line, "", 0);
		for (size_t i = 0; i < size;) {
			if (!strncmp(text + i, overlay, length)) {
				kmend_buffer_addf(&line, "%s", source);
				i += length;
			} else {
				kmend_buffer_add(&line, text + i++, 1);
			}
		}
		*kmend_array_add(items, count) = kmend_strdup(line.data);
		text += size + (text[size] != '\0');
	}
	if (count)
		qsort(items, count, sizeof(*items), compare_lines);
	lines.items = items;
	lines.count = count;
	*ret_lines = lines;
}

char *kmend_buildsystem_difference(const char *pre, const char *post, const char *source, const char *overlay)
{
	struct kmend_strv a = { 0 }, b = { 0 };
	char *difference = NULL;

	sorted_lines(pre, source, overlay, &a);
	sorted_lines(post, source, overlay, &b);
	for (size_t i = 0, j = 0; !difference && (i < a.count || j < b.count);) {
		int order = i == a.count ? 1 : j == b.count ? -1 : strcmp(a.items[i], b.items[j]);

		if (order)
			difference =
				kmend_format("%c %.200s", order < 0 ? '-' : '+', order < 0 ? a.items[i] : b.items[j]);
		i++;
		j++;
	}
	for (size_t i = 0; i < a.count; i++)
		free(a.items[i]);
	for (size_t i = 0; i < b.count; i++)
		free(b.items[i]);
	free(a.items);
	free(b.items);
	return difference;
}

/* Was the overlay's text of the file among the makefiles that make says it read? */
static bool was_read(const char *output, const char *path)
{
	struct stat wanted, status;

	if (stat(path, &wanted) < 0)
		return false;
	while ((output = strstr(output, "@kmend@ read "))) {
		_cleanup_free_ char *name = NULL;

		output += strlen("@kmend@ read ");
		name = kmend_strndup(output, strcspn(output, "\n"));
		if (!stat(name, &status) && status.st_dev == wanted.st_dev && status.st_ino == wanted.st_ino)
			return true;
	}
	return false;
}

/* What kbuild would do in the directory, all of it, without the lines that say which files were read. */
static int ask(const struct kmend_tree *tree, const char *source, const char *directory, struct kmend_buffer *output,
	       struct kmend_progress *progress, struct kmend_error *error)
{
	struct kmend_tree other = *tree;
	_cleanup_strv_ struct kmend_strv words = { 0 };
	int code = write_query(tree, &words, error);

	if (code)
		return code;
	other.source = (char *)source;
	kmend_strv_add(&words, "--dry-run");
	kmend_strv_add(&words, "--keep-going");
	kmend_strv_add(&words, "KMEND_LISTS=1");
	kmend_strv_add(&words, "KBUILD_MODULES=1");
	kmend_strv_addf(&words, "%s/", directory);
	code = kmend_kbuild_run(&other, (const char *const *)words.items, 1, progress,
				"asking kbuild what the makefile changes", output, error);
	kmend_buffer_add(output, "", 0);
	return code < 0 ? code : 0;
}

static void drop_read(struct kmend_buffer *output)
{
	char *to = output->data;

	for (const char *line = output->data; *line;) {
		size_t size = strcspn(line, "\n"), whole = size + (line[size] != '\0');

		if (!kmend_starts_with(line, "@kmend@ read ")) {
			memmove(to, line, whole);
			to += whole;
		}
		line += whole;
	}
	*to = '\0';
}

static int judge_makefile(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path,
			  struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_free_ char *directory = kmend_strdup(path), *place = kmend_path(set->overlay, path),
			    *difference = NULL;
	_cleanup_free_ char *before = set->before && set->before->overlay ? kmend_strdup(set->before->overlay) : NULL;
	_cleanup_buffer_ struct kmend_buffer pre = { 0 }, post = { 0 };
	char *slash = strrchr(directory, '/');
	int code;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(everywhere); i++)
		if (!strcmp(path, everywhere[i]))
			slash = NULL;
	if (!slash) {
		add_reason(set, path, kmend_format("%s: every directory is built by what it says", path));
		return 0;
	}
	*slash = '\0';
	code = ask(tree, before ? before : tree->source, directory, &pre, progress, error);
	if (!code)
		code = ask(tree, set->overlay, directory, &post, progress, error);
	if (code)
		return code;
	if (!was_read(post.data, place)) {
		add_reason(set, path,
			   kmend_format("%s: kbuild does not read it for %s/, so its effect cannot be tried", path,
					directory));
		return 0;
	}
	drop_read(&pre);
	drop_read(&post);
	difference = kmend_buildsystem_difference(pre.data, post.data, before ? before : tree->source, set->overlay);
	if (difference)
		add_reason(set, path,
			   kmend_format("%s: kbuild would do something else in %s/ (- as it is, + with the diff): %s",
					path, directory, difference));
	else
		kmend_strv_addf(&set->ignored, "%s: kbuild would do the same with it", path);
	return 0;
}

int kmend_buildsystem_judge(const struct kmend_tree *tree, struct kmend_change_set *set,
			    struct kmend_progress *progress, struct kmend_error *error)
{
	bool is_configured = false;
	_cleanup_close_ int lock = -1;
	int code = set->build_system.count ? kmend_tree_lock(tree, &lock, error) : 0;

	for (size_t i = 0; !code && i < set->build_system.count; i++) {
		const char *path = set->build_system.items[i];

		if (is_kconfig(path) && is_configured)
			kmend_strv_addf(&set->ignored, "%s: told with the other Kconfig files", path);
		else if (is_kconfig(path))
			code = judge_kconfig(tree, set, path, progress, error);
		else if (is_makefile(path))
			code = judge_makefile(tree, set, path, progress, error);
		else
			kmend_classify_reason(kmend_classify_path(path), path, &set->reasons, &set->nr_reasons);
		is_configured |= is_kconfig(path);
	}
	return code;
}
