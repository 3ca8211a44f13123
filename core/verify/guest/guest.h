/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the guest's program only. */
#ifndef KMEND_VERIFY_GUEST_H
#define KMEND_VERIFY_GUEST_H

#include "wire.h"

/* What a verb answers; the text is empty at first. */
struct answer {
	long code;
	char text[KMEND_WIRE_TEXT];
};

struct verb {
	const char *name;
	int nr_arguments;
	void (*run)(char *const *arguments, struct answer *answer);
};

extern const struct verb verbs[]; /* ends with a NULL name */

/* modprobe.c: load a module by name, or what fits an alias, with all it depends on. 0 or a negative errno. */
int load_module(const char *wanted);
/* Load one module file. EEXIST counts as success. */
int insert_module(const char *path);

#endif
