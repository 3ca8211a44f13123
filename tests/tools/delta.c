// SPDX-License-Identifier: GPL-2.0
/* For developers: difference one unit and print what was found. */
#include <stdio.h>
#include <string.h>

#include "core/assess/reasons.h"
#include "core/diff/internal.h"

static const char *const changes[] = { "same", "changed", "new", "removed" };

static void print_item(const struct kmend_item *item)
{
	printf("%-8s %-8s %s", changes[item->change], item->is_function ? "function" : "datum", item->name);
	if (item->pre && item->post && strcmp(item->pre->name, item->post->name))
		printf(" (was %s)", item->pre->name);
	if (item->pre && !item->run)
		printf(" [not in run]");
	if (item->run && strcmp(item->run->name, item->pre->name))
		printf(" [run: %s]", item->run->name);
	if (item->is_function && item->pre && item->run && item->run->section->data &&
	    !code_is_equivalent(item->pre->section, item->pre->value, item->pre->size, item->run->section,
				item->run->value, item->run->size))
		printf(" [run has other code]");
	if (item->why)
		printf(": %s%s", item->forced ? "forced: " : "", item->why);
	putchar('\n');
}

int main(int argc, char **argv)
{
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	struct kmend_object *objects[3] = { NULL };
	struct kmend_error error = { 0 };
	bool all = argc > 1 && !strcmp(argv[1], "-a"), plain = argc > 1 && !strcmp(argv[1], "-p");
	char **args = argv + (all || plain);

	if (argc - (all || plain) != 5) {
		fprintf(stderr, "usage: delta [-a (print all) | -p (no profiling calls)] UNIT RUN PRE POST\n");
		return 64;
	}
	for (int i = 0; i < 3; i++) {
		if (kmend_object_read(args[2 + i], &objects[i], &error) < 0) {
			fprintf(stderr, "%s\n", error.message);
			return 1;
		}
	}
	if (kmend_delta_make(args[1], objects[0], objects[1], objects[2], !plain, &delta, &error) < 0) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	for (size_t i = 0; i < delta->nr_items; i++)
		if (all || delta->items[i].change != KMEND_CHANGE_SAME || (delta->items[i].pre && !delta->items[i].run))
			print_item(&delta->items[i]);
	for (size_t i = 0; i < delta->nr_reasons; i++)
		printf("reason   %s: %s\n         %s\n", delta->reasons[i].code, delta->reasons[i].text,
		       kmend_reason_row(delta->reasons[i].code)->advice);
	printf("%zu items; functions: %zu changed, %zu new, %zu removed\n", delta->nr_items,
	       kmend_delta_count(delta, KMEND_CHANGE_CHANGED), kmend_delta_count(delta, KMEND_CHANGE_NEW),
	       kmend_delta_count(delta, KMEND_CHANGE_REMOVED));
	return 0;
}
