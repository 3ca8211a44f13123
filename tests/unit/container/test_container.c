// SPDX-License-Identifier: GPL-2.0
/* A container written and read again; truncation, alteration, missing, further and exchanged members refused. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>

#include "core/container/container.h"
#include "sample.h"
#include "tap.h"

static char *directory;

static char *write_sample(const char *name, size_t *ret_size)
{
	_cleanup_container_ struct kmend_container *container = sample_container("CVE-2026-52928");
	_cleanup_free_ char *path = kmend_path(directory, name);
	struct kmend_error error = { 0 };
	char *data = NULL;

	if (kmend_container_write(path, container, &error) < 0 ||
	    kmend_file_read(path, 1 << 20, &data, ret_size, &error) < 0) {
		diag("%s", error.message);
		exit(1);
	}
	return data;
}

static enum kmend_status parse_status(const void *data, size_t size, struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	int code;

	memset(error, 0, sizeof(*error));
	code = kmend_container_parse("x.kmend", data, size, &container, error);
	return code < 0 ? error->status : KMEND_STATUS_OK;
}

static void test_round_trip(void)
{
	_cleanup_container_ struct kmend_container *sample = sample_container("CVE-2026-52928"), *read = NULL;
	_cleanup_free_ char *path = kmend_path(directory, "b.kmend"), *first = NULL, *second = NULL;
	size_t first_size, second_size;

	first = write_sample("a.kmend", &first_size);
	second = write_sample("b.kmend", &second_size);
	ok(first_size == second_size && !memcmp(first, second, first_size), "the same input gives the same bytes");
	ok(!kmend_container_read(path, &read, NULL), "it is read again");
	ok(read && read->modules[0].size == sample->modules[0].size &&
		   !memcmp(read->modules[0].data, sample->modules[0].data, read->modules[0].size),
	   "the module is the same");
	is(read->diff, sample->diff, "so is the diff");
	is(read->manifest->parts[0].module_name, "kmend_cve_2026_52928", "the module's name");
}

static void test_parts(void)
{
	_cleanup_container_ struct kmend_container *sample = sample_container("CVE-1"), *read = NULL;
	_cleanup_free_ char *path = kmend_path(directory, "parts.kmend");
	struct kmend_error error = { 0 };

	sample_add_part(sample, "nf_tables");
	sample_add_part(sample, "ext4");
	if (!ok(!kmend_container_write(path, sample, &error) && !kmend_container_read(path, &read, &error),
		"several parts are written and read: %s", error.message))
		return;
	ok(read->manifest->nr_parts == 3 && read->modules[1].size == 1000 &&
		   !memcmp(read->modules[2].data, sample->modules[2].data, 1000),
	   "each with its module");
	is(read->manifest->parts[1].module_name, "kmend_cve_1__nf_tables", "a part's module is named for its target");
	is(read->manifest->parts[2].units.items[0], "net/ext4.c", "units by target");
	ok(read->manifest->nr_functions == 3 && read->manifest->functions[2].part == 2, "functions by target");
}

/* What tells updates apart does not count what was found out about them. */
static void test_digest(void)
{
	_cleanup_free_ char *path = kmend_path(directory, "digest.kmend");
	_cleanup_container_ struct kmend_container *sample = sample_container("CVE-1");
	char first[KMEND_SHA256_HEX] = "", second[KMEND_SHA256_HEX] = "", third[KMEND_SHA256_HEX] = "";
	struct kmend_error error = { 0 };

	ok(!kmend_container_write(path, sample, &error) && !kmend_container_digest(path, first, &error), "a digest");
	free(sample->verification);
	sample->verification = kmend_strdup("{\"schema\":1}\n");
	ok(!kmend_container_write(path, sample, &error) && !kmend_container_digest(path, second, &error),
	   "of the same, verified");
	is(second, first, "is the same");
	sample->modules[0].data[0] ^= 1;
	ok(!kmend_container_write(path, sample, &error) && !kmend_container_digest(path, third, &error) &&
		   strcmp(third, first),
	   "of another module, another");
	ok(kmend_container_digest("/nowhere", third, &error) < 0, "of none, none");
}

