// SPDX-License-Identifier: GPL-2.0
/* The model: errata and changes kept, found, merged. */
#include "internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	enum kmend_severity severity;
} severity_words[] = {
	/* Our own names first, then Red Hat's, Debian's and CVSS's words. */
	{ "unknown", KMEND_SEVERITY_UNKNOWN },	 { "low", KMEND_SEVERITY_LOW },
	{ "moderate", KMEND_SEVERITY_MODERATE }, { "important", KMEND_SEVERITY_IMPORTANT },
	{ "critical", KMEND_SEVERITY_CRITICAL }, { "unimportant", KMEND_SEVERITY_LOW },
	{ "negligible", KMEND_SEVERITY_LOW },	 { "medium", KMEND_SEVERITY_MODERATE },
	{ "high", KMEND_SEVERITY_IMPORTANT },
};

const char *kmend_severity_name(enum kmend_severity severity)
{
	return severity_words[severity].word;
}

enum kmend_severity kmend_severity_parse(const char *text)
{
	char *end;
	double score;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(severity_words); i++)
		if (!strcasecmp(text, severity_words[i].word))
			return severity_words[i].severity;
	score = strtod(text, &end);
	/* CVSS v3.1, section 5, qualitative ratings */
	if (end == text || *end || !(score > 0) || score > 10)
		return KMEND_SEVERITY_UNKNOWN;
	return score < 4   ? KMEND_SEVERITY_LOW
	       : score < 7 ? KMEND_SEVERITY_MODERATE
	       : score < 9 ? KMEND_SEVERITY_IMPORTANT
			   : KMEND_SEVERITY_CRITICAL;
}

const char *kmend_erratum_kind_name(enum kmend_erratum_kind kind)
{
	static const char *const names[] = {
		[KMEND_ERRATUM_SECURITY] = "security",
		[KMEND_ERRATUM_BUGFIX] = "bugfix",
		[KMEND_ERRATUM_ENHANCEMENT] = "enhancement",
	};

	return names[kind];
}

const char *kmend_change_verdict_name(enum kmend_change_verdict verdict)
{
	static const char *const names[] = {
#define VERDICT_NAME(id, name, meaning) name,
		KMEND_CHANGE_VERDICTS(VERDICT_NAME)
#undef VERDICT_NAME
	};

	return names[verdict];
}

const char *kmend_change_verdict_text(enum kmend_change_verdict verdict)
{
	static const char *const texts[] = {
#define VERDICT_TEXT(id, name, meaning) meaning,
		KMEND_CHANGE_VERDICTS(VERDICT_TEXT)
#undef VERDICT_TEXT
	};

	return texts[verdict];
}

const char *kmend_evidence_name(enum kmend_evidence evidence)
{
	static const char *const names[] = {
#define EVIDENCE_NAME(id, name, meaning) name,
		KMEND_EVIDENCES(EVIDENCE_NAME)
#undef EVIDENCE_NAME
	};

	return names[evidence];
}

void kmend_errata_set(char **text, const char *value)
{
	char *copy = kmend_strdup(value ? value : "");

	free(*text);
	*text = copy;
}

void errata_fix_clear(struct kmend_erratum_fix *fix)
{
	free(fix->package);
	free(fix->version);
	free(fix->suite);
	free(fix->arch);
}

void errata_erratum_clear(struct kmend_erratum *erratum)
{
	free(erratum->id);
	free(erratum->title);
	kmend_strv_free(&erratum->cves);
	kmend_strv_free(&erratum->references);
	for (size_t i = 0; i < erratum->nr_fixes; i++)
		errata_fix_clear(&erratum->fixes[i]);
	free(erratum->fixes);
}

void errata_change_clear(struct kmend_piece *change)
{
	free(change->id);
	free(change->subject);
	free(change->erratum);
	free(change->origin);
	free(change->diff);
	free(change->package);
	kmend_strv_free(&change->cves);
	kmend_strv_free(&change->also);
	kmend_strv_free(&change->files);
	kmend_strv_free(&change->depends);
	kmend_strv_free(&change->reasons);
	kmend_strv_free(&change->functions);
}

