#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# apply, undo, view, status, reconcile on wrong input and on a tree of files ($KMEND_TEST_ROOT, into which nothing can be
# loaded). No root is needed, and this machine's kernel is never touched. Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit
KMEND=$PWD/${BUILD:-build}/core/cli/kmend
SAMPLE=$PWD/tests/fuzz/corpus/container/small.kmend
WORK=$(mktemp -d "${TMPDIR:-/tmp}/kmend-test-cli.XXXXXX") || exit
trap 'rm -rf "$WORK"' EXIT
chmod 755 "$WORK"
count=0 bad=0
export KMEND_TEST_ROOT=$WORK/root

# Exit statuses (core/base/error.h)
OK=0 DAMAGED=20 UNKNOWN_ID=22 NOT_ROOT=24 NO_MODULE=26 OTHER_KERNEL=27 BUSY=30 REFUSED=31 USAGE=64

result() { # GOOD NAME
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		bad=$((bad + 1))
		printf '# status %s, of: %s\n' "$status" "$command"
		sed 's/^/# /' "$WORK/out" "$WORK/err"
	fi
}

# expect NAME STATUS OUTPUT-REGEX ERROR-REGEX COMMAND...: "" matches no output at all, "." any.
expect() {
	local name=$1 wanted=$2 out=$3 err=$4 good=0
	shift 4
	command="$*"
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	[ $status -eq "$wanted" ] || good=1
	case $out in "") [ ! -s "$WORK/out" ] || good=1 ;; .) ;; *) grep -qE -- "$out" "$WORK/out" || good=1 ;; esac
	case $err in "") [ ! -s "$WORK/err" ] || good=1 ;; .) ;; *) grep -qE -- "$err" "$WORK/err" || good=1 ;; esac
	result $good "$name"
}

# json NAME EXPRESSION: on the last output, parsed as `o`.
json() {
	command="python: $2"
	python3 -c '
import json, sys
o = json.load(open(sys.argv[1]))
sys.exit(0 if eval(sys.argv[2]) else 1)' "$WORK/out" "$2" 2>"$WORK/err"
	status=$?
	result $status "$1"
}

put() { mkdir -p "$KMEND_TEST_ROOT/$(dirname "$1")" && printf '%s\n' "$2" >"$KMEND_TEST_ROOT/$1"; }

put proc/sys/kernel/osrelease 6.1.0-99-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.999-1 (2026-07-02)'
put proc/sys/kernel/random/boot_id 11111111-2222-3333-4444-555555555555
put proc/cmdline quiet
put proc/modules ''

for verb in apply undo; do
	expect "$verb nothing" $USAGE "" "needs" "$KMEND" $verb
	expect "$verb --all and an id" $USAGE "" "needs" "$KMEND" $verb --all X
	expect "$verb with an unknown option" $USAGE "" "there is no option '--frob'" "$KMEND" $verb --frob X
	expect "$verb with retries that are no number" $USAGE "" "number from 0" "$KMEND" $verb --retries many X
	expect "$verb with negative retries" $USAGE "" "number from 0" "$KMEND" $verb --retries -1 X
	expect "$verb with an option without its value" $USAGE "" "needs a value" "$KMEND" $verb X --timeout
	expect "$verb of an unknown id" $UNKNOWN_ID "" "no update 'X'" "$KMEND" $verb X
	expect "$verb of an id that leaves its directory" $UNKNOWN_ID "" "no update" "$KMEND" $verb ../../etc/passwd
	expect "$verb of an empty id" $UNKNOWN_ID "" "no update" "$KMEND" $verb ""
	expect "$verb --json of an unknown id" $UNKNOWN_ID . "no update" "$KMEND" $verb --json X
	json "$verb: its JSON is one object with the error" \
		'o["status"] == 22 and o["updates"][0]["error"]["name"] == "unknown-id" and o["updates"][0]["outcome"] == "failed"'
	expect "$verb --all of nothing" $OK "" "" "$KMEND" $verb --all
	expect "$verb --help" $OK "kmend $verb" "" "$KMEND" $verb --help
	expect "the options for package scripts stay hidden" $OK . "" sh -c "! '$KMEND' $verb --help | grep -q from-package"
