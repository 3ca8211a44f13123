#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend create for changes of headers, against the real tree of a real kernel: which units they reach. Needs no root.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
top=$PWD
BUILD=${BUILD:-build}
KMEND=$top/$BUILD/core/cli/kmend
RELEASE=${KMEND_TEST_RELEASE:-6.1.0-50-amd64}
export KMEND_PLUGIN_PATH=$top/$BUILD/plugins/dpkg KMEND_DATA_PATH=$top
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kmend
source=$CACHE/kernels/$RELEASE/source
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-headers.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
IDENTITY=(--kernel "$RELEASE" --id test-1 --description "headers")

# amend FILE SED-ARGUMENT...: a diff of a file of the kernel's source against what sed makes of it
amend() {
	local file=$1
	shift
	sed "$@" "$source/$file" >"$work/amended"
	diff -u --label "a/$file" --label "b/$file" "$source/$file" "$work/amended"
}

# units FILE: the units of a container
units() {
	"$KMEND" view --file "$1" --json | python3 -c '
import json, sys
for target in json.load(sys.stdin)["targets"]:
    print(target["name"], *sorted(target["units"]))'
}

# A prototype in a header that every unit includes: two of the units that are looked into use it, and compile to the same.
# (Fills the cache if need be.)
amend include/linux/syscalls.h 's/^asmlinkage long sys_setgid(gid_t gid);/asmlinkage long sys_setgid(gid_t group);/' >"$work/prototype.diff"
"$KMEND" create "${IDENTITY[@]}" --diff "$work/prototype.diff" -o "$work/none.kmend" >"$work/log" 2>&1
tap_is "a prototype in syscalls.h: no code changes" 66 $?

# An inline function that a header uses in a macro and in others: users are found, though few name it.
amend include/linux/eventfd.h 's/return !current->in_eventfd;/return !current->in_eventfd \&\& current->pid != 77777;/' >"$work/inline.diff"
"$KMEND" create "${IDENTITY[@]}" --diff "$work/inline.diff" -o "$work/inline.kmend" >"$work/log" 2>&1
tap_result $? "an inline function in a header" "$work/log"
tap_ok "reaches the units that call it" grep -qw fs/aio.c <(units "$work/inline.kmend")
tap_ok "not the one beside it that does not" sh -c "! '$KMEND' view --file '$work/inline.kmend' --json | grep -q fs/signalfd.c"

# The same by a cache that is a link: nothing is made anew, and the units are the same.
ln -s "${CACHE%/*}" "$work/cache"
trees=$(ls "$CACHE/trees")
XDG_CACHE_HOME=$work/cache "$KMEND" create "${IDENTITY[@]}" --diff "$work/inline.diff" -o "$work/linked.kmend" >"$work/log" 2>&1
tap_result $? "by a link to the cache" "$work/log"
tap_ok "it is the same update" cmp "$work/inline.kmend" "$work/linked.kmend"
tap_is "in the same tree" "$(ls "$CACHE/trees")" "$trees"

# A unit and a header in a directory beneath it, which includes what lies beside it; then the header alone, on top of that.
{
	amend security/apparmor/include/audit.h 's/^#define OP_STACK "stack"/&\n#define OP_TEST 77777/'
	amend security/apparmor/audit.c 's/complain_error(aad(sa)->error)/complain_error(aad(sa)->error == OP_TEST ? 0 : aad(sa)->error)/'
} >"$work/below.diff"
"$KMEND" create "${IDENTITY[@]}" --diff "$work/below.diff" -o "$work/below.kmend" >"$work/log" 2>&1
tap_result $? "a unit and a header that lies in a directory beneath it" "$work/log"
sed 's/^#define OP_STACK "stack"/&\n#define OP_TEST 77777/' "$source/security/apparmor/include/audit.h" >"$work/below.h"
sed 's/77777/88888/' "$work/below.h" >"$work/above.h"
diff -u --label a/security/apparmor/include/audit.h --label b/security/apparmor/include/audit.h "$work/below.h" "$work/above.h" \
	>"$work/above.diff"
"$KMEND" create --kernel "$RELEASE" --id test-2 --description "headers" --base "$work/below.kmend" --diff "$work/above.diff" \
	-o "$work/above.kmend" >"$work/log" 2>&1
tap_result $? "the header alone, on top of that: its own text of it is what the unit gets" "$work/log"
tap_ok "and so the unit changes" grep -qw security/apparmor/audit.c <(units "$work/above.kmend")
tap_done
