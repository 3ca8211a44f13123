# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: what it needs cannot be made
# needs: nonsense
# expect: 1 not prepared: unknown need 'nonsense'
pass "never run"
