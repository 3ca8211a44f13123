#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend assess on the real source of a real kernel: verdicts, reasons, exit statuses, JSON; the same verdict in create; and
# waivers. Diffs are made here, from the kernel's own files. Needs no root.
# shellcheck disable=SC2016 # sed's own sign
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
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-assess.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
source=$CACHE/kernels/$RELEASE/source
unit=net/unix/af_unix.c

# Exit statuses (core/base/error.h)
OK=0 NOT_APPLICABLE=10 NO_KERNEL=13 OUT_OF_SCOPE=16 NEEDS_CODE=18 USAGE=64 NO_CHANGE=66

# amend [SED-ARGUMENT]...: a diff of the unit against what sed makes of it
amend() {
	sed "$@" "$source/$unit" >"$work/amended"
	diff -u --label "a/$unit" --label "b/$unit" "$source/$unit" "$work/amended"
}

# judged STATUS NAME DIFF [OPTION]...: assess ends so; output in $work/out, $work/err
judged() {
	local expected=$1 name=$2 diff=$3 status
	shift 3
	"$KMEND" assess "$diff" --kernel "$RELEASE" "$@" >"$work/out" 2>"$work/err"
	status=$?
	{
		echo "status $status, expected $expected"
		cat "$work/out" "$work/err"
	} >"$work/log"
	[[ $status == "$expected" ]]
	tap_result $? "$name" "$work/log"
}

# reasons: of the JSON in $work/out, "VERDICT CODE:SYMBOL/ANSWER ..."
reasons() {
	python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["verdict"], *sorted("%s:%s/%s" % (x["code"], x["symbol"], x["answer"]) for x in r["reasons"]))' "$work/out"
}

### What is asked wrongly
printf 'x\n' >"$work/none.diff"
judged $NOT_APPLICABLE "a file that is no diff" "$work/none.diff"
if [[ ! -f $source/$unit ]]; then
	tap_ok "the kernel's source is in the cache" false
	tap_done
fi
amend -e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EPROTO/' >"$work/code.diff"
judged $USAGE "two diffs" "$work/code.diff" "$work/code.diff"
judged $USAGE "an option that there is not" "$work/code.diff" --better
judged $USAGE "a waiver without a text" "$work/code.diff" --waive initial-value
judged $USAGE "a waiver of what blocks" "$work/code.diff" --waive "assembly=never mind"
tap_ok "says so" grep -q "cannot be waived" "$work/err"
tap_is "no kernel given" "$("$KMEND" assess "$work/code.diff" >/dev/null 2>&1; echo $?)" $USAGE
tap_is "no such kernel" "$("$KMEND" assess "$work/code.diff" --kernel 6.1.0-999-amd64 >/dev/null 2>&1; echo $?)" $NO_KERNEL
judged 1 "a diff that is not there" "$work/nothing.diff"

### hotpatch
judged $OK "code alone" "$work/code.diff"
tap_ok "the verdict, and the function" grep -qE '^hotpatch: ' "$work/out"
tap_ok "is changed" grep -qF "changed  unix_listen ($unit)" "$work/out"
judged $OK "as JSON" "$work/code.diff" --json
tap_ok "the JSON has the documented members" python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
want = {"schema": int, "command": str, "status": int, "status_name": str, "release": str, "version": str, "verdict": str,
        "open": int, "reasons": list, "units": list, "targets": list, "functions": list, "ignored": list, "steps": list}
assert set(r) == set(want), set(r) ^ set(want)
assert all(isinstance(r[k], t) for k, t in want.items())
assert (r["schema"], r["status"], r["status_name"], r["verdict"], r["open"]) == (1, 0, "ok", "hotpatch", 0)
assert r["units"] == ["net/unix/af_unix.c"] and r["targets"] == ["vmlinux"]
assert [f["name"] for f in r["functions"]] == ["unix_listen"] and set(r["functions"][0]) == {"unit", "name", "change", "why"}
assert [s["name"] for s in r["steps"]] == ["kernel", "tree", "units", "compile", "diff", "assess", "link"]' "$work/out"
# A unit that kbuild reaches by a climb: it knows it by another path (amdgpu/../display/...) than the diff does.
unit=drivers/gpu/drm/amd/display/modules/info_packet/info_packet.c
amend -e '/^void mod_build_hf_vsif_infopacket/,/^}/s/sb\[1\] = 0x03/sb[1] = 0x04/' >"$work/climb.diff"
judged $OK "a unit that kbuild reaches by a climb" "$work/climb.diff" --json
tap_is "is of the module that has it" "$(python3 -c '
import json, sys
print(*json.load(open(sys.argv[1]))["targets"])' "$work/out")" amdgpu
# A unit that has its own name in its code (__BASE_FILE__): the new source does not lie where the old one does.
unit=sound/core/seq/seq_fifo.c
amend -e '/^int snd_seq_fifo_poll_wait/,/^}/s/f->cells > 0/f->cells > 1/' >"$work/base-file.diff"
judged $OK "a unit that has its name in its code" "$work/base-file.diff" --json
tap_ok "has one changed function" python3 -c '
import json, sys
assert [f["name"] for f in json.load(open(sys.argv[1]))["functions"]] == ["snd_seq_fifo_poll_wait"]' "$work/out"
unit=net/unix/af_unix.c
amend -e '/^static int unix_listen/,/^}/s/int err;/int err; \/* x *\//' >"$work/same.diff"
judged $NO_CHANGE "a diff that changes no code" "$work/same.diff" --json

