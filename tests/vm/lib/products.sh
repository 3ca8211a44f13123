# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# What scenarios and the demo need from the host: kmend itself, its packages, updates. All of it is made by the very
# commands a user would give. A scenario names what it needs ("# needs: NAME[:ARGUMENT]..."); each NAME is a function
# vm_product_NAME PAYLOAD ARGUMENT at the end.

VM_BUILD=${KMEND_VM_BUILD:-$VM_TOP/build/vm}
VM_HOST=$VM_BUILD/host

# The updates that scenarios use: name|id|diff|description, the name of the update it is built on top of, and further
# options of kmend create. The diff for kernels of another series is DIFF-SERIES.diff, if it has to differ.
VM_UPDATES=(
	"siocatmark|CVE-2026-52928|demo/af_unix-siocatmark.diff|af_unix: no out-of-band mark on datagram sockets"
	"siocatmark-reworded|CVE-2026-52928|demo/af_unix-siocatmark.diff|af_unix: the same change and id, described in other words"
	"siocatmark-2|CVE-2026-52928+2|demo/af_unix-siocatmark.diff|af_unix: the second edition of the same||--replaces=CVE-2026-52928"
	"siocatmark-again|TEST-siocatmark-again|demo/af_unix-siocatmark.diff|the same change under another id"
	"idle|TEST-idle|tests/vm/updates/idle-start-secondary.diff|a stronger barrier before the idle loop"
	"eventfd|TEST-eventfd|tests/vm/updates/eventfd-short-read.diff|eventfd: another error for a short buffer"
	"eventfd-cve|CVE-2026-1002|tests/vm/updates/eventfd-short-read.diff|eventfd: the same change, as the fix of a fault||--cve=CVE-2026-1002"
	"escapes|TEST-escapes|tests/vm/updates/escapes.diff|eventfd: a timer, a work item and operations that outlive the reversal"
	"unknown-nmi|TEST-unknown-nmi|tests/vm/updates/unknown-nmi.diff|x86/nmi: other words for an NMI that nobody asked for"
	"two-targets|TEST-two-targets|tests/vm/updates/two-targets.diff|eventfd, binfmt_misc: two targets"
	"params|TEST-params|tests/vm/updates/params-store-error.diff|params: another error for a parameter that cannot be written"
	"net|TEST-net|tests/vm/updates/synchronize-net.diff|net: a line in the log for each synchronize_net()"
	"datum|TEST-datum|tests/vm/updates/cmdline-write.diff|proc: /proc/PID/cmdline takes writes"
	"kernfs-write|TEST-kernfs-write|tests/vm/updates/kernfs-write-error.diff|kernfs: another error for a long write"
	"loop-eventfd|TEST-loop-eventfd|tests/vm/updates/loop-eventfd.diff|loop: smaller transfers; eventfd: another error"
	"ext4-fallocate|TEST-ext4-fallocate|tests/vm/updates/ext4-fallocate-mode.diff|ext4: another error for an unknown mode"
	"usercopy|TEST-usercopy|tests/vm/updates/usercopy-sealed-key.diff|usercopy: a function with a jump label that is sealed"
	"below|TEST-below|tests/vm/updates/eventfd-below.diff|eventfd: a new function and a new datum"
	"above|TEST-above|tests/vm/updates/eventfd-above.diff|eventfd: on top of TEST-below|below"
	"eventfd-may|TEST-eventfd-may|tests/vm/updates/eventfd-short-read.diff|the same change, gradual if need be||--may-be-gradual"
	"cumulative|TEST-cumulative|tests/vm/updates/eventfd-cumulative.diff|eventfd: what TEST-below and TEST-above do, and more||--replaces=TEST-below --replaces=TEST-above"
	"eventfd-writes|TEST-eventfd-writes|docs/hooks/eventfd-writes.diff|eventfd: fdinfo tells how often it was written to"
	"zero-splice|TEST-zero-splice|docs/hooks/zero-splice.diff|/dev/zero: splice() can read from it"
	"devkmsg-lock|TEST-devkmsg-lock|docs/hooks/devkmsg-lock.diff|printk: the setting of /dev/kmsg is locked"
	"unix-peek-offset|TEST-unix-peek-offset|docs/hooks/unix-peek-offset.diff|af_unix: no negative peek offsets but -1"
	"hook-stages|TEST-hook-stages|tests/vm/updates/hook-stages.diff|a hook for each stage, which refuses when told to"
	"hook-module|TEST-hook-module|tests/vm/updates/hook-module.diff|binfmt_misc is switched off, there or to come"
	"hook-misbehaves|TEST-hook-misbehaves|tests/vm/updates/hook-misbehaves.diff|a hook that does wrong in the stop when told to"
)

