# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a whole system: kmend's own verbs through apt, unattended-upgrades, systemd's units, a new kernel, the switches that turn kmend off
# needs: fleet
# root: systemd
# disk: yes
# boots: 5
# memory: 3072
# timeout: 900
# append: systemd.getty_auto=no systemd.show_status=no
# kernel-3: 6.1.0-56-amd64
# append-4: kmend=off
# long: yes
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
RELEASE=6.1.0-50-amd64
UNIX=CVE-2026-52928 EVENTFD=CVE-2026-90001 PARAMS=CVE-2026-90002 KERNFS=CVE-2026-90003
PATCH=kmend-patch-$RELEASE

condition_of() { kmend status | awk -v id="$1" '$1 == id { print $2 }'; }
conditions() { for id in "$@"; do printf '%s ' "$(condition_of "$id")"; done; }
package_of() { dpkg-query -W -f '${db:Status-Status}' "$PATCH-${1,,}" 2>/dev/null || echo none; }
publish() { ln -sfn "$VM_PAYLOAD/vendor/$1" /srv/vendor && apt-get update -q >/dev/null; }
# show COMMAND...: its output goes to the reader, and stays in $OUTPUT
show() {
	OUTPUT=$("$@" 2>&1)
	STATUS=$?
	printf '$ %s\n%s\n' "$*" "$OUTPUT"
}
since_boot() { systemctl show -p "$2" --value "$1"; }

case $VM_BOOT in
1)
	mkdir -p /srv /etc/apt/keyrings
	cp "$VM_PAYLOAD/key.gpg" "$VM_PAYLOAD/vendor.gpg" /etc/apt/keyrings
	ln -sfn "$VM_PAYLOAD/old/repo" /srv/debian
	printf '%s\n' 'deb [signed-by=/etc/apt/keyrings/key.gpg] file:/srv/debian ./' \
		'deb [signed-by=/etc/apt/keyrings/vendor.gpg] file:/srv/vendor ./' >/etc/apt/sources.list
	echo 'update_initramfs=no' >/etc/initramfs-tools/update-initramfs.conf # the host boots the guest
	cat >/etc/apt/apt.conf.d/90guest <<-'END'
		APT::Cmd::Disable-Script-Warning "true";
		Unattended-Upgrade::Origins-Pattern { "origin=Vendor"; };
	END
	systemctl mask --now apt-daily.timer apt-daily-upgrade.timer 2>/dev/null
	publish 1
	show apt-get install -q -y kmend kmend-dpkg "kmend-module-$RELEASE" linux-image-amd64
	check_equal "kmend is installed from repositories, one of which kmend build made" installed "$(dpkg-query -W -f '${db:Status-Status}' kmend)"
	for unit in kmend-reconcile.service kmend-reconcile.timer kmend-settle.path; do
		check "$unit is enabled" systemctl is-enabled "$unit"
	done
	check "the timer runs" systemctl is-active kmend-reconcile.timer
	show apt-get install -q -y --no-install-recommends "kmend-patches-$RELEASE"
	show kmend errata --cves
	check_match "errata: what could be installed" "$UNIX.* available" "$OUTPUT"
	show kmend show --available
	check_match "show --available" "$EVENTFD" "$OUTPUT"
	show kmend check --motd
	check_match "the line for those who log in" "3 security fixes can be installed \('kmend upgrade'\)" "$OUTPUT"

	show kmend upgrade -n
	check_match "upgrade -n tells" "Would install 3|install $PATCH-cve-2026-90001" "$OUTPUT"
	check_equal "and does nothing" "none none none" "$(package_of $UNIX) $(package_of $EVENTFD) $(package_of $PARAMS)"
	show kmend hold $PARAMS
	check_equal "hold what is not installed" 0 $STATUS
	show kmend upgrade -y
	check_equal "upgrade -y" 0 $STATUS
	check_equal "installs all but what is held, by apt" "installed installed none" "$(package_of $UNIX) $(package_of $EVENTFD) $(package_of $PARAMS)"
	check_equal "which applies them" "applied applied " "$(conditions $UNIX $EVENTFD)"
	check_equal "the kernel is fixed" fixed "$(siocatmark)"
	show apt-get install -q -y --simulate "$PATCH-${PARAMS,,}"
	check "apt itself keeps the held one out" test "${OUTPUT/Inst $PATCH-${PARAMS,,}/}" = "$OUTPUT"
	show kmend unhold $PARAMS
	show kmend install $PARAMS
	check_equal "install ID" "0 installed applied " "$STATUS $(package_of $PARAMS) $(conditions $PARAMS)"
	show kmend remove $UNIX
	check_equal "remove ID reverses it" "0 vulnerable" "$STATUS $(siocatmark)"
	check "its package is gone" test "$(package_of $UNIX)" != installed
	show kmend upgrade -y
	check_equal "upgrade leaves it out" vulnerable "$(siocatmark)"
	show apt-get upgrade -q -y --with-new-pkgs
	check_equal "so does apt" vulnerable "$(siocatmark)"
	show kmend upgrade --all -y
	check_equal "upgrade --all brings it back" "0 fixed" "$STATUS $(siocatmark)"
	show kmend hold $EVENTFD
	check_match "hold what is installed: apt's own mark" "$PATCH-cve-2026-90001" "$(apt-mark showhold)"
	show kmend unhold $EVENTFD
	check_equal "unhold" "" "$(apt-mark showhold)"
	show kmend remove --all
	check_equal "remove --all" "0 vulnerable" "$STATUS $(siocatmark)"
	show kmend upgrade --all -y
	check_equal "and all again" "applied applied applied " "$(conditions $UNIX $EVENTFD $PARAMS)"
	show kmend log
	check_match "log tells of it" "$UNIX" "$OUTPUT"
	show kmend uname -r
	check_equal "uname -r: as good as the fixed kernel" 6.1.0-56-amd64 "$OUTPUT"

	publish 2
	show unattended-upgrade -v
	show dpkg-query -W "kmend-patch*"
	check_equal "unattended-upgrades brings a new update in" "installed" "$(package_of $KERNFS)"
	check_equal "and it is applied" "applied " "$(conditions $KERNFS)"
	show kmend status
	check_status "all is in force" 0 kmend status --check
	check "what was applied just now is on trial" test -s /var/lib/kmend/trial
	check "systemd sees it" wait_for 20 sh -c "systemctl is-active kmend-settle.service | grep -q activat"
	vm_again
	;;
