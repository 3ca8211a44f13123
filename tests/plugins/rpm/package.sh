#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend package --format rpm: what rpm, rpmlint and a second run say of the packages; wrong input.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2094,SC2317 # names are tame; rpm expands; called by name
. "$(dirname "$0")/lib.sh"

RELEASE=6.1.0-50-amd64
R=6_1_0-50-amd64
module kmend_cve_2026_1 $RELEASE update.ko
module kmend $RELEASE kmend.ko
module other $RELEASE other.ko
"$TOOL" container CVE-2026-1 update.ko CVE-2026-1.kmend || exit 1
package() { "$KMEND" package --format rpm "$@"; }
query() { rpm -qp --qf "$1" "$2"; }

# An update.
mkdir out
check_status "an update is packaged" 0 package CVE-2026-1.kmend -o out
RPM=out/kmend-patch-$R-cve-2026-1-1.0-1.x86_64.rpm
is_equal "its path is printed" "$RPM" "$OUTPUT"
is_equal "name, version, architecture" "kmend-patch-$R-cve-2026-1 (none):1.0-1 x86_64 linux" \
	"$(query '%{NAME} %{EPOCH}:%{VERSION}-%{RELEASE} %{ARCH} %{OS}' $RPM)"
REQUIRES=$(rpm -qp --requires $RPM)
check_match "it requires kmend" "kmend >= [0-9.]+" "$REQUIRES"
check_match "and a module for the kernel" "\(kmend-module-$R or kmend-dkms\)" "$REQUIRES"
check_match "before its scriptlets run" "post:kmend preun:kmend" \
	"$(query '[%{REQUIREFLAGS:deptype}:%{REQUIRENAME} ]' $RPM | tr ' ' '\n' | grep -E '^(post|preun):kmend' | sort | tr '\n' ' ')"
check_match "the description tells the CVEs" "Fixes: CVE-2026-52928\." "$(query '%{DESCRIPTION}' $RPM)"
member $RPM /usr/lib/kmend/updates/$RELEASE/CVE-2026-1/kmend_cve_2026_1.ko >taken.ko
tap_ok "the module is there, untouched" cmp update.ko taken.ko
check_match "so is the manifest" '"id":"CVE-2026-1"' "$(member $RPM /usr/lib/kmend/updates/$RELEASE/CVE-2026-1/manifest.json)"
is_equal "everything is root's, 755 or 644" "" "$(rpm -qplv $RPM | grep -vE '^(drwxr-xr-x|-rw-r--r--) +[0-9]+ root +root ')"
for script in POSTIN PREUN; do
	query "%{$script}" $RPM >scriptlet.sh
	tap_ok "$script is a clean shell script" shellcheck -s dash scriptlet.sh
done

if command -v rpmlint >/dev/null; then
	# Kernel modules are neither linked nor have a stack, and keep their symbols; Debian's rpmlint knows no licence; there is no page to point to and nothing to document.
	printf 'Filters = [%s]\n' '"no-signature", "no-documentation", "no-url-tag", "no-group-tag", "no-binary", "statically-linked-binary", "missing-PT_GNU_STACK-section", "unstripped-binary-or-object", "invalid-license", "spelling-error"' >filters.toml
	run_rpmlint() { rpmlint -c filters.toml "$@" >lint.out 2>&1; cat lint.out; grep -q ' 0 errors, 0 warnings' lint.out; }
	tap_ok "rpmlint has no complaint about an update" run_rpmlint $RPM
else
	tap_skip "rpmlint" "not installed"
fi

