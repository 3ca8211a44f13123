// SPDX-License-Identifier: GPL-2.0
/*
 * Where there are only the two versions' sources: their difference is cut into pieces that nothing ties (difference.c),
 * and each change takes the pieces that are known to be its own.
 *
 * - A CVE's record names all files of its fix. The pieces that hold them are the change; other changes that touch the
 *   same pieces come with it, and are told (`also`).
 * - Without one there is only the changelog's wording. If a line speaks of exactly one piece (by a function's name, or by
 *   its prefix, the place in the source) and no other line speaks of that piece, it is taken if that was asked for.
 */
#include <ctype.h>
#include <string.h>

#include "difference.h"

/* Pieces that a change may touch: indices of their first files. */
struct touch {
	size_t *pieces;
	size_t count;
};

static void touch_add(struct touch *touch, size_t piece)
{
	for (size_t i = 0; i < touch->count; i++)
		if (touch->pieces[i] == piece)
			return;
	*kmend_array_add(touch->pieces, touch->count) = piece;
}

/* "net/sched/act_ct.c": does one of its parts, without its ending, equal a word ("act_ct", "sched")? '-' is '_'. */
static bool path_speaks(const char *path, const char *word, size_t size)
{
	for (const char *part = path; *part;) {
		size_t length = strcspn(part, "/."), i = 0;

		while (i < length && i < size &&
		       tolower((unsigned char)(part[i] == '-' ? '_' : part[i])) ==
			       tolower((unsigned char)(word[i] == '-' ? '_' : word[i])))
			i++;
		/* "ucsi" speaks of ucsi.c and of ucsi_ccg.c; "sony" of hid-sony.c */
		if (i == size && (i == length || part[i] == '_' || part[i] == '-'))
			return true;
		if (length > size && (part[length - size - 1] == '_' || part[length - size - 1] == '-') &&
		    !strncasecmp(part + length - size, word, size))
			return true;
		part += length;
		part += *part != '\0';
	}
	return false;
}

/* All words of one part of a prefix ("ucsi" of "usb: typec: ucsi: …", "net/sched"). */
static bool file_speaks(const char *path, const char *part, size_t size)
{
	const char *end = part + size;
	bool any = false;

	while (part < end) {
		size_t length = 0;

		while (part + length < end && (isalnum((unsigned char)part[length]) || strchr("_-", part[length])))
			length++;
		if (length > 1) {
			if (!path_speaks(path, part, length))
				return false;
			any = true;
		}
		part += length ? length : 1;
	}
	return any;
}

static void touch_by_function(const struct difference *difference, const char *subject, struct touch *touch)
{
	const char *at = subject;

	while ((at = strstr(at, "()"))) {
		const char *begin = at;
		uint32_t number;

		while (begin > subject && (isalnum((unsigned char)begin[-1]) || begin[-1] == '_'))
			begin--;
		number = words_find(&difference->words, begin, at - begin);
		for (size_t i = 0; number != UINT32_MAX && i < difference->count; i++)
			if (word_set_has(&difference->files[i].near, number))
				touch_add(touch, difference->files[i].piece);
		at += 2;
	}
}

/* By the last part of the prefix that speaks of any file at all; those before it narrow it down. */
static void touch_by_prefix(const struct difference *difference, const char *subject, struct touch *touch)
{
	const char *close = *subject == '[' ? strstr(subject, "] ") : NULL, *begin = close ? close + 2 : subject;
	struct {
		const char *text;
		size_t size;
	} parts[8];
	size_t count = 0;

	for (const char *at = begin, *colon; count < 8 && (colon = strstr(at, ": ")); at = colon + 2) {
		parts[count].text = at;
		parts[count++].size = colon - at;
	}
	while (count-- > 0 && !touch->count)
		for (size_t i = 0; i < difference->count; i++)
			if (file_speaks(difference->files[i].path, parts[count].text, parts[count].size))
				touch_add(touch, difference->files[i].piece);
}

