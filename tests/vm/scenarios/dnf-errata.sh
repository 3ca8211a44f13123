# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: errata on an RPM system: the vendor's advisories, where each stands, dnf upgrade --advisory and --security
# needs: rpm_errata
# root: rpm
# memory: 3072
# timeout: 900
# shellcheck source=../guest/rpm.sh disable=SC2154
. "$VM_DIR/guest/rpm.sh"

FIRST=CVE-2026-52928 SECOND=CVE-2026-1002
UPDATEINFO=/var/cache/dnf/broken-1/repodata/1-updateinfo.xml

# look: what kmend errata says, once; standing CVE...: where these stand in that.
look() { kmend errata --json | tr -d ' \t\n' >/run/errata; }
standing() {
	local cve all=''
	for cve; do all+=" $(grep -oE "\"cve\":\"$cve\",\"state\":\"[a-z-]*\"" /run/errata | cut -d'"' -f8)"; done
	echo "${all# }"
}

rpm_system
cat >/etc/yum.repos.d/errata.repo <<-END
	[errata]
	name=the vendor's advisories
	baseurl=file://$VM_PAYLOAD/errata/repo
	gpgcheck=1
	gpgkey=file://$VM_PAYLOAD/key.asc
END
publish before
check "kernel, kmend and seed are installed" dnf install kernel-core kmend "$SEED"

note "what the vendor says"
look
OUTPUT=$(cat /run/errata)
check_match "advisories of newer kernels are told, with their reboot flag" '"id":"VN-2026:1".*"severity":"important".*"fixed":"(0:)?6\.1\.190-1","reboot":true' "$OUTPUT"
check_match "all of them" 'VN-2026:2.*VN-2026:3' "$OUTPUT"
check "not those that the running kernel has" test "${OUTPUT/VN-2025/}" = "$OUTPUT"
check "nor one without packages" test "${OUTPUT/VN-2026:0/}" = "$OUTPUT"
check_equal "nobody has published an update" unknown "$(standing $FIRST)"

note "one update"
publish after
look
check_equal "a hotpatch can be had" "available unknown" "$(standing $FIRST $SECOND)"
check_match "dnf lists its advisory" "KMEND-$RELEASE-$FIRST .*$SEED-2-1" "$(dnf updateinfo list --security --refresh)"
check "dnf upgrade --advisory=ID" dnf upgrade --advisory="KMEND-$RELEASE-$FIRST"
look
check_equal "fixes the running kernel" "fixed live" "$(siocatmark) $(standing $FIRST)"

note "another one, from a timer, while a task sleeps in what it replaces"
publish later
mkfifo /run/gate
eventfd_read sleep /run/gate >/run/sleeper &
SLEEPER=$!
wait_for 60 test -s /run/sleeper
# As from a timer: no terminal, hardly an environment.
check "dnf upgrade --security" env -i PATH="$PATH" setsid dnf -q -y --refresh upgrade --security </dev/null
look
check "brings it in" test -d "/usr/lib/kmend/updates/$RELEASE/$SECOND"
check_equal "it is pending" "live pending" "$(standing $FIRST $SECOND)"
check_equal "the seed's list knows more" "reboot buildable" "$(standing CVE-2026-1003 CVE-2026-1004)"
echo >/run/gate
wait $SLEEPER
check "reconcile applies it" kmend reconcile
OUTPUT=$(kmend errata --cves)
printf '%s\n' "$OUTPUT"
check_match "now both are live, a line for each" "$FIRST +[a-z-]+ +live.*$SECOND +[a-z-]+ +live" "$(tr '\n' ' ' <<<"$OUTPUT")"
check_equal "indeed" "fixed new" "$(siocatmark) $(eventfd_read which)"

note "one that the kernel refuses"
check "undone" kmend undo $FIRST
look
check_equal "it is held" "held live" "$(standing $FIRST $SECOND)"
echo 'p:inside unix_ioctl+5' >"$TRACE/kprobe_events"
echo 1 >"$TRACE/events/kprobes/inside/enable"
check_status "a kprobe is in the way" "$REFUSED" kmend apply $FIRST
look
check_equal "it is told as refused" "refused live" "$(standing $FIRST $SECOND)"
echo 0 >"$TRACE/events/kprobes/inside/enable"
echo >"$TRACE/kprobe_events"
check "without the probe" kmend apply $FIRST

note "advisories that are broken"
mkdir -p "$(dirname "$UPDATEINFO")"
echo '<?xml version="1.0"?><updates><update' >"$UPDATEINFO"
OUTPUT=$(kmend errata --refresh 2>&1)
check_equal "are refused" "$DAMAGED" $?
check_match "by name" "$UPDATEINFO" "$OUTPUT"
check_equal "what is in force stays" "fixed new" "$(siocatmark) $(eventfd_read which)"
