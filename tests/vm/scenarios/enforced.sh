# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a kernel that takes signed modules only, locked down: unsigned ones are refused by name, nothing is changed
# needs: kmend update:siocatmark
# append: module.sig_enforce=1 lockdown=integrity
# long: yes
# timeout: 240
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
BYTES=$(kernel_bytes unix_ioctl 64 2>/dev/null)
check_match "locked down" '\[integrity\]' "$(cat /sys/kernel/security/lockdown 2>/dev/null || { mount -t securityfs none /sys/kernel/security && cat /sys/kernel/security/lockdown; })"
OUTPUT=$(kmend apply "$(update_file siocatmark)" 2>&1)
check "apply fails" test $? -ne 0
check_match "for want of a signature, by name" '[Ss]igned|[Ss]ignature' "$OUTPUT"
check_equal "vulnerable as before" vulnerable "$(siocatmark)"
check_equal "no module came in" "" "$(lsmod | grep kmend)"
check_status "the package manager is not stopped" 0 dpkg -i "$(update_deb siocatmark)"
check_match "but told loudly" 'NOT FIXED' "$(tr '\n' ' ' <<<"$OUTPUT")"
[ -z "$BYTES" ] || unchanged "the code is what it was" unix_ioctl "$BYTES"
