// SPDX-License-Identifier: GPL-2.0
// New strings that are compared, or formatted, and new locks stay here: who gets them is done with them before it returns.
// = no escapes
#include "../../../objects/kernel.h"

extern int strcmp(const char *a, const char *b);
extern char *strstr(const char *a, const char *b);
extern __attribute__((__noreturn__)) void fortify_panic(const char *name);

extern void bt_err(const char *format, ...);
extern void trace_event_printf(void *iterator, const char *format, ...);
extern void mutex_lock(void *lock);
extern void mutex_unlock(void *lock);
extern int request_firmware(const void **image, const char *name, void *device);

int f(const char *name)
{
#ifdef POST
	static long lock[4];

	mutex_lock(lock);
	mutex_unlock(lock);
	if (!strcmp(name, "a new name") || strstr(name, "new too"))
		printk("said at once: %s\n", "one more");
	bt_err("a device says %d\n", 5);
	trace_event_printf(0, "an event says %d\n", 6);
	request_firmware(0, "new/image.bin", 0);
	if (outside(2) > 3)
		fortify_panic("a new function");
#endif
	return outside(1);
}
