// SPDX-License-Identifier: GPL-2.0
#include "reasons.h"

#include <string.h>

#include "../base/cleanup.h"

#define NOTE KMEND_REASON_NOTE
#define NEEDS_HOOK KMEND_REASON_NEEDS_HOOK
#define BLOCKS KMEND_REASON_BLOCKS

#define DEFECT "Report this as a defect, with the diff."
#define REBOOT "Only a reboot into a fixed kernel helps."
/* A hook brings data into order; these are not about data that a hook could reach. */
#define NOT_BY_HOOK .not_by_hook = true
/* No word makes room where there is none. */
#define REWRITE .not_by_hook = true, .not_by_waiver = true
#define HOOK_OR_WAIVE "or say with --waive why it is not needed."

/* By who finds them: first the files of the diff, then what was compared, then the judgement itself, then linking. */
static const struct kmend_reason_row rows[] = {
	/* core/kernel: files */
	{ "unknown-file", BLOCKS, "a file of a kind that kmend does not know",
	  "Leave the file out of the diff if it has no effect on the kernel." },
	{ "builtin", NOTE, "a unit of vmlinux", "" },
	{ "not-built", NOTE, "not built in this kernel's configuration", "" },
	{ "other-arch", NOTE, "of another processor architecture", "" },
	{ "no-code", NOTE, "no part of the kernel", "" },
	{ "module", NOTE, "a unit of a module", "" },
	{ "header", NOTE, "a header", "" },
	{ "odd-unit", BLOCKS, "kbuild compiles this source in another directory's name",
	  "Move what is needed into another .c file, if the fix allows it." },
	{ "type-reached", NEEDS_HOOK, "a type is declared with something that the diff changes",
	  "Say with --waive why its layout stays the same, if it does; else move what is needed into the .c file." },
	{ "assembly", BLOCKS, "assembly language that cannot be replaced under a running kernel", REBOOT },
	{ "build-system", BLOCKS, "part of how the kernel is configured or built",
	  "Leave the file out of the diff if the fix does not need it." },
	{ "included-source", BLOCKS, "a source that other units include", "Move what is needed into the .c file." },
	{ "special-object", BLOCKS, "compiled for other code than the running kernel's text", REBOOT },
	{ "generator", BLOCKS, "what the kernel's headers or tables are generated from", REBOOT },
	{ "too-many-units", BLOCKS, "a header's change alters more code than an update can hold",
	  "Make the change where it is needed: in .c files, or under a new name that only they use." },
	{ "generated-constant", BLOCKS,
	  "a constant that all of the kernel was built with, assembly language too, changes",
	  "Write the change so that the constant keeps its value (no new page or zone flag, no moved member of such a type)." },
	{ "new-file", BLOCKS, "a file that the kernel does not have yet",
	  "Put the new code into an existing unit, if the fix allows it." },
	{ "deleted-file", BLOCKS, "a file that the diff removes", "Leave that part out of the diff." },
	{ "renamed-file", BLOCKS, "a file that the diff renames or copies",
	  "Make the diff without renames, and leave the move out of it." },

	/* core/diff: data */
	{ "data-changed", NEEDS_HOOK, "content that the running kernel holds changed",
	  "Add a hook that changes the datum in the running kernel (kmend/hooks.h), " HOOK_OR_WAIVE },
	{ "initial-value", NEEDS_HOOK, "the initial value of live data changed",
	  "Add a hook that changes what the running kernel holds by now (kmend/hooks.h), " HOOK_OR_WAIVE },
	{ "data-removed", NOTE, "data that are no longer used stay in the running kernel", "" },
	{ "datum-switched", NOTE,
	  "a constant gets its new content in the running kernel; whoever copied it before goes on with the copy", "" },
	{ "syscall-description", NOTE,
	  "what tracing shows of a system call's parameters stays as it was until the next boot", "" },
	{ "trace-format", NOTE,
	  "the format that tracefs shows of an event stays as it was until the next boot; what the kernel prints of it is new",
	  "" },
	{ "data-size", NEEDS_HOOK,
	  "live data became larger or smaller, and the running kernel has room for the old size only",
	  "Leave it as it is. Use a new variable that a hook registers, or keep what is new in shadow data (kmend/hooks.h).",
	  REWRITE },

	/* core/diff: what boot or loading did */
	{ "init-code", NOTE, "this part has no effect now: the code ran at boot, or when its module was loaded",
	  "What it would do differently comes with the next boot. If the rest of the change relies on it, do it in a hook." },
	{ "init-data", NOTE, "this part has no effect now: the data were read at boot, or when the module was loaded",
	  "What it would do differently comes with the next boot. If the rest of the change relies on it, do it in a hook." },
	{ "module-init", NEEDS_HOOK, "a module that is loaded later starts with this part as it was",
	  "Do in a hook what the new start would have done, " HOOK_OR_WAIVE },
	{ "initcall-changed", NEEDS_HOOK, "initcalls have run already",
	  "Call in a hook what a new initcall would have done, " HOOK_OR_WAIVE },
	{ "boot-table", NEEDS_HOOK, "the kernel went through this table when it found its devices",
	  "Do in a hook what the new entry would have done to devices that are there, " HOOK_OR_WAIVE },
	{ "parameter-new", NOTE,
	  "a new parameter cannot be set before the next boot: its variable has the value it starts with", "" },
	{ "parameter-changed", NEEDS_HOOK, "parameters were read at boot, or when the module was loaded",
	  "Leave that part out of the diff, set what it sets in a hook, " HOOK_OR_WAIVE },

	/* core/diff: what others rely on */
	{ "export-changed", NEEDS_HOOK, "the interface for modules changed",
	  "Keep it as it is, or say with --waive why no module on the machines relies on it.", NOT_BY_HOOK },
	{ "export-new", NOTE, "a new export is an ordinary function of the update: modules cannot be linked against it",
	  "" },
	{ "export-gone", NOTE, "an export that the diff removes stays in the running kernel", "" },
	{ "tracepoint-changed", BLOCKS, "tracepoints cannot be added or changed in a running kernel",
	  "Leave that part out of the diff." },
	{ "static-call-changed", BLOCKS, "static calls cannot be added or changed in a running kernel",
	  "Leave that part out of the diff." },
	{ "section-changed", BLOCKS, "kmend does not know what this section means", DEFECT },
	{ "alias-changed", BLOCKS, "the names of a function changed", "Keep the function's names as they are." },
	{ "weak-function", NOTE, "the function is weak: if another unit overrides it, the update will refuse to apply",
	  "" },
	{ "not-in-run", BLOCKS, "the function cannot be found in the unit as compiled for the kernel", DEFECT },
	{ "inner-reference", BLOCKS, "unchanged code leads into the middle of a changed function", REBOOT },
	{ "static-local-ambiguous", BLOCKS, "which static variable is which cannot be told",
	  "Give the statics different names, or leave them as they are." },

	/* core/diff: where nothing can be switched */
	{ "noinstr-code", BLOCKS, "entry code must not be redirected", REBOOT },
	{ "runs-in-stop", BLOCKS, "the function runs while the machine is stopped for the switch", REBOOT },

	/* core/diff: hooks */
	{ "hook-not-new", BLOCKS, "a hook is no function that the diff adds",
	  "Call the function from a new one, and make that the hook." },
	{ "hook-in-stop", BLOCKS, "a hook that runs while the machine stands still does what it may not do there",
	  "Do it in KMEND_PRE_APPLY or KMEND_POST_APPLY (or _REVERSE), where it is allowed." },
	{ "hook-in-stop-note", NOTE, "a hook that runs while the machine stands still does what may not be good there",
	  "Make sure that it neither sleeps, allocates nor waits there." },

	/* core/diff: an update on top of others */
	{ "base-function-stored", BLOCKS, "live data hold the address of a function of the base",
	  "What holds that address would still call the base's function. Make one update of the base and this change." },
	{ "base-data-changed", BLOCKS, "the base's data hold their old content by now",
	  "Make one update of the base and this change." },

	{ "base-address-taken", BLOCKS,
	  "the address of something that a base brought is taken, which nothing would keep in memory",
	  "Make one update of the base and this change." },
	{ "base-symbol-ambiguous", BLOCKS, "which new thing of the base is meant cannot be told",
	  "Give the things that the change adds different names." },

	/* core/assess */
	{ "no-effect", BLOCKS, "no effect now: this code ran at boot, or when its module was loaded",
	  "A hotpatch cannot undo what ran. Boot a fixed kernel." },
	{ "init-sets-up", NEEDS_HOOK, "code that ran at boot would set up what the new code relies on",
	  "Set it up in a hook (kmend/hooks.h), " HOOK_OR_WAIVE },
	{ "layout-changed", NEEDS_HOOK, "the layout of a type changed of which the running kernel holds objects",
	  "Leave the type as it is and keep what is new in shadow data (kmend/hooks.h), " HOOK_OR_WAIVE, NOT_BY_HOOK },
	{ "layout-moved", NEEDS_HOOK, "members of a type moved that code uses which the update would leave as it is",
	  "Leave the type as it is and keep what is new in shadow data (kmend/hooks.h), or in a place that is free in it.",
	  REWRITE },
	{ "layout-local", NOTE, "the layout of a type changed that only replaced functions use, on their stacks", "" },
	{ "values-moved", NEEDS_HOOK, "names stand for other numbers than those that the running kernel has stored",
	  "Put new names behind those that are there, bring what is stored into order in a hook, " HOOK_OR_WAIVE },
	{ "values-moved-note", NOTE,
	  "names stand for other numbers than before; nothing is declared to store them, but make sure that nothing does",
	  "" },
	{ "callback-added", NEEDS_HOOK, "a table that the running kernel has already gets a callback",
	  "Store the callback in a hook (kmend/hooks.h) and take it out when the update is reversed, " HOOK_OR_WAIVE },
	{ "signature-changed", NEEDS_HOOK,
	  "a function takes or gives other values than code expects that is not replaced",
	  "Keep the function as it is and add another one, " HOOK_OR_WAIVE, NOT_BY_HOOK },
	{ "pairing-moved", NEEDS_HOOK,
	  "what was taken by the old code would be released by the new code, or not at all",
	  "Bring what is held at the switch into order in a hook, " HOOK_OR_WAIVE },
	{ "pairing-moved-note", NOTE, "what the update takes would be released otherwise once it is reversed",
	  "Reverse it only when nothing is left of what it took." },
	{ "never-leaves", NOTE,
	  "some task is always inside this function, so the machine is never seen without one in it",
	  "The update is made for the engine 'gradual', unless it cannot go that way or --engine=stop is given. "
	  "A thread that never returns from it keeps the old code: better change what it calls." },
	{ "never-switched", BLOCKS,
	  "some task is always inside this function, and tasks cannot be let over one by one, since it is not traced",
	  REBOOT },
	{ "sleeps-inside", NOTE, "tasks usually sleep inside this function",
	  "The engine 'stop' may find it busy: it is tried again; or allow the other one (--may-be-gradual)." },
	{ "weak-override", BLOCKS,
	  "another definition of this name would be in force, and the running kernel is linked already",
	  "Change the definition that is in force now instead of adding or removing one beside it." },
	{ "weak-overridden", NOTE,
	  "left out: the running kernel has another unit's function of that name, not this one", "" },
	{ "not-linked", BLOCKS, "no effect: the running kernel has another unit's function of that name, not this one",
	  "There is nothing to mend in this kernel; a change of the function that it has would be another diff." },
	{ "types-unknown", NEEDS_HOOK, "the types could not be compared",
	  "See that no type changed of which the running kernel holds objects, then say so with --waive.",
	  NOT_BY_HOOK },

	/* core/link */
	{ "escapes", NOTE,
	  "addresses of what is new can be stored in live data: after its reversal the update stays in memory", "" },
	{ "branch-reach", BLOCKS, "a short jump cannot be made to reach what it means", DEFECT },
	{ "early-unexported", BLOCKS, "a place that is read before kmend.ko sees the module needs an exported symbol",
	  "Write the change so that this place uses an exported symbol only." },
	{ "filled-in-changed", BLOCKS, "numbers that are written when the kernel is linked would have to be others",
	  "Leave the lists of such numbers (BTF_ID) as they are." },
	{ "freed-reference", BLOCKS, "code that stays would use what the kernel freed after its start",
	  "Let the code that stays use code and data that stay, too: without __init, __initdata and their like." },
	{ "function-too-short", BLOCKS, "a function is too short for a jump",
	  "Let the change also alter this function's callers instead." },
	{ "interior-reference", BLOCKS, "code refers into another function", DEFECT },
	{ "nothing-replaced", BLOCKS, "no function that runs now is changed",
	  "Code that is only removed, or that nothing calls, needs no update." },
	{ "place-unknown", BLOCKS, "the address of something cannot be learnt from the running code", DEFECT },
	{ "relocation-type", BLOCKS, "a relocation of a kind that kmend does not know", DEFECT },
	{ "site-forms", BLOCKS, "a place that the kernel rewrites has forms that kmend does not know", DEFECT },
	{ "symbol-missing", BLOCKS, "new code refers to something that the running kernel does not have",
	  "The change is a part of a larger one: add to the diff what brings that name." },
	{ "symbol-private", BLOCKS, "new code refers to something that only its own file can refer to",
	  "Let the diff also take away the 'static' there, as it must be for the kernel to be built." },
	{ "symbol-unreachable", BLOCKS, "a symbol's address cannot be learnt from the running code",
	  "Let the change refer to data by a name, or alter a function that refers to it." },
	{ "too-large", BLOCKS, "the update is larger than the kernel module accepts", "Make several updates of it." },
	{ "trampoline-overlap", BLOCKS, "the kernel rewrites the place where the jump would be",
	  "Let the change also alter this function's callers instead." },
	{ "trampoline-place", BLOCKS, "there is no place for the jump",
	  "Let the change also alter this function's callers instead." },
};

static const struct kmend_reason_row unknown = { "", BLOCKS, "a reason that kmend has no words for", DEFECT };

bool kmend_reason_is_known(const char *code)
{
	return kmend_reason_row(code) != &unknown;
}

const struct kmend_reason_row *kmend_reason_row(const char *code)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].code, code))
			return &rows[i];
	return &unknown;
}

const struct kmend_reason_row *kmend_reason_row_at(unsigned int i)
{
	return i < KMEND_ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const char *kmend_reason_kind_name(enum kmend_reason_kind kind)
{
	static const char *const names[] = {
		[KMEND_REASON_NOTE] = "note",
		[KMEND_REASON_NEEDS_HOOK] = "needs-hook",
		[KMEND_REASON_BLOCKS] = "blocks",
	};

	return names[kind];
}
