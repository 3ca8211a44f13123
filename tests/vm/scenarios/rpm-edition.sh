# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a second edition of an update, as a newer RPM: a task that looks all the time never sees the hole
# needs: rpm_edition
# root: rpm
# memory: 3072
# long: yes
# timeout: 900
# shellcheck source=../guest/rpm.sh
. "$VM_DIR/guest/rpm.sh"

ID=CVE-2026-52928
PATCH=kmend-patch-$R-cve-2026-52928
DIR=$VM_PAYLOAD/rpms
rpm() { command rpm --nosignature "$@" 2> >(grep -v -E 'use Alien|what you are doing' >&2); }

rpm_system
check "kmend is installed" rpm -i "$DIR"/base/*.rpm
for plugins in '' --noplugins; do
	note "${plugins:-with the plugin}"
	# shellcheck disable=SC2086 # nothing, or one word
	check "the first edition" rpm -i $plugins "$DIR/first.rpm"
	check_equal "is applied" "fixed applied" "$(siocatmark) $(in_kernel $ID state)"
	(while :; do siocatmark; done >/run/seen 2>&1) &
	WATCHER=$!
	# shellcheck disable=SC2086
	check "the second edition is an upgrade of the same package" rpm -U $plugins "$DIR/second.rpm"
	sleep 1
	kill $WATCHER
	wait $WATCHER 2>/dev/null
	check_equal "nobody ever saw the hole" fixed "$(sort -u /run/seen)"
	check_equal "the second is in force" "$PATCH-2.0-1.x86_64 applied" "$(rpm -q "$PATCH") $(in_kernel $ID+2 state)"
	check "and the first no more" not_applied $ID
	check "reconcile has nothing to put right" kmend reconcile
	check_equal "still" "fixed applied" "$(siocatmark) $(in_kernel $ID+2 state)"
	# shellcheck disable=SC2086
	check "erased" rpm -e $plugins "$PATCH"
	check_equal "reversed" vulnerable "$(siocatmark)"
	check "reconcile brings nothing back" kmend reconcile
	check_equal "indeed" vulnerable "$(siocatmark)"
done
