# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: tracers, kprobes and perf on a patched function, before, during and after; a function that a tracer leads away
# needs: kmend update:siocatmark update:net
# timeout: 600
# threads: single
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=CVE-2026-52928
FILE=$(update_file siocatmark)

tracer() { # tracer NAME FILTER
	echo nop >$TRACE/current_tracer
	echo "$2" >$TRACE/set_ftrace_filter
	echo "$1" >$TRACE/current_tracer
	echo >$TRACE/trace
}
# seen NAME WORD: the tracer sees calls of unix_ioctl.
seen() {
	siocatmark >/dev/null
	check_match "$1" "$2" "$(grep -m 3 unix_ioctl $TRACE/trace)"
}
# probed NAME: a perf event on a kprobe at the function's start counts every call.
probed() {
	echo 'p:start unix_ioctl' >>$TRACE/kprobe_events
	check_equal "$1" 100 "$(perf_count "$(cat $TRACE/events/kprobes/start/id)" 100 2>&1)"
	echo '-:start' >>$TRACE/kprobe_events
}

check_equal "vulnerable" vulnerable "$(siocatmark)"
probed "perf counts calls before"

tracer function unix_ioctl
seen "function tracer before" unix_ioctl
check_status "apply while the function is traced" 0 kmend apply "$FILE"
check_equal "fixed" fixed "$(siocatmark)"
echo >$TRACE/trace
seen "function tracer goes on after apply" unix_ioctl
tracer nop ''
check_equal "fixed with the tracer off" fixed "$(siocatmark)"
tracer function unix_ioctl
seen "function tracer switched on after apply" unix_ioctl
tracer function_graph unix_ioctl
seen "function graph after apply" 'unix_ioctl'
check_equal "fixed under function graph" fixed "$(siocatmark)"
probed "perf counts calls of a patched function"
echo 'r:back unix_ioctl' >>$TRACE/kprobe_events
check_equal "a return probe counts calls of a patched function" 100 "$(perf_count "$(cat $TRACE/events/kprobes/back/id)" 100 2>&1)"
echo '-:back' >>$TRACE/kprobe_events

check_status "undo under function graph" 0 kmend undo $ID
check_equal "vulnerable" vulnerable "$(siocatmark)"
echo >$TRACE/trace
seen "function graph goes on after undo" unix_ioctl
tracer nop ''
probed "perf counts calls after undo"

# A kprobe at the start while the switch is made, and everything traced while the switch is made.
echo 'p:start unix_ioctl' >$TRACE/kprobe_events
echo 1 >$TRACE/events/kprobes/start/enable
check_status "apply with a kprobe at the function's start" 0 kmend apply "$FILE"
check_equal "fixed" fixed "$(siocatmark)"
check_match "the kprobe sees calls of the patched function" 'start:' "$(grep -m1 start: $TRACE/trace)"
check_status "undo with a kprobe at the function's start" 0 kmend undo $ID
check_equal "vulnerable" vulnerable "$(siocatmark)"
echo 0 >$TRACE/events/kprobes/start/enable
echo >$TRACE/kprobe_events
echo function >$TRACE/current_tracer
check_status "apply while every function is traced" 0 kmend apply "$FILE"
check_equal "fixed" fixed "$(siocatmark)"
check_status "undo while every function is traced" 0 kmend undo $ID
echo nop >$TRACE/current_tracer
check_equal "vulnerable" vulnerable "$(siocatmark)"
check_equal "ftrace is still enabled" 1 "$(cat /proc/sys/kernel/ftrace_enabled)"

# A function that begins with a static call: there is no room for a jump, its ftrace site leads to the replacement.
NET=TEST-net
# synchronized: how many calls of the replacement a network namespace that comes and goes makes.
synchronized() {
	local before
	before=$(dmesg | grep -c 'synchronize_net, replaced')
	unshare -n true
	for _ in 1 2 3 4 5 6; do
		sleep 0.5
		(($(dmesg | grep -c 'synchronize_net, replaced') == before)) || break
	done
	(($(dmesg | grep -c 'synchronize_net, replaced') > before)) && echo replaced || echo original
}
NET_BYTES=$(kernel_bytes synchronize_net 64)
check_equal "synchronize_net is the original" original "$(synchronized)"
check_status "apply where the tracer must lead" 0 kmend apply "$(update_file net)"
check_equal "the replacement is called" replaced "$(synchronized)"
check_match "the tracer knows a user that changes where the function goes" 'synchronize_net.* I' \
	"$(grep '^synchronize_net ' $TRACE/enabled_functions)"
check_status "tracing cannot be switched off meanwhile" 1 sh -c 'echo 0 >/proc/sys/kernel/ftrace_enabled'
tracer function synchronize_net
check_equal "the replacement is called while the function is traced" replaced "$(synchronized)"
check_match "the function tracer sees the calls" synchronize_net "$(grep -m 1 synchronize_net $TRACE/trace)"
check_status "undo while the function is traced" 0 kmend undo $NET
check_equal "the original is called again" original "$(synchronized)"
tracer nop ''
unchanged "the code is what it was" synchronize_net "$NET_BYTES"
check_equal "the tracer has no user left" 0 "$(grep -c '^synchronize_net ' $TRACE/enabled_functions)"
echo 'p:start synchronize_net' >$TRACE/kprobe_events
echo 1 >$TRACE/events/kprobes/start/enable
check_status "apply with a kprobe at the function's start" 0 kmend apply "$(update_file net)"
check_equal "the replacement is called behind the kprobe" replaced "$(synchronized)"
check_match "the kprobe sees calls" 'start:' "$(grep -m1 start: $TRACE/trace)"
check_status "undo with a kprobe at the function's start" 0 kmend undo $NET
echo 0 >$TRACE/events/kprobes/start/enable
echo >$TRACE/kprobe_events
check_status "apply again" 0 kmend apply "$(update_file net)"
check_equal "the replacement is called" replaced "$(synchronized)"
check_status "undo again" 0 kmend undo $NET
check_equal "the original is called" original "$(synchronized)"