done

expect "apply a file that is not there" $UNKNOWN_ID "" "there is no file" "$KMEND" apply "$WORK/none.kmend"
head -c 5000 /dev/urandom >"$WORK/noise.kmend"
: >"$WORK/empty.kmend"
head -c 100 "$SAMPLE" >"$WORK/cut.kmend"
for file in noise empty cut; do
	expect "apply a damaged container ($file)" $DAMAGED "" "damaged|container" "$KMEND" apply "$WORK/$file.kmend"
	expect "view a damaged container ($file)" $DAMAGED "" "damaged|container" "$KMEND" view --file "$WORK/$file.kmend"
done
expect "apply a container for another kernel" $OTHER_KERNEL "" "6.1.0-50-amd64.*6.1.0-99-amd64" "$KMEND" apply "$SAMPLE"
expect "no record was made of it" $OK "" "" sh -c "ls '$KMEND_TEST_ROOT/var' 2>/dev/null || true"
expect "no temporary file is left" $OK "^lock$" "" ls "$KMEND_TEST_ROOT/run/kmend"
expect "view a container" $OK "CVE-2026-52928" "" "$KMEND" view --file "$SAMPLE"
expect "view a container as JSON" $OK . "" "$KMEND" view --json --file "$SAMPLE"
json "it is the manifest" 'o["schema"] == 1 and o["id"] == "CVE-2026-52928"'

# Not root: on this very machine, but only as far as that check.
# From a copy that others may read: the clone may lie below /root.
cp "$KMEND" "$(dirname "$KMEND")/../libkmend.so" "$WORK"
as_nobody=(env -u KMEND_TEST_ROOT "LD_LIBRARY_PATH=$WORK")
[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "${as_nobody[@]}")
for verb in "apply X" "undo X" "apply --all" "undo --all" reconcile; do
	# shellcheck disable=SC2086 # words on purpose
	expect "not root: $verb" $NOT_ROOT "" "only root" "${as_nobody[@]}" "$WORK/kmend" $verb
done
expect "not root: status may be asked for" $OK "Kernel" "" "${as_nobody[@]}" "$WORK/kmend" status

# For package scripts.
expect "from a package, for another kernel" $OK "" "X: nothing to do now: it is for the kernel 6.1.0-1-amd64" \
	"$KMEND" apply --from-package X --release 6.1.0-1-amd64
expect "from a package, undo for another kernel" $OK "" "" "$KMEND" undo --from-package X --release 6.1.0-1-amd64
expect "from a package, into another root directory" $OK "" "DPKG_ROOT" \
	env -u KMEND_TEST_ROOT DPKG_ROOT=/srv/x "$KMEND" apply --from-package X
expect "from a package, its files missing" $OK "" "NOT FIXED" "$KMEND" apply --from-package X
expect "from a package, undo of what was never applied" $OK "not applied" "" "$KMEND" undo --from-package X

# A kernel that is not one's own, seen by a mark that needs no container: $DPKG_ROOT.
if [ "$(id -u)" -eq 0 ]; then
	for verb in "apply X" "undo X"; do
		# shellcheck disable=SC2086 # words on purpose
		expect "into another root directory: $verb" $REFUSED "" "not its own" env -u KMEND_TEST_ROOT DPKG_ROOT=/srv/x "$KMEND" $verb
	done
	expect "into another root directory: reconcile" $OK "" "nothing to do" env -u KMEND_TEST_ROOT DPKG_ROOT=/srv/x "$KMEND" reconcile
fi

