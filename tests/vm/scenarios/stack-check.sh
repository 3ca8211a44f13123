# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a task asleep inside the function makes apply wait and be named; the same for undo in the new function; an idle task; a stack that cannot be unwound
# needs: kmend update:eventfd update:idle update:params testmods
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=TEST-eventfd
FILE=$(update_file eventfd)
BYTES=$(kernel_bytes eventfd_read 64)
mkfifo /run/gate

# fall_asleep: a task sleeps inside eventfd_read() until wake_up. Sets SLEEPER.
fall_asleep() {
	rm -f /run/sleeper
	eventfd_read sleep /run/gate >/run/sleeper &
	PARENT=$!
	wait_for 60 test -s /run/sleeper
	SLEEPER=$(head -n 1 /run/sleeper)
	check_match "a task sleeps inside eventfd_read ($1)" "eventfd_read" "$(cat "/proc/$SLEEPER/stack")"
}
wake_up() {
	echo >/run/gate
	wait $PARENT
	check_match "the task woke up with its data ($1)" 'woken' "$(cat /run/sleeper)"
}

check_equal "the old code is in force" old "$(eventfd_read which)"
fall_asleep old
check_status "apply gives up: busy" $BUSY kmend apply --retries 1 "$FILE"
check_match "it names the task and the function" "$SLEEPER.*sleeper|sleeper.*$SLEEPER" "$OUTPUT"
check_match "and the function" "eventfd_read" "$OUTPUT"
check "it is not applied" not_applied $ID
unchanged "the function's code is as it was" eventfd_read "$BYTES"
check_equal "the old code is still in force" old "$(eventfd_read which)"

kmend apply --retries 1000 "$FILE" >/run/apply 2>&1 &
APPLY=$!
sleep 4
check "apply waits as long as the task sleeps" kill -0 $APPLY
check_equal "the old code is in force meanwhile" old "$(eventfd_read which)"
wake_up old
wait $APPLY
check_equal "apply succeeds once the task has left" 0 $?
check_equal "the new code is in force" new "$(eventfd_read which)"
check_equal "applied" applied "$(in_kernel $ID state)"

fall_asleep new
check_match "in the new function" "kmend" "$(cat "/proc/$SLEEPER/stack")"
check_status "undo gives up: busy" $BUSY kmend undo --retries 1 $ID
check_match "it names the task" "$SLEEPER.*sleeper|sleeper.*$SLEEPER" "$OUTPUT"
check_equal "still applied" applied "$(in_kernel $ID state)"
check_equal "the new code is still in force" new "$(eventfd_read which)"
kmend undo --retries 1000 $ID >/run/undo 2>&1 &
UNDO=$!
sleep 4
check "undo waits as long as the task sleeps" kill -0 $UNDO
wake_up new
wait $UNDO
check_equal "undo succeeds once the task has left" 0 $?
check_equal "the old code is in force again" old "$(eventfd_read which)"
unchanged "the function's code is byte for byte what it was" eventfd_read "$BYTES"

# The bottom of every idle task's stack but the first CPU's is start_secondary(): it can never be left.
check_status "an idle task inside the function: busy" $BUSY kmend apply --retries 1 "$(update_file idle)"
check_match "the idle task is named" 'start_secondary' "$OUTPUT"
check_match "with pid 0" '(^|[^0-9])0 .*(swapper|idle)|(swapper|idle).*[^0-9]0' "$OUTPUT"

# The frame above hides the function from the unwinder, so the stack is looked at word by word.
check "a module without unwind data" insmod "$VM_PAYLOAD/testmods/kmend_test_no_orc.ko"
bash -c 'echo 1 >/sys/module/kmend_test_no_orc/parameters/nap' 2>/dev/null &
NAPPER=$!
naps() { grep -q '^State:.S' "/proc/$NAPPER/status"; }
check "somebody sleeps in it" wait_for 60 naps
check_status "the function is seen nevertheless: busy" $BUSY kmend apply --retries 0 "$(update_file params)"
check_match "with the task's name" "$NAPPER.*param_attr_store" "$OUTPUT"
kill $NAPPER
wait $NAPPER
check "when it has left, it goes" kmend apply "$(update_file params)"
check "and back" kmend undo TEST-params
check "the module leaves" rmmod kmend_test_no_orc
