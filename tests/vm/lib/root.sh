# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# The guests' Debian root: an uncompressed cpio archive, made once by mmdebstrap.

# The guests' Debian is the machine's, so that programs built here run there. Other machines' guests are Debian 12.
VM_SUITE=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
[ "$VM_SUITE" = trixie ] || VM_SUITE=bookworm

# What is in the root besides the essential packages and apt: what kmend's packages depend on, and what scenarios
# use. There is no network in a guest, so all of it must be here.
VM_ROOT_PACKAGES=(
	apt-utils e2fsprogs gpgv iproute2 kmod mount procps psmisc strace
	libarchive13 libcapstone4 libdw1 libelf1 libjson-c5 libkmod2 libssl3 zlib1g
)
# Debian 13 calls some of them otherwise.
[ "$VM_SUITE" != trixie ] || VM_ROOT_PACKAGES=(
	apt-utils e2fsprogs gpgv iproute2 kmod mount procps psmisc strace
	libarchive13t64 libcapstone5 libdw1t64 libelf1t64 libjson-c5 libkmod2 libssl3t64 zlib1g
)

# What the root has too much of.
VM_ROOT_DROPPED=('/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/info/*' '/usr/share/i18n/*'
	'/usr/lib/x86_64-linux-gnu/gconv/*')

# The machine's own apt sources that are Debian's of this suite, in the one-line format, whatever file they came
# from and in whichever format. No other archive may slip into the root, and none is named here.
vm_apt_sources() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Architecture: amd64' |
		sed -n -E "s/^Debian\|${VM_SUITE}[a-z-]*\|//p" | sort -u
}

# shellcheck disable=SC2016 # $1 is mmdebstrap's
vm_build_root() {
	local out=$1 sources dropped=() path include
	shift
	include=$(echo "${VM_ROOT_PACKAGES[*]}" "$@" | tr ' ' ,)
	sources=$(vm_apt_sources)
	[ -n "$sources" ] || vm_die "apt knows no $VM_SUITE archive here: run apt-get update first"
	for path in "${VM_ROOT_DROPPED[@]}"; do dropped+=(--dpkgopt="path-exclude=$path"); done
	mmdebstrap --variant=apt --architectures=amd64 --include="$include" \
		"${dropped[@]}" --aptopt='Acquire::Languages "none"' \
		--customize-hook='rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/etc/resolv.conf' \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
		--customize-hook='mkdir -p "$1"/var/lib/apt/lists/partial "$1"/lib/modules "$1"/kmend-vm' \
		--customize-hook="$(declare -f vm_break_links); vm_break_links \"\$1\"" \
		"$VM_SUITE" "$out/root.tar" - <<<"$sources" || return
	vm_tar_to_cpio "$out/root.tar" "$out/root.cpio" || return
	rm "$out/root.tar"
}

# bsdtar writes every further name of a hard-linked file as an empty file: make them files of their own.
vm_break_links() {
	find "$1" -xdev -type f -links +1 -exec sh -c 'for f; do cp -p "$f" "$f.alone" && mv "$f.alone" "$f"; done' sh {} +
}

# mmdebstrap needs no root to make a tar; neither may what turns it into what the kernel unpacks.
vm_tar_to_cpio() { bsdtar --format newc -cf "$2" "@$1"; }

# Besides what every root has, where the guest is a whole system ("# root: systemd"): its init, and what installs kernels and
# upgrades by itself.
VM_ROOT_SYSTEMD_PACKAGES=(systemd systemd-sysv dbus unattended-upgrades linux-base initramfs-tools)

# vm_root [KIND]: set VM_ROOT to the root archive ("rpm": of an RPM system, "systemd": of a whole one); it is made first if it
# is not there.
vm_root() {
	local key further=()
	[ "${1-}" != rpm ] || further=("${VM_ROOT_RPM_PACKAGES[@]}")
	[ "${1-}" != systemd ] || further=("${VM_ROOT_SYSTEMD_PACKAGES[@]}")
	key=$( { declare -f vm_build_root vm_break_links vm_tar_to_cpio
		echo "$VM_SUITE ${VM_ROOT_PACKAGES[*]} ${further[*]} ${VM_ROOT_DROPPED[*]}"; } | sha256sum | cut -c1-16)
	vm_cached "$VM_CACHE/root-$key" "Debian root${1:+ for $1} (once)" vm_build_root "${further[@]}"
	VM_ROOT=$VM_CACHE/root-$key/root.cpio
}
