// SPDX-License-Identifier: GPL-2.0
/*
 * Debian builds its real-time kernels from the ordinary source and the patches in debian/patches-rt of the source
 * package. No binary package has those, so the archive of debian/ is fetched by apt-get source.
 */
#include "realtime.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../../core/base/child.h"

#define SERIES_LIMIT (1 << 20)

static const char *const environment[] = { "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", NULL };

bool kmend_dpkg_is_realtime(const char *release)
{
	return strstr(release, "-rt-") != NULL;
}

void kmend_dpkg_series_read(const char *text, struct kmend_strv *ret_names)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t skipped = strspn(line, " \t"), length = strcspn(line + skipped, " \t\n#");

		if (length)
			kmend_strv_addf(ret_names, "%.*s", (int)length, line + skipped);
	}
}

/* Run a command, its words kept for the error. */
static int run(const char *const *argv, const char *directory, struct kmend_buffer *output, const char *what,
	       struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	struct kmend_child child = { .argv = argv,
				     .environment = environment,
				     .directory = directory,
				     .output = output ? output : &words,
				     .errors = &words };
	int status = kmend_child_run(&child, error);

	if (status <= 0)
		return status;
	kmend_fail(error, KMEND_STATUS_NO_KERNEL, -EIO, "%s", what);
	kmend_detail(error, words.data ? words.data : "");
	kmend_advise(error, "Check the machine's package sources and its network, or give the source with --source.");
	return -EIO;
}

static void add_apt(struct kmend_strv *words, const struct kmend_strv *options)
{
	kmend_strv_add(words, "apt-get");
	for (size_t i = 0; i < options->count; i++)
		kmend_strv_add(words, options->items[i]);
}

/* Lists of source packages, below `temporary`, of the archives that the machine's own sources name. */
static int make_lists(const struct kmend_strv *apt_options, const char *temporary, struct kmend_strv *ret_options,
		      struct kmend_error *error)
{
	static const char *const parts[] = { "state/lists/partial", "cache/archives/partial" };
	_cleanup_free_ char *list = kmend_path(temporary, "sources.list");
	_cleanup_buffer_ struct kmend_buffer sources = { 0 };
	_cleanup_strv_ struct kmend_strv words = { 0 };
	_cleanup_strv_ struct kmend_strv targets = { 0 };
	int code;

	add_apt(&targets, apt_options);
	kmend_strv_add(&targets, "indextargets");
	kmend_strv_add(&targets, "--format");
	kmend_strv_add(&targets, "deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)");
	kmend_strv_add(&targets, "Created-By: Packages");
	kmend_strv_add(&targets, "Origin: Debian");
	code = run((const char *const *)targets.items, NULL, &sources,
		   "apt cannot say what this machine's package sources are", error);

	if (!code && !sources.size) {
		kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT,
			   "this machine's package lists are empty, so there are no sources to fetch");
		kmend_advise(error, "Run 'apt-get update' first, or give the source with --source.");
		return -ENOENT;
	}
	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(parts); i++) {
		_cleanup_free_ char *part = kmend_path(temporary, parts[i]);

		code = kmend_mkdir_parents(part, 0755, error);
	}
	if (!code)
		code = kmend_file_write_atomic(list, sources.data, sources.size, 0644, error);
	if (code)
		return code;
	kmend_strv_addf(ret_options, "-oDir::State=%s/state", temporary);
	kmend_strv_addf(ret_options, "-oDir::State::lists=%s/state/lists", temporary);
	kmend_strv_add(ret_options, "-oDir::State::status=/var/lib/dpkg/status");
	kmend_strv_addf(ret_options, "-oDir::Cache=%s/cache", temporary);
	kmend_strv_addf(ret_options, "-oDir::Etc::sourcelist=%s", list);
	kmend_strv_add(ret_options, "-oDir::Etc::sourceparts=/dev/null");
	add_apt(&words, ret_options);
	kmend_strv_add(&words, "-q");
	kmend_strv_add(&words, "update");
	return run((const char *const *)words.items, NULL, NULL, "apt could not fetch the lists of source packages",
		   error);
}

/* The one archive of debian/ that apt-get source left in a directory. New memory, or NULL. */
static char *find_archive(const char *path)
{
	_cleanup_closedir_ DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strstr(entry->d_name, ".debian.tar."))
			return kmend_path(path, entry->d_name);
	return NULL;
}

/* apt verifies what it fetches against the archive's signed index. */
static int fetch(const struct kmend_strv *options, const char *version, const char *temporary, char **ret_archive,
		 struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv words = { 0 };
	int code;

	add_apt(&words, options);
	kmend_strv_add(&words, "-q");
	kmend_strv_add(&words, "source");
	kmend_strv_add(&words, "--download-only");
	kmend_strv_add(&words, "--diff-only");
	kmend_strv_addf(&words, "linux=%s", version);
	code = run((const char *const *)words.items, temporary, NULL,
		   "the package sources do not have the source package of this kernel", error);
	if (code)
		return code;
	*ret_archive = find_archive(temporary);
	return *ret_archive ? 0
			    : kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT, "linux %s has no debian/", version);
}

static int apply(const char *source, const char *patches, struct kmend_error *error)
{
	_cleanup_free_ char *series = kmend_path(patches, "series"), *text = NULL;
	_cleanup_strv_ struct kmend_strv names = { 0 };
	int code = 0;

	if (!kmend_file_exists(series))
		return 0;
	code = kmend_file_read(series, SERIES_LIMIT, &text, NULL, error);
	if (code)
		return code;
	kmend_dpkg_series_read(text, &names);
	for (size_t i = 0; !code && i < names.count; i++) {
		_cleanup_free_ char *patch = kmend_path(patches, names.items[i]);
		_cleanup_free_ char *what =
			kmend_format("the patch %s does not fit the kernel's source", names.items[i]);

		code = run((const char *const[]){ "patch", "-p1", "-s", "-f", "--no-backup-if-mismatch", "-d", source,
						  "-i", patch, NULL },
			   NULL, NULL, what, error);
	}
	return code;
}

int kmend_dpkg_realtime_patch(const struct kmend_strv *apt_options, const char *version, const char *source,
			      const char *temporary, struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_free_ char *patches = kmend_path(temporary, "debian/patches-rt"), *archive = NULL;
	_cleanup_strv_ struct kmend_strv options = { 0 };
	int code;

	kmend_step_update(progress, "fetching the real-time patches", 0, 0);
	code = make_lists(apt_options, temporary, &options, error);
	if (!code)
		code = fetch(&options, version, temporary, &archive, error);
	if (!code)
		code = run((const char *const[]){ "tar", "--extract", "--directory", temporary, "--file", archive,
						  "debian", NULL },
			   NULL, NULL, "the source package's debian/ cannot be unpacked", error);
	return code ? code : apply(source, patches, error);
}
