# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: every place that this kernel has rewritten for this machine, in all functions of some units, matches
# needs: ko sites
# timeout: 600
# long: yes
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ID=TEST-sites

# round NAME: matched again, applied, probed, reversed.
round() {
	check "$1: apply" sh -c "echo 1 >$SYSFS/$ID/apply"
	check_equal "$1: no refusal" none "$(in_kernel $ID refusal)"
	check_equal "$1: applied" applied "$(in_kernel $ID state)"
	check_equal "$1: new code in one unit" new "$(eventfd_read which)"
	check_match "$1: new code in another unit" 'kmend here' "$(cat /proc/loadavg)"
	check "$1: reverse" sh -c "echo 1 >$SYSFS/$ID/reverse"
	check_equal "$1: old code in one unit" old "$(eventfd_read which)"
	check_equal "$1: old code in another unit" "" "$(grep kmend /proc/loadavg)"
}

for file in spectre_v2 retbleed spec_rstack_overflow indirect_target_selection; do
	[ ! -e /sys/devices/system/cpu/vulnerabilities/$file ] ||
		note "$file: $(cat /sys/devices/system/cpu/vulnerabilities/$file)"
done
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
check "the update's module loads, so all functions of its units match" insmod "$VM_PAYLOAD"/sites/*.ko
round "as it is"
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
echo 'eventfd_*' >$TRACE/set_ftrace_filter
echo 'unix_*' >>$TRACE/set_ftrace_filter
echo loadavg_proc_show >>$TRACE/set_ftrace_filter
echo function >$TRACE/current_tracer
check_equal "functions are traced" function "$(cat $TRACE/current_tracer)"
round "traced"
