// SPDX-License-Identifier: GPL-2.0
#include "managing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "transition.h"

void kmend_managing_end(struct kmend_managing *managing)
{
	kmend_machine_free(managing->machine);
	kmend_lacking_clear(&managing->lacking);
	kmend_strv_free(&managing->packages);
}

int kmend_managing_begin(struct kmend_managing *managing, const struct kmend_command *command, int argc, char **argv,
			 bool with_errata, struct kmend_error *error)
{
	struct kmend_lacking_request request = { .local = true };
	const struct kmend_option *option;
	const char *value;
	int index = 1, code;

	while ((option = kmend_next_option(command, argc, argv, &value, &index, error))) {
		managing->all |= !strcmp(option->name, "all");
		managing->automatic |= !strcmp(option->name, "auto");
		managing->dry_run |= !strcmp(option->name, "dry-run");
		managing->yes |= !strcmp(option->name, "yes");
		managing->json |= !strcmp(option->name, "json");
	}
	kmend_cli_set_json(managing->json);
	if (error->status)
		return -EINVAL;
	managing->operands = argv + index;
	managing->nr_operands = argc - index;
	code = kmend_cli_machine(&managing->machine, error);
	if (!code)
		code = kmend_plugin_load(NULL, &managing->plugin, error);
	if (!code && (!managing->plugin->manage || !managing->plugin->package_name))
		code = kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -EOPNOTSUPP,
				  "the plugin %s cannot drive the package manager", managing->plugin->name);
	if (!code && with_errata)
		code = kmend_lacking_read(managing->machine, &request, &managing->lacking, error);
	return code;
}

int kmend_managing_installed(struct kmend_managing *managing, struct kmend_strv *ret_packages,
			     struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv lines = { 0 };
	int code = managing->plugin->installed_updates(&lines, error);
	char release[256], id[256], package[256];

	for (size_t i = 0; i < lines.count && !code; i++)
		if (sscanf(lines.items[i], "%255s %255s %255s", release, id, package) == 3 &&
		    !strcmp(release, managing->machine->release) && !kmend_strv_has(ret_packages, package))
			kmend_strv_add(ret_packages, package);
	return code;
}

/* A name of a package as the package manager will see it on a command line: no option, no pattern. */
static bool is_package(const char *text)
{
	return kmend_starts_with(text, "kmend-patch-") &&
	       !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_~-")];
}

static void add_package(struct kmend_managing *managing, const char *id)
{
	_cleanup_free_ char *package = managing->plugin->package_name(managing->machine->release, id);

	if (!kmend_strv_has(&managing->packages, package))
		kmend_strv_add(&managing->packages, package);
}

/* Every update that a CVE takes, where the list knows it. */
static bool add_packages_of_cve(struct kmend_managing *managing, const char *cve)
{
	const struct kmend_errata *errata = &managing->lacking.errata;
	bool any = false;

	for (size_t i = 0; i < errata->nr_changes; i++)
		if (kmend_strv_has(&errata->changes[i].cves, cve) &&
		    errata->changes[i].verdict != KMEND_CHANGE_NO_CHANGE) {
			add_package(managing, errata->changes[i].id);
			any = true;
		}
	return any;
}

int kmend_managing_resolve(struct kmend_managing *managing, struct kmend_error *error)
{
	for (int i = 0; i < managing->nr_operands; i++) {
		const char *name = managing->operands[i];

		if (is_package(name)) {
			kmend_strv_add(&managing->packages, name);
			continue;
		}
		if (!kmend_id_is_valid(name)) {
			kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "'%.100s' is no update", name);
			kmend_advise(error, "'kmend show --all' lists those there are.");
			return -ENOENT;
		}
		if (!kmend_cve_is_valid(name) || !add_packages_of_cve(managing, name))
			add_package(managing, name);
	}
	return 0;
}

static void print_json(const struct kmend_managing *managing, const char *word)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string(word));
	json_object_object_add(root, "dry_run", json_object_new_boolean(managing->dry_run));
	for (size_t i = 0; i < managing->packages.count; i++)
		json_object_array_add(list, json_object_new_string(managing->packages.items[i]));
	json_object_object_add(root, "packages", list);
	kmend_json_print(root);
}

static bool is_agreed(void)
{
	char answer[16] = "";

	fputs("Go on? [Y/n] ", stdout);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return *answer == '\n' || *answer == 'y' || *answer == 'Y';
}

int kmend_managing_do(struct kmend_managing *managing, enum kmend_manage_verb verb, const char *word,
		      struct kmend_error *error)
{
	struct kmend_manage_request request = { .verb = verb, .yes = true, .quiet = managing->json };
	const char *foreign = kmend_machine_is_foreign(managing->machine);

	if (managing->json) {
		print_json(managing, word);
	} else if (!managing->packages.count) {
		printf("Nothing to %s.\n", word);
	} else {
		printf("%s %s %zu package%s:\n", managing->dry_run ? "Would" : "Going to", word,
		       managing->packages.count, managing->packages.count == 1 ? "" : "s");
		for (size_t i = 0; i < managing->packages.count; i++)
			printf("  %s\n", managing->packages.items[i]);
	}
	if (!managing->packages.count || managing->dry_run)
		return 0;
	if (!managing->machine->is_real)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EOPNOTSUPP, "this is not a real machine");
	if (kmend_machine_need_root(managing->machine, error))
		return -EPERM;
	if (foreign)
		fprintf(stderr, "kmend: this is %s: what is installed is applied when the system is booted.\n",
			foreign);
	if (!managing->yes && !managing->json && isatty(STDIN_FILENO) && !is_agreed()) {
		puts("Nothing was done.");
		return 0;
	}
	request.packages = (const char *const *)managing->packages.items;
	/* No lock of ours is held: the packages' scripts call kmend. */
	return managing->plugin->manage(&request, error);
}
