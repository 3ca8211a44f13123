// SPDX-License-Identifier: GPL-2.0
/* The steps of planning, and what they share. */
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "plan_internal.h"

#define RECORD_LIMIT (4 << 20)

bool plan_path_is_clean(const char *path)
{
	if (!*path || *path == '/' || strlen(path) > 1024 || strstr(path, "..") || strchr(path, '\\'))
		return false;
	for (; *path; path++)
		if ((unsigned char)*path <= ' ' || *path == 0x7f)
			return false;
	return true;
}

const struct kmend_cve_record *plan_record(const struct planning *planning, const char *cve)
{
	for (size_t i = 0; i < planning->nr_records; i++)
		if (!strcmp(planning->records[i].cve, cve))
			return &planning->records[i];
	return NULL;
}

/* The path of a "--- a/PATH" or "+++ b/PATH" line; NULL: /dev/null, or not clean. New memory. */
static char *path_of_line(const char *line, const char *end)
{
	const char *path = line + 4, *stop = path, *slash;
	_cleanup_free_ char *name = NULL;

	while (stop < end && *stop != '\t' && *stop != '\r')
		stop++;
	slash = memchr(path, '/', stop - path);
	if (!slash || *path == '/')
		return NULL;
	name = kmend_strndup(slash + 1, stop - slash - 1);
	return plan_path_is_clean(name) ? kmend_steal(name) : NULL;
}

void plan_diff_files(const char *text, size_t size, struct kmend_strv *files)
{
	const char *end = text + size;
	bool after_minus = false;

	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', end - line);
		bool minus, plus;

		stop = stop ? stop : end;
		minus = stop - line > 4 && !strncmp(line, "--- ", 4);
		plus = after_minus && stop - line > 4 && !strncmp(line, "+++ ", 4);
		if (minus || plus) {
			_cleanup_free_ char *path = path_of_line(line, stop);

			if (path && !kmend_strv_has(files, path) && files->count < MAX_LIST)
				kmend_strv_add(files, path);
		}
		after_minus = minus;
		line = stop + 1;
	}
}

int plan_set_diff(struct planning *planning, struct kmend_piece *change, const char *text, size_t size,
		  enum kmend_evidence evidence, const char *origin, struct kmend_error *error)
{
	_cleanup_free_ char *name = kmend_format("diffs/%s.diff", change->id);
	_cleanup_free_ char *path = kmend_path(planning->request->directory, name);
	_cleanup_free_ char *directory = kmend_path(planning->request->directory, "diffs");
	int code = kmend_mkdir_parents(directory, 0755, error);

	if (!code)
		code = kmend_file_write_atomic(path, text, size, 0644, error);
	if (code)
		return code;
	kmend_errata_set(&change->diff, name);
	kmend_errata_set(&change->origin, origin);
	change->evidence = evidence;
	kmend_strv_free(&change->files);
	plan_diff_files(text, size, &change->files);
	return 0;
}

static bool is_wanted_cve(const struct planning *planning, const char *cve)
{
	return !planning->request->cves.count || kmend_strv_has(&planning->request->cves, cve);
}

/* Records of the CVEs that the errata name; others are not even read. */
static int read_records(struct planning *planning, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv paths = { 0 };
	int code = kmend_cve_records_list(planning->request->records, &paths, error);

	for (size_t i = 0; i < paths.count && !code; i++) {
		const char *name = strrchr(paths.items[i], '/') + 1;
		_cleanup_free_ char *cve = kmend_strndup(name, strlen(name) - strlen(".json")), *text = NULL;
		struct kmend_cve_record record = { 0 };
		size_t size;

		if (!kmend_cve_is_valid(cve) || !kmend_errata_change_of(planning->errata, cve))
			continue;
		code = kmend_file_read(paths.items[i], RECORD_LIMIT, &text, &size, error);
		if (!code)
			code = kmend_cve_record_parse(text, size, &record, error);
		if (code)
			kmend_advise(error, "The record is %s.", paths.items[i]);
		else
			*kmend_array_add(planning->records, planning->nr_records) = record;
	}
	return code;
}

