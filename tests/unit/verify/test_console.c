// SPDX-License-Identifier: GPL-2.0
/* What of the kernel's words fails an update. */
#include "core/verify/internal.h"
#include "tap.h"

static const struct {
	const char *line;
	size_t bad, remarks;
} lines[] = {
	{ "[    3.1] WARNING: CPU: 0 PID: 77 at kernel/softirq.c:376 __local_bh_enable_ip+0x42/0x70", 1, 0 },
	{ "[    3.1] BUG: unable to handle page fault for address: ffffffffc0000000", 1, 0 },
	{ "[    3.1] general protection fault, probably for non-canonical address 0x1: 0000 [#1] SMP", 1, 0 },
	{ "[    3.1] rcu: INFO: rcu_preempt self-detected stall on CPU", 1, 0 },
	{ "[    3.1] Kernel panic - not syncing: Fatal exception", 1, 0 },
	{ "[    3.1] RETBleed: WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks, data leaks", 0,
	  0 },
	{ "[    3.1] kmend: update CVE-2026-52928 applied", 0, 0 },
	{ "[    3.1] kmend: update X: target loop refused: bytes_differ: f", 1, 0 },
	{ "[    3.1] kmend: loading out-of-tree module taints kernel.", 0, 0 },
	{ "[    3.1] kmend_x: module verification failed: signature and/or required key missing - tainting kernel", 0,
	  0 },
	{ "[    3.1] eth0: link becomes ready", 0, 1 },
	{ "", 0, 0 },
};

int main(void)
{
	_cleanup_strv_ struct kmend_strv bad = { 0 }, remarks = { 0 };
	_cleanup_buffer_ struct kmend_buffer many = { 0 };
	_cleanup_free_ char *tail = NULL, *all = NULL, *one = NULL, *none = NULL;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(lines); i++) {
		_cleanup_strv_ struct kmend_strv these = { 0 }, others = { 0 };

		kmend_console_judge(lines[i].line, &these, &others);
		tap_ok(these.count == lines[i].bad && others.count == lines[i].remarks, "%.60s: %s", lines[i].line,
		       lines[i].bad ? "fails the update" : "does not");
	}
	for (int i = 0; i < 1000; i++)
		kmend_buffer_addf(&many, "[    1.0] Oops %d\r\n[    1.0] word %d\r\n", i, i);
	kmend_console_judge(many.data, &bad, &remarks);
	tap_ok(bad.count == 50 && remarks.count == 50, "a kernel that says much: the beginning is kept");
	tap_ok(!strcmp(bad.items[0], "[    1.0] Oops 0"), "lines without their ends");
	tail = kmend_console_tail("one\ntwo\nthree\nfour\n", 2);
	tap_ok(!strcmp(tail, "three\nfour\n"), "the last two lines");
	all = kmend_console_tail("one\ntwo\n", 9);
	tap_ok(!strcmp(all, "one\ntwo\n"), "all, where there are fewer");
	one = kmend_console_tail("one", 1);
	tap_ok(!strcmp(one, "one"), "a line without an end");
	none = kmend_console_tail("", 3);
	tap_ok(!*none, "none of nothing");
	return tap_done();
}
