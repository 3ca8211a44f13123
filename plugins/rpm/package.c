// SPDX-License-Identifier: GPL-2.0
/* write_package: the package of each kind. */
#include <errno.h>
#include <string.h>

#include "config.h"
#include "rpm.h"
#include "spec.h"

/* kmend.ko comes prebuilt for the kernel, or is built on the machine. */
static char *module_requirement(const char *release)
{
	_cleanup_free_ char *module = kmend_rpm_name("kmend-module", release, NULL);

	return kmend_format("(%s or kmend-dkms)", module);
}

/*
 * An update on top of others needs these in exactly the builds it was made on: each package provides a name with the
 * digest of its build. So rpm never has the one without the other, and removes the one on top first.
 */
static void add_update_fields(struct kmend_spec *spec, const struct kmend_container *container)
{
	const struct kmend_manifest *manifest = container->manifest;
	_cleanup_free_ char *module = module_requirement(manifest->release);
	char digest[KMEND_SHA256_HEX];

	kmend_buffer_addf(&spec->fields, "Requires: kmend >= %s\nRequires(post): kmend\nRequires(preun): kmend\n",
			  KMEND_VERSION);
	kmend_buffer_addf(&spec->fields, "Requires: %s\n", module);
	for (size_t i = 0; i < manifest->nr_bases; i++) {
		_cleanup_free_ char *name = kmend_rpm_package_name(manifest->release, manifest->bases[i].id);

		/* The same order for post and preun: what it sits on comes before and goes after it. */
		kmend_buffer_addf(&spec->fields, "Requires(post): %s\nRequires(preun): %s\n", name, name);
		kmend_buffer_addf(&spec->fields, "Requires: kmend-update(%.32s)\n", manifest->bases[i].digest);
	}
	kmend_buffer_addf(&spec->fields, "Provides: kmend-patch-for(%s)\n", manifest->release);
	if (!kmend_package_digest(container, digest))
		kmend_buffer_addf(&spec->fields, "Provides: kmend-update(%.32s)\n", digest);
}

static int fill_update(struct kmend_spec *spec, struct kmend_container *container, const char *manifest_text)
{
	const struct kmend_manifest *manifest = container->manifest;

	kmend_spec_add_file(spec, manifest_text, strlen(manifest_text), KMEND_PACKAGE_UPDATES "/%s/%s/manifest.json",
			    manifest->release, manifest->id);
	for (size_t i = 0; i < manifest->nr_parts; i++)
		kmend_spec_add_file(spec, container->modules[i].data, container->modules[i].size,
				    KMEND_PACKAGE_UPDATES "/%s/%s/%s.ko", manifest->release, manifest->id,
				    manifest->parts[i].module_name);
	kmend_strv_addf(&spec->owned, KMEND_PACKAGE_UPDATES "/%s", manifest->release);
	kmend_strv_addf(&spec->owned, KMEND_PACKAGE_UPDATES "/%s/%s", manifest->release, manifest->id);
	kmend_spec_add_scripts(spec, manifest->release, manifest->id);
	add_update_fields(spec, container);
	spec->summary = kmend_format("Hotpatch %s for Linux %s", manifest->id, manifest->release);
	spec->description = kmend_package_describe(manifest);
	spec->change = kmend_format("Hotpatch %s for Linux %s.", manifest->id, manifest->release);
	return 0;
}

static int write_update(const struct kmend_package_request *request, struct kmend_spec *spec, char **ret_path,
			struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *manifest = NULL, *version = NULL;
	int code = kmend_container_read(request->input, &container, error);

	if (code)
		return code;
	spec->time = kmend_package_time(container->manifest->created);
	version = kmend_package_version(container->manifest->id);
	code = kmend_spec_identify(spec, kmend_rpm_package_name(container->manifest->release, container->manifest->id),
				   request->version ? request->version : version, error);
	if (code)
		return code;
	manifest = kmend_manifest_format(container->manifest);
	fill_update(spec, container, manifest);
	return kmend_spec_build(spec, request->output, ret_path, error);
}

/* What is given may be a container, a package's name or an update's id. */
static int name_of_update(const char *update, const char *release, char **ret_name, struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *name = NULL, *prefix = kmend_rpm_package_name(release, "");

	if (kmend_ends_with(update, ".kmend")) {
		int code = kmend_container_read(update, &container, error);

		if (code)
			return code;
		if (strcmp(container->manifest->release, release))
			return kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EINVAL,
					  "%s is for the kernel %s, the seed for %s", update,
					  container->manifest->release, release);
		name = kmend_rpm_package_name(release, container->manifest->id);
	} else if (kmend_starts_with(update, "kmend-patch-")) {
		name = kmend_strdup(update);
	} else if (kmend_id_is_valid(update)) {
		name = kmend_rpm_package_name(release, update);
	} else {
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL,
				  "'%s' is neither a container (ID.kmend) nor a package's name nor an update's id",
				  update);
	}
	if (!kmend_rpm_name_is_valid(name))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' cannot be the name of an RPM package",
				  name);
	if (!kmend_starts_with(name, prefix))
		return kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EINVAL, "%s is not a hotpatch package for %s",
				  name, release);
	*ret_name = kmend_steal(name);
	return 0;
}

