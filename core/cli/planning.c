// SPDX-License-Identifier: GPL-2.0
#include "planning.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <kmend/plugin.h>

#include "../base/file.h"
#include "../plugin/package.h"
#include "config.h"

void kmend_planning_clear(struct kmend_planning *planning)
{
	kmend_strv_free(&planning->from);
	kmend_strv_free(&planning->request.cves);
}

static bool is_version(const char *text)
{
	return *text >= '0' && *text <= '9' && strlen(text) < 128 &&
	       !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~:_^-")];
}

static void take_version(const char *name, const char *value, const char **to, struct kmend_error *error)
{
	if (!is_version(value))
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--%s: '%s' is no version of a package", name, value);
	*to = value;
}

static void take_jobs(struct kmend_planning *planning, const char *value, struct kmend_error *error)
{
	char *end;
	long jobs = strtol(value, &end, 10);

	if (jobs < 1 || jobs > 1024 || *end)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--jobs needs a number from 1 to 1024");
	planning->jobs = jobs;
}

bool kmend_planning_option(struct kmend_planning *planning, const struct kmend_option *option, const char *value,
			   struct kmend_error *error)
{
	const struct {
		const char *name;
		const char **value;
	} rows[] = {
		{ "erratum", &planning->erratum },
		{ "git", &planning->request.git },
		{ "cve-records", &planning->request.records },
		{ "catalogue", &planning->request.catalogue },
		{ "source", &planning->source },
		{ "to-source", &planning->to_source },
		{ "headers", &planning->headers },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, option->name)) {
			*rows[i].value = value;
			return true;
		}
	if (!strcmp(option->name, "to") || !strcmp(option->name, "version"))
		take_version(option->name, value, *option->name == 't' ? &planning->to : &planning->version, error);
	else if (!strcmp(option->name, "to-release") && !kmend_release_is_valid(value))
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is no kernel's release", value);
	else if (!strcmp(option->name, "to-release"))
		planning->to_release = value;
	else if (!strcmp(option->name, "cve") && !kmend_cve_is_valid(value))
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is no CVE", value);
	else if (!strcmp(option->name, "cve"))
		kmend_strv_add(&planning->request.cves, value);
	else if (!strcmp(option->name, "from"))
		kmend_strv_add(&planning->from, value);
	else if (!strcmp(option->name, "all"))
		planning->request.all = true;
	else if (!strcmp(option->name, "by-listing"))
		planning->request.by_listing = true;
	else if (!strcmp(option->name, "jobs"))
		take_jobs(planning, value, error);
	else
		return false;
	return true;
}

/* The kernel's own source and version, downloaded where they are not given. */
static int find_source(struct kmend_planning *planning, const struct kmend_plugin **plugin, const char *release,
		       const char *cache, struct kmend_progress *progress, struct kmend_kernel_build **ret_build,
		       struct kmend_error *error)
{
	int code;

	if (planning->source && planning->version)
		return 0;
	code = kmend_plugin_load(NULL, plugin, error);
	if (!code)
		code = (*plugin)->source(release, KMEND_WANT_HEADERS | (planning->source ? 0 : KMEND_WANT_SOURCE),
					 cache, progress, ret_build, error);
	return code;
}

static int find_errata(const struct kmend_planning *planning, const struct kmend_plugin **plugin, const char *release,
		       const char *version, const char *cache, struct kmend_progress *progress,
		       struct kmend_errata *errata, struct kmend_error *error)
{
	struct kmend_errata_filter filter = { .package = "linux", .after = version };
	int code = 0;

	for (size_t i = 0; i < planning->from.count && !code; i++)
		code = kmend_errata_load(planning->from.items[i], &filter, errata, error);
	if (code || errata->nr_changes)
		return code;
	/* What was given only names CVEs; which changes there are the vendor's changelog tells. */
	code = kmend_plugin_load(NULL, plugin, error);
	if (!code && !(*plugin)->errata)
		code = kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -EOPNOTSUPP, "the plugin %s knows no errata",
				  (*plugin)->name);
	if (!code) {
		struct kmend_errata found = { 0 };

		code = (*plugin)->errata(release, version, cache, progress, &found, error);
		if (!code) {
			kmend_errata_set(&errata->to, found.to);
			if (found.to_release)
				kmend_errata_set(&errata->to_release, found.to_release);
			kmend_errata_merge(errata, &found);
		}
		kmend_errata_clear(&found);
	}
	return code;
}

