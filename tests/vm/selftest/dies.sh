# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the script dies half-way
# expect: 1 the script ended with status 7
pass "so far so good"
exit 7
