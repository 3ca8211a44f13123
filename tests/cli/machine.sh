#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a machine tells of itself from its seed's list of errata: errata, show, check, uname, log, notify; settings; the
# note after apt brought a new kernel. On a tree of files; nothing is installed. Prints TAP.
# shellcheck disable=SC2317,SC2012,SC2016 # functions are called by name; names are tame; the inner shell expands
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
BUILD=${BUILD:-build}
KMEND=$PWD/$BUILD/core/cli/kmend
TOP=$PWD
WORK=$(mktemp -d "${TMPDIR:-/tmp}/kmend-test-machine.XXXXXX") || exit
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit
export KMEND_TEST_ROOT=$WORK/root KMEND_PLUGIN_PATH=${KMEND_PLUGIN_PATH:-$TOP/$BUILD/plugins/dpkg}
put() { mkdir -p "$KMEND_TEST_ROOT/$(dirname "$1")" && printf '%s\n' "$2" >"$KMEND_TEST_ROOT/$1"; }
put proc/sys/kernel/osrelease 6.1.0-50-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.10-1 (2026-07-02)'
put proc/sys/kernel/random/boot_id 11111111-2222-3333-4444-555555555555
put proc/cmdline quiet
put proc/modules ''
mkdir -p "$KMEND_TEST_ROOT/run/kmend" "$KMEND_TEST_ROOT/var/lib/kmend"

