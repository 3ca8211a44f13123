#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend create --base: updates on top of others, against the real tree of a real kernel. What is right is in the module;
# what does not fit is told. Needs no root.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
top=$PWD
BUILD=${BUILD:-build}
KMEND=$top/$BUILD/core/cli/kmend
RELEASE=${KMEND_TEST_RELEASE:-6.1.0-50-amd64}
export KMEND_PLUGIN_PATH=$top/$BUILD/plugins/dpkg KMEND_DATA_PATH=$top
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-base.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
WRONG_BASE=17 OUT_OF_SCOPE=16 NO_CHANGE=66 NOT_APPLICABLE=10
below=tests/vm/updates/eventfd-below.diff above=tests/vm/updates/eventfd-above.diff

# create ID DIFF [OPTION]...: $work/ID.kmend; what it says in $work/out and $work/err
create() {
	local id=$1 diff=$2
	shift 2
	rm -f "$work/$id.kmend"
	"$KMEND" create --kernel "$RELEASE" --id "$id" --description "a test" --diff "$diff" -o "$work/$id.kmend" "$@" \
		>"$work/out" 2>"$work/err"
}

# fails STATUS WORDS NAME ID DIFF [OPTION]...
fails() {
	local expected=$1 words=$2 name=$3 status
	shift 3
	create "$@"
	status=$?
	[[ $status == "$expected" && ! -e $work/$1.kmend ]] && grep -qE -- "$words" "$work/err"
	tap_result $? "$name: $(grep -m1 '^kmend: ' "$work/err" | cut -c8-100)" "$work/err"
}

# functions ID: what create said it changes
functions() { sed -n 's/^  \([a-z]*\) *\([a-z_]*\) .*/\1 \2/p' "$work/out" | sort; }

manifest() { bsdtar -xOf "$work/$1.kmend" manifest.json | python3 -c "import json, sys; m = json.load(sys.stdin); print($2)"; }

tap_ok "the update below" create below $below
fails $NOT_APPLICABLE "does not apply" "the one above does not apply to the kernel's own source" above $above
tap_ok "the one above, on top of it" create above $above --base "$work/below.kmend"
tap_is "it changes a function of the kernel, and carries one of the base with its caller" "$(functions)" \
	"changed eventfd_read
changed eventfd_write
new eventfd_short"
tap_is "the manifest names the base" "$(manifest above '[b["id"] for b in m["bases"]]')" "['below']"
bsdtar -xOf "$work/above.kmend" 'modules/*.ko' >"$work/above.ko"
bsdtar -xOf "$work/below.kmend" 'modules/*.ko' >"$work/below.ko"
digest=$(readelf -n "$work/below.ko" | sed -n 's/.*Build ID: //p' | perl -ne 'chomp; print pack "H*", $_' | sha256sum | cut -d' ' -f1)
tap_is "and its build" "$(manifest above 'm["bases"][0]["digest"]')" "$digest"
tap_ok "the module does, too" grep -q "$digest" "$work/above.ko"
tap_is "the base's datum is not copied" "$(readelf -sW "$work/above.ko" | grep -c 'OBJECT.*eventfd_short_reads')" 0
tap_is "but was in the base" "$(readelf -sW "$work/below.ko" | grep -c 'OBJECT.*eventfd_short_reads')" 1
cp "$work/above.kmend" "$work/first.kmend"
create above $above --base "$work/below.kmend"
tap_ok "the same input gives the same bytes" cmp "$work/first.kmend" "$work/above.kmend"

package() { "$KMEND" package --format deb "$work/$1.kmend" -o "$work/$1.deb" >/dev/null && dpkg-deb -f "$work/$1.deb" "$2"; }
tap_is "the base's package says which build it is" "$(package below Provides)" "kmend-update-${digest:0:32}"
tap_is "the package on top depends on it, and on that build" "$(package above Depends | sed 's/.*kmend-dkms, //')" \
	"kmend-patch-$RELEASE-below, kmend-update-${digest:0:32}"

# A third: takes back what both did. The function of the kernel is as it was, yet must be replaced once more.
mkdir -p "$work/source/fs"
cp "${XDG_CACHE_HOME:-$HOME/.cache}/kmend/kernels/$RELEASE/source/fs/eventfd.c" "$work/source/fs/eventfd.c"
cp "$work/source/fs/eventfd.c" "$work/original"
patch -s -d "$work/source" -p1 <$below
patch -s -d "$work/source" -p1 <$above
diff -u --label a/fs/eventfd.c --label b/fs/eventfd.c "$work/source/fs/eventfd.c" "$work/original" >"$work/back.diff"
tap_ok "a third on top takes both back" create back "$work/back.diff" --base "$work/below.kmend" --base "$work/above.kmend"
tap_is "by replacing what is the kernel's once more" "$(functions | grep changed)" \
	"changed eventfd_read
changed eventfd_write"
cat >"$work/remark.diff" <<'END'
--- a/fs/eventfd.c
+++ b/fs/eventfd.c
@@ -1,2 +1,3 @@
 // SPDX-License-Identifier: GPL-2.0-only
+/* a remark */
 /*
END
fails $NO_CHANGE "changes no code" "a remark on top" x "$work/remark.diff" --base "$work/below.kmend"

### What does not fit
fails $WRONG_BASE "sits on below, which is not given" "a base without its own base" x "$work/back.diff" --base "$work/above.kmend"
fails $WRONG_BASE "sits on below, which is not given before" "bases in the wrong order" x "$work/back.diff" \
	--base "$work/above.kmend" --base "$work/below.kmend"
fails $WRONG_BASE "given twice" "a base twice" x $above --base "$work/below.kmend" --base "$work/below.kmend"
fails $WRONG_BASE "has the id below" "the id of the base" below2 $above --base "$work/below.kmend" --id below
cp "$work/below.kmend" "$work/kept.kmend"
create below $below --description "in other words"
fails $WRONG_BASE "another build of below" "a base that sits on another build" x "$work/back.diff" \
	--base "$work/below.kmend" --base "$work/above.kmend"
cp "$work/kept.kmend" "$work/below.kmend"
sed '/^static ssize_t eventfd_write/,/^}/s/if (ucnt == ULLONG_MAX)/if (ucnt >= ULLONG_MAX - 1)/' "$work/original" |
	diff -u --label a/fs/eventfd.c --label b/fs/eventfd.c "$work/original" - >"$work/beside.diff"
create beside "$work/beside.diff"
fails $WRONG_BASE "both change fs/eventfd.c" "two bases that know nothing of each other" x $above \
	--base "$work/below.kmend" --base "$work/beside.kmend"
head -c 900 "$work/below.kmend" >"$work/cut.kmend"
fails 20 "" "a damaged base" x $above --base "$work/cut.kmend"
cat >"$work/data.diff" <<'END'
--- a/fs/eventfd.c
+++ b/fs/eventfd.c
@@ -223,5 +223,5 @@
 EXPORT_SYMBOL_GPL(eventfd_ctx_remove_wait_queue);

-static unsigned int eventfd_short_reads;
+static unsigned int eventfd_short_reads = 5;

 static noinline ssize_t eventfd_short(size_t count)
END
fails $OUT_OF_SCOPE "base-data-changed" "a datum of the base that changes" x "$work/data.diff" --base "$work/below.kmend"
tap_done
