# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: kmend's own verbs through real apt, unattended-upgrades, reconcile by systemd at the next boot
# needs: fleet
# root: systemd
# disk: yes
# memory: 3072
# timeout: 1800
# append: systemd.getty_auto=no systemd.show_status=no
# boots: 2
# long: yes
# shellcheck source=../guest/fleet.sh
. "$VM_DIR/guest/fleet.sh"

case $VM_BOOT in
1)
	system
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
	check_match "upgrade -n tells" "Would install .* packages:.*  $PATCH-cve-2026-90001" "$OUTPUT"
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
	show kmend uname -v
	check_equal "uname -v: as good as the fixed kernel" 6.1.192-2 "$OUTPUT"
	check_equal "uname -r: the same" 6.1.0-56-amd64 "$(kmend uname -r)"

	echo engines=gradual >/etc/kmend/kmend.conf
	show kmend undo $PARAMS
	show kmend apply $PARAMS
	check_equal "kmend.conf: engines=gradual" "gradual applied" "$(in_kernel $PARAMS engine) $(in_kernel $PARAMS state)"
	echo engines=stop >/etc/kmend/kmend.conf
	show kmend undo $PARAMS
	show kmend apply $PARAMS
	check_equal "engines=stop" "stop applied" "$(in_kernel $PARAMS engine) $(in_kernel $PARAMS state)"

	publish 2
	show unattended-upgrade -v
	show dpkg-query -W "kmend-patch*"
	check_equal "unattended-upgrades brings a new update in" "installed" "$(package_of $EXT4)"
	check_equal "and it is applied" "applied " "$(conditions $EXT4)"
	show kmend status
	check_status "all is in force" 0 kmend status --check
	check "what was applied just now is on trial" test -s /var/lib/kmend/trial
	check "systemd sees it" wait_for 60 sh -c "systemctl is-active kmend-settle.service | grep -q activat"
	vm_again
	;;
2)
	check "a shutdown in order leaves no suspicion" test ! -e /var/lib/kmend/suspects
	check "reconcile ran at boot" wait_for 60 sh -c "systemctl show -p ExecMainExitTimestampMonotonic --value kmend-reconcile.service | grep -q '[1-9]'"
	check_equal "without failing" "success" "$(since_boot kmend-reconcile.service Result)"
	check_equal "all is in force again" "applied applied applied applied " "$(conditions $UNIX $EVENTFD $PARAMS $EXT4)"
	check_equal "in one stop" 1 "$(cat "$SYSFS"/CVE-*/pause_ns | sort -u | wc -l)"
	begin=$(since_boot kmend-reconcile.service ExecMainStartTimestampMonotonic)
	end=$(since_boot kmend-reconcile.service ExecMainExitTimestampMonotonic)
	network=$(since_boot network-pre.target ActiveEnterTimestampMonotonic)
	note "reconcile from $((begin / 1000)) to $((end / 1000)) ms after the kernel's start, pause $(in_kernel $UNIX pause_ns) ns, network-pre.target at $((network / 1000)) ms"
	check "before the network" test "$end" -le "$network"
	check "in the first moments" test "$begin" -lt "$(since_boot basic.target ActiveEnterTimestampMonotonic)"
	;;
esac
