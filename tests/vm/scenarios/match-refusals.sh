# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: what does not match is refused, each with its own name, and nothing is changed
# needs: kmend update:siocatmark update:siocatmark-again altered:siocatmark
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=CVE-2026-52928
FILE=$(update_file siocatmark)
BYTES=$(kernel_bytes unix_ioctl 64)
check "kmend.ko loads" insmod "/usr/lib/kmend/module/$(uname -r)/kmend.ko"

# nothing_changed NAME: the kernel is as it was.
nothing_changed() {
	check_equal "$1: still vulnerable" vulnerable "$(siocatmark)"
	unchanged "$1: the code is as it was" unix_ioctl "$BYTES"
	check "$1: not applied" not_applied $ID
}

# refused NAME ALTERED-MODULE REFUSAL: insmod refuses it.
refused() {
	if insmod "$VM_PAYLOAD/altered/$2.ko" 2>/run/insmod; then
		fail "$1: the module is refused"
		rmmod "$2"
	else
		pass "$1: the module is refused"
	fi
	# Of tables of another version not even the id can be read.
	[ "$2" = abi ] || check_match "$1: by name" "^$3: " "$(in_kernel $ID refusal)"
	check_match "$1: and in the kernel's log" "kmend: (update $ID|module kmend_[a-z0-9_]*) refused: $3" "$(dmesg | tail -n 5 | tr '\n' ' ')"
	nothing_changed "$1"
}
refused "one byte of the pre code differs" byte no_match
check_match "the function and the offset are told" "unix_ioctl" "$(in_kernel $ID refusal)"
refused "built for another version of the same release" version wrong_kernel
refused "another version of the tables" abi bad_update

# A kprobe on the bytes that the trampoline would overwrite: behind the ftrace site.
echo 'p:inside unix_ioctl+5' >$TRACE/kprobe_events
echo 1 >$TRACE/events/kprobes/inside/enable
sleep 1 # the kernel may make a jump of it, later
PROBED=$(kernel_bytes unix_ioctl 64)
check_status "a kprobe in the way: refused" $REFUSED kmend apply "$FILE"
check_match "a kprobe in the way: in words" 'kprobe' "$OUTPUT"
check_match "a kprobe in the way: by name" '"kprobe' "$(kmend apply --json "$FILE")"
check_equal "a kprobe in the way: still vulnerable" vulnerable "$(siocatmark)"
check_equal "a kprobe in the way: the probe is untouched" "$PROBED" "$(kernel_bytes unix_ioctl 64)"
check "a kprobe in the way: not applied" not_applied $ID
echo 0 >$TRACE/events/kprobes/inside/enable
echo >$TRACE/kprobe_events
sleep 1
nothing_changed "the kprobe is gone"

check_status "dry run: well" 0 kmend apply --dry-run "$FILE"
nothing_changed "dry run"

# The function already replaced.
check_status "without the kprobe it applies" 0 kmend apply "$FILE"
check_equal "fixed" fixed "$(siocatmark)"
APPLIED=$(kernel_bytes unix_ioctl 64)
check_status "replaced already: refused" $REFUSED kmend apply "$(update_file siocatmark-again)"
check_match "replaced already: in words" 'another update already replaces the function' "$OUTPUT"
check_match "replaced already: by name" '"already_replaced' "$(kmend apply --json "$(update_file siocatmark-again)")"
check_equal "replaced already: still fixed" fixed "$(siocatmark)"
check_equal "replaced already: the code is as the first update left it" "$APPLIED" "$(kernel_bytes unix_ioctl 64)"
check "replaced already: not applied" not_applied TEST-siocatmark-again
check_status "undo" 0 kmend undo $ID
nothing_changed "undone"
check_status "the second update applies now" 0 kmend apply "$(update_file siocatmark-again)"
check_equal "fixed by the second" fixed "$(siocatmark)"
check_status "undo the second" 0 kmend undo TEST-siocatmark-again
nothing_changed "undone again"
