#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The project's own corpus, whole: cut from Debian's source packages, judged, made into updates, applied and reversed in
# a guest; then once more, which must find all done.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cuts() { python3 -c 'import json, sys; sys.path.insert(0, "tests/corpus/lib"); import cut
recipes = [entry["cut"] for entry in json.load(open("tests/corpus/own/manifest.json"))]
cut.prefetch(recipes); [cut.make(recipe) for recipe in recipes]'; }
if ! cuts >"$work/cut.log" 2>&1 && grep -q 'package sources do not have' "$work/cut.log"; then
	tap_skip "the own corpus" "$(tail -n 1 "$work/cut.log")"
	tap_done
fi
tap_ok "each change can be cut, and is the one that was meant" cuts

# Ended in the middle: nothing is lost, nothing goes on by itself.
tests/corpus/run tests/corpus/own --apply --output "$work/out" >"$work/said" 2>&1 </dev/null &
runner=$!
for ((i = 0; i < 6000; i++)); do
	if grep -q '\[ *1/5' "$work/said" || ! kill -0 $runner 2>/dev/null; then break; fi
	sleep 0.1
done
kill -TERM $runner
wait $runner
tap_is "ended in the middle: exit status" $? 130
tap_ok "it says how to go on" grep -q 'the same command goes on' "$work/said"
tap_ok "there are results already" python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))) == 5' "$work/out/results.json"

tests/corpus/run tests/corpus/own --apply --output "$work/out" >"$work/said" 2>&1 </dev/null
tap_result $? "the run goes on, and finds no failure" "$work/said"
tap_ok "what was done stays done" grep -qE '5 patches, [1-4] of them done before' "$work/said"
tap_is "verdicts, targets and functions are the expected ones" "$(python3 - "$work/out/results.json" 2>&1 <<'END'
import json, sys
for entry, result in zip(json.load(open("tests/corpus/own/manifest.json")), json.load(open(sys.argv[1]))):
    for name, expected in entry["expect"].items():
        seen = len(result["functions"]) if name == "functions" else result[name]
        if seen != expected:
            print(f"{entry['id']}: {name} is {seen}, not {expected}")
    if result["verdict"] == "hotpatch" and not (result["created"] and result["applied"] and result["reversed"]):
        print(f"{entry['id']}: created {result['created']}, applied {result['applied']}, reversed {result['reversed']}")
END
)" ""
begin=$SECONDS
tests/corpus/run tests/corpus/own --apply --output "$work/out" >"$work/again" 2>&1 </dev/null
tap_result $? "it can be run again" "$work/again"
tap_ok "what is done is not done again" grep -q '5 patches, 5 of them done before' "$work/again"
tap_ok "so it takes no time" test $((SECONDS - begin)) -lt 20
tap_done
