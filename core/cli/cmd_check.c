// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../apply/settings.h"
#include "../base/file.h"
#include "commands.h"
#include "report.h"
#include "standing.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "json", 0, NULL, "for scanners: one verdict per CVE" },
	{ "prometheus", 0, "FILE", "write metrics for Prometheus' textfile collector; - for standard output" },
	{ "motd", 0, NULL, "a line for those who log in; nothing if all is well" },
	{ "new-kernel", 0, "VERSION",
	  "tell in a line what this new version of the kernel's package means; called after apt" },
	{ 0 },
};

const struct kmend_command kmend_command_check = {
	.name = "check",
	.arguments = "[OPTION]...",
	.summary = "tell monitoring how the running kernel stands",
	.description =
		"A check as Nagios and its kin call them: one line, and exit status 0 (OK: nothing is to be done), 1 (WARNING: updates\n"
		"wait or can be installed, or only a reboot mends some faults), 2 (CRITICAL: an update was refused, is damaged, or\n"
		"killed the machine), 3 (UNKNOWN). Needs no root and no network.",
	.options = options,
	.run = run,
};

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };
static const char *const level_names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

struct view {
	struct kmend_lacking lacking;
	size_t counts[KMEND_NR_STANDINGS];
	size_t nr_cves;
	size_t applied, waiting, refused;
	enum level level;
};

static size_t left(const struct view *view)
{
	return view->counts[KMEND_STANDING_REBOOT] + view->counts[KMEND_STANDING_NEEDS_CODE] +
	       view->counts[KMEND_STANDING_INSEPARABLE] + view->counts[KMEND_STANDING_UNKNOWN] +
	       view->counts[KMEND_STANDING_BUILDABLE];
}

static void look(struct view *view)
{
	_cleanup_strv_ struct kmend_strv cves = { 0 };

	kmend_lacking_cves(&view->lacking, &cves);
	view->nr_cves = kmend_standing_count(&view->lacking, &cves, view->counts);
	for (size_t i = 0; i < view->lacking.picture.count; i++) {
		const struct kmend_situation *situation = &view->lacking.picture.items[i];
		enum kmend_status status = kmend_condition_row(situation->condition)->status;

		view->applied += kmend_situation_is_applied(situation);
		view->waiting += status == KMEND_STATUS_BUSY;
		view->refused += status == KMEND_STATUS_REFUSED;
	}
	view->level = view->refused							      ? LEVEL_CRITICAL
		      : view->waiting || view->counts[KMEND_STANDING_AVAILABLE] || left(view) ? LEVEL_WARNING
											      : LEVEL_OK;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void print_nagios(const struct view *view)
{
	printf("KMEND %s - %zu update%s in force", level_names[view->level], view->applied, plural(view->applied));
	if (view->refused)
		printf(", %zu refused", view->refused);
	if (view->waiting)
		printf(", %zu waiting", view->waiting);
	if (view->counts[KMEND_STANDING_AVAILABLE])
		printf(", %zu CVE%s can be mended by 'kmend upgrade'", view->counts[KMEND_STANDING_AVAILABLE],
		       plural(view->counts[KMEND_STANDING_AVAILABLE]));
	if (left(view))
		printf(", %zu CVE%s a reboot", left(view), left(view) == 1 ? " needs" : "s need");
	if (!view->lacking.has_list)
		printf(", errata of this kernel are not known");
	printf(" | applied=%zu refused=%zu waiting=%zu", view->applied, view->refused, view->waiting);
	for (int i = 0; i < KMEND_NR_STANDINGS; i++)
		printf(" cves_%s=%zu", kmend_standing_row(i)->name, view->counts[i]);
	putchar('\n');
}

static void print_motd(const struct view *view)
{
	if (view->level == LEVEL_OK)
		return;
	printf("Kernel fixes without a reboot:");
	if (view->refused)
		printf(" %zu refused ('kmend status');", view->refused);
	if (view->counts[KMEND_STANDING_AVAILABLE])
		printf(" %zu security fix%s can be installed ('kmend upgrade');",
		       view->counts[KMEND_STANDING_AVAILABLE], view->counts[KMEND_STANDING_AVAILABLE] == 1 ? "" : "es");
	if (view->waiting)
		printf(" %zu waiting;", view->waiting);
	if (left(view))
		printf(" %zu security fix%s a reboot ('kmend errata');", left(view),
		       left(view) == 1 ? " needs" : "es need");
	printf(" %zu in force.\n", view->applied);
}

static int write_metrics(const struct view *view, const char *path, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text,
			  "# HELP kmend_updates Updates of the running kernel, by state.\n# TYPE kmend_updates gauge\n"
			  "kmend_updates{state=\"applied\"} %zu\nkmend_updates{state=\"waiting\"} %zu\n"
			  "kmend_updates{state=\"refused\"} %zu\n",
			  view->applied, view->waiting, view->refused);
	kmend_buffer_addf(&text, "# HELP kmend_cves CVEs mended in newer kernels, by where they stand here.\n"
				 "# TYPE kmend_cves gauge\n");
	for (int i = 0; i < KMEND_NR_STANDINGS; i++)
		kmend_buffer_addf(&text, "kmend_cves{state=\"%s\"} %zu\n", kmend_standing_row(i)->name,
				  view->counts[i]);
	kmend_buffer_addf(&text,
			  "# HELP kmend_errata_known Whether the errata of the running kernel are known.\n"
			  "# TYPE kmend_errata_known gauge\nkmend_errata_known %d\n"
			  "# HELP kmend_switched_off Whether kmend is switched off.\n# TYPE kmend_switched_off gauge\n"
			  "kmend_switched_off %d\n",
			  view->lacking.has_list, view->lacking.picture.switched_off != NULL);
	if (!strcmp(path, "-")) {
		fputs(text.data, stdout);
		return 0;
	}
	return kmend_file_write_atomic(path, text.data, text.size, 0644, error);
}

