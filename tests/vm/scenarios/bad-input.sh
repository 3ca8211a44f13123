# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: not root, unknown and duplicate ids, damaged containers, another kernel, no kmend.ko, a full disk: clear errors, nothing left behind
# needs: kmend update:siocatmark
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=CVE-2026-52928
FILE=$(update_file siocatmark)
BYTES=$(kernel_bytes unix_ioctl 64)

# bad NAME STATUS WORDS COMMAND...: it ends with that status, says these words, and leaves nothing behind.
bad() {
	local name=$1 status=$2 words=$3
	shift 3
	check_status "$name: status $status" "$status" "$@"
	check_match "$name: a clear error" "kmend: .*$words" "$OUTPUT"
	check_equal "$name: still vulnerable" vulnerable "$(siocatmark)"
	check "$name: nothing in the kernel" not_applied $ID
	check "$name: no module left" sh -c '! lsmod | grep -q kmend_cve'
	unchanged "$name: the code is as it was" unix_ioctl "$BYTES"
}

bad "an unknown subcommand" $USAGE "" kmend frobnicate
bad "apply nothing" $USAGE "" kmend apply
bad "an unknown id" $UNKNOWN_ID "NO-SUCH-ID" kmend apply NO-SUCH-ID
bad "undo of an unknown id" $UNKNOWN_ID "NO-SUCH-ID" kmend undo NO-SUCH-ID
bad "an id that tries to leave its directory" "$UNKNOWN_ID" "" kmend apply ../../etc/passwd
bad "a file that is not there" $UNKNOWN_ID "" kmend apply /root/nothing.kmend
chmod 755 /kmend-vm /kmend-vm/payload
bad "not root: apply" $NOT_ROOT "root" setpriv --reuid=65534 --clear-groups kmend apply "$FILE"
bad "not root: undo" $NOT_ROOT "root" setpriv --reuid=65534 --clear-groups kmend undo $ID
check_status "not root: status may be asked for" 0 setpriv --reuid=65534 --clear-groups kmend status

SIZE=$(stat -c %s "$FILE")
for part in 0 1 100 $((SIZE / 2)) $((SIZE - 1)); do
	head -c "$part" "$FILE" >/root/short.kmend
	bad "a container cut off at $part bytes" $DAMAGED "" kmend apply /root/short.kmend
done
for at in 10 $((SIZE / 3)) $((SIZE / 2)) $((SIZE - 40)); do
	cp "$FILE" /root/tampered.kmend
	printf 'x\377y' | dd of=/root/tampered.kmend bs=1 seek="$at" conv=notrunc status=none
	bad "a container altered at byte $at" $DAMAGED "" kmend apply /root/tampered.kmend
done
head -c 100000 /dev/urandom >/root/noise.kmend
bad "noise" $DAMAGED "" kmend apply /root/noise.kmend

MODULE=/usr/lib/kmend/module/$(uname -r)/kmend.ko
mv "$MODULE" /root/
bad "no kmend.ko for this kernel" $NO_MODULE "kmend-module-$(uname -r)" kmend apply "$FILE"
mv /root/kmend.ko "$MODULE"

# A full disk under the record.
mkdir -p /var/lib/kmend
mount -t tmpfs -o size=16k,nr_inodes=64 none /var/lib/kmend
head -c 100000 /dev/zero >/var/lib/kmend/filler 2>/dev/null
bad "a full disk" $DISK_FULL "space" kmend apply "$FILE"
umount /var/lib/kmend

check_status "after all that it applies" 0 kmend apply "$FILE"
check_equal "fixed" fixed "$(siocatmark)"
check_status "apply what is applied already" 0 kmend apply "$FILE"
check_equal "still fixed" fixed "$(siocatmark)"
check_status "undo" 0 kmend undo $ID
check_status "undo what is not applied is well" 0 kmend undo $ID
check_equal "vulnerable" vulnerable "$(siocatmark)"
unchanged "the code is byte for byte what it was" unix_ioctl "$BYTES"
