# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# What scenarios/fleet-*.sh and scenarios/headline.sh need: a distribution's repository, and a vendor's, which kmend build makes.

# The kernel that brings the fixes, and its package's version.
FLEET_RELEASE=6.1.0-56-amd64 FLEET_VERSION=6.1.192-2

# What the vendor's erratum consists of: CVE|diff|what the changelog says. Two of the numbers are nobody's.
FLEET_CHANGES=(
	"CVE-2026-52928|demo/af_unix-siocatmark.diff|af_unix: no out-of-band mark on datagram sockets"
	"CVE-2026-90001|tests/vm/updates/eventfd-short-read.diff|eventfd: another error for a short buffer"
	"CVE-2026-90002|tests/vm/updates/params-store-error.diff|params: another error for a parameter that cannot be written"
	"CVE-2026-90003|tests/vm/updates/ext4-fallocate-mode.diff|ext4: another error for an unknown mode"
)

# fleet_inputs DIR COUNT [LINE]: a changelog of the first COUNT changes and LINE, and a catalogue of all.
fleet_inputs() {
	local row cve diff text count=0 entries=()
	mkdir -p "$1"
	{
		printf 'linux (%s) bookworm-security; urgency=high\n\n' "$FLEET_VERSION"
		for row in "${FLEET_CHANGES[@]}"; do
			IFS='|' read -r cve diff text <<<"$row"
			[ $((count++)) -ge "$2" ] || printf '  * %s (%s)\n' "$text" "$cve"
			cp "$VM_TOP/$diff" "$1/$cve.diff"
			entries+=("{\"cves\": [\"$cve\"], \"diff\": \"$cve.diff\", \"sha256\": \"$(sha256sum <"$1/$cve.diff" | cut -d' ' -f1)\"}")
		done
		[ -z "${3-}" ] || printf '  * %s\n' "$3"
		printf '\n -- A <a@example.org>  %s\n' "${4:-Mon, 03 Aug 2026 20:40:40 +0200}"
	} >"$1/changelog"
	(
		IFS=,
		echo "{\"schema\": 1, \"changes\": [${entries[*]}]}" >"$1/catalogue.json"
	)
}

# fleet_build INPUTS WORK OUT [OPTION...]: kmend build. No second source is needed: all comes from the catalogue.
fleet_build() {
	local inputs=$1 work=$2 out=$3
	"$VM_KMEND" build --kernel "$VM_KERNEL_RELEASE" --version "$(cat "$VM_KERNEL/version")" --from "$inputs/changelog" --to-release "$FLEET_RELEASE" \
		--catalogue "$inputs/catalogue.json" --to-source "${XDG_CACHE_HOME:-$HOME/.cache}/kmend/kernels/$VM_KERNEL_RELEASE/source" \
		--module "$VM_KO" --origin Vendor --maintainer 'Vendor <vendor@packages.invalid>' --output "$out" --work "$work" "${@:4}"
}

vm_build_fleet() {
	local number=0 count line
	for line in "" "" "nothing: that anybody could tell apart (CVE-2026-90004)"; do
		number=$((number + 1)) count=$((number == 1 ? 3 : 4))
		# A day later each: the seed's version is of the newest erratum's day.
		fleet_inputs "$1/$number" $count "$line" "$(LC_ALL=C date -u -R -d "2026-08-0$number 20:40:40")"
		if [ $number -gt 1 ]; then
			mkdir -p "$1/$number/state/$2" && cp -a "$1/$((number - 1))/state/$2/updates" "$1/$number/state/$2/" || return
		fi
		fleet_build "$1/$number" "$1/$number/state" "$1/scrap" && rm -rf "$1/scrap" || return
	done
}

