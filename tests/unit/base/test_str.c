// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include <kmend/abi.h>

#include "core/base/str.h"
#include "tap.h"

static void test_buffer(void)
{
	_cleanup_buffer_ struct kmend_buffer buffer = { 0 };

	kmend_buffer_add(&buffer, "", 0);
	tap_is_str(buffer.data, "", "adding nothing makes an empty text");
	for (int i = 0; i < 1000; i++)
		kmend_buffer_addf(&buffer, "%03d,", i);
	tap_is_int(buffer.size, 4000, "a buffer grows");
	tap_ok(!strncmp(buffer.data, "000,001,", 8) && !strcmp(buffer.data + 3992, "998,999,"), "and keeps its bytes");
	kmend_buffer_add(&buffer, "a\0b", 3);
	tap_ok(buffer.size == 4003 && !memcmp(buffer.data + 4000, "a\0b", 4), "it holds any byte, and ends with a NUL");
	kmend_buffer_free(&buffer);
	tap_ok(!buffer.data && !buffer.size, "freeing empties it");
}

static void test_tame(void)
{
	char text[] = "a\x1b[31m\tb\n\xc3\xa4 \xc2\x9b!\xff\xe2\x82 \x7f.", json[] = "\x1b\xe2\x82\xac\xed\xa0\x80",
	     cut[] = "x\xc3";

	kmend_text_tame(text);
	tap_is_str(text, "a [31m b \xc3\xa4   !???  .", "text is tamed: no control characters, only UTF-8");
	kmend_text_repair(json);
	tap_is_str(json, "\x1b\xe2\x82\xac???", "text is repaired: only UTF-8");
	kmend_text_tame(cut);
	tap_is_str(cut, "x?", "also where it is cut");
}

static void test_array(void)
{
	struct {
		int number, zero;
	} *array = NULL;
	size_t count = 0;
	bool zeroed = true, kept = true;

	for (int i = 0; i < 100; i++) {
		typeof(array) one = kmend_array_add(array, count);

		zeroed &= !one->number && !one->zero;
		one->number = i;
	}
	for (int round = 0; round < 3; round++) {
		count = 33; /* lowered: the room must still be what the count says */
		while (count < 80) {
			size_t at = count;
			typeof(array) one = kmend_array_add(array, count);

			zeroed &= !one->number;
			one->number = at;
		}
	}
	for (int i = 0; i < 80; i++)
		kept &= array[i].number == i;
	tap_ok(zeroed, "new elements are zeroed");
	tap_ok(kept, "old ones stay, also when the count was lowered");
	free(array);
}

static void test_strv(void)
{
	_cleanup_strv_ struct kmend_strv list = { 0 };

	kmend_strv_sort(&list);
	tap_ok(!kmend_strv_has(&list, "b"), "an empty list has nothing");
	kmend_strv_add(&list, "b");
	kmend_strv_addf(&list, "%c%d", 'a', 1);
	tap_ok(list.count == 2 && !list.items[2], "a list ends with NULL");
	kmend_strv_sort(&list);
	tap_is_str(list.items[0], "a1", "it can be sorted");
	tap_ok(kmend_strv_has(&list, "b") && !kmend_strv_has(&list, "c"), "and searched");
}

static void test_affixes(void)
{
	tap_ok(kmend_starts_with("abc", "ab") && kmend_starts_with("abc", "") && !kmend_starts_with("a", "ab"),
	       "prefixes");
	tap_ok(kmend_ends_with("abc", "bc") && kmend_ends_with("abc", "") && !kmend_ends_with("c", "bc"), "suffixes");
}

