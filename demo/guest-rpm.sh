# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the main job on an RPM system: dnf update fixes the running kernel, rpm -e reverses it, nothing else notices
# needs: rpm_repository:siocatmark
# root: rpm
# memory: 3072
# timeout: 900
#
# Runs in the guest, as a test (tests/vm/run dnf-update-erase) and as the demo (demo/run rpm), which shows the frames of
# kind "step": MILLISECONDS|WHAT WAS DONE|WHAT WAS SEEN.

# shellcheck disable=SC1091,SC2153 # tests/vm/guest/rpm.sh, which sets SEED
. "$VM_DIR/guest/rpm.sh"
ID=CVE-2026-52928
PATCH=kmend-patch-$R-cve-2026-52928

# timed COMMAND...: run it, its output in $OUTPUT and on the screen, its time in $TIME (milliseconds).
timed() {
	local start status
	start=$(vm_now)
	"$@" >/run/output 2>&1
	status=$?
	TIME=$(($(vm_now) - start))
	OUTPUT=$(cat /run/output)
	printf '%s\n' "\$ $*" "$OUTPUT"
	return $status
}
step() { report step "$1|$2|$3"; }
boot_id() { cat /proc/sys/kernel/random/boot_id; }

step "$(vm_now)" "boot the stock kernel" "Linux $RELEASE, $(sed 's/.*Debian \([^ ]*\) .*/Debian \1/' /proc/version)"
rpm_system
publish before
timed dnf install kernel-core kmend "$SEED"
check_match "the kernel, kmend and the seed are RPM packages" "^kernel-core-[0-9.]+-1 kmend-[0-9.]+-1 $SEED-1-1 $" \
	"$(rpm -q --qf '%{NAME}-%{VERSION}-%{RELEASE} ' kernel-core kmend "$SEED")"
check "which nothing but signed metadata brought in" test -n "$(rpm -q gpg-pubkey)"
step "$TIME" "dnf install $SEED" "$(rpm -q kmend) from a signed repository"

keeper start
BOOT_ID=$(boot_id)
timed siocatmark
check_equal "the stock kernel is vulnerable" vulnerable "$OUTPUT"
step "$TIME" "probe" "$OUTPUT"
KEEPER=$(keeper ask)
timed dnf update
check_equal "nothing to do yet" vulnerable "$(siocatmark)"

publish after
timed dnf updateinfo list --security --refresh
check_match "the advisory is told of" "KMEND-$RELEASE-$ID .*$SEED-2-1" "$OUTPUT"
step "$TIME" "the vendor publishes $ID with its advisory" "${OUTPUT%%$'\n'*}"
timed dnf update --refresh
check_equal "dnf update brings the update in" "$PATCH-1.0-1.x86_64" "$(rpm -q "$PATCH")"
step "$TIME" "dnf update" "$(rpm -q "$PATCH")"
timed siocatmark
check_equal "the running kernel is fixed" fixed "$OUTPUT"
step "$TIME" "probe" "$OUTPUT"
check_equal "it is the same boot" "$BOOT_ID" "$(boot_id)"
SEEN=$(keeper ask)
check_equal "the process with open sockets is the same and works" "${KEEPER% *} 2" "$SEEN"
step - "boot id; process with sockets open all along" "the same boot $(boot_id | cut -c1-8); $SEEN"
PAUSE=$(cat "/sys/kernel/kmend/$ID/pause_ns")
check "the pause was measured" test "$PAUSE" -gt 0
measure pause "$PAUSE" ns
timed kmend status
check "kmend status calls it applied" told_applied $ID
check "and names the package as rpm does" grep -q "$PATCH" "/var/lib/kmend/record/$ID.json"
step "$TIME" "kmend status" "$(grep -m1 $ID <<<"$OUTPUT")"

timed rpm -e "$PATCH"
check_equal "rpm -e removes it" 1 "$(rpm -q "$PATCH" | grep -c 'not installed')"
step "$TIME" "rpm -e $PATCH" "removed"
timed siocatmark
check_equal "the kernel is as it was" vulnerable "$OUTPUT"
step "$TIME" "probe" "$OUTPUT"
timed dnf update --refresh
check_equal "it stays away at the next dnf update" "vulnerable 1" "$(siocatmark) $(rpm -q "$PATCH" | grep -c 'not installed')"
step "$TIME" "dnf update" "it stays away: $(siocatmark)"
timed dnf install "$PATCH"
check_equal "dnf install brings it back" fixed "$(siocatmark)"
step "$TIME" "dnf install $PATCH" "$(siocatmark)"
timed dnf remove "$PATCH"
check_equal "dnf remove reverses it too" vulnerable "$(siocatmark)"
step "$TIME" "dnf remove $PATCH" "$(siocatmark)"
check_equal "it is still the same boot" "$BOOT_ID" "$(boot_id)"
SEEN=$(keeper ask)
check_equal "the process with open sockets still works" "${KEEPER% *} 3" "$SEEN"
step - "boot id; process with sockets open all along" "the same boot $(boot_id | cut -c1-8); $SEEN"
check_match "the kernel's log tells of both" "update $ID applied.*update $ID reversed" "$(dmesg | tr '\n' ' ')"
