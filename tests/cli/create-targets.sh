#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend create for several targets at once, against the real tree of a real kernel: the kernel itself, a module of one
# file, one whose name has a hyphen, and a file that is linked into two modules. Needs no root.
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
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-targets.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
IDENTITY=(--kernel "$RELEASE" --id test-1 --description "several targets")

# amend FILE SED-ARGUMENT...: a diff of a file of the kernel's source against what sed makes of it
amend() {
	local file=$1
	shift
	sed "$@" "$source/$file" >"$work/amended"
	diff -u --label "a/$file" --label "b/$file" "$source/$file" "$work/amended"
}

# Fills the cache if need be.
"$KMEND" create "${IDENTITY[@]}" --diff tests/vm/updates/two-targets.diff -o "$work/two.kmend" >"$work/log" 2>&1
tap_result $? "the kernel and a module" "$work/log"
{
	cat tests/vm/updates/two-targets.diff
	amend drivers/net/ethernet/cavium/liquidio/octeon_device.c 's/^	i = oct->octeon_id;$/	i = oct->octeon_id + 1;/'
	amend drivers/usb/storage/alauda.c '/^static int alauda_reset_media/,/^}/s/memset(command, 0, 9)/memset(command, 1, 9)/'
} >"$work/all.diff"
for i in 1 2; do
	"$KMEND" create "${IDENTITY[@]}" --diff "$work/all.diff" -o "$work/$i.kmend" >"$work/log" 2>&1
	tap_result $? "five targets" "$work/log"
done
tap_ok "the same again has the same bytes" cmp "$work/1.kmend" "$work/2.kmend"
"$KMEND" view --file "$work/1.kmend" --json >"$work/manifest"
tap_ok "each target has its units, functions and update module" python3 - "$work/manifest" <<'END'
import json, sys

manifest = json.load(open(sys.argv[1]))
functions = {target["name"]: [f["name"] for f in target["functions"]] for target in manifest["targets"]}
assert functions == {
    "vmlinux": ["eventfd_read", "eventfd_answer"],
    "binfmt_misc": ["bm_status_read"],
    "liquidio": ["octeon_free_device_mem"],
    "liquidio_vf": ["octeon_free_device_mem"],
    "ums_alauda": ["alauda_check_media"],
}, functions
assert list(functions) == ["vmlinux", "binfmt_misc", "liquidio", "liquidio_vf", "ums_alauda"]
names = [part["module_name"] for part in manifest["parts"]]
assert names == ["kmend_test_1"] + ["kmend_test_1__" + name for name in list(functions)[1:]], names
END
# Directories that kbuild's top lists, and one above them as well: it would go into both, with two compilers at one object.
nested=(arch/x86/kernel/ptrace arch/x86/lib/cache-smp arch/x86/lib/insn-eval arch/x86/pci/common arch/x86/power/cpu
	arch/x86/video/fbdev fs/eventfd)
"$BUILD/tests/tools/compile" "$RELEASE" "${nested[@]/%/.o}" >"$work/log" 2>&1
tap_result $? "objects of directories below each other" "$work/log"
tap_is "each is compiled once" "$(awk '$1 == "CC" { print $2 }' "$work/log" | sort | tr '\n' ' ')" \
	"$(printf '%s.o\n' "${nested[@]}" | sort | tr '\n' ' ')"
{
	amend arch/x86/lib/insn-eval.c '/^static int get_seg_reg_override_idx/,/^}/s/if (num_overrides > 1)/if (num_overrides > 2)/'
	amend arch/x86/pci/common.c '/^static int pci_read/,/^}/s/return raw_pci_read/if (where < 0)\n\t\treturn -EINVAL;\n\treturn raw_pci_read/'
} >"$work/nested.diff"
"$KMEND" create "${IDENTITY[@]}" --diff "$work/nested.diff" -o "$work/nested.kmend" >"$work/log" 2>&1
tap_result $? "an update of such" "$work/log"

mkdir "$work/members" "$work/package" "$work/read"
tar -xJf "$work/1.kmend" -C "$work/members"
depends=
for module in "$work"/members/modules/*.ko; do depends+=$(modinfo -F depends "$module"); done
tap_is "no update module depends on a module, so none can hold its target" "" "$depends"
"$KMEND" package --format deb "$work/1.kmend" -o "$work/package" >"$work/log" 2>&1
tap_result $? "packaged" "$work/log"
dpkg-deb --fsys-tarfile "$work"/package/*.deb | tar -x -C "$work/read"
tap_ok "with all modules" diff -r "$work/members/modules" "$work/read/usr/lib/kmend/updates/$RELEASE/test-1" -x manifest.json

# What new code refers to must be there. fs/9p is a module of several units.
refer() { # refer FILE BEFORE-LINE DECLARATIONS CALLS: changed code in FILE that could make calls
	amend "$1" -e "$2i if (IS_ERR_OR_NULL((void *)jiffies)) { $4 }" -e "1,/^static/{/^static/i $3
	}"
}
eventfd() { refer fs/eventfd.c '/^	if (iov_iter_count(to)/' "$@"; }
fid() { refer fs/9p/fid.c '/^	hlist_add_head(&fid->dlist/' "$@"; }
{
	eventfd 'extern void no_such_name(void); extern int timerfd_tmrproc(void *);' 'no_such_name(); timerfd_tmrproc(to);'
	fid 'extern int is_current_pgrp_orphaned(void); extern int v9fs_set_super(void *, void *);' \
		'is_current_pgrp_orphaned(); v9fs_set_super(fid, fid);'
} >"$work/missing.diff"
"$KMEND" assess --kernel "$RELEASE" --json "$work/missing.diff" >"$work/verdict" 2>"$work/log"
tap_is "names that nothing has, that are another file's own, that the kernel does not export" \
	"symbol-missing symbol-missing symbol-private symbol-private" \
	"$(python3 -c 'import json, sys; print(*sorted(r["code"] for r in json.load(sys.stdin)["reasons"] if r["code"].startswith("symbol-")))' <"$work/verdict")"
for words in "no_such_name, which nothing in the kernel has" "timerfd_tmrproc, which is static in fs/timerfd.c" \
	"is_current_pgrp_orphaned, which neither the module 9p has, nor the kernel or another module exports" \
	"v9fs_set_super, which is static in fs/9p/vfs_super.c"; do
	tap_ok "... $words" grep -qF "$words" "$work/verdict"
done
{
	eventfd 'extern int is_current_pgrp_orphaned(void); extern int timerfd_tmrproc(void *); extern char __irqentry_text_start[];' \
		'is_current_pgrp_orphaned(); timerfd_tmrproc(__irqentry_text_start);'
	amend fs/timerfd.c 's/^static enum hrtimer_restart timerfd_tmrproc/enum hrtimer_restart timerfd_tmrproc/'
	fid 'struct p9_fid;' 'v9fs_session_cancel((void *)fid);'
} >"$work/there.diff"
"$KMEND" assess --kernel "$RELEASE" --json "$work/there.diff" >"$work/verdict" 2>"$work/log"
[ -s "$work/verdict" ] || cat "$work/log"
tap_is "names of other files, of the linker, and one that the diff lets others use, are there" "hotpatch" \
	"$(python3 -c 'import json, sys; print(json.load(sys.stdin)["verdict"])' <"$work/verdict")"
tap_done
