# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: kmend apply and undo killed by SIGKILL at many moments: status tells the truth, the next run finishes or undoes
# needs: kmend update:siocatmark
# timeout: 1500
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ROUNDS=30
install_kmend
ID=CVE-2026-52928
FILE=$(update_file siocatmark)
BYTES=$(kernel_bytes unix_ioctl 64)

# How long an undisturbed run takes, to spread the kills over it.
start=$(vm_now)
check_status "apply, undisturbed" 0 kmend apply "$FILE"
APPLY_TIME=$(($(vm_now) - start))
start=$(vm_now)
check_status "undo, undisturbed" 0 kmend undo $ID
UNDO_TIME=$(($(vm_now) - start))
note "apply takes $APPLY_TIME ms, undo $UNDO_TIME ms"

# killed_after MILLISECONDS COMMAND...: start it and kill it then. Status 0 if it was killed.
killed_after() {
	local delay=$1 pid status
	shift
	"$@" >/run/killed 2>&1 &
	pid=$!
	sleep "$((delay / 1000)).$(printf '%03d' $((delay % 1000)))"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	status=$?
	[ $status -eq 137 ]
}

# truthful: status agrees with what user space sees of the kernel.
truthful() {
	local seen state
	seen=$(siocatmark)
	state=$(in_kernel $ID state)
	case $seen in
	fixed) [ "$state" = applied ] && told_applied $ID ;;
	vulnerable) [ "$state" != applied ] && told_not_applied $ID ;;
	*) return 1 ;;
	esac || {
		echo "seen $seen, in the kernel $state, told: $(kmend status)"
		return 1
	}
}

killed=0 wrong=0 stuck=0
for ((round = 0; round < ROUNDS; round++)); do
	if killed_after $((APPLY_TIME * round * 12 / (ROUNDS * 10))) kmend apply "$FILE"; then killed=$((killed + 1)); fi
	truthful || wrong=$((wrong + 1))
	kmend reconcile >/run/reconcile 2>&1 || { stuck=$((stuck + 1)) && cat /run/reconcile; }
	truthful || wrong=$((wrong + 1))
	kmend apply "$FILE" >/run/apply 2>&1 || { stuck=$((stuck + 1)) && cat /run/apply; }
	[ "$(siocatmark)" = fixed ] || stuck=$((stuck + 1))
	truthful || wrong=$((wrong + 1))

	if killed_after $((UNDO_TIME * round * 12 / (ROUNDS * 10))) kmend undo $ID; then killed=$((killed + 1)); fi
	truthful || wrong=$((wrong + 1))
	[ "$(in_kernel $ID state)" != applied ] || kmend undo $ID >/run/undo 2>&1 || { stuck=$((stuck + 1)) && cat /run/undo; }
	[ "$(siocatmark)" = vulnerable ] || stuck=$((stuck + 1))
	truthful || wrong=$((wrong + 1))
	[ $((wrong + stuck)) -lt 6 ] || break
done
note "$killed of $((2 * ROUNDS)) runs were killed before their end"
check "the kills came in time" test $killed -ge $((ROUNDS / 2))
check_equal "status told the truth after every one" 0 $wrong
check_equal "the next run always finished or undid the work" 0 $stuck
unchanged "the code is byte for byte what it was" unix_ioctl "$BYTES"
check_equal "no record is damaged" "" "$(find /var/lib/kmend -name '*.broken')"
