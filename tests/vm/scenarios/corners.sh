# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: operands in any order; a cumulative update and its undo; tasks interrupted in the kernel (preempt=full); suspend and resume
# needs: kmend update:below update:above update:cumulative update:datum
# append: preempt=full
# timeout: 400
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
BELOW=TEST-below ABOVE=TEST-above ALL=TEST-cumulative DATUM=TEST-datum
BYTES=$(kernel_bytes eventfd_read 64)
states() { echo "$(in_kernel $BELOW state) $(in_kernel $ABOVE state) $(in_kernel $ALL state): $(eventfd_read which)"; }

note "whatever is said first, bases go first, and are undone last"
check "the one on top is named first" kmend apply "$(update_file above)" "$(update_file below)"
check_equal "both are in force" "applied applied absent: No data available" "$(states)"
check "the base is named first" kmend undo $BELOW $ABOVE
check_equal "both are undone" "absent absent absent: old" "$(states)"
unchanged "byte for byte" eventfd_read "$BYTES"

note "a cumulative update, by hand"
check "both, one by one" kmend apply "$(update_file below)" "$(update_file above)"
check "a look at it" kmend apply --dry-run "$(update_file cumulative)"
check_equal "changes nothing" "applied applied absent: No data available" "$(states)"
check_status "it takes their place" 0 kmend apply "$(update_file cumulative)"
check_match "and says so" "took the place of.*$BELOW.*$ABOVE|took the place of.*$ABOVE.*$BELOW" "$OUTPUT"
check_equal "in the kernel, too, where nothing is left of them" "absent absent applied: Link has been severed" "$(states)"
check_status "what it has replaced has nothing to do" 0 kmend apply "$(update_file below)"
check_match "and says why" "replaced by a cumulative update" "$OUTPUT"
check "reconcile is content" kmend reconcile
check_equal "so nothing changes" "absent absent applied: Link has been severed" "$(states)"
check "undo" kmend undo $ALL
check_equal "brings nothing back, since no package wants it" "absent absent absent: old" "$(states)"
unchanged "byte for byte" eventfd_read "$BYTES"
check "nor does reconcile" kmend reconcile
check_equal "nothing" "absent absent absent: old" "$(states)"

note "the same by packages"
check "both are installed" dpkg -i "$(update_deb above)" "$(update_deb below)"
check_equal "both are in force" "applied applied absent: No data available" "$(states)"
check "the cumulative one is" dpkg -i "$(update_deb cumulative)"
check_equal "it took their place" "absent absent applied: Link has been severed" "$(states)"
check "reconcile is content" kmend reconcile
check_equal "so nothing changes" "absent absent applied: Link has been severed" "$(states)"
check "its package leaves" dpkg -r "$(dpkg-deb -f "$(update_deb cumulative)" Package)"
check "reconcile brings back what is installed" kmend reconcile
check_equal "both" "applied applied absent: No data available" "$(states)"
check "all packages leave" dpkg -r "$(dpkg-deb -f "$(update_deb above)" Package)" "$(dpkg-deb -f "$(update_deb below)" Package)"
check_equal "nothing is left" "absent absent absent: old" "$(states)"
unchanged "byte for byte" eventfd_read "$BYTES"

note "the disk is full once the machine has stopped: two records have room, but none can be written anew"
check "switched off" touch /etc/kmend/disable
check "both are installed" dpkg -i "$(update_deb above)" "$(update_deb below)"
check "switched on" rm /etc/kmend/disable
check "room for two" mount -t tmpfs -o size=8k records /var/lib/kmend/record
check_status "both are applied, as at the end of an RPM transaction" 0 kmend apply --from-package --release "$(uname -r)" $BELOW $ABOVE
check_equal "in one stop" "$(in_kernel $BELOW pause_ns)" "$(in_kernel $ABOVE pause_ns)"
check_match "both are told to be in force" "$BELOW.*applied" "$OUTPUT"
check_match "by their names" "$ABOVE.*applied" "$OUTPUT"
check_match "and why there is no record" "No space left" "$OUTPUT"
check_equal "both are in force" "applied applied absent: No data available" "$(states)"
check_match "which status says" "$BELOW +applied-unrecorded" "$(kmend status)"
check "room for more" mount -o remount,size=64k /var/lib/kmend/record
check "reconcile records them" kmend reconcile
check_equal "both" 2 "$(kmend status | grep -c ' applied ')"
check "all packages leave" dpkg -r "$(dpkg-deb -f "$(update_deb above)" Package)" "$(dpkg-deb -f "$(update_deb below)" Package)"
check "the disk is another again" umount /var/lib/kmend/record

note "a constant is switched only while no task is interrupted in the kernel"
writes() { if { echo x >/proc/1/cmdline; } 2>/dev/null; then echo taken; else echo refused; fi; }
check_equal "as the distribution made it" refused "$(writes)"
LOADS=()
for ((i = 0; i < 3; i++)); do
	dd if=/dev/zero of=/dev/null bs=4M 2>/dev/null &
	LOADS+=($!)
done
seen=''
for ((i = 0; i < 10; i++)); do
	seen+=$(kmend apply --retries 0 "$(update_file datum)" 2>&1)
	[[ $seen != *"(dd)"* ]] || break
	kmend undo $DATUM >/dev/null 2>&1
done
check_match "a task that was interrupted there is in the way, and named" '\(dd\)' "$seen"
kill "${LOADS[@]}"
wait "${LOADS[@]}" 2>/dev/null
check "when they are gone it can be applied" kmend apply "$(update_file datum)"
check_equal "the new constant" taken "$(writes)"

note "suspend and resume, with updates in force"
check "another one" kmend apply "$(update_file below)"
echo 1 >/sys/module/suspend/parameters/pm_test_delay 2>/dev/null
# suspend LEVEL KIND: nearly to sleep, and back. (Deeper than this s2idle waits for a key.)
suspend() {
	grep -q -w "$2" /sys/power/state || return 0
	echo "$1" >/sys/power/pm_test && echo "$2" >/sys/power/state
}
check "suspend to idle, as far as devices" suspend devices freeze
check "suspend to RAM, as far as devices" suspend devices mem
check "as far as the other CPU" suspend processors mem
check "as far as the machine itself" suspend core mem
echo none >/sys/power/pm_test
check_equal "in force as before" "taken new" "$(writes) $(eventfd_read which)"
check_equal "and for the kernel" "applied applied" "$(in_kernel $DATUM state) $(in_kernel $BELOW state)"
check "both are undone" kmend undo $DATUM $BELOW
check_equal "as the distribution made it" "refused old" "$(writes) $(eventfd_read which)"
unchanged "byte for byte" eventfd_read "$BYTES"
