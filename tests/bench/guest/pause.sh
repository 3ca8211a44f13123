# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the pause against sleeping threads, with and without the survey before the stop
# needs: ko parts:siocatmark
# timeout: 1800
# threads: single
# The host counts instructions as time (-icount shift=0), so nanoseconds are instructions.
# shellcheck source=../../vm/guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ID=CVE-2026-52928
put() { echo "$2" >"$SYSFS/$ID/$1"; }
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
check "the update" insmod "$VM_PAYLOAD"/parts/siocatmark/*.ko
# pause: the median of five
pause() {
	for _ in 1 2 3 4 5; do
		put apply 1 || return
		cat "$SYSFS/$ID/pause_ns"
		put reverse 1 || return
	done | sort -n | sed -n 3p
}
for threads in 100 1000 10000; do
	churn sleep $threads >/run/churn &
	CHURN=$!
	check "$threads threads sleep" wait_for 600 grep -q ready /run/churn
	for survey in N Y; do
		echo $survey >/sys/module/kmend/parameters/survey
		value=$(pause)
		check_match "the pause with $threads threads, survey=$survey" '^[0-9]+$' "$value"
		measure "pause, $threads threads, $([ $survey = Y ] && echo with || echo without) survey" "$value" instructions
	done
	kill $CHURN
	wait $CHURN 2>/dev/null
	wait_for 60 sh -c '! pgrep -x churn'
done
