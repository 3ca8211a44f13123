#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dnf's plugin: a kernel brings its seed along, or not; the spec of kmend's own packages, as rpm and rpmlint see it.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; rpm expands; called by name
. "$(dirname "$0")/lib.sh"

tap_ok "rpm reads kmend's spec" rpm -q --specfile "$TOP/spec/kmend.spec"
ACTIONS=$TOP/plugins/rpm/dnf/kmend.actions
is_equal "dnf5's actions file: five fields a line, a callback that there is, a direction, a command" "" \
	"$(grep -vE '^(#|$)' "$ACTIONS" | grep -vE '^(pre|post)_transaction:[^:]+:(in|out):([a-z_]+=[^ :]+)?:/usr/bin/kmend [a-z -]+$')"
if command -v rpmlint >/dev/null; then
	rpmlint -c "$TOP/spec/rpmlint.toml" "$TOP/spec/kmend.spec" >lint.out 2>&1
	tap_result $? "rpmlint has no complaint about it" lint.out
fi
for program in dnf createrepo_c; do
	command -v $program >/dev/null || { tap_skip "dnf's plugin" "$program is not installed"; tap_done; exit 0; }
done
((!EUID)) || { tap_skip "dnf's plugin" "not root"; tap_done; exit 0; }

RELEASE=5.14.0-7.el9.x86_64
mkdir -p repo plugins installroot/etc/dnf/plugins
cat >kernel.spec <<'END'
%global debug_package %{nil}
%global __os_install_post %{nil}
Name: kernel-core
Version: 5.14.0
Release: 7.el9
Summary: core
License: GPL-2.0-only
Provides: kernel-core-uname-r = %{version}-%{release}.x86_64
AutoReqProv: no
%description
core
%install
mkdir -p %{buildroot}/lib/modules/%{version}-%{release}.x86_64
echo kernel >%{buildroot}/lib/modules/%{version}-%{release}.x86_64/vmlinuz
%files
/lib/modules/*
END
rpmbuild -bb --quiet --target=x86_64 --define "_topdir $WORK/top" --define "_rpmdir $WORK/repo" kernel.spec >/dev/null 2>&1
sed -e 's/^Name:.*/Name: kmend\nProvides: kmend-dkms/; /^%files/,$d; /^%install/,/^echo/d; /^Provides: kernel/d' kernel.spec >kmend.spec
echo '%files' >>kmend.spec
rpmbuild -bb --quiet --target=x86_64 --define "_topdir $WORK/top" --define "_rpmdir $WORK/repo" kmend.spec >/dev/null 2>&1
"$KMEND" package --format rpm --seed --kernel $RELEASE --version 1 -o repo >/dev/null
createrepo_c --quiet repo
sed "s|^CONFIG = .*|CONFIG = '$WORK/kmend.conf'|" "$TOP/plugins/rpm/dnf/kmend.py" >plugins/kmend.py
printf '[main]\nplugins=1\npluginpath=%s/plugins\npluginconfpath=%s/plugins\ncachedir=%s/cache\nlogdir=%s\nreposdir=/nonexistent\n[x]\nname=x\nbaseurl=file://%s/repo\ngpgcheck=0\n' \
	"$WORK" "$WORK" "$WORK" "$WORK" "$WORK" >dnf.conf
run_dnf() { dnf -c dnf.conf --installroot="$WORK/installroot" --releasever=1 "$@" 2>&1; }
SEED=kmend-patches-5_14_0-7_el9_x86_64
check_match "the seed's name is the one that kmend package gives it" "$SEED-1-1.x86_64.rpm" "$(ls repo)"
check_match "installing a kernel brings its seed along" "$SEED" "$(run_dnf install --assumeno kernel-core)"
check_match "dnf kmend manual" "without their seed" "$(run_dnf kmend manual)"
check_no_match "then it does not" "$SEED" "$(run_dnf install --assumeno kernel-core)"
check_match "dnf kmend status tells the mode" "mode: manual" "$(run_dnf kmend status)"
check_status "the kernel, installed without" 0 run_dnf install -q -y --setopt=tsflags=noscripts kernel-core
check_match "status tells of it" "$RELEASE: no seed" "$(run_dnf kmend status)"
check_match "dnf kmend auto adds the seeds of kernels that are there" "$SEED" "$(run_dnf kmend auto --assumeno)"
check_match "and is remembered" "mode: auto" "$(run_dnf kmend status)"
printf 'nonsense' >kmend.conf
check_match "with nonsense in its configuration it does nothing by itself" "mode: manual" "$(run_dnf kmend status)"
sed 's/gpgcheck=0/gpgcheck=1\nrepo_gpgcheck=1/' dnf.conf >signed.conf
OUTPUT=$(dnf -c signed.conf --installroot="$WORK/installroot" --releasever=1 install -y "$SEED" 2>&1)
check_match "a repository that is not signed, where it should be, brings nothing in" "0 no " "$((!$?)) $(rpm --root "$WORK/installroot" -q "$SEED" >/dev/null 2>&1 && echo yes || echo no) $OUTPUT"

