#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What compilers and analysers can tell without running anything.
# shellcheck disable=SC2317,SC2016 # functions are called by name; what is quoted is meant for others
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
BUILD=${BUILD:-build}
mapfile -t sources < <(git ls-files -- 'core/*.c' 'plugins/*.c')

# One translation unit as the build compiles it, with all warnings as errors.
strict() {
	gcc -fsyntax-only -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DLIBDPKG_VOLATILE_API -Wall -Wextra -Werror \
		-Wmissing-prototypes -Wstrict-prototypes -Wno-sign-compare -Wno-missing-field-initializers -O1 \
		-I. -Iinclude -I"$BUILD" "$@"
}
tap_ok "user space compiles without a warning" strict "${sources[@]}"

if command -v cppcheck >/dev/null; then
	cache=$BUILD/cppcheck
	mkdir -p "$cache"
	tap_ok "cppcheck finds nothing" cppcheck --quiet --std=c11 --language=c --enable=warning,portability \
		--inline-suppr --error-exitcode=1 --cppcheck-build-dir="$cache" -j "$(nproc)" -D_GNU_SOURCE -D__x86_64__ \
		-U__KERNEL__ -UKMEND_FUZZ -Iinclude -I. --suppress=missingIncludeSystem --suppress=unknownMacro \
		--suppressions-list=tests/lint/cppcheck.suppressions core plugins
else
	tap_skip "cppcheck finds nothing" "cppcheck is not installed"
fi

# Left out is what clang 14 gets wrong (va_list across files), what a table of field offsets defeats (null pointers), and
# what is a matter of taste. The analyser takes seconds a file: here for the rooms that read what others wrote.
if command -v clang-tidy >/dev/null; then
	mapfile -t untrusted < <(git ls-files -- 'core/match/*.c' 'core/container/*.c' 'core/record/*.c' 'core/base/*.c')
	tap_ok "clang-tidy finds nothing where input is untrusted" bash -c \
		'printf "%s\n" "${@:2}" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$1" --warnings-as-errors="*" \
		--checks="-*,clang-analyzer-*,-clang-analyzer-valist.Uninitialized,-clang-analyzer-core.NullDereference,-clang-analyzer-core.NonNullParamChecker,bugprone-*,-bugprone-suspicious-string-compare,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-branch-clone,-bugprone-assignment-in-if-condition,-bugprone-macro-parentheses,-bugprone-sizeof-expression,-clang-analyzer-security.insecureAPI.*"' \
		- "$BUILD" "${untrusted[@]}"
else
	tap_skip "clang-tidy finds nothing where input is untrusted" "clang-tidy is not installed"
fi
tap_done
