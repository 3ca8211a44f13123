# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The programs under test, and checks on top of tests/tap.sh. Source it; end with tap_done.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$TOP/$BUILD
KMEND=$BUILD/core/cli/kmend
TOOL=$BUILD/tests/plugins/plugin-tool
export KMEND_PLUGIN_PATH=$BUILD/plugins/dpkg:$BUILD/plugins/rpm LC_ALL=C.UTF-8
unset SOURCE_DATE_EPOCH DEBEMAIL DEBFULLNAME
# shellcheck source=tests/tap.sh
. "$TOP/tests/tap.sh"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

for program in "$KMEND" "$TOOL"; do
	[[ -x $program ]] && continue
	echo "1..0 # $program is not built"
	exit 0
done

# check_status NAME STATUS COMMAND...: it ends with that status. Its output is left in $OUTPUT.
check_status() {
	local status
	OUTPUT=$("${@:3}" 2>&1)
	status=$?
	tap_result $((status != $2)) "$1 (status $2)" <(echo "status $status: $OUTPUT")
}

# is_equal NAME EXPECTED GOT
is_equal() { tap_is "$1" "$3" "$2"; }

# check_match NAME REGEX TEXT
check_match() {
	[[ $3 =~ $2 ]]
	tap_result $? "$1" <(echo "no $2 in: $3")
}

# check_no_match NAME REGEX TEXT
check_no_match() {
	! [[ $3 =~ $2 ]]
	tap_result $? "$1" <(echo "there is $2 in: $3")
}

# module NAME RELEASE OUT: an ELF object with the .modinfo of such a module
module() {
	printf 'static const char info[] __attribute__((section(".modinfo"), used)) = "name=%s\\0version=0.1.0\\0vermagic=%s SMP mod_unload";' \
		"$1" "$2" | gcc -O2 -x c -c -o "$3" -
}
