# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the power is cut at many moments of apt install, apt remove, reconcile and a seed's installation: at the next boot status tells the truth and the work can be finished
# needs: repository:siocatmark
# disk: yes
# boots: 30
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
CUTS=12 # of the installation; then some of other work
ID=CVE-2026-52928
PATCH=kmend-patch-$(uname -r)-cve-2026-52928 SEED=kmend-patches-$(uname -r)
STATE=/root/power-cut

install_patch() { apt-get install -q -y "$PATCH"; }
# Set dpkg right as its messages ask for it. A package that was cut off when all its files were there, but not yet the
# last word of its status ("reinstreq unpacked", dpkg 1.21 src/main/unpack.c), dpkg configures only once it was installed
# again.
to_reinstall() { dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | sed -n 's/^.UR//p'; }
set_dpkg_right() {
	local again
	again=$(to_reinstall)
	dpkg --configure -a || [ -n "$again" ] || return 1
	# shellcheck disable=SC2086 # several words
	[ -z "$again" ] || apt-get install -q -y --reinstall $again || return 1
	apt-get -q -y -f install
}
# A fresh boot has a stock kernel: whatever the record says of the boot before, nothing is applied now.
after_the_cut() {
	check_equal "boot $VM_BOOT: the kernel is as shipped" vulnerable "$(siocatmark)"
	check "boot $VM_BOOT: status does not call it applied" told_not_applied $ID
	check_status "boot $VM_BOOT: dpkg can be set right" 0 set_dpkg_right
	check_status "boot $VM_BOOT: reconcile" 0 kmend reconcile
	# Cut off while it unpacked, dpkg holds the package for half-installed, which only installing it again mends; apt takes
	# the version it knows of for installed, so it has to be told. All its files may be there by then or not: so the
	# update may be in force or not, but status has to say which.
	if ! dpkg-query -W -f '${db:Status-Abbrev}' "$PATCH" 2>/dev/null | grep -q '^ii'; then
		# Of a seed without its update it is told; one that was removed is not missed.
		if dpkg-query -s "$SEED" 2>/dev/null | grep -qx 'Status: install ok installed' && ! dpkg-query -s "$PATCH" >/dev/null 2>&1; then
			check_match "boot $VM_BOOT: what the seed wants is told to be missing" "$PATCH" "$(kmend status)"
		fi
		if told_applied $ID; then
			check_equal "boot $VM_BOOT: half-installed and told to be applied, it is" fixed "$(siocatmark)"
		else
			check_equal "boot $VM_BOOT: half-installed and told not to be applied, it is not" vulnerable "$(siocatmark)"
		fi
		check_status "boot $VM_BOOT: the installation can be finished" 0 apt-get install -q -y --reinstall "$PATCH"
	fi
	# Now the kernel follows the package database.
	check_equal "boot $VM_BOOT: the package is installed, so the kernel is fixed" fixed "$(siocatmark)"
	check "boot $VM_BOOT: status calls it applied" told_applied $ID
	check_status "boot $VM_BOOT: remove" 0 apt-get remove -q -y "$PATCH"
	check_equal "boot $VM_BOOT: the package is not installed, so the kernel is as shipped" vulnerable "$(siocatmark)"
	check_equal "boot $VM_BOOT: no record is damaged" "" "$(find /var/lib/kmend -name '*.broken' -o -name '*.new' -o -name '*.tmp')"
}

if [ "$VM_BOOT" -eq 1 ]; then
	mkdir -p $STATE /etc/apt/keyrings
	cp "$VM_PAYLOAD/key.gpg" /etc/apt/keyrings/vendor.gpg
	echo "deb [signed-by=/etc/apt/keyrings/vendor.gpg] file:$VM_PAYLOAD/after/repo ./" >/etc/apt/sources.list
	check_status "apt update" 0 apt-get update -q
	check_status "kmend is installed" 0 apt-get install -q -y --no-install-recommends kmend "kmend-module-$(uname -r)"
	start=$(vm_now)
	check_status "an undisturbed install" 0 install_patch
	echo $(($(vm_now) - start)) >$STATE/time
	check_equal "fixed" fixed "$(siocatmark)"
	check_status "and removal" 0 apt-get remove -q -y "$PATCH"
	note "an undisturbed install takes $(cat $STATE/time) ms"
	sync
else
	after_the_cut
fi

# Moments that are not left to chance: cut N comes as soon as moment N is there.
is_applied() { [ "$(in_kernel $ID state)" = applied ]; }
is_begun() { grep -q applying /var/lib/kmend/record/$ID.json; }
is_unpacked() { [ -n "$(find /usr/lib/kmend/updates -name manifest.json)" ]; }
is_unpacking() { grep -qs half-installed /var/lib/dpkg/updates/*; }
is_finished() { ! kill -0 "$APT"; }
is_seeded() { grep -qs "^Package: $SEED$" /var/lib/dpkg/updates/* || dpkg-query -s "$SEED" >/dev/null; }
is_undoing() { grep -q reversing /var/lib/kmend/record/$ID.json; }
is_undone() { ! is_applied; }
MOMENTS=(is_applied is_finished is_begun is_unpacking is_unpacked)
# Other work, and when it is cut off. What is never tried in a boot reconcile applies.
reconcile_anew() { rm -f /var/lib/kmend/record/$ID.json && kmend reconcile; }
remove_patch() { apt-get remove -q -y "$PATCH"; }
install_seed() { apt-get install -q -y "$SEED"; }
OTHERS=("remove_patch is_undoing" "remove_patch is_undone" "reconcile_anew is_begun" "reconcile_anew is_applied" "install_seed is_seeded")

# cut_off MOMENT COMMAND: start it, and cut the power as soon as the moment is there
cut_off() {
	"$2" >/dev/null 2>&1 &
	APT=$!
	until $1 || is_finished; do sleep 0.01; done 2>/dev/null
	note "cut $VM_BOOT: $2, $1"
	vm_cut
}

if [ "$VM_BOOT" -le ${#MOMENTS[@]} ]; then
	cut_off "${MOMENTS[VM_BOOT - 1]}" install_patch
elif [ "$VM_BOOT" -le $CUTS ]; then
	install_patch >/dev/null 2>&1 & # the interesting part is dpkg's: the second half
	delay=$(($(cat $STATE/time) * (30 + VM_BOOT * 75 / CUTS) / 100))
	sleep "$((delay / 1000)).$(printf '%03d' $((delay % 1000)))"
	note "cut $VM_BOOT after $delay ms"
	vm_cut
elif [ "$VM_BOOT" -le $((CUTS + ${#OTHERS[@]})) ]; then
	read -r work moment <<<"${OTHERS[VM_BOOT - CUTS - 1]}"
	case $work in
	install_seed) dpkg --purge "$PATCH" ;;
	*) install_patch ;;
	esac >/dev/null 2>&1
	[ "$work" != reconcile_anew ] || kmend undo $ID >/dev/null
	cut_off "$moment" "$work"
fi
