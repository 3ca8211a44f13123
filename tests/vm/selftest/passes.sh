# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: everything is well
# expect: 0 pass
check "true is true" true
