#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend create on wrong input, against the real tree of a real kernel (made first if the cache does not hold it): each
# fault has its own exit status and words, leaves nothing behind, and changes no source. Diffs are made here, from the
# kernel's own files. Needs no root; the disk-full case needs user namespaces.
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
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-create.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
export TMPDIR=$work/tmp
unit=net/unix/af_unix.c

# Exit statuses (core/base/error.h)
NOT_APPLICABLE=10 NOT_BUILT=11 BUILD_FAILED=12 NO_KERNEL=13 WRONG_SOURCE=14 WRONG_COMPILER=15 OUT_OF_SCOPE=16
DISK_FULL=25 USAGE=64 NO_CHANGE=66

# create [OPTION]...: output in $work/out and $work/err
create() { "$KMEND" create --kernel "$RELEASE" --id test-1 --description "a test" -o "$work/test-1.kmend" "$@" >"$work/out" 2>"$work/err"; }

# fails STATUS WORDS NAME [OPTION]...: create ends so, says so, and leaves nothing
fails() {
	local expected=$1 words=$2 name=$3 status
	shift 3
	rm -f "$work/test-1.kmend"
	create "$@"
	status=$?
	{
		echo "status $status, expected $expected, and the words: $words"
		cat "$work/err"
	} >"$work/log"
	[[ $status == "$expected" ]] && grep -qE -- "$words" "$work/err" && [[ ! -e $work/test-1.kmend && -z $(ls "$TMPDIR") ]]
	tap_result $? "$name: $(grep -m1 '^kmend: ' "$work/err" | cut -c8-100)" "$work/log"
}

# amend FILE [SED-ARGUMENT]...: a diff of a file of the kernel's source against what sed makes of it
amend() {
	local file=$1
	shift
	sed "$@" "$source/$file" >"$work/amended"
	diff -u --label "a/$file" --label "b/$file" "$source/$file" "$work/amended"
}

### A good one first: it fills the cache
source=$CACHE/kernels/$RELEASE/source
printf 'x\n' >"$work/none.diff"
printf -- '--- a/%s\n+++ b/%s\n@@ -1,1 +1,1 @@\n-no such line\n+x\n' $unit $unit >"$work/other.diff"
fails $NOT_APPLICABLE "Hunk #1 FAILED" "a diff that does not apply, with the words of patch" --diff "$work/other.diff"
if [[ ! -d $source ]]; then
	tap_ok "the kernel's source is in the cache" false
	tap_done
fi
before=$(sha256sum "$source/$unit")
amend $unit -e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EPROTO/' >"$work/good.diff"
tap_ok "a good diff" create --diff "$work/good.diff"
cp "$work/test-1.kmend" "$work/first.kmend"
tap_ok "without a leading part in its names" create --diff <(sed -E 's,^(---|\+\+\+) [ab]/,\1 ,' "$work/good.diff")
(cd "$source/.." && sed 's,^--- a/,--- source/,; s,^+++ b/,+++ source/,' "$work/good.diff") >"$work/named.diff"
tap_ok "with another leading part" create --diff "$work/named.diff"
tap_ok "as JSON" create --diff "$work/good.diff" --json
tap_is "the JSON names function, change and steps" "$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["id"], r["release"], [(f["name"], f["change"]) for f in r["functions"]], [s["name"] for s in r["steps"]])' "$work/out")" \
	"test-1 $RELEASE [('unix_listen', 'changed')] ['kernel', 'tree', 'units', 'compile', 'diff', 'assess', 'link', 'check', 'pack']"
create --diff "$work/good.diff"
tap_ok "the same input gives the same bytes" cmp "$work/first.kmend" "$work/test-1.kmend"
sed -i 's/^/ /' "$work/none.diff"

