// SPDX-License-Identifier: GPL-2.0
/* kmend-patch-RELEASE-ID: the hotpatch package of one update. */
#include <errno.h>
#include <string.h>

#include "../../core/container/container.h"
#include "config.h"
#include "dpkg.h"
#include "package.h"

/* What stands for one build of an update, and no other. */
static char *build_name(const char *digest)
{
	return kmend_format("kmend-update-%.32s", digest);
}

/*
 * An update on top of others needs these in exactly the builds it was made on: each package provides a name made of the
 * digest of its build. So dpkg never has the one without the other, and removes the one on top first.
 */
static char *make_fields(const struct kmend_container *container)
{
	const struct kmend_manifest *manifest = container->manifest;
	_cleanup_free_ char *module = kmend_dpkg_name("kmend-module", manifest->release, NULL);
	struct kmend_buffer fields = { 0 };
	char digest[KMEND_SHA256_HEX];

	kmend_buffer_addf(&fields, "Depends: kmend (>= %s), %s | kmend-dkms", KMEND_VERSION, module);
	for (size_t i = 0; i < manifest->nr_bases; i++) {
		_cleanup_free_ char *name = kmend_dpkg_package_name(manifest->release, manifest->bases[i].id);
		_cleanup_free_ char *build = build_name(manifest->bases[i].digest);

		kmend_buffer_addf(&fields, ", %s, %s", name, build);
	}
	kmend_buffer_addf(&fields, "\n");
	if (!kmend_package_digest(container, digest)) {
		_cleanup_free_ char *build = build_name(digest);

		kmend_buffer_addf(&fields, "Provides: %s\n", build);
	}
	return fields.data;
}

static int add_files(struct kmend_package *package, const struct kmend_container *container, struct kmend_error *error)
{
	const struct kmend_manifest *manifest = container->manifest;
	_cleanup_free_ char *text = kmend_manifest_format(manifest), *fields = NULL, *synopsis = NULL, *body = NULL;
	_cleanup_free_ char *change = NULL;

	kmend_deb_add_data(&package->deb, text, strlen(text), KMEND_PACKAGE_UPDATES "/%s/%s/manifest.json",
			   manifest->release, manifest->id);
	for (size_t i = 0; i < manifest->nr_parts; i++)
		kmend_deb_add_data(&package->deb, container->modules[i].data, container->modules[i].size,
				   KMEND_PACKAGE_UPDATES "/%s/%s/%s.ko", manifest->release, manifest->id,
				   manifest->parts[i].module_name);
	kmend_package_add_scripts(&package->deb, manifest->release, manifest->id);
	fields = make_fields(container);
	synopsis = kmend_format("kmend hotpatch %s for Linux %s", manifest->id, manifest->release);
	body = kmend_package_describe(manifest);
	change = kmend_format("Hotpatch %s for Linux %s.", manifest->id, manifest->release);
	return kmend_package_complete(package, fields, synopsis, body, change, error);
}

int kmend_package_update(const struct kmend_package_request *request, struct kmend_package *package,
			 struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *version = NULL;
	int code = kmend_container_read(request->input, &container, error);

	if (code)
		return code;
	package->deb.time = kmend_package_time(container->manifest->created);
	version = kmend_package_version(container->manifest->id);
	code = kmend_package_identify(package,
				      kmend_dpkg_package_name(container->manifest->release, container->manifest->id),
				      request->version ? request->version : version, error);
	return code ? code : add_files(package, container, error);
}
