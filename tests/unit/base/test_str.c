// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>

#include "core/base/str.h"
#include "tap.h"

static void test_buffer(void)
{
	_cleanup_buffer_ struct kmend_buffer buffer = { 0 };

	for (int i = 0; i < 1000; i++)
		kmend_buffer_addf(&buffer, "%03d ", i);
	tap_ok(buffer.size == 4000 && strlen(buffer.data) == 4000, "a buffer grows, and ends in NUL");
	tap_ok(!memcmp(buffer.data + 3996, "999 ", 4), "its end is what was added last");
	kmend_buffer_add(&buffer, "a\0b", 3);
	tap_ok(buffer.size == 4003 && buffer.data[4002] == 'b', "it holds NULs");
}

static void test_strv(void)
{
	_cleanup_strv_ struct kmend_strv list = { 0 };

	kmend_strv_sort(&list);
	tap_ok(!kmend_strv_has(&list, "a"), "an empty list has nothing");
	kmend_strv_add(&list, "b");
	kmend_strv_addf(&list, "%c", 'a');
	kmend_strv_sort(&list);
	tap_is_str(list.items[0], "a", "a list is sorted");
	tap_ok(list.count == 2 && !list.items[2] && kmend_strv_has(&list, "b"), "and ends in NULL");
}

static void test_array(void)
{
	_cleanup_free_ uint32_t *numbers = NULL;
	size_t count = 0;
	bool good = true;

	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t *last = kmend_array_add(numbers, count);

		good = good && !*last;
		*last = i;
	}
	for (uint32_t i = 0; i < 5000; i++)
		good = good && numbers[i] == i;
	tap_ok(good && count == 5000, "an array grows, each new element zeroed, none lost");
}

static void test_ids(void)
{
	static const struct {
		const char *id;
		bool is_valid;
	} rows[] = {
		{ "CVE-2026-52928", true },
		{ "a", true },
		{ "9.+_-", true },
		{ "", false },
		{ "-a", false },
		{ ".a", false },
		{ "a/b", false },
		{ "a b", false },
		{ "a\nb", false },
		{ "..", false },
		{ "\xc3\xa4", false },
		{ "0123456789012345678901234567890123456789012345678901234567890123", false },
		{ "012345678901234567890123456789012345678901234567890123456789012", true },
	};
	_cleanup_free_ char *name = kmend_module_name("CVE-2026.5+X");

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		tap_ok(kmend_id_is_valid(rows[i].id) == rows[i].is_valid, "id \"%.20s\" of %zu bytes is %s",
		       rows[i].id[0] == 'a' && rows[i].id[1] == '\n' ? "a\\nb" : rows[i].id, strlen(rows[i].id),
		       rows[i].is_valid ? "valid" : "refused");
	tap_is_str(name, "kmend_cve_2026_5_x", "a module's name is made of its id");
}

int main(void)
{
	test_buffer();
	test_strv();
	test_array();
	test_ids();
	tap_ok(kmend_starts_with("abc", "ab") && !kmend_starts_with("a", "ab"), "prefixes");
	tap_ok(kmend_ends_with("abc", "bc") && !kmend_ends_with("c", "bc"), "suffixes");
	return tap_done();
}
