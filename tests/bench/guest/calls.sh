# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: instructions of a call through the trampoline and through livepatch, and of the switch
# needs: kmend update:siocatmark
# timeout: 900
# threads: single
# The host counts instructions as time (-icount shift=0), so nanoseconds are instructions.
# shellcheck source=../../vm/guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=CVE-2026-52928
unpatched=$(call_cost)
check "apply" kmend apply "$(update_file siocatmark)"
pause=$(cat "$SYSFS/$ID/pause_ns")
patched=$(call_cost)
check "undo" kmend undo $ID
again=$(call_cost)
check_equal "after the reversal a call costs what it cost" "$unpatched" "$again"
check "apply, task by task" kmend apply --engine gradual "$(update_file siocatmark)"
check_equal "by that engine" gradual "$(cat "$SYSFS/$ID/engine")"
gradual=$(call_cost)
check "undo" kmend undo $ID
check_equal "after that a call costs what it cost, too" "$unpatched" "$(call_cost)"
measure "ioctl, unpatched" "$unpatched" instructions
measure "ioctl, through the trampoline" "$patched" instructions
measure "difference" "$(awk "BEGIN { printf \"%.3f\", $patched - $unpatched }")" instructions
measure "ioctl, by the engine gradual (livepatch)" "$gradual" instructions
measure "difference to unpatched" "$(awk "BEGIN { printf \"%.3f\", $gradual - $unpatched }")" instructions
measure "pause, one CPU" "$pause" instructions
