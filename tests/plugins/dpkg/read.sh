#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# read_package: manifest and module come out of a hotpatch package; whatever else comes in, nothing comes out.
# shellcheck source=tests/plugins/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; dpkg expands; called by name
. "$(dirname "$0")/../lib.sh"

RELEASE=6.1.0-50-amd64
DAMAGED=20 BAD_MANIFEST=21
cd "$WORK" || exit 1
module kmend_x $RELEASE x.ko
"$TOOL" container x x.ko x.kmend || exit 1
"$KMEND" package --format deb x.kmend -o x.deb >/dev/null || exit 1
IN=usr/lib/kmend/updates/$RELEASE/x

mkdir out
tap_ok "a package is read" "$TOOL" read deb x.deb out
tap_ok "the module comes out" cmp x.ko out/kmend_x.ko
is_equal "with the manifest, and nothing else" "kmend_x.ko manifest.json " "$(ls out | tr '\n' ' ')"

# refused NAME STATUS: bad.deb
refused() {
	rm -rf bad && mkdir bad
	check_status "$1" "$2" "$TOOL" read deb bad.deb bad
	is_equal "  and nothing comes out" "" "$(ls bad)"
}

# altered COMMAND: a package made by dpkg-deb from an altered tree
altered() {
	rm -rf tree && dpkg-deb -R x.deb tree && (cd tree && eval "$1") && dpkg-deb --root-owner-group -b tree bad.deb >/dev/null 2>&1
}

for compression in gzip zstd none; do
	dpkg-deb -R x.deb tree-$compression && dpkg-deb --root-owner-group -Z$compression -b tree-$compression z.deb >/dev/null
	rm -rf z && mkdir z
	tap_ok "dpkg-deb's own package, $compression" "$TOOL" read deb z.deb z
done

size=$(stat -c %s x.deb)
wrong=
for cut in 0 1 7 8 60 100 $((size / 2)) $((size - 20)); do
	head -c "$cut" x.deb >bad.deb
	rm -rf bad && mkdir bad
	"$TOOL" read deb bad.deb bad >/dev/null 2>&1
	[[ $? == "$DAMAGED" && -z $(ls bad) ]] || wrong+=" $cut"
done
is_equal "cut off anywhere" "" "$wrong"
cp x.ko bad.deb
refused "no deb at all" $DAMAGED
altered "printf x >>$IN/kmend_x.ko"
refused "an altered module" $DAMAGED
altered "sed -i s/hotpatch/hotpotch/ $IN/manifest.json"
refused "a manifest with another value" $BAD_MANIFEST
altered "rm $IN/manifest.json"
refused "no manifest" $DAMAGED
altered "rm $IN/kmend_x.ko"
refused "no module" $DAMAGED
altered "rm $IN/kmend_x.ko && ln -s /etc/passwd $IN/kmend_x.ko"
refused "a link for a module" $DAMAGED
altered "mv usr/lib/kmend/updates/$RELEASE usr/lib/kmend/updates/6.1.0-56-amd64"
refused "files at another kernel's place" $DAMAGED
altered "cp $IN/kmend_x.ko $IN/more.ko"
refused "a file more" $DAMAGED
altered "truncate -s 40M $IN/kmend_x.ko"
refused "a module of 40 MiB" $DAMAGED
tap_done
