#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend verify on a stock kernel: a good update passes with its probes on two machines, one that brings the kernel down
# fails and spoils no other, a probe that does not hold fails; and the results are in the containers.
# shellcheck disable=SC2016,SC2317 # what is quoted is the guest's; functions are called by name
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
BUILD=${BUILD:-build}
RELEASE=${KMEND_TEST_RELEASE:-6.1.0-50-amd64}
PATH=$PWD/$BUILD/core/cli:$PATH
export KMEND_PLUGIN_PATH=$PWD/$BUILD/plugins/dpkg KMEND_DATA_PATH=$PWD KMEND_GUEST_PATH=$PWD/$BUILD/core/verify
VERIFY_FAILED=32 USAGE=64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make_update ID DIFF [OPTION]...
make_update() { kmend create --quiet --kernel "$RELEASE" --diff "$2" --id "$1" --description "a test" -o "$work/$1.kmend" "${@:3}"; }
# read_result FILE NAME...: values of a line of --json, then of its last machine
read_result() {
	python3 - "$@" <<'END'
import json, sys
for line in open(sys.argv[1]):
    if line.startswith('{"schema"'):
        result = json.loads(line)
        print(result["id"], *[result.get(name, result["settings"][-1].get(name)) for name in sys.argv[2:]])
END
}
verification() { xz -dc "$1" | tar -xO verification.json; }

gcc -O1 -static -o "$work/siocatmark" tests/vm/probes/siocatmark.c || exit
tap_ok "the update good-1 is made" make_update good-1 demo/af_unix-siocatmark.diff
tap_ok "the update good-2, which is switched task by task," make_update good-2 demo/af_unix-siocatmark.diff --engine gradual
tap_ok "and a bad one" make_update bad tests/vm/updates/siocatmark-bug.diff
tap_is "it is not verified yet" "$(kmend view --file "$work/good-1.kmend" | grep Verified)" "Verified      not yet"

kmend verify --json --with "$work/siocatmark" --probe-before 'test "$(siocatmark)" = vulnerable' \
	--probe-after 'test "$(siocatmark)" = fixed' "$work/good-1.kmend" >"$work/good" 2>"$work/err"
tap_result $? "a good update passes" "$work/err"
tap_is "on both machines" "$(read_result "$work/good" outcome setting applied reversed functions step)" \
	"good-1 passed haswell-retpoline True True 1 None"
tap_ok "the result is in the container" bash -c 'grep -q "\"outcome\":\"passed\"" <<<"$1"' - "$(verification "$work/good-1.kmend")"
tap_is "which kmend view shows" "$(kmend view --file "$work/good-1.kmend" | grep Verified)" "Verified      passed on 2 machines"

kmend verify --json --cpu max --with "$work/siocatmark" --probe-after 'siocatmark' \
	"$work/good-1.kmend" "$work/bad.kmend" "$work/good-2.kmend" >"$work/three" 2>"$work/err"
tap_is "three updates, a bad one between: exit status" $? $VERIFY_FAILED
tap_is "only the bad one fails, tried again alone" "$(read_result "$work/three" outcome step alone)" "good-1 passed None True
bad failed after True
good-2 passed None True"
tap_ok "the kernel's words are kept" grep -q 'kernel BUG at net/unix/af_unix.c' "$work/three"
tap_ok "the failure is in the container" bash -c 'grep -q "\"outcome\":\"failed\"" <<<"$1"' - "$(verification "$work/bad.kmend")"

# A thread that never leaves what is replaced: the switch, task by task, does not come to its end.
tap_ok "an update of what a thread is always in" make_update never tests/vm/updates/never-left.diff
kmend verify --json --cpu max "$work/never.kmend" >"$work/never" 2>"$work/err"
tap_is "is never in force: exit status" $? $VERIFY_FAILED
tap_is "as it is told" "$(read_result "$work/never" outcome step)" "never failed apply"
tap_ok "with the thread and where it is" grep -qE "still switching.*task [0-9]+ \(khungtaskd\) is inside watchdog\+0x" "$work/never"

# On top of another update, and a probe that does not hold.
tap_ok "an update to sit on" make_update below tests/vm/updates/eventfd-below.diff
tap_ok "and one on top of it" make_update above tests/vm/updates/eventfd-above.diff --base "$work/below.kmend"
kmend verify "$work/above.kmend" >"$work/out" 2>"$work/err"
tap_is "without its base: exit status" $? $USAGE
tap_ok "the base is named" grep -q 'above sits on below' "$work/err"
before=$(sha256sum "$work/above.kmend")
kmend verify --json --no-record --cpu qemu64 --append nosmp --base "$work/below.kmend" --probe-after 'exit 3' "$work/above.kmend" \
	>"$work/on-top" 2>"$work/err"
tap_is "a probe that does not hold: exit status" $? $VERIFY_FAILED
tap_is "it was in force on its base then" "$(read_result "$work/on-top" applied step)" "above True after"
tap_ok "told why" grep -qF "the probe 'exit 3' failed while the update is in force (status 3)" "$work/on-top"
tap_is "--no-record leaves the container" "$(sha256sum "$work/above.kmend")" "$before"
tap_done
