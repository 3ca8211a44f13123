// SPDX-License-Identifier: GPL-2.0
/* Kernel x installed x record: every condition, as one table. */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tap.h"
#include "tree.h"

#define ID "CVE-1"
#define OTHER_BOOT "99999999-0000-0000-0000-000000000000"
#define NO_RECORD -1

static const struct row {
	const char *name;
	bool installed;
	const char *live; /* state, or NULL */
	bool escapes;
	int record; /* enum kmend_record_state, or NO_RECORD */
	const char *boot;
	const char *package;
	const char *expected;
} rows[] = {
	/* what is in force */
	{ "all three agree", true, "applied", 0, KMEND_RECORD_APPLIED, "", "p", "applied" },
	{ "applied from a container", false, "applied", 0, KMEND_RECORD_APPLIED, "", "", "applied-by-hand" },
	{ "killed after the switch", true, "applied", 0, KMEND_RECORD_APPLYING, "", "p", "applied-unrecorded" },
	{ "killed after the switch, by hand", false, "applied", 0, KMEND_RECORD_APPLYING, "", "",
	  "applied-unrecorded" },
	{ "the record was lost", true, "applied", 0, NO_RECORD, "", "", "applied-unrecorded" },
	{ "the record is of another boot", true, "applied", 0, KMEND_RECORD_APPLIED, OTHER_BOOT, "p",
	  "applied-unrecorded" },
	{ "undo killed before the switch, installed", true, "applied", 0, KMEND_RECORD_REVERSING, "", "p",
	  "applied-unrecorded" },
	{ "undo killed before the switch, package gone", false, "applied", 0, KMEND_RECORD_REVERSING, "", "p",
	  "applied-undo-interrupted" },
	{ "undo killed before the switch, by hand", false, "applied", 0, KMEND_RECORD_REVERSING, "", "",
	  "applied-undo-interrupted" },
	{ "the package went unnoticed", false, "applied", 0, KMEND_RECORD_APPLIED, "", "p", "applied-package-gone" },
	{ "nobody knows where it came from", false, "applied", 0, NO_RECORD, "", "", "applied-package-gone" },
	/* what is in force for some tasks */
	{ "apply waits for tasks", true, "switching", 0, KMEND_RECORD_PENDING, "", "p", "switching" },
	{ "apply waits for tasks, by hand", false, "switching", 0, KMEND_RECORD_PENDING, "", "", "switching" },
	{ "apply was killed while it waited", true, "switching", 0, KMEND_RECORD_APPLYING, "", "p", "switching" },
	{ "the package went meanwhile", false, "switching", 0, KMEND_RECORD_PENDING, "", "p", "applied-package-gone" },
	{ "undo was killed while it waited", true, "reversing", 0, KMEND_RECORD_REVERSING, "", "p", "reversing" },
	{ "all tasks have come over since", true, "applied", 0, KMEND_RECORD_PENDING, "", "p", "applied-unrecorded" },
	/* what is installed and not in force */
	{ "freshly booted", true, NULL, 0, KMEND_RECORD_APPLIED, OTHER_BOOT, "p", "missed" },
	{ "never applied", true, NULL, 0, NO_RECORD, "", "", "missed" },
	{ "refused in another boot", true, NULL, 0, KMEND_RECORD_REFUSED, OTHER_BOOT, "p", "missed" },
	{ "undone in another boot", true, NULL, 0, KMEND_RECORD_REVERSED, OTHER_BOOT, "p", "missed" },
	{ "busy", true, NULL, 0, KMEND_RECORD_PENDING, "", "p", "pending" },
	{ "refused", true, "refused", 0, KMEND_RECORD_REFUSED, "", "p", "refused" },
	{ "undone by hand", true, NULL, 0, KMEND_RECORD_REVERSED, "", "p", "held" },
	{ "undone by hand, its module left behind", true, "ready", 0, KMEND_RECORD_REVERSED, "", "p", "abandoned" },
	{ "undone by hand, its code must stay", true, "ready", 1, KMEND_RECORD_REVERSED, "", "p", "held" },
	{ "killed before loading", true, NULL, 0, KMEND_RECORD_APPLYING, "", "p", "interrupted" },
	{ "killed before the switch", true, "ready", 0, KMEND_RECORD_APPLYING, "", "p", "interrupted" },
	{ "undo killed after the switch", true, "ready", 0, KMEND_RECORD_REVERSING, "", "p", "abandoned" },
	{ "left the kernel by itself", true, NULL, 0, KMEND_RECORD_APPLIED, "", "p", "interrupted" },
	{ "killed between two parts", true, "loading", 0, KMEND_RECORD_APPLYING, "", "p", "interrupted" },
	/* neither installed nor in force */
	{ "nothing of it is left", false, NULL, 0, KMEND_RECORD_REVERSED, "", "p", "past" },
	{ "refused, by hand", false, "refused", 0, KMEND_RECORD_REFUSED, "", "", "past" },
	{ "by hand, before the boot", false, NULL, 0, KMEND_RECORD_APPLIED, OTHER_BOOT, "", "rebooted" },
	{ "killed before the switch, by hand", false, "ready", 0, KMEND_RECORD_APPLYING, "", "", "abandoned" },
	{ "killed before loading, by hand", false, NULL, 0, KMEND_RECORD_APPLYING, "", "", "abandoned" },
	{ "loaded by somebody else", false, "ready", 0, NO_RECORD, "", "", "half-loaded" },
	{ "loaded in part by somebody else", false, "loading", 0, NO_RECORD, "", "", "half-loaded" },
	{ "undone, its code must stay", false, "ready", 1, KMEND_RECORD_REVERSED, "", "p", "inert" },
};

