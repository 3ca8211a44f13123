#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The commands called wrongly, with strange words, or where nobody listens. On a tree of files; nothing is installed.
# Prints TAP.
# shellcheck disable=SC2016 # the inner shell expands
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
BUILD=${BUILD:-build}
KMEND=$PWD/$BUILD/core/cli/kmend
TOP=$PWD
WORK=$(mktemp -d "${TMPDIR:-/tmp}/kmend-test-misuse.XXXXXX") || exit
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit
export KMEND KMEND_TEST_ROOT=$WORK/root KMEND_PLUGIN_PATH=${KMEND_PLUGIN_PATH:-$TOP/$BUILD/plugins/dpkg}
put() { mkdir -p "$KMEND_TEST_ROOT/$(dirname "$1")" && printf '%s\n' "$2" >"$KMEND_TEST_ROOT/$1"; }
put proc/sys/kernel/osrelease 6.1.0-50-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.10-1 (2026-07-02)'
put proc/sys/kernel/random/boot_id 11111111-2222-3333-4444-555555555555
put proc/cmdline quiet
put proc/modules ''
mkdir -p "$KMEND_TEST_ROOT/run/kmend" "$KMEND_TEST_ROOT/var/lib/kmend"

# Streams that are closed or full
"$KMEND" undo nobody >&- 2>&-
tap_is "closed streams: the status is told all the same" $? 22
tap_is "closed streams: what is said goes into no file" "$(cat root/run/kmend/lock)" ""
tap_ok "closed output is no failure" bash -c '"$KMEND" status >&-'
for words in status 'status --json' 'errata --json' 'show --help' --help; do
	# shellcheck disable=SC2086 # several words
	"$KMEND" $words >/dev/full 2>err
	tap_is "kmend $words: a full disk is a failure" "$?: $(cat err)" "1: kmend: cannot write to standard output; what is missing was not told."
done
"$KMEND" reconcile >/dev/full 2>err
tap_is "reconcile: its status is the kernel's" $? 0

# Words that are no text
for words in show apply undo view; do
	"$KMEND" $words --json "$(printf '\033[31m\377\n\302\233x')" >out 2>err
	tap_is "kmend $words: strange words leave the JSON JSON" "$? $(python3 -c 'import json; json.load(open("out"))' 2>&1 | tail -n 1)" "22 "
	tap_ok "kmend $words: and do not reach the terminal as they are" bash -c '! LC_ALL=C grep -qP "[\x01-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xff" err'
done

# Options
wrong() { # NAME MESSAGE COMMAND...
	local name=$1 message=$2 status
	shift 2
	"$KMEND" "$@" >out 2>err </dev/null
	status=$?
	tap_is "$name" "$status $(head -n 1 err)" "64 kmend: $message."
}
wrong "a letter that there is not, before another one" "there is no option '-x'" status -xq
wrong "and behind one" "there is no option '-x'" status -qx
wrong "a letter's value is missing" "option '-n' needs a value" log -n
wrong "a name's value is missing" "option '--retries' needs a value" apply --retries
wrong "a name that takes no value" "option '--json' takes no value" status --json=yes
wrong "a name that may be several" "'--re' may be one of several options" apply --re 3
wrong "also where all take values" "'--c' may be one of several options" plan --c x
wrong "a name that there is not" "there is no option '--bogus=1'" status --bogus=1
for words in 'apply --retries x' 'undo --bogus' 'reconcile x' 'status --bogus' 'view a b' 'show a b' 'errata a' 'check a' 'uname a' 'log a b' 'plan' 'build' 'create' 'assess' 'verify --bogus' 'package'; do
	# shellcheck disable=SC2086 # several words
	"$KMEND" ${words%% *} --json ${words#* } >out 2>err </dev/null
	tap_is "kmend $words: wrong usage is told as JSON, too" "$? $(python3 -c 'import json; print(json.load(open("out"))["error"]["name"])' 2>&1 | tail -n 1)" "64 usage"
done

# Files
ln -s loop.kmend loop.kmend
mkdir directory.kmend
: >empty.kmend
head -c 5000 "$KMEND" >junk.kmend
for words in 'view --file' apply; do
	for row in 'loop 1 Too many levels of symbolic links' 'directory 1 Is a directory' 'empty 20 ' 'junk 20 ' 'none 22 there is no file'; do
		read -r file wanted message <<<"$row"
		# shellcheck disable=SC2086 # several words
		"$KMEND" $words $file.kmend >out 2>err
		(($? == wanted)) && grep -qF -- "$message" err
		tap_result $? "kmend $words $file.kmend: $wanted" err
	done
done

# A seed's list of errata
seed() { "$KMEND" package --format deb --seed --kernel 6.1.0-50-amd64 --version 1 --errata "$1" -o "$WORK" >out 2>err; }
head -c 2000 "$KMEND" >junk
seed junk
tap_is "package: a seed does not carry what is no list of errata" "$? $(cat ./*.deb 2>/dev/null | wc -c)" "21 0"
echo '{"schema": 1, "release": "6.1.0-49-amd64", "errata": [], "changes": []}' >other.json
seed other.json
tap_is "package: nor that of another kernel" "$? $(cat ./*.deb 2>/dev/null | wc -c)" "27 0"
sed -i s/-49-/-50-/ other.json
seed other.json
tap_ok "package: but its own" test -s kmend-patches-6.1.0-50-amd64_1_amd64.deb

# Many changes of one file: each sits on all before it; and what nobody would write, a circle
chain() { # COUNT CIRCLE
	python3 -c '
import json, sys
count, circle = int(sys.argv[1]), int(sys.argv[2])
changes = [{"id": f"CVE-2026-{2000 + i}", "subject": "s", "erratum": "E", "cves": [f"CVE-2026-{2000 + i}"], "verdict": "reboot",
            "depends": [f"CVE-2026-{2000 + j}" for j in range(count if circle else i)]} for i in range(count)]
json.dump({"schema": 1, "release": "6.1.0-50-amd64", "version": "6.1.10-1", "to": "6.1.12-1", "changes": changes,
           "errata": [{"id": "E", "fixes": [{"package": "linux", "version": "6.1.12-1"}]}]}, open("chain.json", "w"))' "$@"
}
mkdir empty-old empty-new
build() { timeout 120 "$KMEND" build --kernel 6.1.0-50-amd64 --version 6.1.10-1 --source empty-old --to-source empty-new --from chain.json --work work --quiet "$@" >out 2>err; }
chain 80 0
tap_ok "build: eighty changes of one file" build --output repository
tap_ok "build: the page tells of apt" grep -q '<code>apt install kmend-patches-6.1.0-50-amd64</code></p>' repository/index.html
if KMEND_PLUGIN_PATH=$TOP/$BUILD/plugins/rpm build --format rpm --output rpms; then
	tap_ok "build: of dnf, if it has RPM packages" grep -q 'as root: <code>dnf install kmend-patches-6.1.0-50-amd64</code></p>' rpms/index.html
else
	tap_skip "build: of dnf, if it has RPM packages" "$(head -n 1 err)"
fi
chain 20 1
tap_ok "build: changes that sit on each other end all the same" build --output repository
tap_done
