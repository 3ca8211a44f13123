// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "report.h"
#include "standing.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "kernel", 'k', "RELEASE", "another kernel build than the running one" },
	{ "version", 'V', "VERSION", "version of its package (default: looked up)" },
	{ "from", 'f', "FILE", "a changelog, DSA list, security tracker's or OSV file; may be given several times" },
	{ "cves", 'c', NULL, "one line per CVE" },
	{ "refresh", 'r', NULL, "ask the package sources, even if a list is installed" },
	{ "json", 0, NULL, "tell all of it as JSON" },
	{ "quiet", 'q', NULL, "do not show the steps" },
	{ 0 },
};

const struct kmend_command kmend_command_errata = {
	.name = "errata",
	.arguments = "[OPTION]...",
	.summary = "list the errata that a kernel lacks",
	.description =
		"Lists what has been mended in newer versions of a kernel's package: the vendor's notices, their CVEs, and\n"
		"where each stands: live (mended in the running kernel), pending, refused, held, available, unaffected,\n"
		"buildable, needs-code, reboot, inseparable, or unknown. What is known comes from the files given with --from,\n"
		"else from the list that the kernel's seed package installed, else from the package sources: the changelog of the\n"
		"newest kernel package.",
	.options = options,
	.run = run,
};

struct arguments {
	struct kmend_lacking_request request;
	bool cves;
	bool json;
	bool quiet;
};

/* Foreign text on a terminal: one line, no control characters. */
static void print_tame(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
}

static void print_counts(const size_t *counts)
{
	bool any = false;

	for (int i = 0; i < KMEND_NR_STANDINGS; i++)
		if (counts[i]) {
			printf("%s%zu %s", any ? ", " : "", counts[i], kmend_standing_row(i)->name);
			any = true;
		}
}

/* One CVE's own entry, which only tells its severity: others name it, too. */
static bool is_detail(const struct kmend_lacking *lacking, const struct kmend_erratum *erratum)
{
	for (size_t i = 0; kmend_cve_is_valid(erratum->id) && i < lacking->errata.count; i++)
		if (&lacking->errata.items[i] != erratum && lacking->errata.items[i].cves.count > 1 &&
		    kmend_strv_has(&lacking->errata.items[i].cves, erratum->id))
			return true;
	return false;
}

static void print_errata(const struct kmend_lacking *lacking)
{
	size_t counts[KMEND_NR_STANDINGS];
	int width = 7;

	for (size_t i = 0; i < lacking->errata.count; i++)
		if ((int)strlen(lacking->errata.items[i].id) > width)
			width = strlen(lacking->errata.items[i].id);
	printf("\n%-*s  %-10s  %-9s  %4s  %s\n", width, "ERRATUM", "DATE", "SEVERITY", "CVES", "WHERE THEY STAND");
	for (size_t i = 0; i < lacking->errata.count; i++) {
		const struct kmend_erratum *erratum = &lacking->errata.items[i];
		time_t when = erratum->issued;
		struct tm utc;
		char date[32] = "-";

		if (is_detail(lacking, erratum))
			continue;
		if (when && gmtime_r(&when, &utc))
			strftime(date, sizeof(date), "%Y-%m-%d", &utc);
		kmend_standing_count(lacking, &erratum->cves, counts);
		printf("%-*s  %-10s  %-9s  %4zu  ", width, erratum->id, date,
		       erratum->severity ? kmend_severity_name(erratum->severity) : "-", erratum->cves.count);
		if (erratum->cves.count)
			print_counts(counts);
		else
			printf("(no security fix)");
		putchar('\n');
	}
}

static void print_cves(const struct kmend_lacking *lacking)
{
	_cleanup_strv_ struct kmend_strv cves = { 0 };

	kmend_lacking_cves(lacking, &cves);
	printf("\n%-16s  %-9s  %-11s  %s\n", "CVE", "SEVERITY", "STANDS", "WHAT IT IS");
	for (size_t i = 0; i < cves.count; i++) {
		const struct kmend_piece *change = kmend_errata_change_of(&lacking->errata, cves.items[i]);
		enum kmend_severity severity = kmend_lacking_severity(lacking, cves.items[i]);
		enum kmend_standing standing = kmend_standing_of(lacking, cves.items[i], NULL);

		printf("%-16s  %-9s  %-11s  ", cves.items[i], severity ? kmend_severity_name(severity) : "-",
		       kmend_standing_row(standing)->name);
		print_tame(change ? change->subject : "");
		putchar('\n');
	}
}

static void print_meanings(const size_t *counts)
{
	putchar('\n');
	for (int i = 0; i < KMEND_NR_STANDINGS; i++)
		if (counts[i])
			printf("  %-11s  %s\n", kmend_standing_row(i)->name, kmend_standing_row(i)->text);
}

static void print_lacking(const struct kmend_lacking *lacking, bool by_cve)
{
	_cleanup_strv_ struct kmend_strv cves = { 0 };
	size_t counts[KMEND_NR_STANDINGS], count, nr_errata = 0;

	printf("Linux %s (%s)", lacking->release, lacking->version ? lacking->version : "version unknown");
	if (!lacking->errata.count) {
		puts(lacking->has_list ? " lacks no erratum that is known."
				       : ": nothing is known of its errata; see 'kmend errata --help'.");
		return;
	}
	for (size_t i = 0; i < lacking->errata.count; i++)
		nr_errata += !is_detail(lacking, &lacking->errata.items[i]);
	kmend_lacking_cves(lacking, &cves);
	count = kmend_standing_count(lacking, &cves, counts);
	printf(" lacks %zu errat%s with %zu CVE%s: ", nr_errata, nr_errata == 1 ? "um" : "a", count,
	       count == 1 ? "" : "s");
	print_counts(counts);
	puts(".");
	if (by_cve)
		print_cves(lacking);
	else
		print_errata(lacking);
	print_meanings(counts);
	if (lacking->errata.to && lacking->errata.to_release && strcmp(lacking->errata.to_release, lacking->release))
		printf("\nThe newest kernel of this series is %s (%s).\n", lacking->errata.to_release,
		       lacking->errata.to);
}

