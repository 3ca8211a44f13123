# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The Test Anything Protocol for test scripts: tap_ok, tap_is, tap_skip, and tap_done at the end.
tap_count=0 tap_failed=0

# tap_result STATUS NAME [FILE]: one claim; on failure the file's lines follow as remarks.
tap_result() {
	tap_count=$((tap_count + 1))
	if (($1 == 0)); then
		echo "ok $tap_count - $2"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $2"
	[[ -z ${3-} ]] || head -n 20 "$3" | sed 's/^/# /'
	return 1
}

# tap_ok NAME COMMAND...: does it succeed? What it says is shown if not.
tap_ok() {
	local name=$1 log status
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null
	status=$?
	tap_result $status "$name" "$log"
	rm -f "$log"
	return $status
}

# tap_is NAME GOT EXPECTED: are both texts equal? The difference is shown if not.
tap_is() {
	local log status
	log=$(mktemp)
	diff <(echo "$3") <(echo "$2") >"$log"
	status=$?
	tap_result $status "$1" "$log"
	rm -f "$log"
	return $status
}

tap_skip() { # NAME REASON
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_done() {
	echo "1..$tap_count"
	((tap_failed == 0 && tap_count))
	exit
}