static const char *condition_of(const struct kmend_machine *machine, enum kmend_status *ret_status)
{
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	struct kmend_error error = { 0 };
	const struct kmend_situation *situation;

	if (kmend_picture_take(machine, &picture, &error)) {
		diag("%s", error.message);
		return "error";
	}
	situation = kmend_picture_find(&picture, ID);
	*ret_status = kmend_picture_status(&picture);
	return situation ? kmend_condition_row(situation->condition)->name : "absent";
}

static void test_rows(void)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		char *root = tree_new();
		struct kmend_machine *machine = tree_machine(root);
		enum kmend_status status;

		if (rows[i].installed)
			tree_install(root, TREE_RELEASE, ID);
		if (rows[i].live)
			tree_live(root, ID, rows[i].live, rows[i].escapes, rows[i].escapes ? 5 : 0);
		if (rows[i].record != NO_RECORD)
			tree_record(root, ID, rows[i].record, rows[i].boot, rows[i].package);
		is(condition_of(machine, &status), rows[i].expected, rows[i].name);
		kmend_machine_free(machine);
		tree_free(root);
	}
}

static void test_files(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	enum kmend_status status;

	tree_install(root, "6.1.0-56-amd64", ID);
	is(condition_of(machine, &status), "other-kernel", "installed for another kernel only");
	ok(status == KMEND_STATUS_OK, "which is no trouble");
	tree_install(root, TREE_RELEASE, ID);
	is(condition_of(machine, &status), "missed", "the running kernel's comes first");
	ok(status == KMEND_STATUS_BUSY, "not in step yet");
	tree_write(root, "etc/kmend/disable", "");
	is(condition_of(machine, &status), "switched-off", "switched off");
	tree_remove(root, "etc/kmend/disable");
	tree_write(root, "usr/lib/kmend/updates/" TREE_RELEASE "/" ID "/kmend_cve_1.ko", "not the module");
	is(condition_of(machine, &status), "damaged", "a module that is not the manifest's");
	ok(status == KMEND_STATUS_REFUSED, "somebody has to look");
	tree_live(root, ID, "applied", false, 1);
	is(condition_of(machine, &status), "applied-damaged", "the same while it is in force");
	tree_write(root, "usr/lib/kmend/updates/" TREE_RELEASE "/" ID "/manifest.json", "{");
	is(condition_of(machine, &status), "applied-damaged", "a manifest that is none");
	kmend_machine_free(machine);
	tree_free(root);
}

