// SPDX-License-Identifier: GPL-2.0
/*
 * Which changed files can see which headers: by the lines that include, through all headers in between, of the new tree and,
 * of what changed, the old one. Headers are told apart by the last part of their names only, and conditions are not looked
 * at: so more seems to be seen than is, never less.
 */
#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <string.h>

#include "../base/file.h"
#include "difference.h"

#define LARGEST (16u << 20)

/* Headers whose names end alike. */
struct node {
	struct kmend_strv paths;
	struct word_set includes; /* numbers of nodes */
	bool is_read;
	bool includes_any; /* what a macro names */
	size_t seen_by;	   /* from which file it was last reached, from 1 */
};

struct graph {
	struct words names; /* of nodes, which have the same numbers */
	struct node *nodes;
	size_t count;
};

/* Macros that name what has led to the line already: trace headers include themselves through define_trace.h. */
static const char *const known_macros[] = { "TRACE_INCLUDE(" };

/* Given to every unit by the compiler's command line (scripts/Makefile.lib). */
static const char *const always[] = { "kconfig.h", "compiler_types.h", "compiler-version.h" };

static const char *last_part(const char *path, const char *end)
{
	const char *at = end;

	while (at > path && at[-1] != '/')
		at--;
	return at;
}

static struct node *node_of(struct graph *graph, const char *name, size_t size, uint32_t *ret_number)
{
	uint32_t number = words_number(&graph->names, name, size);

	while (graph->count <= number)
		*kmend_array_add(graph->nodes, graph->count) = (struct node){ 0 };
	if (ret_number)
		*ret_number = number;
	return &graph->nodes[number];
}

static bool is_known_macro(const char *text)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(known_macros); i++)
		if (kmend_starts_with(text, known_macros[i]))
			return true;
	return false;
}

/* One line behind its '#'. */
static void take_line(struct graph *graph, const char *at, const char *end, struct word_set *includes, bool *any)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (end - at < 9 || strncmp(at, "include", 7) || isalnum((unsigned char)at[7]) || at[7] == '_')
		return;
	at += 7;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at < end && (*at == '"' || *at == '<')) {
		const char *stop = memchr(at + 1, *at == '"' ? '"' : '>', end - at - 1);
		const char *name = stop ? last_part(at + 1, stop) : NULL;
		uint32_t number;

		if (name && name < stop) {
			node_of(graph, name, stop - name, &number);
			word_set_add(includes, number);
		}
	} else if (at < end && !is_known_macro(at)) {
		*any = true;
	}
}

/* Text that cannot be read counts as including anything. */
static void take_file(struct graph *graph, const char *path, struct word_set *includes, bool *any)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (kmend_file_read(path, LARGEST, &text, &size, NULL)) {
		*any = true;
		return;
	}
	for (const char *line = text, *end = text + size; line < end;) {
		const char *stop = memchr(line, '\n', end - line), *at = line;

		stop = stop ? stop : end;
		while (at < stop && (*at == ' ' || *at == '\t'))
			at++;
		if (at < stop && *at == '#')
			take_line(graph, at + 1, stop, includes, any);
		line = stop + 1;
	}
}

static int index_tree(const char *tree, struct graph *graph, struct kmend_error *error)
{
	char *const roots[] = { (char *)tree, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	size_t prefix = strlen(tree);
	FTSENT *entry;

	if (!fts)
		return kmend_fail_errno(error, -errno, "cannot read %s", tree);
	while ((entry = fts_read(fts))) {
		const char *path = entry->fts_pathlen > prefix ? entry->fts_path + prefix + 1 : "";

		if (entry->fts_info == FTS_D && (!strcmp(path, "Documentation") || !strcmp(path, "debian")))
			fts_set(fts, entry, FTS_SKIP);
		else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP)
			kmend_strv_add(&node_of(graph, entry->fts_name, entry->fts_namelen, NULL)->paths,
				       entry->fts_path);
	}
	fts_close(fts);
	return 0;
}

static void read_node(struct graph *graph, uint32_t number)
{
	struct word_set includes = { 0 };
	bool any = false;

	if (graph->nodes[number].is_read)
		return;
	for (size_t i = 0; i < graph->nodes[number].paths.count; i++)
		take_file(graph, graph->nodes[number].paths.items[i], &includes, &any);
	word_set_sort(&includes);
	graph->nodes[number].includes = includes; /* reading may have moved the nodes */
	graph->nodes[number].includes_any = any;
	graph->nodes[number].is_read = true;
}

static void reach(struct graph *graph, uint32_t number, size_t who, struct word_set *queue)
{
	if (graph->nodes[number].seen_by == who)
		return;
	graph->nodes[number].seen_by = who;
	*kmend_array_add(queue->numbers, queue->count) = number;
}

/* All that one file can see, breadth first: what is still to be looked at is the end of what was reached. */
static void look_from(struct graph *graph, const char *from, const char *to, size_t who, struct file_difference *file)
{
	_cleanup_free_ char *before = kmend_path(from, file->path), *after = kmend_path(to, file->path);
	struct word_set direct = { 0 }, queue = { 0 };

	if (kmend_file_exists(before))
		take_file(graph, before, &direct, &file->sees_any);
	if (kmend_file_exists(after))
		take_file(graph, after, &direct, &file->sees_any);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(always); i++) {
		uint32_t number;

		node_of(graph, always[i], strlen(always[i]), &number);
		word_set_add(&direct, number);
	}
	for (size_t i = 0; i < direct.count; i++)
		reach(graph, direct.numbers[i], who, &queue);
	for (size_t i = 0; i < queue.count && !file->sees_any; i++) {
		uint32_t number = queue.numbers[i];

		read_node(graph, number);
		file->sees_any |= graph->nodes[number].includes_any;
		for (size_t j = 0; j < graph->nodes[number].includes.count; j++)
			reach(graph, graph->nodes[number].includes.numbers[j], who, &queue);
	}
	word_set_clear(&direct);
	word_set_sort(&queue);
	file->sees = queue;
}

int difference_look(const char *from, const char *to, struct difference *difference, struct kmend_error *error)
{
	struct graph graph = { 0 };
	int code = index_tree(to, &graph, error);

	for (size_t i = 0; i < difference->count && !code; i++) {
		const char *path = difference->files[i].path, *end = path + strlen(path), *name = last_part(path, end);
		_cleanup_free_ char *before = kmend_path(from, path);
		struct node *node = node_of(&graph, name, end - name, &difference->files[i].name);

		if (kmend_file_exists(before))
			kmend_strv_add(&node->paths, before);
	}
	for (size_t i = 0; i < difference->count && !code; i++)
		look_from(&graph, from, to, i + 1, &difference->files[i]);
	difference->is_looked_at = !code;
	for (size_t i = 0; i < graph.count; i++) {
		kmend_strv_free(&graph.nodes[i].paths);
		word_set_clear(&graph.nodes[i].includes);
	}
	free(graph.nodes);
	words_clear(&graph.names);
	return code;
}

bool difference_sees(const struct difference *difference, size_t user, size_t declarer)
{
	const struct file_difference *from = &difference->files[user], *to = &difference->files[declarer];

	/* A header may rely on what stands before it where it is included. What a source file declares is seen by name. */
	return !difference->is_looked_at || from->sees_any || !kmend_ends_with(to->path, ".h") ||
	       kmend_ends_with(from->path, ".h") || word_set_has(&from->sees, to->name);
}
