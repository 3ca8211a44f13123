// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/record/format.h"
#include "tap.h"

#define GOOD                                                                                                                 \
	"{\"schema\":1,\"id\":\"X-1\",\"release\":\"6.1.0-50-amd64\",\"version\":\"6.1.176-1\","                             \
	"\"modules\":[\"kmend_x_1\"],\"digest\":\"ab\",\"boot_id\":\"boot\",\"package\":\"p\",\"files\":\"12@7.000000001\"," \
	"\"state\":\"applied\",\"refusal\":null,\"blockers\":[],\"attempts\":1,\"pause_ns\":5,\"updated\":7}"

static int parse(const char *text)
{
	struct kmend_record *record = NULL;
	int code = kmend_record_parse(text, strlen(text), &record, NULL);

	kmend_record_free(record);
	return code;
}

/* GOOD with one piece of text exchanged. */
static int parse_with(const char *old, const char *new)
{
	const char *at = strstr(GOOD, old);
	_cleanup_free_ char *text = kmend_format("%.*s%s%s", (int)(at - GOOD), GOOD, new, at + strlen(old));

	return parse(text);
}

static const struct bad_row {
	const char *name, *old, *new;
} bad_rows[] = {
	{ "another schema", "\"schema\":1", "\"schema\":2" },
	{ "no schema", "\"schema\":1,", "" },
	{ "a schema of another type", "\"schema\":1", "\"schema\":\"1\"" },
	{ "an id that leaves its directory", "X-1", "../X" },
	{ "an empty id", "X-1", "" },
	{ "an id that is a number", "\"X-1\"", "1" },
	{ "a release with a slash", "6.1.0-50-amd64", "../../x" },
	{ "no boot id", "\"boot_id\":\"boot\",", "" },
	{ "a NUL in a text", "boot\"", "bo\\u0000ot\"" },
	{ "an unknown state", "applied", "molten" },
	{ "no state", "\"state\":\"applied\",", "" },
	{ "a refusal that is a text", "null", "\"busy\"" },
	{ "a refusal without a name", "null", "{\"detail\":\"\"}" },
	{ "blockers that are no list", "[]", "{}" },
	{ "a blocker that is no object", "[]", "[1]" },
	{ "a negative pid", "[]", "[{\"pid\":-1,\"comm\":\"\",\"function\":\"\"}]" },
	{ "a negative count", "\"attempts\":1", "\"attempts\":-1" },
	{ "a count out of range", "\"attempts\":1", "\"attempts\":4294967296" },
	{ "a broken number", "\"pause_ns\":5", "\"pause_ns\":5.5" },
	{ "text behind the end", "7}", "7} x" },
	{ "cut off", "\"updated\":7}", "" },
	{ "comments", "\"id\"", "/* */ \"id\"" },
};

static void test_parse(void)
{
	_cleanup_free_ char *deep = kmend_calloc(1, 5000);

	ok(parse(GOOD) == 0, "a good record is accepted");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(bad_rows); i++)
		ok(parse_with(bad_rows[i].old, bad_rows[i].new) == -EBADMSG, "refused: %s", bad_rows[i].name);
	memset(deep, '[', 4999);
	ok(parse(deep) == -EBADMSG, "refused: deep nesting");
	ok(parse("") == -EBADMSG, "refused: nothing");
}

static struct kmend_record *sample(void)
{
	struct kmend_record *record = NULL;

	kmend_record_parse(GOOD, strlen(GOOD), &record, NULL);
	free(record->refusal);
	record->refusal = kmend_strdup("busy: 2 tasks inside: a");
	kmend_strv_add(&record->blockers, "12 sleeper eventfd_read");
	kmend_strv_add(&record->blockers, "0 swapper/1 eventfd_read");
	return record;
}

static void test_files(const char *directory)
{
	struct kmend_record *record = sample(), *read = NULL;
	_cleanup_strv_ struct kmend_strv ids = { 0 };
	_cleanup_free_ char *path = kmend_path(directory, "X-1.json"), *other = kmend_path(directory, "Y.json");
	_cleanup_free_ char *broken = kmend_path(directory, "X-1.json.broken");
	struct kmend_error error = { 0 };
	struct stat status;

	ok(kmend_record_read(directory, "X-1", &read, &error) == -ENOENT, "no directory yet: no record");
	ok(kmend_record_list(directory, &ids, &error) == 0 && ids.count == 0, "no directory yet: an empty list");
	ok(kmend_record_write(directory, record, &error) == 0, "written, the directory made");
	ok(kmend_record_read(directory, "X-1", &read, &error) == 0, "read again");
	is(read->id, "X-1", "id");
	is(read->refusal, record->refusal, "refusal");
	ok(read->blockers.count == 2, "blockers");
	is(read->blockers.items[1], "0 swapper/1 eventfd_read", "an idle task");
	ok(read->state == KMEND_RECORD_APPLIED && read->pause_ns == 5 && read->attempts == 1 && read->updated == 7,
	   "numbers");
	kmend_record_free(read);
	ok(kmend_record_list(directory, &ids, &error) == 0 && ids.count == 1, "listed");

	kmend_file_copy(path, other, 0644, NULL);
	ok(kmend_record_read(directory, "Y", &read, &error) == -ENOENT, "a record under another's name is no record");
	ok(kmend_file_write_atomic(path, "{\"schema\":1", 11, 0644, NULL) == 0 &&
		   kmend_record_read(directory, "X-1", &read, &error) == -ENOENT,
	   "a damaged record reads as none");
	ok(strstr(error.message, "damaged") && kmend_file_exists(broken) && !kmend_file_exists(path),
	   "it is set aside and said so");
	ok(kmend_record_read(directory, "../X", &read, &error) == -ENOENT, "an id with a slash is looked up nowhere");
	ok(kmend_record_write(directory, record, &error) == 0 && stat(path, &status) == 0 &&
		   (status.st_mode & 0777) == 0644,
	   "written anew, for all to read");
	kmend_record_free(record);
}

int main(void)
{
	_cleanup_free_ char *base = NULL, *directory = NULL;

	test_parse();
	if (kmend_temporary_directory("kmend-test-record", &base, NULL))
		return 1;
	directory = kmend_path(base, "lib/record");
	test_files(directory);
	kmend_remove_tree(base, NULL);
	return done_testing();
}
