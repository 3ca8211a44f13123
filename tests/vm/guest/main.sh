#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the scenario of this boot and reports its end. Started by init; the machine powers off when this ends.
umask 022
export PATH=/kmend-vm/guest:/kmend-vm/probes:$PATH
export VM_DIR=/kmend-vm VM_PAYLOAD=/kmend-vm/payload
VM_BOOT=$(cat /kmend-vm/boot)
export VM_BOOT
cd /root || exit 1
hostname guest
ln -sfn /proc/self/fd /dev/fd
ip link set lo up 2>/dev/null
report boot "$VM_BOOT" "$(uname -r)" "$(cut -d' ' -f1 /proc/uptime)"

# What the scenario prints goes to the channel too, as frames of kind "out": never to the kernel's console, so that
# a word like "WARNING:" there is always the kernel's.
bash -c '. /kmend-vm/guest/lib.sh; . /kmend-vm/scenario.sh; vm_done' </dev/null > >(exec report -f out) 2>&1
status=$?
sleep 0.3 # let the last words through; a process left behind may hold the pipe for ever
report end "$status" "$(cat /run/kmend-vm-count 2>/dev/null || echo 0)"
