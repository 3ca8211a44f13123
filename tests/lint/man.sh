#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Manual pages are well-formed, each that another one names exists, and each is installed.
# shellcheck disable=SC2317 # functions are called by name
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh

# scdoc itself leaves empty paragraphs at the top; whatever else mandoc says counts.
lint() { scdoc <"$1" | mandoc -T lint -W warning 2>&1 | grep -v 'skipping paragraph macro: PP empty' | grep . && return 1 || return 0; }

for file in man/*.scd; do
	page=${file#man/} page=${page%.scd}
	if command -v mandoc >/dev/null; then
		tap_ok "$page is well-formed" lint "$file"
	else
		tap_skip "$page is well-formed" "mandoc is not installed"
	fi
	while read -r name; do
		tap_ok "$page: $name exists" test -f "man/$name.scd"
	done < <(grep -oE '\*kmend[a-z-]*\*\([1-8]\)' "$file" | sed -E 's/\*([a-z-]*)\*\((.)\)/\1.\2/' | sort -u)
	tap_ok "$page has the name in its heading" grep -q "^${page%.*}(${page##*.})" "$file"
done
tap_done
