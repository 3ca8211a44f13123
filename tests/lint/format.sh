#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# C code is as clang-format lays it out (.clang-format).
# shellcheck disable=SC2317 # functions are called by name
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
if ! command -v clang-format >/dev/null; then
	tap_skip "formatting" "clang-format is not installed"
	tap_done
fi
# Sources that show one property of a compiler each are laid out for that (line numbers matter there).
while read -r room; do
	mapfile -t files < <(git ls-files -- "$room/*.c" "$room/*.h" | grep -v '^tests/objects/')
	((${#files[@]})) || continue
	tap_ok "$room is formatted" clang-format --dry-run -Werror "${files[@]}"
done < <(git ls-files -- '*.c' '*.h' | sed -E 's#^((core|plugins|tests)/[^/]+|[^/]+)/.*#\1#' | sort -u)
printf 'int  main( void ) {return 0;}\n' >"${TMPDIR:-/tmp}/kmend-format.$$.c"
! clang-format --style=file:.clang-format --dry-run -Werror "${TMPDIR:-/tmp}/kmend-format.$$.c" 2>/dev/null
tap_result $? "wrong formatting on purpose is seen"
rm -f "${TMPDIR:-/tmp}/kmend-format.$$.c"
tap_done
