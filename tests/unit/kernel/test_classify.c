// SPDX-License-Identifier: GPL-2.0
/* What a file is, from its path alone. */
#include "core/kernel/classify.h"
#include "tap.h"

int main(void)
{
	static const struct {
		const char *path;
		enum kmend_file_class class;
	} rows[] = {
		{ "net/unix/af_unix.c", KMEND_FILE_UNKNOWN },
		{ "arch/x86/kernel/traps.c", KMEND_FILE_UNKNOWN },
		{ "arch/x86/entry/entry_64.S", KMEND_FILE_UNKNOWN },
		{ "arch/arm64/kernel/traps.c", KMEND_FILE_OTHER_ARCH },
		{ "arch/arm64/include/asm/io.h", KMEND_FILE_OTHER_ARCH },
		{ "arch/Kconfig", KMEND_FILE_BUILD_SYSTEM },
		{ "arch/x86/entry/vdso/vma.c", KMEND_FILE_SPECIAL },
		{ "arch/x86/entry/vdso/vclock_gettime.c", KMEND_FILE_SPECIAL },
		{ "certs/blacklist.c", KMEND_FILE_UNKNOWN },
		{ "arch/x86/boot/compressed/misc.c", KMEND_FILE_SPECIAL },
		{ "arch/x86/entry/syscalls/syscall_64.tbl", KMEND_FILE_GENERATOR },
		{ "arch/x86/kernel/vmlinux.lds.S", KMEND_FILE_BUILD_SYSTEM },
		{ "include/net/sock.h", KMEND_FILE_HEADER },
		{ "net/unix/Makefile", KMEND_FILE_BUILD_SYSTEM },
		{ "net/unix/Kconfig", KMEND_FILE_BUILD_SYSTEM },
		{ "lib/Kconfig.debug", KMEND_FILE_BUILD_SYSTEM },
		{ "scripts/checkpatch.pl", KMEND_FILE_NO_CODE },
		{ "scripts/mod/modpost.c", KMEND_FILE_BUILD_SYSTEM },
		{ "kernel/bounds.c", KMEND_FILE_GENERATOR },
		{ "Documentation/networking/ip.rst", KMEND_FILE_NO_CODE },
		{ "tools/testing/selftests/net/x.c", KMEND_FILE_NO_CODE },
		{ "tools/objtool/check.c", KMEND_FILE_BUILD_SYSTEM },
		{ "samples/livepatch/x.c", KMEND_FILE_NO_CODE },
		{ "MAINTAINERS", KMEND_FILE_NO_CODE },
		{ "net/unix/strange", KMEND_FILE_OTHER },
		{ "kernel/x.py", KMEND_FILE_OTHER },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		tap_is_int(kmend_classify_path(rows[i].path), rows[i].class, rows[i].path);
	for (int class = 0; class < KMEND_NR_FILE_CLASSES; class ++)
		ok(kmend_class_text(class) && *kmend_class_text(class), "class %d has a text", class);
	ok(!kmend_class_is_ignored(KMEND_FILE_UNKNOWN) && !kmend_class_is_ignored(KMEND_FILE_OTHER) &&
		   !kmend_class_is_ignored(KMEND_FILE_NEW),
	   "what is not known is never ignored");
	return done_testing();
}
