#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# read_package: manifest and module come out of a hotpatch RPM; whatever else comes in, nothing comes out.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2317 # names are tame; called by name
. "$(dirname "$0")/lib.sh"

RELEASE=6.1.0-50-amd64
DAMAGED=20 BAD_MANIFEST=21
module kmend_x $RELEASE x.ko
"$TOOL" container x x.ko x.kmend || exit 1
"$KMEND" package --format rpm x.kmend -o x.rpm >/dev/null || exit 1

mkdir out
tap_ok "a package is read" "$TOOL" read rpm x.rpm out
tap_ok "the module comes out" cmp x.ko out/kmend_x.ko
is_equal "with the manifest, and nothing else" "kmend_x.ko manifest.json " "$(ls out | tr '\n' ' ')"

# refused NAME STATUS: bad.rpm
refused() {
	rm -rf bad && mkdir bad
	check_status "$1" "$2" "$TOOL" read rpm bad.rpm bad
	is_equal "  and nothing comes out" "" "$(ls bad)"
}

# altered COMMAND: a package made by rpmbuild from an altered tree
altered() {
	rm -rf tree && mkdir tree && rpm2cpio x.rpm | bsdtar -xf - -C tree && (cd tree/usr/lib/kmend/updates/$RELEASE/x && eval "$1")
	printf '%%global __os_install_post %%{nil}\n%%global debug_package %%{nil}\nName: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nAutoReqProv: no\n%%description\n%%install\ncp -a %s/. %%{buildroot}\n%%files\n/usr\n' "$WORK/tree" >x.spec
	rpmbuild -bb --quiet --define "_topdir $WORK/top" --define "_rpmdir $WORK" --define '_build_name_fmt bad.rpm' --define "_binary_payload ${2:-w6.xzdio}" x.spec >/dev/null 2>&1
}

for compression in w9.gzdio w3.zstdio w6.xzdio; do
	altered true $compression && rm -rf z && mkdir z
	tap_ok "rpmbuild's own package, $compression" "$TOOL" read rpm bad.rpm z
done

size=$(stat -c %s x.rpm)
wrong=
for cut in 0 1 7 8 60 100 $((size / 2)) $((size - 60)); do
	head -c "$cut" x.rpm >bad.rpm
	rm -rf bad && mkdir bad
	"$TOOL" read rpm bad.rpm bad >/dev/null 2>&1
	[[ $? == "$DAMAGED" && -z $(ls bad) ]] || wrong+=" $cut"
done
is_equal "cut off anywhere" "" "$wrong"
cp x.ko bad.rpm
refused "no RPM at all" $DAMAGED
altered "printf x >>kmend_x.ko"
refused "an altered module" $DAMAGED
altered "sed -i s/hotpatch/hotpotch/ manifest.json"
refused "a manifest with another value" $BAD_MANIFEST
altered "rm manifest.json"
refused "no manifest" $DAMAGED
altered "rm kmend_x.ko"
refused "no module" $DAMAGED
altered "rm kmend_x.ko && ln -s /etc/passwd kmend_x.ko"
refused "a link for a module" $DAMAGED
altered "cd ../.. && mv $RELEASE 6.1.0-56-amd64"
refused "files at another kernel's place" $DAMAGED
altered "cp kmend_x.ko more.ko"
refused "a file more" $DAMAGED
altered "truncate -s 40M kmend_x.ko"
refused "a module of 40 MiB" $DAMAGED
tap_done
