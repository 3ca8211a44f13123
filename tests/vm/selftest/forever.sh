# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: more boots are asked for than the head allows
# disk: yes
# boots: 2
# expect: 1 asked for boot 3
pass "again"
vm_again
