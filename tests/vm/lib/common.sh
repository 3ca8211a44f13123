# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the parts use each other's variables
# What every part of the harness uses: messages, steps, the cache, digests.

VM_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VM_TOP=$(cd "$VM_HOME/../.." && pwd)
VM_CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kmend/vm

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	VM_TTY=1 VM_RED=$'\e[31m' VM_GREEN=$'\e[32m' VM_YELLOW=$'\e[33m' VM_BOLD=$'\e[1m' VM_DIM=$'\e[2m' VM_OFF=$'\e[0m'
else
	VM_TTY='' VM_RED='' VM_GREEN='' VM_YELLOW='' VM_BOLD='' VM_DIM='' VM_OFF=''
fi

vm_say() { printf '%s\n' "$*" >&2; }
vm_die() {
	printf '%serror:%s %s\n' "$VM_RED" "$VM_OFF" "$*" >&2
	exit 2
}

# vm_need COMMAND PACKAGE: refuse early and say what to install.
vm_need() {
	command -v "$1" >/dev/null || vm_die "no $1: install the package $2 (all of them: tests/packages.txt)"
}

# Milliseconds of a clock that only the passing of time moves.
vm_clock() {
	local up rest
	read -r up rest </proc/uptime
	echo "$((10#${up/./} * 10))"
}

# vm_seconds MILLISECONDS: as text, "12.3 s".
vm_seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# vm_step TEXT LOG COMMAND...: run a long command with its output in LOG; on a terminal a live line shows the time.
vm_step() {
	local text=$1 log=$2 start pid status=0
	shift 2
	start=$(vm_clock)
	mkdir -p "$(dirname "$log")"
	[ -n "$VM_TTY" ] || printf '  %-46s ' "$text" >&2
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	VM_CHILDREN="${VM_CHILDREN:-} $pid"
	while [ -n "$VM_TTY" ] && kill -0 "$pid" 2>/dev/null; do
		printf '\r\e[K  %-46s %s%s%s' "$text" "$VM_DIM" "$(vm_seconds $(($(vm_clock) - start)))" "$VM_OFF" >&2
		sleep 0.2
	done
	wait "$pid" || status=$?
	VM_MADE=1
	VM_CHILDREN=${VM_CHILDREN/ $pid/}
	VM_ELAPSED=$(($(vm_clock) - start))
	[ -z "$VM_TTY" ] || printf '\r\e[K  %-46s ' "$text" >&2
	if [ $status -eq 0 ]; then
		vm_say "$VM_GREEN$(vm_seconds $VM_ELAPSED)$VM_OFF"
		return 0
	fi
	vm_say "${VM_RED}failed$VM_OFF after $(vm_seconds $VM_ELAPSED); the end of $log:"
	tail -n 15 "$log" | sed 's/^/    /' >&2
	return $status
}

# vm_digest FILE-OR-DIRECTORY...: one digest of names (relative to the project) and contents.
vm_digest() {
	local path
	for path in "$@"; do
		find "$path" -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
	done | sed "s#  $VM_TOP/#  #" | sha256sum | cut -c1-16
}

# vm_seal DIRECTORY / vm_sealed DIRECTORY: write and verify the checksums of what is cached there. A cache entry
# without a good seal is built anew: it was cut off half-way or damaged.
# shellcheck disable=SC2094 # it leaves its own output out
vm_seal() { (cd "$1" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS); }
vm_sealed() { [ -f "$1/SHA256SUMS" ] && (cd "$1" && sha256sum --check --status --strict SHA256SUMS 2>/dev/null); }

# vm_cached DIRECTORY TEXT FUNCTION ARGS...: the directory, built by `FUNCTION TEMPORARY ARGS...` if it is not there.
# Two runs may build at the same time: a lock lets one of them do it. The directory appears by one rename.
vm_cached() {
	local final=$1 text=$2 temporary lock
	shift 2
	vm_sealed "$final" && return 0
	mkdir -p "$(dirname "$final")"
	exec {lock}>"$final.lock"
	flock "$lock"
	if ! vm_sealed "$final"; then
		rm -rf "$final" "$final".new.*
		temporary=$(mktemp -d "$final.new.XXXXXX")
		chmod 755 "$temporary"
		vm_step "$text" "$final.log" "$1" "$temporary" "${@:2}" || vm_die "cannot make $final"
		vm_seal "$temporary"
		mv -T "$temporary" "$final"
	fi
	exec {lock}>&-
}