# The same input, the same bytes.
mkdir again "$WORK/other place"
sleep 1
(umask 077 && TZ=Asia/Tokyo LC_ALL=C TMPDIR="$WORK/other place" package CVE-2026-1.kmend -o again) >/dev/null
tap_ok "the same bytes at another time, in another zone, under another umask, from another place" cmp $RPM again/"${RPM#out/}"
SOURCE_DATE_EPOCH=1234567890 package CVE-2026-1.kmend -o again >/dev/null
is_equal "SOURCE_DATE_EPOCH is heeded" "1234567890 1234567890" "$(query '%{BUILDTIME} ' again/"${RPM#out/}")$(query '[%{FILEMTIMES} ]' again/"${RPM#out/}" | tr ' ' '\n' | sort -u | grep .)"
check_status "--version, --maintainer and a file to write to" 0 package CVE-2026-1.kmend --version 1:2.0-3.el9 --maintainer "A. B. <a@b.org>" -o x.rpm
is_equal "are heeded" "1:2.0-3.el9 A. B. <a@b.org>" "$(query '%{EPOCH}:%{VERSION}-%{RELEASE} %{PACKAGER}' x.rpm)"
check_match "--json" '"package":"z.rpm"' "$(package CVE-2026-1.kmend -o z.rpm --json)"
is_equal "no work is left behind" "" "$(ls "$WORK/other place")"

# Text that would be more than text.
"$TOOL" container CVE-2026-1 update.ko evil.kmend $'Harmless\n%post\ntouch owned\n%(touch owned) %{lua:posix.mkdir("owned")}\n\n%if 0\n#comment %%files \\\n\nRequires: evil ä end'
check_status "a description with macros and sections in it" 0 package evil.kmend -o evil.rpm
tap_ok "runs nothing" test ! -e owned
check_no_match "requires nothing" "evil" "$(rpm -qp --requires evil.rpm)"
check_no_match "adds to no scriptlet" "owned" "$(rpm -qp --scripts evil.rpm)"
check_match "stays text" '%\(touch owned\) %\{lua:posix.*Requires: evil ä end' "$(query '%{DESCRIPTION}' evil.rpm | tr '\n' ' ')"
"$TOOL" container A_b.C+d update.ko A_b.C+d.kmend
check_match "an id becomes a name without dots" "^kmend-patch-$R-a_b_c\+d-1.0-1.x86_64.rpm$" "$(package A_b.C+d.kmend)"
"$TOOL" container CVE-2026-1+2 update.ko edition.kmend
check_match "a second edition is a newer version of the same package" "^kmend-patch-$R-cve-2026-1-2.0-1.x86_64.rpm$" "$(package edition.kmend)"

# The seed.
check_status "a seed without updates" 0 package --seed --kernel $RELEASE --version 1 -o out
check_status "a seed with a container, a name and an id" 0 package --seed --kernel $RELEASE --version 2 -o out CVE-2026-1.kmend kmend-patch-$R-two Three
SEED=out/kmend-patches-$R-2-1.x86_64.rpm
is_equal "recommends them, weakly" "kmend-patch-$R-cve-2026-1 kmend-patch-$R-three kmend-patch-$R-two " "$(rpm -qp --recommends $SEED | tr '\n' ' ')"
check_no_match "and no more than that" "kmend-patch-" "$(rpm -qp --requires $SEED)"
check_status "a seed needs --version" 64 package --seed --kernel $RELEASE
check_status "an update of another kernel is no part of it" 27 package --seed --kernel 6.1.0-56-amd64 --version 1 CVE-2026-1.kmend
check_status "nor is another package" 27 package --seed --kernel $RELEASE --version 1 kmend-patch-6_1_0-56-amd64-x
check_status "a name that would be more" 64 package --seed --kernel $RELEASE --version 1 $'kmend-patch-x\nRequires: evil'
check_status "a kernel that would be more" 64 package --seed --kernel ../../etc --version 1

# kmend.ko.
check_status "kmend.ko is packaged" 0 package --module kmend.ko --kernel $RELEASE -o out
MODULE=out/kmend-module-$R-0.1.0-1.x86_64.rpm
check_match "at its place" "/usr/lib/kmend/module/$RELEASE/kmend.ko" "$(rpm -qpl $MODULE)"
check_status "for another kernel it is refused" 27 package --module kmend.ko --kernel 6.1.0-56-amd64
check_status "another module is refused" 26 package --module other.ko --kernel $RELEASE
if command -v rpmlint >/dev/null; then
	tap_ok "rpmlint has no complaint about the seed" run_rpmlint $SEED
	tap_ok "nor about the module" run_rpmlint $MODULE
fi

# Signing: rpmsign adds a signature that rpm takes for good only with the key.
if command -v gpg >/dev/null && command -v rpmsign >/dev/null; then
	export GNUPGHOME=$WORK/gnupg
	mkdir -m 700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-generate-key 'kmend throw-away key' rsa2048 sign 1d 2>/dev/null
	gpg --batch --export --armor >key.asc
	cp $RPM signed.rpm
	check_status "the package can be signed" 0 rpmsign --define '_gpg_name kmend throw-away key' --define "__gpg $(command -v gpg)" --addsign signed.rpm
	check_status "without the key it is not trusted" 1 rpm -K signed.rpm
	rpm --initdb && rpm --import key.asc
	check_status "with it, it is" 0 rpm -K signed.rpm
	gpgconf --kill all
fi

# Wrong input: a status of its own each, and nothing left behind.
mkdir empty
head -c 300 CVE-2026-1.kmend >cut.kmend
check_status "a container that is cut off" 20 package cut.kmend -o empty
check_status "something else" 20 package update.ko -o empty
check_status "a container that is not there" 1 package absent.kmend -o empty
for version in $'1\nRequires: evil' '1-2-3' '%{x}' '-1' '1-' 'a:1' ''; do
	check_status "a version that is none: '${version//$'\n'/ }'" 64 package CVE-2026-1.kmend --version "$version" -o empty
done
check_status "a maintainer that is none" 64 package CVE-2026-1.kmend --maintainer $'a <b@c>\nRequires: evil' -o empty
check_status "a maintainer with a macro" 0 package CVE-2026-1.kmend --maintainer '%(touch owned) <b@c.org>' -o m.rpm
tap_ok "runs nothing either" test ! -e owned
check_status "a directory that is not there" 1 package CVE-2026-1.kmend -o absent/x.rpm
check_status "no rpmbuild" 1 env PATH="$WORK/empty" "$KMEND" package --format rpm CVE-2026-1.kmend -o empty
check_match "is told, with what to do" "Install rpmbuild" "$OUTPUT"
is_equal "nothing is left" "" "$(ls empty)"
tap_done
