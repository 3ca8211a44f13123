# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # scenarios use these
# What scenarios about kmend share. Source it: . "$VM_DIR/guest/kmend.sh"

SYSFS=/sys/kernel/kmend
TRACE=/sys/kernel/tracing
# With every event that is switched on, the tracer would note the names of tasks, by a probe in __schedule(): code that all CPUs
# run, rewritten under them (../README.md, "threads: single").
[ ! -w $TRACE/options/record-cmd ] || echo 0 >$TRACE/options/record-cmd

# Exit statuses of kmend (core/base/error.h).
FAILURE=1 DAMAGED=20 UNKNOWN_ID=22 NOT_ROOT=24 DISK_FULL=25 NO_MODULE=26 OTHER_KERNEL=27 BUSY=30 REFUSED=31 USAGE=64

install_kmend() { check "kmend is installed" dpkg -i "$VM_PAYLOAD"/kmend/*.deb; }

# update_file NAME: path of the container; update_deb NAME: of the package.
update_file() { echo "$VM_PAYLOAD/updates/$1/"*.kmend; }
update_deb() { echo "$VM_PAYLOAD/updates/$1/"*.deb; }

# One value of an update in the kernel; "absent" if it is not there.
in_kernel() { cat "$SYSFS/$1/$2" 2>/dev/null || echo absent; }

# What an update's state may be called when nothing of it is in force.
not_applied() {
	case $(in_kernel "$1" state) in
	absent | ready | refused) ;;
	*) return 1 ;;
	esac
}

# unchanged NAME SYMBOL BYTES: the function's code is what it was.
unchanged() { check_equal "$1" "$3" "$(kernel_bytes "$2" 64)"; }

# told_applied ID: whether kmend status says that it is in force.
told_applied() {
	kmend status --json | tr -d ' \t\n' |
		grep -q -E "\"id\":\"$1\",\"release\":\"[^\"]*\",\"condition\":\"[^\"]*\",\"text\":\"[^\"]*\",\"applied\":true"
}
# Its exit status says whether something waits (30) or was refused (31); that it answers is what counts here.
told_not_applied() { kmend status --json | grep -q '"command"' && ! told_applied "$1"; }