/* What would look like left behind by a run that was killed, while that run is at work. */
static void test_at_work(void)
{
	static const struct {
		const char *name, *live;
		enum kmend_record_state record;
		const char *expected;
	} cases[] = {
		{ "being loaded", "loading", KMEND_RECORD_APPLYING, "changing" },
		{ "tried again and again", NULL, KMEND_RECORD_APPLYING, "changing" },
		{ "switched, not yet recorded", "applied", KMEND_RECORD_APPLYING, "applied-changing" },
		{ "about to be undone", "applied", KMEND_RECORD_REVERSING, "applied-changing" },
		{ "task by task", "switching", KMEND_RECORD_APPLYING, "switching" },
		{ "busy before, another one's turn now", NULL, KMEND_RECORD_PENDING, "pending" },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(cases); i++) {
		char *root = tree_new();
		struct kmend_machine *machine = tree_machine(root);
		_cleanup_free_ char *locks = NULL, *own = NULL;
		enum kmend_status status;
		struct stat lock = { 0 };

		tree_install(root, TREE_RELEASE, ID);
		if (cases[i].live)
			tree_live(root, ID, cases[i].live, false, 0);
		tree_record(root, ID, cases[i].record, "", "p");
		tree_write(root, "run/kmend/lock", "");
		ok(!stat(machine->paths.lock, &lock), "the lock");
		locks = kmend_format(
			"1: POSIX  ADVISORY  WRITE 7 00:01:5 0 EOF\n2: FLOCK  ADVISORY  WRITE 1 %02x:%02x:%lu 0 EOF\n",
			major(lock.st_dev), minor(lock.st_dev), (unsigned long)lock.st_ino);
		tree_write(root, "proc/locks", locks);
		is(condition_of(machine, &status), cases[i].expected, cases[i].name);
		own = kmend_format(
			"2: FLOCK  ADVISORY  WRITE %d %02x:%02x:%lu 0 EOF\n3: -> FLOCK  ADVISORY  WRITE 1 %02x:%02x:%lu 0 EOF\n",
			getpid(), major(lock.st_dev), minor(lock.st_dev), (unsigned long)lock.st_ino,
			major(lock.st_dev), minor(lock.st_dev), (unsigned long)lock.st_ino);
		tree_write(root, "proc/locks", own);
		ok(!strstr(condition_of(machine, &status), "changing"),
		   "the run itself, and who waits for it, are not meant");
		kmend_machine_free(machine);
		tree_free(root);
	}
}

/* Undone by the removal of its package, whose files then came anew: their installation was cut short, nobody wishes it. */
static void test_anew(void)
{
	_cleanup_free_ char *path = NULL;
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	struct kmend_result result = { 0 };
	const struct kmend_apply_options options = { 0 };
	struct kmend_error error = { 0 };
	enum kmend_status status;

	tree_install(root, TREE_RELEASE, ID);
	tree_record(root, ID, KMEND_RECORD_REVERSED, "", "p");
	is(condition_of(machine, &status), "held", "undone with its files there");
	path = kmend_format("%s/usr/lib/kmend/updates/" TREE_RELEASE "/" ID "/manifest.json", root);
	ok(!chmod(path, 0600), "its mode changes");
	is(condition_of(machine, &status), "held", "which is no new file");
	tree_remove(root, "usr/lib/kmend/updates/" TREE_RELEASE "/" ID);
	is(condition_of(machine, &status), "past", "their removal ends it");
	tree_install(root, TREE_RELEASE, ID);
	is(condition_of(machine, &status), "interrupted", "the same package again, not put in force yet");
	ok(!kmend_undo(machine, ID, true, &options, &result, &error), "undone once more: %s", error.message);
	is(condition_of(machine, &status), "held", "which is a wish about these files");
	kmend_result_clear(&result);
	tree_remove(root, "var/lib/kmend/record");
	tree_remove(root, "usr/lib/kmend/updates/" TREE_RELEASE "/" ID);
	tree_record(root, ID, KMEND_RECORD_REVERSED, "", "");
	tree_install(root, TREE_RELEASE, ID);
	is(condition_of(machine, &status), "interrupted", "undone by hand before any package of it came");
	kmend_machine_free(machine);
	tree_free(root);
}

static void test_changed(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	enum kmend_status status;

	tree_install(root, TREE_RELEASE, ID);
	tree_live(root, ID, "applied", false, 1);
	tree_record(root, ID, KMEND_RECORD_APPLIED, "", "p");
	tree_write(root, "sys/module/kmend_cve_1/notes/.note.gnu.build-id", "another build");
	is(condition_of(machine, &status), "applied-changed", "another build is in force than is installed");
	tree_remove(root, "sys/module/kmend_cve_1");
	tree_write(root, "var/lib/kmend/record/" ID ".json", "{");
	is(condition_of(machine, &status), "applied-unrecorded", "a damaged record is no record");
	kmend_machine_free(machine);
	tree_free(root);
}

