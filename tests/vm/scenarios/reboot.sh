# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: reconcile after a boot: all in one stop; what killed the machine within a minute is not applied again until told
# needs: kmend update:siocatmark update:loop-eventfd
# disk: yes
# boots: 3
# timeout: 300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
ONE=CVE-2026-52928 TWO=TEST-loop-eventfd
condition_of() { kmend status | awk -v id="$1" '$1 == id { print $2 }'; }
both() { echo "$(condition_of $ONE) $(condition_of $TWO)"; }

case $VM_BOOT in
1)
	install_kmend
	check_status "an update is installed" 0 dpkg -i "$(update_deb siocatmark)"
	check_status "another" 0 dpkg -i "$(update_deb loop-eventfd)"
	check_equal "both are applied" "applied applied" "$(both)"
	check "no note is left where nobody would take it away" test ! -e /var/lib/kmend/trial
	vm_again
	;;
2)
	check_equal "after a boot the kernel is as shipped" vulnerable "$(siocatmark)"
	mkdir -p /run/systemd/system # as if systemd were to take the notes away
	start=$(vm_now)
	check_status "reconcile" 0 kmend reconcile
	note "reconcile took $(($(vm_now) - start)) ms, pause $(in_kernel $ONE pause_ns) ns"
	check_equal "both are applied" "applied applied" "$(both)"
	check_equal "in the same stop" "$(in_kernel $ONE pause_ns)" "$(in_kernel $TWO pause_ns)"
	check_equal "each is on trial" 2 "$(wc -l </var/lib/kmend/trial)"
	check_status "which ends" 0 kmend reconcile --settle
	check "without a note" test ! -e /var/lib/kmend/trial
	check_status "one is undone" 0 kmend undo $ONE
	check_status "and applied" 0 kmend apply $ONE
	check_equal "that one is on trial" 1 "$(wc -l </var/lib/kmend/trial)"
	sync
	vm_cut
	;;
3)
	check_equal "what killed the machine is told" "suspect missed" "$(both)"
	check_status "reconcile leaves it out" 0 kmend reconcile
	check_equal "and applies the other" "suspect applied" "$(both)"
	check_equal "its fault is there" vulnerable "$(siocatmark)"
	check_status "status --check says so" $REFUSED kmend status --check
	check_status "until a person has it applied" 0 kmend apply $ONE
	check_equal "it is applied" "applied applied" "$(both)"
	check "it is under no suspicion then" test ! -e /var/lib/kmend/suspects
	touch /etc/kmend/disable 2>/dev/null || { mkdir -p /etc/kmend && touch /etc/kmend/disable; }
	check_status "undone, with kmend switched off" 0 kmend undo $ONE
	check_status "reconcile does nothing then" 0 kmend reconcile
	check_equal "the fault is there" vulnerable "$(siocatmark)"
	;;
esac
