# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a stock kernel boots, and the harness's own helpers work
# timeout: 600
check_match "the kernel is a stock Debian one" 'Debian' "$(cat /proc/version)"
check "two CPUs are on line" test "$(nproc)" -ge 1
check "apt is there" apt-get --version
check "dpkg knows its packages" dpkg -s dpkg
check "/proc, /sys, tracefs" test -e /proc/self -a -d /sys/kernel -a -e /sys/kernel/tracing/available_tracers
check_status "check_status sees a status" 3 sh -c 'exit 3'
check "modules of this kernel load" modprobe loop
check "wait_for ends" wait_for 5 true
echo "WARNING: a scenario may print what it likes"
check_match "no network" '^lo$' "$(ls /sys/class/net)"
