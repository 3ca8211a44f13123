#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Hotpatch packages through a real dpkg in a database of its own: what its maintainer scripts call and when, and what
# the plugin then says of the database. kmend is replaced by a script that notes its calls, so the kernel is not asked.
# shellcheck source=tests/plugins/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; dpkg expands; called by name
. "$(dirname "$0")/../lib.sh"

RELEASE=6.1.0-50-amd64
PATCH=kmend-patch-$RELEASE-x
cd "$WORK" || exit 1
module kmend_x $RELEASE x.ko
module kmend_y $RELEASE y.ko
"$TOOL" container x x.ko x.kmend && "$TOOL" container y y.ko y.kmend || exit 1
"$KMEND" package --format deb x.kmend -o x.deb >/dev/null
"$KMEND" package --format deb x.kmend -V 1.1 -o x2.deb >/dev/null
"$KMEND" package --format deb y.kmend -o y.deb >/dev/null
"$KMEND" package --format deb --seed --kernel $RELEASE --version 1 -o seed1.deb >/dev/null
"$KMEND" package --format deb --seed --kernel $RELEASE --version 2 -o seed2.deb x.kmend y.kmend >/dev/null

mkdir -p root/var/lib/dpkg/{info,updates,triggers} bin
: >root/var/lib/dpkg/status
: >root/var/lib/dpkg/available
export TOOL DPKG_ADMINDIR=$WORK/root/var/lib/dpkg CALLS=$WORK/calls ANSWER=$WORK/answer
cat >bin/kmend <<'EOF'
#!/bin/sh
echo "$*" >>"$CALLS"
case $1 in undo) "$TOOL" installed deb >"$CALLS.seen" ;; esac
exit "$(cat "$ANSWER" 2>/dev/null || echo 0)"
EOF
chmod +x bin/kmend
PATH=$WORK/bin:$PATH:/usr/sbin:/sbin
command -v fakeroot >/dev/null || { echo "1..0 # fakeroot is not installed"; exit 0; }
run_dpkg() { # dpkg with an answer from kmend: run_dpkg ANSWER ARGUMENTS
	: >"$CALLS"
	echo "$1" >"$ANSWER"
	fakeroot dpkg --root="$WORK/root" --force-script-chrootless --force-depends --force-not-root --log=/dev/null "${@:2}"
}
calls() { tr '\n' ';' <"$CALLS"; }
installed() { "$TOOL" installed deb | tr '\n' ';'; }
missing() { "$TOOL" missing deb | tr '\n' ';'; }
state() { dpkg-query --admindir="$DPKG_ADMINDIR" -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | tr -d ' '; }

is_equal "an empty database" "" "$(installed)"
check_status "no database is an error, not an empty one" 1 env DPKG_ADMINDIR=/nonexistent "$TOOL" installed deb
check_status "a broken one is an error" 1 env DPKG_ADMINDIR="$WORK/broken" bash -c "mkdir -p broken && echo nonsense >broken/status && exec '$TOOL' installed deb"

check_status "an update is installed" 0 run_dpkg 0 -i x.deb
is_equal "its postinst applies it" "apply --from-package x --release $RELEASE;" "$(calls)"
is_equal "the plugin knows it" "$RELEASE x $PATCH 1.0;" "$(installed)"
check_status "a newer version" 0 run_dpkg 0 -i x2.deb
is_equal "reverses nothing; the new postinst compares" "apply --from-package x --release $RELEASE;" "$(calls)"
is_equal "the plugin knows the version" "$RELEASE x $PATCH 1.1;" "$(installed)"
check_status "an older one again, and applying fails" 0 run_dpkg 31 -i x.deb
is_equal "dpkg does not mind" ii "$(state $PATCH)"

check_status "removal, and the kernel cannot be reversed" 1 run_dpkg 30 -r $PATCH
is_equal "undo was tried, then apply made good" "undo --from-package x --release $RELEASE;apply --from-package x --release $RELEASE;" "$(calls)"
is_equal "the package stays" ri "$(state $PATCH)"
tap_ok "its files too" test -f root/usr/lib/kmend/updates/$RELEASE/x/manifest.json
is_equal "the plugin still knows it" "$RELEASE x $PATCH 1.0;" "$(installed)"
check_status "removal" 0 run_dpkg 0 -r $PATCH
is_equal "reverses" "undo --from-package x --release $RELEASE;" "$(calls)"
is_equal "while its prerm runs it is not there" "" "$(cat "$CALLS.seen")"
is_equal "the plugin knows it no more" "" "$(installed)"

check_status "a seed" 0 run_dpkg 0 -i seed1.deb
is_equal "that recommends nothing" "" "$(missing)"
check_status "a newer seed alone, as apt-get upgrade does" 0 run_dpkg 0 -i seed2.deb
is_equal "what was never installed is missing, what was removed is not" "kmend-patch-$RELEASE-y;" "$(missing)"
NOTICE=$(KMEND_DPKG_QUERY=$BUILD/plugins/dpkg/kmend-dpkg-query "$TOP/plugins/dpkg/apt-notice")
check_match "apt's hook tells of it" "kmend-patch-$RELEASE-y" "$NOTICE"
check_status "the missing one" 0 run_dpkg 0 -i y.deb
is_equal "is no longer missing" "" "$(missing)"
is_equal "and the hook is silent" "" "$(KMEND_DPKG_QUERY=$BUILD/plugins/dpkg/kmend-dpkg-query "$TOP/plugins/dpkg/apt-notice")"
check_status "unpacked, not configured" 0 run_dpkg 0 --unpack x.deb
check_match "is installed for kmend" "$RELEASE x $PATCH 1.0;" "$(installed)"
mkdir -p root/var/lib/kmend/record
check_status "purge" 0 run_dpkg 0 -P $PATCH
check_match "leaves nothing" "^(un)?$" "$(state $PATCH)"

# Every way dpkg may call the scripts (Policy 6.5), and one it may not.
dpkg-deb -e x.deb scripts
: >"$CALLS"
wrong=
while read -r script arguments; do
	# shellcheck disable=SC2086 # words
	scripts/"$script" $arguments >/dev/null 2>&1 || wrong+="$script $arguments; "
done <<'EOF'
postinst configure
postinst configure 1.0
postinst abort-upgrade 1.1
postinst abort-remove
postinst abort-remove in-favour other 1
postinst abort-deconfigure in-favour other 1 removing kmend 1
prerm remove
prerm remove in-favour other 1
prerm upgrade 1.1
prerm failed-upgrade 1.0 1.1
prerm deconfigure in-favour other 1 removing kmend 1
postrm remove
postrm upgrade 1.1
postrm failed-upgrade 1.0 1.1
postrm disappear other 1
postrm abort-install
postrm abort-install 1.0 1.1
postrm abort-upgrade 1.0 1.1
EOF
is_equal "all calls of the scripts that Policy knows" "" "$wrong"
for script in postinst prerm postrm; do
	check_status "$script refuses others" 1 scripts/$script nonsense
done
echo 1 >"$ANSWER"
tap_ok "postinst succeeds though kmend fails" scripts/postinst configure
check_status "prerm fails if kmend does" 1 scripts/prerm remove
PATH=/usr/sbin:/usr/bin:/sbin:/bin
if ! command -v kmend >/dev/null; then
	tap_ok "postinst without kmend" scripts/postinst configure
	tap_ok "prerm without kmend, and nothing applied" scripts/prerm remove
fi
tap_done
