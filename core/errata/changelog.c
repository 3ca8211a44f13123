// SPDX-License-Identifier: GPL-2.0
/*
 * Debian's changelog of the kernel package (deb-changelog(5)): an erratum per version, a change per item.
 *
 *   linux (6.1.187-1) bookworm-security; urgency=high
 *     * New upstream stable update:
 *       https://www.kernel.org/…
 *       - af_unix: Reject SIOCATMARK on non-stream sockets (CVE-2026-52928)
 *       - [x86] KVM: …
 *     [ Ben Hutchings ]
 *     * ipv4: account for fraggap on the paged allocation path (CVE-2026-53366)
 *    -- Name <mail>  Mon, 07 Sep 2026 21:33:42 +0200
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define MAX_ID_VERSION 48 /* characters of a version in an id; the rest is the item's number */

struct reader {
	struct kmend_errata *errata;
	size_t erratum; /* index of the one being read */
	bool has_erratum;
	struct kmend_buffer item; /* text of the item being read, lines joined by blanks */
	size_t indent;		  /* of the item's first line */
	size_t nr_items;	  /* in this version */
};

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* "linux (6.1.187-1) bookworm-security; urgency=high": package, version, suite as pieces of the line. */
static bool read_head(const char *line, const char *end, struct kmend_strv *pieces)
{
	const char *open = memchr(line, '(', end - line), *close = open ? memchr(open, ')', end - open) : NULL;
	const char *suite, *stop;
	_cleanup_free_ char *package = NULL, *version = NULL, *name = NULL;

	if (line >= end || !isalnum((unsigned char)*line) || !close || open - line < 2 || open[-1] != ' ')
		return false;
	suite = skip_blanks(close + 1, end);
	stop = suite;
	while (stop < end && *stop != ';' && *stop != ' ')
		stop++;
	package = kmend_strndup(line, open - 1 - line);
	version = kmend_strndup(open + 1, close - open - 1);
	name = kmend_strndup(suite, stop - suite);
	if (strchr(package, ' ') || !*version || strlen(package) > 128 || strlen(version) > 128 || strchr(version, ' '))
		return false;
	kmend_strv_add(pieces, package);
	kmend_strv_add(pieces, version);
	kmend_strv_add(pieces, name);
	return true;
}

/* Where the "(CVE-…, CVE-…)" or "(Closes: …)" at the item's end begins. */
static size_t subject_size(const char *item)
{
	size_t size = strlen(item);

	while (size && item[size - 1] == ')') {
		const char *open = memrchr(item, '(', size);

		if (!open || open == item ||
		    (!kmend_starts_with(open, "(CVE-") && !kmend_starts_with(open, "(Closes:")))
			break;
		size = open - item;
		while (size && item[size - 1] == ' ')
			size--;
	}
	return size;
}

/* "6.1.12-1~bpo12+1" as part of an update's id, which knows fewer characters, and of a file's name. */
static char *id_of_version(const char *version)
{
	char *id = kmend_format("%.*s", MAX_ID_VERSION, version);

	for (char *c = id; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".+-", *c))
			*c = '_';
	if (!isalnum((unsigned char)*id))
		*id = '0';
	return id;
}

static char *change_id(struct reader *reader, const struct kmend_strv *cves)
{
	_cleanup_free_ char *version = id_of_version(reader->errata->items[reader->erratum].fixes[0].version);
	_cleanup_free_ char *name = NULL;

	if (!cves->count)
		return kmend_format("%s-%04zu", version, reader->nr_items);
	if (!kmend_errata_find_change(reader->errata, cves->items[0]))
		return kmend_strdup(cves->items[0]);
	for (unsigned int number = 2;; number++) {
		free(kmend_steal(name));
		name = kmend_format("%s-%u", cves->items[0], number);
		if (!kmend_errata_find_change(reader->errata, name))
			return kmend_steal(name);
	}
}