/* All files of a change's pieces as one diff. */
static int give_pieces(struct planning *planning, const struct difference *difference, const struct touch *touch,
		       struct kmend_piece *change, enum kmend_evidence evidence, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	_cleanup_free_ char *origin = kmend_format("difference of %s and %s", planning->errata->version,
						   planning->errata->to ? planning->errata->to : "the new version");

	for (size_t i = 0; i < difference->count; i++)
		for (size_t j = 0; j < touch->count; j++)
			if (difference->files[i].piece == touch->pieces[j])
				kmend_buffer_add(&text, difference->files[i].text, difference->files[i].size);
	return plan_set_diff(planning, change, text.data ? text.data : "", text.size, evidence, origin, error);
}

/* By records: files of all CVEs of a change are tied. Returns whether the record speaks of any file here. */
static bool tie_by_record(struct planning *planning, struct difference *difference, const struct kmend_piece *change,
			  size_t *ret_first, bool *ret_foreign)
{
	size_t first = SIZE_MAX;

	*ret_foreign = false;
	for (size_t i = 0; i < change->cves.count; i++) {
		const struct kmend_cve_record *record = plan_record(planning, change->cves.items[i]);

		if (!record || !record->files.count)
			return false;
		for (size_t j = 0; j < record->files.count; j++) {
			size_t file = difference_find(difference, record->files.items[j]);

			if (file == SIZE_MAX) {
				*ret_foreign |= difference_is_code(record->files.items[j]);
				continue;
			}
			if (first == SIZE_MAX)
				first = file;
			else
				difference_join(difference, first, file);
		}
	}
	*ret_first = first;
	return change->cves.count > 0;
}

/* Another change that has these pieces already takes this one in. */
static struct kmend_piece *taker(struct planning *planning, const struct difference *difference, size_t piece,
				 const size_t *pieces, size_t own)
{
	(void)difference;
	for (size_t i = 0; i < own; i++)
		if (pieces[i] == piece && planning->errata->changes[i].cves.count)
			return &planning->errata->changes[i];
	return NULL;
}

static void take_in(struct kmend_piece *group, struct kmend_piece *change)
{
	kmend_strv_add(&group->also, change->subject);
	for (size_t i = 0; i < change->cves.count; i++)
		if (!kmend_strv_has(&group->cves, change->cves.items[i]))
			kmend_strv_add(&group->cves, change->cves.items[i]);
	kmend_strv_free(&change->cves);
}

static int cut_by_records(struct planning *planning, struct difference *difference, struct kmend_error *error)
{
	struct kmend_errata *errata = planning->errata;
	size_t *first = kmend_calloc(errata->nr_changes + 1, sizeof(*first));
	size_t *pieces = kmend_calloc(errata->nr_changes + 1, sizeof(*pieces));
	int code = 0;

	for (size_t i = 0; i < errata->nr_changes; i++) {
		bool foreign;

		first[i] = SIZE_MAX;
		if (*errata->changes[i].diff ||
		    !tie_by_record(planning, difference, &errata->changes[i], &first[i], &foreign) || foreign)
			first[i] = SIZE_MAX;
	}
	/* Only now that all ties are known. */
	for (size_t i = 0; i < errata->nr_changes && !code; i++) {
		struct kmend_piece *change = &errata->changes[i], *group;
		struct touch touch = { 0 };

		pieces[i] = first[i] == SIZE_MAX ? SIZE_MAX : difference->files[first[i]].piece;
		if (pieces[i] == SIZE_MAX)
			continue;
		group = taker(planning, difference, pieces[i], pieces, i);
		if (group) {
			take_in(group, change);
			continue;
		}
		touch_add(&touch, pieces[i]);
		code = give_pieces(planning, difference, &touch, change, KMEND_EVIDENCE_RECORD, error);
		free(touch.pieces);
	}
	free(first);
	free(pieces);
	return code;
}

static void tell_listing(const struct difference *difference, const struct touch *touch, struct kmend_piece *change)
{
	size_t nr_files = 0;
	const char *first = NULL;

	for (size_t i = 0; i < difference->count; i++)
		if (difference->files[i].piece == touch->pieces[0]) {
			first = first ? first : difference->files[i].path;
			nr_files++;
		}
	kmend_strv_addf(
		&change->reasons,
		"listed-only: only its wording ties it to %s%s; check it and enter it in a catalogue, or take such "
		"ties with --by-listing",
		first, nr_files > 1 ? " and what is tied to that" : "");
}

