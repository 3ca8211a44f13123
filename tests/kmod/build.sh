#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend.ko builds without one warning against the headers of two kernels, also with extra warnings and under sparse.
# A warning put into the source on purpose must be seen, so that silence means something.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

check() { # NAME STATUS [LOG]
	count=$((count + 1))
	if (($2)); then
		echo "not ok $count - $1"
		[[ -z ${3-} ]] || sed 's/^/# /' "$3"
	else
		echo "ok $count - $1"
	fi
}

# build KDIR ARGUMENT...: in a copy of its own; fails on any warning.
build() {
	local kdir=$1 log=$work/log
	shift
	rm -rf "$work/tree"
	mkdir -p "$work/tree"
	cp -r kmod core include "$work/tree"
	[[ -z ${POISON-} ]] || echo "$POISON" >>"$work/tree/kmod/main.c"
	make -C "$work/tree/kmod" clean KDIR="$kdir" >/dev/null 2>&1
	make -C "$work/tree/kmod" KDIR="$kdir" "$@" >"$log" 2>&1 && ! grep -qE 'warning|error' "$log"
}

for release in ${KMEND_TEST_KERNELS:-6.1.0-50-amd64 6.1.0-56-amd64}; do
	kdir=/usr/src/linux-headers-$release
	if [[ ! -d $kdir ]]; then
		count=$((count + 1))
		echo "ok $count - $release # SKIP linux-headers-$release is not installed (older ones leave the archive)"
		continue
	fi
	build "$kdir" W=1
	check "$release: no warning with W=1" $? "$work/log"
	build "$kdir" C=2
	check "$release: no warning of sparse" $? "$work/log"
	build "$kdir" W=1 C=2 KMEND_DEBUG=1
	check "$release: no warning in a debug build" $? "$work/log"
	! POISON='int kmend_not_declared(void *p) { return *(int __user *)p; }' build "$kdir" W=1
	check "$release: a warning on purpose is seen" $?
	! POISON='int kmend_wrong(void __user *p); int kmend_wrong(void __user *p) { return *(int *)p; }' build "$kdir" C=2
	check "$release: a wrong address space on purpose is seen by sparse" $?
done
echo "1..$count"