/* Only the erratum asked for; and up to the version asked for. */
static int narrow(const struct kmend_planning *planning, const char *version, struct kmend_errata *errata,
		  struct kmend_error *error)
{
	const struct kmend_erratum *erratum = planning->erratum ? kmend_errata_find(errata, planning->erratum) : NULL;
	const char *newest = NULL;

	if (planning->erratum && !erratum) {
		kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "no erratum '%s' is known of this kernel",
			   planning->erratum);
		kmend_advise(error, "'kmend errata --kernel RELEASE' lists them; --from FILE gives further ones.");
		return -ENOENT;
	}
	for (size_t i = 0; i < errata->count; i++)
		if (errata->items[i].nr_fixes &&
		    (!newest || kmend_version_compare(errata->items[i].fixes[0].version, newest) > 0))
			newest = errata->items[i].fixes[0].version;
	if (planning->to)
		newest = planning->to;
	else if (erratum && erratum->nr_fixes)
		newest = erratum->fixes[0].version;
	if (!newest)
		return 0;
	/* It names files and packages from here on. */
	if (!is_version(newest))
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL,
				  "the errata name '%s' as the newest version, which is no version of a package",
				  newest);
	if (!errata->to || strcmp(errata->to, newest)) {
		kmend_errata_set(&errata->to, newest);
		free(kmend_steal(errata->to_release));
	}
	{
		_cleanup_free_ char *to = kmend_strdup(newest);

		kmend_errata_narrow(errata, NULL, version, to);
	}
	if (planning->to && !errata->count)
		return kmend_fail(error, KMEND_STATUS_USAGE, -ENOENT,
				  "nothing is known that was mended between %s and %s", version, planning->to);
	return 0;
}

/* An erratum's CVEs are what is asked for then. */
static void want_cves(const struct kmend_planning *planning, const struct kmend_errata *errata,
		      struct kmend_plan_request *request)
{
	const struct kmend_erratum *erratum = planning->erratum ? kmend_errata_find(errata, planning->erratum) : NULL;

	for (size_t i = 0; erratum && !request->cves.count && i < 1; i++)
		for (size_t j = 0; j < erratum->cves.count; j++)
			kmend_strv_add(&request->cves, erratum->cves.items[j]);
}

/*
 * A directory's own path: a slash at its end, or a link in its place, must not make a difference. What walks trees does not
 * follow links, and would see an empty one.
 */
static int own_path(const char *given, const char **path, char **ret_own, struct kmend_error *error)
{
	if (!given)
		return 0;
	*ret_own = realpath(given, NULL);
	if (!*ret_own)
		return kmend_fail_errno(error, -errno, "cannot use the directory %s", given);
	*path = *ret_own;
	return 0;
}

static void add_input(struct kmend_buffer *text, const char *name, const char *value)
{
	kmend_buffer_addf(text, "%s %zu %s\n", name, value ? strlen(value) : 0, value ? value : "");
}

/* What a plan comes from; trees count by their place. A clone and its records may grow, so they are looked at each time. */
static char *inputs_of(const struct kmend_plan_request *request, const struct kmend_errata *errata)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	_cleanup_free_ char *list = kmend_errata_format(errata);
	char digest[KMEND_SHA256_HEX] = "";

	if (request->git || request->records)
		return NULL;
	add_input(&text, "kmend", KMEND_VERSION);
	add_input(&text, "errata", list);
	add_input(&text, "source", request->source);
	add_input(&text, "to-source", request->to_source);
	add_input(&text, "all", request->all ? "yes" : "no");
	add_input(&text, "by-listing", request->by_listing ? "yes" : "no");
	if (request->catalogue)
		kmend_sha256_file(request->catalogue, digest, NULL);
	add_input(&text, "catalogue", request->catalogue);
	add_input(&text, "its content", digest);
	for (size_t i = 0; i < request->cves.count; i++)
		add_input(&text, "cve", request->cves.items[i]);
	kmend_sha256(text.data, text.size, digest);
	return kmend_strdup(digest);
}

