# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: an update for another kernel build: refused from its file, and its package installs without touching this kernel
# needs: kmend other:6.1.0-50-amd64:siocatmark
# kernel: 6.1.0-56-amd64
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
FILE=$(echo "$VM_PAYLOAD"/other/*.kmend)
BYTES=$(kernel_bytes unix_ioctl 64)
check_match "this is the other kernel" '6.1.0-56' "$(uname -r)"
check_status "apply from the file: refused" $OTHER_KERNEL kmend apply "$FILE"
check_match "both kernels are named" '6.1.0-50.*6.1.0-56|6.1.0-56.*6.1.0-50' "$(tr '\n' ' ' <<<"$OUTPUT")"
unchanged "the code is as it was" unix_ioctl "$BYTES"

check_status "its package can be installed" 0 dpkg -i --force-depends "$VM_PAYLOAD"/other/*.deb
check_match "it says that it is for another kernel" '6.1.0-50' "$OUTPUT"
unchanged "the code is still as it was" unix_ioctl "$BYTES"
check_match "kmend status tells the truth" 'other|not for|another' "$(kmend status 2>&1)"
check_status "reconcile does nothing" 0 kmend reconcile
check_status "and the package can be removed" 0 dpkg -r "kmend-patch-6.1.0-50-amd64-cve-2026-52928"
unchanged "the code is still as it was" unix_ioctl "$BYTES"

# What the kernel says by itself if the module is loaded nevertheless.
insmod "/usr/lib/kmend/module/$(uname -r)/kmend.ko"
check_status "the module loader refuses the module" 1 insmod "$VM_PAYLOAD"/other/modules/*.ko
check_match "for its format" 'format' "$OUTPUT"
unchanged "the code is still as it was" unix_ioctl "$BYTES"
