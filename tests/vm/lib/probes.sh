# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# The small static programs that run in guests: probes/*.c and the harness's own in guest/*.c.

vm_build_probes() {
	local out=$1 source
	for source in "$VM_HOME"/guest/*.c "$VM_HOME"/probes/*.c; do
		[ -f "$source" ] || continue
		gcc -static -O2 -Wall -Wextra -Werror -pthread -o "$out/$(basename "$source" .c)" "$source" || return
	done
	strip "$out"/*
}

vm_probes() {
	local key
	key=$(vm_digest "$VM_HOME/guest" "$VM_HOME/probes" "$VM_HOME/lib/probes.sh")
	vm_cached "$VM_CACHE/probes-$key" "probes" vm_build_probes
	VM_PROBES=$VM_CACHE/probes-$key
}