### Diffs
fails $NOT_APPLICABLE "no unified diff" "a file that is no diff" --diff "$work/none.diff"
: >"$work/empty.diff"
fails $NOT_APPLICABLE "no unified diff" "an empty file" --diff "$work/empty.diff"
head -n -1 "$work/good.diff" >"$work/cut.diff"
fails $NOT_APPLICABLE "damaged at line" "a truncated diff" --diff "$work/cut.diff"
fails 1 "cannot open" "an absent file" --diff "$work/absent.diff"
sed -E 's/^ (	int err;)/ \1 \/\* fuzz \*\//; s/^ (	struct sock \*sk = sock->sk;)/ \1 \/\* fuzz \*\//' "$work/good.diff" >"$work/fuzz.diff"
fails $NOT_APPLICABLE "does not apply" "a diff that would need fuzz" --diff "$work/fuzz.diff"
amend $unit "s/int err;/int err, more;/" >/dev/null
diff -u --label "a/$unit" --label "b/$unit" "$work/amended" "$source/$unit" >"$work/already.diff"
fails $NOT_APPLICABLE "has all of it already" "a diff that the source has already" --diff "$work/already.diff"
sed "s,a/$unit,a/../../../etc/hostname,; s,b/$unit,b/../../../etc/hostname," "$work/good.diff" >"$work/out.diff"
fails $NOT_APPLICABLE "leads out" "a name that leads out of the source" --diff "$work/out.diff"
sed "s,a/$unit,a/net/unix/none.c,; s,b/$unit,b/net/unix/none.c," "$work/good.diff" >"$work/nofile.diff"
fails $NOT_APPLICABLE "no such file" "a file that the source does not have" --diff "$work/nofile.diff"
printf -- '--- a/Documentation/x.rst\n+++ b/Documentation/x.rst\n@@ -1 +1 @@\n-x\n+y\n' >"$work/doc.diff"
fails $NOT_BUILT "no part of the kernel" "documentation only" --diff "$work/doc.diff"
amend mm/slob.c -e '1s/^/\n/' >"$work/off.diff"
fails $NOT_BUILT "touches nothing" "a driver that is not built" --diff "$work/off.diff"
amend $unit -e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-ENOSUCHERROR/' >"$work/broken.diff"
line=$(grep -n ENOSUCHERROR "$work/amended" | cut -d: -f1)
fails $BUILD_FAILED "^$unit:$line:.*ENOSUCHERROR" "a change that does not compile, with file and line" --diff "$work/broken.diff"
tap_ok "the compiler's words name no directory of the cache" sh -c "! grep -F '$CACHE' '$work/err'"
amend $unit -e '/^static int unix_listen/i /* Just a remark. */' >"$work/remark.diff"
fails $NO_CHANGE "changes no code" "a remark only" --diff "$work/remark.diff"
tap_ok "which is an answer, and no step failed" sh -c "grep -q '^  assess .* no change$' '$work/err' && ! grep -q ' failed$' '$work/err'"
cat "$work/good.diff" "$work/doc.diff" >"$work/both.diff"
tap_ok "documentation beside a good change" create --diff "$work/both.diff"
tap_ok "is left out, and told" grep -q "left out: Documentation/x.rst" "$work/err"

### What is out of scope, by name
amend include/net/af_unix.h -e '1s/^/\n/' >"$work/header.diff"
fails $NO_CHANGE "changes no code" "a blank line in a header" --diff "$work/header.diff"
amend arch/x86/entry/entry_64.S -e '1s/^/\n/' >"$work/remark.diff"
fails $NO_CHANGE "changes no code" "a blank line in assembly language" --diff "$work/remark.diff"
amend arch/x86/entry/entry_64.S -e '/^SYM_CODE_START(entry_SYSCALL_64)/a nop' >"$work/assembly.diff"
fails $OUT_OF_SCOPE "assembly: arch/x86/entry/entry_64.S: entry_SYSCALL_64 .\.entry\.text: " "assembly language, by function and section" \
	--diff "$work/assembly.diff"
amend net/unix/Makefile -e '1s/^/\n/' >"$work/blank.diff"
fails $NO_CHANGE "changes no code" "a blank line in a makefile" --diff "$work/blank.diff"
# shellcheck disable=SC2016 # sed's last line
amend net/unix/Makefile -e '$a ccflags-y += -DKMEND_TEST' >"$work/makefile.diff"
fails $OUT_OF_SCOPE "build-system: net/unix/Makefile: the makefile says how to build the kernel" "a makefile" --diff "$work/makefile.diff"
# shellcheck disable=SC2016 # sed's last line
amend net/unix/Kconfig -e '$a config KMEND_TEST\n\tbool "none"' >"$work/kconfig.diff"
fails $NO_CHANGE "changes no code" "a Kconfig file that leaves the configuration as it is" --diff "$work/kconfig.diff"
# shellcheck disable=SC2016 # sed's last line
amend net/unix/Kconfig -e '$a config KMEND_TEST\n\tdef_bool y' >"$work/kconfig.diff"
fails $OUT_OF_SCOPE "net/unix/Kconfig: the kernel would be configured otherwise.*CONFIG_KMEND_TEST=y" "one that does not" \
	--diff "$work/kconfig.diff"
amend include/linux/page-flags.h -e 's/^\t__NR_PAGEFLAGS,/\tPG_kmend_test,\n&/' >"$work/constant.diff"
fails $OUT_OF_SCOPE "generated-constant: include/linux/page-flags.h.*NR_PAGEFLAGS" "a constant of which headers are generated" \
	--diff "$work/constant.diff"