static void test_damage(void)
{
	_cleanup_free_ char *data = NULL, *longer = NULL;
	size_t size, good = 0;
	struct kmend_error error;

	data = write_sample("c.kmend", &size);
	for (size_t i = 0; i < size; i++)
		good += parse_status(data, i, &error) == KMEND_STATUS_DAMAGED;
	ok(good == size, "cut off after any byte: DAMAGED (%zu of %zu)", good, size);
	good = 0;
	for (size_t i = 0; i < size; i++) {
		data[i] ^= 0x10;
		good += parse_status(data, size, &error) != KMEND_STATUS_OK;
		data[i] ^= 0x10;
	}
	ok(good == size, "any byte altered: refused (%zu of %zu)", good, size);
	longer = kmend_calloc(1, size + 64);
	memcpy(longer, data, size);
	ok(parse_status(longer, size + 64, &error) == KMEND_STATUS_DAMAGED, "something appended: DAMAGED");
	ok(parse_status("", 0, &error) == KMEND_STATUS_DAMAGED, "empty: DAMAGED");
	ok(parse_status(longer + size, 64, &error) == KMEND_STATUS_DAMAGED, "zeros: DAMAGED");
}

/* An archive built by hand: `recipe` has one letter per member, see letters[]. */
static const struct {
	char letter;
	const char *path;
	int type;
	const char *text; /* NULL: what the sample has there */
} letters[] = {
	{ 'm', "manifest.json", AE_IFREG, NULL },
	{ 'd', "diff", AE_IFREG, NULL },
	{ 'k', "modules/kmend_cve_2026_52928.ko", AE_IFREG, NULL },
	{ 'p', "provenance.json", AE_IFREG, NULL },
	{ 'v', "verification.json", AE_IFREG, "{}\n" },
	{ 'V', "verification.json", AE_IFREG, "{ }\n" },
	{ 'x', "extra", AE_IFREG, "x" },
	{ 'u', "../../etc/passwd", AE_IFREG, "x" },
	{ 'a', "/modules/kmend_cve_2026_52928.ko", AE_IFREG, "x" },
	{ 'l', "modules/kmend_cve_2026_52928.ko", AE_IFLNK, "" },
	{ 'f', "modules/kmend_cve_2026_52928.ko", AE_IFIFO, "" },
	{ 'D', "diff", AE_IFREG, "altered" },
	{ 'K', "modules/kmend_cve_2026_52928.ko", AE_IFREG, "altered" },
	{ 'P', "provenance.json", AE_IFREG, "{}" },
	{ 'M', "manifest.json", AE_IFREG, "{\"schema\": 1}" },
	{ 'E', "manifest.json", AE_IFREG, "" },
};

static const struct {
	const char *name, *recipe;
	enum kmend_status status;
} recipes[] = {
	{ "as it should be", "mdkpv", KMEND_STATUS_OK },
	{ "no provenance", "mdkv", KMEND_STATUS_DAMAGED },
	{ "no module", "mdpv", KMEND_STATUS_DAMAGED },
	{ "no manifest", "dkpv", KMEND_STATUS_DAMAGED },
	{ "manifest not first", "dmkpv", KMEND_STATUS_DAMAGED },
	{ "extra member last", "mdkpvx", KMEND_STATUS_DAMAGED },
	{ "extra member between", "mxdkpv", KMEND_STATUS_DAMAGED },
	{ "duplicate manifest", "mmdkpv", KMEND_STATUS_DAMAGED },
	{ "duplicate at the end", "mdkppv", KMEND_STATUS_DAMAGED },
	{ "member that climbs", "mdupv", KMEND_STATUS_DAMAGED },
	{ "absolute member", "mdapv", KMEND_STATUS_DAMAGED },
	{ "module is a link", "mdlpv", KMEND_STATUS_DAMAGED },
	{ "module is a pipe", "mdfpv", KMEND_STATUS_DAMAGED },
	{ "altered diff", "mDkpv", KMEND_STATUS_DAMAGED },
	{ "altered module", "mdKpv", KMEND_STATUS_DAMAGED },
	{ "altered provenance", "mdkPv", KMEND_STATUS_DAMAGED },
	{ "no verification", "mdkp", KMEND_STATUS_DAMAGED },
	{ "altered verification", "mdkpV", KMEND_STATUS_DAMAGED },
	{ "manifest with a field only", "Mdkpv", KMEND_STATUS_BAD_MANIFEST },
	{ "empty manifest", "Edkpv", KMEND_STATUS_BAD_MANIFEST },
	{ "nothing at all", "", KMEND_STATUS_DAMAGED },
};

