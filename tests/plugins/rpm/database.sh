#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Hotpatch packages through a real rpm in a database of its own: what its scriptlets call and when, and what the plugin
# then says of the database. kmend is replaced by a script that notes its calls, so the kernel is not asked.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; rpm expands; called by name
. "$(dirname "$0")/lib.sh"

RELEASE=6.1.0-50-amd64
R=6_1_0-50-amd64
PATCH=kmend-patch-$R-x
module kmend_x $RELEASE x.ko
module kmend_y $RELEASE y.ko
"$TOOL" container x x.ko x.kmend && "$TOOL" container y y.ko y.kmend || exit 1
"$KMEND" package --format rpm x.kmend -o x.rpm >/dev/null
"$KMEND" package --format rpm x.kmend -V 1.1 -o x2.rpm >/dev/null
"$KMEND" package --format rpm y.kmend -o y.rpm >/dev/null
"$KMEND" package --format rpm --seed --kernel $RELEASE --version 1 -o seed1.rpm >/dev/null
"$KMEND" package --format rpm --seed --kernel $RELEASE --version 2 -o seed2.rpm x.kmend y.kmend >/dev/null

# Files go below a prefix of ours (--relocate needs a relocatable package, so the root is changed for the payload only
# by --badreloc); scriptlets run on this machine.
export TOOL CALLS=$WORK/calls ANSWER=$WORK/answer
mkdir bin root
cat >bin/kmend <<'END'
#!/bin/sh
echo "$*" >>"$CALLS"
exit "$(cat "$ANSWER" 2>/dev/null || echo 0)"
END
chmod +x bin/kmend
PATH=$WORK/bin:$PATH
rpm --initdb
run_rpm() { # rpm with an answer from kmend: run_rpm ANSWER ARGUMENTS
	: >"$CALLS"
	echo "$1" >"$ANSWER"
	rpm --nodeps --define "_install_script_path $WORK/bin:/usr/bin:/bin" "${@:2}"
}
install_rpm() { run_rpm "$1" --badreloc --relocate /usr/lib/kmend/updates="$WORK/root/usr/lib/kmend/updates" "${@:2}"; }
calls() { tr '\n' ';' <"$CALLS"; }
installed() { "$TOOL" installed rpm | tr '\n' ';'; }
missing() { "$TOOL" missing rpm | tr '\n' ';'; }
there() { rpm -q "$1" >/dev/null 2>&1 && echo yes || echo no; }

is_equal "an empty database" "" "$(installed)"
mkdir nowhere
printf '%%_dbpath %s\n' "$WORK/nowhere" >nowhere/.rpmmacros
check_status "no database is an error, not an empty one" 1 env HOME="$WORK/nowhere" "$TOOL" installed rpm
mkdir broken && cp "$WORK/.rpmmacros" broken && sed -i "s|$WORK/db|$WORK/broken|" broken/.rpmmacros
head -c 100000 /dev/urandom >broken/rpmdb.sqlite
check_status "a broken one is an error" 1 env HOME="$WORK/broken" "$TOOL" installed rpm
check_match "with what to do" "rpm database" "$OUTPUT"

APPLY="apply --from-package x --release $RELEASE;" UNDO="undo --from-package x --release $RELEASE;"
check_status "a test transaction" 0 install_rpm 0 -i --test x.rpm
is_equal "calls nothing" "" "$(calls)"
check_status "an update is installed" 0 install_rpm 0 -i x.rpm
is_equal "its scriptlet applies it" "$APPLY" "$(calls)"
check_status "a newer version" 0 install_rpm 0 -U x2.rpm
is_equal "reverses nothing: the new %post compares, the old %preun does nothing" "$APPLY" "$(calls)"
check_status "an older one again, and applying fails" 0 install_rpm 31 -U --oldpackage x.rpm
is_equal "rpm does not mind" yes "$(there $PATCH)"
check_status "the same again" 0 install_rpm 0 -U --replacepkgs x.rpm
is_equal "compares" "$APPLY" "$(calls)"

check_status "erasure, tested" 0 run_rpm 0 -e --test $PATCH
is_equal "calls nothing" "" "$(calls)"
check_status "erasure, and the kernel cannot be reversed" 1 run_rpm 30 -e $PATCH
is_equal "undo was tried" "$UNDO" "$(calls)"
is_equal "the package stays" yes "$(there $PATCH)"
tap_ok "its files too" test -f root/usr/lib/kmend/updates/$RELEASE/x/manifest.json
check_status "erasure" 0 run_rpm 0 -e $PATCH
is_equal "reverses" "$UNDO" "$(calls)"
tap_ok "its files are gone" test ! -e root/usr/lib/kmend/updates/$RELEASE/x
check_status "installed without scriptlets" 0 install_rpm 0 -i --noscripts x.rpm
is_equal "calls nothing" "" "$(calls)"
check_status "erased without scriptlets" 0 run_rpm 0 -e --noscripts $PATCH
is_equal "calls nothing" "" "$(calls)"
check_status "the transaction plugin is at work" 0 env KMEND_TRANSACTION=1 bash -c "$(declare -f run_rpm install_rpm); install_rpm 0 -i x.rpm"
is_equal "so the scriptlet leaves it to that" "" "$(calls)"
check_status "without kmend" 0 rpm -e --nodeps $PATCH

# The database as the plugin sees it. (No relocation here: paths are looked at. Only the database is written.)
check_status "an update, for the database only" 0 run_rpm 0 -i --justdb --noscripts x2.rpm
is_equal "the plugin knows it" "$RELEASE x $PATCH 1.1-1;" "$(installed)"
check_status "a seed" 0 run_rpm 0 -i --justdb seed1.rpm
is_equal "that recommends nothing" "" "$(missing)"
check_status "a newer seed alone" 0 run_rpm 0 -U --justdb seed2.rpm
is_equal "what was never installed is missing" "kmend-patch-$R-y;" "$(missing)"
check_status "the missing one" 0 run_rpm 0 -i --justdb --noscripts y.rpm
is_equal "is no longer" "" "$(missing)"
tap_done
