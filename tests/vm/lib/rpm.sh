# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# Guests that are RPM systems. There is no RPM distribution in the archive, so the root is Debian's with rpm and dnf, and
# what counts here comes in RPM packages: the kernel, kmend (from spec/kmend.spec), its module, updates, the seed.

# Besides what every root has ("# root: rpm" in a scenario's head).
VM_ROOT_RPM_PACKAGES=(rpm dnf python3-dnf gpg libsolv1 libsolvext1)

# rpmbuild with nothing of this machine's configuration: vm_rpmbuild OUT ARGUMENT...
vm_rpmbuild() {
	local out=$1 top status
	shift
	top=$(mktemp -d "${TMPDIR:-/tmp}/kmend-rpm.XXXXXX") || return
	# Dependencies for building are Debian's packages here, by other names.
	HOME=$top rpmbuild -bb --quiet --nodeps --define "_topdir $top" --define "_rpmdir $out" \
		--define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' "$@"
	status=$?
	rm -rf "$top"
	return $status
}

# kmend itself, from spec/, as an RPM distribution would build it.
vm_build_rpms() {
	local out=$1 version source
	version=$(sed -n 's/^Version: *//p' "$VM_TOP/spec/kmend.spec")
	source=$(mktemp -d "${TMPDIR:-/tmp}/kmend-src.XXXXXX") || return
	tar -C "$VM_TOP" --exclude-vcs --exclude=./build --exclude='./build*' --exclude='*.ko' --exclude='*.mod.c' --exclude='*.o' \
		--exclude='./tests/fuzz/corpus' --transform "s#^\.#kmend-$version#" -czf "$source/kmend-$version.tar.gz" . &&
		vm_rpmbuild "$out" --define "_sourcedir $source" --define "_smp_mflags -j$(nproc)" "$VM_TOP/spec/kmend.spec"
	set -- $?
	rm -rf "$source"
	return "$1"
}

vm_rpms() {
	local key
	# shellcheck disable=SC2046
	key=$(vm_digest $(vm_sources) "$VM_TOP/spec" "$VM_TOP/systemd")
	vm_cached "$VM_BUILD/rpms-$key" "kmend's RPM packages" vm_build_rpms
	VM_RPMS=$VM_BUILD/rpms-$key
}

# The stock kernel as kernel-core.
vm_build_kernel_rpm() {
	local out=$1 release=$2 version tree
	version=$(cat "$VM_KERNEL/version")
	tree=$(mktemp -d "${TMPDIR:-/tmp}/kmend-core.XXXXXX") || return
	bsdtar -xf "$VM_KERNEL/modules.cpio" -C "$tree" && mv "$tree/usr/lib/modules/$release" "$tree/modules" &&
		cp "$VM_KERNEL/vmlinuz" "$tree" &&
		vm_rpmbuild "$out" --define "uname_r $release" --define "kernel_version ${version%-*}" \
			--define "kernel_release ${version##*-}" --define "tree $tree" "$VM_HOME/rpm/kernel-core.spec"
	set -- $?
	rm -rf "$tree"
	return "$1"
}

vm_kernel_rpm() {
	local key
	key=$(echo "$(basename "$VM_KERNEL") $(vm_digest "$VM_HOME/rpm/kernel-core.spec")" | sha256sum | cut -c1-16)
	vm_cached "$VM_BUILD/kernel-rpm-$1-$key" "kernel $1 as an RPM package" vm_build_kernel_rpm "$1"
	VM_KERNEL_RPM=$VM_BUILD/kernel-rpm-$1-$key
}

# vm_base_rpm OUT RPM...: a package that provides what these require and none of them has.
vm_base_rpm() {
	local out=$1 list
	shift
	list=$(mktemp) || return
	rpm -qp --requires "$@" | sort -u | grep -v -E '^(rpmlib|config|kmend|kernel|\(|python3dist|python\(abi)' >"$list"
	echo "python(abi) = $(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" >>"$list"
	vm_rpmbuild "$out" --define "provided $list" "$VM_HOME/rpm/base.spec"
	set -- $?
	rm -f "$list"
	return "$1"
}

