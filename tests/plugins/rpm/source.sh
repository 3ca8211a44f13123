#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel's materials from RPM packages: kernel-devel, the source RPM prepared by its own spec, the kernel itself. The kernel
# here is a very small one; what counts is who is asked for what, and what is made of the answers.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; rpm expands; called by name
. "$(dirname "$0")/lib.sh"

for program in dnf createrepo_c cpio depmod; do
	command -v $program >/dev/null || [[ -x /sbin/$program ]] || { echo "1..0 # $program is not installed"; exit 0; }
done
PATH=$WORK/bin:$PATH:/usr/sbin:/sbin
RELEASE=5.14.0-7.el9.x86_64
mkdir -p bin repo installroot top/SOURCES linux-5.14.0-7.el9/kernel

# A source RPM with a tarball and a patch of the distribution's own.
echo 'obj-y = fork.o' >linux-5.14.0-7.el9/kernel/Makefile
printf 'VERSION = 5\nPATCHLEVEL = 14\nSUBLEVEL = 0\nmrproper:\n\trm -rf .config include\n' >linux-5.14.0-7.el9/Makefile
echo 'int hole;' >linux-5.14.0-7.el9/kernel/fork.c
tar -czf top/SOURCES/linux-5.14.0-7.el9.tar.gz linux-5.14.0-7.el9
printf -- '--- a/kernel/fork.c\n+++ b/kernel/fork.c\n@@ -1 +1 @@\n-int hole;\n+int patched;\n' >top/SOURCES/own.patch
cat >kernel.spec <<'END'
%global debug_package %{nil}
%global __os_install_post %{nil}
%global uname_r %{version}-%{release}.x86_64
Name: kernel
Version: 5.14.0
Release: 7.el9
Summary: kernel
License: GPL-2.0-only
Source0: linux-5.14.0-7.el9.tar.gz
Patch1: own.patch
BuildRequires: a-thing-that-nobody-has
%description
kernel
%package devel
Summary: devel
AutoReqProv: no
%description devel
devel
%package core
Summary: core
AutoReqProv: no
%description core
core
%prep
%setup -q -n kernel-5.14.0-7.el9 -c
cd linux-5.14.0-7.el9
patch -p1 <%{PATCH1}
touch .config
mkdir -p include/config
%install
d=%{buildroot}/usr/src/kernels/%{uname_r}; mkdir -p $d %{buildroot}/lib/modules/%{uname_r}
echo 'VERSION = 5' >$d/Makefile; echo 'CONFIG_X86_64=y' >$d/.config; : >$d/Module.symvers
echo 'CONFIG_CC_VERSION_TEXT="gcc (GCC) 11.4.1 20231218 (Red Hat 11.4.1-3)"' >>$d/.config
mkdir -p $d/include/generated
echo '#define UTS_RELEASE "%{uname_r}"' >$d/include/generated/utsrelease.h
echo '#define UTS_VERSION "#1 SMP PREEMPT_DYNAMIC Fri Apr 12 11:07:44 UTC 2024"' >$d/include/generated/utsversion.h
echo kernel >%{buildroot}/lib/modules/%{uname_r}/vmlinuz
%files devel
/usr/src/kernels/%{uname_r}
%files core
/lib/modules/%{uname_r}
END
tap_ok "a source RPM and its packages" rpmbuild -ba --quiet --nodeps --target=x86_64 --define "_topdir $WORK/top" --define "_rpmdir $WORK/repo" \
	--define "_srcrpmdir $WORK/repo" kernel.spec
createrepo_c --quiet repo
printf '[main]\nplugins=1\ncachedir=%s/cache\nlogdir=%s\nreposdir=/nonexistent\n[x]\nname=x\nbaseurl=file://%s/repo\ngpgcheck=0\n' "$WORK" "$WORK" "$WORK" >dnf.conf
printf '#!/bin/sh\nexec %s -c %s/dnf.conf --installroot=%s/installroot --releasever=1 --setopt=pluginpath=%s "$@"\n' \
	"$(PATH=${PATH#*:} command -v dnf)" "$WORK" "$WORK" /usr/lib/python3/dist-packages/dnf-plugins >bin/dnf
