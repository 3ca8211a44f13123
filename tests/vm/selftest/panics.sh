# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the kernel panics
# expect: 1 the guest went down before
pass "so far so good"
echo c >/proc/sysrq-trigger