static int cut_by_listing(struct planning *planning, struct difference *difference, struct kmend_error *error)
{
	struct kmend_errata *errata = planning->errata;
	struct touch *touches = kmend_calloc(errata->nr_changes + 1, sizeof(*touches));
	size_t *speakers = kmend_calloc(difference->count + 1, sizeof(*speakers));
	int code = 0;

	for (size_t i = 0; i < errata->nr_changes; i++) {
		touch_by_function(difference, errata->changes[i].subject, &touches[i]);
		if (touches[i].count != 1) {
			struct touch wider = { 0 };

			/* A name that many use tells less than the place does: all that either may mean counts. */
			touch_by_prefix(difference, errata->changes[i].subject, &wider);
			for (size_t j = 0; j < wider.count; j++)
				touch_add(&touches[i], wider.pieces[j]);
			free(wider.pieces);
		}
		for (size_t j = 0; j < touches[i].count; j++)
			speakers[touches[i].pieces[j]]++;
	}
	for (size_t i = 0; i < errata->nr_changes && !code; i++) {
		struct kmend_piece *change = &errata->changes[i];

		if (*change->diff || !change->cves.count)
			continue;
		if (touches[i].count == 1 && speakers[touches[i].pieces[0]] == 1) {
			if (planning->request->by_listing)
				code = give_pieces(planning, difference, &touches[i], change, KMEND_EVIDENCE_LISTING,
						   error);
			else
				tell_listing(difference, &touches[i], change);
		} else if (touches[i].count == 1) {
			kmend_strv_addf(&change->reasons,
					"shared: %zu lines of the changelog speak of %s, and nothing tells them apart",
					speakers[touches[i].pieces[0]], difference->files[touches[i].pieces[0]].path);
		}
	}
	for (size_t i = 0; i < errata->nr_changes; i++)
		free(touches[i].pieces);
	free(touches);
	free(speakers);
	return code;
}

/* What only other architectures have is no fault of this kernel's. */
static void tell_other_architectures(struct planning *planning)
{
	static const char *const others[] = { "arm64",	 "arm",	    "armhf", "armel", "mips",	 "mips64el", "mipsel",
					      "powerpc", "ppc64el", "s390x", "s390",  "riscv64", "riscv",    "sparc64",
					      "alpha",	 "hppa",    "m68k",  "ia64",  "loong64", "sh4" };

	for (size_t i = 0; i < planning->errata->nr_changes; i++) {
		struct kmend_piece *change = &planning->errata->changes[i];
		const char *text = change->subject, *end = *text == '[' ? strchr(text, ']') : NULL;
		bool all = end != NULL;

		for (const char *word = text + 1; all && word < end;) {
			size_t size = strcspn(word, ",]");
			bool known = false;

			for (size_t j = 0; j < KMEND_ARRAY_SIZE(others); j++)
				known |= strlen(others[j]) == size && !strncmp(word, others[j], size);
			all = known;
			word += size + 1;
		}
		if (!all || *change->diff)
			continue;
		change->verdict = KMEND_CHANGE_NO_CHANGE;
		kmend_strv_add(&change->reasons,
			       "other-architecture: the changelog says that it is of another architecture");
	}
}

int plan_by_cutting(struct planning *planning, struct kmend_progress *progress, struct kmend_error *error)
{
	struct difference difference = { 0 };
	size_t pieces = 0;
	int code;

	kmend_step_begin(progress, "cut", "comparing the two versions");
	code = difference_read(planning->request->source, planning->request->to_source, &difference, error);
	if (!code)
		code = difference_look(planning->request->source, planning->request->to_source, &difference, error);
	if (!code) {
		difference_tie(&difference);
		tell_other_architectures(planning);
		code = cut_by_records(planning, &difference, error);
	}
	if (!code)
		code = cut_by_listing(planning, &difference, error);
	for (size_t i = 0; i < difference.count; i++)
		pieces += difference.files[i].piece == i;
	if (code)
		kmend_step_fail(progress);
	else
		kmend_step_end(progress, "%zu files differ, in %zu pieces", difference.count, pieces);
	difference_clear(&difference);
	return code;
}
