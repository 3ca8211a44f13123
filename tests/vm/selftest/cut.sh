# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the power is cut; what was synced is on the disk at the next boot, what was not is lost; then a proper reboot
# disk: yes
# boots: 3
# expect: 0 pass
case $VM_BOOT in
1)
	echo durable >/root/durable
	sync /root/durable
	echo lost >/root/lost
	vm_cut
	;;
2)
	check_equal "synced data survived the cut" durable "$(cat /root/durable)"
	check_equal "data in memory did not" "" "$(cat /root/lost 2>/dev/null)"
	echo kept >/root/kept
	vm_again
	;;
3)
	check_equal "a proper power-off keeps everything" kept "$(cat /root/kept)"
	;;
esac
