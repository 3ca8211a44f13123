#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Advisories: read from a vendor's updateinfo.xml, written into a repository of hotpatches, where dnf finds them.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; jq's variables; called by name
. "$(dirname "$0")/lib.sh"

READ=$BUILD/tests/plugins/updateinfo-tool
XML=$TOP/tests/fuzz/corpus/updateinfo/vendor.xml
DAMAGED=20
# value PATH: of the JSON in $OUTPUT, a python expression on `d`
value() { python3 -c 'import json, sys; d = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <<<"$OUTPUT" 2>&1; }

check_status "a vendor's advisories are read" 0 "$READ" "$XML"
is_equal "those with an id and with packages" "['VNSA-2026:1234', 'VNBA-2026:1']" "$(value '[e["id"] for e in d["errata"]]')"
is_equal "kind and severity" "security important bugfix" "$(value '" ".join([d["errata"][0]["kind"], d["errata"][0]["severity"], d["errata"][1]["kind"]])')"
is_equal "CVEs from the references" "['CVE-2026-0001', 'CVE-2026-0002']" "$(value 'd["errata"][0]["cves"]')"
is_equal "or else from the words" "['CVE-2026-0003']" "$(value 'd["errata"][1]["cves"]')"
check_match "fixed versions of each package" "kernel-core.*5.14.0-427.13.1.el9_4" "$(value 'd["errata"][0]["fixes"]')"
is_equal "a reboot is wanted" "True False" "$(value '"%s %s" % (d["errata"][0].get("reboot", False), d["errata"][1].get("reboot", False))')"
check_no_match "only addresses are references" "javascript" "$OUTPUT"
PLAIN=$OUTPUT
gzip -c "$XML" >updateinfo.xml.gz
xz -c "$XML" >updateinfo.xml.xz
! command -v zstd >/dev/null || zstd -q -c "$XML" >updateinfo.xml.zst
for file in updateinfo.xml.gz updateinfo.xml.xz updateinfo.xml.zst; do
	[[ -e $file ]] || continue
	check_status "$file" 0 "$READ" "$file"
	is_equal "  says the same" "$PLAIN" "$OUTPUT"
done

# What is broken is refused by name, wherever it breaks; nothing crashes.
size=$(stat -c %s "$XML")
wrong=
for cut in 1 50 500 $((size / 2)) $((size - 20)); do
	head -c $cut "$XML" >cut.xml
	"$READ" cut.xml >/dev/null 2>&1
	[[ $? == "$DAMAGED" ]] || wrong+=" $cut"
done
is_equal "cut off anywhere" "" "$wrong"
check_status "no XML" $DAMAGED "$READ" "$READ"
: >empty.xml
check_status "an empty file" $DAMAGED "$READ" empty.xml
check_status "a directory" $DAMAGED "$READ" .
check_status "no file" 1 "$READ" absent.xml
sed 's/release="427[^"]*"/release="%s-\&lt;1:2"/; s/epoch="0"/epoch="x"/' "$XML" >odd.xml
check_status "odd versions do no harm" 0 "$READ" odd.xml

# dnf's cache of somebody who is not root lies where anybody can write: only one's own is believed.
if ((EUID == 0)) && unshare -m true 2>/dev/null; then
	cat >caches.sh <<'EOT'
for directory in /var/lib /var/cache /var/tmp; do mount -t tmpfs none $directory || exit; done
mkdir -p /var/lib/rpm /var/tmp/dnf-x/r/repodata
cp "$XML" /var/tmp/dnf-x/r/repodata/updateinfo.xml
for owner in 0 65534; do
	chown -R $owner /var/tmp/dnf-x
	"$KMEND" errata --kernel 5.14.0-1.el9.x86_64 --version 5.14.0-1.el9 --refresh 2>&1 | grep -o 'lacks 1 erratum with 2 CVEs\|no repository of this machine has told of errata'
done
# What dnf left lying there, and dnf5's, which is newer.
mkdir -p /var/cache/dnf/r/repodata /var/cache/libdnf5/r/repodata
echo '<updates/>' >/var/cache/dnf/r/repodata/updateinfo.xml
cp "$XML" /var/cache/libdnf5/r/repodata/updateinfo.xml
"$KMEND" errata --kernel 5.14.0-1.el9.x86_64 --version 5.14.0-1.el9 --refresh 2>&1 | grep -o 'lacks 1 erratum with 2 CVEs'
EOT
	check_status "caches in /var/tmp" 0 env XML="$XML" KMEND="$KMEND" unshare -m sh caches.sh
	is_equal "only one's own cache in /var/tmp is believed; dnf's and dnf5's are both read" \
		$'lacks 1 erratum with 2 CVEs\nno repository of this machine has told of errata\nlacks 1 erratum with 2 CVEs' "$OUTPUT"
else
	tap_skip "only one's own cache in /var/tmp is believed" "not root, or no namespaces"
fi

# The repository's own.
if ! command -v createrepo_c >/dev/null; then
	tap_skip "the repository's own advisories" "createrepo_c is not installed"
	tap_done
	exit
fi
RELEASE=6.1.0-50-amd64 R=6_1_0-50-amd64
module kmend_x $RELEASE x.ko
"$TOOL" container CVE-2026-1 x.ko x.kmend $'Text with <tags> & "quotes" ]]> ä' || exit 1
mkdir repo
"$KMEND" package --format rpm x.kmend -o repo >/dev/null
"$KMEND" package --format rpm --seed --kernel $RELEASE --version 1 x.kmend -o repo >/dev/null
export SOURCE_DATE_EPOCH=1790000000
check_status "a repository is made" 0 "$TOOL" repository rpm repo kmend
OWN=$(ls repo/repodata/*updateinfo.xml*)
check_status "its advisories can be read" 0 "$READ" "$OWN"
is_equal "one for the update" "['KMEND-$RELEASE-CVE-2026-1']" "$(value '[e["id"] for e in d["errata"]]')"
check_match "of the kind security, with its CVEs" "security.*CVE-2026-52928" "$(value 'd["errata"][0]["kind"], d["errata"][0]["cves"]')"
check_match "for its package" "kmend-patch-$R-cve-2026-1.*1.0-1" "$(value 'd["errata"][0]["fixes"]')"
check_match "and for the seed that brings it, or dnf upgrade --security would not" "kmend-patches-$R'" "$(value 'd["errata"][0]["fixes"]')"
cp -r repo/repodata first
"$TOOL" repository rpm repo kmend
tap_ok "the same packages, the same bytes" diff -r first repo/repodata
if command -v dnf >/dev/null && ((!EUID)); then
	mkdir -p installroot
	printf '[main]\ncachedir=%s/cache\nlogdir=%s\nreposdir=/nonexistent\n[x]\nname=x\nbaseurl=file://%s/repo\ngpgcheck=0\n' "$WORK" "$WORK" "$WORK" >dnf.conf
	run_dnf() { dnf -q -c dnf.conf --installroot="$WORK/installroot" --releasever=1 --noplugins --disableplugin='*' "$@"; }
	tap_is "dnf sees the packages" "$(run_dnf repoquery --available 2>/dev/null | grep -c kmend-pat)" 2
fi
head -c 500 repo/kmend-patch-*.rpm >repo/broken.rpm
check_status "a broken package is told" $DAMAGED "$TOOL" repository rpm repo kmend
tap_done
