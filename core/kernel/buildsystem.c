// SPDX-License-Identifier: GPL-2.0
#include "buildsystem.h"

#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "classify.h"
#include "config.h"
#include "kbuild.h"

#define CONFIG_LIMIT (4 << 20)

/*
 * Read by make behind scripts/Makefile.build. In scripts/kconfig the goal is another one: the configuration is brought up to
 * date with the Kconfig files of the overlay.
 */
static const char query[] = "ifeq ($(obj),scripts/kconfig)\n"
			    "olddefconfig: $(obj)/conf\n"
			    "	srctree=$(KMEND_OVERLAY) $< --olddefconfig Kconfig\n"
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

/*
 * In a build directory of its own: whatever make finds out of date there, nothing of the tree's is written to, and nothing
 * through the overlay's links.
 */
static int configure(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *directory,
		     struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_free_ char *from = kmend_path(tree->build, ".config"), *to = kmend_path(directory, ".config");
	_cleanup_free_ char *file = kmend_path(directory, "query.mk");
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_strv_ struct kmend_strv words = { 0 };
	struct kmend_tree other = *tree;
	int code = kmend_mkdir_parents(directory, 0755, error);

	if (!code)
		code = kmend_file_copy(from, to, 0644, error);
	if (!code)
		code = kmend_file_write_atomic(file, query, strlen(query), 0644, error);
	if (code)
		return code;
	other.build = (char *)directory;
	kmend_strv_addf(&words, "build=-f $(srctree)/scripts/Makefile.build -f %s obj", file);
	kmend_strv_addf(&words, "KMEND_OVERLAY=%s", set->overlay);
	kmend_strv_add(&words, "olddefconfig");
	code = kmend_kbuild_run(&other, (const char *const *)words.items, 1, progress,
				"configuring with the amended Kconfig", &output, error);
	if (code > 0) {
		code = kmend_fail(error, KMEND_STATUS_BUILD_FAILED, -EINVAL,
				  "the amended Kconfig files cannot be read");
		kmend_detail(error, output.size > 4000 ? output.data + output.size - 4000 : output.data);
	}
	return code;
}

static int judge_kconfig(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path,
			 struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_free_ char *directory = kmend_format("%s-config", set->overlay), *pre = NULL, *post = NULL,
			    *told = NULL;
	_cleanup_free_ char *there = kmend_path(tree->build, ".config"), *here = kmend_path(directory, ".config");
	struct kmend_error difference = { 0 };
	int code = configure(tree, set, directory, progress, error);

	if (!code)
		code = kmend_file_read(there, CONFIG_LIMIT, &pre, NULL, error);
	if (!code)
		code = kmend_file_read(here, CONFIG_LIMIT, &post, NULL, error);
	kmend_remove_tree(directory, NULL);
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

/* Behind empty lines and remarks; but a remark that goes on behind a backslash takes the next line with it, so it counts. */
static const char *skip_remarks(const char *text)
{
	while (*text == '\n' || *text == '#') {
		size_t length = strcspn(text, "\n");

		if (length && text[length - 1] == '\\')
			break;
		text += length ? length : 1;
	}
	return text;
}

bool kmend_makefile_is_same(const char *pre, const char *post)
{
	while (true) {
		size_t a, b;

		pre = skip_remarks(pre);
		post = skip_remarks(post);
		a = strcspn(pre, "\n");
		b = strcspn(post, "\n");
		if (a != b || strncmp(pre, post, a) != 0)
			return false;
		if (!a)
			return !*pre && !*post;
		/* A line that goes on: what stands behind it belongs to it, whatever it looks like. */
		while (pre[a - 1] == '\\' && pre[a]) {
			size_t more = 1 + strcspn(pre + a + 1, "\n");

			if (strncmp(pre + a, post + a, more) != 0)
				return false;
			a += more;
		}
		if (pre[a] != post[a] && pre[a] && post[a])
			return false;
		pre += a;
		post += a;
	}
}

static int judge_makefile(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path,
			  struct kmend_error *error)
{
	const struct kmend_change_set *holder = kmend_change_set_holder(set->before, path);
	_cleanup_free_ char *from = kmend_path(holder ? holder->plain : tree->source, path), *pre = NULL, *post = NULL;
	_cleanup_free_ char *to = kmend_path(set->plain, path);
	int code = kmend_file_read(from, CONFIG_LIMIT, &pre, NULL, error);

	if (!code)
		code = kmend_file_read(to, CONFIG_LIMIT, &post, NULL, error);
	if (code)
		return code;
	if (kmend_makefile_is_same(pre, post))
		kmend_strv_addf(&set->ignored, "%s: only remarks change", path);
	else
		add_reason(set, path, kmend_format("%s: the makefile says how to build the kernel", path));
	return 0;
}

int kmend_buildsystem_judge(const struct kmend_tree *tree, struct kmend_change_set *set,
			    struct kmend_progress *progress, struct kmend_error *error)
{
	bool is_configured = false;
	int code = 0;

	for (size_t i = 0; !code && i < set->build_system.count; i++) {
		const char *path = set->build_system.items[i];

		if (is_kconfig(path) && is_configured)
			kmend_strv_addf(&set->ignored, "%s: told with the other Kconfig files", path);
		else if (is_kconfig(path))
			code = judge_kconfig(tree, set, path, progress, error);
		else if (is_makefile(path))
			code = judge_makefile(tree, set, path, error);
		else
			kmend_classify_reason(kmend_classify_path(path), path, &set->reasons, &set->nr_reasons);
		is_configured |= is_kconfig(path);
	}
	return code;
}