# Held: by dnf's own plugin versionlock, if it is there.
module kmend_x $RELEASE x.ko
RELEASE=$RELEASE "$TOOL" container CVE-2026-1 x.ko update.kmend
PATCH=kmend-patch-5_14_0-7_el9_x86_64-cve-2026-1
"$KMEND" package --format rpm update.kmend -V 1 -o repo >/dev/null
createrepo_c --quiet repo
: >plugins/versionlock.list
printf '[main]\nenabled=1\nlocklist=%s/plugins/versionlock.list\n' "$WORK" >plugins/versionlock.conf
mkdir bin
printf '#!/bin/sh\nexec %s -c %s/dnf.conf --installroot=%s/installroot --releasever=1 "$@"\n' "$(command -v dnf)" "$WORK" "$WORK" >bin/dnf
chmod +x bin/dnf
manage() { env PATH="$WORK/bin:$PATH" "$TOOL" "$@"; }
find_versionlock() { "$(sed -n "1s/^#!\([^ ]*\).*/\1/p" "$(command -v dnf)")" -c 'import os, dnf; print(os.path.join(os.path.dirname(os.path.dirname(dnf.__file__)), "dnf-plugins", "versionlock.py"))'; }
check_status "without dnf's plugin versionlock nothing is held" 0 manage held rpm
is_equal "indeed" "" "$OUTPUT"
rpm --initdb # the machine's database, which tells what is installed
check_status "and holding fails" 1 manage hold rpm $PATCH
check_match "dnf says why" "versionlock" "$OUTPUT"
if VERSIONLOCK=$(find_versionlock) && [[ -e $VERSIONLOCK ]]; then
	cp "$VERSIONLOCK" plugins
	check_status "an update that is not installed is held" 0 manage hold rpm $PATCH
	is_equal "it is told" "$PATCH" "$(manage held rpm 2>/dev/null)"
	check_match "dnf does not bring it in" "exclude filtering" "$(run_dnf install --assumeno $PATCH | tr '\n' ' ')"
	check_status "no longer" 0 manage unhold rpm $PATCH
	is_equal "indeed" "" "$(manage held rpm 2>/dev/null)"
	check_no_match "now it could (only /bin/sh is missing)" "exclude filtering" "$(run_dnf install --assumeno $PATCH | tr '\n' ' ')"
	# Installed, as far as both databases know.
	rpm -i --justdb --nodeps --noscripts repo/$PATCH-*.rpm
	rpm --root "$WORK/installroot" -i --justdb --nodeps --noscripts "repo/$(basename repo/$PATCH-*.rpm)" 2>/dev/null
	check_status "one that is installed is held at its version" 0 manage hold rpm $PATCH
	is_equal "it is told by its name" "$PATCH" "$(manage held rpm 2>/dev/null)"
	"$KMEND" package --format rpm update.kmend -V 2 -o repo >/dev/null
	createrepo_c --quiet repo
	check_no_match "a newer one stays out" "$PATCH.* 2-1" "$(run_dnf upgrade --refresh --assumeno | tr '\n' ' ')"
	check_status "until it is let go" 0 manage unhold rpm $PATCH
	check_match "then it comes" "$PATCH.* 2-1" "$(run_dnf upgrade --refresh --assumeno | tr '\n' ' ')"
	rm plugins/versionlock.py
else
	tap_skip "holding by versionlock" "dnf's plugin versionlock is not installed"
fi
rpm --root "$WORK/installroot" -e --noscripts kernel-core
mv repo/x86_64/kmend-5*.rpm . 2>/dev/null || mv repo/kmend-5*.rpm .
createrepo_c --quiet repo
printf '[main]\nautomatic=1\n' >kmend.conf
OUTPUT=$(run_dnf install --assumeno --refresh kernel-core)
check_match "a seed that lacks something keeps no kernel away" "Install +1 Package" "$OUTPUT"
printf '\377\n' >kmend.conf
check_match "what is no text in the configuration is replaced" "without their seed" "$(run_dnf kmend manual)"
check_status "the kernel comes without" 0 run_dnf install -q -y --setopt=tsflags=noscripts kernel-core
rm repo/$SEED*
createrepo_c --quiet repo
printf '[main]\nautomatic=1\n' >kmend.conf
check_status "a repository without seeds is no trouble" 0 run_dnf reinstall -q -y --refresh --setopt=tsflags=noscripts kernel-core
tap_done
