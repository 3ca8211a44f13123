# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: 10,000 rounds under load: callers, threads that come and go, modules, tracing, CPU hotplug; what is left afterwards (kmend.rounds=N)
# needs: ko parts:siocatmark parts:eventfd parts:loop-eventfd parts:net testmods
# long: yes
# timeout: 14400
# threads: single
# append: watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ROUNDS=$(grep -o 'kmend.rounds=[0-9]*' /proc/cmdline | cut -d= -f2)
ROUNDS=${ROUNDS:-10000}
PARTS=$VM_PAYLOAD/parts
put() { echo "$3" >"$SYSFS/$1/$2"; }
# Caches in which only what kmend and the loader allocate stays: modules, kobjects, vmap areas; then memory given to vmalloc.
vmalloc() { awk '/^VmallocUsed/ { print $2 }' /proc/meminfo; }
slabs() { awk '/^(kmalloc-|vmap_area|kernfs_node_cache|ftrace_event_field|task_struct) ?/ { sum += $2 * $4 } END { print int(sum / 1024) }' /proc/slabinfo; }
settle() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 3
}
load() {
	insmod "$VM_PAYLOAD/kmend.ko" && insmod "$PARTS"/siocatmark/*.ko && insmod "$PARTS"/net/*.ko &&
		insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd.ko" && insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"
}
unload() { rmmod kmend_test_loop_eventfd__loop kmend_test_loop_eventfd "$(lsmod | awk '/^kmend_cve/ { print $1 }')"; }
ALL=(CVE-2026-52928 TEST-net TEST-loop-eventfd)

BYTES=$(kernel_bytes unix_ioctl 64; kernel_bytes eventfd_read 64; kernel_bytes synchronize_net 64)
check "loaded" load
put CVE-2026-52928 apply 1 && put CVE-2026-52928 reverse 1
check "unloaded" unload
check "all of them" rmmod kmend_test_net kmend
settle
BEFORE="$(slabs) $(vmalloc)"
check "loaded again" load
hammer 0 >/run/hammer.0 &
HAMMERS=($!)
hammer 1 >/run/hammer.1 &
HAMMERS+=($!)
LOADS=()
# Tracing all functions with the graph tracer would take nearly all of an emulated machine's time.
printf '%s\n' 'unix_*' 'eventfd_*' 'sock_*' 'synchronize_*' 'vfs_*' >$TRACE/set_ftrace_filter
churn load 2 >/dev/null &
LOADS+=($!)
churn wander 20 >/dev/null &
LOADS+=($!)
(while sleep 0.3; do modprobe loop; sleep 0.3; rmmod loop; done) >/dev/null 2>&1 &
LOADS+=($!)
(while sleep 2; do
	echo function >$TRACE/current_tracer
	sleep 1
	echo function_graph >$TRACE/current_tracer
	sleep 1
	echo nop >$TRACE/current_tracer
done) 2>/dev/null &
LOADS+=($!)
(while sleep 3; do
	echo 0 >/sys/devices/system/cpu/cpu1/online
	sleep 1
	echo 1 >/sys/devices/system/cpu/cpu1/online
done) 2>/dev/null &
LOADS+=($!)
done=0 bad=0 busy=0
# switch ID FILE: tried again while it is busy for a moment
switch() {
	local try
	for ((try = 0; try < 200; try++)); do
		put "$1" "$2" 1 2>/dev/null && return
		busy=$((busy + 1))
		case $(in_kernel "$1" refusal) in
		busy:* | target_coming:* | code_changed:*) sleep 0.05 ;;
		*) break ;;
		esac
	done
	note "round $done: $1 $2: $(in_kernel "$1" refusal)"
	return 1
}
while ((done < ROUNDS && bad < 5)); do
	id=${ALL[done % 3]}
	switch "$id" apply || bad=$((bad + 1))
	switch "$id" reverse || bad=$((bad + 1))
	((++done % 500)) || note "$done rounds, $busy tries again, $SECONDS s"
done
check_equal "$ROUNDS rounds, none failed" "$ROUNDS 0" "$done $bad"
kill "${HAMMERS[@]}"
wait "${HAMMERS[@]}"
for cpu in 0 1; do
	read -r calls old new </run/hammer.$cpu
	check "caller $cpu saw the old and the new code, and nothing else" test "$calls" -eq $((old + new)) -a "$old" -gt 0 -a "$new" -gt 0
done
kill "${LOADS[@]}"
wait "${LOADS[@]}" 2>/dev/null
echo nop >$TRACE/current_tracer
echo 1 >/sys/devices/system/cpu/cpu1/online 2>/dev/null
echo >$TRACE/set_ftrace_filter
rmmod loop 2>/dev/null
check_equal "the code is byte for byte what it was" "$BYTES" "$(kernel_bytes unix_ioctl 64; kernel_bytes eventfd_read 64; kernel_bytes synchronize_net 64)"
# TEST-net has a new string, which live data may hold: so its module stays, but held once only, however many rounds there were.
check_equal "no module is held, but the one that must stay" "0 0 0 1" "$(lsmod | awk '/^kmend_(test|cve)/ { print $3 }' | sort | xargs)"
check "unloaded" unload
check_equal "that one holds kmend.ko, once" "kmend 1" "$(lsmod | awk '$1 == "kmend" { print $1, $3 }')"
settle
AFTER="$(slabs) $(vmalloc)"
note "KiB of slabs and of vmalloc: before $BEFORE, after $AFTER"
read -r slabs_before vmalloc_before <<<"$BEFORE"
read -r slabs_after vmalloc_after <<<"$AFTER"
# What a round leaks would be there 10,000 times; the kernel's own caches breathe.
check "no slab memory is missing" test $((slabs_after - slabs_before)) -lt 3000
check "nor vmalloc memory" test $((vmalloc_after - vmalloc_before)) -lt 1000
check_equal "the tracer is sound" 1 "$(cat /proc/sys/kernel/ftrace_enabled)"
