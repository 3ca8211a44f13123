# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: kmend.ko alone: it loads, shows its interface, leaves without a trace, again and again
# needs: ko
# timeout: 400
SYSFS=/sys/kernel/kmend
BEFORE=$(kernel_bytes stop_machine 64)
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
check_equal "the version of its interface" 1 "$(cat $SYSFS/abi)"
check_match "its own version" '^[0-9]+\.' "$(cat $SYSFS/version)"
check "it leaves" rmmod kmend
check "its interface is gone" test ! -e $SYSFS
rounds=0
for ((i = 0; i < 20; i++)); do
	if insmod "$VM_PAYLOAD/kmend.ko" && rmmod kmend; then rounds=$((rounds + 1)); fi
done
check_equal "20 rounds" 20 "$rounds"
check_equal "kernel code is untouched" "$BEFORE" "$(kernel_bytes stop_machine 64)"
check_equal "no kprobe is left" "" "$(cat /sys/kernel/debug/kprobes/list)"
check "an ordinary module is of no concern" sh -c "insmod $VM_PAYLOAD/kmend.ko && modprobe nf_tables && rmmod nf_tables && rmmod kmend"
