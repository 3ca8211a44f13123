# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: the real bug fix between two of Debian's kernels (6.1.192-2's, in ext4), on the root file system while files are written
# needs: kmend cut:ext4-mballoc
# kernel: 6.1.0-55-amd64
# disk: yes
# long: yes
# timeout: 600
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
install_kmend
ID=TEST-ext4-mballoc
FILE=$(update_file ext4-mballoc)
BUDDY=$(kernel_bytes ext4_mb_load_buddy_gfp 64) GROUP=$(kernel_bytes ext4_mb_init_group 64)

# Allocates and frees blocks all the time, a few files at once, and looks at what it wrote.
busy() {
	local i=0 place=/root/busy.$1
	mkdir -p "$place"
	while [ ! -e /run/enough ]; do
		i=$((i + 1))
		if ! head -c $((RANDOM % 400 + 1))k /dev/urandom >"$place/a" || ! cp "$place/a" "$place/b" || ! sync "$place/b" ||
			! cmp -s "$place/a" "$place/b" || ! rm "$place/a" || ! truncate -s 1000 "$place/b"; then
			touch /run/broken
			break
		fi
		echo $i >"/run/rounds.$1"
	done
}
rounds() { cat /run/rounds.* | awk '{ n += $1 } END { print n + 0 }'; }
are_over() { [ "$(rounds)" -gt "$1" ]; }
more_rounds() { wait_for 60 are_over $(($(rounds) + 6)); }

check_equal "the root file system is ext4" ext4 "$(stat -f -c %T / | sed 's,ext2/ext3,ext4,')"
check_equal "its module is the target" "fs/ext4/mballoc.c" "$(grep -o 'fs/ext4/mballoc.c' "$VM_PAYLOAD/updates/ext4-mballoc/manifest.json" | head -n 1)"
check_equal "two functions, and no more" "ext4_mb_init_group ext4_mb_load_buddy_gfp" \
	"$(tr -d ' \n' <"$VM_PAYLOAD/updates/ext4-mballoc/manifest.json" | grep -oE '"name":"ext4_mb_[a-z0-9_.]*"' | cut -d'"' -f4 | sort -u | xargs)"
for n in 1 2 3; do busy $n & done
check "files are written" more_rounds
for n in 1 2 3; do
	check_status "applied, round $n" 0 kmend apply "$FILE"
	check_equal "in force" "applied" "$(in_kernel $ID state)"
	check "files are written with the new code" more_rounds
	check_status "reversed" 0 kmend undo $ID
	unchanged "the code is as it was" ext4_mb_load_buddy_gfp "$BUDDY"
	unchanged "in both functions" ext4_mb_init_group "$GROUP"
	check "files are written with the old code" more_rounds
done
touch /run/enough
wait
check "no file was wrong" test ! -e /run/broken
