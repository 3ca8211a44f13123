# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What scenarios need from the host: "# needs: NAME..." in their head; each NAME is a function vm_product_NAME here
# that puts files into the payload directory.

# vm_prepare SCENARIO PAYLOAD NEEDS: status 1 if something needed cannot be made (reason on descriptor 3).
vm_prepare() {
	local need
	for need in $3; do
		if ! declare -F "vm_product_${need%%:*}" >/dev/null; then
			echo "unknown need '$need'" >&3
			return 1
		fi
		"vm_product_${need%%:*}" "$2" "${need#*:}" || {
			echo "cannot make $need" >&3
			return 1
		}
	done
	if [ -x "${1%.sh}.host" ]; then "${1%.sh}.host" "$2" || return 1; fi
}