### reboot
amend -e '/^static int __init af_unix_init/,/^}/s/(&unix_dgram_proto, 1)/(\&unix_dgram_proto, 0)/' >"$work/init.diff"
judged $OUT_OF_SCOPE "code that ran at boot" "$work/init.diff" --json
tap_is "is told as what it is" "$(reasons)" "reboot no-effect:af_unix_init/None"
tap_ok "with file, line and advice" python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))["reasons"][0]
assert set(r) == {"code", "kind", "meaning", "unit", "line", "symbol", "text", "advice", "answer", "waiver"}
assert r["kind"] == "blocks" and r["unit"] == "net/unix/af_unix.c" and "no effect now" in r["text"] and r["advice"]
assert "af_unix_init" in open(sys.argv[2]).read().split("\n")[r["line"] - 1]' "$work/out" "$source/$unit"
amend -e '/^static int __init af_unix_init/,/^}/s/(&unix_dgram_proto, 1)/(\&unix_dgram_proto, 0)/' \
	-e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EPROTO/' >"$work/mixed.diff"
judged $OK "along with other code it is left out" "$work/mixed.diff" --json
tap_is "and noted" "$(reasons)" "hotpatch init-code:af_unix_init/None"
tap_ok "but not listed as changed" python3 -c '
import json, sys
assert [f["name"] for f in json.load(open(sys.argv[1]))["functions"]] == ["unix_listen"]' "$work/out"

# A definition that another unit's weak one would give way to: callers of that are linked already.
{
	amend -e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EPROTO/' \
		-e '$a int arch_get_kallsym(unsigned int symnum, unsigned long *value, char *type, char *name);' \
		-e '$a int arch_get_kallsym(unsigned int symnum, unsigned long *value, char *type, char *name)\n{\n\treturn -1;\n}'
} >"$work/weak.diff"
judged $OUT_OF_SCOPE "a definition that overrides a weak one" "$work/weak.diff" --json
tap_is "is told with its name" "$(reasons)" "reboot weak-override:arch_get_kallsym/None"

# A weak definition that gave way to another unit's when the kernel was linked: its code is not there.
unit=kernel/sys.c
overridden=(-e '/^int __weak arch_prctl_spec_ctrl_get/,/^}/s/-EINVAL/-ENODEV/')
amend "${overridden[@]}" >"$work/overridden.diff"
judged $OUT_OF_SCOPE "a weak definition that gave way to another" "$work/overridden.diff" --json
tap_is "is told as not there" "$(reasons)" "reboot not-linked:arch_prctl_spec_ctrl_get/None"
tap_ok "with the unit that has the other" grep -q 'that of arch/x86/kernel/cpu/bugs.c instead' "$work/out"
amend "${overridden[@]}" -e '/^SYSCALL_DEFINE0(getpid)/,/^}/s/current/current->group_leader/' >"$work/beside.diff"
judged $OK "along with other code it is left out" "$work/beside.diff" --json
tap_is "and noted" "$(reasons)" "hotpatch weak-overridden:arch_prctl_spec_ctrl_get/None"
unit=kernel/kallsyms.c
amend -e "/^int __weak arch_get_kallsym/,/^}/s/-EINVAL/-ENODEV/" >"$work/in-force.diff"
judged $OK "a weak definition that is in force" "$work/in-force.diff" --json
tap_is "is changed" "$(reasons)" "hotpatch weak-function:arch_get_kallsym/None"
unit=net/unix/af_unix.c

