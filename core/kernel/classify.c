// SPDX-License-Identifier: GPL-2.0
#include "classify.h"

#include <errno.h>
#include <string.h>

#include "change.h"
#include "kbuild.h"

/* Classes: whether a change is without effect, the reason's code otherwise, and words. */
static const struct {
	bool ignored;
	const char *code;
	const char *text;
	const char *advice;
} classes[KMEND_NR_FILE_CLASSES] = {
	[KMEND_FILE_UNKNOWN] = { false, "unknown-file", "a file of unknown use", "" },
	[KMEND_FILE_BUILTIN] = { false, "builtin", "a unit of vmlinux", "" },
	[KMEND_FILE_MODULE] = { false, "module", "a unit of a module", "" },
	[KMEND_FILE_NOT_BUILT] = { true, "not-built", "not built in this kernel's configuration", "" },
	[KMEND_FILE_HEADER] = { false, "header", "a header; units that include it cannot be found and updated yet",
				"Move what is needed into the .c file, if the fix allows it." },
	[KMEND_FILE_ASSEMBLY] = { false, "assembly", "assembly language, which cannot be updated",
				  "Only a reboot into a fixed kernel helps." },
	[KMEND_FILE_BUILD_SYSTEM] = { false, "build-system", "part of how the kernel is configured or built",
				      "Leave the file out of the diff if the fix does not need it." },
	[KMEND_FILE_ODD] = { false, "odd-unit", "a source that kbuild compiles to an object of another name",
			     "Move what is needed into another .c file, if the fix allows it." },
	[KMEND_FILE_INCLUDED] = { false, "included-source",
				  "a source that other units include; those cannot be updated yet", "" },
	[KMEND_FILE_SPECIAL] = { false, "special-object", "compiled for other code than the running kernel's text",
				 "Only a reboot into a fixed kernel helps." },
	[KMEND_FILE_GENERATOR] = { false, "generator", "what the kernel's headers or tables are generated from",
				   "Only a reboot into a fixed kernel helps." },
	[KMEND_FILE_OTHER] = { false, "unknown-file", "a file of a kind that kmend does not know",
			       "Leave the file out of the diff if it has no effect on the kernel." },
	[KMEND_FILE_BINARY] = { false, "unknown-file", "binary data, which kmend does not look into",
				"Leave the file out of the diff if it has no effect on the kernel." },
	[KMEND_FILE_RUST] = { false, "unknown-file", "Rust, which kmend cannot compile",
			      "Only a reboot into a fixed kernel helps." },
	[KMEND_FILE_OTHER_ARCH] = { true, "other-arch", "of another processor architecture", "" },
	[KMEND_FILE_NO_CODE] = { true, "no-code", "no part of the kernel", "" },
	[KMEND_FILE_NEW] = { false, "new-file", "a new file; only changes to existing units can be made yet",
			     "Put the new code into an existing unit, if the fix allows it." },
	[KMEND_FILE_DELETED] = { false, "deleted-file", "removed by the diff", "" },
	[KMEND_FILE_RENAMED] = { false, "renamed-file", "renamed or copied by the diff",
				 "Make the diff without renames, and leave the move out of it." },
};

/* Directories (the first row that fits counts). A path fits if it begins so. */
static const struct {
	const char *prefix;
	enum kmend_file_class class;
} directories[] = {
	{ "Documentation/", KMEND_FILE_NO_CODE },
	{ "LICENSES/", KMEND_FILE_NO_CODE },
	{ "samples/", KMEND_FILE_NO_CODE },
	{ "tools/objtool/", KMEND_FILE_BUILD_SYSTEM },
	{ "tools/build/", KMEND_FILE_BUILD_SYSTEM },
	{ "tools/", KMEND_FILE_NO_CODE },
	{ "debian/", KMEND_FILE_NO_CODE },
	{ "rust/", KMEND_FILE_RUST },
	{ "scripts/checkpatch.pl", KMEND_FILE_NO_CODE },
	{ "scripts/coccinelle/", KMEND_FILE_NO_CODE },
	{ "scripts/decode_stacktrace.sh", KMEND_FILE_NO_CODE },
	{ "scripts/faddr2line", KMEND_FILE_NO_CODE },
	{ "scripts/gdb/", KMEND_FILE_NO_CODE },
	{ "scripts/get_maintainer.pl", KMEND_FILE_NO_CODE },
	{ "scripts/kernel-doc", KMEND_FILE_NO_CODE },
	{ "scripts/spelling.txt", KMEND_FILE_NO_CODE },
	{ "scripts/", KMEND_FILE_BUILD_SYSTEM },
	{ "usr/", KMEND_FILE_SPECIAL },
	{ "arch/x86/boot/", KMEND_FILE_SPECIAL },
	{ "arch/x86/realmode/rm/", KMEND_FILE_SPECIAL },
	{ "arch/x86/purgatory/", KMEND_FILE_SPECIAL },
	{ "arch/x86/entry/vdso/", KMEND_FILE_SPECIAL },
	{ "arch/x86/entry/syscalls/", KMEND_FILE_GENERATOR },
	{ "arch/x86/tools/", KMEND_FILE_BUILD_SYSTEM },
	{ "arch/x86/um/", KMEND_FILE_OTHER_ARCH },
	{ "drivers/firmware/efi/libstub/", KMEND_FILE_SPECIAL },
};