# An installed update on the kernel it is for, without kmend.ko.
put proc/sys/kernel/osrelease 6.1.0-50-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)'
ID=CVE-2026-52928
DIR=$KMEND_TEST_ROOT/usr/lib/kmend/updates/6.1.0-50-amd64/$ID
mkdir -p "$DIR"
tar -xJf "$SAMPLE" -C "$DIR" --strip-components=1 modules 2>/dev/null && tar -xJf "$SAMPLE" -C "$DIR" manifest.json
expect "status of what is installed" $OK "$ID +missed" "" "$KMEND" status
expect "status --check" $BUSY "missed" "" "$KMEND" status --check
expect "status --quiet" $BUSY "" "" "$KMEND" status --quiet
expect "status --json" $OK . "" "$KMEND" status --json
json "its JSON" 'o["schema"] == 1 and o["status"] == 30 and o["kernel"]["release"] == "6.1.0-50-amd64"'
json "its updates" '[(u["id"], u["condition"], u["applied"], u["installed"]) for u in o["updates"]] == [("CVE-2026-52928", "missed", False, True)]'
expect "status of an operand" $USAGE "" "view" "$KMEND" status $ID
expect "view it" $OK "State +missed" "" "$KMEND" view $ID
expect "view all" $OK "^$ID " "" "$KMEND" view
expect "view an unknown one" $UNKNOWN_ID "" "no update" "$KMEND" view NO-SUCH
expect "view two" $USAGE "" "one id" "$KMEND" view A B
expect "apply without kmend.ko" $NO_MODULE "" "kmend-module-6.1.0-50-amd64" "$KMEND" apply $ID
expect "which is remembered" $BUSY "$ID +pending" "" "$KMEND" status --check
expect "undo of what waits" $OK "not applied" "" "$KMEND" undo $ID
expect "which is remembered too" $OK "$ID +held" "" "$KMEND" status --check
expect "from a package, without kmend.ko: loud, but no failure" $OK "" "NOT FIXED" \
	"$KMEND" apply --from-package $ID --release 6.1.0-50-amd64
expect "reconcile without kmend.ko" $NO_MODULE "waits" "kmend-dkms" "$KMEND" reconcile
expect "reconcile --dry-run" $OK "would apply" "" "$KMEND" reconcile --dry-run
expect "reconcile --json" $NO_MODULE . . "$KMEND" reconcile --json
json "its JSON" 'o["updates"][0]["action"] == "apply" and o["updates"][0]["error"]["name"] == "no-module"'
expect "reconcile of an operand" $USAGE "" "no operands" "$KMEND" reconcile $ID
put proc/cmdline "quiet kmend=off"
expect "switched off: apply" $REFUSED "" "switched off" "$KMEND" apply $ID
expect "switched off: from a package" $OK "" "switched off" "$KMEND" apply --from-package $ID
expect "switched off: reconcile has nothing to do" $OK "switched off: kmend=off.*nothing is applied" "" "$KMEND" reconcile
expect "switched off: status says so" $OK "switched off" "" "$KMEND" status --check
put proc/cmdline quiet
printf x >>"$DIR/kmend_cve_2026_52928.ko"
expect "a module that is not the manifest's" $DAMAGED "" "not the module" "$KMEND" apply $ID
expect "status wants somebody to look" $REFUSED "$ID +damaged" "" "$KMEND" status -c
put "usr/lib/kmend/updates/6.1.0-50-amd64/$ID/manifest.json" '{"schema":1}'
expect "a manifest that is none" 21 "" "manifest|damaged" "$KMEND" apply $ID
put "usr/lib/kmend/updates/6.1.0-51-amd64/OTHER/manifest.json" '{}'
expect "an id that is installed for another kernel" $OTHER_KERNEL "" "6.1.0-51-amd64" "$KMEND" apply OTHER
put var/lib/kmend/record/$ID.json '{"schema":1,'
expect "a damaged record is told of" $OK "Warning:.*damaged" "" "$KMEND" status
expect "and kept aside" $OK broken "" ls "$KMEND_TEST_ROOT/var/lib/kmend/record"

echo "1..$count"
[ $bad -eq 0 ]
