# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: a package that changes the kernel and a module: loaded, absent, coming, leaving; the module is never held
# needs: kmend update:two-targets
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"

ID=TEST-two-targets
PATCH=kmend-patch-$(uname -r)-test-two-targets
PARTS="kmend_test_two_targets kmend_test_two_targets__binfmt_misc"
MISC=/run/misc
mkdir -p $MISC

load() { modprobe binfmt_misc && mount -t binfmt_misc none $MISC; }
unload() { umount $MISC && rmmod binfmt_misc; }
misc_status() { cat $MISC/status; }
targets() { in_kernel $ID targets | tr '\n' ' ' | sed 's/ $//'; }
parts_loaded() {
	local part loaded=''
	for part in $PARTS; do [ ! -e "/sys/module/$part" ] || loaded="$loaded${loaded:+ }$part"; done
	echo "$loaded"
}

install_kmend

# The module is there.
check "the module is loaded" load
check_equal "unpatched" "enabled old" "$(misc_status) $(eventfd_read which)"
check "apt installs the package" apt-get install -q -y "$(update_deb two-targets)"
check_equal "both targets are switched" "applied: vmlinux loaded binfmt_misc loaded" "$(in_kernel $ID state): $(targets)"
check_equal "the module calls what the kernel's part brought" "1 42 1" "$(misc_status)"
check_equal "the kernel's function is new" new "$(eventfd_read which)"
check_equal "one update module for each" "$PARTS" "$(parts_loaded)"
check "the record names both" grep -q kmend_test_two_targets__binfmt_misc /var/lib/kmend/record/$ID.json
check_match "view shows both" "binfmt_misc: kmend_test_two_targets__binfmt_misc" "$(kmend view $ID)"
check "status calls it applied" told_applied $ID

# It goes and comes: not held, and new each time.
check "the module can leave" unload
check_equal "its part waits" "applied: vmlinux loaded binfmt_misc armed" "$(in_kernel $ID state): $(targets)"
check_match "status says so" "waits for binfmt_misc" "$(kmend status)"
check_match "so does JSON" '"name":"binfmt_misc","state":"armed"' "$(kmend status --json | tr -d ' \t\n')"
check "kmend reconcile has nothing to do" kmend reconcile
check_equal "the kernel's function is still new" new "$(eventfd_read which)"
check "the module comes" load
check_equal "patched, with data of its own as new" "1 42 1" "$(misc_status)"
check_equal "both targets" "vmlinux loaded binfmt_misc loaded" "$(targets)"

check "apt removes the package" apt-get remove -q -y "$PATCH"
check_equal "both are as they were" "enabled old" "$(misc_status) $(eventfd_read which)"
check_equal "no update module is left" "" "$(parts_loaded)"
check "and no kmend.ko" test ! -e /sys/module/kmend

# It is absent when the package comes.
check "the module leaves" unload
check "apt installs the package without it" apt-get install -q -y "$(update_deb two-targets)"
check_equal "its part waits" "applied: vmlinux loaded binfmt_misc armed" "$(in_kernel $ID state): $(targets)"
check_equal "the kernel's function is new" new "$(eventfd_read which)"
check "the module comes" load
check_equal "patched" "1 42 1" "$(misc_status)"
check "another try is no trouble" kmend apply $ID
check_equal "nothing changed" "1 42 2" "$(misc_status)"

# It is absent when the package goes.
check "the module leaves" unload
check "apt removes the package" apt-get remove -q -y "$PATCH"
check_equal "no update module is left" "" "$(parts_loaded)"
check "the module comes" load
check_equal "unpatched" "enabled old" "$(misc_status) $(eventfd_read which)"

# Another build of the module comes: it loads and runs as it is, the rest of the update stays, and it is told.
check "the module leaves" unload
check "apt installs the package" apt-get install -q -y "$(update_deb two-targets)"
check "another build of the module loads" insmod "$VM_PAYLOAD/binfmt_misc.ko"
check "and works" mount -t binfmt_misc none $MISC
check_equal "unpatched" Enabled "$(misc_status)"
check_equal "the kernel's function is new" "applied: vmlinux loaded binfmt_misc refused new" "$(in_kernel $ID state): $(targets) $(eventfd_read which)"
check_match "why is told" "binfmt_misc: refused no_match: " "$(kmend view $ID)"
check_match "status tells" "applied-partly.*refused by binfmt_misc" "$(kmend status)"
check_match "and JSON why" '"name":"binfmt_misc","state":"refused","refusal":\{"name":"no_match","text":' "$(kmend status --json | tr -d ' \t\n')"
check_status "and says that somebody has to look" $REFUSED kmend status --check
check "undo" kmend undo $ID
check_status "while it is there, applying is refused" $REFUSED kmend apply $ID
check_match "with the function" "bm_status_read.*fs/binfmt_misc.c" "$OUTPUT"
check_equal "and nothing is changed" "absent old Enabled" "$(in_kernel $ID state) $(eventfd_read which) $(misc_status)"
check "it leaves" unload
check "the right one comes" load
check "then it is applied" kmend apply $ID
check_equal "patched" "1 42 1" "$(misc_status)"
check_equal "all is well" "vmlinux loaded binfmt_misc loaded" "$(targets)"
check "kmend status agrees" kmend status --check
