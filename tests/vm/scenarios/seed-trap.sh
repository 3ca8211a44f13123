# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: apt-get upgrade that takes the seed without its update: apt's run and kmend status tell of it
# needs: repository:siocatmark
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
RELEASE=$(uname -r)
ID=CVE-2026-52928
PATCH=kmend-patch-$RELEASE-cve-2026-52928
SEED=kmend-patches-$RELEASE

publish() {
	echo "deb [signed-by=/etc/apt/keyrings/vendor.gpg] file:$VM_PAYLOAD/$1/repo ./" >/etc/apt/sources.list
	apt-get update -q >/dev/null
}
mkdir -p /etc/apt/keyrings
cp "$VM_PAYLOAD/key.gpg" /etc/apt/keyrings/vendor.gpg
publish before
check_status "the seed is installed" 0 apt-get install -q -y "$SEED"
check_match "nothing is left out yet" '"warnings":\[\]' "$(kmend status --json | tr -d ' \t\n')"

publish after
check_status "apt-get upgrade with recommendations switched off" 0 apt-get upgrade -q -y -o APT::Install-Recommends=false
check_equal "the new seed is there" 2 "$(dpkg-query -W -f '${Version}' "$SEED")"
check "its update is not" sh -c "! dpkg -s $PATCH 2>/dev/null"
check_match "apt's run tells of it" "$PATCH" "$OUTPUT"
STATUS=$(kmend status 2>&1)
check_match "kmend status tells of it" "$PATCH|$ID" "$STATUS"
note "$STATUS"
check_equal "vulnerable" vulnerable "$(siocatmark)"
check_status "what it advises" 0 apt-get install -q -y "$PATCH"
check_equal "fixed" fixed "$(siocatmark)"
check "kmend status calls it applied" told_applied $ID
check_match "nothing is left out any more" '"warnings":\[\]' "$(kmend status --json | tr -d ' \t\n')"

# A wrong package state is no reason to fail: --purge, an upgrade of the hotpatch package to itself.
check_status "reinstalling an applied update" 0 apt-get install -q -y --reinstall "$PATCH"
check_equal "still fixed" fixed "$(siocatmark)"
check_status "purge" 0 apt-get purge -q -y "$PATCH"
check_equal "vulnerable" vulnerable "$(siocatmark)"
check_equal "nothing is left of it" "" "$(find /usr/lib/kmend/updates -type f 2>/dev/null)"
