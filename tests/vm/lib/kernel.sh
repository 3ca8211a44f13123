# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# Stock kernels: the distribution's own package, as it is.

# The modules a guest may need, by what they are for. Those they depend on come along.
VM_MODULES=(
	virtio_pci virtio_blk ext4 # a disk
	loop # a small file system
	nf_tables # a module that scenarios load
	binfmt_misc # a module that scenarios patch
)
# Loaded before the disk can be entered.
VM_DISK_MODULES=(virtio_pci virtio_blk crc32c_generic ext4)

# apt with a private state if the machine's own does not know the package (an image without package lists).
vm_apt() {
	local state=$VM_CACHE/apt
	if [ ! -d "$state" ]; then
		"$@"
		return
	fi
	"$1" -o Dir::State="$state/state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$state/cache" "${@:2}"
}

vm_build_kernel() {
	local out=$1 release=$2 package=linux-image-$2-unsigned deb wanted=() name
	cd "$out" || return
	if ! apt-cache show "$package" >/dev/null 2>&1; then
		mkdir -p "$VM_CACHE"/apt/{state,cache}/{lists,archives}/partial
		vm_apt apt-get update
	fi
	# apt verifies what it downloads against the archive's signed index.
	vm_apt apt-get download "$package" || return
	deb=$(echo ./"$package"_*.deb)
	# Debian 13 has them in usr/lib, and compressed.
	dpkg-deb --fsys-tarfile "$deb" | tar -x --wildcards ./boot "*lib/modules/$release" || return
	[ ! -d usr/lib/modules ] || mv usr/lib lib || return
	find lib -name '*.ko.xz' -exec unxz {} + || return
	mv "boot/vmlinuz-$release" vmlinuz || return
	dpkg-deb --field "$deb" Version >version
	depmod -b . "$release"
	for name in "${VM_MODULES[@]}" "${VM_DISK_MODULES[@]}"; do
		while read -r _ name; do wanted+=("${name#"$PWD/"}"); done < <(
			/sbin/modprobe -d "$PWD" -S "$release" --show-depends "$name" | grep '^insmod')
	done
	mkdir -p modules
	printf '%s\n' "${wanted[@]#./}" "lib/modules/$release/modules.builtin" "lib/modules/$release/modules.order" \
		"lib/modules/$release/modules.builtin.modinfo" | sort -u | cpio -pdm --quiet modules || return
	depmod -b modules "$release"
	for name in "${VM_DISK_MODULES[@]}"; do
		/sbin/modprobe -d "$PWD/modules" -S "$release" --show-depends "$name"
	done | sed -n "s#^insmod $PWD/modules\([^ ]*\).*#/usr\1#p" | awk '!seen[$0]++' >disk-modules
	# Debian's /lib is a link to usr/lib: a directory of that name in a later layer would replace it.
	mkdir modules/usr && mv modules/lib modules/usr/lib || return
	bsdtar --format newc --uid 0 --gid 0 -cf modules.cpio -C modules . || return
	rm -rf boot lib usr modules "$deb"
}

# vm_kernel RELEASE: set VM_KERNEL to the directory with vmlinuz, modules.cpio, disk-modules and version.
vm_kernel() {
	local key
	[[ $1 =~ ^[0-9][0-9a-z.+~-]*$ ]] || vm_die "'$1' is no kernel release"
	key=$( { declare -f vm_build_kernel; echo "${VM_MODULES[*]} ${VM_DISK_MODULES[*]}"; } | sha256sum | cut -c1-8)
	vm_cached "$VM_CACHE/kernel-$1-$key" "kernel $1 (once)" vm_build_kernel "$1"
	VM_KERNEL=$VM_CACHE/kernel-$1-$key
}
