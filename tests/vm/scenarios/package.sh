# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the hotpatch package: upgraded with the same and with another module, removed while a task blocks the reversal
# needs: kmend versions:siocatmark update:eventfd
# timeout: 400
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"

ID=CVE-2026-52928
PATCH=kmend-patch-$(uname -r)-cve-2026-52928
# How often the kernel said so.
said() { dmesg | grep -c "kmend: update $1 $2"; }
state() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | tr -d ' '; }

check_equal "the stock kernel is vulnerable" vulnerable "$(siocatmark)"
check "without kmend.ko the package can be unpacked" dpkg --unpack "$VM_PAYLOAD/versions/1.0.deb"
check_equal "which changes nothing" vulnerable "$(siocatmark)"
install_kmend
check "dpkg --configure" dpkg --configure -a
check_equal "applies it" fixed "$(siocatmark)"

# The same module in a newer package: the fix is never taken away.
check "version 1.1 has the same module" cmp <(dpkg-deb --fsys-tarfile "$VM_PAYLOAD/versions/1.0.deb" | tar -xO --wildcards '*.ko' | sha256sum) \
	<(dpkg-deb --fsys-tarfile "$VM_PAYLOAD/versions/1.1.deb" | tar -xO --wildcards '*.ko' | sha256sum)
check "upgrade to 1.1" dpkg -i "$VM_PAYLOAD/versions/1.1.deb"
check_equal "fixed" fixed "$(siocatmark)"
check_equal "it was applied once" 1 "$(said $ID applied)"
check_equal "and not reversed" 0 "$(said $ID reversed)"

# Another module under the same id: exchanged.
check "upgrade to 2.0, which has another module" dpkg -i "$VM_PAYLOAD/versions/2.0.deb"
check_equal "fixed" fixed "$(siocatmark)"
check_equal "the old one was reversed" 1 "$(said $ID reversed)"
check_equal "and the new one applied" 2 "$(said $ID applied)"
check "downgrade to 1.1" dpkg -i "$VM_PAYLOAD/versions/1.1.deb"
check_equal "fixed" fixed "$(siocatmark)"
check_equal "exchanged again" "3 2" "$(said $ID applied) $(said $ID reversed)"
check "removal" dpkg -r "$PATCH"
check_equal "reverses" vulnerable "$(siocatmark)"
check_equal "dpkg remembers it as removed" rc "$(state "$PATCH")"
check "installed again" dpkg -i "$VM_PAYLOAD/versions/1.0.deb"
check_equal "fixed again" fixed "$(siocatmark)"
check "purge" dpkg -P "$PATCH"
check_equal "reverses too" vulnerable "$(siocatmark)"
check "and leaves no record" test ! -e "/var/lib/kmend/record/$ID.json"

# A task that sleeps in the replacement: the package has to stay.
ID=TEST-eventfd
PATCH=kmend-patch-$(uname -r)-test-eventfd
mkfifo /run/gate
check "another update" dpkg -i "$(update_deb eventfd)"
check_equal "is applied" new "$(eventfd_read which)"
eventfd_read sleep /run/gate >/run/sleeper &
SLEEPER=$!
wait_for 60 test -s /run/sleeper
check_status "removal while a task sleeps in the new code" 1 dpkg -r "$PATCH"
check_match "tells who" "$(head -n 1 /run/sleeper)" "$OUTPUT"
check_equal "the package stays" ri "$(state "$PATCH")"
check_equal "its files stay" 1 "$(find "/usr/lib/kmend/updates/$(uname -r)/$ID" -name '*.ko' | wc -l)"
check_equal "the update stays in force" "applied new" "$(in_kernel $ID state) $(eventfd_read which)"
echo >/run/gate
wait $SLEEPER
check "once it has left" dpkg -r "$PATCH"
check_equal "it is reversed" old "$(eventfd_read which)"
