// SPDX-License-Identifier: GPL-2.0
/*
 * What each change has to sit on: every earlier one that touches a file of its own, and what those sit on. The changes are
 * applied one after another to copies of the files they touch; one that does not apply is inseparable from what is
 * missing, and left out.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/child.h"
#include "../base/file.h"
#include "plan_internal.h"

/* Have the source's own files at hand in the scratch tree. */
static int copy_files(const char *source, const char *tree, const struct kmend_strv *files, struct kmend_error *error)
{
	for (size_t i = 0; i < files->count; i++) {
		_cleanup_free_ char *from = kmend_path(source, files->items[i]),
				    *to = kmend_path(tree, files->items[i]);
		_cleanup_free_ char *mark = kmend_format("%s.kmend-there", to), *directory = kmend_strdup(to);
		int code;

		if (kmend_file_exists(mark))
			continue;
		*strrchr(directory, '/') = '\0';
		code = kmend_mkdir_parents(directory, 0755, error);
		if (!code && kmend_file_exists(from))
			code = kmend_file_copy(from, to, 0644, error);
		if (!code)
			code = kmend_file_write_atomic(mark, "", 0, 0644, error);
		if (code)
			return code;
	}
	return 0;
}

static int run_patch(const char *tree, const char *diff, bool dry_run, struct kmend_buffer *words,
		     struct kmend_error *error)
{
	struct kmend_child child = {
		.argv = (const char *const[]){ "patch", "-p1", "--batch", "--force", "--fuzz=0",
					       "--no-backup-if-mismatch", "--silent", "--reject-file=-", "-d", tree,
					       "-i", diff, dry_run ? "--dry-run" : NULL, NULL },
		.output = words,
		.errors = words,
	};

	return kmend_child_run(&child, error);
}

static bool shares_file(const struct kmend_piece *a, const struct kmend_piece *b)
{
	for (size_t i = 0; i < a->files.count; i++)
		if (kmend_strv_has(&b->files, a->files.items[i]))
			return true;
	return false;
}

/* In the plan's order, each once, with what they sit on themselves. */
static void collect_bases(struct kmend_errata *errata, size_t index)
{
	struct kmend_piece *change = &errata->changes[index];
	bool *wanted = kmend_calloc(index + 1, sizeof(*wanted));
	struct kmend_strv depends = { 0 };

	for (size_t i = index; i-- > 0;) {
		const struct kmend_piece *earlier = &errata->changes[i];

		if (!*earlier->diff || earlier->verdict == KMEND_CHANGE_INSEPARABLE)
			continue;
		if (kmend_strv_has(&change->depends, earlier->id) || shares_file(earlier, change))
			wanted[i] = true;
		/* What an already wanted one sits on; later ones were looked at before. */
		for (size_t j = i + 1; j < index && !wanted[i]; j++)
			wanted[i] = wanted[j] && kmend_strv_has(&errata->changes[j].depends, earlier->id);
	}
	for (size_t i = 0; i < index; i++)
		if (wanted[i])
			kmend_strv_add(&depends, errata->changes[i].id);
	kmend_strv_free(&change->depends);
	change->depends = depends;
	free(wanted);
}

static int place(struct planning *planning, const char *tree, size_t index, struct kmend_error *error)
{
	struct kmend_piece *change = &planning->errata->changes[index];
	_cleanup_free_ char *diff = kmend_path(planning->request->directory, change->diff);
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	int code = copy_files(planning->request->source, tree, &change->files, error);

	if (!code)
		code = run_patch(tree, diff, true, &words, error);
	if (code < 0)
		return code;
	if (code) {
		char *line = words.data ? words.data : "";

		line[strcspn(line, "\n")] = '\0';
		change->verdict = KMEND_CHANGE_INSEPARABLE;
		kmend_strv_free(&change->reasons);
		kmend_strv_addf(&change->reasons, "does-not-apply: it rests on other changes of the new version (%s)",
				line);
		return 0;
	}
	code = run_patch(tree, diff, false, &words, error);
	if (code > 0)
		code = kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "patch could not apply %s, which it just could",
				  diff);
	if (!code)
		collect_bases(planning->errata, index);
	return code;
}

int plan_depend(struct planning *planning, struct kmend_error *error)
{
	_cleanup_free_ char *tree = NULL;
	int code = kmend_temporary_directory("kmend-plan", &tree, error);

	if (code)
		return code;
	for (size_t i = 0; i < planning->errata->nr_changes && !code; i++) {
		struct kmend_piece *change = &planning->errata->changes[i];

		if (*change->diff && (change->verdict == KMEND_CHANGE_UNKNOWN))
			code = place(planning, tree, i, error);
	}
	kmend_remove_tree(tree, NULL);
	return code;
}
