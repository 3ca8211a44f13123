// SPDX-License-Identifier: GPL-2.0
/* kmend-dpkg.so: Debian kernels' materials through apt, hotpatch packages as debs, dpkg's status database. */
#include "dpkg.h"

static const char *const formats[] = { "deb", NULL };

const struct kmend_plugin kmend_plugin = {
	.abi = KMEND_PLUGIN_ABI,
	.name = "dpkg",
	.formats = formats,
	.running_kernel = kmend_dpkg_running_kernel,
	.source = kmend_dpkg_source,
	.write_package = kmend_dpkg_write_package,
	.read_package = kmend_dpkg_read_package,
	.installed_updates = kmend_dpkg_installed_updates,
	.missing_recommended = kmend_dpkg_missing_recommended,
	.package_name = kmend_dpkg_package_name,
	.errata = kmend_dpkg_errata,
	.source_version = kmend_dpkg_source_version,
	.available = kmend_dpkg_available,
	.manage = kmend_dpkg_manage,
	.held = kmend_dpkg_held,
	.write_repository = kmend_dpkg_write_repository,
};
