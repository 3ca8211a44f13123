# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the main job: apt upgrade fixes the running kernel, apt remove reverses it, nothing else notices
# needs: repository:siocatmark
# timeout: 900
#
# Runs in the guest, as a test (tests/vm/run apt-upgrade-remove) and as the demo (demo/run), which shows the frames of
# kind "step": MILLISECONDS|WHAT WAS DONE|WHAT WAS SEEN.

# shellcheck disable=SC1091 # tests/vm/guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
RELEASE=$(uname -r)
ID=CVE-2026-52928
PATCH=kmend-patch-$RELEASE-cve-2026-52928
SEED=kmend-patches-$RELEASE

# timed COMMAND...: run it, its output in $OUTPUT and on the screen, its time in $TIME (milliseconds).
timed() {
	local start status
	start=$(vm_now)
	"$@" >/run/output 2>&1
	status=$?
	TIME=$(($(vm_now) - start))
	OUTPUT=$(sed 's/.*\r\(.\)/\1/; s/\r$//' /run/output) # dpkg counts its files on one line
	printf '%s\n' "\$ $*" "$OUTPUT"
	return $status
}
step() { report step "$1|$2|$3"; }
publish() { ln -sfn "$VM_PAYLOAD/$1/repo" /srv/vendor; }
boot_id() { cat /proc/sys/kernel/random/boot_id; }
uptime_seconds() { cut -d. -f1 /proc/uptime; }

step "$(vm_now)" "boot the stock kernel" "Linux $RELEASE, $(sed 's/.*Debian \([^ ]*\) .*/Debian \1/' /proc/version)"

mkdir -p /srv /etc/apt/keyrings
cp "$VM_PAYLOAD/key.gpg" /etc/apt/keyrings/vendor.gpg
echo 'deb [signed-by=/etc/apt/keyrings/vendor.gpg] file:/srv/vendor ./' >/etc/apt/sources.list
echo 'APT::Cmd::Disable-Script-Warning "true";' >/etc/apt/apt.conf.d/90guest
publish before
timed apt-get update -q
check_match "the repository is signed and its signature is checked" 'InRelease' "$OUTPUT"
timed apt-get install -q -y "$SEED" kmend "kmend-module-$RELEASE"
check_equal "kmend is installed by apt" "ii " "$(dpkg-query -W -f '${db:Status-Abbrev}' kmend)"
step "$TIME" "apt install $SEED" "seed $(dpkg-query -W -f '${Version}' "$SEED"), kmend $(dpkg-query -W -f '${Version}' kmend)"

keeper start
BOOT_ID=$(boot_id)
UPTIME=$(uptime_seconds)
timed siocatmark
check_equal "the stock kernel is vulnerable" vulnerable "$OUTPUT"
step "$TIME" "probe" "$OUTPUT"
KEEPER=$(keeper ask)
check_match "a process holds sockets open" '^works [0-9]+ 1$' "$KEEPER"

# The vendor publishes the erratum: a new version of the seed, which recommends the update.
publish after
timed apt-get update -q
step "$TIME" "the vendor publishes $ID; apt update" "$(apt list --upgradable 2>/dev/null | grep -c /) package can be upgraded"

# The trap: apt-get upgrade installs no new packages, so it brings no update in. With recommendations switched off it
# even takes the new seed without its update, so that later upgrades do not bring it either.
TRAP=$(apt-get upgrade -s 2>/dev/null)
check_match "the trap: apt-get upgrade leaves the update out" "^.*not upgraded" "$TRAP"
check "the trap: it really does" test "${TRAP/Inst $PATCH/}" = "$TRAP"
case $TRAP in
*"Inst $SEED"*) TRAP="takes the seed WITHOUT its update" ;;
*) TRAP="keeps the seed back" ;;
esac
step - "apt-get upgrade (simulated)" "$TRAP: the update is NOT installed; use apt upgrade"

timed apt upgrade -y
check_match "apt upgrade brings the update in" "Setting up $PATCH" "$OUTPUT"
step "$TIME" "apt upgrade" "$(dpkg-query -W -f '${Package} ${Version}' "$PATCH")"
timed siocatmark
check_equal "the running kernel is fixed" fixed "$OUTPUT"
step "$TIME" "probe" "$OUTPUT"
check_equal "it is the same boot" "$BOOT_ID" "$(boot_id)"
check "the uptime runs on" test "$(uptime_seconds)" -ge "$UPTIME"
step - "boot id, uptime" "the same boot $(boot_id | cut -c1-8), up $UPTIME s then, $(uptime_seconds) s now"
SEEN=$(keeper ask)
check_equal "the process with open sockets is the same and works" "${KEEPER% *} 2" "$SEEN"
step - "process with sockets open all along" "$SEEN"
PAUSE=$(cat /sys/kernel/kmend/$ID/pause_ns)
check "the pause was measured" test "$PAUSE" -gt 0
measure pause "$PAUSE" ns
step - "the pause of the whole machine" "$((PAUSE / 1000)) µs (under an emulated CPU)"
timed kmend status
check "kmend status calls it applied" told_applied $ID
step "$TIME" "kmend status" "$(grep -m1 $ID <<<"$OUTPUT")"

timed apt remove -y "$PATCH"
check_match "apt remove removes it" "Removing $PATCH" "$OUTPUT"
step "$TIME" "apt remove $PATCH" "removed"
timed siocatmark
check_equal "the kernel is as it was" vulnerable "$OUTPUT"
step "$TIME" "probe" "$OUTPUT"
check_equal "it is still the same boot" "$BOOT_ID" "$(boot_id)"
SEEN=$(keeper ask)
check_equal "the process with open sockets still works" "${KEEPER% *} 3" "$SEEN"
step - "process with sockets open all along" "$SEEN"
timed kmend status
check "kmend status no longer calls it applied" told_not_applied $ID
step "$TIME" "kmend status" "$(grep -m1 $ID <<<"$OUTPUT" || tail -n 1 <<<"$OUTPUT")"
check_match "the kernel's log tells of both" "update $ID applied.*update $ID reversed" "$(dmesg | tr '\n' ' ')"

# What was removed on purpose stays removed.
timed apt upgrade -y
check "the next apt upgrade does not bring it back" sh -c "! dpkg -s $PATCH 2>/dev/null | grep -q '^Status: install ok installed'"
