# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: targets that are modules: armed, loaded, gone, back; of another build; tracepoints in the replaced function
# needs: ko parts:loop-eventfd parts:ext4-fallocate
# timeout: 400
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
PARTS=$VM_PAYLOAD/parts
TWO=TEST-loop-eventfd EXT4=TEST-ext4-fallocate

# values ID: the update's state, then its targets
values() { echo "$(in_kernel "$1" state): $(in_kernel "$1" targets | tr '\n' ',')"; }
is_now() { check_equal "$1" "$2" "$(values "${3:-$TWO}")"; }
put() { echo "$3" >"$SYSFS/$1/$2"; }
sectors() { cat /sys/block/loop0/queue/max_hw_sectors_kb; }
load_two() { insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd.ko" && insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"; }
unload_two() { rmmod kmend_test_loop_eventfd__loop kmend_test_loop_eventfd; }

check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"

note "the module is not there"
check "the first part" insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd.ko"
is_now "is not all" "loading: vmlinux loaded,"
check_status "and cannot be applied" 1 put $TWO apply 1
check_match "which is told" "^incomplete: " "$(in_kernel $TWO refusal)"
check "the other part" insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"
is_now "is armed" "ready: vmlinux loaded,loop armed,"
check "applied" put $TWO apply 1
is_now "with one target armed" "applied: vmlinux loaded,loop armed,"
check_equal "the kernel's part is in force" new "$(eventfd_read which)"
check_status "the parts are held" 1 rmmod kmend_test_loop_eventfd__loop
check "the module comes" modprobe loop
is_now "its part joined it" "applied: vmlinux loaded,loop loaded,"
check_equal "before its init" 512 "$(sectors)"
check_equal "the module is not held" 0 "$(lsmod | awk '$1 == "loop" { print $3 }')"
check "it goes" rmmod loop
is_now "armed again" "applied: vmlinux loaded,loop armed,"
check "it comes again" modprobe loop
check_equal "patched before its init again" 512 "$(sectors)"
for ((i = 0; i < 4; i++)); do rmmod loop && modprobe loop; done
check_equal "and after more rounds" 512 "$(sectors)"

note "the module is there"
check "reversed" put $TWO reverse 1
is_now "ready" "ready: vmlinux loaded,loop loaded,"
check_equal "the kernel as before" old "$(eventfd_read which)"
check_equal "the module as before" 1280 "$(loop_add 20)"
check "applied with the module there" put $TWO apply 1
check_equal "in force" 512 "$(loop_add 20)"
check "it goes" rmmod loop
check "reversed while armed" put $TWO reverse 1
check "it comes" modprobe loop
is_now "matched, not switched" "ready: vmlinux loaded,loop loaded,"
check_equal "as the distribution made it" 1280 "$(sectors)"
check "the parts leave, the module stays" unload_two
check_equal "nothing is left of the update" absent "$(in_kernel $TWO state)"
check "the parts come, with the module there" load_two
is_now "loaded" "ready: vmlinux loaded,loop loaded,"
check "applied" put $TWO apply 1
check_equal "in force" 512 "$(loop_add 21)"
check "reversed" put $TWO reverse 1
check_equal "as before" 1280 "$(loop_add 21)"
check "the module goes" rmmod loop

note "a module of another build"
check "applied, armed" put $TWO apply 1
check "it loads unhindered" insmod "$VM_PAYLOAD/loop.ko"
is_now "but is told of" "applied: vmlinux loaded,loop refused,"
check_match "with the reason" "^loop no_match: loop_add" "$(in_kernel $TWO target_refusals)"
check_match "in the log, too" "target loop refused: no_match: loop_add" "$(dmesg | tail -n 3 | tr '\n' ' ')"
check_equal "it does what its makers want" 1536 "$(sectors)"
check_equal "the kernel's part is in force" new "$(eventfd_read which)"
check "it goes" rmmod loop
is_now "armed" "applied: vmlinux loaded,loop armed,"
check "the right one comes" modprobe loop
check_equal "and is patched" 512 "$(sectors)"
check "reversed" put $TWO reverse 1
check "the parts leave" unload_two
check "the module, too" rmmod loop
check "the other build" insmod "$VM_PAYLOAD/loop.ko"
check_status "a part for it is refused" 1 load_two
is_now "which is told for that target" "refused: vmlinux loaded,loop refused,"
check_match "with the reason" "^no_match: loop_add" "$(in_kernel $TWO refusal)"
check "the part that came leaves" rmmod kmend_test_loop_eventfd
check_match "the reason stays to be read" "^no_match: loop_add" "$(in_kernel $TWO refusal)"
check "the other build goes" rmmod loop
check "next time all is well" load_two
is_now "armed" "ready: vmlinux loaded,loop armed,"
check "the module comes while nothing is applied" modprobe loop
is_now "matched" "ready: vmlinux loaded,loop loaded,"
check "a part leaves while its target is there" rmmod kmend_test_loop_eventfd__loop
is_now "not complete" "loading: vmlinux loaded,"
check "the target goes" rmmod loop
check "the part comes back" insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"

