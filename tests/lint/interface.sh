#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# docs/kernel-interface.md names every file, state and parameter of kmend.ko, and every refusal in the words of abi.h; no others.
# shellcheck disable=SC2016,SC2317 # functions are called by name; backquotes are of the page
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
PAGE=docs/kernel-interface.md

# section TITLE: the first column of its tables, without directories
section() { sed -n "/^## $1/,/^## /p" "$PAGE" | sed -nE 's/^\| `([a-z_]+)` .*/\1/p' | sort; }
files() {
	{
		sed -nE 's/^SHOWS\((.*)\);/\1/p; s/.*\.(attribute|attr) = \{ \.name = "([a-z_]+)".*/\2/p; s/.*__ATTR_.O\((.*)\);/\1/p' kmod/sysfs.c
	} | sort
}
states() { grep -oE "KMEND_STATE=[a-z]+" kmod/instance.c | cut -d= -f2 | sort; }
parameters() { cat kmod/*.c | sed -nE 's/^module_param(_named|_cb)?\(([a-z_]+),.*/\2/p' | sort; }
# refusals: as lines of the page's table
refusals() {
	sed -n '/#define KMEND_REFUSALS/,/^enum kmend_refusal/p' include/kmend/abi.h | tr -d '\n\\\t' |
		grep -oE 'X\([A-Z_]+, *"[^"]*", *"[^"]*", *"[^"]*"\)' |
		sed -nE 's/X\([A-Z_]+, *"([^"]*)", *"([^"]*)", *"([^"]*)"\)/| `\1` | \2 | \3 |/p' | grep -v '^| `none`' | sort
}
same() { diff <("$1") <("${@:2}") && [ -n "$("$1")" ]; }

tap_ok "files" same files section Files
tap_ok "states" same states section States
tap_ok "parameters" same parameters section Parameters
told() { sed -n '/^## Refusals/,$p' "$PAGE" | grep '^| `' | sort; }
tap_ok "refusals" same refusals told
tap_ok "the uevent's states" sh -c 'for state in '"$(states | xargs)"'; do sed -n "/^## Events/,/^## /p" docs/kernel-interface.md | grep -q "\`$state\`" || exit 1; done'
# Every function of the interface of kmend.ko has its kernel-doc.
while read -r function; do
	tap_ok "$function() has its kernel-doc" grep -q "^ \* $function() - " include/kmend/register.h
done < <(cat kmod/*.c | sed -nE 's/^EXPORT_SYMBOL_GPL\((.*)\);/\1/p')
tap_done
