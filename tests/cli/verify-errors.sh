#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend verify called wrongly, on damaged containers, and without QEMU: told at once, with a status of its own.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
KMEND=$PWD/${BUILD:-build}/core/cli/kmend
GOOD=$PWD/tests/fuzz/corpus/container/small.kmend CUT=$PWD/tests/fuzz/corpus/container/cut.kmend
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-verify.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
export TMPDIR=$work/tmp XDG_CACHE_HOME=$work/cache

# fails STATUS WORDS NAME ARGUMENT...
fails() {
	local expected=$1 words=$2 name=$3 status
	shift 3
	"$KMEND" verify "$@" >"$work/out" 2>"$work/err"
	status=$?
	echo "status $status, expected $expected, and the words: $words" >>"$work/err"
	[[ $status == "$expected" ]] && grep -qE -- "$words" <(head -n -1 "$work/err") && [[ -z $(ls "$TMPDIR") ]]
	tap_result $? "$name" "$work/err"
}

USAGE=64 DAMAGED=20 NO_MODULE=26 NO_QEMU=29
fails $USAGE "verify needs a container" "no container"
fails $USAGE "either --all or --cpu" "--all and --cpu" --all --cpu max "$GOOD"
fails $USAGE "--timeout needs a number" "a time that is none" --timeout soon "$GOOD"
fails $USAGE "--timeout needs a number" "no time at all" --timeout 0 "$GOOD"
fails $USAGE "" "an unknown option" --nothing "$GOOD"
fails $USAGE "longer than 900 bytes" "a probe too long" --probe-after "$(printf 'true %.0s' {1..300})" "$GOOD"
fails $DAMAGED "damaged or not a container" "a container that is cut off" "$CUT"
fails 1 "nowhere.kmend" "a container that is not there" "$work/nowhere.kmend"
fails $NO_MODULE "there is no file .*nowhere.ko" "a kmend.ko that is not there" --module "$work/nowhere.ko" "$GOOD"
export KMEND_QEMU=$work/no-such-qemu
fails $NO_QEMU "no-such-qemu is not installed" "no QEMU" "$GOOD"
fails $NO_QEMU "no-such-qemu is not installed" "no QEMU, as JSON" --json "$GOOD"
tap_ok "the JSON names it" grep -q '"name":"no-qemu"' "$work/out"
unset KMEND_QEMU
"$KMEND" verify --list >"$work/list"
tap_is "--list stars two machines" "$(grep -c '\*' "$work/list")" 2
tap_ok "--list has one processor, and no mitigations" bash -c "grep -q nosmp $work/list && grep -q mitigations=off $work/list"
tap_ok "a refused call leaves no cache" test ! -e "$work/cache"
tap_done