static void test_targets(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	_cleanup_live_ struct kmend_live *live = NULL;
	_cleanup_free_ char *text = NULL;
	enum kmend_status status;

	tree_live(root, ID, "applied", true, 0);
	tree_record(root, ID, KMEND_RECORD_APPLIED, "", "");
	tree_write(root, "sys/kernel/kmend/" ID "/targets", "vmlinux loaded\next4 armed\nxfs armed\n");
	is(condition_of(machine, &status), "applied-by-hand", "a target that is not there is no trouble");
	tree_write(root, "sys/kernel/kmend/" ID "/targets", "vmlinux loaded\next4 refused\nxfs armed\nf2fs armed\n");
	is(condition_of(machine, &status), "applied-partly", "one that came and was refused is");
	ok(status == KMEND_STATUS_REFUSED, "somebody has to look");
	tree_write(root, "sys/kernel/kmend/" ID "/target_refusals", "ext no: not it\next4 no_match: a+0x1 (b.c): c\n");
	if (kmend_live_read(machine, ID, &live, NULL))
		abort();
	text = kmend_targets_text(&live->targets);
	is(text, "waits for xfs, f2fs; refused by ext4", "in words");
	is(kmend_target_refusal(live->targets.items[1]), "no_match: a+0x1 (b.c): c", "with the reason");
	is(kmend_target_refusal(live->targets.items[0]), "", "of the refused one only");
	kmend_live_free(kmend_steal(live));
	tree_write(root, "sys/kernel/kmend/" ID "/targets", "vmlinux loaded\next4 late\nxfs armed\n");
	is(condition_of(machine, &status), "applied-late", "one that came meanwhile is not refused");
	ok(status == KMEND_STATUS_BUSY, "it goes on by itself");
	if (kmend_live_read(machine, ID, &live, NULL))
		abort();
	free(kmend_steal(text));
	text = kmend_targets_text(&live->targets);
	is(text, "waits for xfs; not yet in ext4", "in words");
	ok(!kmend_live_must_stay(live), "never switched: it may leave");
	kmend_live_free(kmend_steal(live));
	tree_write(root, "sys/module/kmend_cve_1/refcnt", "1\n");
	if (kmend_live_read(machine, ID, &live, NULL))
		abort();
	ok(kmend_live_must_stay(live), "but not if the kernel holds it, since a module that came was switched");
	kmend_machine_free(machine);
	tree_free(root);
}

/* Dry: the steps are listed. Then those that touch only the record are taken; nothing can be loaded into a test's tree. */
static void test_reconcile(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	const struct kmend_apply_options dry = { .dry_run = true }, wet = { 0 };
	struct kmend_step_list steps = { 0 };
	struct kmend_error error = { 0 };
	enum kmend_status status;

	tree_record(root, ID, KMEND_RECORD_APPLIED, OTHER_BOOT, "p");
	ok(!kmend_reconcile(machine, &dry, &steps, &error) && steps.count == 1 &&
		   steps.items[0].action == KMEND_ACTION_RECORD,
	   "a dry run lists the step");
	kmend_step_list_clear(&steps);
	is(condition_of(machine, &status), "rebooted", "and takes none");
	ok(!kmend_reconcile(machine, &wet, &steps, &error) && steps.count == 1 &&
		   steps.items[0].error.status == KMEND_STATUS_OK,
	   "taken");
	kmend_step_list_clear(&steps);
	is(condition_of(machine, &status), "past", "the record is right now");
	ok(!kmend_reconcile(machine, &wet, &steps, &error) && steps.count == 0, "and again nothing to do");

	tree_install(root, TREE_RELEASE, ID);
	tree_live(root, ID, "applied", false, 77);
	tree_record(root, ID, KMEND_RECORD_APPLYING, "", "p");
	ok(!kmend_reconcile(machine, &wet, &steps, &error) && steps.count == 1, "killed between switch and record");
	kmend_step_list_clear(&steps);
	is(condition_of(machine, &status), "applied", "put right");

	tree_remove(root, "sys");
	tree_record(root, ID, KMEND_RECORD_APPLIED, OTHER_BOOT, "p");
	ok(!kmend_reconcile(machine, &wet, &steps, &error) && steps.count == 1 &&
		   steps.items[0].error.status == KMEND_STATUS_NO_MODULE,
	   "installed, but no kmend.ko: said so");
	kmend_step_list_clear(&steps);
	is(condition_of(machine, &status), "pending", "and tried again later");
	kmend_machine_free(machine);
	tree_free(root);
}

/* What a cumulative update has replaced is installed, waits by its record, and is as it should be. */
static void test_replaced(void)
{
	char *root = tree_new();
	struct kmend_machine *machine = tree_machine(root);
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	struct kmend_error error = { 0 };

	tree_install(root, machine->release, "OLD");
	tree_record(root, "OLD", KMEND_RECORD_PENDING, "", "p");
	tree_live(root, "NEW", "applied", false, 1);
	tree_record(root, "NEW", KMEND_RECORD_APPLIED, "", "");
	tree_write(root, "sys/kernel/kmend/NEW/replaces", "OLD\n");
	ok(!kmend_picture_take(machine, &picture, &error), "looked at");
	is(kmend_condition_row(kmend_picture_find(&picture, "OLD")->condition)->name, "replaced",
	   "its place was taken");
	ok(kmend_picture_status(&picture) == KMEND_STATUS_OK, "all is well");
	kmend_machine_free(machine);
	tree_free(root);
}

int main(void)
{
	test_rows();
	test_replaced();
	test_files();
	test_at_work();
	test_anew();
	test_changed();
	test_targets();
	test_reconcile();
	return done_testing();
}