amend arch/x86/entry/syscalls/syscall_64.tbl -e 's/\tsys_read$/\tsys_pread64/' >"$work/table.diff"
fails $OUT_OF_SCOPE "generator: arch/x86/entry/syscalls/syscall_64.tbl" "a table of which headers are generated" --diff "$work/table.diff"
amend kernel/sched/rt.c -e '1s/^/\n/' >"$work/included.diff"
fails $NO_CHANGE "changes no code" "a blank line in a source that others include" --diff "$work/included.diff"
amend arch/x86/entry/vdso/vclock_gettime.c -e '1s/^/\n/' >"$work/vdso.diff"
fails $OUT_OF_SCOPE "special-object: arch/x86/entry/vdso" "the vdso" --diff "$work/vdso.diff"
amend lib/vdso/gettimeofday.c 's/clock >= MAX_CLOCKS/clock > MAX_CLOCKS/' >"$work/vdso-part.diff"
fails $OUT_OF_SCOPE "special-object: lib/vdso/gettimeofday.c" "a source that only the vdso includes" --diff "$work/vdso-part.diff"
amend lib/gen_crc32table.c 's/polynomial : 0/polynomial : 1/' >"$work/program.diff"
fails $OUT_OF_SCOPE "generator: lib/gen_crc32table.c" "a program that makes a header" --diff "$work/program.diff"
printf -- '--- /dev/null\n+++ b/net/unix/new.c\n@@ -0,0 +1 @@\n+int x;\n' >"$work/new.diff"
fails $OUT_OF_SCOPE "new-file: net/unix/new.c" "a new file" --diff "$work/new.diff"
printf 'diff --git a/%s b/net/unix/x.c\nrename from %s\nrename to net/unix/x.c\n' $unit $unit >"$work/rename.diff"
fails $OUT_OF_SCOPE "renamed-file" "a renamed file" --diff "$work/rename.diff"
cat "$work"/{good,assembly,makefile}.diff >"$work/several.diff"
fails $OUT_OF_SCOPE "2 reasons" "several reasons at once" --diff "$work/several.diff"
tap_ok "each is listed" grep -q "build-system: net/unix/Makefile" "$work/err"
create --diff "$work/several.diff" --json
tap_ok "also as JSON" python3 -c 'import json,sys; e = json.load(open(sys.argv[1]))["error"]; assert e["name"] == "out-of-scope" and "assembly" in e["detail"]' "$work/out"

### Kernels, sources, headers, compilers
headers=$CACHE/kernels/$RELEASE/headers
fails $NO_KERNEL "Available kernels:" "a kernel that there is not, with those that there are" --diff "$work/good.diff" --kernel 6.1.0-9999-amd64
tap_ok "nothing of it is kept" sh -c "! ls '$CACHE/kernels' | grep 9999"
fails $NO_KERNEL "is no kernel release" "a release that is none" --diff "$work/good.diff" --kernel '../x'
mkdir "$work/other"
sed 's/^SUBLEVEL = .*/SUBLEVEL = 9/' "$source/Makefile" >"$work/other/Makefile"
fails $WRONG_SOURCE "of version 6.1.9, but kernel" "a source of another version" --diff "$work/good.diff" --source "$work/other"
cp "$source/Makefile" "$work/other/Makefile"
touch "$work/other/.config"
fails $WRONG_SOURCE "not pristine" "a source in which a kernel was built" --diff "$work/good.diff" --source "$work/other"
rm "$work/other/.config"
mkdir "$work/other/debian"
echo "linux (6.1.1-1) stable; urgency=medium" >"$work/other/debian/changelog"
fails $WRONG_SOURCE "package version 6.1.1-1" "a source of another package version" --diff "$work/good.diff" --source "$work/other"
fails $WRONG_SOURCE "holds no kernel source" "a directory without source" --diff "$work/good.diff" --source "$work/tmp/.."
fails 1 "cannot use the directory" "an absent directory" --diff "$work/good.diff" --source "$work/absent"
fails $WRONG_SOURCE "holds no headers" "a directory without headers" --diff "$work/good.diff" --headers "$work/other"
cp -r "$headers" "$work/headers"
sed -i 's/^CONFIG_CC_VERSION_TEXT=.*/CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0-99) 12.2.0"/' "$work/headers/.config"
fails $WRONG_COMPILER "12.2.0-99" "another compiler than the kernel's" --diff "$work/good.diff" --headers "$work/headers"
sed -i 's/^CONFIG_CC_VERSION_TEXT=.*/CONFIG_CC_VERSION_TEXT="gcc-1 (GCC) 1.0"/' "$work/headers/.config"
fails $WRONG_COMPILER "not installed" "a compiler that is not installed" --diff "$work/good.diff" --headers "$work/headers"
cp "$headers/.config" "$work/headers/.config"
echo 'CONFIG_KMEND_TEST=y' >>"$work/headers/.config"
fails $WRONG_SOURCE "^-CONFIG_KMEND_TEST=y" "a configuration that does not come out again" --diff "$work/good.diff" --headers "$work/headers"
cp "$headers/.config" "$work/headers/.config"
sed -i 's/6.1.0-50/6.1.0-51/' "$work/headers/include/generated/utsrelease.h"
fails $WRONG_SOURCE "are of kernel 6.1.0-51" "headers of another kernel" --diff "$work/good.diff" --headers "$work/headers"