void kmend_errata_clear(struct kmend_errata *errata)
{
	for (size_t i = 0; i < errata->count; i++)
		errata_erratum_clear(&errata->items[i]);
	for (size_t i = 0; i < errata->nr_changes; i++)
		errata_change_clear(&errata->changes[i]);
	free(errata->items);
	free(errata->changes);
	free(errata->release);
	free(errata->version);
	free(errata->to);
	free(errata->to_release);
	*errata = (struct kmend_errata){ 0 };
}

struct kmend_erratum *kmend_errata_add(struct kmend_errata *errata, const char *id)
{
	struct kmend_erratum *erratum = kmend_array_add(errata->items, errata->count);

	erratum->id = kmend_strdup(id);
	erratum->title = kmend_strdup("");
	return erratum;
}

struct kmend_erratum_fix *kmend_erratum_add_fix(struct kmend_erratum *erratum, const char *package, const char *version)
{
	struct kmend_erratum_fix *fix = kmend_array_add(erratum->fixes, erratum->nr_fixes);

	fix->package = kmend_strdup(package);
	fix->version = kmend_strdup(version);
	fix->suite = kmend_strdup("");
	fix->arch = kmend_strdup("");
	return fix;
}

struct kmend_piece *kmend_errata_add_change(struct kmend_errata *errata, const char *id)
{
	struct kmend_piece *change = kmend_array_add(errata->changes, errata->nr_changes);

	change->id = kmend_strdup(id);
	change->subject = kmend_strdup("");
	change->erratum = kmend_strdup("");
	change->origin = kmend_strdup("");
	change->diff = kmend_strdup("");
	change->package = kmend_strdup("");
	change->evidence = KMEND_EVIDENCE_NONE;
	return change;
}

struct kmend_erratum *kmend_errata_find(const struct kmend_errata *errata, const char *id)
{
	for (size_t i = 0; i < errata->count; i++)
		if (!strcmp(errata->items[i].id, id))
			return &errata->items[i];
	return NULL;
}

struct kmend_piece *kmend_errata_find_change(const struct kmend_errata *errata, const char *id)
{
	for (size_t i = 0; i < errata->nr_changes; i++)
		if (!strcmp(errata->changes[i].id, id))
			return &errata->changes[i];
	return NULL;
}

struct kmend_piece *kmend_errata_change_of(const struct kmend_errata *errata, const char *cve)
{
	/* From what leaves the fault open most surely to what closes it. */
	static const unsigned int ranks[KMEND_NR_CHANGE_VERDICTS] = {
		[KMEND_CHANGE_UNKNOWN] = 6,   [KMEND_CHANGE_INSEPARABLE] = 5, [KMEND_CHANGE_FAILED] = 4,
		[KMEND_CHANGE_REBOOT] = 3,    [KMEND_CHANGE_NEEDS_CODE] = 2,  [KMEND_CHANGE_HOTPATCH] = 1,
		[KMEND_CHANGE_NO_CHANGE] = 0,
	};
	struct kmend_piece *worst = NULL;

	for (size_t i = 0; i < errata->nr_changes; i++)
		if (kmend_strv_has(&errata->changes[i].cves, cve) &&
		    (!worst || ranks[errata->changes[i].verdict] > ranks[worst->verdict]))
			worst = &errata->changes[i];
	return worst;
}

size_t kmend_errata_count_cves(const struct kmend_errata *errata, size_t *ret_counts)
{
	size_t total = 0;

	memset(ret_counts, 0, KMEND_NR_CHANGE_VERDICTS * sizeof(*ret_counts));
	for (size_t i = 0; i < errata->nr_changes; i++)
		for (size_t j = 0; j < errata->changes[i].cves.count; j++) {
			const struct kmend_piece *change =
				kmend_errata_change_of(errata, errata->changes[i].cves.items[j]);

			/* One that several changes name is counted with the one that decides about it. */
			if (change != &errata->changes[i])
				continue;
			ret_counts[change->verdict]++;
			total++;
		}
	return total;
}

