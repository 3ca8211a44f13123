# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a frame whose halves come seconds apart, as on a machine under load
# expect: 0 1 passed, 0 failed
TOKEN=$(cat /kmend-vm/token)
check "the harness can be told something" true
VM_COUNT=$((VM_COUNT + 1))
echo "$VM_COUNT" >/run/kmend-vm-count
printf '%s' "${TOKEN:0:9}" >/dev/ttyS1
sleep 4
printf '%s ok in two pieces\n' "${TOKEN:9}" >/dev/ttyS1
