# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: nothing is checked
# expect: 1 it checked nothing
true
