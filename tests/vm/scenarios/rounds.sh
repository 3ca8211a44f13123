# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: 200 rounds of apply and undo while both CPUs call the function in loops
# needs: kmend update:siocatmark
# timeout: 1500
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ROUNDS=200
install_kmend
ID=CVE-2026-52928
FILE=$(update_file siocatmark)
BYTES=$(kernel_bytes unix_ioctl 64)
hammers=()
for cpu in 0 1; do
	hammer $cpu >/run/hammer.$cpu &
	hammers+=($!)
done
check_status "the first apply, from the container" 0 kmend apply "$FILE"
check_status "the first undo" 0 kmend undo $ID

bad=0 pauses=()
for ((round = 1; round <= ROUNDS; round++)); do
	kmend apply "$FILE" >/run/apply 2>&1 || { bad=$((bad + 1)) && cat /run/apply; }
	pauses+=("$(cat $SYSFS/$ID/pause_ns)")
	kmend undo $ID >/run/undo 2>&1 || { bad=$((bad + 1)) && cat /run/undo; }
	[ $bad -lt 5 ] || break
	[ $((round % 50)) -ne 0 ] || note "$round rounds"
done
check_equal "$ROUNDS rounds, none failed" 0 $bad
kill "${hammers[@]}"
wait
for cpu in 0 1; do
	read -r calls old new </run/hammer.$cpu
	note "CPU $cpu: $calls calls, $old of the old code, $new of the new"
	check "CPU $cpu saw both, and nothing else" test "$calls" -eq $((old + new)) -a "$old" -gt 0 -a "$new" -gt 0
done
mapfile -t pauses < <(printf '%s\n' "${pauses[@]}" | sort -n)
measure "pause median" "${pauses[ROUNDS / 2]}" ns
measure "pause worst" "${pauses[-1]}" ns
unchanged "the code is byte for byte what it was" unix_ioctl "$BYTES"
check_equal "vulnerable as before" vulnerable "$(siocatmark)"
check "memory is given back" test "$(awk '/^Slab/ { print $2 }' /proc/meminfo)" -lt 400000
