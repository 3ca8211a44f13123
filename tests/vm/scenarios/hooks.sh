# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the four updates of docs/hooks; each of the ten stages, also failing; hooks of a module; what a debug build sees
# needs: ko ko_debug update:eventfd-writes update:zero-splice update:devkmsg-lock update:unix-peek-offset update:hook-stages update:hook-misbehaves update:hook-module
# timeout: 300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
LIMIT=/proc/sys/kernel/core_pipe_limit
PATTERN=/proc/sys/kernel/core_pattern
mkfifo /run/gate

# load NAME: insmod the update of that name; its id is TEST-NAME.
load() {
	rm -rf /run/update
	dpkg-deb -x "$(update_deb "$1")" /run/update
	insmod /run/update/usr/lib/kmend/updates/*/*/*.ko
}
unload() { rmmod "kmend_test_${1//-/_}"; }
apply() { echo 1 >"$SYSFS/TEST-$1/apply"; }
reverse() { echo 1 >"$SYSFS/TEST-$1/reverse"; }
state() { in_kernel "TEST-$1" state; }

note "a debug build sees what hooks do in the stop"
# seen_at NUMBER WORDS: with that number the check hook does wrong, and is taken to have refused.
seen_at() {
	echo "$1" >$LIMIT
	check_status "$2: refused" 1 apply hook-misbehaves
	check_equal "$2: by name" "hook_refused: check_apply: misbehave() gave -EDEADLK" "$(in_kernel TEST-hook-misbehaves refusal)"
	check_match "$2: the log tells" "debug: the hook misbehave\\(\\) $2 in the stop" "$(dmesg | tail -n 4)"
}
check "the debug build loads" insmod "$VM_PAYLOAD/kmend-debug.ko"
check "load" load hook-misbehaves
seen_at 201 'calls __kmalloc\(\), which allocates memory'
seen_at 202 'calls mutex_lock\(\), which takes a lock that a stopped task may hold'
seen_at 203 'left interrupts switched on'
seen_at 204 'left another preemption count'
check_equal "the state is as it was" ready "$(state hook-misbehaves)"
echo 205 >$LIMIT
check "a hook that cannot refuse does wrong" apply hook-misbehaves
check_match "the log tells" "debug: the hook misbehave_later\(\) calls __kmalloc\(\), which allocates" "$(dmesg | tail -n 4)"
check "reverse" reverse hook-misbehaves
echo 0 >$LIMIT
SEEN=$(dmesg | grep -c 'debug: the hook')
check "one that does nothing wrong" apply hook-misbehaves
check_equal "is not told of" "$SEEN" "$(dmesg | grep -c 'debug: the hook')"
check "reverse" reverse hook-misbehaves
check "the module leaves" unload hook-misbehaves
check_equal "no probe is left" "" "$(cat /sys/kernel/debug/kprobes/list)"
check "the debug build leaves" rmmod kmend

check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
BEFORE=$(for function in eventfd_write unix_set_peek_off proc_dostring_coredump; do kernel_bytes $function 64; done)

note "a structure gains a field: shadow data"
check_equal "before: not told" untold "$(hooks writes)"
hooks writes /run/gate >/run/old &
wait_for 60 grep -q ready /run/old
check "load" load eventfd-writes
check "apply" apply eventfd-writes
check_equal "each object has its own count" 3 "$(hooks writes)"
check_equal "and the next at the same address starts anew" 3 "$(hooks writes)"
echo >/run/gate
wait
check_equal "one from before has none until it is written to" "0 1" "$(tail -n 1 /run/old)"
hooks writes /run/gate >/run/old &
wait_for 60 grep -q ready /run/old
check "reverse" reverse eventfd-writes
check_equal "after: not told" untold "$(hooks writes)"
check "apply again" apply eventfd-writes
echo >/run/gate
wait
check_equal "the reversal has freed what was counted" "0 1" "$(tail -n 1 /run/old)"
check "reverse" reverse eventfd-writes

note "a table gains a callback: written in the stop"
check_equal "before: refused" refused "$(hooks splice)"
check "load" load zero-splice
check "apply" apply zero-splice
check_equal "the callback is called" 4096 "$(hooks splice)"
check "reverse" reverse zero-splice
check_equal "after: refused" refused "$(hooks splice)"
check "its address may have been kept by somebody: the module stays" test -d /sys/module/kmend_test_zero_splice
check_match "and cannot leave" "in use" "$(rmmod kmend_test_zero_splice 2>&1)"
check "apply again" apply zero-splice
check_equal "called again" 4096 "$(hooks splice)"
check "reverse" reverse zero-splice

note "a flag that should have been set at boot: no function is replaced"
DEVKMSG=/proc/sys/kernel/printk_devkmsg
OLD=$(cat $DEVKMSG)
check "before: it can be set" sh -c "echo on >$DEVKMSG"
check "load" load devkmsg-lock
check "apply" apply devkmsg-lock
check_status "locked" 1 sh -c "echo off 2>/dev/null >$DEVKMSG"
check_equal "as it was" on "$(cat $DEVKMSG)"
check "reverse" reverse devkmsg-lock
check "after: it can be set" sh -c "echo $OLD >$DEVKMSG"
check "the module leaves" unload devkmsg-lock

