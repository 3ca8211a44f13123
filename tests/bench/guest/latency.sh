# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: how long 1, 10 and all (100) updates take, in one stop and each in its own
# needs: ko many
# timeout: 3600
# threads: single
# The host counts instructions as time (-icount shift=0), so nanoseconds are instructions.
# shellcheck source=../../vm/guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
MANY=$VM_PAYLOAD/many
THERE=$(find "$MANY" -name '*.ko' | wc -l)
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
now() { echo "${EPOCHREALTIME/./}"; }
# timed NAME COMMAND...: its instructions, counted to the thousand (the clock tells microseconds)
timed() {
	local start status
	start=$(now)
	"${@:2}"
	status=$?
	measure "$WHAT: $1" "$((($(now) - start) * 1000))" instructions
	check "$WHAT: $1" test $status -eq 0
}
load() {
	local i
	for ((i = 0; i < NR; i++)); do insmod "$MANY/$i.ko" || return; done
}
each() {
	local id
	PAUSES=0 LONGEST=0
	for id in "${IDS[@]}"; do
		echo 1 >"$SYSFS/$id/$1" || return
		PAUSE=$(<"$SYSFS/$id/pause_ns")
		PAUSES=$((PAUSES + PAUSE))
		((PAUSE <= LONGEST)) || LONGEST=$PAUSE
	done
}
all() { echo "${IDS[*]}" >"$SYSFS/$1"; }
for NR in 1 10 "$THERE"; do
	WHAT="$NR update$([ "$NR" -eq 1 ] || echo s)"
	mapfile -t IDS < <(seq -f 'BENCH-%03g' 0 $((NR - 1)))
	timed "match, relocate and load" load
	timed "apply in one stop" all apply_all
	measure "$WHAT: the pause of that stop" "$(in_kernel "${IDS[0]}" pause_ns)" instructions
	check_equal "all are in force" "$NR" "$(cat $SYSFS/BENCH-*/state | grep -c applied)"
	timed "reverse in one stop" all reverse_all
	timed "apply one by one" each apply
	measure "$WHAT: their pauses together" "$PAUSES" instructions
	measure "$WHAT: the longest of them" "$LONGEST" instructions
	timed "reverse one by one" each reverse
	mapfile -t MODULES < <(lsmod | awk '/^kmend_bench/ { print $1 }')
	check "unloaded" rmmod "${MODULES[@]}"
done
check "kmend.ko leaves" rmmod kmend