# vm_rpm_repositories PAYLOAD NAME...: make PAYLOAD/NAME/repo, where RPMs lie, a dnf repository with an advisory for each
# update. Packages and metadata are signed with a throw-away key; its public half is PAYLOAD/key.asc.
vm_rpm_repositories() {
	(
		payload=$(cd "$1" && pwd) && GNUPGHOME=$(mktemp -d) && export GNUPGHOME || exit
		trap 'gpgconf --kill all 2>/dev/null; rm -rf "$GNUPGHOME"' EXIT
		gpg --batch --quiet --passphrase '' --quick-generate-key 'kmend throw-away key' rsa2048 sign 1d &&
			gpg --batch --quiet --export --armor >"$payload/key.asc" || exit
		for name in "${@:2}"; do
			cd "$payload/$name/repo" || exit
			rpmsign --define '_gpg_name kmend throw-away key' --define "__gpg $(command -v gpg)" --addsign ./*.rpm >/dev/null 2>&1 &&
				KMEND_PLUGIN_PATH=$(dirname "$(find "$VM_HOST" -name kmend-rpm.so)") \
					"$VM_BUILD/meson/tests/plugins/plugin-tool" repository rpm . vendor@packages.invalid 'kmend throw-away key' || exit
		done
	)
}

# An update, the seed, the module as RPMs: vm_rpm OUT ARGUMENT... (of kmend package)
vm_rpm() { "$VM_KMEND" package --format rpm -o "$@" >/dev/null; }

# vm_rpm_name ID: name of an update's package.
vm_rpm_name() { echo "kmend-patch-$VM_KERNEL_RELEASE-$1" | tr 'A-Z.' 'a-z_'; }

# Two states of one signed repository: before and after the vendor publishes the update with its advisory.
vm_product_rpm_repository() {
	local release=$VM_KERNEL_RELEASE
	vm_rpms && vm_ko "$release" && vm_kernel_rpm "$release" && vm_update "$release" "$2" || return
	mkdir -p "$1/before/repo" "$1/after/repo"
	cp "$VM_KERNEL_RPM"/*.rpm "$VM_RPMS"/kmend-[0-9]*.rpm "$VM_RPMS"/rpm-plugin-kmend-*.rpm \
		"$VM_RPMS"/python3-dnf-plugin-kmend-*.rpm "$1/before/repo" || return
	vm_rpm "$1/before/repo" --module "$VM_KO" --kernel "$release" &&
		vm_rpm "$1/before/repo" --seed --kernel "$release" --version 1 &&
		vm_base_rpm "$1/before/repo" "$1"/before/repo/*.rpm || return
	cp "$1"/before/repo/*.rpm "$1/after/repo"
	vm_rpm "$1/after/repo" "$VM_UPDATE/$VM_UPDATE_ID.kmend" &&
		vm_rpm "$1/after/repo" --seed --kernel "$release" --version 2 "$VM_UPDATE/$VM_UPDATE_ID.kmend" || return
	vm_rpm_repositories "$1" before after
}

# What tests/vm/scenarios/rpm-packages.sh installs by rpm itself: rpms/base (kernel, kmend, its module, what they need),
# versions 1.0 and 1.1 of an update with the same module, 2.0 with another one under the same id, one that is asleep easily,
# and one for another kernel.
vm_product_rpm_lifecycle() {
	local out=$1/rpms release=$VM_KERNEL_RELEASE version
	mkdir -p "$out/base"
	vm_rpms && vm_ko "$release" && vm_kernel_rpm "$release" || return
	cp "$VM_KERNEL_RPM"/*.rpm "$VM_RPMS"/kmend-[0-9]*.rpm "$VM_RPMS"/rpm-plugin-kmend-*.rpm "$out/base" || return
	vm_update "$release" siocatmark || return
	for version in 1.0 1.1 2.0; do
		[ $version != 2.0 ] || vm_update "$release" siocatmark-reworded || return
		vm_rpm "$out/$version.rpm" "$VM_UPDATE/$VM_UPDATE_ID.kmend" --version $version || return
	done
	vm_update "$release" eventfd && vm_rpm "$out/eventfd.rpm" "$VM_UPDATE/$VM_UPDATE_ID.kmend" &&
		vm_rpm "$out/base" --module "$VM_KO" --kernel "$release" || return
	vm_other_kernel "$out" && vm_base_rpm "$out/base" "$out"/*.rpm "$out"/base/*.rpm
}

# A package for a kernel that is not the running one: the container of an update, said to be for another release.
vm_other_kernel() {
	local tool=$VM_BUILD/meson/tests/plugins/plugin-tool work
	work=$(mktemp -d) || return
	RELEASE=6.1.0-1-amd64 "$tool" container TEST-other "$VM_KO" "$work/other.kmend" "for another kernel" &&
		vm_rpm "$1/other.rpm" "$work/other.kmend"
	set -- $?
	rm -rf "$work"
	return "$1"
}

# Two editions of an update, and what they need.
vm_product_rpm_edition() {
	local out=$1/rpms release=$VM_KERNEL_RELEASE
	mkdir -p "$out/base"
	vm_rpms && vm_ko "$release" && vm_kernel_rpm "$release" || return
	cp "$VM_KERNEL_RPM"/*.rpm "$VM_RPMS"/kmend-[0-9]*.rpm "$VM_RPMS"/rpm-plugin-kmend-*.rpm "$out/base" || return
	vm_update "$release" siocatmark && vm_rpm "$out/first.rpm" "$VM_UPDATE/$VM_UPDATE_ID.kmend" &&
		vm_update "$release" siocatmark-2 && vm_rpm "$out/second.rpm" "$VM_UPDATE/$VM_UPDATE_ID.kmend" &&
		vm_rpm "$out/base" --module "$VM_KO" --kernel "$release" && vm_base_rpm "$out/base" "$out"/*.rpm "$out"/base/*.rpm
}

# Three states of a signed repository: nothing, an update, two and a list of errata; besides it a repository of the vendor's own
# advisories (errata/repo), without packages.
vm_product_rpm_errata() {
	local release=$VM_KERNEL_RELEASE
	vm_product_rpm_repository "$1" siocatmark || return
	mkdir -p "$1/later/repo" "$1/errata/repo"
	cp "$1"/after/repo/*.rpm "$1/later/repo" && rm "$1"/later/repo/kmend-patches-*.rpm || return
	vm_update "$release" eventfd-cve &&
		vm_rpm "$1/later/repo" "$VM_UPDATE/$VM_UPDATE_ID.kmend" &&
		vm_rpm "$1/later/repo" --seed --kernel "$release" --version 3 --errata "$VM_HOME/rpm/errata.json" \
			CVE-2026-52928 CVE-2026-1002 && vm_rpm_repositories "$1" before after later &&
		createrepo_c --quiet "$1/errata/repo" && modifyrepo_c "$VM_HOME/rpm/updateinfo.xml" "$1/errata/repo/repodata" >/dev/null
}