static void test_ids(void)
{
	static const char *const good[] = { "CVE-2026-52928", "a", "9", "x+y.z_1-2" };
	static const char *const bad[] = { "", "-a", ".a", "../a", "a/b", "a b", "a\n", "\xc3\xa4", "a%s" };
	char id[KMEND_MAX_ID + 1];

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(good); i++)
		tap_ok(kmend_id_is_valid(good[i]), "%s is an id", good[i]);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(bad); i++)
		tap_ok(!kmend_id_is_valid(bad[i]), "wrong id %zu is none", i);
	memset(id, 'a', sizeof(id));
	id[KMEND_MAX_ID] = '\0';
	tap_ok(!kmend_id_is_valid(id), "an id of %d characters is too long", KMEND_MAX_ID);
	id[KMEND_MAX_ID - 1] = '\0';
	tap_ok(kmend_id_is_valid(id), "one less is not");
}

static void test_part_names(void)
{
	static const char id[] = "a-long-id-of-an-update-with-forty-characters";
	_cleanup_free_ char *first = kmend_part_name("CVE-1", 0, "ext4"), *second = kmend_part_name("CVE-1", 1, "ext4");
	_cleanup_free_ char *one = kmend_part_name(id, 1, "snd_hda_codec"),
			    *other = kmend_part_name(id, 2, "snd_hda_core");

	tap_is_str(first, "kmend_cve_1", "the first part's module is the update's");
	tap_is_str(second, "kmend_cve_1__ext4", "the others' tell their target");
	tap_ok(strlen(one) == KMEND_MODULE_NAME_MAX && strcmp(one, other), "cut, they still differ");
}

static void test_module_names(void)
{
	_cleanup_free_ char *name = kmend_module_name("CVE-2026+1.x");
	_cleanup_free_ char *longest = NULL, *other = NULL, *brim = NULL;
	char id[KMEND_MAX_ID] = "";

	tap_is_str(name, "kmend_cve_2026_1_x", "a module's name is made of its id");
	memset(id, 'a', 49);
	brim = kmend_module_name(id);
	tap_ok(strlen(brim) == KMEND_MODULE_NAME_MAX && !strcmp(brim + 6, id), "the longest that fits is kept whole");
	memset(id, 'a', sizeof(id) - 1);
	longest = kmend_module_name(id);
	id[sizeof(id) - 2] = 'b';
	other = kmend_module_name(id);
	tap_is_int(strlen(longest), KMEND_MODULE_NAME_MAX, "a longer one is cut to what the kernel takes");
	tap_is_int(strlen(other), KMEND_MODULE_NAME_MAX, "always");
	tap_ok(strcmp(longest, other), "and still differs from that of another id");
}

static void test_json_ascii(void)
{
	static const struct {
		const char *text, *ascii, *name;
	} cases[] = {
		{ "", "", "nothing" },
		{ "{\"a\":1}", "{\"a\":1}", "ASCII stays" },
		{ "\"\xc3\xa4\xe2\x82\xac\"", "\"\\u00e4\\u20ac\"", "two and three bytes" },
		{ "\xf0\x9f\x98\x80", "\\ud83d\\ude00", "four" },
		{ "\xff\xc3", "\xff\xc3", "no UTF-8 stays" },
		{ "\xe2\x82", "\xe2\x82", "cut off" },
		{ "\xc0\x80\xed\xa0\x80", "\xc0\x80\xed\xa0\x80", "neither longer forms nor surrogates are made good" },
		{ "\\\xc3\xa4", "\\\xc3\xa4", "nothing that is escaped" },
		{ "\\\\\xc3\xa4", "\\\\\\u00e4", "but what follows a backslash" },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(cases); i++) {
		size_t size;
		_cleanup_free_ char *ascii = kmend_json_ascii(cases[i].text, strlen(cases[i].text), &size);

		tap_is_str(ascii, cases[i].ascii, cases[i].name);
		tap_is_int(size, strlen(cases[i].ascii), "its size");
	}
}

int main(void)
{
	test_json_ascii();
	test_buffer();
	test_tame();
	test_array();
	test_strv();
	test_affixes();
	test_ids();
	test_module_names();
	test_part_names();
	return tap_done();
}
