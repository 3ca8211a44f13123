// SPDX-License-Identifier: GPL-2.0
/* A dnf repository of hotpatch packages: createrepo_c, an advisory for each, the signature of the metadata. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../core/base/child.h"
#include "../../core/base/file.h"
#include "rpm.h"
#include "updateinfo.h"

static int run(const char *const *argv, const char *directory, const char *advice, struct kmend_error *error)
{
	static const char *const environment[] = { "LC_ALL=C.UTF-8", "TZ=UTC", NULL };
	struct kmend_child child = { .argv = argv, .directory = directory, .environment = environment };
	int code = kmend_child_check(&child, error);

	if (code == -ENOENT)
		kmend_advise(error, "%s", advice);
	return code;
}

static int sign(const struct kmend_repository_request *request, struct kmend_error *error)
{
	const char *argv[] = { "gpg",
			       "--batch",
			       "--yes",
			       "--local-user",
			       request->key,
			       "--armor",
			       "--detach-sign",
			       "--output",
			       "repodata/repomd.xml.asc",
			       "repodata/repomd.xml",
			       NULL };

	return run(argv, request->directory, "Install gpg.", error);
}

/* modifyrepo_c writes the time of day into what it adds: the repository's own instead, so the same input gives the same bytes. */
static int set_times(const struct kmend_repository_request *request, struct kmend_error *error)
{
	static const char begin[] = "<timestamp>";
	_cleanup_free_ char *path = kmend_path(request->directory, "repodata/repomd.xml"), *old = NULL;
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	const char *from, *at;
	int code = kmend_file_read(path, 1u << 20, &old, NULL, error);

	if (code)
		return code;
	for (from = old; (at = strstr(from, begin)); from = at + strspn(at, "0123456789")) {
		at += strlen(begin);
		kmend_buffer_add(&text, from, at - from);
		kmend_buffer_addf(&text, "%lld", (long long)request->time);
	}
	kmend_buffer_addf(&text, "%s", from);
	return kmend_file_write_atomic(path, text.data, text.size, 0644, error);
}

int kmend_rpm_write_repository(const struct kmend_repository_request *request, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(request->directory, ".updateinfo.xml");
	_cleanup_free_ char *signature = kmend_path(request->directory, "repodata/repomd.xml.asc");
	_cleanup_free_ char *revision = kmend_format("--revision=%lld", (long long)request->time);
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	const char *create[] = {
		"createrepo_c", "--quiet", "--no-database", revision, "--set-timestamp-to-revision", ".", NULL
	};
	const char *modify[] = {
		"modifyrepo_c", "--mdtype=updateinfo", "--new-name=updateinfo.xml", ".updateinfo.xml", "repodata", NULL
	};
	int code = kmend_updateinfo_write(request->directory, request->origin, request->errata, &text, error);

	/* Nobody may take an old signature for the new metadata's. */
	unlink(signature);
	if (!code)
		code = run(create, request->directory, "Install createrepo_c.", error);
	if (!code)
		code = kmend_file_write_atomic(path, text.data, text.size, 0644, error);
	if (!code)
		code = run(modify, request->directory, "Install createrepo_c.", error);
	unlink(path);
	if (!code)
		code = set_times(request, error);
	if (!code && request->key)
		code = sign(request, error);
	return code;
}
