# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153 # the cases set variables
# summary: one change for each thing that can go wrong in building and applying (tests/vm/mechanisms), or its refusal
# needs: kmend mechanisms
# timeout: 900
# tolerate: Call Trace:|WARNING: CPU: [0-9]+ PID: [0-9]+ at fs/proc/loadavg.c|loadavg_proc_show|kmend: a warning of the mechanism tests
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
CASES=$VM_PAYLOAD/mechanisms

# load NAME: the case's variables and functions.
load() {
	unset BEFORE AFTER REASON STATUS MODULES BASE REFUSAL
	unset -f probe change
	# shellcheck disable=SC1090
	. "$CASES/$1.case"
}

# A change that must not become an update.
refused() {
	local status
	status=$(cat "$CASES/$1.status")
	check_equal "$1: create ends with" "${STATUS:-16}" "$status"
	[ -z "${REASON-}" ] || check_match "$1: for the reason" "(^|[^a-z-])($REASON)" "$(tail -n 20 "$CASES/$1.log")"
}

# An update that this kernel must refuse, and nothing changes.
turned_away() {
	check_equal "$1: create" 0 "$(cat "$CASES/$1.status")"
	check_status "$1: apply" $REFUSED kmend apply "$CASES/$1.kmend"
	check_match "$1: which says why" "$REFUSAL" "$OUTPUT"
	check_match "$1: nothing changes" "^($BEFORE)$" "$(probe 2>&1)"
	check_status "$1: undo" 0 kmend undo "MECH-$1"
	check_equal "$1: no module of it is there" "" "$(lsmod | awk -v module="kmend_mech_${1//-/_}" '$1 == module || index($1, module "__") == 1')"
}

# applied NAME: before, applied, after, undone, before.
applied() {
	check_equal "$1: create" 0 "$(cat "$CASES/$1.status")"
	if [ ! -e "$CASES/$1.kmend" ]; then
		note "$(tail -n 5 "$CASES/$1.log")"
		return
	fi
	check_match "$1: before" "^($BEFORE)$" "$(probe 2>&1)"
	check_status "$1: apply" 0 kmend apply "$CASES/$1.kmend"
	check_match "$1: after" "^($AFTER)$" "$(probe 2>&1)"
	check_status "$1: undo" 0 kmend undo "MECH-$1"
	check_match "$1: before, again" "^($BEFORE)$" "$(probe 2>&1)"
}

for path in "$CASES"/*.case; do
	name=$(basename "$path" .case)
	load "$name"
	for module in ${MODULES-}; do modprobe "$module"; done
	[ -z "${BASE-}" ] || check_status "$name: what it sits on" 0 kmend apply "$CASES/$BASE.kmend"
	if [ -n "${REASON-}${STATUS-}" ]; then
		refused "$name"
	elif [ -n "${REFUSAL-}" ]; then
		turned_away "$name"
	else
		applied "$name"
	fi
	if [ -n "${BASE-}" ]; then
		check_status "$name: again" 0 kmend apply "$CASES/$name.kmend"
		check_status "$name: what it sits on cannot be undone" $REFUSED kmend undo "MECH-$BASE"
		check_match "$name: which says why" "$name" "$OUTPUT"
		check_status "$name: undo" 0 kmend undo "MECH-$name"
		check_status "$name: then what it sits on" 0 kmend undo "MECH-$BASE"
		check_status "$name: which it cannot do without" $REFUSED kmend apply "$CASES/$name.kmend"
		check_match "$name: which says why" "$BASE" "$OUTPUT"
	fi
	for module in ${MODULES-}; do modprobe -r "$module"; done
done

# Only some of the cases may be there (KMEND_MECHANISMS).
sitting() {
	note "packages of which one sits on the other"
	local prefix below above
	prefix=kmend-patch-$(uname -r)-mech-
	below=${prefix}stack-1 above=${prefix}stack-2
	check_status "both are installed, named in the wrong order" 0 dpkg -i "$CASES/stack-2.deb" "$CASES/stack-1.deb"
	load stack-2
	check_match "both are applied" "^($AFTER)$" "$(probe 2>&1)"
	check_status "the lower one alone cannot be removed" 1 dpkg -r "$below"
	check_match "since the other depends on it" "depends on" "$OUTPUT"
	check_match "both are still applied" "^yes yes$" "$(probe 2>&1 | sed 's/.*: //')"
	check_status "apt removes both" 0 apt-get -y --no-download remove "$below"
	load stack-1
	check_equal "both are undone" none "$(probe 2>&1)"
	check_equal "and gone" "" "$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$below" "$above" 2>/dev/null | grep '^installed')"
}

together() {
	note "several at once, undone in another order"
	for name in several-a several-b string; do check_status "$name" 0 kmend apply "$CASES/$name.kmend"; done
	for name in several-a several-b string; do
		load "$name"
		check_match "$name is in force beside the others" "^($AFTER)$" "$(probe 2>&1)"
	done
	check_status "undo the first" 0 kmend undo MECH-several-a
	load several-b
	check_match "the second is still in force" "^($AFTER)$" "$(probe 2>&1)"
	check_status "undo --all" 0 kmend undo --all
	for name in several-a several-b string; do
		load "$name"
		check_match "$name is undone" "^($BEFORE)$" "$(probe 2>&1)"
	done
}

[ ! -e "$CASES/stack-2.case" ] || sitting
[ ! -e "$CASES/several-b.case" ] || together

# What may be kept in live data stays in memory, as its manifest says; nothing else does.
for path in "$CASES"/*.kmend; do
	name=$(basename "$path" .kmend)
	load "$name"
	[ -z "${REFUSAL-}" ] || continue # kmend.ko keeps the reason to be read, without the module
	grep -q '"escapes":true' "$CASES/$name.json" || check_equal "$name: its module has left" absent "$(in_kernel "MECH-$name" state)"
done