### Calls
fails $USAGE "no id" "a wrong id" --diff "$work/good.diff" --id '../x'
fails $USAGE "either --diff or --diffext" "no diff"
fails $USAGE "either --diff or --diffext" "two kinds of diff" --diff x --diffext .x
fails $USAGE "needs --source" "--diffext without --source" --diffext .fixed
fails $USAGE "number from 1" "a wrong number of jobs" --diff "$work/good.diff" -j 0
fails $USAGE "no operands" "an operand" --diff "$work/good.diff" x
"$KMEND" create --diff "$work/good.diff" >"$work/out" 2>"$work/err"
tap_is "without kernel and id" $? $USAGE
mkdir -p "$work/keep/x"
fails 1 "must be empty" "working files are not kept among others" --diff "$work/good.diff" --keep "$work/keep"
fails 1 "cannot (create|write)" "no such directory to write to" --diff "$work/good.diff" -o "$work/absent/x.kmend"

### A full disk, an end at any moment, two at once
mkdir "$work/full"
# shellcheck disable=SC2016
if unshare -rm true 2>/dev/null; then
	unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$1" && dd if=/dev/zero of="$1/fill" bs=4k 2>/dev/null; shift
		"$@"; status=$?; ls "$0"; exit $status' "$work/full" "$work/full" \
		"$KMEND" create --kernel "$RELEASE" --id t --description t --diff "$work/good.diff" -o "$work/full/t.kmend" >"$work/out" 2>"$work/err"
	tap_is "a full disk has its own exit status" $? $DISK_FULL
	tap_is "and nothing is left on it" "$(cat "$work/out")" fill
	# The tree is found in a cache on the full disk: nothing of it can be copied there.
	unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$0"; XDG_CACHE_HOME=$0 "$@"; status=$?; ls "$0/kmend"; exit $status' \
		"$work/full" "$KMEND" create --kernel "$RELEASE" --id t --description t --diff "$work/good.diff" \
		-o "$work/t.kmend" >"$work/out" 2>"$work/err"
	tap_is "a full disk under the cache has it too" $? $DISK_FULL
	tap_ok "and is named" grep -q "no space left in $work/full" "$work/err"
else
	tap_skip "a full disk" "no user namespaces here"
fi
for moment in 0.1 0.6 1.2 2.5; do
	amend $unit -e "/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-${moment/./}/" >"$work/killed.diff"
	create --diff "$work/killed.diff" &
	pid=$!
	sleep $moment
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	rm -rf "${TMPDIR:?}"/*
	tap_ok "ended after $moment s, then done again" create --diff "$work/killed.diff"
done
for signal in INT TERM; do
	amend $unit -e "/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EBUSY/" >"$work/ended.diff"
	# In a shell with job control, and not ignored even if this script was started so.
	bash -mc 'env --default-signal=INT,TERM "$@" & sleep 0.8; kill -'$signal' $!; wait $!' x "$KMEND" create --kernel "$RELEASE" --id test-1 --description t \
		--diff "$work/ended.diff" -o "$work/ended.kmend" >"$work/out" 2>"$work/err"
	sleep 2
	tap_is "ended by SIG$signal it takes its working files along" "$(ls "$TMPDIR")" ""
done
amend $unit -e '/^static int unix_listen/,/^}/s/-EOPNOTSUPP/-EBADE/' >"$work/twice.diff"
(create --diff "$work/twice.diff" -o "$work/a.kmend") &
create --diff "$work/twice.diff" -o "$work/b.kmend"
wait
tap_ok "two at once make the same" cmp "$work/a.kmend" "$work/b.kmend"
tap_is "the kernel's source is as it was" "$(sha256sum "$source/$unit")" "$before"
tap_ok "no amended or rejected file is in it" sh -c "! find '$source/net/unix' -name '*.orig' -o -name '*.rej' | grep ."
tap_done
