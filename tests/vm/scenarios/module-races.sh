# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: modules come and go in loops while updates are switched, traced and loaded (kmend.rounds=N)
# needs: ko parts:loop-eventfd parts:eventfd parts:siocatmark
# timeout: 1200
# long: yes
# threads: single
# append: watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
PARTS=$VM_PAYLOAD/parts TWO=TEST-loop-eventfd CVE=CVE-2026-52928
ROUNDS=$(grep -o 'kmend.rounds=[0-9]*' /proc/cmdline | cut -d= -f2)
ROUNDS=${ROUNDS:-15}
put() { echo "$3" >"$SYSFS/$1/$2"; }
load_two() { insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd.ko" && insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"; }
unload_two() { rmmod kmend_test_loop_eventfd__loop kmend_test_loop_eventfd; }
# consistent: what the kernel says of the update is what the module does.
consistent() {
	local targets
	modprobe loop 2>/dev/null
	targets="$(in_kernel $TWO state) $(in_kernel $TWO targets | tail -n 1) $(cat /sys/block/loop0/queue/max_hw_sectors_kb)"
	case $targets in
	"applied loop loaded 512" | "ready loop loaded 1280") return 0 ;;
	esac
	echo "$targets"
	return 1
}
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
BYTES=$(kernel_bytes eventfd_read 64)
check "an update of two targets" load_two
check "another one" insmod "$PARTS"/siocatmark/*.ko
(while :; do modprobe loop; sleep 0.2; rmmod loop; sleep 0.2; done) >/dev/null 2>&1 &
COMES=$!
(while :; do
	echo function >$TRACE/current_tracer
	echo nop >$TRACE/current_tracer
done) &
TRACES=$!
bad=0
for ((i = 0; i < ROUNDS; i++)); do
	wait_for 120 put $TWO apply 1 || { bad=$((bad + 1)) && note "apply: $(in_kernel $TWO refusal)"; }
	wait_for 120 put $CVE apply 1 || bad=$((bad + 1))
	[ "$(eventfd_read which) $(siocatmark)" = "new fixed" ] || bad=$((bad + 1))
	wait_for 120 put $TWO reverse 1 || { bad=$((bad + 1)) && note "reverse: $(in_kernel $TWO refusal)"; }
	wait_for 120 put $CVE reverse 1 || bad=$((bad + 1))
	[ "$(eventfd_read which) $(siocatmark)" = "old vulnerable" ] || bad=$((bad + 1))
done
check_equal "$ROUNDS rounds, the target coming and going, the tracer on and off" 0 $bad
kill $TRACES
wait $TRACES 2>/dev/null
echo nop >$TRACE/current_tracer
kill $COMES
wait $COMES 2>/dev/null
rmmod loop 2>/dev/null
check_equal "no arrival was refused" 0 "$(dmesg | grep -c 'target loop refused')"
check "the module is not switched while the update is not" consistent
rmmod loop
check "applied" put $TWO apply 1
check "the module is switched when it comes" consistent
rmmod loop
check "reversed" put $TWO reverse 1

note "parts and target come and go, each by itself"
check "the parts leave" unload_two
(while :; do modprobe loop; sleep 0.2; rmmod loop; sleep 0.2; done) >/dev/null 2>&1 &
COMES=$!
bad=0
for ((i = 0; i < ROUNDS; i++)); do
	wait_for 120 load_two || { unload_two; load_two; } 2>/dev/null || { bad=$((bad + 1)) && note "load: $(in_kernel $TWO refusal)"; }
	wait_for 120 put $TWO apply 1 || { bad=$((bad + 1)) && note "apply: $(in_kernel $TWO refusal)"; }
	wait_for 120 put $TWO reverse 1 || bad=$((bad + 1))
	wait_for 120 unload_two || bad=$((bad + 1))
done 2>/run/races
check_equal "$ROUNDS rounds" 0 $bad
kill $COMES
wait $COMES 2>/dev/null
rmmod loop 2>/dev/null
check_equal "nothing is left" absent "$(in_kernel $TWO state)"
unchanged "byte for byte" eventfd_read "$BYTES"
check "the other leaves" rmmod "$(lsmod | awk '/^kmend_cve/ { print $1 }')"
check "kmend.ko leaves" rmmod kmend
