// SPDX-License-Identifier: GPL-2.0
/* The page that a security team publishes: per CVE and kernel what can be done, and why. One file, no network. */
#include <string.h>
#include <time.h>

#include "../base/file.h"
#include "building.h"

static const char head[] = //
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n<title>Kernel fixes without a reboot</title>\n<style>\n"
	"body{font:16px/1.45 system-ui,sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222}\n"
	"h1{font-size:1.6em}h2{margin-top:2em}table{border-collapse:collapse;width:100%}\n"
	"td,th{text-align:left;padding:.35em .6em;border-bottom:1px solid #ddd;vertical-align:top}th{background:#f4f4f4}\n"
	".v{display:inline-block;padding:.05em .5em;border-radius:.3em;white-space:nowrap;font-size:.9em}\n"
	".hotpatch{background:#d4edda}.no-change{background:#e2e8ee}.needs-code{background:#fff3cd}\n"
	".reboot,.failed{background:#f8d7da}.inseparable,.unknown{background:#eee}\n"
	".why{color:#555;font-size:.88em}.bar{display:flex;height:1.4em;border-radius:.3em;overflow:hidden;margin:.6em 0}\n"
	".id{white-space:nowrap}code{font-size:.92em}\n</style></head><body>\n"
	"<h1>Kernel fixes without a reboot</h1>\n";

static void add_escaped(struct kmend_buffer *page, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			kmend_buffer_addf(page, "&lt;");
			break;
		case '>':
			kmend_buffer_addf(page, "&gt;");
			break;
		case '&':
			kmend_buffer_addf(page, "&amp;");
			break;
		case '"':
			kmend_buffer_addf(page, "&quot;");
			break;
		default:
			kmend_buffer_add(page, text, 1);
		}
	}
}

/* What a verdict is called on the page. */
static const char *label(enum kmend_change_verdict verdict)
{
	static const char *const labels[KMEND_NR_CHANGE_VERDICTS] = {
		[KMEND_CHANGE_UNKNOWN] = "not looked at",  [KMEND_CHANGE_HOTPATCH] = "hotpatch",
		[KMEND_CHANGE_NEEDS_CODE] = "needs code",  [KMEND_CHANGE_REBOOT] = "reboot",
		[KMEND_CHANGE_NO_CHANGE] = "not affected", [KMEND_CHANGE_INSEPARABLE] = "not separable: reboot",
		[KMEND_CHANGE_FAILED] = "failed: reboot",
	};

	return labels[verdict];
}

/* How a machine gets them: one command for each kind of packages that the repository has. */
static void add_command(struct kmend_buffer *page, const struct kmend_building *building, const char *release)
{
	static const struct {
		const char *format, *command;
	} rows[] = { { "deb", "apt install" }, { "rpm", "dnf install" } };
	bool any = false;

	kmend_buffer_addf(page, "</p>\n<p>To get all of them, as root: ");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		if (!kmend_strv_has(&building->formats, rows[i].format))
			continue;
		kmend_buffer_addf(page, "%s<code>%s kmend-patches-", any ? " or " : "", rows[i].command);
		add_escaped(page, release);
		kmend_buffer_addf(page, "</code>");
		any = true;
	}
	kmend_buffer_addf(page, "</p>\n");
}

static void add_kernel(struct kmend_buffer *page, const struct kmend_building *building,
		       const struct kmend_built_kernel *kernel)
{
	size_t counts[KMEND_NR_CHANGE_VERDICTS], packages = 0;
	size_t total = kmend_errata_count_cves(&kernel->errata, counts);

	for (size_t i = 0; i < kernel->errata.nr_changes; i++)
		packages += *kernel->errata.changes[i].package != '\0';
	kmend_buffer_addf(page, "<h2>Linux ");
	add_escaped(page, kernel->release);
	kmend_buffer_addf(page, "</h2>\n<p>Version ");
	add_escaped(page, kernel->errata.version);
	kmend_buffer_addf(page, ", compared with ");
	add_escaped(page, kernel->errata.to ? kernel->errata.to : "nothing newer");
	kmend_buffer_addf(page, ": %zu CVEs, %zu hotpatch packages.</p>\n<div class=\"bar\">", total, packages);
	for (int i = 0; i < KMEND_NR_CHANGE_VERDICTS; i++)
		if (counts[i])
			kmend_buffer_addf(page, "<div class=\"%s\" style=\"flex:%zu\" title=\"%s\"></div>",
					  kmend_change_verdict_name(i), counts[i], label(i));
	kmend_buffer_addf(page, "</div>\n<p>");
	for (int i = 0; i < KMEND_NR_CHANGE_VERDICTS; i++)
		if (counts[i])
			kmend_buffer_addf(page, "<span class=\"v %s\">%zu %s</span> ", kmend_change_verdict_name(i),
					  counts[i], label(i));
	add_command(page, building, kernel->release);
}

