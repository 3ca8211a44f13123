// SPDX-License-Identifier: GPL-2.0
/* dpkg's status database, asked through kmend-dpkg-query (query.c), which lies beside the plugin. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "../../core/base/child.h"
#include "../../core/base/file.h"
#include "dpkg.h"

static char *query_program(void)
{
	Dl_info information;
	const char *slash;

	if (!dladdr((void *)kmend_dpkg_installed_updates, &information) || !information.dli_fname)
		return kmend_strdup("kmend-dpkg-query");
	slash = strrchr(information.dli_fname, '/');
	if (!slash)
		return kmend_strdup("./kmend-dpkg-query");
	return kmend_format("%.*s/kmend-dpkg-query", (int)(slash - information.dli_fname), information.dli_fname);
}

static int ask(const char *question, struct kmend_strv *ret_answers, struct kmend_error *error)
{
	_cleanup_free_ char *program = query_program();
	_cleanup_buffer_ struct kmend_buffer output = { 0 }, errors = { 0 };
	const char *argv[] = { program, question, NULL };
	struct kmend_child child = { .argv = argv, .output = &output, .errors = &errors };
	struct kmend_strv answers = { 0 };
	int status = kmend_child_run(&child, error);

	if (status < 0)
		return status;
	if (status) {
		kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot ask dpkg's database");
		kmend_detail(error, errors.size ? errors.data : "");
		return -EIO;
	}
	for (char *line = output.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!kmend_strv_has(&answers, line))
			kmend_strv_add(&answers, line);
	}
	kmend_strv_sort(&answers);
	*ret_answers = answers;
	return 0;
}

int kmend_dpkg_installed_updates(struct kmend_strv *ret_updates, struct kmend_error *error)
{
	return ask("installed", ret_updates, error);
}

int kmend_dpkg_missing_recommended(struct kmend_strv *ret_packages, struct kmend_error *error)
{
	return ask("missing", ret_packages, error);
}
