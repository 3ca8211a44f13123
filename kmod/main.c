// SPDX-License-Identifier: GPL-2.0
/*
 * kmend.ko: switches running kernel code to the replacements that update modules bring.
 */
#include "update.h"

static int __init kmend_init(void)
{
	int error = kmend_symbols_find();

	if (error)
		return error;
	error = kmend_sysfs_init();
	if (error)
		return error;
	error = kmend_nmi_init();
	if (!error)
		error = kmend_notifier_init();
	if (error) {
		kmend_nmi_exit();
		kmend_sysfs_exit();
	}
	return error;
}

static void __exit kmend_exit(void)
{
	kmend_notifier_exit();
	kmend_instances_stop_polling();
	kmend_instances_drop();
	kmend_nmi_exit();
	kmend_sysfs_exit();
}

module_init(kmend_init);
module_exit(kmend_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Rebootless kernel security updates: matching and switching");
MODULE_VERSION(KMEND_VERSION);
