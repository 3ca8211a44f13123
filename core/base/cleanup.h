/* SPDX-License-Identifier: GPL-2.0 */
/* Scope guards: what a variable owns is released when it leaves its scope. */
#ifndef KMEND_BASE_CLEANUP_H
#define KMEND_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Define name_guard(), which calls destroy() on the pointer in the variable; destroy() takes NULL. */
#define KMEND_DEFINE_GUARD(type, destroy, guard) \
	static inline void guard(type *pointer)  \
	{                                        \
		destroy(*pointer);               \
	}                                        \
	struct kmend_swallow_semicolon

static inline void kmend_free_guard(void *pointer)
{
	free(*(void **)pointer);
}

static inline void kmend_close_guard(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void kmend_fclose_guard(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void kmend_closedir_guard(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_free_ _cleanup_(kmend_free_guard)
#define _cleanup_close_ _cleanup_(kmend_close_guard)
#define _cleanup_fclose_ _cleanup_(kmend_fclose_guard)
#define _cleanup_closedir_ _cleanup_(kmend_closedir_guard)

/* Hand over what a guarded pointer variable owns, leaving NULL. */
#define kmend_steal(pointer)                         \
	({                                           \
		typeof(pointer) stolen_ = (pointer); \
		(pointer) = NULL;                    \
		stolen_;                             \
	})

/* The same for a guarded file descriptor, leaving -1. */
#define kmend_steal_fd(fd)          \
	({                          \
		int stolen_ = (fd); \
		(fd) = -1;          \
		stolen_;            \
	})

#define KMEND_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
