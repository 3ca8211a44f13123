# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: every check passes, but the kernel's log has a warning
# expect: 1 kernel: .*WARNING: CPU: 0
pass "so far so good"
echo "WARNING: CPU: 0 PID: 1 at nowhere" >/dev/kmsg
