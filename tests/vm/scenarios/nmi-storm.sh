# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: NMIs on every CPU all along, and in them the very function that is switched back and forth
# needs: ko parts:unknown-nmi parts:siocatmark
# nmi: yes
# append: loglevel=1
# timeout: 300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ID=TEST-unknown-nmi CVE=CVE-2026-52928
put() { echo "$3" >"$SYSFS/$1/$2"; }
nmis() { awk '/^ *NMI:/ { print $2 + $3 }' /proc/interrupts; }
# both FILE: both updates at once. Somebody may be inside (a kernel with PREEMPT_RT takes tasks off the CPU anywhere), so again then.
BUSY=0 WHY=''
both() {
	local try
	for ((try = 0; try < 50; try++)); do
		! echo "$ID $CVE" >"$SYSFS/$1" 2>/dev/null || return 0
		BUSY=$((BUSY + 1))
		WHY="$(in_kernel $ID refusal) $(in_kernel $ID blockers); $(in_kernel $CVE refusal) $(in_kernel $CVE blockers)"
		sleep 0.1
	done
	return 1
}
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
BYTES=$(kernel_bytes unknown_nmi_error 64)
check "the function that runs in NMIs" insmod "$VM_PAYLOAD"/parts/unknown-nmi/*.ko
check "and another one" insmod "$VM_PAYLOAD"/parts/siocatmark/*.ko
vm_storm 15
check "NMIs come" wait_for 60 sh -c 'dmesg | grep -q "Dazed and confused"'
START=$(nmis)
for ((i = 0; i < 60; i++)); do
	both apply_all || break
	[ "$(siocatmark)" = fixed ] || break
	both reverse_all || break
	[ "$(siocatmark)" = vulnerable ] || break
done
check_equal "60 rounds" 60 $i
note "$BUSY times busy${WHY:+, last: $WHY}"
note "$(($(nmis) - START)) NMIs meanwhile, which said: $(dmesg | grep -c 'Dazed and confused') times the old words, $(dmesg | grep -c 'Dazed and replaced') times the new"
check "some of them in the new function" sh -c 'dmesg | grep -q "Dazed and replaced"'
check "applied" put $ID apply 1
dmesg -C
check "they all are then" wait_for 60 sh -c 'dmesg | grep -q "Dazed and replaced"'
check "none in the old one" sh -c '! dmesg | grep -q "Dazed and confused"'
check "reversed" put $ID reverse 1
unchanged "byte for byte" unknown_nmi_error "$BYTES"
check "a module leaves, with NMIs coming" rmmod "$(lsmod | awk '/^kmend_cve/ { print $1 }')"
check_equal "the other one has a new string that live data may hold" 1 "$(in_kernel $ID escapes)"
check_status "so it stays" 1 rmmod kmend_test_unknown_nmi
dmesg -C
check "NMIs go on" wait_for 60 sh -c 'dmesg | grep -q "Dazed and confused"'
