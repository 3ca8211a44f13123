# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: exiting and probed tasks, torn states, kprobes, BPF, livepatches, CPU hotplug: each works or is refused by name
# needs: ko parts:eventfd parts:siocatmark testmods
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ID=TEST-eventfd CVE=CVE-2026-52928
TEST=/sys/module/kmend_test/parameters
put() { echo "$3" >"$SYSFS/$1/$2"; }
is_in_force() { check_equal "$1" "$2" "$(eventfd_read which)"; }
# refused NAME REGEX: the last attempt was, for this reason
refused() { check_match "$1" "$2" "$(in_kernel $ID refusal)"; }
# persist SECONDS ID FILE: until it succeeds; who is busy for a moment leaves
persist() { wait_for "$1" put "$2" "$3" 1; }

check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
check "the update" insmod "$VM_PAYLOAD"/parts/eventfd/*.ko
check "the module for odd states" insmod "$VM_PAYLOAD/testmods/kmend_test.ko"
BYTES=$(kernel_bytes eventfd_read 64)

note "a thread at the end of its exit, in no list"
echo Y >$TEST/hold_exit
churn leave >/dev/null &
CHURN=$!
check "it is there" wait_for 60 grep -q 1 $TEST/exiting
check_equal "and in no list" "" "$(cat /proc/[0-9]*/task/*/comm 2>/dev/null | grep leaver)"
check_status "nobody can tell where it is: busy" 1 put $ID apply 1
refused "by name" '^busy: 1 task at the end of their exit'
is_in_force "not applied" old
echo N >$TEST/hold_exit
check "once it has ended" persist 20 $ID apply
is_in_force "applied" new
echo Y >$TEST/hold_exit
kill $CHURN
wait $CHURN 2>/dev/null
churn leave >/dev/null &
CHURN=$!
check "another one" wait_for 60 grep -q 1 $TEST/exiting
check_status "undo is busy, too" 1 put $ID reverse 1
refused "by name" '^busy: 1 task at the end of their exit'
echo N >$TEST/hold_exit
check "then it is reversed" persist 20 $ID reverse
kill $CHURN

note "tasks that run and sleep in functions with return probes"
echo 'r:back hrtimer_nanosleep' >$TRACE/kprobe_events
echo 'r:back2 do_nanosleep' >>$TRACE/kprobe_events
echo 1 >$TRACE/events/kprobes/enable
churn wander 30 >/dev/null &
CHURN=$!
churn load 2 >/dev/null &
LOAD=$!
for ((i = 0; i < 20; i++)); do { persist 20 $ID apply && persist 20 $ID reverse; } || break; done
check_equal "20 rounds with threads that sleep, run, migrate, come and go" 20 $i
kill $CHURN $LOAD
wait $CHURN $LOAD 2>/dev/null
echo 0 >$TRACE/events/kprobes/enable
echo >$TRACE/kprobe_events

note "torn states: bytes that are not ours"
check "one byte changes" sh -c "echo 'eventfd_read+10 cc' >$TEST/poke"
check_status "refused" 1 put $ID apply 1
refused "by name, with the place" '^code_changed: eventfd_read\+0x10 '
check "and back" sh -c "echo back >$TEST/poke"
check "another tool's jump behind the ftrace site" sh -c "echo 'eventfd_read+5 e900001000' >$TEST/poke"
check_status "refused" 1 put $ID apply 1
refused "by name" '^(already_replaced: eventfd_read\+0x5 jumps to|code_changed: eventfd_read\+0x5)'
check "and back" sh -c "echo back >$TEST/poke"
check "applied" put $ID apply 1
check "our own jump is torn: its distance" sh -c "echo 'eventfd_read+8 90' >$TEST/poke; true"
check_status "undo is refused" 1 put $ID reverse 1
refused "by name" '^code_changed: eventfd_read\+0x5'
check_equal "still applied" applied "$(in_kernel $ID state)"
check "and back" sh -c "echo back >$TEST/poke"
is_in_force "in force" new
check "undone" put $ID reverse 1
unchanged "byte for byte" eventfd_read "$BYTES"

note "kprobes"
# kprobed OFFSET: a probe in force there
kprobed() {
	echo "p:inside eventfd_read+$1" >$TRACE/kprobe_events || return
	echo 1 >$TRACE/events/kprobes/enable
}
unprobed() {
	echo 0 >$TRACE/events/kprobes/enable
	echo >$TRACE/kprobe_events
}
kprobed 5
check_status "a probe where the jump goes: refused" 1 put $ID apply 1
refused "by name" '^kprobe: eventfd_read\+0x5'
unprobed
# Wherever an instruction begins.
for ((offset = 20; offset < 40; offset++)); do kprobed $offset 2>/dev/null && break; done
sleep 1
note "$(grep eventfd_read /sys/kernel/debug/kprobes/list)"
check_status "one inside, optimised if it can be: refused" 1 put $ID apply 1
refused "by name" '^kprobe: eventfd_read\+0x'
unprobed
check "applied without them" persist 20 $ID apply
kprobed 0
check_match "one at the entry sees calls of the new code" 1 "$(eventfd_read which >/dev/null; grep -c inside: $TRACE/trace)"
check "undone with it" put $ID reverse 1
check "applied with it" put $ID apply 1
unprobed
kprobed 5
check_status "one on our jump: undo is refused" 1 put $ID reverse 1
refused "by name" '^kprobe: eventfd_read\+0x5'
unprobed
is_in_force "in force" new
check "undone" persist 20 $ID reverse
unchanged "byte for byte" eventfd_read "$BYTES"

note "BPF at the entry and the exit"
mkfifo /run/gate
for where in entry exit; do
	for order in before after; do
		[ $order = before ] || check "$order: applied" put $ID apply 1
		fentry $where eventfd_read /run/gate >/run/fentry &
		check "$where: the program is attached $order" wait_for 60 grep -q attached /run/fentry
		[ $order = after ] || check "$order: applied" persist 10 $ID apply
		is_in_force "$where, $order: the new code" new
		check "$where, $order: undone with it" persist 10 $ID reverse
		is_in_force "$where, $order: the old code" old
		check "$where, $order: applied again" persist 10 $ID apply
		is_in_force "$where, $order: the new code again" new
		echo >/run/gate
		wait $!
		check_equal "$where, $order: it saw every call" 3 "$(tail -n 1 /run/fentry)"
		check "$where, $order: undone without it" persist 10 $ID reverse
	done
done
unchanged "byte for byte" eventfd_read "$BYTES"

note "livepatches of others"
LIVE=$VM_PAYLOAD/testmods/kmend_test_livepatch.ko
unlive() {
	echo 0 >/sys/kernel/livepatch/kmend_test_livepatch/enabled
	wait_for 60 sh -c '! grep -q 1 /sys/kernel/livepatch/kmend_test_livepatch/transition' && wait_for 60 rmmod kmend_test_livepatch
}
settled() { wait_for 60 grep -q 0 /sys/kernel/livepatch/kmend_test_livepatch/transition; }
check "one of another function" insmod "$LIVE" function=cmdline_proc_show
check "settles" settled
check_equal "it works" "" "$(cat /proc/cmdline)"
check "applied beside it" put $ID apply 1
is_in_force "the new code" new
check_equal "both" "" "$(cat /proc/cmdline)"
check "undone beside it" put $ID reverse 1
check "it goes" unlive
check "applied" put $ID apply 1
check "one that comes behind us, of another function" insmod "$LIVE" function=cmdline_proc_show
check_equal "nothing to tell" none "$(in_kernel $ID refusal)"
check "it goes" unlive
check "one of the same function" insmod "$LIVE"
check "settles" settled
is_in_force "is what is called" "Inappropriate ioctl for device"
refused "which is told" '^livepatch: eventfd_read'
check_match "in the log, too" "livepatch kmend_test_livepatch replaces eventfd_read, too" "$(dmesg | tail -n 30 | tr '\n' ' ')"
check "undone below it" put $ID reverse 1
check_status "apply is refused" 1 put $ID apply 1
refused "by name" '^livepatch: eventfd_read'
check "it goes" unlive
check "then applied" put $ID apply 1
is_in_force "in force" new

note "a CPU goes and comes while updates are switched"
check "another update" insmod "$VM_PAYLOAD"/parts/siocatmark/*.ko
(while :; do
	echo 0 >/sys/devices/system/cpu/cpu1/online
	echo 1 >/sys/devices/system/cpu/cpu1/online
done) &
HOTPLUG=$!
for ((i = 0; i < 10; i++)); do
	persist 20 $CVE apply && persist 20 $ID reverse && persist 20 $CVE reverse && persist 20 $ID apply && continue
	break
done
kill $HOTPLUG
wait $HOTPLUG 2>/dev/null
echo 1 >/sys/devices/system/cpu/cpu1/online 2>/dev/null
check_equal "20 rounds" 10 $i
check_equal "the new code on both" "new new" "$(taskset -c 0 eventfd_read which) $(taskset -c 1 eventfd_read which)"

note "suspend to RAM, all of it but the machine's own part"
if echo core >/sys/power/pm_test 2>/dev/null && echo mem >/sys/power/state 2>/run/suspend; then
	is_in_force "in force afterwards" new
	check "undone" persist 20 $ID reverse
	check "applied" persist 20 $ID apply
else
	skip "in force after suspend to RAM" "this kernel cannot try it: $(cat /run/suspend)"
fi

note "nothing can be taken away while it is in use"
check_status "kmend.ko cannot leave" 1 rmmod kmend
check_status "nor the update" 1 rmmod kmend_test_eventfd
check "undone" persist 20 $ID reverse
check_status "kmend.ko cannot leave before the updates" 1 rmmod kmend
check "the updates leave" rmmod kmend_test_eventfd "$(lsmod | awk '/^kmend_cve/ { print $1 }')"
check "kmend.ko leaves" rmmod kmend
check "nothing of it remains" sh -c '! ls /sys/kernel/kmend /sys/module/kmend 2>/dev/null && ! grep -qE "\[kmend(_test_eventfd|_cve.*)?\]" /proc/kallsyms && ! grep -q "\[kmend\]" /proc/vmallocinfo'
unchanged "byte for byte" eventfd_read "$BYTES"
check "the module for odd states leaves" rmmod kmend_test
