// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "tree.h"

static void test_kernel(const struct kmend_machine *machine)
{
	struct kmend_machine other = *machine;

	is(machine->release, TREE_RELEASE, "release");
	is(machine->boot_id, TREE_BOOT, "boot id");
	ok(kmend_machine_runs(machine, TREE_RELEASE, TREE_VERSION), "this kernel runs");
	ok(!kmend_machine_runs(machine, TREE_RELEASE, "6.1.176"), "half a version is another version");
	ok(!kmend_machine_runs(machine, TREE_RELEASE, "6.1.192-1"), "another version");
	ok(!kmend_machine_runs(machine, TREE_RELEASE, ""), "no version");
	ok(!kmend_machine_runs(machine, "6.1.0-56-amd64", TREE_VERSION), "another release");
	ok(kmend_machine_runs(machine, TREE_RELEASE, NULL), "any version");
	other.release = (char *)"5.14.0-427.13.1.el9_4.x86_64";
	ok(kmend_machine_runs(&other, "5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4"),
	   "an RPM kernel's version is in its release");
	ok(!kmend_machine_runs(&other, "5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427"), "half of it is another version");
}

static void test_switch(const char *root, const struct kmend_machine *machine)
{
	ok(!kmend_machine_switched_off(machine), "not switched off");
	tree_write(root, "proc/cmdline", "quiet kmend=offline nokmend=off");
	ok(!kmend_machine_switched_off(machine), "words that only look like it");
	tree_write(root, "proc/cmdline", "quiet kmend=off ro");
	ok(kmend_machine_switched_off(machine), "switched off on the command line");
	tree_write(root, "proc/cmdline", "quiet");
	tree_write(root, "etc/kmend/disable", "");
	ok(kmend_machine_switched_off(machine), "switched off by a file");
	tree_remove(root, "etc/kmend/disable");
}

static void test_lock(const struct kmend_machine *machine)
{
	struct kmend_error error = { 0 };
	int lock = -1, second = -1;

	ok(!kmend_machine_lock(machine, NULL, &lock, &error), "locked, the directory made");
	close(lock);
	ok(!kmend_machine_lock(machine, NULL, &second, &error), "and again once it was let go");
	close(second);
}

int main(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root), *none = NULL;
	struct kmend_error error = { 0 };

	test_kernel(machine);
	test_switch(root, machine);
	test_lock(machine);
	tree_remove(root, "proc/sys/kernel/osrelease");
	ok(kmend_machine_new(root, &none, &error) < 0 && !none, "a kernel without a name is an error");
	kmend_machine_free(machine);
	kmend_machine_free(NULL);
	tree_free(root);
	return done_testing();
}
