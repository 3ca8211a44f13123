# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# summary: another kernel is started by kexec while an update is in force: it starts, and has none
# needs: ko parts:siocatmark
# timeout: 200
# long: yes
# shellcheck source=../guest/kmend.sh
. "$VM_DIR/guest/kmend.sh"
check "kmend.ko loads" insmod "$VM_PAYLOAD/kmend.ko"
check "the update" insmod "$VM_PAYLOAD"/parts/siocatmark/*.ko
check "is applied" sh -c "echo 1 >$SYSFS/CVE-2026-52928/apply"
check_equal "and in force" fixed "$(siocatmark)"
# An archive that holds little: /init, what it calls, and what makes it heard.
mkdir -p /run/next/{dev,kmend-vm} && cd /run/next || exit
cp "$VM_DIR/probes/kexec" init && cp "$VM_DIR/probes/siocatmark" "$VM_DIR/guest/report" . && cp "$VM_DIR/token" kmend-vm/
echo $(($(cat /run/kmend-vm-count) + 1)) >count
find . | perl -e '
sub entry {
	my ($name, $mode, $data) = @_;
	my $head = "070701" . sprintf("%08X" x 13, 1, $mode, 0, 0, 1, 0, length($data), 0, 0, 0, 0, length($name) + 1, 0) . $name . "\0";
	print $_ . "\0" x (-length($_) % 4) for ($head, $data);
}
while (<STDIN>) {
	chomp;
	s|^\./||;
	next if $_ eq ".";
	my $data = "";
	if (-f $_) { open(my $file, "<:raw", $_); local $/; $data = <$file>; }
	entry($_, -d $_ ? 040755 : 0100755, $data);
}
entry("TRAILER!!!", 0, "");' >/run/next.cpio
check "the kernel and its archive are there" test -s /run/next.cpio -a -s "$VM_PAYLOAD/vmlinuz"
exec kexec "$VM_PAYLOAD/vmlinuz" /run/next.cpio "console=ttyS0 panic=-1 oops=panic no_timer_check loglevel=7"
