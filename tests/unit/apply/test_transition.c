// SPDX-License-Identifier: GPL-2.0
/* What apply and undo write down, on a tree whose kernel takes every write and changes nothing. */
#include <errno.h>

#include "tap.h"
#include "tree.h"

#define ID "CVE-1"

static char *root;
static struct kmend_machine *machine;
static const struct kmend_apply_options options = { 0 }, replacing = { .replace = true, .dry_run = true };

static const char *recorded(void)
{
	struct kmend_record *record;
	const char *state;

	if (kmend_record_read(machine->paths.record, ID, &record, NULL))
		return "none";
	state = kmend_record_state_name(record->state);
	kmend_record_free(record);
	return state;
}

static int undo(bool known, enum kmend_outcome *ret_outcome, struct kmend_error *error)
{
	struct kmend_result result = { 0 };
	int code = kmend_undo(machine, ID, known, &options, &result, error);

	*ret_outcome = result.outcome;
	kmend_result_clear(&result);
	return code;
}

static const char *condition(void)
{
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	struct kmend_error error = { 0 };
	const struct kmend_situation *situation;

	if (kmend_picture_take(machine, &picture, &error))
		return "error";
	situation = kmend_picture_find(&picture, ID);
	return situation ? kmend_condition_row(situation->condition)->name : "absent";
}

static void test_undo(void)
{
	enum kmend_outcome outcome;
	struct kmend_error error = { 0 };

	ok(undo(false, &outcome, &error) && error.status == KMEND_STATUS_UNKNOWN_ID, "undo: an unknown id");
	ok(!undo(true, &outcome, &error) && outcome == KMEND_OUTCOME_NOT_APPLIED, "undo: known, not in force");
	is(recorded(), "none", "nothing to write down");
	tree_live(root, ID, "applied", false, 5);
	ok(undo(true, &outcome, &error) && error.status == KMEND_STATUS_FAILURE, "undo: the kernel has no such file");
	is(recorded(), "applied", "so it is in force as before, and a lost record is there again");
	tree_write(root, "sys/kernel/kmend/" ID "/reverse", "");
	ok(!undo(false, &outcome, &error) && outcome == KMEND_OUTCOME_REVERSED, "undo: done");
	is(recorded(), "reversed", "and written down");
	tree_remove(root, "sys");
	tree_record(root, ID, KMEND_RECORD_PENDING, "", "p");
	ok(!undo(false, &outcome, &error) && outcome == KMEND_OUTCOME_NOT_APPLIED, "undo of what waits");
	is(recorded(), "reversed", "means not to try it again");
	tree_remove(root, "var");

	tree_install(root, TREE_RELEASE, ID);
	is(condition(), "missed", "installed, and never applied in this boot");
	ok(!undo(true, &outcome, &error) && outcome == KMEND_OUTCOME_NOT_APPLIED, "undo of it");
	is(condition(), "held", "means that reconcile does not apply it");
	tree_record(root, ID, KMEND_RECORD_APPLIED, "99999999-0000-0000-0000-000000000000", "p");
	is(condition(), "missed", "the next boot applies it");
	ok(!undo(true, &outcome, &error), "undo, with a record of a former boot");
	is(condition(), "held", "the same");
	tree_remove(root, "usr");
	tree_remove(root, "var");
	tree_install(root, "6.1.0-56-amd64", ID);
	ok(!undo(true, &outcome, &error), "undo of one for another kernel");
	is(recorded(), "none", "nothing to write down");
	tree_remove(root, "usr");
}

static int apply(const struct kmend_apply_options *chosen, enum kmend_outcome *ret_outcome, struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	_cleanup_material_ struct kmend_material *material = NULL;
	struct kmend_result result = { 0 };
	int code;

	if (kmend_installed_read(machine, &list, error) || !list.count ||
	    kmend_material_installed(&list.items[0], &material, error))
		return -EIO;
	code = kmend_apply(machine, material, chosen, &result, error);
	*ret_outcome = result.outcome;
	kmend_result_clear(&result);
	return code;
}

static void test_apply(void)
{
	enum kmend_outcome outcome;
	struct kmend_error error = { 0 };

	tree_install(root, "6.1.0-56-amd64", ID);
	ok(apply(&options, &outcome, &error) && error.status == KMEND_STATUS_OTHER_KERNEL, "apply: for another kernel");
	is(recorded(), "none", "nothing to write down");
	tree_remove(root, "usr");
	tree_install(root, TREE_RELEASE, ID);
	ok(apply(&options, &outcome, &error) && error.status == KMEND_STATUS_NO_MODULE &&
		   outcome == KMEND_OUTCOME_PENDING,
	   "apply: no kmend.ko");
	is(recorded(), "pending", "it waits for one");

	tree_live(root, ID, "applied", false, 5);
	ok(!apply(&options, &outcome, &error) && outcome == KMEND_OUTCOME_ALREADY_APPLIED, "apply: in force already");
	is(recorded(), "applied", "and the record follows");
	tree_write(root, "sys/module/kmend_cve_1/notes/.note.gnu.build-id", "another build");
	ok(apply(&options, &outcome, &error) && error.status == KMEND_STATUS_DUPLICATE_ID,
	   "apply: another build of that id is in force");
	is(recorded(), "applied", "the record stays");
	ok(!apply(&replacing, &outcome, &error) && outcome == KMEND_OUTCOME_CHECKED, "a package may replace it");
	tree_live(root, ID, "ready", true, 5);
	ok(apply(&options, &outcome, &error) && error.status == KMEND_STATUS_REFUSED &&
		   outcome == KMEND_OUTCOME_REFUSED,
	   "apply: another build has to stay in memory");
}

/* Nobody is told of what is not durable: the record's directory cannot be made here. */
static void test_no_record(void)
{
	enum kmend_outcome outcome;
	struct kmend_error error = { 0 };

	tree_remove(root, "var");
	tree_remove(root, "sys/module");
	tree_write(root, "var", "a file where a directory should be");
	tree_live(root, ID, "applied", false, 5);
	ok(apply(&options, &outcome, &error), "apply: no success without a record");
	tree_write(root, "sys/kernel/kmend/" ID "/reverse", "untouched");
	ok(undo(true, &outcome, &error) && outcome == KMEND_OUTCOME_FAILED, "undo: nor begun without one");
	{
		_cleanup_free_ char *path = kmend_path(root, "sys/kernel/kmend/" ID "/reverse"), *text = NULL;

		ok(!kmend_file_read(path, 100, &text, NULL, NULL) && !strcmp(text, "untouched"),
		   "the kernel was not asked");
	}
}

int main(void)
{
	root = tree_new();
	machine = tree_machine(root);
	test_undo();
	test_apply();
	test_no_record();
	kmend_machine_free(machine);
	tree_free(root);
	return done_testing();
}
