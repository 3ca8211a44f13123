// SPDX-License-Identifier: GPL-2.0
/*
 * Each source of tests/objects shows one property. Its lines "// = …" are what must be found, one pattern a line: items
 * that are not the same, codes of reasons, hooks in their order. Nothing else may be found. Lines "// ~ …" are patterns of
 * what reasons say, behind the unit's name.
 */
#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "build.h"
#include "core/assess/reasons.h"
#include "core/base/file.h"

#define MARK "// = "
#define MARK_TEXT "// ~ "

static const char *const changes[] = { "same", "changed", "new", "removed" };

/* The numbers that gcc gives say nothing: "count.12" becomes "count.#". */
static char *without_numbers(const char *name)
{
	struct kmend_buffer buffer = { 0 };

	kmend_buffer_add(&buffer, "", 0);
	for (const char *c = name; *c; c++) {
		bool is_number =
			isdigit((unsigned char)*c) && (c > name && (c[-1] == '.' || isdigit((unsigned char)c[-1]) ||
								    kmend_starts_with(name, "__UNIQUE_ID_")));

		if (!is_number)
			kmend_buffer_add(&buffer, c, 1);
		else if (!isdigit((unsigned char)c[1]))
			kmend_buffer_add(&buffer, "#", 1);
	}
	return buffer.data;
}

static void summarize(const struct kmend_delta *delta, struct kmend_strv *found)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		_cleanup_free_ char *name = NULL;

		if (item->change == KMEND_CHANGE_SAME)
			continue;
		name = without_numbers(item->name);
		kmend_strv_addf(found, "%s %s %s%s%s%s", changes[item->change],
				item->is_function ? "function" : "datum", name, item->why ? ": " : "",
				item->forced ? "forced: " : "", item->why ? item->why : "");
	}
	for (size_t i = 0; i < delta->nr_reasons; i++)
		kmend_strv_addf(found, "reason %s", delta->reasons[i].code);
	for (size_t i = 0; i < delta->nr_hooks; i++)
		kmend_strv_addf(found, "hook %zu %u %s", i, delta->hooks[i].stage, delta->hooks[i].item->name);
}

static void read_expected(char *text, struct kmend_strv *expected, struct kmend_strv *texts)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (kmend_starts_with(line, MARK))
			kmend_strv_add(expected, line + strlen(MARK));
		else if (kmend_starts_with(line, MARK_TEXT))
			kmend_strv_add(texts, line + strlen(MARK_TEXT));
}

/* Strike out what matches; say what is left on either side. */
static bool agree(struct kmend_strv *expected, struct kmend_strv *found)
{
	bool good = true;

	for (size_t i = 0; i < expected->count; i++) {
		bool seen = false;

		for (size_t j = 0; j < found->count && !seen; j++) {
			if (found->items[j][0] && !fnmatch(expected->items[i], found->items[j], 0)) {
				found->items[j][0] = '\0';
				seen = true;
			}
		}
		if (!seen)
			diag("not found: %s", expected->items[i]);
		good &= seen;
	}
	for (size_t j = 0; j < found->count; j++) {
		if (found->items[j][0])
			diag("found: %s", found->items[j]);
		good &= !found->items[j][0];
	}
	return good;
}

static void test_text(const struct kmend_delta *delta, const char *pattern, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < delta->nr_reasons && !found; i++) {
		const char *text = strstr(delta->reasons[i].text, ": ");

		found = text && !fnmatch(pattern, text + 2, 0);
	}
	ok(found, "%s: says \"%s\"", name, pattern);
	for (size_t i = 0; i < delta->nr_reasons && !found; i++)
		diag("%s", delta->reasons[i].text);
}

static void test_source(const char *source, const char *name)
{
	_cleanup_strv_ struct kmend_strv expected = { 0 }, found = { 0 }, texts = { 0 };
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	_cleanup_free_ char *text = source_text(source);
	struct kmend_error error = { 0 };

	if (build_delta(source, &delta, &error) < 0 || kmend_hooks_judge(&delta, 1, &error) < 0) {
		ok(false, "%s: %s", name, error.message);
		diag("%s", error.detail);
		return;
	}
	read_expected(text, &expected, &texts);
	summarize(delta, &found);
	ok(agree(&expected, &found), "%s", name);
	for (size_t i = 0; i < texts.count; i++)
		test_text(delta, texts.items[i], name);
	for (size_t i = 0; i < delta->nr_reasons; i++)
		if (!delta->reasons[i].text[0] || !kmend_reason_is_known(delta->reasons[i].code))
			ok(false, "%s: reason %s without text or meaning", name, delta->reasons[i].code);
}

static int is_source(const struct dirent *entry)
{
	return kmend_ends_with(entry->d_name, ".c");
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int count;

	if (argc != 2)
		return 2;
	if (!compiler_is_here()) {
		printf("1..0 # SKIP no " COMPILER "\n");
		return 0;
	}
	count = scandir(argv[1], &entries, is_source, alphasort);
	ok(count > 0, "there are sources");
	for (int i = 0; i < count; i++) {
		_cleanup_free_ char *source = kmend_path(argv[1], entries[i]->d_name);

		test_source(source, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return done_testing();
}
