// SPDX-License-Identifier: GPL-2.0
/* kmend-module-RELEASE: kmend.ko, prebuilt for one kernel, so that its machines need no compiler. */
#include "config.h"
#include "package.h"

static const char body[] = //
	"The kernel module with which kmend changes the running kernel, prebuilt for one kernel, so that neither compiler "
	"nor headers are needed. Use kmend-dkms instead for kernels that have no such package.\n";

int kmend_package_module(const struct kmend_package_request *request, struct kmend_package *package,
			 struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer module = { 0 };
	_cleanup_free_ char *version = NULL, *synopsis = NULL, *change = NULL;
	int code;

	package->deb.time = kmend_package_time(0);
	code = kmend_package_read_module(request->input, request->release, &module, &version, error);
	if (!code)
		code = kmend_package_identify(package, kmend_dpkg_name("kmend-module", request->release, NULL),
					      request->version ? request->version
					      : version	       ? version
							       : KMEND_VERSION,
					      error);
	if (code)
		return code;
	kmend_deb_add_data(&package->deb, module.data, module.size, KMEND_PACKAGE_MODULES "/%s/kmend.ko",
			   request->release);
	synopsis = kmend_format("kmend's kernel module for Linux %s", request->release);
	change = kmend_format("Built for Linux %s.", request->release);
	return kmend_package_complete(package, "Enhances: kmend\n", synopsis, body, change, error);
}
