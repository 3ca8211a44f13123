// SPDX-License-Identifier: GPL-2.0
#include "package.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../elf/object.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define DEFAULT_MAINTAINER "kmend <kmend@packages.invalid>"

/* Lintian and archives take a date before 1984 for a broken one, so the epoch will not do: 2000-01-01. */
#define DEFAULT_TIME INT64_C(946684800)

int64_t kmend_package_time(int64_t known)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long value;

	if (epoch && isdigit((unsigned char)epoch[0])) {
		errno = 0;
		value = strtoll(epoch, &end, 10);
		if (!errno && !*end && value > 0 && value < (INT64_C(1) << 33)) /* what ustar can hold */
			return value;
	}
	return known > 0 && known < (INT64_C(1) << 33) ? known : DEFAULT_TIME;
}

bool kmend_release_is_valid(const char *release)
{
	size_t size = strspn(release, LOWER UPPER DIGITS ".+~_-");

	return size && size <= 64 && !release[size] && isalnum((unsigned char)release[0]);
}

char *kmend_package_stem(const char *id, unsigned int *ret_edition)
{
	const char *plus = strrchr(id, '+');
	size_t digits = plus ? strspn(plus + 1, DIGITS) : 0;
	bool has_edition = plus > id && digits && digits < 9 && !plus[1 + digits];

	*ret_edition = has_edition ? strtoul(plus + 1, NULL, 10) : 1;
	return has_edition ? kmend_strndup(id, plus - id) : kmend_strdup(id);
}

char *kmend_package_version(const char *id)
{
	unsigned int edition;

	free(kmend_package_stem(id, &edition));
	return kmend_format("%u.0", edition);
}

/* "Name <address>" on one line. */
static bool is_maintainer(const char *text)
{
	const char *open = strchr(text, '<'), *at = open ? strchr(open, '@') : NULL,
		   *close = at ? strchr(at, '>') : NULL;

	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return false;
	return close && !close[1] && open > text + 1 && open[-1] == ' ' && at > open + 1 && close > at + 1 &&
	       !strpbrk(open + 1, " <,") && !strchr(text, ',');
}

int kmend_package_maintainer(const struct kmend_package_request *request, char **ret_maintainer,
			     struct kmend_error *error)
{
	const char *name = getenv("DEBFULLNAME"), *mail = getenv("DEBEMAIL");
	_cleanup_free_ char *maintainer = NULL;

	if (request->maintainer)
		maintainer = kmend_strdup(request->maintainer);
	else if (mail && *mail)
		maintainer = strchr(mail, '<') ? kmend_strdup(mail)
					       : kmend_format("%s <%s>", name && *name ? name : "kmend", mail);
	else
		maintainer = kmend_strdup(DEFAULT_MAINTAINER);
	if (!is_maintainer(maintainer)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL,
			   "the maintainer '%s' is not of the form 'Name <address>'", maintainer);
		kmend_advise(error, "Give --maintainer, or correct DEBFULLNAME and DEBEMAIL.");
		return -EINVAL;
	}
	*ret_maintainer = kmend_steal(maintainer);
	return 0;
}

char *kmend_package_describe(const struct kmend_manifest *manifest)
{
	_cleanup_buffer_ struct kmend_buffer body = { 0 };

	kmend_buffer_addf(&body, "%s\n\n", manifest->description);
	if (manifest->cves.count) {
		kmend_buffer_addf(&body, "Fixes:");
		for (size_t i = 0; i < manifest->cves.count; i++)
			kmend_buffer_addf(&body, " %s%s", manifest->cves.items[i],
					  i + 1 < manifest->cves.count ? "," : ".\n\n");
	}
	if (*manifest->erratum)
		kmend_buffer_addf(&body, "Erratum: %s.\n\n", manifest->erratum);
	kmend_buffer_addf(&body,
			  "This update changes the running kernel %s (%s) when it is installed, without a reboot, "
			  "and changes it back when it is removed. On other kernels it does nothing.\n",
			  manifest->release, manifest->version);
	return kmend_steal(body.data);
}

int kmend_package_digest(const struct kmend_container *container, char ret_digest[KMEND_SHA256_HEX])
{
	const struct kmend_manifest *manifest = container->manifest;
	struct kmend_object **modules = kmend_calloc(manifest->nr_parts, sizeof(*modules));
	int code = 0;

	for (size_t i = 0; i < manifest->nr_parts && !code; i++)
		code = kmend_object_read_memory(container->modules[i].data, container->modules[i].size,
						manifest->parts[i].module_name, &modules[i], NULL);
	if (!code)
		code = kmend_build_digest((const struct kmend_object *const *)modules, manifest->nr_parts, ret_digest,
					  NULL);
	for (size_t i = 0; i < manifest->nr_parts; i++)
		kmend_object_free(modules[i]);
	free(modules);
	return code;
}
