# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: apt upgrade brings a new kernel; it is booted; what turns kmend off; the timer
# needs: fleet
# root: systemd
# disk: yes
# memory: 3072
# timeout: 1800
# append: systemd.getty_auto=no systemd.show_status=no
# boots: 4
# kernel-2: 6.1.0-56-amd64
# append-3: kmend=off
# long: yes
# shellcheck source=../guest/fleet.sh
. "$VM_DIR/guest/fleet.sh"

case $VM_BOOT in
1)
	system
	publish 2
	show apt-get install -q -y kmend kmend-dpkg "kmend-module-$RELEASE" linux-image-amd64
	show apt-get install -q -y "kmend-patches-$RELEASE"
	check_equal "the seed brings its updates in" "applied applied applied applied " "$(conditions $UNIX $EVENTFD $PARAMS $EXT4)"
	show kmend status

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
	check "and a mark asks for a reboot" test -e /run/reboot-required
	show kmend errata --cves
	show kmend show CVE-2026-90004
	check_match "why" "insepar|separat" "$OUTPUT"
	vm_again
	;;
2)
	check_equal "the new kernel is booted" 6.1.0-56-amd64 "$(uname -r)"
	show journalctl -b -o cat -u kmend-reconcile.service
	check_match "reconcile says that the kernel has the fixes itself" "has the fixes itself" "$OUTPUT"
	show kmend reconcile
	check_equal "nothing is to be done" 0 $STATUS
	show kmend status
	show kmend errata
	show kmend check
	check "no module of kmend is in the kernel" test ! -d "$SYSFS"
	check_equal "the fault is mended" fixed "$(siocatmark)"
	vm_again
	;;
3)
	check_match "kmend=off" "kmend=off" "$(cat /proc/cmdline)"
	check_equal "nothing is applied" "vulnerable $(test -d "$SYSFS" && echo loaded)" "$(siocatmark) "
	show journalctl -b -o cat -u kmend-reconcile.service
	check_match "the journal says why" "kmend=off" "$OUTPUT"
	show kmend status
	check_match "and so does status" "kmend=off" "$OUTPUT"
	show kmend remove $PARAMS
	check_equal "packages can be removed all the same" 0 $STATUS
	mkdir -p /etc/kmend && touch /etc/kmend/disable
	vm_again
	;;
4)
	check_equal "/etc/kmend/disable: nothing is applied" vulnerable "$(siocatmark)"
	show kmend status
	check_match "status says why" "/etc/kmend/disable" "$OUTPUT"
	rm /etc/kmend/disable
	check_status "switched on again, the unit" 0 systemctl start kmend-reconcile.service
	check_equal "applies them" "applied applied applied " "$(conditions $UNIX $EVENTFD $EXT4)"
	check "but not what was removed" test "$(package_of $PARAMS)" != installed
	check_equal "which is in force no more" absent "$(in_kernel $PARAMS state)"

	# What is busy waits for the timer, which is not to be at work while that is looked at.
	systemctl stop kmend-reconcile.timer
	mkdir -p /etc/systemd/system/kmend-reconcile.timer.d
	printf '[Timer]\nOnBootSec=\nOnUnitActiveSec=\nOnActiveSec=5s\nOnUnitInactiveSec=5s\nAccuracySec=1s\n' >/etc/systemd/system/kmend-reconcile.timer.d/test.conf
	systemctl daemon-reload
	show kmend remove $EVENTFD
	mkfifo /run/reader
	eventfd_read sleep /run/reader >/run/reader.out 2>&1 &
	wait_for 60 test -s /run/reader.out
	show kmend install $EVENTFD
	check_equal "an update that is busy is pending, and apt is content" "0 pending " "$STATUS $(conditions $EVENTFD)"
	systemctl start kmend-reconcile.timer
	echo >/run/reader
	check "the timer applies it" wait_for 90 sh -c "kmend status | grep -q '^$EVENTFD *applied'"

	check "a minute later nothing is on trial" wait_for 180 test ! -e /var/lib/kmend/trial
	check "and nothing is suspect" test ! -e /var/lib/kmend/suspects
	;;
esac
