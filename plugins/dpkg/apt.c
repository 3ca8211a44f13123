// SPDX-License-Identifier: GPL-2.0
/* apt-cache and apt-get as children; apt itself checks the index's signature and the download's digests. */
#include "apt.h"

#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../../core/base/child.h"

static const char *const environment[] = { "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", NULL };

void kmend_apt_package_free(struct kmend_apt_package *package)
{
	if (!package)
		return;
	free(package->name);
	free(package->version);
	free(package->architecture);
	free(package->depends);
	free(package->sha256);
	free(package);
}

void kmend_apt_free(struct kmend_apt *apt)
{
	kmend_strv_free(&apt->options);
}

/* Value of a field that starts a line of a stanza, without continuation lines. New memory; NULL if there is none. */
static char *stanza_field(const char *text, size_t size, const char *name)
{
	size_t length = strlen(name);
	const char *end = text + size;

	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', end - line);

		if (!stop)
			stop = end;
		if ((size_t)(stop - line) > length + 1 && !strncmp(line, name, length) && line[length] == ':') {
			const char *value = line + length + 1;

			while (value < stop && *value == ' ')
				value++;
			return kmend_strndup(value, stop - value);
		}
		line = stop + 1;
	}
	return NULL;
}

struct kmend_apt_package *kmend_apt_parse_stanza(const char *text, size_t size)
{
	struct kmend_apt_package *package = kmend_calloc(1, sizeof(*package));
	_cleanup_free_ char *bytes = stanza_field(text, size, "Size");

	package->name = stanza_field(text, size, "Package");
	package->version = stanza_field(text, size, "Version");
	package->architecture = stanza_field(text, size, "Architecture");
	package->depends = stanza_field(text, size, "Depends");
	package->sha256 = stanza_field(text, size, "SHA256");
	package->size = bytes ? strtoull(bytes, NULL, 10) : 0;
	if (!package->depends)
		package->depends = kmend_strdup("");
	/* What is only installed (dpkg's status) has no digest, and cannot be downloaded. */
	if (package->name && package->version && package->architecture && package->sha256 &&
	    strlen(package->sha256) == KMEND_SHA256_HEX - 1 && package->size)
		return package;
	kmend_apt_package_free(package);
	return NULL;
}

/* Run apt-cache or apt-get. Returns its exit status or a negative errno. */
static int run_apt(const struct kmend_apt *apt, const struct kmend_child *how, const char *program,
		   const char *const *arguments, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv words = { 0 };
	struct kmend_child child = *how;

	kmend_strv_add(&words, program);
	for (size_t i = 0; i < apt->options.count; i++)
		kmend_strv_add(&words, apt->options.items[i]);
	for (size_t i = 0; arguments[i]; i++)
		kmend_strv_add(&words, arguments[i]);
	child.argv = (const char *const *)words.items;
	child.environment = environment;
	return kmend_child_run(&child, error);
}

int kmend_apt_find(struct kmend_apt *apt, const char *name, const char *version, struct kmend_apt_package **ret_package,
		   struct kmend_error *error)
{
	_cleanup_free_ char *wanted = version ? kmend_format("%s=%s", name, version) : kmend_strdup(name);
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .output = &output };
	int status = run_apt(apt, &child, "apt-cache", (const char *const[]){ "show", wanted, NULL }, error);

	if (status < 0)
		return status;
	/* An unknown name is not told apart from other troubles by the exit status, so only the answer counts. */
	for (const char *stanza = output.data; stanza && *stanza;) {
		const char *end = strstr(stanza, "\n\n");
		size_t size = end ? (size_t)(end - stanza) : strlen(stanza);
		struct kmend_apt_package *package = kmend_apt_parse_stanza(stanza, size);

		if (package && !strcmp(package->name, name) && (!version || !strcmp(package->version, version))) {
			*ret_package = package;
			return 0;
		}
		kmend_apt_package_free(package);
		stanza = end ? end + 2 : NULL;
	}
	return -ENOENT;
}

int kmend_apt_names(struct kmend_apt *apt, const char *prefix, struct kmend_strv *ret_names, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .output = &output };
	int status = run_apt(apt, &child, "apt-cache", (const char *const[]){ "pkgnames", prefix, NULL }, error);
	char *rest = NULL;

	if (status < 0)
		return status;
	for (char *name = output.data ? strtok_r(output.data, "\n", &rest) : NULL; name;
	     name = strtok_r(NULL, "\n", &rest))
		kmend_strv_add(ret_names, name);
	kmend_strv_sort(ret_names);
	return 0;
}

int kmend_apt_newest(struct kmend_apt *apt, const struct kmend_strv *names, struct kmend_strv *ret_versions,
		     struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .output = &output };
	_cleanup_strv_ struct kmend_strv words = { 0 };
	int status;

	kmend_strv_add(&words, "show");
	kmend_strv_add(&words, "--no-all-versions");
	for (size_t i = 0; i < names->count; i++)
		kmend_strv_add(&words, names->items[i]);
	status = run_apt(apt, &child, "apt-cache", (const char *const *)words.items, error);
	if (status < 0)
		return status;
	for (const char *stanza = output.data; stanza && *stanza;) {
		const char *end = strstr(stanza, "\n\n");
		struct kmend_apt_package *package =
			kmend_apt_parse_stanza(stanza, end ? (size_t)(end - stanza) : strlen(stanza));

		if (package)
			kmend_strv_addf(ret_versions, "%s %s", package->name, package->version);
		kmend_apt_package_free(package);
		stanza = end ? end + 2 : NULL;
	}
	return 0;
}

