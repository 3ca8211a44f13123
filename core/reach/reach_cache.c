// SPDX-License-Identifier: GPL-2.0
/* One file an answer, a line each thing: "unit PATH", "own PATH", "open PATH", "probe UNIT", "type FILE TAG", "unseen NUMBER", "reason CODE<tab>UNIT<tab>SYMBOL<tab>TEXT", "end". */
#include "reach_cache.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "../kernel/sources.h"

#define HEAD "kmend-reach 2\n"
#define LIMIT (64 << 20)

/* Codes that such reasons have; a reason's code is static. */
static const char *const codes[] = { "assembly", "odd-unit", "special-object", "init-code", "too-many-units" };

void kmend_reached_clear(struct kmend_reached *reached)
{
	kmend_strv_free(&reached->units);
	kmend_strv_free(&reached->own);
	kmend_strv_free(&reached->opened);
	kmend_strv_free(&reached->probes);
	kmend_strv_free(&reached->types);
	kmend_reasons_free(reached->reasons, reached->nr_reasons);
	*reached = (struct kmend_reached){ 0 };
}

/* What was found by another build of kmend, which may look more closely, does not count. */
static void add_program(struct kmend_buffer *question)
{
	struct stat status;
	Dl_info info;

	if (dladdr((void *)(uintptr_t)kmend_reach_key, &info) && info.dli_fname && !stat(info.dli_fname, &status))
		kmend_buffer_addf(question, "%lld %lld.%09ld\n", (long long)status.st_size,
				  (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

static void add_texts(struct kmend_buffer *question, const struct kmend_change_set *set)
{
	for (; set; set = set->before) {
		for (size_t i = 0; i < set->shared.count; i++) {
			_cleanup_free_ char *path = kmend_path(set->plain, set->shared.items[i]);
			char digest[KMEND_SHA256_HEX] = "";

			kmend_sha256_file(path, digest, NULL);
			kmend_buffer_addf(question, "%s %s\n", set->shared.items[i], digest);
		}
		kmend_buffer_addf(question, "-\n");
	}
}

char *kmend_reach_key(const struct kmend_tree *tree, const struct kmend_change_set *set, const struct kmend_strv *paths)
{
	_cleanup_buffer_ struct kmend_buffer question = { 0 };
	_cleanup_sources_ struct kmend_sources sources = { 0 };
	char digest[KMEND_SHA256_HEX];

	kmend_buffer_addf(&question, "%s%s\n", HEAD, tree->id);
	add_program(&question);
	/* A directory of the user's may change; what was unpacked from packages does not. */
	if (tree->kernel && !tree->kernel->inputs.count && !kmend_sources_list(tree, &sources, NULL))
		kmend_buffer_addf(&question, "%s\n", sources.digest);
	for (size_t i = 0; i < paths->count; i++)
		kmend_buffer_addf(&question, "path %s\n", paths->items[i]);
	for (size_t i = 0; i < set->units.count; i++)
		kmend_buffer_addf(&question, "unit %s\n", set->units.items[i]);
	add_texts(&question, set);
	kmend_sha256(question.data, question.size, digest);
	return kmend_strdup(digest);
}

static char *place(const struct kmend_tree *tree, const char *key)
{
	return kmend_format("%s/reach/%s", tree->directory, key);
}

static bool take_reason(struct kmend_reached *reached, char *line)
{
	char *words[4] = { line };

	for (size_t i = 1; i < KMEND_ARRAY_SIZE(words); i++) {
		words[i] = words[i - 1] + strcspn(words[i - 1], "\t");
		if (!*words[i])
			return false;
		*words[i]++ = '\0';
	}
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(codes); i++)
		if (!strcmp(words[0], codes[i])) {
			kmend_reason_about(
				kmend_reason_add(&reached->reasons, &reached->nr_reasons, codes[i], words[3], ""),
				*words[1] ? words[1] : NULL, *words[2] ? words[2] : NULL, 0);
			return true;
		}
	return false;
}

static bool take_line(struct kmend_reached *reached, char *line)
{
	const struct {
		const char *name;
		struct kmend_strv *list;
	} lists[] = { { "unit ", &reached->units },
		      { "own ", &reached->own },
		      { "open ", &reached->opened },
		      { "probe ", &reached->probes },
		      { "type ", &reached->types } };

	if (kmend_starts_with(line, "unseen ")) {
		reached->nr_unseen = strtoul(line + strlen("unseen "), NULL, 10);
		return true;
	}
	if (kmend_starts_with(line, "reason "))
		return take_reason(reached, line + strlen("reason "));
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(lists); i++)
		if (kmend_starts_with(line, lists[i].name)) {
			kmend_strv_add(lists[i].list, line + strlen(lists[i].name));
			return true;
		}
	return false;
}

bool kmend_reach_load(const struct kmend_tree *tree, const char *key, struct kmend_reached *ret_reached)
{
	_cleanup_free_ char *path = place(tree, key), *text = NULL;
	struct kmend_reached reached = { 0 };
	bool ended = false, good = true;
	char *rest;

	if (!kmend_file_exists(path) || kmend_file_read(path, LIMIT, &text, NULL, NULL) ||
	    !kmend_starts_with(text, HEAD))
		return false;
	rest = text + strlen(HEAD);
	while (good && !ended && rest) {
		char *line = strsep(&rest, "\n");

		ended = !strcmp(line, "end");
		good = ended || take_line(&reached, line);
	}
	if (!good || !ended) {
		kmend_reached_clear(&reached);
		return false;
	}
	*ret_reached = reached;
	return true;
}

static void add_list(struct kmend_buffer *text, const char *name, const struct kmend_strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		kmend_buffer_addf(text, "%s %s\n", name, list->items[i]);
}

void kmend_reach_store(const struct kmend_tree *tree, const char *key, const struct kmend_reached *reached)
{
	_cleanup_free_ char *path = place(tree, key), *directory = kmend_path(tree->directory, "reach");
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text, HEAD);
	add_list(&text, "unit", &reached->units);
	add_list(&text, "own", &reached->own);
	add_list(&text, "open", &reached->opened);
	add_list(&text, "probe", &reached->probes);
	add_list(&text, "type", &reached->types);
	kmend_buffer_addf(&text, "unseen %zu\n", reached->nr_unseen);
	for (size_t i = 0; i < reached->nr_reasons; i++) {
		const struct kmend_reason *reason = &reached->reasons[i];

		kmend_buffer_addf(&text, "reason %s\t%s\t%s\t%s\n", reason->code, reason->unit ? reason->unit : "",
				  reason->symbol ? reason->symbol : "", reason->text);
	}
	kmend_buffer_addf(&text, "end\n");
	if (!kmend_mkdir_parents(directory, 0755, NULL))
		kmend_file_write_atomic(path, text.data, text.size, 0644, NULL);
}
