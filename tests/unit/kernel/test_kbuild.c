// SPDX-License-Identifier: GPL-2.0
/* Into which directories kbuild goes for single objects, by makefiles that ask and go as those of kernels do. */
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "core/base/file.h"
#include "core/kernel/kbuild.h"

#define LISTED "subdir-ym := arch/x86 arch/x86/lib fs fs/ext4\n.PHONY: $(subdir-ym)\n"

/* As scripts/Makefile.build of 6.2 and later, and of 6.1.176. */
static const char now[] =
	LISTED "single-subdirs := $(foreach d, $(subdir-ym), $(if $(filter $d/%, $(MAKECMDGOALS)), $d))\n"
	       "single-subdir-goals := $(filter $(addsuffix /%, $(single-subdirs)), $(MAKECMDGOALS))\n"
	       "$(single-subdir-goals): $(single-subdirs) ; @:\n"
	       "$(subdir-ym): ; @echo into $@: $(filter $@/%, $(single-subdir-goals))\n";

/* As of 5.4 and later: the goals are in a variable, and what is made is something else. */
static const char before[] = LISTED
	"ifeq ($(origin KBUILD_SINGLE_TARGETS),undefined)\n"
	"$(MAKECMDGOALS): go ; @:\n"
	"go: ; @$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) build KBUILD_SINGLE_TARGETS='$(MAKECMDGOALS)'\n"
	"else\n"
	"single-subdirs := $(foreach d, $(subdir-ym), $(if $(filter $(d)/%, $(KBUILD_SINGLE_TARGETS)), $(d)))\n"
	"build: $(single-subdirs) ; @:\n"
	"endif\n"
	"$(subdir-ym): ; @echo into $@\n";

/* What kbuild says for goals, a line each, sorted. New memory. */
static char *go(const char *directory, const char *makefile, const char *const *goals)
{
	_cleanup_free_ char *path = kmend_path(directory, "Makefile"), *copy = NULL;
	struct kmend_tree tree = { .source = (char *)directory,
				   .build = (char *)directory,
				   .make_arguments = (char *)"A=b" };
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_strv_ struct kmend_strv lines = { 0 };
	struct kmend_buffer text = { 0 };
	char *rest = NULL;

	kmend_file_write_atomic(path, makefile, strlen(makefile), 0644, NULL);
	if (kmend_kbuild_run(&tree, goals, 1, NULL, NULL, &output, NULL))
		return kmend_strdup(output.data ? output.data : "no answer");
	kmend_buffer_add(&output, "", 0);
	kmend_buffer_add(&text, "", 0);
	copy = kmend_strdup(output.data);
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		kmend_strv_add(&lines, line);
	kmend_strv_sort(&lines);
	for (size_t i = 0; i < lines.count; i++)
		kmend_buffer_addf(&text, "%s%s", i ? "\n" : "", lines.items[i]);
	return text.data;
}

static void check(const char *directory, const char *makefile, const char *const *goals, const char *expected,
		  const char *what)
{
	_cleanup_free_ char *said = go(directory, makefile, goals);

	tap_is_str(said, expected, what);
}

int main(void)
{
	static const char *const deep[] = { "arch/x86/lib/insn-eval.o", NULL };
	static const char *const both[] = { "arch/x86/lib/insn-eval.o", "arch/x86/kernel/ptrace.o", "fs/ext4/inode.o",
					    NULL };
	_cleanup_free_ char *directory = NULL;

	if (kmend_temporary_directory("kmend-test-kbuild", &directory, NULL))
		return 1;
	check(directory, now, deep, "into arch/x86/lib: arch/x86/lib/insn-eval.o", "the deepest directory alone");
	check(directory, now, both,
	      "into arch/x86/lib: arch/x86/lib/insn-eval.o\ninto arch/x86: arch/x86/kernel/ptrace.o\n"
	      "into fs/ext4: fs/ext4/inode.o",
	      "each goal in its own");
	check(directory, before, deep, "into arch/x86/lib", "where the goals are in a variable");
	check(directory, before, both, "into arch/x86\ninto arch/x86/lib\ninto fs/ext4", "several there");
	kmend_remove_tree(directory, NULL);
	return tap_done();
}