note "wrong data are there already: walked and corrected"
check_equal "before: accepted" accepted "$(hooks peek)"
hooks peek /run/gate >/run/old &
wait_for 60 grep -q ready /run/old
check "load" load unix-peek-offset
check "apply" apply unix-peek-offset
check_equal "no new ones" refused "$(hooks peek)"
echo >/run/gate
wait
check_equal "those from before are corrected" -1 "$(tail -n 1 /run/old)"
check "reverse" reverse unix-peek-offset
check_equal "after: accepted" accepted "$(hooks peek)"
check "the module leaves" unload unix-peek-offset

# What the hooks noted last: "LAST STAGE: DIGITS", a digit for each stage in the order of the calls.
told() { dmesg | sed -n 's/.*kmend test hooks: //p' | tail -n 1; }
set_pattern() { (echo core >$PATTERN) 2>/dev/null; }
refusal() { in_kernel TEST-hook-stages refusal; }
# refused_at STAGE NUMBER OPERATION STATE NOTES: that stage refuses; nothing has changed.
refused_at() {
	local bytes
	bytes=$(kernel_bytes proc_dostring_coredump 64)
	echo $((100 + $2)) >$LIMIT
	check_status "$1: the operation fails" 1 "$3" hook-stages
	echo 0 >$LIMIT
	check_equal "$1: by name" "hook_refused: $1: test_$1() gave -EUSERS" "$(refusal)"
	check_equal "$1: the state is as it was" "$4" "$(state hook-stages)"
	check_equal "$1: the code is as it was" "$bytes" "$(kernel_bytes proc_dostring_coredump 64)"
	check_equal "$1: what was called" "$5" "$(told)"
}

note "the ten stages"
check "load" load hook-stages
check "a look" sh -c "echo check >$SYSFS/TEST-hook-stages/apply"
check_equal "calls no hook" "" "$(told)"
refused_at pre_apply 0 apply ready "fail_apply: 04"
refused_at check_apply 1 apply ready "fail_apply: 014"
check "the pattern can be set" set_pattern
check "apply" apply hook-stages
check_equal "apply: the order" "post_apply: 0123" "$(told)"
check_status "the new code is in force" 1 set_pattern
refused_at pre_reverse 5 reverse applied "fail_reverse: 59"
refused_at check_reverse 6 reverse applied "fail_reverse: 569"
check_status "the new code still is in force" 1 set_pattern
check "reverse" reverse hook-stages
check_equal "reverse: the order" "post_reverse: 5678" "$(told)"
check "the pattern can be set again" set_pattern
check_equal "nothing is refused any more" none "$(refusal)"
# Refused for another reason, behind the first hooks: a probe where the trampoline would be.
echo "p proc_dostring_coredump+5" >/sys/kernel/tracing/kprobe_events
check_status "refused because of a probe" 1 apply hook-stages
check_match "by name" "^kprobe: " "$(refusal)"
check_equal "the fail hooks are called for that, too" "fail_apply: 04" "$(told)"
echo >/sys/kernel/tracing/kprobe_events
check "apply" apply hook-stages
check "reverse" reverse hook-stages

note "hooks for a module"
MISC=/proc/sys/fs/binfmt_misc
come() { modprobe binfmt_misc && mount -t binfmt_misc none $MISC; }
go() { umount $MISC && rmmod binfmt_misc; }
check "load" load hook-module
check "apply" apply hook-module
check_equal "the module is not there" "binfmt_misc armed" "$(in_kernel TEST-hook-module targets)"
check "it comes" come
check_equal "the hook was called" "disabled, binfmt_misc loaded" "$(cat $MISC/status), $(in_kernel TEST-hook-module targets)"
check "reverse" reverse hook-module
check_equal "undone" enabled "$(cat $MISC/status)"
check "apply with the module there" apply hook-module
check_equal "the hook was called" disabled "$(cat $MISC/status)"
check "it goes" go
check "reverse without the module" reverse hook-module
check "it comes" come
check_equal "untouched" enabled "$(cat $MISC/status)"
check "it goes" go
PANIC=$(cat /proc/sys/kernel/panic)
check "apply without the module" apply hook-module
echo 77 >/proc/sys/kernel/panic
check "it comes, and a hook refuses" come
check_equal "refused for it" "enabled, applied: binfmt_misc refused" \
	"$(cat $MISC/status), $(state hook-module): $(in_kernel TEST-hook-module targets)"
check_match "the log tells" "hook_refused: check_apply: agree\(\) gave -EUSERS" "$(dmesg | tail -n 5)"
echo "$PANIC" >/proc/sys/kernel/panic
check "it goes" go
check "it comes again, and the hook agrees" come
check_equal "in force" "disabled, binfmt_misc loaded" "$(cat $MISC/status), $(in_kernel TEST-hook-module targets)"
check "reverse" reverse hook-module
check "it goes" go
check "the update's module leaves" unload hook-module

AFTER=$(for function in eventfd_write unix_set_peek_off proc_dostring_coredump; do kernel_bytes $function 64; done)
check_equal "the code is byte for byte what it was" "$BEFORE" "$AFTER"
