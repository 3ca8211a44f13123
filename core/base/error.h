/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors that say what happened, why, and what to do.
 *
 * A function that can fail returns 0 or a negative errno and, when the caller passed one, fills a struct kmend_error.
 * Libraries print nothing; the command line prints the error and exits with its status.
 */
#ifndef KMEND_BASE_ERROR_H
#define KMEND_BASE_ERROR_H

#include <stdarg.h>

/* Exit statuses of the command line, one per class of failure. X(id, number, name, meaning) */
#define KMEND_STATUSES(X)                                                                                   \
	X(OK, 0, "ok", "success")                                                                           \
	X(FAILURE, 1, "failure", "the system failed (input/output, memory, a helper program)")              \
	X(DIFF_NOT_APPLICABLE, 10, "diff-not-applicable", "the diff does not apply to the kernel's source") \
	X(DIFF_NOT_BUILT, 11, "diff-not-built", "the diff touches nothing that this kernel builds")         \
	X(BUILD_FAILED, 12, "build-failed", "the changed source does not compile")                          \
	X(NO_KERNEL, 13, "no-kernel", "there is no such kernel")                                            \
	X(WRONG_SOURCE, 14, "wrong-source", "the source is of another version than the kernel")             \
	X(WRONG_COMPILER, 15, "wrong-compiler", "the compiler is not the one the kernel was built with")    \
	X(OUT_OF_SCOPE, 16, "out-of-scope", "the change cannot be made into an update")                     \
	X(WRONG_BASE, 17, "wrong-base", "an update given as base does not fit")                             \
	X(NEEDS_CODE, 18, "needs-code", "the change needs code of its author's to become an update")        \
	X(DAMAGED, 20, "damaged", "the container is truncated, altered or not a container")                 \
	X(BAD_MANIFEST, 21, "bad-manifest", "the manifest holds values that are not allowed")               \
	X(UNKNOWN_ID, 22, "unknown-id", "no update of that id is known")                                    \
	X(DUPLICATE_ID, 23, "duplicate-id", "an update of that id is there already")                        \
	X(NOT_ROOT, 24, "not-root", "only root may do this")                                                \
	X(DISK_FULL, 25, "disk-full", "there is no space left")                                             \
	X(NO_MODULE, 26, "no-module", "kmend.ko for this kernel is not installed")                          \
	X(OTHER_KERNEL, 27, "other-kernel", "the update is for another kernel than the running one")        \
	X(NO_PLUGIN, 28, "no-plugin", "the packager plugin is not installed")                               \
	X(NO_QEMU, 29, "no-qemu", "there is no QEMU, or it cannot be what is asked for")                    \
	X(BUSY, 30, "busy", "a task is inside the code being replaced; nothing was changed")                \
	X(REFUSED, 31, "refused", "the kernel refused; nothing was changed")                                \
	X(VERIFY_FAILED, 32, "verify-failed", "an update did not pass its verification")                    \
	X(USAGE, 64, "usage", "the command was called wrongly")                                             \
	X(NO_CHANGE, 66, "no-change", "the diff changes no code")

enum kmend_status {
#define KMEND_STATUS_ENUM(id, number, name, meaning) KMEND_STATUS_##id = number,
	KMEND_STATUSES(KMEND_STATUS_ENUM)
#undef KMEND_STATUS_ENUM
};

/* A failure. Plain memory, owned by the caller, no destructor; zero-initialise it. */
struct kmend_error {
	enum kmend_status status;
	int code;	    /* negative errno, as returned */
	char message[1024]; /* what happened and why: one line, no final full stop or newline */
	char advice[512];   /* what to do, or empty */
	char detail[8192];  /* further lines (a compiler's words, blockers), or empty */
};

/**
 * kmend_fail - fill an error and return its code
 * @error: may be NULL; an error already set is replaced
 * @status: class of the failure
 * @code: negative errno to return; 0 means -EIO. -ENOSPC turns a FAILURE into DISK_FULL
 */
int kmend_fail(struct kmend_error *error, enum kmend_status status, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Like kmend_fail() with status FAILURE; appends ": strerror(-code)". */
int kmend_fail_errno(struct kmend_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Set what the user should do. */
void kmend_advise(struct kmend_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Set further lines; what does not fit is cut at a line's end, keeping the beginning. */
void kmend_detail(struct kmend_error *error, const char *text);

/* Name of a status ("diff-not-applicable"), for --json. Never NULL. */
const char *kmend_status_name(enum kmend_status status);

#endif
