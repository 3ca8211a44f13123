# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a function that the task which asks for the switch is inside; CPUs that are offline; sleeping threads cost no pause; rmmod --force
# needs: kmend update:kernfs-write update:eventfd
# timeout: 300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend

# Refused at once, since the task that asks would wait for itself.
BYTES=$(kernel_bytes kernfs_fop_write_iter 64)
check_status "the requester is inside: refused" $REFUSED kmend apply "$(update_file kernfs-write)"
check_match "the requester is inside: by name" "kmend: update TEST-kernfs-write refused: runs_in_stop: kernfs_fop_write_iter" "$(dmesg | tail -n 5 | tr '\n' ' ')"
unchanged "the requester is inside: the code is as it was" kernfs_fop_write_iter "$BYTES"
check "the requester is inside: not applied" not_applied TEST-kernfs-write

ID=TEST-eventfd
FILE=$(update_file eventfd)
BYTES=$(kernel_bytes eventfd_read 64)

# The idle task of a CPU that is offline has not been switched away from, and cannot be unwound.
echo 0 >/sys/devices/system/cpu/cpu1/online
check_status "apply with a CPU offline" 0 kmend apply "$FILE"
echo 1 >/sys/devices/system/cpu/cpu1/online
check_equal "the CPU that comes back runs the new code" new "$(taskset -c 1 eventfd_read which)"
check_status "undo" 0 kmend undo $ID
check_equal "the old code is in force" old "$(taskset -c 1 eventfd_read which)"
unchanged "byte for byte" eventfd_read "$BYTES"

# Sleeping threads are looked at before the stop: many of them are found inside without one.
mkfifo /run/gate
sleepers=()
for ((i = 0; i < 20; i++)); do
	eventfd_read sleep /run/gate >/run/sleeper.$i &
	sleepers+=($!)
done
for ((i = 0; i < 20; i++)); do wait_for 60 test -s /run/sleeper.$i; done
check_status "20 tasks inside: busy" $BUSY kmend apply --retries 0 "$FILE"
check_match "all are counted" "kmend: update $ID refused: busy: 20 tasks inside" "$(dmesg | tail -n 5 | tr '\n' ' ')"
check_match "they are named" 'sleeper' "$OUTPUT"
kill "${sleepers[@]}"
wait "${sleepers[@]}" 2>/dev/null
wait_for 60 sh -c '! pgrep -x sleeper'
check_status "they are gone: applied" 0 kmend apply "$FILE"
check_match "the pause is told" '^[1-9][0-9]*$' "$(in_kernel $ID pause_ns)"

# The module is taken away by force while its code is in force and in use: that waits, and then the code is reversed.
eventfd_read sleep /run/gate >/run/sleeper &
SLEEPER=$!
wait_for 60 test -s /run/sleeper
rmmod --force kmend_test_eventfd &
RMMOD=$!
sleep 3
check "rmmod --force waits for the task that is inside" kill -0 $RMMOD
check_equal "the new code is still in force" new "$(eventfd_read which)"
echo >/run/gate
wait $SLEEPER
wait $RMMOD
check_equal "reversed, and gone" absent "$(in_kernel $ID state)"
check_equal "the old code is in force again" old "$(eventfd_read which)"
unchanged "byte for byte, after rmmod --force" eventfd_read "$BYTES"
