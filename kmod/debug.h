/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a debug build (make KMEND_DEBUG=1) adds: assertions of the invariants, and calls that fail on purpose. Included behind
 * all other headers that declare what is wrapped here, which it therefore includes itself.
 *
 * Every call of kmend.ko that may fail for want of memory, or of what others must give, is counted; the call whose number
 * was written to the module's parameter `fail_at` fails, once. So a test that counts up from 1 until an operation succeeds
 * has seen each of them fail. (debug.c)
 */
#ifndef KMEND_KMOD_DEBUG_H
#define KMEND_KMOD_DEBUG_H

#ifdef KMEND_DEBUG

#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/ftrace.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define kmend_assert(condition) WARN_ONCE(!(condition), "kmend: does not hold: %s\n", #condition)

/* Is this the call that fails? */
bool kmend_debug_fails(const char *function, int line);

#define kmend_may_fail() kmend_debug_fails(__func__, __LINE__)

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0) /* later these are macros themselves */
#define kzalloc(...) (kmend_may_fail() ? NULL : kzalloc(__VA_ARGS__))
#define kcalloc(...) (kmend_may_fail() ? NULL : kcalloc(__VA_ARGS__))
#define kvmalloc(...) (kmend_may_fail() ? NULL : kvmalloc(__VA_ARGS__))
#define kvcalloc(...) (kmend_may_fail() ? NULL : kvcalloc(__VA_ARGS__))
#define kvmalloc_array(...) (kmend_may_fail() ? NULL : kvmalloc_array(__VA_ARGS__))
#define krealloc_array(...) (kmend_may_fail() ? NULL : krealloc_array(__VA_ARGS__))
#define kstrdup(...) (kmend_may_fail() ? NULL : kstrdup(__VA_ARGS__))
#define kstrndup(...) (kmend_may_fail() ? NULL : kstrndup(__VA_ARGS__))
#define bitmap_zalloc(...) (kmend_may_fail() ? NULL : bitmap_zalloc(__VA_ARGS__))
#endif
#define vmap(...) (kmend_may_fail() ? NULL : vmap(__VA_ARGS__))
#define kobject_add(...) (kmend_may_fail() ? -ENOMEM : kobject_add(__VA_ARGS__))
#define ftrace_set_filter_ip(...) (kmend_may_fail() ? -ENOMEM : ftrace_set_filter_ip(__VA_ARGS__))
#define register_ftrace_function(...) (kmend_may_fail() ? -ENOMEM : register_ftrace_function(__VA_ARGS__))
#define try_module_get(...) (!kmend_may_fail() && try_module_get(__VA_ARGS__))

#else

#define kmend_assert(condition) ((void)sizeof(!(condition)))
#define kmend_may_fail() false

#endif

#endif /* KMEND_KMOD_DEBUG_H */
