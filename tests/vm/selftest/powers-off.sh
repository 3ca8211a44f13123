# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the machine goes off before the script ends
# expect: 1 the guest went down before
pass "so far so good"
echo o >/proc/sysrq-trigger
sleep 100
