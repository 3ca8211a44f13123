# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the applier through an update's life: held, pending, package gone, record lost, switched off, concurrent runs
# needs: kmend update:siocatmark update:eventfd
# timeout: 420
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=CVE-2026-52928 BUSY_ID=TEST-eventfd
UPDATES=/usr/lib/kmend/updates/$(uname -r)
RECORD=/var/lib/kmend/record
BYTES=$(kernel_bytes unix_ioctl 64)
mkfifo /run/gate

# condition_of ID: kmend's word for where it stands.
condition_of() { kmend status | awk -v id="$1" '$1 == id { print $2 }'; }
is_now() { check_equal "$1" "$2" "$(condition_of "$3")"; }
nothing_loaded() { check_equal "$1: no module is left" "" "$(lsmod | grep kmend)"; }

check_status "the package is installed" 0 dpkg -i "$(update_deb siocatmark)"
check_equal "and applied" fixed "$(siocatmark)"
is_now "status" applied $ID
check_status "status --check: all is well" 0 kmend status --check
check_status "undo by hand" 0 kmend undo $ID
check_equal "undone" vulnerable "$(siocatmark)"
nothing_loaded "undone"
is_now "an installed update that was undone is held" held $ID
check_status "reconcile leaves it" 0 kmend reconcile
check_equal "still undone" vulnerable "$(siocatmark)"
check_status "a dry run" 0 kmend apply --dry-run $ID
check_equal "switches nothing" vulnerable "$(siocatmark)"
nothing_loaded "dry run"
is_now "and records nothing" held $ID
check_status "apply by hand" 0 kmend apply $ID
check_equal "applied again" fixed "$(siocatmark)"
check_status "undo --dry-run" 0 kmend undo --dry-run $ID
check_equal "switches nothing either" fixed "$(siocatmark)"

note "its files go unnoticed"
rm -r "${UPDATES:?}/$ID"
is_now "status sees it" applied-package-gone $ID
check_status "status --check: not in step" $BUSY kmend status --check
check_status "reconcile --dry-run" 0 kmend reconcile --dry-run
check_match "would undo it" "undo" "$OUTPUT"
check_equal "and did not" fixed "$(siocatmark)"
check_status "reconcile" 0 kmend reconcile
check_equal "follows the package database" vulnerable "$(siocatmark)"
check_status "and again: nothing to do" 0 kmend reconcile
check_match "nothing" "nothing to do" "$OUTPUT"

check_status "reinstalled" 0 dpkg -i "$(update_deb siocatmark)"
check_equal "applied" fixed "$(siocatmark)"
rm -r "${UPDATES:?}/$ID" "$RECORD/$ID.json"
check_status "undo without files and record: the kernel knows enough" 0 kmend undo $ID
check_equal "undone" vulnerable "$(siocatmark)"
check_status "reinstalled" 0 dpkg -i "$(update_deb siocatmark)"
echo '{"schema":1,' >$RECORD/$ID.json
check_match "a damaged record is told of" "damaged" "$(kmend status)"
check "and set aside" test -e $RECORD/$ID.json.broken
check_status "reconcile writes it anew" 0 kmend reconcile
is_now "in step" applied $ID
rm -f $RECORD/$ID.json.broken

note "busy while a package is installed"
eventfd_read sleep /run/gate >/run/sleeper &
wait_for 60 test -s /run/sleeper
SLEEPER=$(head -n 1 /run/sleeper)
check_status "the package manager is not stopped" 0 dpkg -i "$(update_deb eventfd)"
check_match "but told loudly, with the task" "$SLEEPER.*NOT FIXED" "$(tr '\n' ' ' <<<"$OUTPUT")"
is_now "it is pending" pending $BUSY_ID
check_match "status names the task" "$SLEEPER" "$(kmend status)"
check_match "view as well, and the function" "task $SLEEPER .* eventfd_read" "$(kmend view $BUSY_ID)"
check_status "reconcile tries: still busy" $BUSY kmend reconcile --retries 0
echo >/run/gate
wait
check_status "once it has left" 0 kmend reconcile
check_equal "reconcile applies it" new "$(eventfd_read which)"
is_now "applied" applied $BUSY_ID

note "busy while a package is removed"
eventfd_read sleep /run/gate >/run/sleeper &
wait_for 60 grep -q . /run/sleeper
check_status "the package stays" 1 dpkg -r "$(dpkg-deb -f "$(update_deb eventfd)" Package)"
check_match "and says why" "inside eventfd_read" "$OUTPUT"
check_equal "the fix is in force" new "$(eventfd_read which)"
is_now "and called so" applied $BUSY_ID
echo >/run/gate
wait
check_status "once it has left the package goes" 0 dpkg -r "$(dpkg-deb -f "$(update_deb eventfd)" Package)"
check_equal "and the fix with it" old "$(eventfd_read which)"
check_equal "status does not tell of it any more" "" "$(condition_of $BUSY_ID)"

note "the disk fills up in the middle: there is room for one record, so the first can be written and the second not"
check_status "undo --all" 0 kmend undo --all
mount -t tmpfs -o size=4k none /var/lib/kmend
check_status "apply fails" $DISK_FULL kmend apply $ID
check_equal "the switch was taken back" vulnerable "$(siocatmark)"
check_match "the log tells of both" "$ID applied.*$ID reversed" "$(dmesg | tail -n 2 | tr '\n' ' ')"
nothing_loaded "taken back"
is_now "status knows that it was not finished" interrupted $ID
umount /var/lib/kmend
check_status "with room it applies" 0 kmend apply $ID
mount -t tmpfs -o size=4k none /var/lib/kmend
check_status "undo tells that it could not be recorded" $DISK_FULL kmend undo $ID
check_match "and what to do" "not in force any more" "$OUTPUT"
check_equal "undone it is" vulnerable "$(siocatmark)"
is_now "status knows that it was not finished" abandoned $ID
umount /var/lib/kmend
check_status "reconcile" 0 kmend reconcile
check_equal "follows the package database" fixed "$(siocatmark)"

note "switched off"
check_status "undo --all" 0 kmend undo --all
nothing_loaded "all undone"
mkdir -p /etc/kmend && touch /etc/kmend/disable
check_status "apply does nothing" $REFUSED kmend apply $ID
check_status "nor does a package's script" 0 kmend apply --from-package $ID --release "$(uname -r)"
check_match "which says so" "switched off" "$OUTPUT"
check_equal "not fixed" vulnerable "$(siocatmark)"
rm /etc/kmend/disable

note "concurrent runs"
for ((i = 0; i < 6; i++)); do
	kmend apply --all >"/run/apply$i" 2>&1 &
	kmend undo --all >"/run/undo$i" 2>&1 &
done
wait
check_equal "none failed" "" "$(grep -h -v -E 'waiting|applied|reversed|load|switch|nothing' /run/apply? /run/undo?)"
check_status "then apply" 0 kmend apply --all
check_equal "is in order" fixed "$(siocatmark)"
check_status "and status" 0 kmend status --check
check_status "undo --all again" 0 kmend undo --all
unchanged "the code is byte for byte what it was" unix_ioctl "$BYTES"
nothing_loaded "at the end"
