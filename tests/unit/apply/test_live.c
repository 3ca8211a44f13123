// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "core/base/blocker.h"
#include "tap.h"
#include "tree.h"

static void test_one(const char *root, const struct kmend_machine *machine)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	struct kmend_error error = { 0 };

	ok(kmend_live_read(machine, "A", &live, &error) == -ENOENT && !live, "without kmend.ko nothing is live");
	tree_live(root, "A", "applied", true, 1234567);
	tree_write(root, "sys/kernel/kmend/A/blockers", "12 some_task unix_ioctl\n0 swapper/1 unix_ioctl\n");
	tree_write(root, "sys/kernel/kmend/A/refusal", "busy: 2 tasks inside\n");
	ok(!kmend_live_read(machine, "A", &live, &error), "read");
	ok(live->state == KMEND_STATE_APPLIED && live->pause_ns == 1234567 && live->escapes, "state, pause, escapes");
	is(live->refusal, "busy: 2 tasks inside", "refusal");
	is(live->modules.items[0], "kmend_a", "module");
	is(live->targets.items[0], "vmlinux loaded", "targets");
	ok(live->blockers.count == 2, "two blockers");
	is(live->blockers.items[1], "0 swapper/1 unix_ioctl", "an idle task blocks");
	ok(kmend_live_must_stay(live), "what escaped must stay");
	ok(!kmend_live_check_abi(machine, &error), "its interface is ours");
	tree_write(root, "sys/kernel/kmend/abi", "2\n");
	ok(kmend_live_check_abi(machine, &error) && error.status == KMEND_STATUS_NO_MODULE, "another interface is not");
}

static void test_odd(const char *root, const struct kmend_machine *machine)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	struct kmend_error error = { 0 };

	tree_live(root, "B", "ready", true, 0);
	ok(!kmend_live_read(machine, "B", &live, &error) && !kmend_live_must_stay(live),
	   "what never was in force need not stay");
	ok(!*live->refusal, "'none' is no refusal");
	tree_write(root, "sys/kernel/kmend/B/state", "sideways\n");
	kmend_live_free(live);
	live = NULL;
	ok(kmend_live_read(machine, "B", &live, &error) == -EPROTO, "an unknown state is an error");
	ok(kmend_live_read(machine, "../B", &live, &error) == -ENOENT, "an id with a slash is looked up nowhere");
	ok(kmend_live_write(machine, "nobody", "apply", "1") == -ENOENT, "nothing to write to");
	tree_remove(root, "sys/kernel/kmend/B");
}

/* An update that is switched task by task, and takes the place of others. */
static void test_gradual(const char *root, const struct kmend_machine *machine)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	_cleanup_free_ char *replacer = NULL, *text = NULL, *elsewhere = NULL, *old = NULL, *nobody = NULL;
	struct kmend_error error = { 0 };

	tree_live(root, "G", "switching", false, 0);
	tree_write(root, "sys/kernel/kmend/G/engine", "gradual\n");
	tree_write(root, "sys/kernel/kmend/G/may_be_gradual", "1\n");
	tree_write(root, "sys/kernel/kmend/G/remaining", "2\n");
	tree_write(root, "sys/kernel/kmend/G/replaces", "H\nI\n");
	tree_write(root, "sys/kernel/kmend/G/blockers", "12 sleeper eventfd_read 0x1f 7\n13 other - 0x0 7\n");
	ok(!kmend_live_read(machine, "G", &live, &error), "read");
	ok(live->state == KMEND_STATE_SWITCHING && kmend_live_is_under_way(live) && kmend_live_is_in_force(live),
	   "it is in force for some");
	is(live->engine, "gradual", "engine");
	ok(live->may_be_gradual && live->remaining == 2 && live->replaces.count == 2,
	   "what it may, waits for, replaces");
	text = kmend_blocker_text(live->blockers.items[0]);
	is(text, "task 12 (sleeper) is inside eventfd_read+0x1f, for 7 s now", "who, where, since when");
	elsewhere = kmend_blocker_text(live->blockers.items[1]);
	is(elsewhere, "task 13 (other) has not come over yet", "one who is elsewhere");
	old = kmend_blocker_text("12 sleeper eventfd_read");
	is(old, "task 12 (sleeper) is inside eventfd_read", "as a record has it");
	replacer = kmend_live_replacer(machine, "I");
	is(replacer ? replacer : "", "G", "whose place it took");
	nobody = kmend_live_replacer(machine, "G");
	ok(!nobody, "not its own");
	tree_remove(root, "sys/kernel/kmend/G");
}

static void test_order(const char *root, const struct kmend_machine *machine)
{
	_cleanup_strv_ struct kmend_strv ids = { 0 };
	struct kmend_error error = { 0 };

	tree_live(root, "C", "applied", false, 1);
	tree_live(root, "D", "applied", false, 1);
	tree_live(root, "E", "ready", false, 0);
	tree_write(root, "proc/modules",
		   "kmend_e 1 0\nkmend_c 1 1\nkmend_cc 1 1\nkmend_a 1 1\nkmend_d 1 1\nkmend 1 4\n");
	ok(!kmend_live_applied(machine, &ids, &error) && ids.count == 3, "three are in force");
	is(ids.items[0], "C", "the newest first");
	is(ids.items[1], "A", "then the next");
	is(ids.items[2], "D", "the oldest last");
}

static void test_build(const char *root, const struct kmend_machine *machine)
{
	const char module[] = "ELF...GNU build id 12345...";

	ok(kmend_live_is_module(machine, "kmend_a", module, sizeof(module)) == -ENOENT, "the kernel does not tell");
	tree_write(root, "sys/module/kmend_a/notes/.note.gnu.build-id", "GNU build id 12345");
	ok(kmend_live_is_module(machine, "kmend_a", module, sizeof(module)) == 1, "this build");
	tree_write(root, "sys/module/kmend_a/notes/.note.gnu.build-id", "GNU build id 12346");
	ok(kmend_live_is_module(machine, "kmend_a", module, sizeof(module)) == 0, "another build");
}

int main(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);

	test_one(root, machine);
	test_odd(root, machine);
	test_gradual(root, machine);
	test_order(root, machine);
	test_build(root, machine);
	kmend_machine_free(machine);
	tree_free(root);
	return done_testing();
}