/* One cell: verdict, package or reasons. */
static void add_cell(struct kmend_buffer *page, const struct kmend_errata *errata, const char *cve)
{
	const struct kmend_piece *change = kmend_errata_change_of(errata, cve);

	if (!change) {
		kmend_buffer_addf(page, "<td>–</td>");
		return;
	}
	kmend_buffer_addf(page, "<td><span class=\"v %s\">%s</span>", kmend_change_verdict_name(change->verdict),
			  label(change->verdict));
	if (*change->package) {
		kmend_buffer_addf(page, "<div class=\"why\"><code>");
		add_escaped(page, change->package);
		kmend_buffer_addf(page, "</code></div>");
	}
	if (change->depends.count && change->verdict == KMEND_CHANGE_HOTPATCH) {
		kmend_buffer_addf(page, "<div class=\"why\">on top of ");
		add_escaped(page, change->depends.items[change->depends.count - 1]);
		kmend_buffer_addf(page, "</div>");
	}
	for (size_t i = 0; i < change->reasons.count && i < 4; i++) {
		kmend_buffer_addf(page, "<div class=\"why\">");
		add_escaped(page, change->reasons.items[i]);
		kmend_buffer_addf(page, "</div>");
	}
	kmend_buffer_addf(page, "</td>");
}

static enum kmend_severity severity_of(const struct kmend_errata *errata, const char *cve)
{
	enum kmend_severity worst = KMEND_SEVERITY_UNKNOWN;

	for (size_t i = 0; i < errata->count; i++)
		if (errata->items[i].severity > worst && errata->items[i].cves.count == 1 &&
		    kmend_strv_has(&errata->items[i].cves, cve))
			worst = errata->items[i].severity;
	return worst;
}

static const char *subject_of(const struct kmend_building *building, const char *cve)
{
	for (size_t i = 0; i < building->nr_kernels; i++) {
		const struct kmend_piece *change = kmend_errata_change_of(&building->kernels[i].errata, cve);

		if (change)
			return change->subject;
	}
	return "";
}

static void add_table(struct kmend_buffer *page, const struct kmend_building *building)
{
	_cleanup_strv_ struct kmend_strv cves = { 0 };

	for (size_t i = 0; i < building->nr_kernels; i++)
		for (size_t j = 0; j < building->kernels[i].errata.nr_changes; j++) {
			const struct kmend_strv *own = &building->kernels[i].errata.changes[j].cves;

			for (size_t k = 0; k < own->count; k++)
				if (!kmend_strv_has(&cves, own->items[k]))
					kmend_strv_add(&cves, own->items[k]);
		}
	kmend_strv_sort(&cves);
	kmend_buffer_addf(page, "<h2>CVE by CVE</h2>\n<table><thead><tr><th>CVE</th><th>What it is</th>");
	for (size_t i = 0; i < building->nr_kernels; i++) {
		kmend_buffer_addf(page, "<th>");
		add_escaped(page, building->kernels[i].release);
		kmend_buffer_addf(page, "</th>");
	}
	kmend_buffer_addf(page, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < cves.count; i++) {
		enum kmend_severity severity = building->nr_kernels
						       ? severity_of(&building->kernels[0].errata, cves.items[i])
						       : KMEND_SEVERITY_UNKNOWN;

		kmend_buffer_addf(page, "<tr id=\"%s\"><td class=\"id\">%s", cves.items[i], cves.items[i]);
		if (severity)
			kmend_buffer_addf(page, "<div class=\"why\">%s</div>", kmend_severity_name(severity));
		kmend_buffer_addf(page, "</td><td>");
		add_escaped(page, subject_of(building, cves.items[i]));
		kmend_buffer_addf(page, "</td>");
		for (size_t j = 0; j < building->nr_kernels; j++)
			add_cell(page, &building->kernels[j].errata, cves.items[i]);
		kmend_buffer_addf(page, "</tr>\n");
	}
	kmend_buffer_addf(page, "</tbody></table>\n");
}

static void add_meanings(struct kmend_buffer *page)
{
	kmend_buffer_addf(page, "<h2>What the words mean</h2>\n<table><tbody>\n");
	for (int i = 0; i < KMEND_NR_CHANGE_VERDICTS; i++) {
		kmend_buffer_addf(page, "<tr><td><span class=\"v %s\">%s</span></td><td>", kmend_change_verdict_name(i),
				  label(i));
		add_escaped(page, kmend_change_verdict_text(i));
		kmend_buffer_addf(page, "</td></tr>\n");
	}
	kmend_buffer_addf(page, "</tbody></table>\n");
}

int kmend_build_summary(const struct kmend_building *building, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer page = { 0 };
	_cleanup_free_ char *path = kmend_path(building->output, "index.html");
	time_t when = building->time;
	struct tm utc;
	char date[32];

	gmtime_r(&when, &utc);
	strftime(date, sizeof(date), "%e %B %Y", &utc);
	kmend_buffer_add(&page, head, strlen(head));
	kmend_buffer_addf(&page, "<p>Published by ");
	add_escaped(&page, building->origin);
	kmend_buffer_addf(
		&page,
		", %s. Each hotpatch is a package: installing it mends the running kernel at once, removing it takes "
		"the fix out again. What no hotpatch mends is mended by booting the new kernel.</p>\n",
		date);
	for (size_t i = 0; i < building->nr_kernels; i++)
		add_kernel(&page, building, &building->kernels[i]);
	add_table(&page, building);
	add_meanings(&page);
	kmend_buffer_addf(&page, "</body></html>\n");
	return kmend_file_write_atomic(path, page.data, page.size, 0644, error);
}