static void end_item(struct reader *reader)
{
	struct kmend_strv cves = { 0 };
	struct kmend_erratum *erratum;
	struct kmend_piece *change;
	_cleanup_free_ char *id = NULL;
	const char *item = reader->item.data;

	if (!reader->item.size)
		return;
	/* What only heads a list of items is none itself. */
	if (reader->item.size > 1 && item[reader->item.size - 1] == ':') {
		kmend_buffer_free(&reader->item);
		return;
	}
	reader->nr_items++;
	erratum = &reader->errata->items[reader->erratum];
	kmend_cves_collect(item, reader->item.size, &cves);
	for (size_t i = 0; i < cves.count; i++)
		if (!kmend_strv_has(&erratum->cves, cves.items[i]))
			kmend_strv_add(&erratum->cves, cves.items[i]);
	if (cves.count)
		erratum->kind = KMEND_ERRATUM_SECURITY;
	if (reader->errata->nr_changes < MAX_CHANGES) {
		id = change_id(reader, &cves);
		change = kmend_errata_add_change(reader->errata, id);
		free(change->subject);
		change->subject = kmend_strndup(item, subject_size(item));
		kmend_errata_set(&change->erratum, erratum->id);
		change->cves = cves;
		cves = (struct kmend_strv){ 0 };
	}
	kmend_strv_free(&cves);
	kmend_buffer_free(&reader->item);
}

static void begin_version(struct reader *reader, const struct kmend_strv *pieces)
{
	_cleanup_free_ char *id = kmend_format("%s-%s", pieces->items[0], pieces->items[1]);
	_cleanup_free_ char *title = kmend_format("%s %s", pieces->items[0], pieces->items[1]);
	struct kmend_erratum *erratum = kmend_errata_add(reader->errata, id);
	struct kmend_erratum_fix *fix = kmend_erratum_add_fix(erratum, pieces->items[0], pieces->items[1]);

	kmend_errata_set(&erratum->title, title);
	kmend_errata_set(&fix->suite, pieces->items[2]);
	erratum->kind = KMEND_ERRATUM_BUGFIX;
	erratum->reboot = true;
	reader->erratum = reader->errata->count - 1;
	reader->has_erratum = true;
	reader->nr_items = 0;
}

/* " -- Name <mail>  Mon, 07 Sep 2026 21:33:42 +0200" */
static void end_version(struct reader *reader, const char *line, const char *end)
{
	const char *mail = memrchr(line, '>', end - line);
	_cleanup_free_ char *text = mail ? kmend_strndup(mail + 1, end - mail - 1) : NULL;
	struct tm time = { 0 };

	end_item(reader);
	if (text && strptime(text, " %a, %d %b %Y %H:%M:%S", &time)) {
		const char *zone = strrchr(text, ' ');
		int offset = zone && strlen(zone) == 6 ? atoi(zone + 1) : 0;

		reader->errata->items[reader->erratum].issued =
			(int64_t)timegm(&time) - (offset / 100 * 60 + offset % 100) * 60;
	}
	reader->has_erratum = false;
}

static void read_line(struct reader *reader, const char *line, const char *end)
{
	const char *text = skip_blanks(line, end);
	size_t indent = text - line;

	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	if (text == end) {
		end_item(reader);
	} else if (indent == 1 && end - text > 3 && !strncmp(text, "-- ", 3)) {
		end_version(reader, text, end);
	} else if (end - text > 2 && (*text == '*' || *text == '-') && text[1] == ' ') {
		end_item(reader);
		text = skip_blanks(text + 1, end);
		kmend_buffer_add(&reader->item, text, end - text);
		reader->indent = indent;
	} else if (*text == '[' && indent == 2 && end[-1] == ']') {
		end_item(reader); /* who did what follows */
	} else if (reader->item.size && indent > reader->indent && !memmem(text, end - text, "://", 3) &&
		   reader->item.size < 4096) {
		kmend_buffer_add(&reader->item, " ", 1);
		kmend_buffer_add(&reader->item, text, end - text);
	}
}

int kmend_changelog_parse(const char *text, size_t size, const char *after, struct kmend_errata *errata,
			  struct kmend_error *error)
{
	struct reader reader = { .errata = errata };
	const char *end = text + size;
	bool is_changelog = false;

	for (const char *line = text; line < end && errata->count < MAX_ERRATA;) {
		const char *stop = memchr(line, '\n', end - line);
		_cleanup_strv_ struct kmend_strv pieces = { 0 };

		if (!stop)
			stop = end;
		if (read_head(line, stop, &pieces)) {
			if (reader.has_erratum)
				end_item(&reader);
			is_changelog = true;
			reader.has_erratum = false;
			if (after && kmend_version_compare(pieces.items[1], after) <= 0)
				break;
			begin_version(&reader, &pieces);
		} else if (reader.has_erratum) {
			read_line(&reader, line, stop);
		}
		line = stop + 1;
	}
	if (reader.has_erratum)
		end_item(&reader);
	kmend_buffer_free(&reader.item);
	if (is_changelog)
		return 0;
	kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL, "this is no changelog of a Debian package");
	kmend_advise(error, "Its first line has to read: PACKAGE (VERSION) SUITE; urgency=…");
	return -EINVAL;
}
