/* SPDX-License-Identifier: GPL-2.0 */
/* A directory that looks like a machine: /proc, /sys/kernel/kmend, installed updates, records. */
#ifndef KMEND_TESTS_TREE_H
#define KMEND_TESTS_TREE_H

#include "core/apply/situation.h"

#define TREE_RELEASE "6.1.0-50-amd64"
#define TREE_VERSION "6.1.176-1"
#define TREE_BOOT "11111111-2222-3333-4444-555555555555"

char *tree_new(void);	    /* its path, owned by the caller */
void tree_free(char *root); /* removes it; takes NULL */
struct kmend_machine *tree_machine(const char *root);
void tree_write(const char *root, const char *path, const char *text);
void tree_remove(const char *root, const char *path);

/* The kernel says this of an update. */
void tree_live(const char *root, const char *id, const char *state, bool escapes, uint64_t pause_ns);
/* A package installs an update for a release. */
void tree_install(const char *root, const char *release, const char *id);
/* The same for an update that sits on another one. */
void tree_install_on(const char *root, const char *release, const char *id, const char *base);
/* A record of this boot ("") or of another one. @package: "" for by hand. */
void tree_record(const char *root, const char *id, enum kmend_record_state state, const char *boot,
		 const char *package);
/* The SHA-256 of the module that tree_install() writes. */
const char *tree_digest(void);

#endif
