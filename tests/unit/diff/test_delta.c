// SPDX-License-Identifier: GPL-2.0
/* What a delta tells the linker: items on all sides, what relocations refer to, entries by function. */
#include <string.h>

#include "../tap.h"
#include "build.h"
#include "core/base/file.h"

static const char *directory;

static struct kmend_delta *build(const char *name)
{
	_cleanup_free_ char *source = kmend_path(directory, name);
	struct kmend_delta *delta = NULL;
	struct kmend_error error = { 0 };

	if (build_delta(source, &delta, &error) < 0)
		diag("%s", error.message);
	ok(delta, "%s is differenced", name);
	return delta;
}

static struct kmend_item *item_named(const struct kmend_delta *delta, const char *name)
{
	for (size_t i = 0; i < delta->nr_items; i++)
		if (!strcmp(delta->items[i].name, name))
			return &delta->items[i];
	return NULL;
}

/* The n-th relocation of a function that does not call __fentry__. */
static bool refer(const struct kmend_delta *delta, enum kmend_side side, const char *function, size_t n,
		  struct kmend_referent *ret_referent)
{
	const struct kmend_item *item = item_named(delta, function);
	const struct kmend_object_symbol *symbol = item ? kmend_item_symbol(item, side) : NULL;

	if (!symbol)
		return false;
	for (size_t i = kmend_section_first_relocation(symbol->section, symbol->value);
	     i < symbol->section->nr_relocations &&
	     symbol->section->relocations[i].offset < symbol->value + symbol->size;
	     i++) {
		const struct kmend_relocation_entry *relocation = &symbol->section->relocations[i];

		if (!strcmp(relocation->symbol->name, "__fentry__"))
			continue;
		if (!n--)
			return !kmend_delta_refer(delta, side, symbol->section, relocation, ret_referent, NULL);
	}
	return false;
}

static void test_referents(void)
{
	_cleanup_delta_ struct kmend_delta *delta = build("unsplit_statics.c");
	struct kmend_referent to;

	if (!delta)
		return;
	for (enum kmend_side side = 0; side < KMEND_NR_SIDES; side++) {
		ok(refer(delta, side, "f", 0, &to) && to.kind == KMEND_REFERENT_ITEM &&
			   to.item == item_named(delta, "flag_a") && !to.offset && to.tail == 5,
		   "side %d: a field before an immediate byte refers to the first flag", side);
		ok(refer(delta, side, "f", 1, &to) && to.item == item_named(delta, "flag_b") && !to.offset &&
			   to.tail == 5 && to.symbol == kmend_item_symbol(to.item, side),
		   "side %d: the next to the second", side);
	}
	ok(refer(delta, KMEND_SIDE_POST, "f", 2, &to) && to.kind == KMEND_REFERENT_EXTERNAL &&
		   !strcmp(to.symbol->name, "__x86_return_thunk") && to.tail == 4 && !to.offset,
	   "a jump to an external symbol");
}

static void test_content(void)
{
	_cleanup_delta_ struct kmend_delta *delta = build("strings.c");
	struct kmend_referent to;

	if (!delta)
		return;
	ok(refer(delta, KMEND_SIDE_RUN, "g", 0, &to) && to.kind == KMEND_REFERENT_CONTENT && to.content_size == 4 &&
		   !memcmp(to.content, "old", 4),
	   "a string, with its NUL");
}

static void test_statics(void)
{
	_cleanup_delta_ struct kmend_delta *delta = build("statics_renumbered.c");
	size_t found = 0;

	if (!delta)
		return;
	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];

		if (item->is_function || !item->pre)
			continue;
		found++;
		ok(item->post && item->run && !item->run->section->data == !item->pre->section->data &&
			   !item->post->section->data == !item->pre->section->data,
		   "%s: the same static on all sides", item->name);
	}
	ok(found == 2, "two statics were there before");
	ok(kmend_delta_count(delta, KMEND_CHANGE_CHANGED) == 1 && !kmend_delta_count(delta, KMEND_CHANGE_NEW),
	   "one function changed, and new data do not count");
}

static size_t count_entries(const struct kmend_delta *delta, const char *function, const char *section)
{
	const struct kmend_object_symbol *run = item_named(delta, function)->run;
	const struct kmend_special_entry *entries = NULL;
	size_t nr = kmend_special_index_range(kmend_delta_special(delta, KMEND_SIDE_RUN), run->section, run->value,
					      run->value + run->size, &entries);
	size_t count = 0;

	for (size_t i = 0; i < nr; i++)
		count += !strcmp(entries[i].section->name, section);
	return count;
}

static void test_entries(void)
{
	_cleanup_delta_ struct kmend_delta *delta = build("jump_label.c");

	if (!delta)
		return;
	ok(count_entries(delta, "f", "__jump_table") == 1 && count_entries(delta, "g", "__jump_table") == 2,
	   "jump labels of each function where all share a section");
	ok(count_entries(delta, "f", "__mcount_loc") == 1, "and its ftrace site");
}

static void test_parts(void)
{
	_cleanup_delta_ struct kmend_delta *delta = build("cold.c");
	struct kmend_item *hot, *cold;

	if (!delta)
		return;
	hot = item_named(delta, "f");
	cold = item_named(delta, "f.cold");
	ok(hot && cold && hot->cold == cold && cold->parent == hot && !hot->parent, "a function and its cold part");
}

static void test_aliases(void)
{
	_cleanup_delta_ struct kmend_delta *delta = build("aliases.c");

	if (!delta)
		return;
	for (enum kmend_side side = 0; side < KMEND_NR_SIDES; side++) {
		const struct kmend_object *object = kmend_delta_object(delta, side);

		ok(kmend_delta_item(delta, side, kmend_object_symbol(object, "h")) == item_named(delta, "f") &&
			   kmend_delta_item(delta, side, kmend_object_symbol(object, "g")) == item_named(delta, "f"),
		   "side %d: an alias leads to the function", side);
	}
	ok(!strcmp(item_named(delta, "f")->run->name, item_named(delta, "f")->post->name), "named alike on all sides");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (!compiler_is_here()) {
		printf("1..0 # SKIP no " COMPILER "\n");
		return 0;
	}
	directory = argv[1];
	test_referents();
	test_content();
	test_statics();
	test_entries();
	test_parts();
	test_aliases();
	return done_testing();
}
