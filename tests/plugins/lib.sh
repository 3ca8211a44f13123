# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP for scripts, and the programs under test. Source it; end with done_testing.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$TOP/$BUILD
KMEND=$BUILD/core/cli/kmend
TOOL=$BUILD/tests/plugins/plugin-tool
export KMEND_PLUGIN_PATH=$BUILD/plugins/dpkg LC_ALL=C.UTF-8
unset SOURCE_DATE_EPOCH DEBEMAIL DEBFULLNAME
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

tap_count=0 tap_failed=0
for program in "$KMEND" "$TOOL"; do
	[[ -x $program ]] && continue
	echo "1..0 # $program is not built"
	exit 0
done

ok() { # ok NAME STATUS [WHY]
	tap_count=$((tap_count + 1))
	if (($2)); then
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $1"
		[[ -z ${3-} ]] || printf "# %s\n" "${3//$'\n'/$'\n# '}"
	else
		echo "ok $tap_count - $1"
	fi
}

skip() { # skip NAME WHY
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# check NAME COMMAND...: it succeeds
check() {
	local out status
	out=$("${@:2}" 2>&1)
	status=$?
	ok "$1" $status "$out"
}

# check_status NAME STATUS COMMAND...: its output is left in $OUTPUT
check_status() {
	local status
	OUTPUT=$("${@:3}" 2>&1)
	status=$?
	ok "$1 (status $2)" $((status != $2)) "status $status: $OUTPUT"
}

# check_equal NAME EXPECTED GOT
check_equal() {
	[[ $2 == "$3" ]]
	ok "$1" $? "expected: $2
got: $3"
}

# check_match NAME REGEX TEXT
check_match() {
	[[ $3 =~ $2 ]]
	ok "$1" $? "no $2 in: $3"
}

# check_no_match NAME REGEX TEXT
check_no_match() {
	! [[ $3 =~ $2 ]]
	ok "$1" $? "there is $2 in: $3"
}

done_testing() {
	echo "1..$tap_count"
	exit $((tap_failed != 0))
}

# module NAME RELEASE OUT: an ELF object with the .modinfo of such a module
module() {
	printf 'static const char info[] __attribute__((section(".modinfo"), used)) = "name=%s\\0version=0.1.0\\0vermagic=%s SMP mod_unload";' \
		"$1" "$2" | gcc -O2 -x c -c -o "$3" -
}