/* Whole paths. */
static const struct {
	const char *path;
	enum kmend_file_class class;
} paths_known[] = {
	{ "kernel/bounds.c", KMEND_FILE_GENERATOR },
	{ "tools/lib/bpf/relo_core.c", KMEND_FILE_ODD }, /* kernel/bpf/relo_core.o */
	{ "arch/x86/kernel/asm-offsets.c", KMEND_FILE_GENERATOR },
	{ "arch/x86/kernel/asm-offsets_32.c", KMEND_FILE_GENERATOR },
	{ "arch/x86/kernel/asm-offsets_64.c", KMEND_FILE_GENERATOR },
	{ "MAINTAINERS", KMEND_FILE_NO_CODE },
	{ "CREDITS", KMEND_FILE_NO_CODE },
	{ "COPYING", KMEND_FILE_NO_CODE },
	{ "README", KMEND_FILE_NO_CODE },
};

/* Last part of the path: whole, or how it begins or ends. */
static const struct {
	const char *name;
	enum { WHOLE, BEGINS, ENDS } how;
	enum kmend_file_class class;
} names[] = {
	{ "Makefile", WHOLE, KMEND_FILE_BUILD_SYSTEM },
	{ "Makefile.", BEGINS, KMEND_FILE_BUILD_SYSTEM },
	{ "Kbuild", WHOLE, KMEND_FILE_BUILD_SYSTEM },
	{ "Kbuild.", BEGINS, KMEND_FILE_BUILD_SYSTEM },
	{ "Kconfig", BEGINS, KMEND_FILE_BUILD_SYSTEM },
	{ ".lds.S", ENDS, KMEND_FILE_BUILD_SYSTEM },
	{ ".lds", ENDS, KMEND_FILE_BUILD_SYSTEM },
	{ ".lds.h", ENDS, KMEND_FILE_BUILD_SYSTEM },
	{ ".h", ENDS, KMEND_FILE_HEADER },
	{ ".inc", ENDS, KMEND_FILE_HEADER },
	{ ".def", ENDS, KMEND_FILE_HEADER },
	{ ".tbl", ENDS, KMEND_FILE_GENERATOR },
	{ ".asn1", ENDS, KMEND_FILE_GENERATOR },
	{ ".rst", ENDS, KMEND_FILE_NO_CODE },
	{ ".txt", ENDS, KMEND_FILE_NO_CODE },
	{ ".dts", ENDS, KMEND_FILE_OTHER_ARCH },
	{ ".dtsi", ENDS, KMEND_FILE_OTHER_ARCH },
	{ ".gitignore", WHOLE, KMEND_FILE_NO_CODE },
	{ ".mailmap", WHOLE, KMEND_FILE_NO_CODE },
	{ ".kunitconfig", WHOLE, KMEND_FILE_NO_CODE },
	{ ".rs", ENDS, KMEND_FILE_RUST },
	{ ".c", ENDS, KMEND_FILE_UNKNOWN },
	{ ".S", ENDS, KMEND_FILE_UNKNOWN },
};

bool kmend_class_is_ignored(enum kmend_file_class class)
{
	return classes[class].ignored;
}

const char *kmend_class_text(enum kmend_file_class class)
{
	return classes[class].text;
}

void kmend_classify_reason(enum kmend_file_class class, const char *path, struct kmend_reason **reasons, size_t *count)
{
	_cleanup_free_ char *text = kmend_format("%s: %s", path, classes[class].text);

	kmend_reason_about(kmend_reason_add(reasons, count, classes[class].code, text, classes[class].advice), path,
			   NULL, 0);
}

static bool name_fits(const char *name, size_t row)
{
	switch (names[row].how) {
	case WHOLE:
		return !strcmp(name, names[row].name);
	case BEGINS:
		return kmend_starts_with(name, names[row].name);
	default:
		return kmend_ends_with(name, names[row].name);
	}
}

enum kmend_file_class kmend_classify_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(paths_known); i++)
		if (!strcmp(path, paths_known[i].path))
			return paths_known[i].class;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(directories); i++)
		if (kmend_starts_with(path, directories[i].prefix))
			return directories[i].class;
	if (kmend_starts_with(path, "arch/") && !kmend_starts_with(path, "arch/x86/") && strchr(path + 5, '/'))
		return KMEND_FILE_OTHER_ARCH;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(names); i++)
		if (name_fits(name, i))
			return names[i].class;
	return KMEND_FILE_OTHER;
}

