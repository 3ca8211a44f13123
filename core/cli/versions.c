// SPDX-License-Identifier: GPL-2.0
/*
 * The versions of the packages that kmend build makes. Machines take a package only if its version is higher than that of
 * the one they have, so other content has to have a higher one: another list of the same day with as many updates, a shorter
 * one since something was withdrawn, an update whose diff was put right. What the repository holds decides: its file
 * kmend-versions says what each version was made of. The same input into the same repository gives the same version again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/file.h"
#include "building.h"
#include "config.h"

#define VERSIONS_FILE "kmend-versions"
#define VERSIONS_LIMIT (64u << 20)

/* One line: FORMAT PACKAGE VERSION REVISION DIGEST. A revision of 0 is not in the package's version. */
struct line {
	char format[32], package[512], version[128], digest[KMEND_SHA256_HEX];
	unsigned int revision;
};

static bool parse_line(const char *text, struct line *ret_line)
{
	int end = 0;

	return sscanf(text, "%31s %511s %127s %u %64s%n", ret_line->format, ret_line->package, ret_line->version,
		      &ret_line->revision, ret_line->digest, &end) == 5 &&
	       !text[end] && strlen(ret_line->digest) == KMEND_SHA256_HEX - 1 && *ret_line->version >= '0' &&
	       *ret_line->version <= '9';
}

static char *whole_version(const struct line *line)
{
	return line->revision ? kmend_format("%s.%u", line->version, line->revision) : kmend_strdup(line->version);
}

/* The lines but that of our package, which goes to *ret_last (empty: none). */
static int read_lines(const char *path, const struct kmend_build_package *package, struct line *ret_last,
		      struct kmend_strv *ret_others, struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL;
	char *rest = NULL;
	int code;

	*ret_last = (struct line){ 0 };
	if (!kmend_file_exists(path))
		return 0;
	code = kmend_file_read(path, VERSIONS_LIMIT, &text, NULL, error);
	if (code)
		return code;
	for (char *at = strtok_r(text, "\n", &rest); at; at = strtok_r(NULL, "\n", &rest)) {
		struct line line = { 0 };

		if (!parse_line(at, &line)) {
			kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is damaged at '%.80s'", path, at);
			kmend_advise(error,
				     "Take it back from a copy of the repository. Without the file a package may "
				     "get a version that machines have already.");
			return -EBADMSG;
		}
		if (!strcmp(line.format, package->format) && !strcmp(line.package, package->name))
			*ret_last = line;
		else
			kmend_strv_add(ret_others, at);
	}
	return 0;
}

/* Version and revision of what is to be written now, after the last one. */
static void choose(const struct kmend_build_package *package, const char *digest, struct line *line)
{
	_cleanup_free_ char *last = whole_version(line);

	if (*line->version && !strcmp(line->digest, digest))
		return;
	if (!*line->version || kmend_version_compare(package->version, last) > 0) {
		snprintf(line->version, sizeof(line->version), "%s", package->version);
		line->revision = 0;
	} else {
		line->revision++;
	}
}

/* What goes into it, whatever the packager makes of that. */
static void digest_of(const struct kmend_building *building, const struct kmend_build_package *package,
		      char ret_hex[KMEND_SHA256_HEX])
{
	_cleanup_free_ char *text = kmend_format("%s\n%s\n%s", KMEND_VERSION,
						 building->maintainer ? building->maintainer : "", package->content);

	kmend_sha256(text, strlen(text), ret_hex);
}

int kmend_build_version(const struct kmend_building *building, const struct kmend_build_package *package,
			char **ret_version, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(building->output, VERSIONS_FILE);
	_cleanup_strv_ struct kmend_strv others = { 0 };
	char digest[KMEND_SHA256_HEX];
	struct line line;
	int code = read_lines(path, package, &line, &others, error);

	if (code)
		return code;
	digest_of(building, package, digest);
	choose(package, digest, &line);
	*ret_version = whole_version(&line);
	return 0;
}

int kmend_build_version_note(const struct kmend_building *building, const struct kmend_build_package *package,
			     struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(building->output, VERSIONS_FILE);
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	_cleanup_strv_ struct kmend_strv lines = { 0 };
	char digest[KMEND_SHA256_HEX];
	struct line line;
	int code = read_lines(path, package, &line, &lines, error);

	if (code)
		return code;
	digest_of(building, package, digest);
	choose(package, digest, &line);
	kmend_strv_addf(&lines, "%s %s %s %u %s", package->format, package->name, line.version, line.revision, digest);
	kmend_strv_sort(&lines);
	for (size_t i = 0; i < lines.count; i++)
		kmend_buffer_addf(&text, "%s\n", lines.items[i]);
	return kmend_file_write_atomic(path, text.data, text.size, 0644, error);
}
