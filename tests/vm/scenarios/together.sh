# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: several updates in one stop, all or none; an update on top of another; a cumulative one; a sealed jump label
# needs: ko parts:loop-eventfd parts:siocatmark parts:below parts:above parts:cumulative parts:usercopy
# timeout: 300
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
PARTS=$VM_PAYLOAD/parts
TWO=TEST-loop-eventfd CVE=CVE-2026-52928 BELOW=TEST-below ABOVE=TEST-above ALL=TEST-cumulative

is_now() { check_equal "$1" "$2" "$(in_kernel "$3" state): $(in_kernel "$3" targets | tr '\n' ',')"; }
put() { echo "$3" >"$SYSFS/$1/$2"; }
all() { echo "${*:2}" >"$SYSFS/$1"; }
load_two() { insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd.ko" && insmod "$PARTS/loop-eventfd/kmend_test_loop_eventfd__loop.ko"; }
unload_two() { rmmod kmend_test_loop_eventfd__loop kmend_test_loop_eventfd; }

check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
BYTES=$(kernel_bytes eventfd_read 64)

note "several updates in one stop"
check "an update with two targets, one of them not there" load_two
check "another update" insmod "$PARTS"/siocatmark/*.ko
check "both are applied" all apply_all $TWO $CVE
is_now "the one" "applied: vmlinux loaded,loop armed," $TWO
is_now "the other" "applied: vmlinux loaded," $CVE
check_equal "in the same stop" "$(in_kernel $TWO pause_ns)" "$(in_kernel $CVE pause_ns)"
check_equal "both in force" "new fixed" "$(eventfd_read which) $(siocatmark)"
check "one is reversed" put $CVE reverse 1
check_status "all or none" 1 all reverse_all $TWO $CVE
check_equal "the other stays" "new vulnerable" "$(eventfd_read which) $(siocatmark)"
check "together again" put $CVE apply 1
check "both are reversed" all reverse_all $CVE $TWO
check_equal "both gone" "old vulnerable" "$(eventfd_read which) $(siocatmark)"
check_status "an id that is not there" 1 all apply_all $TWO nothing
check_equal "switches nothing" old "$(eventfd_read which)"
check "the updates leave" rmmod "$(lsmod | awk '/^kmend_cve/ { print $1 }')"
check "and the other" unload_two

note "one on top of another"
check_status "without its base it is refused" 1 insmod "$PARTS"/above/*.ko
check_match "by name" "^base_missing: $BELOW" "$(in_kernel $ABOVE refusal)"
check "the base" insmod "$PARTS"/below/*.ko
check "then it" insmod "$PARTS"/above/*.ko
check_status "not before the base is applied" 1 put $ABOVE apply 1
check_match "by name" "^base_missing: $BELOW" "$(in_kernel $ABOVE refusal)"
check "the base is applied" put $BELOW apply 1
check_equal "the base" new "$(eventfd_read which)"
check "the one on top is applied" put $ABOVE apply 1
check_equal "one hop" "No data available" "$(eventfd_read which)"
check_status "the base cannot be reversed" 1 put $BELOW reverse 1
check_match "by name" "^sat_on: $ABOVE" "$(in_kernel $BELOW refusal)"
check "the one on top is" put $ABOVE reverse 1
check_equal "the base again" new "$(eventfd_read which)"
check "on top again" put $ABOVE apply 1
check "both at once" all reverse_all $BELOW $ABOVE
check_equal "as the distribution made it" old "$(eventfd_read which)"
unchanged "byte for byte" eventfd_read "$BYTES"
check "both at once, whatever the order" all apply_all $ABOVE $BELOW
check_equal "the one on top" "No data available" "$(eventfd_read which)"
check "and back" all reverse_all $BELOW $ABOVE
unchanged "byte for byte again" eventfd_read "$BYTES"

# leads_to MODULE: the jump in eventfd_read leads straight to that module's eventfd_read.
leads_to() {
	local from to word
	from=$(awk '$3 == "eventfd_read" && NF == 3 { print $1 }' /proc/kallsyms)
	to=$(awk -v module="[$1]" '$3 == "eventfd_read.kmend" && $4 == module { print $1 }' /proc/kallsyms)
	word=$(kernel_bytes eventfd_read 64 | cut -c11-20)
	[ "${word:0:2}" = e9 ] || return
	word=$((16#${word:8:2}${word:6:2}${word:4:2}${word:2:2}))
	((word < 0x80000000)) || word=$((word - 0x100000000))
	[ $((16#$from + 10 + word)) = $((16#$to)) ]
}

note "a cumulative update takes the place of both"
check "both" all apply_all $BELOW $ABOVE
check "one hop, with two on top of each other" leads_to kmend_test_above
check "it comes" insmod "$PARTS"/cumulative/*.ko
check_equal "which tells what it replaces" "$BELOW $ABOVE" "$(in_kernel $ALL replaces | xargs)"
check "a look changes nothing" put $ALL apply check
check_equal "the one on top" "No data available" "$(eventfd_read which)"
check_status "not task by task" 1 put $ALL apply gradual
check_match "by name" "^not_gradual: .*$BELOW" "$(in_kernel $ALL refusal)"
check "in one stop" put $ALL apply 1
check_equal "it" "Link has been severed" "$(eventfd_read which)"
check "one hop" leads_to kmend_test_cumulative
check_equal "those are not in force any more" "ready ready applied" "$(in_kernel $BELOW state) $(in_kernel $ABOVE state) $(in_kernel $ALL state)"
check "so they can leave" rmmod kmend_test_above kmend_test_below
check "its reversal" put $ALL reverse 1
check_equal "brings nothing back" old "$(eventfd_read which)"
unchanged "byte for byte" eventfd_read "$BYTES"
check "again, with none of them there" put $ALL apply 1
check_equal "it" "Link has been severed" "$(eventfd_read which)"
check_status "what it replaces cannot come on top" 1 insmod "$PARTS"/below/*.ko
check_match "by name" "^already_replaced: .*$ALL" "$(in_kernel $BELOW refusal)"
check "and gone" put $ALL reverse 1
check "it leaves" rmmod kmend_test_cumulative
check "those come" insmod "$PARTS"/below/*.ko
check "in order" insmod "$PARTS"/above/*.ko
check "and what takes their place" insmod "$PARTS"/cumulative/*.ko
check_status "which cannot be applied together with them" 1 all apply_all $BELOW $ABOVE $ALL
check_match "by name" "^already_replaced: .*$ALL" "$(in_kernel $BELOW refusal)"
check_equal "nothing is" "ready ready ready" "$(in_kernel $BELOW state) $(in_kernel $ABOVE state) $(in_kernel $ALL state)"
check "it leaves" rmmod kmend_test_cumulative
check_status "the base is held by the one on top" 1 rmmod kmend_test_below
check "they leave in order" rmmod kmend_test_above kmend_test_below

note "a jump label that the kernel must not be let near"
check "it loads" insmod "$PARTS"/usercopy/*.ko
check "applied" put TEST-usercopy apply 1
check_equal "in force, and nothing is broken" "old vulnerable" "$(eventfd_read which) $(siocatmark)"
check "reversed" put TEST-usercopy reverse 1
check "it leaves" rmmod kmend_test_usercopy
check "kmend.ko leaves" rmmod kmend