/* Length of the CVE name that a text begins with; 0: none. CVE numbering: four digits of a year, four or more. */
static size_t cve_length(const char *text, const char *end)
{
	size_t at = 4, digits;

	if (end - text < 13 || strncmp(text, "CVE-", 4))
		return 0;
	for (; at < 8; at++)
		if (!isdigit((unsigned char)text[at]))
			return 0;
	if (text[at++] != '-')
		return 0;
	for (digits = 0; text + at < end && isdigit((unsigned char)text[at]) && digits < 20; digits++)
		at++;
	return digits >= 4 && digits < 20 ? at : 0;
}

bool kmend_cve_is_valid(const char *text)
{
	size_t size = strlen(text);

	return size && cve_length(text, text + size) == size;
}

void kmend_cves_collect(const char *text, size_t size, struct kmend_strv *cves)
{
	const char *end = text + size;

	while (text < end) {
		const char *found = memchr(text, 'C', end - text);
		size_t length = found ? cve_length(found, end) : 0;
		_cleanup_free_ char *name = NULL;

		if (!found)
			return;
		text = found + (length ? length : 1);
		if (!length || cves->count >= MAX_LIST)
			continue;
		name = kmend_strndup(found, length);
		if (!kmend_strv_has(cves, name))
			kmend_strv_add(cves, name);
	}
}

static const struct kmend_erratum_fix *fix_of(const struct kmend_erratum *erratum, const char *package)
{
	for (size_t i = 0; i < erratum->nr_fixes; i++)
		if (!package || !strcmp(erratum->fixes[i].package, package))
			return &erratum->fixes[i];
	return NULL;
}

static int compare_errata(const void *a, const void *b)
{
	const struct kmend_erratum *left = a, *right = b;
	const char *left_version = left->nr_fixes ? left->fixes[0].version : "";
	const char *right_version = right->nr_fixes ? right->fixes[0].version : "";
	int order = kmend_version_compare(left_version, right_version);

	return order ? order : strcmp(left->id, right->id);
}

void kmend_errata_sort(struct kmend_errata *errata)
{
	if (errata->count)
		qsort(errata->items, errata->count, sizeof(*errata->items), compare_errata);
}

void kmend_errata_narrow(struct kmend_errata *errata, const char *package, const char *after, const char *to)
{
	size_t kept = 0, kept_changes = 0;

	for (size_t i = 0; i < errata->count; i++) {
		const struct kmend_erratum_fix *fix = fix_of(&errata->items[i], package);

		if (fix && (!after || kmend_version_compare(fix->version, after) > 0) &&
		    (!to || kmend_version_compare(fix->version, to) <= 0))
			errata->items[kept++] = errata->items[i];
		else
			errata_erratum_clear(&errata->items[i]);
	}
	errata->count = kept;
	for (size_t i = 0; i < errata->nr_changes; i++) {
		if (kmend_errata_find(errata, errata->changes[i].erratum))
			errata->changes[kept_changes++] = errata->changes[i];
		else
			errata_change_clear(&errata->changes[i]);
	}
	errata->nr_changes = kept_changes;
}

static void tame(char *text)
{
	if (!text)
		return;
	if (strlen(text) > MAX_TEXT)
		text[MAX_TEXT] = '\0';
	kmend_text_tame(text);
}

static void tame_list(struct kmend_strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		tame(list->items[i]);
}