# The new kernel's package is the real one with the modules left out that a guest has no use for, and not compressed. Nor does
# it recommend what these repositories do not have: `apt upgrade` keeps back what needs a new package whose recommendations
# cannot be had.
vm_build_fleet_kernel() {
	local out=$1 deb
	cd "$out" && vm_apt apt-get download "linux-image-$FLEET_RELEASE-unsigned=$FLEET_VERSION" || return
	deb=$(echo ./*.deb)
	dpkg-deb -R "$deb" tree && rm "$deb" && find tree/lib/modules tree/usr/share/doc -name '*.ko' -delete -o -name 'changelog*' -delete &&
		rm -f tree/DEBIAN/md5sums && sed -i '/^Recommends:/d' tree/DEBIAN/control && dpkg-deb --root-owner-group -Znone -b tree . && rm -rf tree
}

# fleet_meta OUT VERSION [FIELD...]: linux-image-amd64, by which a system follows the newest kernel.
fleet_meta() {
	local tree
	tree=$(mktemp -d) && mkdir "$tree/DEBIAN" || return
	chmod 755 "$tree"
	printf '%s\n' "Package: linux-image-amd64" "Version: $2" "Architecture: amd64" "Maintainer: T <t@packages.invalid>" \
		"${@:3}" "Description: the newest kernel" >"$tree/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$tree" "$1" >/dev/null
	rm -rf "$tree"
}

# vendor/{1,2,3}: the vendor's repository as it grows; old, new: the distribution's, before and after the new kernel.
vm_product_fleet() {
	local release=$VM_KERNEL_RELEASE key number made kernel
	vm_packages && vm_host && vm_ko "$release" && vm_update "$release" siocatmark || return # the last one: so the source is there
	key=$(vm_digest "$VM_TOP/core" "$VM_TOP/plugins" "$VM_TOP/include" "$VM_HOME/lib/fleet.sh" "$VM_KO")
	vm_cached "$VM_BUILD/fleet-$release-$key" "a vendor's updates" vm_build_fleet "$release" || return
	made=$VM_BUILD/fleet-$release-$key
	kernel=$VM_CACHE/fleet-kernel-$FLEET_VERSION-bare
	vm_cached "$kernel" "the new kernel's package" vm_build_fleet_kernel || return
	mkdir -p "$1/vendor" "$1/old/repo" "$1/new/repo"
	cp "$VM_PACKAGES"/kmend_*.deb "$VM_PACKAGES"/kmend-dpkg_*.deb "$1/old/repo"
	cp "$1"/old/repo/*.deb "$kernel"/*.deb "$1/new/repo"
	fleet_meta "$1/old/repo" "$(cat "$VM_KERNEL/version")" &&
		fleet_meta "$1/new/repo" "$FLEET_VERSION" "Depends: linux-image-$FLEET_RELEASE-unsigned" || return
	vm_repositories "$1" old new || return
	(
		GNUPGHOME=$(mktemp -d) && export GNUPGHOME || exit
		trap 'gpgconf --kill all 2>/dev/null; rm -rf "$GNUPGHOME"' EXIT
		gpg --batch --quiet --passphrase '' --quick-generate-key 'a vendor of updates' ed25519 sign 1d &&
			gpg --batch --quiet --export >"$1/vendor.gpg" || exit
		for number in 1 2 3; do
			cp -a "$made/$number/state" "$1/state" && fleet_build "$made/$number" "$1/state" "$1/vendor/$number" --key 'a vendor of updates' &&
				rm -rf "$1/state" || exit
		done
	)
}

# The errata of HEADLINE_TO as a vendor would have them built: from a git tree and CVE records, made here from the two
# versions' sources. HEADLINE_CVES names those to take (default: all; an hour on an idle machine); HEADLINE_REPOSITORY is one
# that kmend build has made before. A run that was stopped goes on where it was.
HEADLINE_TO=6.1.187-1
headline_build() {
	local out=$1 cache=${XDG_CACHE_HOME:-$HOME/.cache}/kmend cves=() cve
	# Planning without a clone fetches the newer source; that is all that is wanted of it here.
	[ -d "$cache/sources/$HEADLINE_TO/source" ] || "$VM_KMEND" plan --kernel "$VM_KERNEL_RELEASE" --to "$HEADLINE_TO" \
		--cve CVE-2026-63810 --no-assess --output "$out/fetch" || return
	# shellcheck disable=SC2086 # words on purpose
	python3 "$VM_HOME/headline/make.py" "$VM_HOME/headline/changes.json" "$cache/kernels/$VM_KERNEL_RELEASE/source" \
		"$cache/sources/$HEADLINE_TO/source" "$out" ${HEADLINE_CVES-} || return
	for cve in "$out"/records/*.json; do cves+=(--cve "$(basename "$cve" .json)"); done
	rm -rf "$out/state/$VM_KERNEL_RELEASE/plan.json"
	"$VM_KMEND" build --kernel "$VM_KERNEL_RELEASE" --to "$HEADLINE_TO" --git "$out/tree" --cve-records "$out/records" "${cves[@]}" \
		--module "$VM_KO" --origin Vendor --maintainer 'Vendor <vendor@packages.invalid>' --work "$out/state" --output "$2" "${@:3}"
}

vm_product_headline() { # kmend/*.deb, vendor/: packages, errata list and page
	vm_packages && vm_host && vm_ko "$VM_KERNEL_RELEASE" && vm_update "$VM_KERNEL_RELEASE" siocatmark || return
	mkdir -p "$VM_BUILD/headline" "$1/kmend"
	if [ -n "${HEADLINE_REPOSITORY-}" ]; then
		cp -a "$HEADLINE_REPOSITORY" "$1/vendor" && vm_module "$VM_KERNEL_RELEASE" && cp "$VM_MODULE"/*.deb "$1/kmend" || return
	else
		vm_step "a vendor's updates for $HEADLINE_TO" "$VM_BUILD/headline.log" \
			headline_build "$VM_BUILD/headline" "$1/vendor" || return
	fi
	cp "$VM_PACKAGES"/kmend_*.deb "$VM_PACKAGES"/kmend-dpkg_*.deb "$1/kmend"
}
