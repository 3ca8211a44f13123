#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tree keeps its own rules: licence lines, files of a size one can read, documents that know every room.
# shellcheck disable=SC2317,SC2016 # functions are called by name; what is quoted is meant for others
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
LINES_MAX=600 # a file that has to be scrolled to be understood wants to be two

# What has a licence line: all source. Not: documents, data, and formats without comments.
sources() {
	git ls-files | grep -vE '\.(md|json|diff|scd\.in|gpg)$|(^|/)\.gitignore$|^(COPYING|debian/|tests/fuzz/corpus/|tests/.*/(data|corpus)/)'
}

without_licence() {
	sources | while read -r file; do
		[[ -f $file && ! -L $file ]] || continue
		head -n 5 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' || echo "$file has no licence line"
	done
}

too_long() {
	git ls-files | grep -E '\.(c|h|sh|py)$|/run$|/kmend$' | while read -r file; do
		lines=$(wc -l <"$file")
		((lines <= LINES_MAX)) || echo "$file has $lines lines"
	done
}

unmentioned() {
	git ls-files | sed -n 's#/.*#/#p' | sort -u | grep -v '^\.' | while read -r room; do
		grep -qF "\`$room" ARCHITECTURE.md || echo "ARCHITECTURE.md does not mention $room"
	done
	git ls-files 'core/*/*' | sed -E 's#^(core/[^/]+/).*#\1#' | sort -u | while read -r room; do
		grep -qF "\`$room" ARCHITECTURE.md || echo "ARCHITECTURE.md does not mention $room"
	done
}

gone() {
	grep -oE '`(core|tests|plugins|include)/[a-z/._-]*`' ARCHITECTURE.md | tr -d '`' | sort -u | while read -r path; do
		[[ -e $path ]] || echo "ARCHITECTURE.md mentions $path, which is not there"
	done
}

binaries() {
	git ls-files -- ':!tests/fuzz/corpus' | grep -E '\.(o|ko|so|a|deb|rpm|kmend)$|\.cmd$|\.mod(\.c)?$' | sed 's/$/ is built, not source/'
}

# room, what it may include of others: dependencies point one way
ROOMS='base:
elf: base
diff: base elf
match:
link: base elf diff match
kernel: base elf diff
reach: base elf diff kernel
container: base
record: base
errata: base
plugin: base container elf
apply: base container record plugin match
assess: base elf diff kernel
create: base elf assess container diff kernel link plugin reach
verify: base container kernel plugin'

against_direction() {
	local room allowed found
	while IFS=: read -r room allowed; do
		while read -r found; do
			[[ " $allowed " == *" $found "* ]] || echo "core/$room includes core/$found"
		done < <(grep -hoE '^#include "\.\./[a-z]+/' "core/$room"/*.[ch] | cut -d/ -f2 | sort -u)
	done <<<"$ROOMS"
	git ls-files 'core/*/*.c' | cut -d/ -f2 | sort -u | grep -vxF -e cli -f <(cut -d: -f1 <<<"$ROOMS") | sed 's/$/ is a room without a direction/'
	git grep -lE '#include <(libelf|gelf)' -- core plugins | grep -v '^core/elf/' | sed 's/$/ uses libelf beside core\/elf/'
	git grep -hE '^#include' -- core/match | grep -vE '"match.h"|kmend/abi.h' | sed 's/^/core\/match: /'
}

trailing() { git grep -nIE '[[:space:]]+$' -- ':!COPYING' ':!*.diff' ':!*.patch' ':!tests/fuzz/corpus' | head -n 20; }

for check in \
	"without_licence:every source has its licence line" \
	"too_long:no source is longer than $LINES_MAX lines" \
	"unmentioned:ARCHITECTURE.md mentions every room" \
	"gone:every room that ARCHITECTURE.md mentions is there" \
	"against_direction:dependencies point one way" \
	"binaries:nothing built is among the sources" \
	"trailing:no line ends in blanks"; do
	tap_is "${check#*:}" "$("${check%%:*}")" ""
done
for document in README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md COPYING; do
	tap_ok "there is $document" test -s "$document"
done
tap_ok "README's first lines have the two commands" bash -c "head -n 12 README.md | grep -q 'make demo' && head -n 12 README.md | grep -q 'make check'"
version=$(sed -nE "s/^project\(.* version: '([^']*)'.*/\1/p" meson.build)
tap_ok "CHANGELOG.md knows version $version" grep -qF "$version" CHANGELOG.md
tap_ok "debian/changelog knows version $version" grep -qE "^kmend \(${version}[-)]" debian/changelog
tap_done