/* Is what lies there the plan of the same inputs? Then it is gone on with. */
static bool take_kept(const char *directory, const char *inputs, struct kmend_errata *errata)
{
	_cleanup_free_ char *path = kmend_path(directory, "plan.json"), *mark = kmend_path(directory, "plan.inputs");
	_cleanup_free_ char *text = NULL;
	struct kmend_errata kept = { 0 };

	if (!inputs || kmend_file_read(mark, KMEND_SHA256_HEX, &text, NULL, NULL) || strcmp(text, inputs) ||
	    kmend_errata_read(path, &kept, NULL))
		return false;
	kmend_errata_clear(errata);
	*errata = kept;
	return true;
}

/* The mark goes first and comes last: a plan without its mark is made anew. */
static int save_kept(const struct kmend_errata *errata, const char *directory, const char *inputs,
		     struct kmend_error *error)
{
	_cleanup_free_ char *mark = kmend_path(directory, "plan.inputs");
	int code;

	unlink(mark);
	code = kmend_planning_save(errata, directory, error);
	if (!code && inputs)
		code = kmend_file_write_atomic(mark, inputs, strlen(inputs), 0644, error);
	return code;
}

int kmend_planning_make(struct kmend_planning *planning, const char *release, const char *directory, bool keep,
			struct kmend_progress *progress, struct kmend_errata *errata, struct kmend_error *error)
{
	struct kmend_plan_request request = planning->request;
	struct kmend_kernel_build *build = NULL;
	const struct kmend_plugin *plugin = NULL;
	_cleanup_free_ char *cache = kmend_cache_directory(), *to_source = NULL, *version = NULL, *absolute = NULL;
	_cleanup_free_ char *own_source = NULL, *own_to_source = NULL, *own_records = NULL;
	_cleanup_free_ char *inputs = NULL;
	int code = find_source(planning, &plugin, release, cache, progress, &build, error);

	request.cves = (struct kmend_strv){ 0 };
	for (size_t i = 0; i < planning->request.cves.count; i++)
		kmend_strv_add(&request.cves, planning->request.cves.items[i]);
	if (!code)
		version = kmend_strdup(planning->version ? planning->version : build->version);
	if (!code)
		code = find_errata(planning, &plugin, release, version, cache, progress, errata, error);
	if (!code)
		code = narrow(planning, version, errata, error);
	if (code)
		goto out;
	kmend_errata_set(&errata->release, release);
	kmend_errata_set(&errata->version, version);
	if (planning->to_release)
		kmend_errata_set(&errata->to_release, planning->to_release);
	want_cves(planning, errata, &request);
	code = own_path(planning->source ? planning->source : build->source, &request.source, &own_source, error);
	if (!code)
		code = own_path(planning->to_source, &request.to_source, &own_to_source, error);
	if (!code)
		code = own_path(planning->request.records, &request.records, &own_records, error);
	if (!code)
		code = kmend_mkdir_parents(directory, 0755, error);
	if (!code)
		code = own_path(directory, &request.directory, &absolute, error); /* patch runs elsewhere */
	/* Commits are exact; only without them the new version's source is worth its download. */
	if (!code && !request.to_source && !request.git && errata->to && errata->count) {
		code = kmend_plugin_load(NULL, &plugin, error);
		if (!code && plugin->source_version)
			code = plugin->source_version(release, errata->to, cache, progress, &to_source, error);
		request.to_source = to_source;
	}
	if (code)
		goto out;
	inputs = keep ? inputs_of(&request, errata) : NULL;
	if (take_kept(directory, inputs, errata))
		goto out;
	code = kmend_plan_make(&request, errata, progress, error);
	if (!code && keep)
		code = save_kept(errata, directory, inputs, error);
out:
	kmend_strv_free(&request.cves);
	kmend_kernel_build_free(build);
	return code;
}

int kmend_planning_save(const struct kmend_errata *errata, const char *directory, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(directory, "plan.json"), *text = kmend_errata_format(errata);

	return kmend_file_write_atomic(path, text, strlen(text), 0644, error);
}
