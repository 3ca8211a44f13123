#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend package --format deb: what dpkg, lintian and a second run say of the packages; wrong input.
# shellcheck source=tests/plugins/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; dpkg expands; called by name
. "$(dirname "$0")/../lib.sh"

RELEASE=6.1.0-50-amd64
cd "$WORK" || exit 1
module kmend_cve_2026_1 $RELEASE update.ko
module kmend $RELEASE kmend.ko
module other $RELEASE other.ko
"$TOOL" container CVE-2026-1 update.ko CVE-2026-1.kmend || exit 1
package() { "$KMEND" package --format deb "$@"; }

# An update.
mkdir out
check_status "an update is packaged" 0 package CVE-2026-1.kmend -o out
DEB=out/kmend-patch-$RELEASE-cve-2026-1_1.0_amd64.deb
is_equal "its path is printed" "$DEB" "$OUTPUT"
is_equal "name, version, architecture" "kmend-patch-$RELEASE-cve-2026-1 1.0 amd64 kernel" \
	"$(dpkg-deb -W --showformat='${Package} ${Version} ${Architecture} ${Section}' $DEB)"
check_match "it depends on kmend and its module" "^kmend \(>= [0-9.]+\), kmend-module-$RELEASE \| kmend-dkms$" "$(dpkg-deb -f $DEB Depends)"
check_match "the description tells the CVEs" "Fixes: CVE-2026-52928\." "$(dpkg-deb -f $DEB Description)"
dpkg-deb -R $DEB tree
tap_ok "the module is there" cmp update.ko tree/usr/lib/kmend/updates/$RELEASE/CVE-2026-1/kmend_cve_2026_1.ko
tap_ok "so is the manifest" grep -q '"id":"CVE-2026-1"' tree/usr/lib/kmend/updates/$RELEASE/CVE-2026-1/manifest.json
tap_ok "md5sums is right and complete" bash -c "cd tree && md5sum -c --quiet DEBIAN/md5sums && [ \$(wc -l <DEBIAN/md5sums) = \$(find usr -type f | wc -l) ]"
is_equal "everything is root's, 755 or 644" "" "$(dpkg-deb -c $DEB | grep -vE '^(drwxr-xr-x|-rw-r--r--) root/root ')"
for script in postinst prerm postrm; do
	tap_ok "$script is a clean shell script" shellcheck -s dash tree/DEBIAN/$script
done

if command -v lintian >/dev/null; then
	run_lintian() { lintian --fail-on error,warning --tag-display-limit 0 "$@" 2>&1 | grep -v 'root privileges'; return "${PIPESTATUS[0]}"; }
	tap_ok "lintian has no complaint about an update" run_lintian $DEB
else
	tap_skip "lintian" "not installed"
fi