### hotpatch+hook
amend -e '/^static struct pernet_operations unix_net_ops/,/^}/s/\.exit = unix_net_exit,/&\n\t.pre_exit = unix_net_exit,/' \
	-e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EPROTO/' >"$work/callback.diff"
judged $NEEDS_CODE "a callback into a table that is in use" "$work/callback.diff" --json
tap_is "is told with table and member" "$(reasons)" "hotpatch+hook callback-added:unix_net_ops/None"
tap_ok "by its name" grep -q "unix_net_ops.pre_exit = unix_net_exit" "$work/out"
judged $OK "waived" "$work/callback.diff" --json --waive "callback-added:unix_net_ops=nobody leaves"
tap_is "it is answered" "$(reasons)" "hotpatch callback-added:unix_net_ops/waived"
judged $NEEDS_CODE "waived for another table" "$work/callback.diff" --waive "callback-added:unix_other=nobody leaves"
tap_ok "the waiver that answers nothing is told" grep -q "unix_other answers no reason" "$work/out"
amend -e '/^struct unix_stream_read_state {/,/^}/s/unsigned int splice_flags;/&\n\tlong more;/' \
	-e '/^static int unix_stream_read_generic/,/^}/s/int err = 0;/int err = 0; state->more = state->flags;/' \
	-e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EPROTO/' >"$work/layout.diff"
judged $NEEDS_CODE "a structure that unreplaced code uses grows" "$work/layout.diff" --json
tap_ok "is told with what changed" grep -q "struct unix_stream_read_state: member more is new at byte" "$work/out"

unit=ipc/msg.c
amend -E -e 's/^(#define SEARCH_ANY\s+)1$/&\n#define SEARCH_NEWEST 2/' -e 's/^(#define SEARCH_EQUAL\s+)2/\13/' \
	-e 's/^(#define SEARCH_NOTEQUAL\s+)3/\14/' -e 's/^(#define SEARCH_LESSEQUAL\s+)4/\15/' \
	-e 's/^(#define SEARCH_NUMBER\s+)5/\16/' >"$work/macros.diff"
judged $NEEDS_CODE "macros whose numbers are dealt anew" "$work/macros.diff" --json
tap_is "are told, since receivers that wait have stored one" "$(reasons)" \
	"hotpatch+hook sleeps-inside:do_msgrcv/None values-moved:SEARCH_EQUAL/None"
tap_ok "with the line and what is another's now" \
	grep -q 'ipc/msg.c: SEARCH_EQUAL was 0x2 and is 0x3, and SEARCH_NEWEST is 0x2 now' "$work/out"
unit=net/unix/af_unix.c

judged $OK "a diff that brings hooks" "$top/docs/hooks/zero-splice.diff" --json
tap_ok "the verdict says that there is one" python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
assert r["verdict"] == "hotpatch+hook" and r["open"] == 0' "$work/out"

other=drivers/net/dummy.c
{
	cat "$top/docs/hooks/zero-splice.diff"
	sed 's/^static int numdummies = 1;/static int numdummies = 2;/' "$source/$other" |
		diff -u --label "a/$other" --label "b/$other" "$source/$other" -
} >"$work/unhooked.diff"
judged $NEEDS_CODE "a hook of vmlinux does not answer what a module holds" "$work/unhooked.diff" --json
tap_is "which stays open" "$(reasons)" "hotpatch+hook initial-value:numdummies/None"

### create judges the same
create() { "$KMEND" create --kernel "$RELEASE" --id test-1 --description "a test" -o "$work/test-1.kmend" "$@" >"$work/out" 2>"$work/err"; }
create --diff "$work/callback.diff"
tap_is "create refuses what needs code" $? $OUT_OF_SCOPE
tap_ok "and says why" grep -q "callback-added: .*unix_net_ops.pre_exit" "$work/err"
create --diff "$work/callback.diff" --json
tap_is "as JSON with the reasons" "$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["error"]["name"], r["verdict"], [x["code"] for x in r["reasons"]])' "$work/out")" \
	"out-of-scope hotpatch+hook ['callback-added']"
tap_ok "create with the waiver" create --diff "$work/callback.diff" --waive "callback-added:unix_net_ops=nobody leaves"
tap_is "it is in the manifest" "$(python3 -c '
import json, sys, tarfile
m = json.load(tarfile.open(sys.argv[1]).extractfile("manifest.json"))
print(m["verdict"], m["waivers"])' "$work/test-1.kmend")" "hotpatch ['callback-added:unix_net_ops=nobody leaves']"
tap_done