static void add_letter(struct archive *archive, char letter, const struct kmend_container *sample, const char *manifest)
{
	struct archive_entry *entry = archive_entry_new();
	const char *data;
	size_t size, i = 0;

	while (letters[i].letter != letter)
		i++;
	data = letters[i].text;
	size = data ? strlen(data) : 0;
	if (letter == 'k') {
		data = sample->modules[0].data;
		size = sample->modules[0].size;
	} else if (!data) {
		data = letter == 'm' ? manifest : letter == 'd' ? sample->diff : sample->provenance;
		size = strlen(data);
	}
	archive_entry_set_pathname(entry, letters[i].path);
	archive_entry_set_filetype(entry, letters[i].type);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, size);
	if (letters[i].type == AE_IFLNK)
		archive_entry_set_symlink(entry, "/etc/passwd");
	archive_write_header(archive, entry);
	archive_write_data(archive, data, size);
	archive_entry_free(entry);
}

static void test_recipe(size_t row, const char *format, int (*set_format)(struct archive *),
			int (*add_filter)(struct archive *), enum kmend_status expected)
{
	_cleanup_container_ struct kmend_container *sample = sample_container("CVE-2026-52928");
	_cleanup_free_ char *path = kmend_path(directory, "d.kmend"), *manifest = NULL, *data = NULL;
	struct archive *archive = archive_write_new();
	struct kmend_error error = { 0 };
	size_t size;
	enum kmend_status got;

	kmend_container_write(path, sample, NULL); /* fills in digests */
	manifest = kmend_manifest_format(sample->manifest);
	set_format(archive);
	add_filter(archive);
	archive_write_set_bytes_in_last_block(archive, 1);
	archive_write_open_filename(archive, path);
	for (const char *letter = recipes[row].recipe; *letter; letter++)
		add_letter(archive, *letter, sample, manifest);
	archive_write_free(archive);
	if (kmend_file_read(path, 1 << 20, &data, &size, &error) < 0)
		exit(1);
	got = parse_status(data, size, &error);
	if (!ok(got == expected, "%s, %s: %s", format, recipes[row].name, kmend_status_name(expected)))
		diag("%s: %s", kmend_status_name(got), error.message);
}

static void test_bomb(void)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	_cleanup_free_ char *path = kmend_path(directory, "bomb.kmend"), *zeros = kmend_calloc(1, 1 << 20);
	struct kmend_error error = { 0 };
	_cleanup_container_ struct kmend_container *container = NULL;

	archive_write_set_format_ustar(archive);
	archive_write_add_filter_xz(archive);
	archive_write_set_filter_option(archive, "xz", "compression-level", "0");
	archive_write_open_filename(archive, path);
	archive_entry_set_pathname(entry, "manifest.json");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, 80 << 20);
	archive_write_header(archive, entry);
	for (int i = 0; i < 80; i++)
		archive_write_data(archive, zeros, 1 << 20);
	archive_entry_free(entry);
	archive_write_free(archive);
	ok(kmend_container_read(path, &container, &error) < 0 && error.status == KMEND_STATUS_DAMAGED &&
		   strstr(error.message, "unpacks to more"),
	   "80 MiB of zeros in a small file: DAMAGED");
}

static void test_write_failures(void)
{
	_cleanup_container_ struct kmend_container *sample = sample_container("CVE-2026-52928");
	_cleanup_free_ char *missing = kmend_path(directory, "no/such/x.kmend"),
			    *path = kmend_path(directory, "e.kmend");
	struct kmend_error error = { 0 };

	ok(kmend_container_write(missing, sample, &error) < 0 && error.status == KMEND_STATUS_FAILURE,
	   "no such directory: a failure");
	free(sample->manifest->description);
	sample->manifest->description = kmend_strdup("\xff");
	ok(kmend_container_write(path, sample, &error) < 0 && error.status == KMEND_STATUS_BAD_MANIFEST,
	   "a description that is not UTF-8 is refused on writing: %s", error.message);
	ok(!kmend_file_exists(path), "and leaves nothing");
	ok(kmend_container_read(path, &sample, &error) == -ENOENT, "a container that is not there");
}

int main(void)
{
	if (kmend_temporary_directory("kmend-test", &directory, NULL) < 0)
		return 1;
	test_round_trip();
	test_parts();
	test_digest();
	test_damage();
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(recipes); i++)
		test_recipe(i, "ustar+xz", archive_write_set_format_ustar, archive_write_add_filter_xz,
			    recipes[i].status);
	test_recipe(0, "not compressed", archive_write_set_format_ustar, archive_write_add_filter_none,
		    KMEND_STATUS_DAMAGED);
	test_recipe(0, "gzip", archive_write_set_format_ustar, archive_write_add_filter_gzip, KMEND_STATUS_DAMAGED);
	test_recipe(0, "cpio", archive_write_set_format_cpio, archive_write_add_filter_xz, KMEND_STATUS_DAMAGED);
	test_bomb();
	test_write_failures();
	kmend_remove_tree(directory, NULL);
	free(directory);
	return done_testing();
}
