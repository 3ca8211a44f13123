/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the author of a diff uses to give an update code of its own: hooks, shadow data, and writable aliases of read-only
 * data. Include it in a .c file of the amended source; kmend's builder finds it. docs/hooks/ explains and shows all of it.
 *
 * Hooks belong to the target (kernel image or module) of the unit they are written in.
 */
#ifndef KMEND_HOOKS_H
#define KMEND_HOOKS_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/livepatch.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <kmend/abi.h>

/* Of an object file only; the builder moves the entries into the update's tables. */
#define KMEND_SECTION_HOOKS ".kmend.hooks"

/* `reserved` is the order of the hooks in the source, since the compiler may emit them in any. */
#define KMEND_HOOK_ENTRY_(id, function, type)                                                                         \
	static_assert(__builtin_types_compatible_p(typeof(&function), type), #function " must be a " #type);          \
	static const struct kmend_hook __used __section(KMEND_SECTION_HOOKS) __aligned(8) __UNIQUE_ID(kmend_hook) = { \
		.call = (int (*)(void))(function),                                                                    \
		.name = #function,                                                                                    \
		.stage = id,                                                                                          \
		.reserved = __COUNTER__,                                                                              \
	}

/*
 * KMEND_STAGE(function): call the function, which the diff adds, at this stage. Several functions of one stage are
 * called in the order of these lines. Functions of the four stages that may refuse return int: 0, or a negative errno,
 * by which the update is not applied (or not reversed): refusal hook_refused. All others return void.
 *
 *   stage          when                                                       may sleep   may refuse
 *   PRE_APPLY      before the stop                                            yes         yes
 *   CHECK_APPLY    in the stop, nothing switched yet                          no          yes
 *   APPLY          in the stop, all functions switched                        no          no
 *   POST_APPLY     after the stop                                             yes         no
 *   FAIL_APPLY     PRE_APPLY was called, but the update was not applied       yes         no
 *   PRE_REVERSE, CHECK_REVERSE, REVERSE, POST_REVERSE, FAIL_REVERSE: the same when the update is reversed
 *
 * In the stop all other CPUs stand still with interrupts off, wherever they were; so do not sleep, allocate, take a
 * mutex or semaphore, or touch user memory there. PRE_APPLY is the place to allocate.
 */
#define KMEND_PRE_APPLY(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_PRE_APPLY, function, int (*)(void))
#define KMEND_CHECK_APPLY(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_CHECK_APPLY, function, int (*)(void))
#define KMEND_APPLY(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_APPLY, function, void (*)(void))
#define KMEND_POST_APPLY(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_POST_APPLY, function, void (*)(void))
#define KMEND_FAIL_APPLY(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_FAIL_APPLY, function, void (*)(void))
#define KMEND_PRE_REVERSE(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_PRE_REVERSE, function, int (*)(void))
#define KMEND_CHECK_REVERSE(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_CHECK_REVERSE, function, int (*)(void))
#define KMEND_REVERSE(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_REVERSE, function, void (*)(void))
#define KMEND_POST_REVERSE(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_POST_REVERSE, function, void (*)(void))
#define KMEND_FAIL_REVERSE(function) KMEND_HOOK_ENTRY_(KMEND_HOOK_FAIL_REVERSE, function, void (*)(void))

/*
 * Shadow data: memory that belongs to an object of the kernel without lying in it, found by the object's address and a
 * number that says what it is. For fields that a structure gains. The kernel keeps them (klp_shadow_*(), exported
 * since 4.15), so kernels without CONFIG_LIVEPATCH have none.
 *
 * Numbers are the author's choice: take a random one, for all updates and livepatches of a kernel share them. Two
 * updates that mean the same datum use the same number. Data must be freed with their object, in the function that
 * frees it: else the next object at that address gets them. Objects that were there before the update have none until
 * somebody allocates it, so code must be ready for NULL.
 */
#if IS_ENABLED(CONFIG_LIVEPATCH)

/* The datum, or NULL. Anywhere, also in the stop. */
static inline void *kmend_shadow_get(const void *object, unsigned long id)
{
	return klp_shadow_get((void *)object, id);
}

/* A new datum, zeroed; the object must have none yet (the kernel warns). NULL: no memory. `flags` as for kmalloc(). */
static inline void *kmend_shadow_alloc(const void *object, unsigned long id, size_t size, gfp_t flags)
{
	return klp_shadow_alloc((void *)object, id, size, flags, NULL, NULL);
}

/* The datum, made and zeroed if it is not there yet. NULL: no memory. */
static inline void *kmend_shadow_get_or_alloc(const void *object, unsigned long id, size_t size, gfp_t flags)
{
	return klp_shadow_get_or_alloc((void *)object, id, size, flags, NULL, NULL);
}

/* Free the object's datum, if there is one. Whoever uses it under RCU is waited for by the kernel. */
static inline void kmend_shadow_free(const void *object, unsigned long id)
{
	klp_shadow_free((void *)object, id, NULL);
}

/* Free the datum of every object: what KMEND_POST_REVERSE() is for. */
static inline void kmend_shadow_free_all(unsigned long id)
{
	klp_shadow_free_all(id, NULL);
}

#endif /* CONFIG_LIVEPATCH */

/*
 * Read-only data (const tables of callbacks) are written through an alias: a second mapping of the same memory.
 * kmend_writable_map(): in PRE_APPLY (it sleeps and allocates). Returns where `object` is in the alias, or NULL.
 * Write there in the stop, with WRITE_ONCE(), no more than the object. kmend_writable_unmap(): when done, outside the
 * stop; NULL is fine. `size`: of the object, at most a page.
 */
static inline void *kmend_writable_map(const void *object, size_t size)
{
	unsigned long at = (unsigned long)object, start = at & PAGE_MASK;
	unsigned int i, count = (PAGE_ALIGN(at + size) - start) >> PAGE_SHIFT;
	struct page *pages[2];
	void *mapping;

	if (!size || count > ARRAY_SIZE(pages))
		return NULL;
	for (i = 0; i < count; i++) {
		void *page = (void *)(start + i * PAGE_SIZE);

		/* The image lies in a mapping of its own, where places tell physical addresses; modules are vmalloc()ed. */
		if ((unsigned long)page >= __START_KERNEL_map && (unsigned long)page < MODULES_VADDR)
			pages[i] = pfn_to_page(__pa_symbol(page) >> PAGE_SHIFT);
		else
			pages[i] = vmalloc_to_page(page);
		if (!pages[i])
			return NULL;
	}
	mapping = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	return mapping ? mapping + (at - start) : NULL;
}

static inline void kmend_writable_unmap(void *alias)
{
	if (alias)
		vunmap((void *)((unsigned long)alias & PAGE_MASK));
}

#endif /* KMEND_HOOKS_H */
