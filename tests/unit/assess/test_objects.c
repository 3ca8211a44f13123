// SPDX-License-Identifier: GPL-2.0
/*
 * Verdicts on sources of tests/objects/assess, compiled as kmend compiles a unit. Each says what it expects:
 * "// = verdict VERDICT", "// = CODE:SYMBOL" for each reason, and "// ~ TEXT" for what some reason's text must hold.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "../diff/build.h"
#include "../tap.h"
#include "core/assess/assess.h"
#include "core/base/file.h"

static void read_marks(const char *text, const char *mark, struct kmend_strv *list)
{
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (kmend_starts_with(line, mark))
			kmend_strv_addf(list, "%.*s", (int)strcspn(line + strlen(mark), "\n"), line + strlen(mark));
	kmend_strv_sort(list);
}

static char *joined(const struct kmend_strv *list)
{
	struct kmend_buffer text = { 0 };

	kmend_buffer_add(&text, "", 0);
	for (size_t i = 0; i < list->count; i++)
		kmend_buffer_addf(&text, "%s; ", list->items[i]);
	return text.data;
}

static bool some_text_has(const struct kmend_assessment *assessment, const char *words)
{
	for (size_t i = 0; i < assessment->nr_findings; i++)
		if (strstr(assessment->findings[i].reason.text, words))
			return true;
	return false;
}

static void compare(const struct kmend_assessment *assessment, const char *text, const char *name)
{
	_cleanup_strv_ struct kmend_strv expected = { 0 }, found = { 0 }, words = { 0 };
	_cleanup_free_ char *left = NULL, *right = NULL;

	read_marks(text, "// = ", &expected);
	read_marks(text, "// ~ ", &words);
	kmend_strv_addf(&found, "verdict %s", kmend_verdict_name(assessment->verdict));
	for (size_t i = 0; i < assessment->nr_findings; i++)
		kmend_strv_addf(&found, "%s:%s", assessment->findings[i].reason.code,
				assessment->findings[i].reason.symbol ? assessment->findings[i].reason.symbol : "");
	kmend_strv_sort(&found);
	left = joined(&found);
	right = joined(&expected);
	tap_is_str(left, right, name);
	for (size_t i = 0; i < words.count; i++)
		tap_ok(some_text_has(assessment, words.items[i]), "%s: says %s", name, words.items[i]);
	for (size_t i = 0; i < assessment->nr_findings; i++)
		if (!kmend_reason_is_known(assessment->findings[i].reason.code))
			tap_ok(false, "%s: %s has a meaning", name, assessment->findings[i].reason.code);
}

static void judge(const char *source, const char *name, const char *directory)
{
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	_cleanup_free_ char *text = source_text(source);
	struct kmend_unit_objects typed = { 0 };
	struct kmend_assessment assessment = { 0 };
	struct kmend_error error = { 0 };
	int r = build_delta(source, &delta, &error);

	if (!r)
		r = build_types(source, directory, &typed.pre, &typed.post, &error);
	if (!r) {
		struct kmend_assess_input input = { .deltas = &delta, .nr_deltas = 1, .typed = &typed };

		r = kmend_assess(&input, &assessment, &error);
	}
	if (r)
		tap_ok(false, "%s: %s", name, error.message);
	else
		compare(&assessment, text, name);
	kmend_assessment_free(&assessment);
	free(typed.pre);
	free(typed.post);
}

static int is_source(const struct dirent *entry)
{
	return kmend_ends_with(entry->d_name, ".c");
}

int main(int argc, char **argv)
{
	_cleanup_free_ char *directory = NULL;
	struct dirent **entries;
	int count;

	if (argc != 2)
		return 2;
	if (!compiler_is_here()) {
		printf("1..0 # SKIP no " COMPILER "\n");
		return 0;
	}
	count = scandir(argv[1], &entries, is_source, alphasort);
	tap_ok(count > 0, "there are sources");
	if (kmend_temporary_directory("kmend-test", &directory, NULL))
		return 1;
	for (int i = 0; i < count; i++) {
		_cleanup_free_ char *source = kmend_path(argv[1], entries[i]->d_name);

		judge(source, entries[i]->d_name, directory);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	kmend_remove_tree(directory, NULL);
	return tap_done();
}
