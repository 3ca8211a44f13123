// SPDX-License-Identifier: GPL-2.0
/* Updates on top of others: the order of what is installed, and a base that is missing. */
#include <string.h>

#include "core/apply/bases.h"
#include "tap.h"
#include "tree.h"

static char *order(const struct kmend_machine *machine)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text, "%s", "");
	if (kmend_installed_read(machine, &list, NULL))
		return kmend_strdup("unreadable");
	for (size_t i = 0; i < list.count; i++)
		kmend_buffer_addf(&text, "%s%s", i ? " " : "", list.items[i].id);
	return text.data;
}

static void test_order(void)
{
	_cleanup_free_ char *root = tree_new(), *plain = NULL, *chain = NULL, *circle = NULL;
	struct kmend_machine *machine = tree_machine(root);

	tree_install(root, TREE_RELEASE, "B-free");
	tree_install_on(root, TREE_RELEASE, "A-top", "C-middle");
	tree_install_on(root, TREE_RELEASE, "C-middle", "D-bottom");
	tree_install(root, TREE_RELEASE, "D-bottom");
	plain = order(machine);
	is(plain, "D-bottom C-middle A-top B-free", "what others sit on comes first");
	tree_install_on(root, TREE_RELEASE, "D-bottom", "B-free");
	chain = order(machine);
	is(chain, "B-free D-bottom C-middle A-top", "however long the chain");
	tree_install_on(root, TREE_RELEASE, "B-free", "A-top");
	circle = order(machine);
	ok(strlen(circle) == strlen(chain), "manifests that sit on each other lose none and end");
	kmend_machine_free(machine);
	tree_free(kmend_steal(root));
}

static void test_missing(void)
{
	_cleanup_free_ char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	struct kmend_apply_options options = { 0 }, dry_run = { .dry_run = true };
	const struct kmend_installed *top;
	struct kmend_error error = { 0 };

	tree_install_on(root, TREE_RELEASE, "TOP", "BOTTOM");
	ok(!kmend_installed_read(machine, &list, &error), "installed");
	top = kmend_installed_find(&list, TREE_RELEASE, "TOP");
	ok(kmend_bases_apply(machine, top->manifest, &options, &error) < 0 && error.status == KMEND_STATUS_REFUSED &&
		   strstr(error.message, "BOTTOM"),
	   "a base that is nowhere is told: %s", error.message);
	tree_live(root, "BOTTOM", "ready", false, 0);
	ok(kmend_bases_apply(machine, top->manifest, &options, &error) < 0, "loaded is not applied");
	tree_live(root, "BOTTOM", "applied", false, 0);
	ok(!kmend_bases_apply(machine, top->manifest, &options, &error), "one that is applied is enough");
	ok(!kmend_bases_apply(machine, top->manifest, &dry_run, &error), "in a dry run as well");
	tree_live(root, "BOTTOM", "ready", false, 0);
	tree_install(root, TREE_RELEASE, "BOTTOM");
	ok(kmend_bases_apply(machine, top->manifest, &dry_run, &error) < 0 && error.status == KMEND_STATUS_REFUSED,
	   "a dry run does not apply it");
	kmend_machine_free(machine);
	tree_free(kmend_steal(root));
}

int main(void)
{
	test_order();
	test_missing();
	return done_testing();
}