# What the programs and the packages are built from.
vm_sources() {
	local path
	for path in meson.build meson_options.txt core include kmod plugins man completion debian Makefile; do
		[ ! -e "$VM_TOP/$path" ] || echo "$VM_TOP/$path"
	done
}

vm_build_host() {
	[ -f "$VM_BUILD/meson/build.ninja" ] || meson setup "$VM_BUILD/meson" "$VM_TOP" --prefix="$VM_HOST" || return
	meson install -C "$VM_BUILD/meson" || return
	# shellcheck disable=SC2046 # paths of the project: no blanks
	vm_digest $(vm_sources) >"$VM_HOST/built-from"
}

# The kmend that makes the updates, installed in a directory of its own. Two runs in one checkout wait for each other.
vm_host() {
	local digest lock code=0
	# shellcheck disable=SC2046
	digest=$(vm_digest $(vm_sources))
	VM_KMEND=$VM_HOST/bin/kmend
	mkdir -p "$VM_BUILD"
	exec {lock}>"$VM_BUILD/host.lock"
	flock "$lock"
	if [ "$digest" != "$(cat "$VM_HOST/built-from" 2>/dev/null)" ]; then
		vm_step "kmend, for this machine" "$VM_BUILD/host.log" vm_build_host || code=$?
	fi
	exec {lock}>&-
	return "$code"
}