2)
	check "a shutdown in order leaves no suspicion" test ! -e /var/lib/kmend/suspects
	check "reconcile ran at boot" wait_for 60 sh -c "systemctl show -p ExecMainExitTimestampMonotonic --value kmend-reconcile.service | grep -q '[1-9]'"
	check_equal "without failing" "success" "$(since_boot kmend-reconcile.service Result)"
	check_equal "all is in force again" "applied applied applied applied " "$(conditions $UNIX $EVENTFD $PARAMS $KERNFS)"
	check_equal "in one stop" 1 "$(cat $SYSFS/CVE-*/pause_ns | sort -u | wc -l)"
	begin=$(since_boot kmend-reconcile.service ExecMainStartTimestampMonotonic)
	end=$(since_boot kmend-reconcile.service ExecMainExitTimestampMonotonic)
	network=$(since_boot network-pre.target ActiveEnterTimestampMonotonic)
	note "reconcile from $((begin / 1000)) to $((end / 1000)) ms after the kernel's start, pause $(in_kernel $UNIX pause_ns) ns, network-pre.target at $((network / 1000)) ms"
	check "before the network" test "$end" -le "$network"
	check "in the first moments" test "$begin" -lt "$(since_boot basic.target ActiveEnterTimestampMonotonic)"

	# What is busy waits for the timer.
	mkdir -p /etc/systemd/system/kmend-reconcile.timer.d
	printf '[Timer]\nOnBootSec=\nOnUnitActiveSec=\nOnActiveSec=5s\nOnUnitInactiveSec=5s\nAccuracySec=1s\n' >/etc/systemd/system/kmend-reconcile.timer.d/test.conf
	systemctl daemon-reload
	show kmend remove $EVENTFD
	mkfifo /run/reader
	eventfd_read sleep /run/reader >/run/reader.out 2>&1 &
	wait_for 20 test -s /run/reader.out
	show kmend install $EVENTFD
	check_equal "an update that is busy is pending, and apt is content" "0 pending " "$STATUS $(conditions $EVENTFD)"
	systemctl restart kmend-reconcile.timer
	echo >/run/reader
	check "the timer applies it" wait_for 90 sh -c "kmend status | grep -q '^$EVENTFD *applied'"

	# A new kernel.
	rm -f /run/reboot-required*
	ln -sfn "$VM_PAYLOAD/new/repo" /srv/debian
	apt-get update -q >/dev/null
	show apt upgrade -y
	check_equal "apt upgrade brings the new kernel" installed "$(dpkg-query -W -f '${db:Status-Status}' linux-image-6.1.0-56-amd64-unsigned)"
	check_match "one line tells that no reboot is needed" "kmend: Linux 6.1.192-2 came; the running kernel has all its 4 security fixes already: no reboot is needed" "$OUTPUT"
	check_equal "only one" 1 "$(grep -c '^kmend: Linux' <<<"$OUTPUT")"
	check "no mark asks for a reboot" test ! -e /run/reboot-required
	show apt remove -y "linux-image-6.1.0-56-amd64-unsigned" linux-image-amd64
	publish 3
	show apt upgrade -y
	show apt install -y linux-image-amd64
	check_match "where something is left the line says so" "has 4 of its 5 security fixes; 1 needs a reboot" "$OUTPUT"
	check "and a mark asks for a reboot" test -s /run/reboot-required
	show kmend errata --cves
	show kmend show CVE-2026-90004
	check_match "why" "insepar|separat" "$OUTPUT"
	vm_again
	;;
