# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: every place that this kernel has rewritten for this machine, in all functions of some units, matches; both engines
# needs: ko sites forms
# timeout: 600
# long: yes
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
IDS="TEST-sites TEST-siocatmark-any"

is_state() { [ "$(in_kernel "$1" state)" = "$2" ]; }

# shows WHEN WHAT: what user space sees of all of the updates.
shows() {
	check_equal "$1: one unit" "$2" "$(eventfd_read which)"
	check_equal "$1: another unit" "$2" "$(grep -q 'kmend here' /proc/loadavg && echo new || echo old)"
	check_equal "$1: SIOCATMARK" "$2" "$(siocatmark 2>&1 | grep -q -x -e "$MARK" && echo old || echo new)"
}

# round ENGINE [HOW]: matched again, applied, probed, reversed.
round() {
	local id name="$1${2:+, $2}"
	for id in $IDS; do
		check "$name: apply $id" sh -c "echo $1 >$SYSFS/$id/apply"
		check "$name: $id is applied" wait_for 60 is_state "$id" applied
		check_equal "$name: no refusal" none "$(in_kernel "$id" refusal)"
		check_equal "$name: the engine of $id" "$1" "$(in_kernel "$id" engine)"
	done
	shows "$name: applied" new
	for id in $IDS; do
		check "$name: reverse $id" sh -c "echo 1 >$SYSFS/$id/reverse"
		check "$name: $id is reversed" wait_for 60 is_state "$id" ready
	done
	shows "$name: reversed" old
}

for file in spectre_v2 retbleed spec_rstack_overflow indirect_target_selection; do
	[ ! -e /sys/devices/system/cpu/vulnerabilities/$file ] ||
		note "$file: $(cat /sys/devices/system/cpu/vulnerabilities/$file)"
done
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
check "the update's module loads, so all functions of its units match" insmod "$VM_PAYLOAD/sites/kmend_test_sites.ko"
check "so does the other update's" insmod "$VM_PAYLOAD/sites/kmend_test_siocatmark_any.ko"
# Each place with each legal form, with torn ones, with each bit changed; in copies.
check "each place accepts its legal forms, and nothing else" insmod "$VM_PAYLOAD/forms/kmend_test_forms.ko" update=kmend_test_sites
dmesg | sed -n 's/.*kmend_test_forms: //p' | while IFS= read -r line; do note "forms: $line"; done
rmmod kmend_test_forms
MARK=$(siocatmark 2>&1)
for engine in stop gradual; do round $engine; done
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
echo 'eventfd_*' >$TRACE/set_ftrace_filter
echo 'unix_*' >>$TRACE/set_ftrace_filter
echo loadavg_proc_show >>$TRACE/set_ftrace_filter
echo function >$TRACE/current_tracer
check_equal "functions are traced" function "$(cat $TRACE/current_tracer)"
for engine in stop gradual; do round $engine traced; done
echo nop >$TRACE/current_tracer