static void print_json(const struct view *view)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();
	_cleanup_strv_ struct kmend_strv cves = { 0 };

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string("check"));
	json_object_object_add(root, "release", json_object_new_string(view->lacking.release));
	json_object_object_add(root, "version", kmend_json_text(view->lacking.version));
	json_object_object_add(root, "level", json_object_new_string(level_names[view->level]));
	json_object_object_add(root, "known", json_object_new_boolean(view->lacking.has_list));
	kmend_lacking_cves(&view->lacking, &cves);
	for (size_t i = 0; i < cves.count; i++) {
		struct json_object *object = json_object_new_object();
		const char *update = NULL;
		enum kmend_standing standing = kmend_standing_of(&view->lacking, cves.items[i], &update);

		json_object_object_add(object, "cve", json_object_new_string(cves.items[i]));
		json_object_object_add(object, "verdict", json_object_new_string(kmend_standing_row(standing)->name));
		json_object_object_add(object, "mended",
				       json_object_new_boolean(kmend_standing_row(standing)->is_mended));
		json_object_object_add(object, "update", update ? json_object_new_string(update) : NULL);
		json_object_array_add(list, object);
	}
	json_object_object_add(root, "cves", list);
	kmend_json_print(root);
}

/* Only kernels' packages asked for a reboot: then nothing else speaks against taking the mark away. */
static bool only_kernels_asked(const char *packages)
{
	_cleanup_free_ char *text = NULL;
	char *rest = NULL;

	if (kmend_file_read(packages, 65536, &text, NULL, NULL))
		return false; /* somebody who does not say why */
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!kmend_starts_with(line, "linux-image-") && !kmend_starts_with(line, "linux-base"))
			return false;
	return true;
}