3)
	check_equal "the new kernel is booted" 6.1.0-56-amd64 "$(uname -r)"
	show journalctl -b -o cat -u kmend-reconcile.service
	check_match "reconcile says that the kernel has the fixes itself" "has the fixes itself" "$OUTPUT"
	show kmend reconcile
	check_equal "nothing is to be done" 0 $STATUS
	show kmend status
	show kmend errata
	show kmend check
	check "no module of kmend is in the kernel" test ! -d $SYSFS
	check_equal "the fault is mended" fixed "$(siocatmark)"
	vm_again
	;;
4)
	check_match "kmend=off" "kmend=off" "$(cat /proc/cmdline)"
	check_equal "nothing is applied" "vulnerable $(test -d $SYSFS && echo loaded)" "$(siocatmark) "
	show journalctl -b -o cat -u kmend-reconcile.service
	check_match "the journal says why" "kmend=off" "$OUTPUT"
	show kmend status
	check_match "and so does status" "kmend=off" "$OUTPUT"
	show kmend remove $PARAMS
	check_equal "packages can be removed all the same" 0 $STATUS
	mkdir -p /etc/kmend && touch /etc/kmend/disable
	vm_again
	;;
5)
	check_equal "/etc/kmend/disable: nothing is applied" vulnerable "$(siocatmark)"
	show kmend status
	check_match "status says why" "/etc/kmend/disable" "$OUTPUT"
	rm /etc/kmend/disable
	check_status "switched on again, the unit" 0 systemctl start kmend-reconcile.service
	check_equal "applies them" "applied applied applied " "$(conditions $UNIX $EVENTFD $KERNFS)"
	check "but not what was removed" test "$(package_of $PARAMS)" != installed
	check_equal "which is in force no more" absent "$(in_kernel $PARAMS state)"
	check "a minute later nothing is on trial" wait_for 180 test ! -e /var/lib/kmend/trial
	check "and nothing is suspect" test ! -e /var/lib/kmend/suspects
	;;
esac