static struct json_object *cve_json(const struct kmend_lacking *lacking, const char *cve)
{
	const struct kmend_piece *change = kmend_errata_change_of(&lacking->errata, cve);
	struct json_object *object = json_object_new_object(), *reasons = json_object_new_array();
	const char *update = NULL;
	enum kmend_standing standing = kmend_standing_of(lacking, cve, &update);

	json_object_object_add(object, "cve", json_object_new_string(cve));
	json_object_object_add(object, "state", json_object_new_string(kmend_standing_row(standing)->name));
	json_object_object_add(object, "mended", json_object_new_boolean(kmend_standing_row(standing)->is_mended));
	json_object_object_add(object, "text", json_object_new_string(kmend_standing_row(standing)->text));
	json_object_object_add(object, "severity",
			       json_object_new_string(kmend_severity_name(kmend_lacking_severity(lacking, cve))));
	json_object_object_add(object, "update", update ? json_object_new_string(update) : NULL);
	json_object_object_add(object, "subject", kmend_json_text(change ? change->subject : ""));
	json_object_object_add(object, "erratum", kmend_json_text(change ? change->erratum : ""));
	for (size_t i = 0; change && i < change->reasons.count; i++)
		json_object_array_add(reasons, json_object_new_string(change->reasons.items[i]));
	json_object_object_add(object, "reasons", reasons);
	return object;
}

static void print_json(const struct kmend_lacking *lacking)
{
	struct json_object *root = json_object_new_object(), *kernel = json_object_new_object();
	struct json_object *errata = json_object_new_array(), *list = json_object_new_array();
	_cleanup_strv_ struct kmend_strv cves = { 0 };

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string("errata"));
	json_object_object_add(root, "status", json_object_new_int(0));
	json_object_object_add(root, "status_name", json_object_new_string("ok"));
	json_object_object_add(kernel, "release", json_object_new_string(lacking->release));
	json_object_object_add(kernel, "version", kmend_json_text(lacking->version));
	json_object_object_add(kernel, "running", json_object_new_boolean(lacking->is_running));
	json_object_object_add(root, "kernel", kernel);
	json_object_object_add(root, "known", json_object_new_boolean(lacking->has_list));
	json_object_object_add(root, "newest", kmend_json_text(lacking->errata.to));
	json_object_object_add(root, "newest_release", kmend_json_text(lacking->errata.to_release));
	for (size_t i = 0; i < lacking->errata.count; i++) {
		const struct kmend_erratum *erratum = &lacking->errata.items[i];
		struct json_object *object = json_object_new_object(), *names = json_object_new_array();

		json_object_object_add(object, "id", json_object_new_string(erratum->id));
		json_object_object_add(object, "title", json_object_new_string(erratum->title));
		json_object_object_add(object, "severity",
				       json_object_new_string(kmend_severity_name(erratum->severity)));
		json_object_object_add(object, "issued", json_object_new_int64(erratum->issued));
		json_object_object_add(object, "fixed",
				       kmend_json_text(erratum->nr_fixes ? erratum->fixes[0].version : ""));
		json_object_object_add(object, "reboot", json_object_new_boolean(erratum->reboot));
		for (size_t j = 0; j < erratum->cves.count; j++)
			json_object_array_add(names, json_object_new_string(erratum->cves.items[j]));
		json_object_object_add(object, "cves", names);
		json_object_array_add(errata, object);
	}
	kmend_lacking_cves(lacking, &cves);
	for (size_t i = 0; i < cves.count; i++)
		json_object_array_add(list, cve_json(lacking, cves.items[i]));
	json_object_object_add(root, "errata", errata);
	json_object_object_add(root, "cves", list);
	kmend_json_print(root);
}

static int parse(int argc, char **argv, struct arguments *arguments, struct kmend_error *error)
{
	const struct kmend_option *option;
	const char *value;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_errata, argc, argv, &value, &index, error))) {
		if (!strcmp(option->name, "kernel"))
			arguments->request.release = value;
		else if (!strcmp(option->name, "version"))
			arguments->request.version = value;
		else if (!strcmp(option->name, "from"))
			kmend_strv_add(&arguments->request.from, value);
		else if (!strcmp(option->name, "cves"))
			arguments->cves = true;
		else if (!strcmp(option->name, "refresh"))
			arguments->request.refresh = true;
		else if (!strcmp(option->name, "json"))
			arguments->json = true;
		else
			arguments->quiet = true;
	}
	kmend_cli_set_json(arguments->json);
	if (error->status)
		return -EINVAL;
	if (index < argc)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "errata takes no operands");
	return 0;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	_cleanup_lacking_ struct kmend_lacking lacking = { 0 };
	struct arguments arguments = { 0 };
	int code = parse(argc, argv, &arguments, error);

	if (!code)
		code = kmend_cli_machine(&machine, error);
	if (!code) {
		arguments.request.local |= !machine->is_real;
		arguments.request.progress =
			kmend_progress_new(arguments.quiet || arguments.json || !isatty(STDERR_FILENO) ? NULL : stderr);
		code = kmend_lacking_read(machine, &arguments.request, &lacking, error);
		kmend_progress_free(arguments.request.progress);
	}
	kmend_strv_free(&arguments.request.from);
	if (code)
		return error->status;
	if (arguments.json)
		print_json(&lacking);
	else
		print_lacking(&lacking, arguments.cves);
	return KMEND_STATUS_OK;
}
