#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a fresh clone does on a fresh Debian 12 machine: makes a minimal Debian root, clones the last commit into it, and
# runs make there as root. Needs root, mmdebstrap, and the machine's own apt sources.
#   tests/fresh-root.sh [--full] [--keep]
#     --full   make check and make demo, an hour or so; otherwise: make deps, make, and the tests without virtual machines
#     --keep   leave the root where it is (some 2 GB)
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
for part in common root; do
	# shellcheck disable=SC1090
	. "$HERE/vm/lib/$part.sh"
done
full='' keep=''
for option; do
	case $option in
	--full) full=1 ;;
	--keep) keep=1 ;;
	*) vm_die "unknown option $option (see the head of $0)" ;;
	esac
done
((EUID == 0)) || vm_die "this makes a root and enters it: run it as root"
vm_need mmdebstrap mmdebstrap
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-fresh.XXXXXX")
root=$work/root
# Everything is mounted in a namespace of its own, so there is nothing to unmount here.
# shellcheck disable=SC2317
cleanup() { if [ -n "$keep" ]; then vm_say "kept: $root"; else rm -rf "$work"; fi; }
trap cleanup EXIT

fresh_root() {
	vm_apt_sources | mmdebstrap --variant=apt --include=make,git,ca-certificates "$VM_SUITE" "$root" -
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	# How this machine reaches its archive.
	apt-config dump | grep -E '^Acquire::.*[Pp]roxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
}

# inside COMMAND: in the root, in namespaces that end with it.
inside() {
	# shellcheck disable=SC2016 # the inner shell's variables
	unshare --mount --pid --fork --kill-child bash -c '
		set -e
		mount --make-rprivate /
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount -t tmpfs tmpfs "$1/tmp"
		exec chroot "$1" /usr/bin/env HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c "$2"' - "$root" "$1"
}

step() { # TEXT COMMAND
	vm_step "$1" "$work/log" inside "cd /root/kmend && $2"
}

vm_step "a fresh Debian root" "$work/log" fresh_root
vm_step "a fresh clone" "$work/log" git clone -q --no-hardlinks "$VM_TOP" "$root/root/kmend"
step "make deps" "make deps"
step "make deps again does nothing" "test -z \"\$(make -s deps 2>&1)\""
step "make" "make"
step "make install" "make install DESTDIR=/root/installed && find /root/installed -name kmend -type f | grep -q ."
if [ -n "$full" ]; then
	step "make check" "make check"
	step "make demo" "make demo"
else
	step "tests/run lint unit fuzz" "tests/run lint unit fuzz"
	step "help, completion and manual pages agree; refusals of a user who is not root" "tests/cli/agreement.sh && tests/cli/running-kernel.sh"
fi
tail -n 12 "$work/log"
