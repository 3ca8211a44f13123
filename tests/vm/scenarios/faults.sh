# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a debug build: each call that may fail does, once, in loading, applying, reversing, in a target's arrival; all is as before
# needs: ko_debug parts:loop-eventfd parts:eventfd parts:net parts:escapes
# long: yes
# timeout: 1500
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
PARTS=$VM_PAYLOAD/parts
FAIL=/sys/module/kmend/parameters/fail_at
ID=TEST-eventfd TWO=TEST-loop-eventfd NET=TEST-net ESCAPES=TEST-escapes
put() { echo "$3" >"$SYSFS/$1/$2"; }
# state: the kernel as user space sees it, with the references of modules. (A refusal stays to be read, and what an update is
# called whose parts are not all there depends on it.) Asked for many times, so with few processes.
state() {
	local id state
	for id in "$SYSFS"/*/; do
		read -r state 2>/dev/null <"$id/state" || continue
		[[ $state != ready && $state != applied ]] || { echo "$state" && echo "$(<"$id/targets")"; }
	done
	for id in kmend kmend_test_eventfd kmend_test_net kmend_test_loop_eventfd kmend_test_loop_eventfd__loop loop; do
		read -r state 2>/dev/null <"/sys/module/$id/refcnt" && echo "$id $state"
	done
	kernel_bytes $FUNCTION 64
	grep -c '^synchronize_net ' $TRACE/enabled_functions
	grep -c '\[kmend\]' /proc/vmallocinfo
}
FUNCTION=eventfd_read
# each NAME UNDO COMMAND...: let the 1st, 2nd, ... call fail in the command, until it succeeds; after each failure all is as it
# was. A command that succeeds although a call failed is undone by UNDO.
each() {
	local name=$1 undo=$2 n=0 failed=0 before after
	shift 2
	before=$(state)
	while ((++n < 400)); do
		echo $n >$FAIL
		if "$@" >/run/each 2>&1; then
			[ "$(cat $FAIL)" != 0 ] && break
			$undo >>/run/each 2>&1
		else
			failed=$((failed + 1))
		fi
		after=$(state)
		[ "$before" != "$after" ] || continue
		fail "$name: after call $n failed all is as before" "$(diff <(echo "$before") <(echo "$after"))" "$(tail -n 3 /run/each)" "$(dmesg | tail -n 3)"
		echo 0 >$FAIL
		return
	done
	echo 0 >$FAIL
	check "$name: all is as before after each of $((n - 1)) failures, $failed of them told" test $failed -gt 0 -a $n -lt 400
}
nothing() { :; }
check "kmend.ko, debug build" insmod "$VM_PAYLOAD/kmend-debug.ko"
each "a part is loaded" "rmmod kmend_test_eventfd" insmod "$PARTS"/eventfd/*.ko
each "applied" "put $ID reverse 1" put $ID apply 1
check_equal "in force" new "$(eventfd_read which)"
each "reversed" "put $ID apply 1" put $ID reverse 1
check_equal "not in force" old "$(eventfd_read which)"
each "checked" nothing put $ID apply check
rmmod kmend_test_eventfd

check "one that the tracer leads" insmod "$PARTS"/net/*.ko
each "applied by the tracer" "put $NET reverse 1" put $NET apply 1
each "reversed by the tracer" "put $NET apply 1" put $NET reverse 1

note "a module comes while the update is applied"
check "both parts" insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd.ko"
each "the part of a module is loaded" "rmmod kmend_test_loop_eventfd__loop" insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"
check "applied" put $TWO apply 1
for ((n = 1, switched = 0; n < 100 && !switched; n++)); do
	echo $n >$FAIL
	modprobe loop || break
	case $(in_kernel $TWO targets | tail -n 1) in
	"loop loaded")
		[ "$(cat $FAIL)" = 0 ] || switched=1
		want=512
		;;
	"loop refused") want=1280 ;;
	*) break ;;
	esac
	[ "$(cat /sys/block/loop0/queue/max_hw_sectors_kb)" = "$want" ] || break
	rmmod loop || break
done
echo 0 >$FAIL
check "it is switched or refused, as is told, after each of $((n - 2)) failures" test $switched = 1
check "reversed" put $TWO reverse 1
check "gone" rmmod kmend_test_loop_eventfd__loop kmend_test_loop_eventfd

note "addresses of new code in live data outlive the reversal"
check "an update that escapes" insmod "$PARTS"/escapes/*.ko
check_equal "which is told" 1 "$(in_kernel $ESCAPES escapes)"
check "applied" put $ESCAPES apply 1
mkfifo /run/gate
eventfd_ops /run/gate >/run/ops &
OPS=$!
check "a timer and a work item are pending, a file has new operations" wait_for 60 grep -q started /run/ops
check "reversed" put $ESCAPES reverse 1
check_match "it says that it stays" "$ESCAPES stays in memory, inert" "$(dmesg | tail -n 3 | tr '\n' ' ')"
check_status "its module cannot leave" 1 rmmod kmend_test_escapes
check_status "nor kmend.ko" 1 rmmod kmend
check "the timer and the work item run" wait_for 60 sh -c 'dmesg | grep -q "escaped: the timer" && dmesg | grep -q "escaped: the work"'
echo >/run/gate
wait $OPS
check_equal "so does the operation" new "$(tail -n 1 /run/ops)"
check_equal "nothing new is started" "old 0" "$(eventfd_read which) $(dmesg | grep -c 'escaped: .* 4')"
check "applied again" put $ESCAPES apply 1
check_equal "in force" new "$(eventfd_read which)"
check "reversed again" put $ESCAPES reverse 1
sleep 5
check_equal "the old code is in force" old "$(eventfd_read which)"
