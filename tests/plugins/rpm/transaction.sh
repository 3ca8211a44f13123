#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rpm's plugin kmend.so in real transactions of a real rpm, beside one that notes every hook; kmend is a script that notes its
# calls. (What it does to a kernel is shown by tests/vm/run rpm-packages.)
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2317 # names are tame; rpm expands; called by name
. "$(dirname "$0")/lib.sh"
((!EUID)) || { echo "1..0 # not root, so the plugin has nothing to do"; exit 0; }

RELEASE=$(uname -r)
R=$(tr 'A-Z.~' 'a-z__' <<<"$RELEASE")
UPDATES=$WORK/root/usr/lib/kmend/updates
export RELEASE CALLS=$WORK/calls HOOKS=$WORK/hooks
mkdir -p bin plugins "$UPDATES"
for name in x y; do
	module kmend_$name "$RELEASE" $name.ko
	"$TOOL" container $name $name.ko $name.kmend && "$KMEND" package --format rpm $name.kmend -o $name.rpm >/dev/null || exit 1
done
"$KMEND" package --format rpm x.kmend -V 1.1 -o x2.rpm >/dev/null
RELEASE=5.14.0-7.el9.x86_64 "$TOOL" container other x.ko other.kmend && "$KMEND" package --format rpm other.kmend -o other.rpm >/dev/null

# shellcheck disable=SC2046 # words
tap_ok "the plugin compiles" gcc -D_GNU_SOURCE -Wall -shared -fPIC -o plugins/kmend.so -DKMEND="\"$WORK/bin/kmend\"" -DUPDATES="\"$UPDATES/\"" \
	"$TOP/plugins/rpm/transaction/kmend.c" $(pkg-config --cflags --libs rpm)
# shellcheck disable=SC2046
tap_ok "so does one that notes the hooks" gcc -Wall -shared -fPIC -o plugins/debug.so -I"$TOP" "$TOP/tests/plugins/rpm/debug.c" $(pkg-config --cflags --libs rpm)
cat >>.rpmmacros <<END
%__plugindir $WORK/plugins
%__transaction_kmend %{__plugindir}/kmend.so
%__transaction_debug %{__plugindir}/debug.so
END
cat >bin/kmend <<'END'
#!/bin/sh
echo "$*" >>"$CALLS"
case $* in
*--dry-run*) cat "$CALLS.words" 2>/dev/null; exit "$(cat "$CALLS.dry" 2>/dev/null || echo 0)" ;;
esac
END
chmod +x bin/kmend
PATH=$WORK/bin:$PATH
rpm --initdb
run_rpm() {
	: >"$CALLS"
	: >"$HOOKS"
	rpm --nodeps --define "_install_script_path $WORK/bin:/usr/bin:/bin" "$@"
}
install_rpm() { run_rpm --badreloc --relocate /usr/lib/kmend/updates="$UPDATES" "$@"; }
calls() { tr '\n' ';' <"$CALLS"; }
X=kmend-patch-$R-x Y=kmend-patch-$R-y

check_status "a test transaction" 0 install_rpm -i --test x.rpm
is_equal "asks nothing" "" "$(calls)"
check_match "though the hooks are called for it" "tsm_pre.*tsm_post" "$(tr '\n' ' ' <"$HOOKS")"
check_status "the database only" 0 run_rpm -i --justdb --noscripts x.rpm
is_equal "asks nothing either" "" "$(calls)"
check_status "and takes it out" 0 run_rpm -e --justdb --noscripts "$X"
check_status "without scriptlets" 0 install_rpm -i --noscripts x.rpm
is_equal "asks nothing" "" "$(calls)"
check_status "gone again" 0 run_rpm -e --noscripts "$X"

mkdir -p other "other$WORK/db"
check_status "into another root" 0 run_rpm --root "$WORK/other" -i --noscripts x.rpm
run_rpm --root "$WORK/other" -e --noscripts "$X"
run_rpm --root "$WORK/other" -i x.rpm >/dev/null 2>&1 # its scriptlet finds no shell there
is_equal "asks nothing: it is not the running kernel's" "yes " "$(test -e "other/usr/lib/kmend/updates/$RELEASE/x/manifest.json" && echo yes) $(calls)"

check_status "two updates in a transaction" 0 install_rpm -i x.rpm y.rpm
check_match "are applied together at its end, and not by their scriptlets" "^apply --from-package (x y|y x);$" "$(calls)"
check_match "after both were installed" "psm_post.*psm_post.*tsm_post" "$(tr '\n' ' ' <"$HOOKS")"
check_status "an upgrade" 0 install_rpm -U x2.rpm
is_equal "is applied, and asks about no erasure" "apply --from-package x;" "$(calls)"
check_status "an update for another kernel" 0 install_rpm -i other.rpm
is_equal "leaves it to reconcile" "reconcile --quiet;" "$(calls)"

echo 30 >"$CALLS.dry"
echo "x: busy: sleeper (1) is in it" >"$CALLS.words"
check_status "erasure of what is busy is refused (rpm tells how many failed)" 2 run_rpm -e "$X" "$Y"
check_match "with its reason" "sleeper \(1\) is in it" "$OUTPUT"
check_match "before anything is done" "^undo --dry-run --retries=2 [xy];$" "$(calls)"
is_equal "both stay" 2 "$(rpm -q "$X" "$Y" | grep -c -- -1)"
echo 31 >"$CALLS.dry"
check_status "so is what the kernel refuses" 1 run_rpm -e "$X"
echo "x: sat_on: y" >"$CALLS.words"
check_status "but not what only another one sits on, which goes as well" 0 run_rpm -e "$X" "$Y"
check_match "their scriptlets reverse them" "undo --from-package x .*undo --from-package y |undo --from-package y .*undo --from-package x " "$(calls)"
rm "$CALLS".*
rm bin/kmend
check_status "without kmend" 0 install_rpm -i x.rpm
check_match "it says so" "no kmend|there is no" "$OUTPUT"
check_status "and erasing works" 0 run_rpm -e "$X"
tap_done
