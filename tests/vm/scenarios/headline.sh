# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a new version's errata as many hotpatches: applied all together in one stop, reversed one by one and all, applied again at boot
# needs: headline
# root: systemd
# disk: yes
# boots: 3
# memory: 3072
# timeout: 1800
# append: systemd.getty_auto=no systemd.show_status=no
# append-1: kmend=off
# long: yes
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
RELEASE=$(uname -r)

mapfile -t IDS < <(find "/usr/lib/kmend/updates/$RELEASE" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort)
applied() { cat $SYSFS/*/state 2>/dev/null | grep -c '^applied$'; }
pauses() { cat $SYSFS/*/pause_ns | sort -nu | tr '\n' ' '; }
show() {
	OUTPUT=$("$@" 2>&1)
	STATUS=$?
	printf '$ %s\n%s\n' "$*" "$OUTPUT"
}
# timed COMMAND...: its time, in $TIME (milliseconds)
timed() {
	local start
	start=$(vm_now)
	OUTPUT=$("$@" 2>&1)
	STATUS=$?
	TIME=$(($(vm_now) - start))
}
boot_measures() {
	local begin end
	check "reconcile ran at boot" wait_for 120 sh -c "systemctl show -p ExecMainExitTimestampMonotonic --value kmend-reconcile.service | grep -q '[1-9]'"
	begin=$(systemctl show -p ExecMainStartTimestampMonotonic --value kmend-reconcile.service)
	end=$(systemctl show -p ExecMainExitTimestampMonotonic --value kmend-reconcile.service)
	show journalctl -b -o cat -u kmend-reconcile.service
	check_equal "all are applied" ${#IDS[@]} "$(applied)"
	check_equal "in one stop" 1 "$(pauses | wc -w)"
	measure updates ${#IDS[@]} ""
	measure reconcile-at-boot $(((end - begin) / 1000)) ms
	measure pause "$(pauses)" ns
	check "before the network" test "$end" -le "$(systemctl show -p ActiveEnterTimestampMonotonic --value network-pre.target)"
}

case $VM_BOOT in
1)
	printf 'deb [trusted=yes] file:%s ./\n' "$VM_PAYLOAD/vendor" >/etc/apt/sources.list
	check "kmend is installed" dpkg -i "$VM_PAYLOAD"/kmend/*.deb
	apt-get update -q >/dev/null
	timed apt-get install -q -y "kmend-module-$RELEASE" "kmend-patches-$RELEASE"
	check_equal "the seed brings all of them in" 0 $STATUS
	note "installed in $TIME ms: $(dpkg-query -W -f '${Package}\n' 'kmend-patch-*' | wc -l) packages"
	check_equal "nothing is applied while kmend is off" 0 "$(applied)"
	show kmend errata
	show kmend status
	vm_again
	;;
2)
	boot_measures
	show kmend errata
	show kmend status
	show kmend check
	slowest=0 sum=0
	for id in "${IDS[@]}"; do
		timed kmend undo "$id"
		[ $STATUS -eq 0 ] || fail "undo $id" "$OUTPUT"
		sum=$((sum + TIME)) slowest=$((TIME > slowest ? TIME : slowest))
	done
	check_equal "all are reversed, one by one" 0 "$(applied)"
	note "each in $((sum / ${#IDS[@]})) ms, the slowest in $slowest ms"
	timed kmend apply --all
	check_equal "and applied by one command" "0 ${#IDS[@]}" "$STATUS $(applied)"
	note "apply --all in $TIME ms; pauses from $(pauses | cut -d' ' -f1) to $(pauses | awk '{print $NF}') ns"
	timed kmend undo --all
	check_equal "all are reversed by one command" "0 0" "$STATUS $(applied)"
	note "undo --all in $TIME ms"
	timed kmend apply "${IDS[@]}"
	check_equal "and applied by their ids" "0 ${#IDS[@]}" "$STATUS $(applied)"
	note "apply of all in $TIME ms"
	vm_again
	;;
3)
	boot_measures
	check "nothing is suspect" test ! -e /var/lib/kmend/suspects
	;;
esac
