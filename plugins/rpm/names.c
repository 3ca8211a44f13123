// SPDX-License-Identifier: GPL-2.0
/* Names and versions in RPM's characters. */
#include <ctype.h>
#include <string.h>

#include "rpm.h"
#include "spec.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/*
 * No dots: dnf takes what follows the last one of a name for an architecture ("kmend-patches-5.14.0-1.el9.x86_64").
 * Other live patches' packages use underscores as well.
 */
char *kmend_rpm_name(const char *prefix, const char *release, const char *id)
{
	char *name = kmend_format("%s-%s%s%s", prefix, release, id ? "-" : "", id ? id : "");

	for (char *c = name; *c; c++)
		*c = *c == '.' || *c == '~' ? '_' : tolower((unsigned char)*c);
	return name;
}

char *kmend_rpm_package_name(const char *release, const char *id)
{
	unsigned int edition;
	_cleanup_free_ char *stem = kmend_package_stem(id, &edition);

	return kmend_rpm_name("kmend-patch", release, stem);
}

bool kmend_rpm_name_is_valid(const char *name)
{
	size_t size = strspn(name, LETTERS DIGITS "-_+.");

	return size && size < 200 && !name[size] && isalnum((unsigned char)name[0]);
}

static bool is_version(const char *text)
{
	size_t size = strspn(text, LETTERS DIGITS "._+~^");

	return size && size <= 64 && !text[size] && isalnum((unsigned char)text[0]);
}

bool kmend_rpm_evr_split(const char *text, struct kmend_rpm_evr *ret_evr)
{
	const char *colon = strchr(text, ':'), *rest = colon ? colon + 1 : text, *dash = strrchr(rest, '-');
	struct kmend_rpm_evr evr = { 0 };

	if (colon && (colon == text || colon > text + 6 || strspn(text, DIGITS) != (size_t)(colon - text)))
		return false;
	evr.epoch = colon ? kmend_strndup(text, colon - text) : NULL;
	evr.version = dash ? kmend_strndup(rest, dash - rest) : kmend_strdup(rest);
	evr.release = kmend_strdup(dash ? dash + 1 : "1");
	if (!is_version(evr.version) || !is_version(evr.release)) {
		kmend_rpm_evr_clear(&evr);
		return false;
	}
	*ret_evr = evr;
	return true;
}

void kmend_rpm_evr_clear(struct kmend_rpm_evr *evr)
{
	free(evr->epoch);
	free(evr->version);
	free(evr->release);
	*evr = (struct kmend_rpm_evr){ 0 };
}
