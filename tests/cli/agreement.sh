#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Help, manual pages and completion agree with each command's descriptor (which is what --help prints), and so do the
# tables of exit statuses, refusals and conditions with the manual pages that explain them.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
BUILD=${BUILD:-build}
PATH=$PWD/$BUILD/core/cli:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# page NAME: the manual page as plain text
page() { scdoc <"man/$1.scd" | MANWIDTH=400 mandoc -T ascii -O width=400 2>/dev/null | col -b; }

# options_of_help COMMAND, options_of_page COMMAND: "-l --long ARGUMENT", sorted
options_of_help() {
	kmend "$1" --help | sed -n '/^Options:/,$p' | sed -nE 's/^  +(-(.), +)?--([a-z-]+)( ([A-Z][^ ]*( <[^ ]*>)?))? .*/\2 \3 \5/p' |
		grep -v '^ help ' | sort
}

options_of_page() {
	page "kmend-$1.8" | sed -n '/^OPTIONS/,/^[A-Z]/p' | sed -nE 's/^ +(-(.), +)?--([a-z-]+)( ([A-Z][^ ]*( <[^ ]*>)?))?$/\2 \3 \5/p' |
		grep -v '^ help ' | sort
}

# shellcheck disable=SC1091
. completion/kmend
complete_line() { # WORD...: what completion offers for the last word
	COMP_WORDS=(kmend "$@") COMP_CWORD=$#
	COMPREPLY=()
	_kmend
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

mapfile -t commands < <(kmend --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
tap_ok "there are commands" test ${#commands[@]} -gt 3
page kmend.8 >"$work/kmend.8"
for command in "${commands[@]}"; do
	summary=$(kmend --help | sed -n "s/^  $command  *//p")
	tap_is "$command: its own help has the summary" "$(kmend "$command" --help | head -n 1)" "kmend $command - $summary"
	if [[ ! -f man/kmend-$command.8.scd ]]; then
		tap_ok "$command: has a manual page" false
		continue
	fi
	tap_is "$command: its manual page has the summary" \
		"$(page "kmend-$command.8" | sed -n "s/^ *kmend-$command - //p" | head -n 1)" "$summary"
	tap_is "$command: its manual page has its options" "$(options_of_page "$command")" "$(options_of_help "$command")"
	tap_ok "$command: kmend(8) names it" grep -q "kmend-$command(8)" "$work/kmend.8"
	tap_is "$command: completion offers its options" "$(complete_line "$command" --)" \
		"$({ options_of_help "$command" | sed -E 's/^.? ([a-z-]+) .*/--\1/'
		echo --help; } | sort)"
	tap_ok "$command: its manual page is built and installed" grep -q "'$command'" man/meson.build
done
tap_is "completion offers the commands" "$(complete_line '' | grep -v '^--')" "$(printf '%s\n' "${commands[@]}" | sort)"
tap_is "completion offers the package formats" "$(complete_line package --format '')" $'deb\nrpm'
for file in man/kmend-*.8.scd; do
	command=${file#man/kmend-} command=${command%.8.scd}
	tap_ok "the manual page of $command has a command" kmend "$command" --help
done

# The tables in the headers against the pages that explain them: the preprocessor reads the tables.
# table HEADER LIST ENTRY-MACRO-ARGUMENTS FIELDS: one line an entry
table() {
	printf '#include "%s"\n#define ROW(%s) ROW_BEGIN %s ROW_END\n%s(ROW)\n' "$1" "$3" "$4" "$2" |
		gcc -E -P -I. -Iinclude - | grep -o 'ROW_BEGIN.*' | sed 's/ROW_END/\n/g' | sed -n 's/^ *ROW_BEGIN *//p'
}

while read -r number name; do
	name=${name//\"/}
	tap_ok "exit status $number $name is in kmend(8)" grep -qE "^ *$number $name\$" "$work/kmend.8"
done < <(table core/base/error.h KMEND_STATUSES id,number,name,meaning 'number name')
page kmend.7 >"$work/kmend.7"
while read -r name; do
	[[ $name == '"none"' ]] || tap_ok "refusal $name is in kmend(7)" grep -qE "^ *${name//\"/}\$" "$work/kmend.7"
done < <(table kmend/abi.h KMEND_REFUSALS id,name,text,advice name)
page kmend-status.8 >"$work/status.8"
while read -r name; do
	tap_ok "condition $name is in kmend-status(8)" grep -qE "^ *${name//\"/}\$" "$work/status.8"
done < <(table core/apply/situation.h KMEND_CONDITIONS id,name,status,action,text name)
page kmend-container.5 >"$work/container.5"
while IFS='|' read -r object name; do
	tap_ok "manifest field ${object:+$object.}$name is in kmend-container(5)" \
		grep -qF "   ${object:+$object.}$name" "$work/container.5"
done < <(sed -nE 's/^\t\{ "([^"]*)", "([^"]+)", KMEND_RULE.*/\1|\2/p' core/container/rules.c)
# Reasons: whoever gives one has a row in the table that says what it means.
given() {
	grep -rhoE '(reason_add|link_reason|fact_add)\([^"]*"[a-z-]+"' core | grep -oE '"[a-z-]+"$'
	grep -hoE '(REFUSED\(|reason_(new|changed) = |LIST\(.*, )"[a-z-]+"' core/diff/special.c | grep -oE '"[a-z-]+"$'
	sed -nE 's/^\t\[KMEND_FILE_[A-Z_]+\] = \{ (true|false), ("[a-z-]+").*/\2/p' core/kernel/classify.c
}
mapfile -t codes < <(given | sort -u)
tap_ok "there are codes of reasons" test ${#codes[@]} -gt 40
for code in "${codes[@]}"; do
	tap_ok "reason $code has a row" grep -qF "{ $code," core/assess/reasons.c
done
tap_done
