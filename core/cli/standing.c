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
		       : situation->condition == KMEND_CONDITION_LIVE_LATE ? KMEND_STANDING_PENDING
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

/* An id, or a later edition of it ("+2"). */
static bool is_edition_of(const char *text, const char *id)
{
	size_t size = strlen(id);

	return !strncmp(text, id, size) && (!text[size] || text[size] == '+');
}

/* Many an update is named by the CVE that it mends ("+2": its second edition). */
static bool names_cve(const struct kmend_manifest *manifest, const char *cve)
{
	return kmend_strv_has(&manifest->cves, cve) || is_edition_of(manifest->id, cve);
}

static bool is_change(const struct kmend_lacking *lacking, const char *id)
{
	_cleanup_free_ char *first = kmend_strndup(id, strcspn(id, "+"));

	return kmend_errata_find_change(&lacking->errata, id) || kmend_errata_find_change(&lacking->errata, first);
}

/* The best that installed updates do for a CVE, or that one (its id) does; false: none names it. */
static bool by_installed(const struct kmend_lacking *lacking, const char *cve, const char *id, bool others,
			 enum kmend_standing *ret_standing, const char **ret_update)
{
	bool any = false;

	for (size_t i = 0; i < lacking->picture.count; i++) {
		const struct kmend_situation *situation = &lacking->picture.items[i];
		const struct kmend_installed *installed = situation->installed;
		enum kmend_standing standing;

		if (!installed || !installed->manifest || strcmp(situation->release, lacking->release) ||
		    !(id ? is_edition_of(situation->id, id) : names_cve(installed->manifest, cve)))
			continue;
		/* With several changes for a CVE each stands for itself; one that is none of them stands for all. */
		if (others && is_change(lacking, situation->id))
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

static enum kmend_standing standing_of_change(const struct kmend_lacking *lacking, const struct kmend_piece *change)
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

	return is_available(lacking, change) ? KMEND_STANDING_AVAILABLE : of_verdict[change->verdict];
}

/*
 * Several changes make up the fix: one that is open leaves the fault open, so the worst of them counts; what does not
 * concern this kernel says nothing of the others.
 */
static enum kmend_standing standing_of_several(const struct kmend_lacking *lacking, const char *cve,
					       const char **ret_update)
{
	enum kmend_standing worst = KMEND_STANDING_UNAFFECTED;
	bool any = false;

	for (size_t i = 0; i < lacking->errata.nr_changes; i++) {
		const struct kmend_piece *change = &lacking->errata.changes[i];
		const char *update = change->id;
		enum kmend_standing standing;

		if (!kmend_strv_has(&change->cves, cve) || change->verdict == KMEND_CHANGE_NO_CHANGE)
			continue;
		if (!by_installed(lacking, cve, change->id, false, &standing, &update) &&
		    !by_installed(lacking, cve, NULL, true, &standing, &update))
			standing = standing_of_change(lacking, change);
		if (any && standing <= worst)
			continue;
		any = true;
		worst = standing;
		*ret_update = update;
	}
	return worst;
}

enum kmend_standing kmend_standing_of(const struct kmend_lacking *lacking, const char *cve, const char **ret_update)
{
	const struct kmend_piece *change = NULL;
	enum kmend_standing standing = KMEND_STANDING_UNKNOWN;
	const char *update = NULL;
	size_t count = 0;

	for (size_t i = 0; i < lacking->errata.nr_changes; i++)
		if (kmend_strv_has(&lacking->errata.changes[i].cves, cve)) {
			change = &lacking->errata.changes[i];
			count++;
		}
	if (count > 1) {
		update = change->id;
		standing = standing_of_several(lacking, cve, &update);
	} else if (!by_installed(lacking, cve, NULL, false, &standing, &update) && change) {
		update = change->id;
		standing = standing_of_change(lacking, change);
	}
	if (ret_update)
		*ret_update = update;
	return standing;
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

static const char *version_of(const struct kmend_erratum *erratum)
{
	return erratum->nr_fixes ? erratum->fixes[0].version : "";
}

char *kmend_lacking_effective(const struct kmend_lacking *lacking, char **ret_release)
{
	const char *version = lacking->version, *release = lacking->release;
	const struct kmend_errata *errata = &lacking->errata;

	/*
	 * One that lacks a fix ends it: whoever compares versions must not be told of fixes that are not there. A version may
	 * have several errata (an advisory, and an entry for each CVE): all of them count.
	 */
	for (size_t i = 0, next = 0; i < errata->count; i = next) {
		const char *reached = version_of(&errata->items[i]);

		for (; next < errata->count && !strcmp(version_of(&errata->items[next]), reached); next++)
			if (!is_mended(lacking, &errata->items[next]))
				goto out;
		if (!*reached)
			continue;
		version = reached;
		if (errata->to && errata->to_release && !strcmp(version, errata->to))
			release = errata->to_release;
	}
out:
	*ret_release = kmend_strdup(release);
	return kmend_strdup(version);
}
