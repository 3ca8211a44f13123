# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the engine "gradual": with a task asleep inside, others go over; progress, reversal, the other engine, a fallback
# needs: kmend update:eventfd update:eventfd-may update:below update:above update:loop-eventfd
# timeout: 400
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=TEST-eventfd MAY=TEST-eventfd-may BELOW=TEST-below ABOVE=TEST-above
KLP=/sys/kernel/livepatch
FILE=$(update_file eventfd)
# Behind the ftrace site.
BYTES=$(kernel_bytes eventfd_read 64 | cut -c11-)
mkfifo /run/gate

fall_asleep() {
	rm -f /run/sleeper
	eventfd_read sleep /run/gate >/run/sleeper &
	PARENT=$!
	wait_for 60 test -s /run/sleeper
	SLEEPER=$(head -n 1 /run/sleeper)
}
wake_up() {
	echo >/run/gate
	wait $PARENT
	check_match "the task woke up with its data ($1)" 'woken' "$(cat /run/sleeper)"
}
is_state() { [ "$(in_kernel "$1" state)" = "$2" ]; }
without_site() { check_equal "$1" "$BYTES" "$(kernel_bytes eventfd_read 64 | cut -c11-)"; }

note "a task asleep inside"
fall_asleep
check_status "the engine stop finds it busy" $BUSY kmend apply --retries 0 "$FILE"
check_match "with where it is" "$SLEEPER \\(sleeper\\) is inside eventfd_read\\+0x" "$OUTPUT"
check "the other one says that it could" kmend apply --dry-run --engine gradual "$FILE"
check "and does nothing" not_applied $ID
check_status "it begins, and is not waited for longer than said" $BUSY kmend apply --engine gradual --timeout 2 "$FILE"
check_match "the task is named" "task by task, and 1 task is still to come.*$SLEEPER|$SLEEPER \\(sleeper\\) is inside eventfd_read" "$OUTPUT"
check_equal "it is being switched" "switching gradual 1" "$(in_kernel $ID state) $(in_kernel $ID engine) $(in_kernel $ID remaining)"
check_match "the one who stays away" "^$SLEEPER sleeper eventfd_read 0x" "$(in_kernel $ID blockers)"
check_equal "who comes now uses the new code" new "$(eventfd_read which)"
check_equal "the task is still in the old" 0 "$(cat "/proc/$SLEEPER/patch_state")"
check_match "status says so" "$ID +switching .*1 task left.*sleeper" "$(kmend status)"
check_match "as JSON, too" '"remaining": ?1' "$(kmend status --json)"
check_status "another update cannot be put on it by a stop" $REFUSED kmend apply --retries 0 "$(update_file eventfd-may)"
check_match "by name" "already_replaced|another update already replaces" "$OUTPUT"
without_site "not one byte behind the ftrace site has changed"
wake_up old
check "when it has left, all is done" wait_for 60 is_state $ID applied
check_equal "the new code" new "$(eventfd_read which)"
check "reconcile brings the record in step" kmend reconcile
check "it is in force for kmend" told_applied $ID

note "back, with a task asleep in the new code"
fall_asleep
check_match "in the new function" "kmend" "$(cat "/proc/$SLEEPER/stack")"
check_status "undo gives up" $BUSY kmend undo --timeout 2 $ID
check_match "and says that it stays" "still in force" "$OUTPUT"
wake_up new
check "it is applied as before" wait_for 60 is_state $ID applied
check "undo" kmend undo $ID
check "nothing is left of it" not_applied $ID
check_equal "the old code" old "$(eventfd_read which)"
check_equal "livepatch knows nothing" "" "$(ls $KLP)"

note "while it is switched, it can be turned round"
fall_asleep
check_status "it begins" $BUSY kmend apply --engine gradual --timeout 1 "$FILE"
check "undo of what is not done" kmend undo --timeout 60 $ID
check_equal "the old code" old "$(eventfd_read which)"
check "nothing is left of it" not_applied $ID

note "the author allowed both: stop first, then gradual; the kernel sends the sleeper round"
check "busy, then gradual" kmend apply --retries 0 --timeout 60 "$(update_file eventfd-may)"
check_equal "by that engine" "applied gradual" "$(in_kernel $MAY state) $(in_kernel $MAY engine)"
check_match "the sleeper sleeps again, in the new code" "kmend" "$(cat "/proc/$SLEEPER/stack")"
wake_up "sent round"
check "undo" kmend undo $MAY
check_equal "the old code" old "$(eventfd_read which)"
check "with nobody inside there is no need" kmend apply "$(update_file eventfd-may)"
check_equal "the engine stop" "applied stop" "$(in_kernel $MAY state) $(in_kernel $MAY engine)"
check "undo" kmend undo $MAY

note "a target that comes while its update is being switched"
TWO=TEST-loop-eventfd
loop_is() { [ "$(in_kernel $TWO targets | tail -n 1)" = "loop $1" ]; }
fall_asleep
check_status "it begins" $BUSY kmend apply --engine gradual --timeout 1 "$(update_file loop-eventfd)"
check "the target comes" modprobe loop
check "and is late, not refused" loop_is late
check_equal "nothing refused it" "" "$(in_kernel $TWO target_refusals)"
check_match "the log tells so, too" "update $TWO: target loop came while tasks are being switched" "$(dmesg | tail -n 20)"
check_equal "and of no refusal" "" "$(dmesg | grep 'target loop refused')"
check_equal "it has the old code" 1280 "$(loop_add 40)"
wake_up old
check "when the switch is over, the target catches up" wait_for 60 loop_is loaded
check_equal "it is in force" "applied 512" "$(in_kernel $TWO state) $(loop_add 41)"
fall_asleep
check_status "back, with a task asleep" $BUSY kmend undo --timeout 1 $TWO
check "which turns round" wait_for 60 loop_is loaded
wake_up new
check "applied again, and so is the target" wait_for 60 is_state $TWO applied
check "before long" wait_for 60 loop_is loaded
check_equal "it is in force" 512 "$(loop_add 42)"
check "undo" kmend undo $TWO
check_equal "old everywhere" "old 1280" "$(eventfd_read which) $(loop_add 43)"
rmmod loop

note "one on top of another"
check "the base, gradually" kmend apply --engine gradual "$(update_file below)"
check_status "on top of it by a stop: refused" $REFUSED kmend apply --retries 0 --engine stop "$(update_file above)"
check_match "by name" "by another engine" "$OUTPUT"
check "gradually" kmend apply --engine gradual "$(update_file above)"
check_equal "the one on top" "No data available" "$(eventfd_read which)"
check_status "the base cannot be undone" $REFUSED kmend undo --retries 0 $BELOW
check "the one on top can" kmend undo $ABOVE
check_equal "the base" new "$(eventfd_read which)"
check "and the base" kmend undo $BELOW
check "the base by a stop" kmend apply "$(update_file below)"
check_status "on top of it gradually: refused" $REFUSED kmend apply --retries 0 --engine gradual "$(update_file above)"
check_match "by name" "by another engine" "$OUTPUT"
check "undo" kmend undo $BELOW
without_site "the function's code is byte for byte what it was"
check "no module is left" test -z "$(lsmod | grep kmend)"
