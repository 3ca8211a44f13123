# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: RPM packages of updates: upgraded, erased while a task blocks it, tested, elsewhere, broken; rpm's plugin
# needs: rpm_lifecycle
# root: rpm
# memory: 3072
# timeout: 900
# shellcheck source=../guest/rpm.sh
. "$VM_DIR/guest/rpm.sh"

ID=CVE-2026-52928
PATCH=kmend-patch-$R-cve-2026-52928
SLEEPY=kmend-patch-$R-test-eventfd
DIR=$VM_PAYLOAD/rpms
said() { dmesg | grep -c "kmend: update $1 $2"; }
there() { rpm -q "$1" >/dev/null 2>&1 && echo yes || echo no; }
rpm() { command rpm --nosignature "$@" 2> >(grep -v -E 'use Alien|what you are doing' >&2); }
# A transaction with rpm's plugin of kmend, and one without.
both=('' --noplugins)

rpm_system
check "kmend is installed" rpm -i "$DIR"/base/*.rpm
check_equal "with rpm's plugin" yes "$(there rpm-plugin-kmend)"
check_equal "the running kernel is a package" kernel-core "$(rpm -q --qf '%{NAME}' -f "/usr/lib/modules/$RELEASE/vmlinuz")"

note "what must not touch the kernel"
check "a test transaction" rpm -i --test "$DIR/1.0.rpm"
check_equal "applies nothing" vulnerable "$(siocatmark)"
mkdir -p /other && check "another root" rpm -i --root /other --dbpath /var/lib/rpm --nodeps --noscripts "$DIR/1.0.rpm"
check_equal "is not the running kernel's" vulnerable "$(siocatmark)"
check "an update for another kernel" rpm -i --nodeps "$DIR/other.rpm"
check_equal "does nothing" vulnerable "$(siocatmark)"
check "and is erased" rpm -e "$(rpm -qp --qf '%{NAME}' "$DIR/other.rpm")"
check "without scriptlets" rpm -i --noscripts "$DIR/1.0.rpm"
check_equal "nothing is applied" vulnerable "$(siocatmark)"
check "reconcile follows the database" kmend reconcile
check_equal "and applies it" fixed "$(siocatmark)"
check "erased without scriptlets" rpm -e --noscripts "$PATCH"
check "reconcile follows" kmend reconcile
check_equal "and reverses it" vulnerable "$(siocatmark)"

for plugins in "${both[@]}"; do
	note "install, upgrade, erase ${plugins:-with the plugin}"
	applied=$(said $ID applied) reversed=$(said $ID reversed)
	# shellcheck disable=SC2086 # nothing, or one word
	check "install" rpm -i $plugins "$DIR/1.0.rpm"
	check_equal "applies" fixed "$(siocatmark)"
	# Somebody looks all the time.
	(while :; do siocatmark; done >/run/seen 2>&1) &
	WATCHER=$!
	# shellcheck disable=SC2086
	check "upgrade to 1.1, which has the same module" rpm -U $plugins "$DIR/1.1.rpm"
	kill $WATCHER
	wait $WATCHER 2>/dev/null
	check_equal "nobody ever saw the hole" fixed "$(sort -u /run/seen)"
	check_equal "it was applied once, and never reversed" "1 0" "$(($(said $ID applied) - applied)) $(($(said $ID reversed) - reversed))"
	# shellcheck disable=SC2086
	check "upgrade to 2.0, which has another module" rpm -U $plugins "$DIR/2.0.rpm"
	check_equal "exchanges it" "fixed 2 1" "$(siocatmark) $(($(said $ID applied) - applied)) $(($(said $ID reversed) - reversed))"
	# shellcheck disable=SC2086
	check "erase" rpm -e $plugins "$PATCH"
	check_equal "reverses" "vulnerable no" "$(siocatmark) $(there "$PATCH")"
done

note "a task sleeps in the new code"
mkfifo /run/gate
for plugins in "${both[@]}"; do
	# shellcheck disable=SC2086
	check "two at once ${plugins:-with the plugin}" rpm -i $plugins "$DIR/1.0.rpm" "$DIR/eventfd.rpm"
	check_equal "both applied" "fixed new" "$(siocatmark) $(eventfd_read which)"
	pauses=$(sort -u "$SYSFS/$ID/pause_ns" "$SYSFS/TEST-eventfd/pause_ns" | wc -l)
	if [ -z "$plugins" ]; then check_equal "in one stop" 1 "$pauses"; fi
	eventfd_read sleep /run/gate >/run/sleeper &
	SLEEPER=$!
	wait_for 60 test -s /run/sleeper
	# shellcheck disable=SC2086
	OUTPUT=$(rpm -e $plugins "$SLEEPY" "$PATCH" 2>&1)
	check "erasure is refused" test $? -ne 0
	check_match "which tells who" "$(head -n 1 /run/sleeper)" "$OUTPUT"
	check_equal "the package stays, the update in force" "yes applied new" "$(there "$SLEEPY") $(in_kernel TEST-eventfd state) $(eventfd_read which)"
	# The plugin refuses the transaction before anything is done; without it each package decides for itself.
	if [ -z "$plugins" ]; then check_equal "and so does the other" "yes fixed" "$(there "$PATCH") $(siocatmark)"; fi
	echo >/run/gate
	wait $SLEEPER
	# shellcheck disable=SC2086,SC2046
	check "once it has left" rpm -e $plugins $(rpm -qa 'kmend-patch-*')
	check_equal "both are reversed" "old vulnerable" "$(eventfd_read which) $(siocatmark)"
	rm -f /run/sleeper
done

note "killed at any moment"
start=$(vm_now)
check "undisturbed" rpm -i "$DIR/1.0.rpm"
TIME=$(($(vm_now) - start))
rpm -e "$PATCH"
check "unpacked, and no script was run" rpm -i --noscripts --noplugins "$DIR/1.0.rpm"
check "the erasure before is not a wish about these files" kmend reconcile
check_equal "they are put in force" fixed "$(siocatmark)"
check "undone by hand" kmend undo $ID
check "which is one" kmend reconcile
check_equal "it stays out" vulnerable "$(siocatmark)"
rpm -e "$PATCH"
wrong=0
for round in 1 2 3 4; do
	command rpm --nosignature -i "$DIR/1.0.rpm" >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%03d' $((TIME * round / 4000)) $((TIME * round / 4 % 1000)))"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	wait_for 60 sh -c '! pgrep -x kmend' # what rpm had started goes on by itself
	kmend reconcile >/run/out 2>&1 || { wrong=$((wrong + 1)) && cat /run/out; }
	want=vulnerable
	[ ! -e "/usr/lib/kmend/updates/$RELEASE/$ID/manifest.json" ] || want=fixed
	[ "$(siocatmark)" = $want ] || { wrong=$((wrong + 1)) && kmend status; }
	# Whatever rpm had not written down is made good by doing it again.
	rpm -U --replacepkgs --replacefiles "$DIR/1.0.rpm" || wrong=$((wrong + 1))
	[ "$(siocatmark)" = fixed ] || wrong=$((wrong + 1))
	rpm -e "$PATCH" || wrong=$((wrong + 1))
	[ "$(siocatmark)" = vulnerable ] || wrong=$((wrong + 1))
done
check_equal "reconcile made the kernel follow the files each time" 0 $wrong

note "a database that is broken"
rpm -i "$DIR/1.0.rpm"
cp -a /var/lib/rpm /run/rpmdb
head -c 65536 /dev/urandom | dd of=/var/lib/rpm/rpmdb.sqlite conv=notrunc status=none
check "kmend status answers" told_applied $ID
check "reconcile leaves what is in force alone" kmend reconcile
check_equal "it is" fixed "$(siocatmark)"
rm -rf /var/lib/rpm && mv /run/rpmdb /var/lib/rpm
check "erase" rpm -e "$PATCH"
check "kmend itself goes without a word" rpm -e rpm-plugin-kmend kmend "kmend-module-$R"
