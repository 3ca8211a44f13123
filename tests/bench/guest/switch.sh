# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: how long apply, undo, installation and the pause take
# needs: kmend update:siocatmark
# timeout: 600
# shellcheck source=../../vm/guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ROUNDS=11
install_kmend
ID=CVE-2026-52928
FILE=$(update_file siocatmark)
microseconds() { echo "${EPOCHREALTIME/./}"; }

# timed ARRAY COMMAND...: run it, add its milliseconds
timed() {
	local -n into=$1
	local start
	start=$(microseconds)
	shift
	"$@" >/run/timed 2>&1 || fail "$*" "$(cat /run/timed)"
	into+=($((($(microseconds) - start) / 1000)))
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
# shellcheck disable=SC2034 # timed() fills them by name
apply=() undo=() pauses=() install=() remove=()
for ((round = 0; round < ROUNDS; round++)); do
	timed apply kmend apply "$FILE"
	pauses+=("$(cat "$SYSFS/$ID/pause_ns")")
	timed undo kmend undo $ID
done
timed install dpkg -i "$(update_deb siocatmark)"
check_equal "fixed by the package" fixed "$(siocatmark)"
timed remove dpkg -r "$(dpkg-deb -f "$(update_deb siocatmark)" Package)"
check_equal "vulnerable as before" vulnerable "$(siocatmark)"
measure "kmend apply" "$(median "${apply[@]}")" ms
measure "kmend undo" "$(median "${undo[@]}")" ms
measure "pause, median" "$(median "${pauses[@]}")" ns
measure "pause, longest" "$(printf '%s\n' "${pauses[@]}" | sort -n | tail -n 1)" ns
measure "dpkg -i of the hotpatch package" "${install[0]}" ms
measure "dpkg -r of the hotpatch package" "${remove[0]}" ms