static const char seed_description[] = //
	"This metapackage recommends all hotpatches for this kernel, so that dnf update brings in new ones as they appear, "
	"each of which fixes the running kernel without a reboot. Removing a hotpatch package reverses it, and it stays "
	"away until it is installed again by its name.\n";

/*
 * The tie is weak, so removing one update works and lasts. Requires that would pull in a kernel are not among the
 * fields: the seed may be there before its kernel is booted.
 */
static int write_seed(const struct kmend_package_request *request, struct kmend_spec *spec, char **ret_path,
		      struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv names = { 0 };
	_cleanup_free_ char *module = module_requirement(request->release), *list = NULL;
	size_t size;
	int code;

	spec->time = kmend_package_time(0);
	code = kmend_spec_identify(spec, kmend_rpm_name("kmend-patches", request->release, NULL), request->version,
				   error);
	for (size_t i = 0; request->updates && request->updates[i] && !code; i++) {
		_cleanup_free_ char *name = NULL;

		code = name_of_update(request->updates[i], request->release, &name, error);
		if (!code && !kmend_strv_has(&names, name))
			kmend_strv_add(&names, name);
	}
	if (!code && request->errata) {
		_cleanup_errata_ struct kmend_errata checked = { 0 };

		code = kmend_errata_read(request->errata, &checked, error);
	}
	if (!code && request->errata)
		code = kmend_file_read(request->errata, KMEND_ERRATA_MAX_FILE, &list, &size, error);
	if (code)
		return code;
	if (list) {
		kmend_spec_add_file(spec, list, size, KMEND_PACKAGE_ERRATA "/%s.json", request->release);
		kmend_strv_addf(&spec->owned, KMEND_PACKAGE_ERRATA);
	}
	kmend_strv_sort(&names);
	kmend_buffer_addf(&spec->fields, "Requires: kmend\nRequires: %s\nProvides: kmend-patches(%s)\n", module,
			  request->release);
	for (size_t i = 0; i < names.count; i++)
		kmend_buffer_addf(&spec->fields, "Recommends: %s\n", names.items[i]);
	spec->summary = kmend_format("All kmend hotpatches for Linux %s", request->release);
	spec->description = kmend_strdup(seed_description);
	spec->change = kmend_format("Recommend %zu hotpatch package%s.", names.count, names.count == 1 ? "" : "s");
	return kmend_spec_build(spec, request->output, ret_path, error);
}

static const char module_description[] = //
	"The kernel module with which kmend changes the running kernel, prebuilt for one kernel, so that neither compiler "
	"nor headers are needed. Use kmend-dkms instead for kernels that have no such package.\n";

static int write_module(const struct kmend_package_request *request, struct kmend_spec *spec, char **ret_path,
			struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer module = { 0 };
	_cleanup_free_ char *version = NULL;
	int code;

	spec->time = kmend_package_time(0);
	code = kmend_package_read_module(request->input, request->release, &module, &version, error);
	if (!code)
		code = kmend_spec_identify(spec, kmend_rpm_name("kmend-module", request->release, NULL),
					   request->version ? request->version
					   : version	    ? version
							    : KMEND_VERSION,
					   error);
	if (code)
		return code;
	kmend_spec_add_file(spec, module.data, module.size, KMEND_PACKAGE_MODULES "/%s/kmend.ko", request->release);
	kmend_strv_addf(&spec->owned, KMEND_PACKAGE_MODULES "/%s", request->release);
	kmend_buffer_addf(&spec->fields, "Enhances: kmend\nProvides: kmend-module(%s)\n", request->release);
	spec->summary = kmend_format("Kernel module of kmend for Linux %s", request->release);
	spec->description = kmend_strdup(module_description);
	spec->change = kmend_format("Built for Linux %s.", request->release);
	return kmend_spec_build(spec, request->output, ret_path, error);
}

static int (*const kinds[])(const struct kmend_package_request *request, struct kmend_spec *spec, char **ret_path,
			    struct kmend_error *error) = {
	[KMEND_PACKAGE_UPDATE] = write_update,
	[KMEND_PACKAGE_SEED] = write_seed,
	[KMEND_PACKAGE_MODULE] = write_module,
};

int kmend_rpm_write_package(const struct kmend_package_request *request, char **ret_path, struct kmend_error *error)
{
	_cleanup_spec_ struct kmend_spec spec = { 0 };
	int code;

	if (request->kind >= KMEND_ARRAY_SIZE(kinds))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "there is no such kind of package");
	if (request->release && !kmend_release_is_valid(request->release))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is not a kernel release", request->release);
	code = kmend_package_maintainer(request, &spec.packager, error);
	return code ? code : kinds[request->kind](request, &spec, ret_path, error);
}
