// SPDX-License-Identifier: GPL-2.0
#include "standing.h"

#include <string.h>

#include "report.h"

static const struct kmend_standing_row rows[] = {
#define STANDING_ROW(id, name, mended, text) { name, mended, text },
	KMEND_STANDINGS(STANDING_ROW)
#undef STANDING_ROW
};

const struct kmend_standing_row *kmend_standing_row(enum kmend_standing standing)
{
	return &rows[standing];
}

void kmend_lacking_clear(struct kmend_lacking *lacking)
{
	free(lacking->release);
	free(lacking->version);
	kmend_errata_clear(&lacking->errata);
	kmend_picture_clear(&lacking->picture);
	kmend_strv_free(&lacking->available);
	*lacking = (struct kmend_lacking){ 0 };
}

/* What an installed update's condition means for the CVEs it names. */
static enum kmend_standing standing_of_situation(const struct kmend_situation *situation)
{
	if (kmend_situation_is_applied(situation))
		return situation->condition == KMEND_CONDITION_LIVE_PARTLY ? KMEND_STANDING_REFUSED
									   : KMEND_STANDING_LIVE;
	switch (kmend_condition_row(situation->condition)->status) {
	case KMEND_STATUS_BUSY:
		return KMEND_STANDING_PENDING;
	case KMEND_STATUS_REFUSED:
		return KMEND_STANDING_REFUSED;
	default:
		return KMEND_STANDING_HELD;
	}
}

/* Many an update is named by the CVE that it mends ("+2": its second edition). */
static bool names_cve(const struct kmend_manifest *manifest, const char *cve)
{
	size_t size = strlen(cve);

	return kmend_strv_has(&manifest->cves, cve) ||
	       (!strncmp(manifest->id, cve, size) && (!manifest->id[size] || manifest->id[size] == '+'));
}

/* The best that installed updates do for a CVE; false: none names it. */
static bool by_installed(const struct kmend_lacking *lacking, const char *cve, enum kmend_standing *ret_standing,
			 const char **ret_update)
{
	bool any = false;

	for (size_t i = 0; i < lacking->picture.count; i++) {
		const struct kmend_situation *situation = &lacking->picture.items[i];
		const struct kmend_installed *installed = situation->installed;
		enum kmend_standing standing;

		if (!installed || !installed->manifest || strcmp(situation->release, lacking->release) ||
		    !names_cve(installed->manifest, cve))
			continue;
		standing = standing_of_situation(situation);
		if (any && standing >= *ret_standing)
			continue;
		any = true;
		*ret_standing = standing;
		*ret_update = situation->id;
	}
	return any;
}

static bool is_available(const struct kmend_lacking *lacking, const struct kmend_piece *change)
{
	_cleanup_free_ char *name = lacking->package_name ? lacking->package_name(lacking->release, change->id)
							  : kmend_package_name(lacking->release, change->id);

	for (size_t i = 0; i < lacking->available.count; i++) {
		const char *package = lacking->available.items[i];
		size_t size = strcspn(package, " ");

		if (strlen(name) == size && !strncmp(package, name, size))
			return true;
	}
	return false;
}

enum kmend_standing kmend_standing_of(const struct kmend_lacking *lacking, const char *cve, const char **ret_update)
{
	static const enum kmend_standing of_verdict[KMEND_NR_CHANGE_VERDICTS] = {
		[KMEND_CHANGE_UNKNOWN] = KMEND_STANDING_UNKNOWN,
		[KMEND_CHANGE_HOTPATCH] = KMEND_STANDING_BUILDABLE,
		[KMEND_CHANGE_NEEDS_CODE] = KMEND_STANDING_NEEDS_CODE,
		[KMEND_CHANGE_REBOOT] = KMEND_STANDING_REBOOT,
		[KMEND_CHANGE_NO_CHANGE] = KMEND_STANDING_UNAFFECTED,
		[KMEND_CHANGE_INSEPARABLE] = KMEND_STANDING_INSEPARABLE,
		[KMEND_CHANGE_FAILED] = KMEND_STANDING_REBOOT,
	};
	const struct kmend_piece *change = kmend_errata_change_of(&lacking->errata, cve);
	enum kmend_standing standing = KMEND_STANDING_UNKNOWN;
	const char *update = NULL;

	if (by_installed(lacking, cve, &standing, &update)) {
		if (ret_update)
			*ret_update = update;
		return standing;
	}
	if (ret_update)
		*ret_update = change ? change->id : NULL;
	if (!change)
		return KMEND_STANDING_UNKNOWN;
	if (is_available(lacking, change))
		return KMEND_STANDING_AVAILABLE;
	return of_verdict[change->verdict];
}

enum kmend_severity kmend_lacking_severity(const struct kmend_lacking *lacking, const char *cve)
{
	enum kmend_severity worst = KMEND_SEVERITY_UNKNOWN;

	for (size_t i = 0; i < lacking->errata.count; i++)
		if (lacking->errata.items[i].severity > worst && lacking->errata.items[i].cves.count == 1 &&
		    kmend_strv_has(&lacking->errata.items[i].cves, cve))
			worst = lacking->errata.items[i].severity;
	return worst;
}

size_t kmend_standing_count(const struct kmend_lacking *lacking, const struct kmend_strv *cves, size_t *ret_counts)
{
	memset(ret_counts, 0, KMEND_NR_STANDINGS * sizeof(*ret_counts));
	for (size_t i = 0; i < cves->count; i++)
		ret_counts[kmend_standing_of(lacking, cves->items[i], NULL)]++;
	return cves->count;
}

void kmend_lacking_cves(const struct kmend_lacking *lacking, struct kmend_strv *ret_cves)
{
	for (size_t i = 0; i < lacking->errata.count; i++)
		for (size_t j = 0; j < lacking->errata.items[i].cves.count; j++)
			if (!kmend_strv_has(ret_cves, lacking->errata.items[i].cves.items[j]))
				kmend_strv_add(ret_cves, lacking->errata.items[i].cves.items[j]);
}

static bool is_mended(const struct kmend_lacking *lacking, const struct kmend_erratum *erratum)
{
	for (size_t i = 0; i < erratum->cves.count; i++)
		if (!kmend_standing_row(kmend_standing_of(lacking, erratum->cves.items[i], NULL))->is_mended)
			return false;
	return true;
}

char *kmend_lacking_effective(const struct kmend_lacking *lacking, char **ret_release)
{
	const char *version = lacking->version, *release = lacking->release;

	/* One that lacks a fix ends it: whoever compares versions must not be told of fixes that are not there. */
	for (size_t i = 0; i < lacking->errata.count && is_mended(lacking, &lacking->errata.items[i]); i++) {
		const struct kmend_erratum *erratum = &lacking->errata.items[i];

		if (!erratum->nr_fixes)
			continue;
		version = erratum->fixes[0].version;
		if (lacking->errata.to && lacking->errata.to_release && !strcmp(version, lacking->errata.to))
			release = lacking->errata.to_release;
	}
	*ret_release = kmend_strdup(release);
	return kmend_strdup(version);
}