/* Severities that records tell: of the errata, and an entry of each CVE's own. */
static void take_severities(struct planning *planning)
{
	struct kmend_errata *errata = planning->errata;

	for (size_t i = 0; i < planning->nr_records; i++) {
		const struct kmend_cve_record *record = &planning->records[i];
		struct kmend_erratum *own;
		size_t count = errata->count, in = SIZE_MAX;

		for (size_t j = 0; j < count && record->severity; j++) {
			if (!kmend_strv_has(&errata->items[j].cves, record->cve))
				continue;
			in = in == SIZE_MAX ? j : in;
			if (record->severity > errata->items[j].severity)
				errata->items[j].severity = record->severity;
		}
		if (in == SIZE_MAX || kmend_errata_find(errata, record->cve) || !errata->items[in].nr_fixes)
			continue;
		own = kmend_errata_add(errata, record->cve);
		own->severity = record->severity;
		own->issued = errata->items[in].issued;
		kmend_errata_set(&own->title, record->title);
		kmend_strv_add(&own->cves, record->cve);
		kmend_erratum_add_fix(own, errata->items[in].fixes[0].package, errata->items[in].fixes[0].version);
	}
}

/* Only what is asked for, and what that sits on. */
static void drop_unwanted(struct planning *planning)
{
	struct kmend_errata *errata = planning->errata;
	size_t kept = 0;
	bool *wanted = kmend_calloc(errata->nr_changes + 1, sizeof(*wanted));

	for (size_t i = errata->nr_changes; i-- > 0;) {
		const struct kmend_piece *change = &errata->changes[i];

		for (size_t j = 0; j < change->cves.count; j++)
			wanted[i] |= is_wanted_cve(planning, change->cves.items[j]);
		wanted[i] |= planning->request->all && !planning->request->cves.count;
		if (wanted[i] && *change->diff)
			for (size_t j = 0; j < i; j++)
				wanted[j] |= kmend_strv_has(&change->depends, errata->changes[j].id);
	}
	for (size_t i = 0; i < errata->nr_changes; i++) {
		if (wanted[i])
			errata->changes[kept++] = errata->changes[i];
		else
			errata_change_clear(&errata->changes[i]);
	}
	errata->nr_changes = kept;
	free(wanted);
}

static void tell_inseparable(struct planning *planning)
{
	for (size_t i = 0; i < planning->errata->nr_changes; i++) {
		struct kmend_piece *change = &planning->errata->changes[i];

		if (*change->diff || change->verdict != KMEND_CHANGE_UNKNOWN)
			continue;
		change->verdict = KMEND_CHANGE_INSEPARABLE;
		if (!change->reasons.count)
			kmend_strv_add(
				&change->reasons,
				"not-told-apart: nothing that was given tells which lines belong to it; a clone of the "
				"stable tree (--git), CVE records (--cve-records) or a catalogue would");
	}
}

int kmend_plan_make(const struct kmend_plan_request *request, struct kmend_errata *errata,
		    struct kmend_progress *progress, struct kmend_error *error)
{
	struct planning planning = { .request = request, .errata = errata };
	int code = kmend_mkdir_parents(request->directory, 0755, error);

	if (!code && request->records)
		code = read_records(&planning, error);
	take_severities(&planning);
	if (!code && request->git)
		code = plan_from_git(&planning, progress, error);
	if (!code && request->catalogue)
		code = plan_from_catalogue(&planning, error);
	if (!code && request->to_source)
		code = plan_by_cutting(&planning, progress, error);
	if (!code) {
		kmend_step_begin(progress, "order", "applying the changes one after another");
		code = plan_depend(&planning, error);
	}
	if (code) {
		kmend_step_fail(progress);
	} else {
		drop_unwanted(&planning);
		tell_inseparable(&planning);
		/* Commits, records and catalogues speak, too. */
		errata_tame(errata);
		kmend_step_end(progress, "%zu changes", errata->nr_changes);
	}
	for (size_t i = 0; i < planning.nr_records; i++)
		kmend_cve_record_clear(&planning.records[i]);
	free(planning.records);
	return code;
}
