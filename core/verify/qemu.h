/* SPDX-License-Identifier: GPL-2.0 */
/* One virtual machine: QEMU, the kernel's console, and the program in the guest that does what it is asked. */
#ifndef KMEND_VERIFY_QEMU_H
#define KMEND_VERIFY_QEMU_H

#include "verify.h"

#define KMEND_DEFAULT_QEMU "qemu-system-x86_64"

struct kmend_guest_plan {
	const char *qemu;
	const char *vmlinuz;
	const char *initramfs;
	const char *append;    /* more for the kernel's command line, or NULL */
	const char *directory; /* for the console's file; exists */
	unsigned int memory;   /* MiB */
	unsigned int timeout;  /* seconds to boot, and for each question */
	const struct kmend_verify_setting *setting;
};

struct kmend_guest;

/* NO_QEMU if there is no such program. */
int kmend_guest_check_qemu(const char *qemu, struct kmend_error *error);

/* NO_QEMU if it is not there or does not take the setting. -EPIPE, -ETIMEDOUT: the kernel did not come up. */
int kmend_guest_boot(const struct kmend_guest_plan *plan, struct kmend_guest **ret_guest, struct kmend_error *error);

/* Power it off, or kill it if it does not answer any more; NULL is fine. */
void kmend_guest_down(struct kmend_guest *guest);
KMEND_DEFINE_GUARD(struct kmend_guest *, kmend_guest_down, kmend_guest_guard);
#define _cleanup_guest_ _cleanup_(kmend_guest_guard)

/*
 * Ask for something (the verbs of guest/verbs.c, with two arguments or fewer, else NULL) and wait for the answer.
 * Returns 0 with *ret_code as the guest said and *ret_text (new memory; may be NULL if it is not wanted), or what became
 * of the machine: -EPIPE it went down, -ETIMEDOUT it does not answer (it is killed then).
 */
int kmend_guest_ask(struct kmend_guest *guest, long *ret_code, char **ret_text, const char *verb, const char *first,
		    const char *second);

/* Where the console's file ends now, and what it holds from there on (new memory). */
size_t kmend_guest_console_end(const struct kmend_guest *guest);
char *kmend_guest_console(const struct kmend_guest *guest, size_t from);

#endif