# Debian packages of kmend, from debian/, as a distribution would build them.
vm_build_packages() {
	local out=$1 work
	work=$(mktemp -d "${TMPDIR:-/tmp}/kmend-deb.XXXXXX") || return
	mkdir "$work/kmend"
	tar -C "$VM_TOP" --exclude-vcs --exclude=./build --exclude=./builddir -cf - . | tar -C "$work/kmend" -xf - &&
		(cd "$work/kmend" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage -b -us -uc) &&
		cp "$work"/*.deb "$out"
	set -- $?
	rm -rf "$work"
	return "$1"
}

vm_packages() {
	local key
	# shellcheck disable=SC2046
	key=$(vm_digest $(vm_sources))
	vm_cached "$VM_BUILD/packages-$key" "kmend's Debian packages" vm_build_packages
	VM_PACKAGES=$VM_BUILD/packages-$key
}

# kmend.ko, built by kbuild in a copy of what it needs: OUT RELEASE [MAKE ARGUMENT...]
vm_build_ko() {
	local out=$1 release=$2 headers=/usr/src/linux-headers-$2
	if [ ! -d "$headers" ]; then
		echo "$headers is not there: install linux-headers-$release"
		return 1
	fi
	mkdir -p "$out/tree/core" && cp -a "$VM_TOP/kmod" "$VM_TOP/include" "$out/tree/" &&
		cp -a "$VM_TOP/core/match" "$out/tree/core/" && make -C "$out/tree/kmod" clean KDIR="$headers" &&
		make -C "$out/tree/kmod" KDIR="$headers" "${@:3}" && cp "$out/tree/kmod/kmend.ko" "$out/" && rm -rf "$out/tree"
}

vm_ko() {
	local key
	key=$(vm_digest "$VM_TOP/kmod" "$VM_TOP/include" "$VM_TOP/core/match")
	vm_cached "$VM_BUILD/ko-$1-$key" "kmend.ko for $1" vm_build_ko "$1"
	VM_KO=$VM_BUILD/ko-$1-$key/kmend.ko
}

# Its prebuilt package.
vm_build_module() { "$VM_KMEND" package --format deb --module "$VM_KO" --kernel "$2" -o "$1"; }

vm_module() {
	local key
	vm_host && vm_ko "$1" || return
	key=$(vm_digest "$VM_KO" "$VM_TOP/core" "$VM_TOP/plugins" "$VM_TOP/meson.build")
	vm_cached "$VM_BUILD/module-$1-$key" "kmend.ko's package for $1" vm_build_module "$1"
	VM_MODULE=$VM_BUILD/module-$1-$key
}

# An update: made from its diff, packaged.
vm_build_update() {
	local out=$1 release=$2 id=$3 diff=$4 description=$5
	# shellcheck disable=SC2086 # words on purpose: options
	"$VM_KMEND" create --kernel "$release" --diff "$VM_TOP/$diff" --id "$id" --description "$description" \
		${6:+--base "$6"} ${7-} -o "$out/$id.kmend" &&
		"$VM_KMEND" package --format deb "$out/$id.kmend" -o "$out"
}

# vm_update RELEASE NAME: sets VM_UPDATE (directory) and VM_UPDATE_ID.
vm_update() {
	local row name id diff description base options series key below=''
	for row in "${VM_UPDATES[@]}"; do
		IFS='|' read -r name id diff description base options <<<"$row"
		[ "$name" != "$2" ] || break
	done
	[ "$name" = "$2" ] || return
	series=$(cut -d. -f1,2 <<<"$1")
	[ ! -e "$VM_TOP/${diff%.diff}-$series.diff" ] || diff=${diff%.diff}-$series.diff
	vm_host || return
	if [ -n "$base" ]; then
		vm_update "$1" "$base" || return
		below=$VM_UPDATE/$VM_UPDATE_ID.kmend
	fi
	# shellcheck disable=SC2086 # nothing, or one path of the project
	key=$(vm_digest "$VM_TOP/core" "$VM_TOP/plugins" "$VM_TOP/include" "$VM_TOP/meson.build" "$VM_TOP/$diff" $below)${options:+-$(sha256sum <<<"$options" | cut -c1-8)}
	vm_cached "$VM_BUILD/update-$name-$1-$key" "update $id" vm_build_update "$1" "$id" "$diff" "$description" "$below" "$options"
	VM_UPDATE=$VM_BUILD/update-$name-$1-$key VM_UPDATE_ID=$id
}

# vm_seed OUT RELEASE VERSION [UPDATE...]: the seed package.
vm_seed() {
	local out=$1 release=$2 version=$3
	"$VM_KMEND" package --format deb --seed --kernel "$release" --version "$version" -o "$out" "${@:4}" >/dev/null
}

# vm_repositories PAYLOAD NAME...: make PAYLOAD/NAME/repo, where debs lie, an apt repository. All are signed with one
# key that is made for this purpose and thrown away; its public half is PAYLOAD/key.gpg.
vm_repositories() {
	(
		payload=$(cd "$1" && pwd) && GNUPGHOME=$(mktemp -d) && export GNUPGHOME || exit
		trap 'gpgconf --kill all 2>/dev/null; rm -rf "$GNUPGHOME"' EXIT
		gpg --batch --quiet --passphrase '' --quick-generate-key 'kmend throw-away key' ed25519 sign 1d &&
			gpg --batch --quiet --export >"$payload/key.gpg" || exit
		for name in "${@:2}"; do
			cd "$payload/$name/repo" || exit
			apt-ftparchive packages . >Packages &&
				apt-ftparchive -o APT::FTPArchive::Release::Origin=kmend \
					-o APT::FTPArchive::Release::Suite=stable release . >../Release &&
				mv ../Release . && gpg --batch --quiet --clearsign --output InRelease Release || exit
		done
	)
}

vm_product_kmend() { # kmend's own package and kmend.ko's
	vm_packages && vm_module "$VM_KERNEL_RELEASE" || return
	mkdir -p "$1/kmend"
	cp "$VM_PACKAGES"/kmend_*.deb "$VM_PACKAGES"/kmend-dpkg_*.deb "$VM_MODULE"/*.deb "$1/kmend"
}

vm_product_ko() { # kmend.ko alone
	vm_ko "$VM_KERNEL_RELEASE" && cp "$VM_KO" "$1/"
}

# kmend.ko as KMEND_DEBUG=1 makes it, which watches hooks
vm_product_ko_debug() {
	local key
	key=$(vm_digest "$VM_TOP/kmod" "$VM_TOP/include" "$VM_TOP/core/match")
	vm_cached "$VM_BUILD/ko-debug-$VM_KERNEL_RELEASE-$key" "kmend.ko for debugging" \
		vm_build_ko "$VM_KERNEL_RELEASE" KMEND_DEBUG=1 &&
		cp "$VM_BUILD/ko-debug-$VM_KERNEL_RELEASE-$key/kmend.ko" "$1/kmend-debug.ko"
}

# Modules of tests/kmod/modules, which put the kernel into odd states: testmods/*.ko
vm_build_testmods() {
	cp -a "$VM_TOP/tests/kmod/modules" "$1/tree" && make -C "/usr/src/linux-headers-$2" M="$1/tree" modules &&
		cp "$1"/tree/*.ko "$1" && rm -rf "$1/tree"
}

vm_product_testmods() {
	local key
	key=$(vm_digest "$VM_TOP/tests/kmod/modules")
	vm_cached "$VM_BUILD/testmods-$VM_KERNEL_RELEASE-$key" "modules for tests" vm_build_testmods "$VM_KERNEL_RELEASE" &&
		mkdir -p "$1/testmods" && cp "$VM_BUILD/testmods-$VM_KERNEL_RELEASE-$key"/*.ko "$1/testmods"
}

# The matcher, to be tried on the code of the guest's kernel: forms/kmend_test_forms.ko
vm_build_forms() {
	local part
	for part in tests/kmod/forms core/match include; do
		mkdir -p "$1/tree/$part" && cp -a "$VM_TOP/$part/." "$1/tree/$part" || return
	done
	make -C "/usr/src/linux-headers-$2" M="$1/tree/tests/kmod/forms" modules &&
		cp "$1"/tree/tests/kmod/forms/*.ko "$1" && rm -rf "$1/tree"
}

vm_product_forms() {
	local key
	key=$(vm_digest "$VM_TOP/tests/kmod/forms" "$VM_TOP/core/match" "$VM_TOP/include")
	vm_cached "$VM_BUILD/forms-$VM_KERNEL_RELEASE-$key" "the matcher as a test" vm_build_forms "$VM_KERNEL_RELEASE" &&
		mkdir -p "$1/forms" && cp "$VM_BUILD/forms-$VM_KERNEL_RELEASE-$key"/*.ko "$1/forms"
}

vm_product_update() {
	vm_update "$VM_KERNEL_RELEASE" "$2" || return
	mkdir -p "$1/updates/$2"
	cp "$VM_UPDATE"/*.kmend "$VM_UPDATE"/*.deb "$1/updates/$2"
}

# A recipe's change, cut from the distribution's own source packages (tests/corpus/lib/cut.py), as an update.
vm_build_cut() {
	local out=$1 release=$2 name=$3
	PYTHONDONTWRITEBYTECODE=1 python3 -c 'import json, sys; sys.path.insert(0, sys.argv[1]); import cut
sys.stdout.write(cut.make(json.load(open(sys.argv[2]))))' "$VM_TOP/tests/corpus/lib" "$VM_TOP/tests/vm/updates/$name.json" >"$out/$name.diff" &&
		"$VM_KMEND" create --kernel "$release" --diff "$out/$name.diff" --id "TEST-$name" --description "cut: $name" \
			-o "$out/$name.kmend" && bsdtar -xOf "$out/$name.kmend" manifest.json >"$out/manifest.json"
}

vm_product_cut() { # updates/NAME/NAME.kmend, manifest.json
	local key
	vm_host || return
	key=$(vm_digest "$VM_TOP/core" "$VM_TOP/plugins" "$VM_TOP/include" "$VM_TOP/tests/vm/updates/$2.json")
	vm_cached "$VM_BUILD/cut-$2-$VM_KERNEL_RELEASE-$key" "update TEST-$2" vm_build_cut "$VM_KERNEL_RELEASE" "$2" || return
	mkdir -p "$1/updates/$2"
	cp "$VM_BUILD/cut-$2-$VM_KERNEL_RELEASE-$key"/{"$2.kmend",manifest.json} "$1/updates/$2"
}

# An update's modules alone, for a scenario that loads them itself: parts/NAME/*.ko
vm_product_parts() {
	vm_update "$VM_KERNEL_RELEASE" "$2" || return
	mkdir -p "$1/parts/$2"
	bsdtar -xf "$VM_UPDATE/$VM_UPDATE_ID.kmend" -C "$1/parts/$2" --strip-components 1 'modules/*.ko'
}

# One update as packages of several versions: 1.0 and 1.1 have the same module, 2.0 another one under the same id.
vm_product_versions() {
	local out=$1/versions version
	mkdir -p "$out" && vm_update "$VM_KERNEL_RELEASE" "$2" || return
	for version in 1.0 1.1 2.0; do
		[ $version != 2.0 ] || vm_update "$VM_KERNEL_RELEASE" "$2-reworded" || return
		"$VM_KMEND" package --format deb "$VM_UPDATE/$VM_UPDATE_ID.kmend" --version $version -o "$out/$version.deb" || return
	done >/dev/null
}

# An update for another kernel than the one that is booted: other:RELEASE:NAME
vm_product_other() {
	vm_update "${2%%:*}" "${2#*:}" || return
	mkdir -p "$1/other"
	cp "$VM_UPDATE"/*.kmend "$VM_UPDATE"/*.deb "$1/other" && bsdtar -xf "$1"/other/*.kmend -C "$1/other"
}

# vm_poke FILE OFFSET HEX: overwrite one byte.
vm_poke() { printf '%b' "\\x$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# vm_section FILE NAME: the section's offset in the file.
vm_section() { echo $((16#$(readelf -SW "$1" | sed -n -E "s/.* $2 +[A-Z_]+ +[0-9a-f]+ ([0-9a-f]+) .*/\1/p" | head -n 1))); }

# An update module with one thing wrong: what the kernel must refuse by itself, whatever the applier thinks.
vm_product_altered() {
	local out=$1/altered ko at
	vm_update "$VM_KERNEL_RELEASE" "$2" || return
	mkdir -p "$out"
	bsdtar -xf "$VM_UPDATE/$VM_UPDATE_ID.kmend" -C "$out" || return
	ko=$(echo "$out"/modules/*.ko)
	cp "$ko" "$out/byte.ko" && cp "$ko" "$out/version.ko" && cp "$ko" "$out/abi.ko" || return
	# The byte behind the ftrace site of the first function: plain code, no hole.
	at=$(($(vm_section "$ko" .kmend.pre) + 5))
	vm_poke "$out/byte.ko" $at "$(printf '%02x' $((16#$(od -An -tx1 -j $at -N 1 "$ko" | tr -d ' ') ^ 1)))"
	at=$(grep -abo -F "$(cat "$VM_KERNEL/version")" "$ko" | head -n 1 | cut -d: -f1)
	vm_poke "$out/version.ko" "$at" 37 || return
	at=$(($(vm_section "$ko" .kmend.tables) + 16#$(nm "$ko" | sed -n 's/^\([0-9a-f]*\) . kmend_update$/\1/p')))
	vm_poke "$out/abi.ko" $at 63
	rm -rf "$out/modules" "$out"/*.json
}

# Two states of one signed repository: before and after the vendor publishes the update.
vm_product_repository() {
	local release=$VM_KERNEL_RELEASE
	vm_packages && vm_module "$release" && vm_update "$release" "$2" || return
	mkdir -p "$1/before/repo" "$1/after/repo"
	cp "$VM_PACKAGES"/kmend_*.deb "$VM_PACKAGES"/kmend-dpkg_*.deb "$VM_MODULE"/*.deb "$1/before/repo"
	vm_seed "$1/before/repo" "$release" 1 || return
	cp "$1"/before/repo/*.deb "$VM_UPDATE"/*.deb "$1/after/repo"
	vm_seed "$1/after/repo" "$release" 2 "$VM_UPDATE/$VM_UPDATE_ID.kmend" || return
	vm_repositories "$1" before after
}

# amend FILE [SED-ARGUMENT]...: a diff of a file of the kernel's source against what sed makes of it; used by cases.
amend() {
	local source=$VM_SOURCE/$1
	sed "${@:2}" "$source" | diff -U3 --label "a/$1" --label "b/$1" "$source" -
}

# vm_build_case OUT NAME RELEASE: the update of a mechanism's case; what create said is in NAME.log, its status in NAME.status.
vm_build_case() {
	local out=$1 name=$2 release=$3 base bases=() status=0
	(
		# shellcheck disable=SC1090
		. "$VM_HOME/mechanisms/$name.case"
		change
	) >"$out/$name.diff"
	for base in $(vm_case_bases "$name"); do bases+=(--base "$VM_BUILD/case/$base.kmend"); done
	"$VM_KMEND" create --kernel "$release" --diff "$out/$name.diff" --id "MECH-$name" --description "mechanism: $name" \
		"${bases[@]}" -o "$out/$name.kmend" >"$out/$name.log" 2>&1 || status=$?
	echo $status >"$out/$name.status"
	[ $status -ne 0 ] || bsdtar -xOf "$out/$name.kmend" manifest.json >"$out/$name.json" || return
	# What sits on something is packaged as well, and so is what it sits on.
	if [ $status -eq 0 ] && grep -q -E "^(BASE=.*|# Below .*)" "$VM_HOME/mechanisms/$name.case"; then
		"$VM_KMEND" package --format deb "$out/$name.kmend" -o "$out/$name.deb" || return
	fi
	[ $status -ne 1 ]
}

# The case that another one sits on ("BASE=NAME" in it).
vm_case_bases() { sed -n 's/^BASE=//p' "$VM_HOME/mechanisms/$1.case"; }

# The cases of tests/vm/mechanisms, each with the update that its change makes, or why it makes none. KMEND_MECHANISMS, an
# extended regular expression of whole names, chooses some.
vm_product_mechanisms() {
	local case name key out=$1/mechanisms core
	VM_SOURCE=${XDG_CACHE_HOME:-$HOME/.cache}/kmend/kernels/$VM_KERNEL_RELEASE/source
	vm_host || return
	[ -d "$VM_SOURCE" ] || vm_update "$VM_KERNEL_RELEASE" siocatmark || return # so the source is in the cache
	mkdir -p "$out" "$VM_BUILD/case"
	core=$(vm_digest "$VM_TOP/core" "$VM_TOP/include" "$VM_TOP/meson.build")
	for case in "$VM_HOME"/mechanisms/*.case; do
		name=$(basename "$case" .case)
		[[ $name =~ ^(${KMEND_MECHANISMS:-.*})$ ]] || continue
		# What a case sits on is made before it; names are sorted so.
		key=$(echo "$core $VM_KERNEL_RELEASE $(vm_digest "$case") $(declare -f vm_build_case amend)" | sha256sum | cut -c1-16)
		vm_cached "$VM_BUILD/case-$name-$key" "mechanism $name" vm_build_case "$name" "$VM_KERNEL_RELEASE" || return
		cp "$VM_BUILD/case-$name-$key/$name".* "$case" "$out"
		cp "$VM_BUILD/case-$name-$key/$name".* "$VM_BUILD/case"
	done
}

# One update whose module holds, besides what it replaces, every function of its units: all their sites must match.
vm_build_sites() {
	local out=$1 release=$2
	# Any create brings the kernel's source into the cache, also one that then fails.
	[ -d "$VM_SOURCE" ] || "$VM_KMEND" create --kernel "$release" --diff /dev/null --id x --description x -o "$out/x" || true
	{
		amend fs/eventfd.c -e '/^static ssize_t eventfd_read/,/^}/s/return -EINVAL;/return -EMSGSIZE;/'
		amend fs/proc/loadavg.c -e '/^	return 0;/{i \	seq_puts(m, "kmend here\\n");
			:a;n;ba}'
		amend net/unix/af_unix.c -e '/^static int unix_shutdown/,/^}/s/return -EINVAL;/return -EDOM;/'
		amend kernel/sys.c -e '/^SYSCALL_DEFINE2(sethostname/,/^}/s/return -EINVAL;/return -EDOM;/'
	} >"$out/sites.diff"
	KMEND_TEST_MATCH_ALL=1 "$VM_KMEND" create --kernel "$release" --diff "$out/sites.diff" --id TEST-sites \
		--description "every site of some units" -o "$out/sites.kmend" &&
		bsdtar -xf "$out/sites.kmend" -C "$out" --strip-components 1 'modules/*.ko' || return
	# Sockets that have no mark say so, whatever they said before (the first one is a stream's).
	amend net/unix/af_unix.c -e '/^	case SIOCATMARK:/a\
		if (sock->type != SOCK_STREAM) {\
			err = -EDOM;\
			break;\
		}' >"$out/siocatmark.diff"
	"$VM_KMEND" create --kernel "$release" --diff "$out/siocatmark.diff" --id TEST-siocatmark-any \
		--description "a changed answer to SIOCATMARK" -o "$out/siocatmark.kmend" &&
		bsdtar -xf "$out/siocatmark.kmend" -C "$out" --strip-components 1 'modules/*.ko'
}

vm_product_sites() {
	local key
	vm_host || return
	VM_SOURCE=${XDG_CACHE_HOME:-$HOME/.cache}/kmend/kernels/$VM_KERNEL_RELEASE/source
	key=$(vm_digest "$VM_TOP/core" "$VM_TOP/plugins" "$VM_TOP/include" "$VM_TOP/meson.build")-$(declare -f vm_build_sites amend | sha256sum | cut -c1-8)
	vm_cached "$VM_BUILD/sites-$VM_KERNEL_RELEASE-$key" "every site of some units" vm_build_sites "$VM_KERNEL_RELEASE" || return
	mkdir -p "$1/sites" && cp "$VM_BUILD/sites-$VM_KERNEL_RELEASE-$key"/*.ko "$1/sites"
}

# vm_prepare SCENARIO PAYLOAD NEEDS: status 1 if something needed cannot be made, with the reason on descriptor 3.
vm_prepare() {
	local need
	for need in $3; do
		if ! declare -F "vm_product_${need%%:*}" >/dev/null; then
			echo "unknown need '$need'" >&3
			return 1
		fi
		if ! "vm_product_${need%%:*}" "$2" "${need#*:}"; then
			echo "cannot make $need" >&3
			return 1
		fi
	done
	if [ -x "${1%.sh}.host" ]; then
		VM_KMEND=${VM_KMEND:-} VM_KERNEL=$VM_KERNEL "${1%.sh}.host" "$2" || return 1
	fi
}