static void use_private_lists(struct kmend_apt *apt, const char *directory)
{
	kmend_strv_free(&apt->options);
	kmend_strv_addf(&apt->options, "-oDir::State=%s/state", directory);
	kmend_strv_addf(&apt->options, "-oDir::State::lists=%s/state/lists", directory);
	kmend_strv_add(&apt->options, "-oDir::State::status=/var/lib/dpkg/status");
	kmend_strv_addf(&apt->options, "-oDir::Cache=%s/cache", directory);
	kmend_strv_addf(&apt->options, "-oDir::Cache::archives=%s/cache/archives", directory);
	apt->is_private = true;
}

int kmend_apt_update(struct kmend_apt *apt, struct kmend_progress *progress, struct kmend_error *error)
{
	static const char *const parts[] = { "state/lists/partial", "cache/archives/partial" };
	_cleanup_free_ char *directory = kmend_path(apt->cache, "apt");
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	struct kmend_child child = { .output = &words, .errors = &words };
	int status;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(parts); i++) {
		_cleanup_free_ char *part = kmend_path(directory, parts[i]);

		status = kmend_mkdir_parents(part, 0755, error);
		if (status)
			return status;
	}
	kmend_step_update(progress, "fetching package lists", 0, 0);
	use_private_lists(apt, directory);
	status = run_apt(apt, &child, "apt-get", (const char *const[]){ "-q", "update", NULL }, error);
	if (status < 0)
		return status;
	apt->is_fresh = true;
	/* One failing source among several is no matter: what counts is whether the package is then found. */
	if (status == 0)
		return 0;
	kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "apt could not fetch the package lists");
	kmend_detail(error, words.data ? words.data : "");
	kmend_advise(error, "Check the machine's package sources and its network.");
	return -EIO;
}

static char *package_path(const struct kmend_apt *apt, const struct kmend_apt_package *package)
{
	return kmend_format("%s/debs/%s_%s_%s.deb", apt->cache, package->name, package->version, package->architecture);
}

char *kmend_apt_cached(const struct kmend_apt *apt, const struct kmend_apt_package *package)
{
	_cleanup_free_ char *path = package_path(apt, package);
	char digest[KMEND_SHA256_HEX];

	if (!kmend_file_exists(path) || kmend_sha256_file(path, digest, NULL) || strcmp(digest, package->sha256))
		return NULL;
	return kmend_steal(path);
}

struct download {
	struct kmend_progress *progress;
	const struct kmend_apt_package *package;
	const char *directory;
};

/* apt writes into the directory (or partial/ in it) as it goes: the largest file there is the download. */
static void show_download(void *context)
{
	const struct download *download = context;
	_cleanup_free_ char *text = NULL;
	_cleanup_closedir_ DIR *directory = opendir(download->directory);
	struct dirent *entry;
	off_t have = 0;

	while (directory && (entry = readdir(directory))) {
		struct stat status;

		if (!fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(status.st_mode) && status.st_size > have)
			have = status.st_size;
	}
	text = kmend_format("downloading %s: %.1f of %.1f MB", download->package->name, have / 1e6,
			    download->package->size / 1e6);
	kmend_step_update(download->progress, text, 0, 0);
}

/* The one .deb in a directory, whatever apt called it (it escapes colons). */
static char *find_deb(const char *path)
{
	_cleanup_closedir_ DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (kmend_ends_with(entry->d_name, ".deb"))
			return kmend_path(path, entry->d_name);
	return NULL;
}

static int download_into(struct kmend_apt *apt, const struct kmend_apt_package *package, const char *directory,
			 struct kmend_progress *progress, char **ret_path, struct kmend_error *error)
{
	_cleanup_free_ char *wanted = kmend_format("%s=%s", package->name, package->version);
	_cleanup_free_ char *deb = NULL, *path = package_path(apt, package);
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	struct download download = { progress, package, directory };
	struct kmend_child child = {
		.directory = directory, .errors = &words, .tick = show_download, .tick_context = &download
	};
	char digest[KMEND_SHA256_HEX];
	int status;

	show_download(&download);
	status = run_apt(apt, &child, "apt-get", (const char *const[]){ "-q", "download", wanted, NULL }, error);
	if (status < 0)
		return status;
	deb = find_deb(directory);
	if (status || !deb) {
		kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "apt could not download %s", wanted);
		kmend_detail(error, words.data ? words.data : "");
		kmend_advise(error, "Check the network, or give the materials with --source and --headers.");
		return -EIO;
	}
	status = kmend_sha256_file(deb, digest, error);
	if (status)
		return status;
	if (strcmp(digest, package->sha256))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EBADMSG,
				  "%s has not the digest that the package index says (%s)", wanted, package->sha256);
	status = kmend_put_in_place(deb, path, error);
	if (!status)
		*ret_path = kmend_steal(path);
	return status;
}

int kmend_apt_download(struct kmend_apt *apt, const struct kmend_apt_package *package, struct kmend_progress *progress,
		       char **ret_path, struct kmend_error *error)
{
	_cleanup_free_ char *debs = kmend_path(apt->cache, "debs");
	_cleanup_free_ char *directory = kmend_format("%s/.%s.%d", debs, package->name, getpid());
	int status = kmend_mkdir_parents(directory, 0755, error);

	if (status)
		return status;
	status = download_into(apt, package, directory, progress, ret_path, error);
	kmend_remove_tree(directory, NULL);
	return status;
}