/* Is the source also a part of another unit: of the kernel, or of the vdso, the boot code, tools? */
static int is_included(const struct kmend_tree *tree, const char *path, bool *ret_included, bool *ret_special,
		       struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv includers = { 0 };
	int code = kmend_tree_includers(tree, path, &includers, error);

	*ret_included = *ret_special = false;
	for (size_t i = 0; !code && i < includers.count; i++) {
		enum kmend_file_class class = kmend_classify_path(includers.items[i]);

		*ret_included |= class == KMEND_FILE_UNKNOWN || class == KMEND_FILE_HEADER;
		*ret_special |= class == KMEND_FILE_SPECIAL;
	}
	return code;
}

/* A directory of special code may hold units of vmlinux as well (arch/x86/entry/vdso/vma.c), so kbuild is asked there too. */
static bool must_ask(enum kmend_file_class class, const char *path)
{
	return class == KMEND_FILE_UNKNOWN || (class == KMEND_FILE_SPECIAL && kmend_ends_with(path, ".c"));
}

/* From kbuild's answer on a .c or .S. */
static enum kmend_file_class class_of_answer(const char *path, const struct kmend_kbuild_answer *answer, bool included,
					     bool is_special)
{
	if (included)
		return KMEND_FILE_INCLUDED;
	if (!answer->builtin && !answer->modules.count)
		return answer->is_program ? KMEND_FILE_GENERATOR
		       : is_special	  ? KMEND_FILE_SPECIAL
					  : KMEND_FILE_NOT_BUILT;
	if (kmend_ends_with(path, ".S"))
		return KMEND_FILE_ASSEMBLY;
	return answer->modules.count ? KMEND_FILE_MODULE : KMEND_FILE_BUILTIN;
}

int kmend_classify_files(const struct kmend_tree *tree, const struct kmend_strv *paths,
			 enum kmend_file_class *ret_classes, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv open = { 0 };
	_cleanup_free_ struct kmend_kbuild_answer *answers = NULL;
	int code = 0;

	for (size_t i = 0; i < paths->count; i++) {
		ret_classes[i] = kmend_classify_path(paths->items[i]);
		if (must_ask(ret_classes[i], paths->items[i]))
			kmend_strv_add(&open, paths->items[i]);
	}
	if (!open.count)
		return 0;
	answers = kmend_calloc(open.count, sizeof(*answers));
	code = kmend_kbuild_ask(tree, &open, answers, error);
	for (size_t i = 0, j = 0; !code && i < paths->count; i++)
		if (must_ask(ret_classes[i], paths->items[i])) {
			const struct kmend_kbuild_answer *answer = &answers[j++];
			bool included, is_special;

			if (ret_classes[i] == KMEND_FILE_SPECIAL && !answer->builtin && !answer->modules.count)
				continue;
			code = is_included(tree, paths->items[i], &included, &is_special, error);
			if (!code)
				ret_classes[i] = class_of_answer(paths->items[i], answer, included, is_special);
		}
	for (size_t i = 0; i < open.count; i++)
		kmend_strv_free(&answers[i].modules);
	return code;
}

/* "net/netfilter/nf_tables.o" is the module nf_tables; '-' and ',' become '_' as in kbuild (KBUILD_MODNAME). */
static char *module_of(const char *object)
{
	const char *slash = strrchr(object, '/');
	char *name = kmend_strdup(slash ? slash + 1 : object);

	if (kmend_ends_with(name, ".o"))
		name[strlen(name) - 2] = '\0';
	for (char *c = name; *c; c++)
		if (*c == '-' || *c == ',')
			*c = '_';
	return name;
}

void kmend_answer_targets(const struct kmend_kbuild_answer *answer, struct kmend_strv *targets)
{
	if (answer->builtin)
		kmend_strv_add(targets, "vmlinux");
	for (size_t i = 0; i < answer->modules.count; i++) {
		_cleanup_free_ char *module = module_of(answer->modules.items[i]);

		if (!kmend_strv_has(targets, module))
			kmend_strv_add(targets, module);
	}
}

int kmend_units_targets(const struct kmend_tree *tree, const struct kmend_strv *units, struct kmend_strv *ret_targets,
			struct kmend_error *error)
{
	_cleanup_free_ struct kmend_kbuild_answer *answers = kmend_calloc(units->count + 1, sizeof(*answers));
	int code = kmend_kbuild_ask(tree, units, answers, error);

	for (size_t i = 0; i < units->count; i++) {
		kmend_answer_targets(&answers[i], &ret_targets[i]);
		kmend_strv_free(&answers[i].modules);
		if (!code && !ret_targets[i].count)
			code = kmend_fail(error, KMEND_STATUS_FAILURE, -EIO,
					  "kbuild does not say what %s is linked into", units->items[i]);
	}
	return code;
}