# list VERDICT1 VERDICT2: two errata, one CVE each
list() {
	put usr/lib/kmend/errata/6.1.0-50-amd64.json "{\"schema\": 1, \"release\": \"6.1.0-50-amd64\", \"version\": \"6.1.10-1\", \"to\": \"6.1.12-1\", \"to_release\": \"6.1.0-52-amd64\",
 \"errata\": [{\"id\": \"DSA-1\", \"severity\": \"important\", \"cves\": [\"CVE-2026-1001\"], \"fixes\": [{\"package\": \"linux\", \"version\": \"6.1.11-1\"}]},
  {\"id\": \"DSA-2\", \"severity\": \"low\", \"cves\": [\"CVE-2026-1002\"], \"fixes\": [{\"package\": \"linux\", \"version\": \"6.1.12-1\"}]}],
 \"changes\": [{\"id\": \"CVE-2026-1001\", \"subject\": \"first\", \"erratum\": \"DSA-1\", \"cves\": [\"CVE-2026-1001\"], \"verdict\": \"$1\"},
  {\"id\": \"CVE-2026-1002\", \"subject\": \"second\", \"erratum\": \"DSA-2\", \"cves\": [\"CVE-2026-1002\"], \"verdict\": \"$2\", \"reasons\": [\"data-changed: because\"]}]}"
}
says() { # NAME STATUS REGEX COMMAND...
	local name=$1 wanted=$2 regex=$3 status
	shift 3
	"$KMEND" "$@" >out 2>&1 </dev/null
	status=$?
	[[ $status == "$wanted" ]] && if [[ -n $regex ]]; then grep -qE -- "$regex" out; else [[ ! -s out ]]; fi
	tap_result $? "$name" out
}

list hotpatch reboot
says "check: a reboot is needed" 1 '^KMEND WARNING - 0 updates in force, 2 CVEs need a reboot \| applied=0' check
says "check: for scanners, a verdict per CVE" 1 '"verdict": ?"reboot"' check --json
says "check: metrics" 0 '^kmend_cves\{state="reboot"\} 1$' check --prometheus -
says "check: the motd" 0 'security fixes need a reboot' check --motd
says "errata: by severity" 0 'DSA-1 .* important +1  1 buildable' errata
says "errata: a line per CVE" 0 '^CVE-2026-1002 +low +reboot +second' errata --cves
says "show: what is available" 0 'No updates can be installed' show --available
says "show: all" 0 '^CVE-2026-1001 +buildable' show --all
says "show: one, with the reason" 0 'data-changed: because' show CVE-2026-1002
says "show: none such" 22 'no update' show CVE-2026-9999
says "uname: one that is missing ends it" 0 '^6.1.0-50-amd64$' uname -r
says "uname: the version" 0 '^6.1.10-1$' uname -v
list no-change reboot
sed -i 's/"errata": \[/&{"id": "CVE-2026-1001", "cves": ["CVE-2026-1001"], "fixes": [{"package": "linux", "version": "6.1.12-1"}]},/; s/6.1.11-1/6.1.12-1/' root/usr/lib/kmend/errata/*.json
says "uname: of several errata of one version all count" 0 '^6.1.0-50-amd64 6.1.10-1$' uname -rv
list hotpatch reboot
says "a new kernel: a reboot is needed" 0 'Linux 6.1.12-1 came; the running kernel has 0 of its 2 security fixes; 2 need a reboot' check --new-kernel 6.1.12-1
tap_ok "and marked" test -e root/run/reboot-required
list hotpatch reboot
sed -i 's/"changes": \[/&{"id": "first-half", "subject": "half", "erratum": "DSA-1", "cves": ["CVE-2026-1001"], "verdict": "no-change"}, {"id": "second-half", "subject": "half", "erratum": "DSA-1", "cves": ["CVE-2026-1001"], "verdict": "reboot"},/' root/usr/lib/kmend/errata/*.json
says "errata: of several changes the worst counts" 0 '^CVE-2026-1001 +important +reboot' errata --cves
says "install: a CVE takes all of its updates" 0 '^  kmend-patch-6.1.0-50-amd64-second-half' install -n CVE-2026-1001
tap_ok "but none that does not concern this kernel" bash -c '! grep -q first-half out && grep -q cve-2026-1001 out'
list no-change no-change
says "check: all is well" 0 '^KMEND OK' check
says "check: then the motd says nothing" 0 '' check --motd
says "uname: as good as the newest" 0 '^6.1.0-52-amd64$' uname -r
says "uname: like uname -a" 0 '^Linux .* 6.1.0-52-amd64 6.1.12-1 x86_64 GNU/Linux$' uname -a
says "a new kernel: no reboot is needed" 0 'has all its 2 security fixes already: no reboot is needed' check --new-kernel 6.1.12-1
tap_ok "and the mark is gone" test ! -e root/run/reboot-required
echo 'libc6' >root/run/reboot-required.pkgs
: >root/run/reboot-required
says "a mark of somebody else's stays" 0 'no reboot is needed' check --new-kernel 6.1.12-1
tap_ok "it is there" test -e root/run/reboot-required
says "a newer one than the list knows" 0 'not known yet, so it needs a reboot' check --new-kernel 6.1.99-1
says "errata: no fixed kernel" 0 '^The running kernel follows what is installed' reconcile
put proc/sys/kernel/osrelease 6.1.0-52-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.12-1 (2026-08-02)'
says "the fixed kernel: reconcile says so" 0 '^Linux 6.1.0-52-amd64 \(6.1.12-1\) has the fixes itself that hotpatches bring to 6.1.0-50-amd64' reconcile
says "the fixed kernel: status says so" 0 'has the fixes itself' status
put var/lib/kmend/record/CVE-2026-1001.json '{"schema": 1, "id": "CVE-2026-1001", "release": "6.1.0-50-amd64", "version": "1.0", "modules": [], "digest": "", "boot_id": "00000000-2222-3333-4444-555555555555", "package": "p", "files": "", "state": "applied", "refusal": null, "blockers": [], "pause_ns": 0, "attempts": 1, "updated": 1}'
says "the fixed kernel: first of all, after the reboot" 0 'has the fixes itself' reconcile
tap_ok "and what was in force before it" grep -qx 'CVE-2026-1001: was in force before the reboot; not installed for the running kernel: noted' out
says "the fixed kernel: once" 0 'nothing to do' reconcile
rm -r root/var/lib/kmend/record root/var/lib/kmend/history
put proc/cmdline 'quiet kmend=off'
says "switched off: reconcile says why" 0 "^kmend is switched off: kmend=off is on the kernel's command line; nothing is applied" reconcile
tap_ok "and not that all is as it should be" bash -c '! grep -q follows out'
put proc/cmdline quiet
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.11-1 (2026-08-02)'
says "a kernel between: it is not said" 0 '^The running kernel follows' reconcile
tap_ok "not at all" bash -c '! grep -q itself out'
put proc/sys/kernel/osrelease 6.1.0-50-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.10-1 (2026-07-02)'
put usr/lib/kmend/errata/6.1.0-50-amd64.json '{"schema": 1, "errata": [{"id": "x", "cves": ["no"]}]}'
says "a damaged list: check is unknown" 3 'KMEND UNKNOWN - .*cves' check
"$KMEND" check --json >out 2>/dev/null
tap_is "a damaged list: its JSON is JSON" "$? $(python3 -c 'import json; print(json.load(open("out"))["error"]["name"])' 2>&1 | tail -n 1)" "3 bad-manifest"
says "a damaged list: errata tells the file" 21 '6.1.0-50-amd64.json' errata
rm -r root/usr/lib/kmend/errata
says "notify: nothing to tell" 0 '' notify --dry-run

says "log: nothing yet" 0 'Nothing was done yet' log
printf '%s \n' '1785782440 11111111-2222 CVE-2026-1001 applied 6.1.0-50-amd64 312000' nonsense \
	'1785782450 11111111-2222 CVE-2026-1001 reversed 6.1.0-50-amd64 400000' >root/var/lib/kmend/history
says "log: what was done" 0 'applied +CVE-2026-1001 \(pause 0.312 ms\)' log
says "log: the last one" 0 'reversed' log -n 1
tap_ok "log: only that" bash -c '! grep -q applied out'
says "log: of another update" 0 'Nothing was done yet' log other
says "log: a wrong number" 64 'needs a number' log -n x

mkdir -p root/etc/kmend
echo 'retries = x' >root/etc/kmend/kmend.conf
says "settings: a wrong value is told with its line" 64 'line 1: retries has to be a number' upgrade
echo 'colour=red' >root/etc/kmend/kmend.conf
says "settings: an unknown one is told" 64 "no setting 'colour'" notify
says "settings: they keep no fix out" 0 'nothing to do' reconcile
says "settings: nor the note on a new kernel" 0 'needs a reboot' check --new-kernel 6.1.12-1
echo 'engines = fast' >root/etc/kmend/kmend.conf
says "settings: an engine that there is not" 64 "line 1: engines has to be 'stop', 'gradual' or 'stop,gradual'" upgrade
printf '# none\n\nautoinstall = no\nretries=3\nengines=stop\n' >root/etc/kmend/kmend.conf
says "upgrade --auto: only if it is asked for" 0 '' upgrade --auto
says "upgrade takes no operands" 64 'no operands' upgrade x
says "install needs an id" 64 "needs an update's id" install
says "install: what is none" 22 'is no update' install --dry-run -- '-*'
says "install: a dry run" 0 '^  kmend-patch-6.1.0-50-amd64-cve-2026-1001' install -n CVE-2026-1001
says "remove: ids or all" 64 'or --all' remove

# ExecStartPost is not run after a failure (systemd.service(5)), and a refusal is one.
tap_ok "metrics are written after a refusal, too" grep -q '^ExecStopPost=.*--prometheus' "$TOP/systemd/kmend-reconcile.service"

# apt's hooks: what comes in version 3 of its interface
tap_ok "apt finds the version of its interface by the command's first word" bash -c '
	first=$(sed -n "s/^DPkg::Pre-Install-Pkgs { \"\([^ \"]*\).*/\1/p" "$0") && test -n "$first" &&
	grep -q "^DPkg::Tools::Options::$first::Version \"3\";" "$0"' "$TOP/plugins/dpkg/60kmend"
export KMEND_RUN=$WORK/run
printf 'VERSION 3\nDir=/\n\nbash 1 amd64 same < 2 amd64 same /x.deb\nlinux-image-6.1.0-56-amd64 - - none < 6.1.12-1 amd64 none /y.deb\nlinux-image-6.1.0-40-amd64 6.1.1-1 amd64 none > - - none **REMOVE**\n' |
	"$TOP/plugins/dpkg/apt-kernel"
tap_is "apt: a new kernel is noted" "$(cat run/new-kernel)" "linux-image-6.1.0-56-amd64 6.1.12-1"
rm run/new-kernel
printf 'VERSION 3\nDir=/\n\nlinux-image-6.1.0-40-amd64 6.1.1-1 amd64 none > - - none **REMOVE**\n' | "$TOP/plugins/dpkg/apt-kernel"
tap_ok "apt: a removed one is not" test ! -e run/new-kernel

# A delay is counted for each version of a package; a clock that was wrong once ends it not. With apt's programs put in.
if unshare -rm true 2>/dev/null; then
	mkdir bin
	export OWN=$WORK RELEASE # of the machine itself: the package sources of another root are not asked
	RELEASE=$(uname -r)
	cat >bin/apt-cache <<'EOT'
#!/bin/sh
case $* in
*pkgnames*) echo "kmend-patch-$RELEASE-cve-1" ;;
*show*) printf 'Package: kmend-patch-%s-cve-1\nVersion: %s\nArchitecture: amd64\nSize: 1\nSHA256: %064d\n\n' "$RELEASE" "$(cat "$OWN/offered")" 1 ;;
esac
EOT
	printf '#!/bin/sh\nexit 0\n' >bin/apt-mark
	chmod +x bin/*
	cat >delay.sh <<'EOT'
cp -a /etc etc 2>/dev/null
mkdir -p etc/kmend && printf 'autoinstall=yes\ndelay=2\n' >etc/kmend/kmend.conf
mount --bind etc /etc && mount -t tmpfs none /var/lib && mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates && : >/var/lib/dpkg/status && : >/var/lib/dpkg/available || exit
PATH=$OWN/bin:$PATH
seen=/var/lib/kmend/seen/kmend-patch-$RELEASE-cve-1
ask() { "$KMEND" upgrade --auto --dry-run 2>&1 | head -n 1; }
echo 1.0 >offered
ask
sed -i "s/^[0-9]*/$(($(date +%s) - 3 * 86400))/" "$seen"
ask
echo 1.1 >offered
ask
sed -i "s/^[0-9]*/$(($(date +%s) - 3 * 86400))/" "$seen"
ask
sed -i "s/^[0-9]*/9999999999/" "$seen"
ask
grep -c 9999999999 "$seen"
EOT
	tap_is "upgrade --auto: a delay is counted for each version, and not from a wrong clock" \
		"$(env -u KMEND_TEST_ROOT KMEND="$KMEND" unshare -rm sh delay.sh)" \
		$'Nothing to install.\nWould install 1 package:\nNothing to install.\nWould install 1 package:\nNothing to install.\n0'
else
	tap_skip "upgrade --auto: a delay is counted for each version" "no user namespaces"
fi
tap_done
