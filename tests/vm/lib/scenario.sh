# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# One scenario, from its header to its verdict.

# vm_header FILE KEY: the value of a "# KEY: VALUE" line in a scenario's head.
vm_header() { sed -n -E "1,30s/^# $2: +//p" "$1" | head -n 1; }

# vm_payload WORK SCENARIO BOOT: make WORK/initrd.cpio. Layers, the last one wins: root, modules, payload.
# A disk boot needs no root: that is on the disk.
vm_payload() {
	local work=$1 scenario=$2 boot=$3 disk=$4 top=$1/tree/kmend-vm layers=()
	rm -rf "$work/tree"
	mkdir -p "$top"/{guest,probes,payload} "$work/tree"/{dev,proc,sys,run,newroot}
	cp "$VM_HOME"/guest/*.sh "$VM_PROBES/report" "$top/guest"
	cp "$VM_PROBES"/* "$top/probes"
	cp "$VM_PROBES/init" "$top/init"
	cp "$scenario" "$top/scenario.sh"
	[ ! -d "$work/payload" ] || cp -a "$work/payload/." "$top/payload"
	echo "$boot" >"$top/boot"
	echo "$VM_TOKEN" >"$top/token"
	: >"$top/modules"
	if [ -n "$disk" ]; then
		cp "$VM_KERNEL/disk-modules" "$top/modules"
		[ "$disk" = make ] || touch "$top/disk"
	fi
	[ "$disk" = make ] || [ "$(vm_header "$scenario" root)" != systemd ] || touch "$top/systemd"
	bsdtar --format newc --uid 0 --gid 0 -cf "$work/payload.cpio" -C "$work/tree" .
	[ -n "$disk" ] && [ "$disk" != make ] || layers+=("$VM_ROOT")
	cat "${layers[@]}" "$VM_KERNEL/modules.cpio" "$work/payload.cpio" >"$work/initrd.cpio"
	rm -rf "$work/tree" "$work/payload.cpio"
}

# A disk with the root on it, made by a guest (no file system is mounted and no root is needed on the host).
vm_build_disk() {
	local out=$1
	truncate -s 1G "$out/disk.img"
	cat >"$out/make.sh" <<-'END'
		# shellcheck shell=bash
		check "make a file system" mke2fs -q -t ext4 -O ^has_journal /dev/vda
		mkdir -p /mnt
		check "mount it" mount -t ext4 /dev/vda /mnt
		cp -ax /. /mnt && rm -rf /mnt/kmend-vm /mnt/lib/modules && mkdir -p /mnt/kmend-vm /mnt/lib/modules
		check "the root is on it" test -x /mnt/bin/bash
		umount /mnt
		check "give it a journal" tune2fs -O has_journal /dev/vda
	END
	vm_payload "$out" "$out/make.sh" 1 make
	VM_STATUS='' VM_SEEN=0 VM_TICK='' VM_THREADS=multi
	vm_machine "$out" 300 "$out/disk.img" "" vm_frame
	rm -f "$out"/{initrd.cpio,channel.in,channel.out}
	[ "$VM_STATUS" = 0 ] || return
}

vm_disk() {
	local key
	key=$( { echo "$VM_ROOT $VM_KERNEL"; declare -f vm_build_disk; } | sha256sum | cut -c1-16)
	vm_cached "$VM_CACHE/disk-$key" "a disk with the root (once)" vm_build_disk
	cp --sparse=always "$VM_CACHE/disk-$key/disk.img" "$1"
}

# One frame: kept for the verdict, shown as it comes with --verbose.
vm_frame() {
	case $1 in
	ok) VM_SEEN=$((VM_SEEN + 1)) VM_PASSED=$((VM_PASSED + 1)) ;;
	fail)
		VM_SEEN=$((VM_SEEN + 1))
		VM_PROBLEMS+=("not ok: $2")
		;;
	skip)
		VM_SEEN=$((VM_SEEN + 1)) VM_SKIPPED=$((VM_SKIPPED + 1))
		;;
	detail) [ ${#VM_PROBLEMS[@]} -eq 0 ] || VM_PROBLEMS+=("    $2") ;;
	end)
		VM_STATUS=${2% *}
		[ "${2#* }" = "$VM_SEEN" ] || VM_PROBLEMS+=("$VM_SEEN of ${2#* } results arrived")
		;;
	esac
	[ -z "${VM_TICK:-}" ] || "$VM_TICK" "$1" "$2"
}

# vm_missing_kernel RELEASE: why a kernel besides the pinned one cannot be had; status 1 if it can. Security kernels
# leave the archive when newer ones come.
vm_missing_kernel() {
	if [ ! -d "/usr/src/linux-headers-$1" ]; then
		echo "linux-headers-$1 is not installed"
	elif ! apt-cache show "linux-image-$1-unsigned" >/dev/null 2>&1; then
		echo "linux-image-$1-unsigned is not in the archive"
	else
		return 1
	fi
}

# vm_scenario FILE WORK: run it. Sets VM_VERDICT (pass, fail, skip) and VM_PROBLEMS (texts).
vm_scenario() {
	local file=$1 work=$2 boot=1 disk='' boots timeout needs reason
	timeout=$(vm_header "$file" timeout)
	boots=$(vm_header "$file" boots)
	needs=$(vm_header "$file" needs)
	VM_PROBLEMS=() VM_PASSED=0 VM_SKIPPED=0 VM_VERDICT=fail
	VM_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	VM_TOLERATED=$(vm_header "$file" tolerate)
	VM_THREADS=$(vm_header "$file" threads)
	VM_THREADS=${VM_THREADS:-multi}
	VM_NMI=$(vm_header "$file" nmi)
	mkdir -p "$work/payload"
	if [ -n "$(vm_header "$file" kernel)" ]; then
		local VM_KERNEL_RELEASE VM_KERNEL=$VM_KERNEL
		VM_KERNEL_RELEASE=$(vm_header "$file" kernel)
		if reason=$(vm_missing_kernel "$VM_KERNEL_RELEASE"); then
			VM_VERDICT=skip VM_PROBLEMS+=("$reason")
			return
		fi
		vm_kernel "$VM_KERNEL_RELEASE"
	fi
	if [ -n "$(vm_header "$file" memory)" ]; then
		local VM_MEMORY
		VM_MEMORY=$(vm_header "$file" memory)
	fi
	if [ -n "$(vm_header "$file" root)" ]; then
		local VM_ROOT=$VM_ROOT
		vm_root "$(vm_header "$file" root)"
	fi
	# In a shell of its own: a product that cannot be made ends this scenario, not the whole run.
	if ! reason=$(vm_prepare "$file" "$work/payload" "$needs" 3>&1 >&2); then
		VM_PROBLEMS+=("not prepared: ${reason:-see above}")
		return
	fi
	while IFS= read -r reason; do
		if reason=$(vm_missing_kernel "$reason"); then
			VM_VERDICT=skip VM_PROBLEMS+=("$reason")
			return
		fi
	done < <(sed -n -E '1,30s/^# kernel-[0-9]+: +//p' "$file")
	local kernel=$VM_KERNEL
	local VM_KERNEL=$kernel
	if [ "$(vm_header "$file" disk)" = yes ]; then
		disk=$work/disk.img
		vm_disk "$disk"
	fi
	while :; do
		VM_STATUS='' VM_SEEN=0
		if [ -n "$(vm_header "$file" "kernel-$boot")" ]; then vm_kernel "$(vm_header "$file" "kernel-$boot")"; fi
		vm_payload "$work" "$file" "$boot" "$disk"
		vm_machine "$work" "${VM_TIMEOUT:-${timeout:-300}}" "$disk" \
			"$VM_APPEND $(vm_header "$file" append) $(vm_header "$file" "append-$boot")" vm_frame
		VM_KERNEL=$kernel
		case $VM_DOWN in
		cut | again) ;;
		*) break ;;
		esac
		boot=$((boot + 1))
		if [ $boot -gt "${boots:-1}" ]; then
			VM_PROBLEMS+=("asked for boot $boot, but says in its head that there are ${boots:-1}")
			break
		fi
	done
	rm -f "$work"/{initrd.cpio,channel.in,channel.out}
	vm_judge "$work"
}

# Everything that makes a scenario fail, whatever it said itself.
vm_judge() {
	local line
	case $VM_DOWN in
	hung) VM_PROBLEMS+=("the guest did not end in time") ;;
	died) VM_PROBLEMS+=("the guest went down before the scenario's end") ;;
	esac
	# That it cannot emulate every feature of a CPU model is only a warning.
	while IFS= read -r line; do VM_PROBLEMS+=("QEMU: $line"); done < <(grep -v 'warning: TCG' "$1/qemu.log")
	if [ -n "$VM_STATUS" ] && [ "$VM_STATUS" != 0 ] && [ ${#VM_PROBLEMS[@]} -eq 0 ]; then
		VM_PROBLEMS+=("the script ended with status $VM_STATUS")
	fi
	while IFS= read -r line; do VM_PROBLEMS+=("kernel: $line"); done < <(vm_bad_words "$1/console.log")
	[ ${#VM_PROBLEMS[@]} -eq 0 ] || return 0
	if [ "$VM_PASSED" -eq 0 ] && [ "$VM_SKIPPED" -gt 0 ]; then
		VM_VERDICT=skip
		VM_PROBLEMS+=("every check was skipped")
	elif [ "$VM_PASSED" -eq 0 ]; then
		VM_PROBLEMS+=("it checked nothing")
	else
		VM_VERDICT=pass
	fi
}
