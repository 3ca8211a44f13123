#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Shell scripts pass shellcheck, and those that are run are executable.
# shellcheck disable=SC2317 # functions are called by name
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
while read -r file; do
	read -r first <"$file"
	case $first in
	'#!'*bash* | '#!/bin/sh'*) tap_ok "$file is executable" test -x "$file" ;;
	*) grep -q -m1 '^# shellcheck shell=' "$file" 2>/dev/null || continue ;;
	esac
	if command -v shellcheck >/dev/null; then
		tap_ok "$file passes shellcheck" shellcheck -x "$file"
	else
		tap_skip "$file passes shellcheck" "shellcheck is not installed"
	fi
done < <(git ls-files | grep -vE '\.(c|h|md|build|json|diff|ko|kmend|scd)$|^tests/fuzz/corpus/')
tap_done
