// SPDX-License-Identifier: GPL-2.0
/* kmend-rpm.so: hotpatch packages as RPMs, the rpm database. */
#include "rpm.h"

static const char *const formats[] = { "rpm", NULL };

const struct kmend_plugin kmend_plugin = {
	.abi = KMEND_PLUGIN_ABI,
	.name = "rpm",
	.formats = formats,
	.running_kernel = kmend_rpm_running_kernel,
	.source = kmend_rpm_source,
	.write_package = kmend_rpm_write_package,
	.read_package = kmend_rpm_read_package,
	.installed_updates = kmend_rpm_installed_updates,
	.missing_recommended = kmend_rpm_missing_recommended,
	.errata = kmend_rpm_errata,
	.available = kmend_rpm_available,
	.manage = kmend_rpm_manage,
	.held = kmend_rpm_held,
	.write_repository = kmend_rpm_write_repository,
	.package_name = kmend_rpm_package_name,
};
