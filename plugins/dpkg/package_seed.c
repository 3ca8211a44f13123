// SPDX-License-Identifier: GPL-2.0
/* kmend-patches-RELEASE: the seed, which recommends every update of a kernel. */
#include <errno.h>
#include <string.h>

#include "../../core/container/container.h"
#include "dpkg.h"
#include "package.h"

static const char readme[] = //
	"The seed of hotpatches for one kernel\n"
	"=====================================\n"
	"\n"
	"This package holds nothing. Each new version of it recommends the hotpatch\n"
	"packages that exist for its kernel, so that an upgrade brings in new ones.\n"
	"\n"
	"    apt upgrade               upgrades the seed and installs new hotpatches\n"
	"    apt remove kmend-patch-…  reverses one hotpatch; it stays removed\n"
	"\n"
	"Beware of \"apt-get upgrade\": it never installs new packages. It upgrades the\n"
	"seed without its new hotpatches, and a later \"apt upgrade\" does not bring them\n"
	"in either, since the recommendation is then an old one. Use one of\n"
	"\n"
	"    apt upgrade\n"
	"    apt-get upgrade --with-new-pkgs\n"
	"    apt-get dist-upgrade\n"
	"\n"
	"\"kmend status\" and a note after each run of apt tell of hotpatches that are\n"
	"recommended but were never installed. \"apt install PACKAGE\" brings them in.\n"
	"The same holds if APT::Install-Recommends is switched off.\n";

static const char body[] = //
	"This metapackage recommends all hotpatches for this kernel, so that apt upgrade brings in new ones as they appear, each of which "
	"fixes the running kernel without a reboot. Removing a hotpatch package reverses it.\n\n"
	"Note that apt-get upgrade installs no new packages, so it upgrades this package without the hotpatches it "
	"recommends: use apt upgrade, or apt-get upgrade --with-new-pkgs.\n";

/* What is given may be a container, a package's name or an update's id. */
static int name_of_update(const char *update, const char *release, char **ret_name, struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *name = NULL, *prefix = kmend_dpkg_name("kmend-patch", release, "");

	if (kmend_ends_with(update, ".kmend")) {
		int code = kmend_container_read(update, &container, error);

		if (code)
			return code;
		if (strcmp(container->manifest->release, release))
			return kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EINVAL,
					  "%s is for the kernel %s, the seed for %s", update,
					  container->manifest->release, release);
		name = kmend_dpkg_package_name(release, container->manifest->id);
	} else if (kmend_starts_with(update, "kmend-patch-")) {
		name = kmend_strdup(update);
	} else {
		if (!kmend_id_is_valid(update))
			return kmend_fail(
				error, KMEND_STATUS_USAGE, -EINVAL,
				"'%s' is neither a container (ID.kmend) nor a package's name nor an update's id",
				update);
		name = kmend_dpkg_package_name(release, update);
	}
	if (!kmend_dpkg_name_is_valid(name))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' cannot be the name of a Debian package",
				  name);
	if (!kmend_starts_with(name, prefix))
		return kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EINVAL, "%s is not a hotpatch package for %s",
				  name, release);
	*ret_name = kmend_steal(name);
	return 0;
}

static int list_updates(const struct kmend_package_request *request, struct kmend_strv *names,
			struct kmend_error *error)
{
	for (size_t i = 0; request->updates && request->updates[i]; i++) {
		_cleanup_free_ char *name = NULL;
		int code = name_of_update(request->updates[i], request->release, &name, error);

		if (code)
			return code;
		if (!kmend_strv_has(names, name))
			kmend_strv_add(names, name);
	}
	kmend_strv_sort(names);
	return 0;
}

int kmend_package_seed(const struct kmend_package_request *request, struct kmend_package *package,
		       struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer fields = { 0 };
	_cleanup_strv_ struct kmend_strv names = { 0 };
	_cleanup_free_ char *synopsis = NULL, *change = NULL;
	_cleanup_free_ char *module = kmend_dpkg_name("kmend-module", request->release, NULL);
	int code;

	package->deb.time = kmend_package_time(0);
	code = kmend_package_identify(package, kmend_dpkg_name("kmend-patches", request->release, NULL),
				      request->version, error);
	if (!code)
		code = list_updates(request, &names, error);
	if (code)
		return code;
	kmend_buffer_addf(&fields, "Depends: kmend, %s | kmend-dkms\n", module);
	for (size_t i = 0; i < names.count; i++)
		kmend_buffer_addf(&fields, "%s%s", i ? ", " : "Recommends: kmend-dpkg, ", names.items[i]);
	kmend_buffer_addf(&fields, "%s\n", names.count ? "" : "Recommends: kmend-dpkg");
	kmend_deb_add_data(&package->deb, readme, strlen(readme), "usr/share/doc/%s/README.Debian", package->name);
	if (request->errata) {
		_cleanup_free_ char *list = NULL;
		size_t size;

		code = kmend_file_read(request->errata, KMEND_ERRATA_MAX_FILE, &list, &size, error);
		if (code)
			return code;
		kmend_deb_add_data(&package->deb, list, size, "usr/lib/kmend/errata/%s.json", request->release);
	}
	synopsis = kmend_format("all kmend hotpatches for Linux %s", request->release);
	change = kmend_format("Recommend %zu hotpatch package%s.", names.count, names.count == 1 ? "" : "s");
	return kmend_package_complete(package, fields.data, synopsis, body, change, error);
}