chmod +x bin/dnf
if ! dnf download --help >/dev/null 2>&1; then
	tap_skip "materials" "dnf has no command download"
	tap_done
	exit
fi

check_status "the materials of a kernel" 0 "$TOOL" source rpm $RELEASE "$WORK/kmend"
{ read -r VERSION; read -r SOURCE; read -r HEADERS; read -r IMAGE; INPUTS=$(cat); } <<<"$OUTPUT"
is_equal "its version is the packages'" 5.14.0-7.el9 "$VERSION"
is_equal "the source has the distribution's patches" "int patched;" "$(cat "$SOURCE/kernel/fork.c")"
tap_ok "and nothing that its spec left in it" test ! -e "$SOURCE/.config" -a ! -e "$SOURCE/include/config"
is_equal "the configuration is kernel-devel's" "CONFIG_X86_64=y" "$(head -1 "$HEADERS/.config")"
tap_ok "the kernel lies where it is looked for" test -s "$IMAGE/boot/vmlinuz-$RELEASE" -a -d "$IMAGE/lib/modules/$RELEASE"
is_equal "each package is noted with its digest" "kernel-devel kernel-5 kernel-core " \
	"$(sed -nE 's/^(kernel-devel|kernel-5|kernel-core).* 5.14.0-7.el9 [0-9a-f]{64}$/\1/p' <<<"$INPUTS" | tr '\n' ' ')"
is_equal "nothing else is left" "headers image source" "$(find kmend/kernels/$RELEASE -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | tr '\n' ' ' | sed 's/ $//')"
# What such a kernel says of itself has no package's version in it.
printf -- '--- a/kernel/fork.c\n+++ b/kernel/fork.c\n@@ -1 +1 @@\n-int patched;\n+int other;\n' >fork.diff
ASSESSED=$(XDG_CACHE_HOME=$WORK KMEND_PLUGIN_PATH=$BUILD/plugins/rpm "$KMEND" assess --kernel $RELEASE fork.diff 2>&1)
check_match "they belong together; only the compiler is another one" "was compiled by 'gcc \(GCC\) 11.4.1" "$ASSESSED"
# The compiler that it asks for, and nothing else that is needed.
mkdir only
printf '#!/bin/sh\necho "gcc (GCC) 11.4.1 20231218 (Red Hat 11.4.1-3)"\n' >only/gcc
chmod +x only/gcc
ASSESSED=$(PATH=$WORK/only XDG_CACHE_HOME=$WORK KMEND_PLUGIN_PATH=$BUILD/plugins/rpm "$KMEND" assess --kernel $RELEASE fork.diff 2>&1)
check_match "what is lacking is told by RPM's names" "Install the packages: .*perl-interpreter .*dwarves" "$ASSESSED"
printf '#!/bin/sh\nexit 1\n' >bin/dnf
FIRST=$OUTPUT
check_status "a second time nobody is asked" 0 "$TOOL" source rpm $RELEASE "$WORK/kmend"
is_equal "and it is the same" "$FIRST" "$OUTPUT"
printf '#!/bin/sh\necho "no network" >&2\nexit 1\n' >bin/dnf
check_status "dnf cannot be asked" 13 "$TOOL" source rpm 5.14.0-8.el9.x86_64 "$WORK/kmend"
check_match "that is told, not that nobody has the kernel" "dnf cannot tell" "$OUTPUT"
check_match "with dnf's words" "no network" "$OUTPUT"
printf '#!/bin/sh\nexit 0\n' >bin/dnf
check_status "a kernel that nobody has" 13 "$TOOL" source rpm 5.14.0-8.el9.x86_64 "$WORK/kmend"
check_match "that is told" "no repository of this machine has" "$OUTPUT"
tap_ok "leaves nothing behind" test ! -e kmend/kernels/5.14.0-8.el9.x86_64
check_status "what is no release" 13 "$TOOL" source rpm ../x "$WORK/kmend"
tap_done