# The same input, the same bytes.
mkdir again
(umask 077 && TZ=Asia/Tokyo LC_ALL=C package CVE-2026-1.kmend -o again) >/dev/null
tap_ok "the same bytes at another time, in another zone, under another umask" cmp $DEB again/"${DEB#out/}"
SOURCE_DATE_EPOCH=1234567890 package CVE-2026-1.kmend -o again >/dev/null
check_match "SOURCE_DATE_EPOCH is heeded" "2009-02-13" "$(TZ=UTC dpkg-deb -c again/"${DEB#out/}" | sed -n 1p)"
check_status "--version, --maintainer and a file to write to" 0 package CVE-2026-1.kmend --version 1:2.0-3 --maintainer "A. B. <a@b.org>" -o x.deb
is_equal "are heeded" "1:2.0-3 A. B. <a@b.org>" "$(dpkg-deb -W --showformat='${Version} ${Maintainer}' x.deb)"
tap_ok "a revision makes it changelog.Debian.gz" bash -c "dpkg-deb -c x.deb | grep -q changelog.Debian.gz"
is_equal "the maintainer comes from the environment" "C D <c@d.org>" \
	"$(DEBFULLNAME='C D' DEBEMAIL=c@d.org package CVE-2026-1.kmend -o y.deb >/dev/null && dpkg-deb -f y.deb Maintainer)"
check_match "--json" '"package":"z.deb"' "$(package CVE-2026-1.kmend -o z.deb --json)"

# Text that would be more than text.
"$TOOL" container CVE-2026-1 update.ko evil.kmend $'Harmless\nDepends: evil\n\nPre-Depends: evil\n .\n.config\n\n\n\nä end'
check_status "a description with field names in it" 0 package evil.kmend -o evil.deb
is_equal "adds no field" "" "$(dpkg-deb -f evil.deb Pre-Depends)"
check_no_match "changes none" "evil" "$(dpkg-deb -f evil.deb Depends)"
check_match "stays text" "Harmless Depends: evil" "$(dpkg-deb -f evil.deb Description)"
"$TOOL" container A_b.C+d update.ko A_b.C+d.kmend
check_match "an id becomes a name that Debian allows" "^kmend-patch-$RELEASE-a-b.c\+d_1.0_amd64.deb$" "$(package A_b.C+d.kmend)"
"$TOOL" container CVE-2026-1+2 update.ko edition.kmend
check_match "a second edition is a newer version of the same package" "^kmend-patch-$RELEASE-cve-2026-1_2.0_amd64.deb$" "$(package edition.kmend)"

# The seed.
check_status "a seed without updates" 0 package --seed --kernel $RELEASE --version 1 -o out
check_status "a seed with a container, a name and an id" 0 package --seed --kernel $RELEASE --version 2 -o out CVE-2026-1.kmend kmend-patch-$RELEASE-two Three
SEED=out/kmend-patches-${RELEASE}_2_amd64.deb
for update in cve-2026-1 two three; do
	check_match "it recommends $update" "kmend-patch-$RELEASE-$update(,|$)" "$(dpkg-deb -f $SEED Recommends)"
done
check_match "it tells of the trap" "apt-get upgrade" "$(dpkg-deb -f $SEED Description)"
check_status "a seed needs --version" 64 package --seed --kernel $RELEASE
check_status "an update of another kernel is no part of it" 27 package --seed --kernel 6.1.0-56-amd64 --version 1 CVE-2026-1.kmend
check_status "nor is another package" 27 package --seed --kernel $RELEASE --version 1 kmend-patch-6.1.0-56-amd64-x
check_status "a name that would be more" 64 package --seed --kernel $RELEASE --version 1 $'kmend-patch-x\nDepends: evil'
check_status "a kernel that would be more" 64 package --seed --kernel ../../etc --version 1

# kmend.ko.
check_status "kmend.ko is packaged" 0 package --module kmend.ko --kernel $RELEASE -o out
MODULE=out/kmend-module-${RELEASE}_0.1.0_amd64.deb
tap_ok "at its place" bash -c "dpkg-deb -c $MODULE | grep -q ' ./usr/lib/kmend/module/$RELEASE/kmend.ko'"
check_status "for another kernel it is refused" 27 package --module kmend.ko --kernel 6.1.0-56-amd64
check_match "which tells both kernels" "$RELEASE, not for 6.1.0-56-amd64" "$OUTPUT"
check_status "another module is refused" 26 package --module other.ko --kernel $RELEASE
check_status "what is no module is refused" 26 package --module CVE-2026-1.kmend --kernel $RELEASE
if command -v lintian >/dev/null; then
	tap_ok "lintian has no complaint about the seed" run_lintian $SEED
	tap_ok "nor about the module" run_lintian $MODULE
fi

# Wrong input: a status of its own each, and nothing left behind.
mkdir empty
head -c 300 CVE-2026-1.kmend >cut.kmend
check_status "a container that is cut off" 20 package cut.kmend -o empty
check_status "something else" 20 package update.ko -o empty
check_status "a container that is not there" 1 package absent.kmend -o empty
check_status "a version that is none" 64 package CVE-2026-1.kmend --version $'1\nDepends: evil' -o empty
check_status "a maintainer that is none" 64 package CVE-2026-1.kmend --maintainer $'a <b@c>\nDepends: evil' -o empty
check_status "no format" 64 "$KMEND" package CVE-2026-1.kmend
check_status "an unknown format" 28 "$KMEND" package --format pkg CVE-2026-1.kmend
check_status "no container" 64 package
check_status "two containers" 64 package CVE-2026-1.kmend CVE-2026-1.kmend
check_status "--seed and --module" 64 package --seed --module kmend.ko --kernel $RELEASE --version 1
check_status "a directory that is not there" 1 package CVE-2026-1.kmend -o absent/x.deb
(ulimit -f 1 && trap '' XFSZ && package CVE-2026-1.kmend -o empty/x.deb) >/dev/null 2>&1
is_equal "a write that fails" 1 $?
if unshare -rm true 2>/dev/null; then
	OUTPUT=$(unshare -rm sh -c 'mkdir -p full && mount -t tmpfs -o size=4k none full && head -c 4096 /dev/zero >full/rest; "$0" package --format deb CVE-2026-1.kmend -o full/x.deb; status=$?
		ls full; exit $status' "$KMEND" 2>&1)
	is_equal "a full disk" 25 $?
	check_no_match "and nothing is left there" "(^|\n)x\.deb" "$OUTPUT"
else
	tap_skip "a full disk" "no user namespaces here"
fi
is_equal "nothing is left" "" "$(ls empty)"
tap_done
