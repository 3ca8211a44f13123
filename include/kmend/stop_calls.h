/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hooks must not call while the machine stands still, by the names of Linux 5.10 to 6.12: the one table for the
 * builder, which follows the calls of such hooks, and for the debug build of kmend.ko, which watches them happen.
 *
 * X(name, match, kind, what it does)
 *   match: EXACT, or PREFIX for all names that begin so
 *   kind:  FORBIDDEN: the update is refused;  SUSPICIOUS: told;  HARMLESS: known to be good.
 * The first row that fits counts. (Some names that a prefix covers have rows of their own, since a probe needs a name.) Spin locks are harmless: nobody who holds one can be stopped, since the stop needs the
 * scheduler on that CPU. (On PREEMPT_RT spin_lock() is rt_spin_lock(), which sleeps.) But nothing may switch interrupts
 * on, as unlocking with _irq does.
 */
#ifndef KMEND_STOP_CALLS_H
#define KMEND_STOP_CALLS_H

#define KMEND_STOP_CALLS(X)                                                                          \
	/* Sleeping. */                                                                              \
	X("__might_sleep", EXACT, FORBIDDEN, "may sleep")                                            \
	X("__might_resched", EXACT, FORBIDDEN, "may sleep")                                          \
	X("__might_fault", EXACT, FORBIDDEN, "may fault")                                            \
	X("__cond_resched", PREFIX, FORBIDDEN, "may sleep")                                          \
	X("__SCT__cond_resched", EXACT, FORBIDDEN, "may sleep")                                      \
	X("__SCT__might_resched", EXACT, FORBIDDEN, "may sleep")                                     \
	X("_cond_resched", EXACT, FORBIDDEN, "may sleep")                                            \
	X("schedule_work", PREFIX, SUSPICIOUS, "wakes a worker")                                     \
	X("schedule_delayed_work", PREFIX, SUSPICIOUS, "wakes a worker")                             \
	X("schedule", EXACT, FORBIDDEN, "sleeps")                                                    \
	X("schedule_timeout", PREFIX, FORBIDDEN, "sleeps")                                           \
	X("schedule_hrtimeout", PREFIX, FORBIDDEN, "sleeps")                                         \
	X("io_schedule", PREFIX, FORBIDDEN, "sleeps")                                                \
	X("preempt_schedule", PREFIX, FORBIDDEN, "sleeps")                                           \
	X("yield", EXACT, FORBIDDEN, "sleeps")                                                       \
	X("msleep", PREFIX, FORBIDDEN, "sleeps")                                                     \
	X("ssleep", EXACT, FORBIDDEN, "sleeps")                                                      \
	X("usleep_range", PREFIX, FORBIDDEN, "sleeps")                                               \
	X("fsleep", EXACT, FORBIDDEN, "sleeps")                                                      \
	X("wait_for_completion", PREFIX, FORBIDDEN, "sleeps")                                        \
	X("wait_woken", EXACT, FORBIDDEN, "sleeps")                                                  \
	X("prepare_to_wait", PREFIX, FORBIDDEN, "sleeps")                                            \
	X("synchronize_", PREFIX, FORBIDDEN, "sleeps")                                               \
	X("rcu_barrier", PREFIX, FORBIDDEN, "sleeps")                                                \
	X("flush_work", PREFIX, FORBIDDEN, "sleeps")                                                 \
	X("__flush_work", PREFIX, FORBIDDEN, "sleeps")                                               \
	X("cancel_work_sync", EXACT, FORBIDDEN, "sleeps")                                            \
	X("cancel_delayed_work_sync", EXACT, FORBIDDEN, "sleeps")                                    \
	X("del_timer_sync", EXACT, FORBIDDEN, "waits for another CPU")                               \
	X("timer_delete_sync", EXACT, FORBIDDEN, "waits for another CPU")                            \
	X("hrtimer_cancel", EXACT, FORBIDDEN, "waits for another CPU")                               \
	X("tasklet_kill", EXACT, FORBIDDEN, "waits for another CPU")                                 \
	X("kthread_", PREFIX, FORBIDDEN, "sleeps")                                                   \
	X("call_usermodehelper", PREFIX, FORBIDDEN, "sleeps")                                        \
	X("request_module", PREFIX, FORBIDDEN, "sleeps")                                             \
	X("__request_module", EXACT, FORBIDDEN, "sleeps")                                            \
	/* Locks that a stopped task may hold. */                                                    \
	X("mutex_is_locked", EXACT, HARMLESS, "")                                                    \
	X("mutex_trylock", EXACT, SUSPICIOUS, "fails if a stopped task holds it")                    \
	X("mutex_unlock", EXACT, SUSPICIOUS, "wakes whoever waits")                                  \
	X("mutex_lock", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("mutex_lock_interruptible", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold") \
	X("mutex_lock_killable", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")      \
	X("mutex_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")                  \
	X("__mutex_lock", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")            \
	X("ww_mutex_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("rt_mutex_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("rt_spin_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")                \
	X("rt_read_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")                \
	X("rt_write_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("down_trylock", EXACT, SUSPICIOUS, "fails if a stopped task holds it")                     \
	X("down_read_trylock", EXACT, SUSPICIOUS, "fails if a stopped task holds it")                \
	X("down_write_trylock", EXACT, SUSPICIOUS, "fails if a stopped task holds it")               \
	X("down", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")                     \
	X("down_read", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")                \
	X("down_write", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("down_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")                   \
	X("__percpu_down_read", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")      \
	X("percpu_down_", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")            \
	X("cpus_read_lock", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")           \
	X("rtnl_lock", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("rtnl_is_locked", EXACT, HARMLESS, "")                                                     \
	X("lock_sock", PREFIX, FORBIDDEN, "takes a lock that a stopped task may hold")               \
	X("console_lock", EXACT, FORBIDDEN, "takes a lock that a stopped task may hold")             \
	X("__srcu_read_lock", PREFIX, HARMLESS, "")                                                  \
	X("stop_machine", PREFIX, FORBIDDEN, "stops the machine, which stands still already")        \
	X("smp_call_function", PREFIX, FORBIDDEN, "waits for CPUs that stand still")                 \
	X("on_each_cpu", PREFIX, FORBIDDEN, "waits for CPUs that stand still")                       \
	X("text_poke", PREFIX, FORBIDDEN, "rewrites code, for which CPUs must run")                  \
	X("static_key_", PREFIX, FORBIDDEN, "rewrites code, for which CPUs must run")                \
	X("jump_label_", PREFIX, FORBIDDEN, "rewrites code, for which CPUs must run")                \
	X("__static_call_update", EXACT, FORBIDDEN, "rewrites code, for which CPUs must run")        \
	/* Interrupts. */                                                                            \
	X("_raw_spin_lock_irqsave", EXACT, HARMLESS, "")                                             \
	X("_raw_spin_unlock_irqrestore", EXACT, HARMLESS, "")                                        \
	X("_raw_spin_lock_irq", EXACT, FORBIDDEN, "is undone by switching interrupts on")            \
	X("_raw_spin_unlock_irq", EXACT, FORBIDDEN, "switches interrupts on")                        \
	X("_raw_spin_unlock_bh", EXACT, FORBIDDEN, "runs softirqs")                                  \
	X("_raw_read_unlock_irq", EXACT, FORBIDDEN, "switches interrupts on")                        \
	X("_raw_read_unlock_bh", EXACT, FORBIDDEN, "runs softirqs")                                  \
	X("_raw_write_unlock_irq", EXACT, FORBIDDEN, "switches interrupts on")                       \
	X("_raw_write_unlock_bh", EXACT, FORBIDDEN, "runs softirqs")                                 \
	X("__local_bh_enable_ip", EXACT, FORBIDDEN, "runs softirqs")                                 \
	X("_raw_spin_", PREFIX, HARMLESS, "")                                                        \
	X("_raw_read_", PREFIX, HARMLESS, "")                                                        \
	X("_raw_write_", PREFIX, HARMLESS, "")                                                       \
	/* Memory. */                                                                                \
	X("kfree_skb", PREFIX, SUSPICIOUS, "frees memory, and may run a destructor")                 \
	X("kfree_sensitive", EXACT, SUSPICIOUS, "frees memory")                                      \
	X("kfree", EXACT, SUSPICIOUS, "frees memory")                                                \
	X("kmem_cache_free", PREFIX, SUSPICIOUS, "frees memory")                                     \
	X("kmalloc_trace", EXACT, FORBIDDEN, "allocates memory")                                     \
	X("kmalloc", PREFIX, FORBIDDEN, "allocates memory")                                          \
	X("__kmalloc", PREFIX, FORBIDDEN, "allocates memory")                                        \
	X("kmem_cache_alloc_trace", EXACT, FORBIDDEN, "allocates memory")                            \
	X("kmem_cache_alloc", PREFIX, FORBIDDEN, "allocates memory")                                 \
	X("krealloc", PREFIX, FORBIDDEN, "allocates memory")                                         \
	X("kvmalloc", PREFIX, FORBIDDEN, "allocates memory")                                         \
	X("__kvmalloc", PREFIX, FORBIDDEN, "allocates memory")                                       \
	X("kmemdup", PREFIX, FORBIDDEN, "allocates memory")                                          \
	X("kstrdup", PREFIX, FORBIDDEN, "allocates memory")                                          \
	X("kstrndup", EXACT, FORBIDDEN, "allocates memory")                                          \
	X("kasprintf", EXACT, FORBIDDEN, "allocates memory")                                         \
	X("kvasprintf", PREFIX, FORBIDDEN, "allocates memory")                                       \
	X("vmalloc", PREFIX, FORBIDDEN, "allocates memory")                                          \
	X("vzalloc", PREFIX, FORBIDDEN, "allocates memory")                                          \
	X("__vmalloc", PREFIX, FORBIDDEN, "allocates memory")                                        \
	X("vfree", PREFIX, FORBIDDEN, "may sleep")                                                   \
	X("kvfree", EXACT, FORBIDDEN, "may sleep")                                                   \
	X("vmap", EXACT, FORBIDDEN, "allocates memory")                                              \
	X("vunmap", EXACT, FORBIDDEN, "may sleep")                                                   \
	X("__alloc_pages", PREFIX, FORBIDDEN, "allocates memory")                                    \
	X("alloc_pages", PREFIX, FORBIDDEN, "allocates memory")                                      \
	X("__get_free_pages", EXACT, FORBIDDEN, "allocates memory")                                  \
	X("get_zeroed_page", EXACT, FORBIDDEN, "allocates memory")                                   \
	X("__alloc_percpu", PREFIX, FORBIDDEN, "allocates memory")                                   \
	X("free_percpu", EXACT, FORBIDDEN, "may sleep")                                              \
	X("__alloc_skb", EXACT, FORBIDDEN, "allocates memory")                                       \
	X("klp_shadow_get_or_alloc", EXACT, FORBIDDEN, "allocates memory")                           \
	X("klp_shadow_get", EXACT, HARMLESS, "")                                                     \
	X("klp_shadow_alloc", EXACT, FORBIDDEN, "allocates memory")                                  \
	X("klp_shadow_free", PREFIX, SUSPICIOUS, "frees memory")                                     \
	/* User memory. */                                                                           \
	X("_copy_from_user", EXACT, FORBIDDEN, "may fault")                                          \
	X("_copy_to_user", EXACT, FORBIDDEN, "may fault")                                            \
	X("copy_user_", PREFIX, FORBIDDEN, "may fault")                                              \
	X("__get_user_", PREFIX, FORBIDDEN, "may fault")                                             \
	X("__put_user_", PREFIX, FORBIDDEN, "may fault")                                             \
	X("strncpy_from_user", EXACT, FORBIDDEN, "may fault")                                        \
	X("get_user_pages", PREFIX, FORBIDDEN, "may fault")                                          \
	/* Printing: consoles are slow, and all CPUs wait. */                                        \
	X("_printk_deferred", EXACT, HARMLESS, "")                                                   \
	X("_printk", EXACT, SUSPICIOUS, "writes to slow consoles; printk_deferred() does not")       \
	X("__warn_printk", EXACT, SUSPICIOUS, "writes to slow consoles")                             \
	X("panic", EXACT, SUSPICIOUS, "ends the kernel")                                             \
	/* Through a pointer: where to cannot be told. */                                            \
	X("__x86_indirect_", PREFIX, SUSPICIOUS, "calls through a pointer")                          \
	/* Other things that are known to be good. */                                                \
	X("__fentry__", EXACT, HARMLESS, "")                                                         \
	X("__x86_return_thunk", EXACT, HARMLESS, "")                                                 \
	X("__rcu_read_lock", EXACT, HARMLESS, "")                                                    \
	X("__rcu_read_unlock", EXACT, HARMLESS, "")                                                  \
	X("__stack_chk_fail", EXACT, HARMLESS, "")                                                   \
	X("__ubsan_", PREFIX, HARMLESS, "")                                                          \
	X("fortify_panic", PREFIX, HARMLESS, "")                                                     \
	X("memdup_user", PREFIX, FORBIDDEN, "allocates memory")                                      \
	X("memcpy", PREFIX, HARMLESS, "")                                                            \
	X("memset", PREFIX, HARMLESS, "")                                                            \
	X("memmove", EXACT, HARMLESS, "")                                                            \
	X("memcmp", EXACT, HARMLESS, "")                                                             \
	X("memchr", PREFIX, HARMLESS, "")                                                            \
	X("__mem", PREFIX, HARMLESS, "")                                                             \
	X("strndup_user", EXACT, FORBIDDEN, "allocates memory")                                      \
	X("str", PREFIX, HARMLESS, "")                                                               \
	X("_find_", PREFIX, HARMLESS, "")                                                            \
	X("find_next_", PREFIX, HARMLESS, "")                                                        \
	X("__list_add_valid", PREFIX, HARMLESS, "")                                                  \
	X("__list_del_entry_valid", PREFIX, HARMLESS, "")                                            \
	X("rb_next", PREFIX, HARMLESS, "")                                                           \
	X("rb_prev", EXACT, HARMLESS, "")                                                            \
	X("rb_first", PREFIX, HARMLESS, "")                                                          \
	X("rb_last", EXACT, HARMLESS, "")                                                            \
	X("rb_erase", EXACT, HARMLESS, "")                                                           \
	X("rb_insert_color", EXACT, HARMLESS, "")                                                    \
	X("rb_replace_node", EXACT, HARMLESS, "")                                                    \
	X("radix_tree_next_chunk", EXACT, HARMLESS, "")                                              \
	X("xa_load", EXACT, HARMLESS, "")                                                            \
	X("xas_find", PREFIX, HARMLESS, "")                                                          \
	X("idr_find", EXACT, HARMLESS, "")                                                           \
	X("idr_get_next", PREFIX, HARMLESS, "")                                                      \
	X("find_task_by_", PREFIX, HARMLESS, "")                                                     \
	X("ktime_get_mono_fast_ns", EXACT, HARMLESS, "")

#endif /* KMEND_STOP_CALLS_H */
