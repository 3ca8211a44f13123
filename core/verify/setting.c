// SPDX-License-Identifier: GPL-2.0
/*
 * Machines that make the kernel rewrite itself differently at boot: other alternatives, thunks, retpolines, call sites;
 * one processor turns lock prefixes into other bytes; without KASLR addresses are those of the linker.
 */
#include <string.h>

#include "verify.h"

const struct kmend_verify_setting kmend_verify_settings[] = {
	{ "max", "max", 2, "", true, "all that QEMU emulates" },
	{ "haswell-retpoline", "Haswell", 2, "spectre_v2=retpoline", true, "indirect jumps through thunks" },
	{ "qemu64-one-cpu", "qemu64", 1, "nosmp", false, "one processor: no lock prefixes" },
	{ "nehalem", "Nehalem", 2, "", false, "an old processor: few alternatives" },
	{ "epyc-unret", "EPYC", 2, "retbleed=unret", false, "returns through AMD's untraining thunk" },
	{ "skylake-ibrs", "Skylake-Server", 2, "spectre_v2=ibrs", false,
	  "indirect branches restricted by the processor" },
	{ "mitigations-off", "max", 2, "mitigations=off", false, "no thunks at all" },
	{ "nokaslr", "max", 2, "nokaslr", false, "the kernel where it was linked to" },
	{ NULL },
};

const struct kmend_verify_setting *kmend_verify_setting_find(const char *name)
{
	for (const struct kmend_verify_setting *setting = kmend_verify_settings; setting->name; setting++)
		if (!strcmp(setting->name, name))
			return setting;
	return NULL;
}