/* /run/reboot-required says whether something is left that updates do not mend. */
static void mark_reboot(const struct kmend_machine *machine, bool needed, const char *version)
{
	_cleanup_free_ char *mark = kmend_format("%s/../reboot-required", machine->paths.run);
	_cleanup_free_ char *packages = kmend_format("%s.pkgs", mark);
	_cleanup_free_ char *line = kmend_format("linux-image-%s\n", version);
	static const char text[] = "*** System restart required ***\n";

	if (needed && !kmend_file_exists(mark)) {
		kmend_file_write_atomic(mark, text, strlen(text), 0644, NULL);
		kmend_file_write_atomic(packages, line, strlen(line), 0644, NULL);
	} else if (!needed && kmend_file_exists(mark) && only_kernels_asked(packages)) {
		unlink(mark);
		unlink(packages);
	}
}

/* One line after `apt upgrade` brought a new kernel. */
static void tell_new_kernel(const struct kmend_machine *machine, struct view *view, const char *version)
{
	size_t mended = view->counts[KMEND_STANDING_LIVE] + view->counts[KMEND_STANDING_UNAFFECTED];
	size_t coming = view->counts[KMEND_STANDING_PENDING] + view->counts[KMEND_STANDING_AVAILABLE];
	size_t rest = view->nr_cves - mended - coming;
	struct kmend_settings settings = { .reboot_required = 1 };

	kmend_settings_read(machine, &settings, NULL);
	/* A list that ends before the new version says nothing of what is new in it. */
	if (!view->lacking.has_list || !view->lacking.errata.to ||
	    kmend_version_compare(view->lacking.errata.to, version) < 0) {
		printf("kmend: Linux %s came; whether the running kernel has its fixes is not known yet, so it needs a reboot.\n",
		       version);
		rest = 1;
	} else if (!rest && !coming) {
		printf("kmend: Linux %s came; the running kernel has all its %zu security fixes already: no reboot is needed.\n",
		       version, view->nr_cves);
	} else if (!rest) {
		printf("kmend: Linux %s came; the running kernel has %zu of its %zu security fixes, and 'kmend upgrade' brings the rest: "
		       "no reboot is needed.\n",
		       version, mended, view->nr_cves);
	} else {
		printf("kmend: Linux %s came; the running kernel has %zu of its %zu security fixes%s; %zu need%s a reboot ('kmend errata "
		       "--cves').\n",
		       version, mended, view->nr_cves, coming ? ", more come by 'kmend upgrade'" : "", rest,
		       rest == 1 ? "s" : "");
	}
	if (settings.reboot_required)
		mark_reboot(machine, rest > 0, version);
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	struct kmend_lacking_request request = { .local = true };
	const char *value, *metrics = NULL, *new_kernel = NULL;
	const struct kmend_option *option;
	struct view view = { 0 };
	bool json = false, motd = false;
	int index = 1, code;

	while ((option = kmend_next_option(&kmend_command_check, argc, argv, &value, &index, error))) {
		json |= !strcmp(option->name, "json");
		motd |= !strcmp(option->name, "motd");
		if (!strcmp(option->name, "prometheus"))
			metrics = value;
		if (!strcmp(option->name, "new-kernel"))
			new_kernel = value;
	}
	kmend_cli_set_json(json);
	if (!error->status && index < argc)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "check takes no operands");
	if (error->status)
		return error->status;
	code = kmend_cli_machine(&machine, error);
	if (!code)
		code = kmend_lacking_read(machine, &request, &view.lacking, error);
	if (code) {
		if (!json && !motd && !metrics && !new_kernel)
			printf("KMEND UNKNOWN - %s\n", error->message);
		return motd || new_kernel ? KMEND_STATUS_OK : LEVEL_UNKNOWN;
	}
	if (new_kernel)
		kmend_errata_narrow(&view.lacking.errata, NULL, NULL, new_kernel);
	look(&view);
	if (new_kernel)
		tell_new_kernel(machine, &view, new_kernel);
	else if (json)
		print_json(&view);
	else if (motd)
		print_motd(&view);
	else if (metrics)
		code = write_metrics(&view, metrics, error);
	else
		print_nagios(&view);
	kmend_lacking_clear(&view.lacking);
	if (code)
		return error->status;
	return motd || metrics || new_kernel ? KMEND_STATUS_OK : (int)view.level;
}
