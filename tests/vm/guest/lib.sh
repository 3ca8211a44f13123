# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a scenario can use inside the guest. Every check is reported by name over the result channel.

VM_COUNT=0
VM_FAILED=0

# vm_result ok|fail|skip NAME [DETAIL...]: report one check.
vm_result() {
	VM_COUNT=$((VM_COUNT + 1))
	echo "$VM_COUNT" >/run/kmend-vm-count
	[ "$1" = fail ] && VM_FAILED=$((VM_FAILED + 1))
	report "$1" "$2"
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@" | report -f detail
}

# pass NAME, fail NAME [DETAIL...], skip NAME REASON
pass() { vm_result ok "$1"; }
fail() { vm_result fail "$@"; }
skip() { vm_result skip "$@"; }

# note TEXT...: a line for the reader, no check.
note() { report note "$*"; }

# measure NAME VALUE UNIT: a number for the host's tables.
measure() { report measure "$*"; }

# check NAME COMMAND...: the command succeeds. Its output is shown if it does not.
check() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ $status -eq 0 ]; then pass "$name"; else fail "$name" "status $status of: $*" "$output"; fi
	return 0
}

# check_status NAME STATUS COMMAND...: the command ends with exactly that status. Its output stays in $OUTPUT.
check_status() {
	local name=$1 want=$2 status
	shift 2
	OUTPUT=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq "$want" ]; then
		pass "$name"
	else
		fail "$name" "status $status, not $want, of: $*" "$OUTPUT"
	fi
	return 0
}

# check_equal NAME WANTED SEEN
check_equal() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "wanted: $2" "seen:   $3"; fi
	return 0
}

# check_match NAME REGEX TEXT: the extended regular expression matches the text.
check_match() {
	if [[ $3 =~ $2 ]]; then pass "$1"; else fail "$1" "wanted: $2" "seen:   $3"; fi
	return 0
}

# wait_for SECONDS COMMAND...: try until the command succeeds; status 1 if it never does.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# milliseconds since boot
vm_now() {
	local up rest
	read -r up rest </proc/uptime
	echo "$((10#${up/./} * 10))"
}

# Cut the power now: the host kills the machine; the next boot runs this scenario with VM_BOOT one higher.
vm_cut() {
	report cut now
	sleep 600
}

# NMIs to every CPU from now on, that many milliseconds apart ("# nmi: yes" in the head).
vm_storm() { report nmi "$1"; }

# Power off properly and boot again, with VM_BOOT one higher.
vm_again() {
	report again now
	vm_flush
	exit 0
}

# Let the channel drain: what the scenario printed is read by another process.
vm_flush() { sync; sleep 0.2; }

# Called at the end of every scenario.
vm_done() {
	[ $VM_FAILED -eq 0 ] || exit 1
	exit 0
}