note "task by task: one klp patch of both; a target that went comes back by a jump"
settled() { case $(in_kernel $TWO state) in "$1") ;; *) return 1 ;; esac; }
gradually() { put $TWO "$1" "$2" && wait_for 60 settled "$3"; }
check "the module comes" modprobe loop
check "both" gradually apply gradual applied
is_now "both" "applied: vmlinux loaded,loop loaded,"
check_equal "both in force" "new 512" "$(eventfd_read which) $(loop_add 22)"
check "the module is not held" rmmod loop
is_now "it has gone" "applied: vmlinux loaded,loop armed,"
check "it comes again" modprobe loop
is_now "and is there" "applied: vmlinux loaded,loop loaded,"
check_equal "patched before its init" "new 512" "$(eventfd_read which) $(sectors)"
check "reversed" gradually reverse 1 ready
check_equal "both as before" "old 1280" "$(eventfd_read which) $(loop_add 23)"
check "the module goes" rmmod loop
mkfifo /run/gate
eventfd_read sleep /run/gate >/run/sleeper &
SLEEPER=$!
check "a task is asleep inside" wait_for 60 test -s /run/sleeper
check "the switch begins" put $TWO apply gradual
check "the module comes meanwhile" modprobe loop
is_now "it is late, not refused" "switching: vmlinux loaded,loop late,"
check_equal "by nobody" "" "$(in_kernel $TWO target_refusals)"
check_equal "the old code runs" 1280 "$(loop_add 24)"
echo >/run/gate
wait $SLEEPER
all_there() { [ "$(values $TWO)" = "applied: vmlinux loaded,loop loaded," ]; }
check "when the task has left, both catch up" wait_for 60 all_there
check_equal "in force" "new 512" "$(eventfd_read which) $(loop_add 25)"
check "reversed" gradually reverse 1 ready
check "the module goes" rmmod loop
check "with one target armed" gradually apply gradual applied
check "it comes" modprobe loop
check_equal "patched before its init" "new 512" "$(eventfd_read which) $(sectors)"
check "the kernel's part back, the module gone" rmmod loop
check "reversed" gradually reverse 1 ready
check "it comes" modprobe loop
check_equal "as the distribution made it" "old 1280" "$(eventfd_read which) $(sectors)"
check "it goes" rmmod loop
check_equal "livepatch knows nothing" "" "$(ls /sys/kernel/livepatch)"

check "the parts leave" unload_two

note "a module with jump labels, static calls and tracepoints in the replaced function"
mkdir -p /run/mnt
modprobe loop
losetup /dev/loop0 "$VM_PAYLOAD/ext4.img"
mounts() { modprobe ext4 && mount -t ext4 /dev/loop0 /run/mnt; }
traced() {
	echo >$TRACE/trace
	echo 1 >$TRACE/events/ext4/ext4_fallocate_enter/enable
	fallocate_mode /run/mnt/file >/dev/null
	echo 0 >$TRACE/events/ext4/ext4_fallocate_enter/enable
	fallocate_mode /run/mnt/file >/dev/null
	grep -c ' ext4_fallocate_enter:' $TRACE/trace
}
check "mounted" mounts
check_equal "the tracepoint" 1 "$(traced)"
check "the part, with the module there" insmod "$PARTS"/ext4-fallocate/*.ko
is_now "loaded" "ready: ext4 loaded," $EXT4
check "applied" put $EXT4 apply 1
check_equal "in force" new "$(fallocate_mode /run/mnt/file)"
check_equal "the tracepoint works in the new code" 1 "$(traced)"
echo 1 >$TRACE/events/ext4/ext4_fallocate_enter/enable
check "reversed while it is on" put $EXT4 reverse 1
check_equal "back" old "$(fallocate_mode /run/mnt/file)"
check "applied while it is on" put $EXT4 apply 1
check "the module goes while it is on" sh -c "umount /run/mnt && rmmod ext4"
is_now "armed" "applied: ext4 armed," $EXT4
check "it comes" mounts
is_now "loaded" "applied: ext4 loaded," $EXT4
check_equal "in force" new "$(fallocate_mode /run/mnt/file)"
check_equal "the tracepoint works, armed and joined" 1 "$(traced)"
for ((i = 0; i < 2; i++)); do umount /run/mnt && rmmod ext4 && mounts; done
check_equal "and after more rounds" "new 1" "$(fallocate_mode /run/mnt/file) $(traced)"
check "reversed" put $EXT4 reverse 1
check_equal "back" "old 1" "$(fallocate_mode /run/mnt/file) $(traced)"
check "the part leaves" rmmod kmend_test_ext4_fallocate
check_equal "the tracepoint" 1 "$(traced)"
check "unmounted" umount /run/mnt
check "the module goes" rmmod ext4
check "the part comes first" insmod "$PARTS"/ext4-fallocate/*.ko
check "applied" put $EXT4 apply 1
check "mounted" mounts
check_equal "in force" "new 1" "$(fallocate_mode /run/mnt/file) $(traced)"
umount /run/mnt && rmmod ext4
check "reversed while armed" put $EXT4 reverse 1
check "the part leaves" rmmod kmend_test_ext4_fallocate
check "mounted" mounts
check_equal "nothing is left" "old 1" "$(fallocate_mode /run/mnt/file) $(traced)"
umount /run/mnt
losetup -d /dev/loop0
rmmod ext4 loop
check "kmend.ko leaves" rmmod kmend