void errata_tame(struct kmend_errata *errata)
{
	tame(errata->release);
	tame(errata->version);
	tame(errata->to);
	tame(errata->to_release);
	for (size_t i = 0; i < errata->count; i++) {
		struct kmend_erratum *erratum = &errata->items[i];

		tame(erratum->id);
		tame(erratum->title);
		tame_list(&erratum->references);
		if (erratum->issued < 0 || erratum->issued > LAST_SECOND)
			erratum->issued = 0;
		for (size_t j = 0; j < erratum->nr_fixes; j++) {
			tame(erratum->fixes[j].package);
			tame(erratum->fixes[j].version);
			tame(erratum->fixes[j].suite);
			tame(erratum->fixes[j].arch);
		}
	}
	for (size_t i = 0; i < errata->nr_changes; i++) {
		struct kmend_piece *change = &errata->changes[i];

		tame(change->subject);
		tame(change->erratum);
		tame(change->origin);
		tame(change->package);
		tame_list(&change->also);
		tame_list(&change->files);
		tame_list(&change->reasons);
		tame_list(&change->functions);
	}
}

static void add_missing(struct kmend_strv *to, const struct kmend_strv *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!kmend_strv_has(to, from->items[i]))
			kmend_strv_add(to, from->items[i]);
}

/* Was the id made up from the version, since the changelog knows no other? */
static bool has_made_up_id(const struct kmend_erratum *erratum)
{
	_cleanup_free_ char *made = NULL;

	if (!erratum->nr_fixes)
		return false;
	made = kmend_format("%s-%s", erratum->fixes[0].package, erratum->fixes[0].version);
	return !strcmp(made, erratum->id);
}

static struct kmend_erratum *same_erratum(struct kmend_errata *errata, const struct kmend_erratum *other)
{
	struct kmend_erratum *found = kmend_errata_find(errata, other->id);

	for (size_t i = 0; !found && i < errata->count; i++)
		if (errata->items[i].nr_fixes && other->nr_fixes &&
		    !strcmp(errata->items[i].fixes[0].version, other->fixes[0].version) &&
		    (has_made_up_id(&errata->items[i]) || has_made_up_id(other)))
			found = &errata->items[i];
	return found;
}

static void merge_one(struct kmend_errata *errata, struct kmend_erratum *known, struct kmend_erratum *other)
{
	if (has_made_up_id(known) && !has_made_up_id(other)) {
		for (size_t i = 0; i < errata->nr_changes; i++)
			if (!strcmp(errata->changes[i].erratum, known->id))
				kmend_errata_set(&errata->changes[i].erratum, other->id);
		kmend_errata_set(&known->id, other->id);
	}
	if (*other->title && (!*known->title || !has_made_up_id(other)))
		kmend_errata_set(&known->title, other->title);
	if (other->severity > known->severity)
		known->severity = other->severity;
	if (other->issued)
		known->issued = other->issued;
	if (other->kind == KMEND_ERRATUM_SECURITY)
		known->kind = KMEND_ERRATUM_SECURITY;
	known->reboot |= other->reboot;
	add_missing(&known->cves, &other->cves);
	add_missing(&known->references, &other->references);
}

void kmend_errata_merge(struct kmend_errata *errata, struct kmend_errata *more)
{
	/* Whatever vendors write ends up here: on terminals, and in lists that have to be readable again. */
	errata_tame(more);
	for (size_t i = 0; i < more->count; i++) {
		struct kmend_erratum *known = same_erratum(errata, &more->items[i]);

		if (known) {
			merge_one(errata, known, &more->items[i]);
			errata_erratum_clear(&more->items[i]);
		} else {
			*kmend_array_add(errata->items, errata->count) = more->items[i];
		}
	}
	more->count = 0;
	for (size_t i = 0; i < more->nr_changes; i++) {
		if (kmend_errata_find_change(errata, more->changes[i].id))
			errata_change_clear(&more->changes[i]);
		else
			*kmend_array_add(errata->changes, errata->nr_changes) = more->changes[i];
	}
	more->nr_changes = 0;
	kmend_errata_clear(more);
}
