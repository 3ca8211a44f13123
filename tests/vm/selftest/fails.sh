# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a check fails, later ones pass
# expect: 1 not ok: false is true
check "false is true" false
check "true is true" true
