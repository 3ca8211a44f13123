// SPDX-License-Identifier: GPL-2.0
/* A manifest written and read again; every kind of bad value refused, with the field's name. */
#include <json-c/json.h>

#include "core/container/container.h"
#include "sample.h"
#include "tap.h"

#define NAME "\"module_name\":\""
#define SIZE "\"module_size\":"

/* One change to the text of a good manifest: the first `from` becomes `to`; the message must hold `field`. */
static const struct {
	const char *name, *from, *to, *field;
} rows[] = {
	{ "schema of the future", "\"schema\":1", "\"schema\":2", "'schema'" },
	{ "schema as text", "\"schema\":1", "\"schema\":\"1\"", "'schema'" },
	{ "missing field", "\"abi\":1,", "", "'abi' is missing" },
	{ "unknown field", "\"abi\":1,", "\"abi\":1,\"hooks\":[],", "'hooks' is not known" },
	{ "unknown field with control characters", "\"abi\":1,", "\"abi\":1,\"a\\u001b[2J\":[],",
	  "'a?[2J' is not known" },
	{ "unknown field below", "\"arch\":", "\"also\":1,\"arch\":", "'kernel.also'" },
	{ "empty id", "\"id\":\"CVE-1\"", "\"id\":\"\"", "'id'" },
	{ "id that climbs", "\"id\":\"CVE-1\"", "\"id\":\"../../x\"", "'id'" },
	{ "id with newline", "\"id\":\"CVE-1\"", "\"id\":\"a\\nb\"", "'id'" },
	{ "id with NUL", "\"id\":\"CVE-1\"", "\"id\":\"CVE-1\\u0000x\"", "'id'" },
	{ "id too long", "\"id\":\"CVE-1\"",
	  "\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "'id'" },
	{ "id as object", "\"id\":\"CVE-1\"", "\"id\":{}", "'id'" },
	{ "id null", "\"id\":\"CVE-1\"", "\"id\":null", "'id'" },
	{ "description not UTF-8", "AF_UNIX:", "AF\xff\xfe:", "'description'" },
	{ "description with overlong form", "AF_UNIX:", "AF\xc0\xaf:", "'description'" },
	{ "description with surrogate", "AF_UNIX:", "AF\xed\xa0\x80:", "'description'" },
	{ "description with escape", "AF_UNIX:", "\\u001b[31m", "'description'" },
	{ "release that climbs", "\"release\":\"6.1.0", "\"release\":\"../6.1.0", "'kernel.release'" },
	{ "release with a slash", "\"release\":\"6.1.0", "\"release\":\"6/1.0", "'kernel.release'" },
	{ "version with a blank", "\"version\":\"6.1.176-1\"", "\"version\":\"6.1 176\"", "'kernel.version'" },
	{ "other architecture", "\"arch\":\"x86_64\"", "\"arch\":\"ia64ff\"", "'kernel.arch'" },
	{ "compiler of two lines", "\"compiler\":\"gcc", "\"compiler\":\"gcc\\n", "'kernel.compiler'" },
	{ "other engine", "\"engine\":\"stop\"", "\"engine\":\"best\"", "'engine'" },
	{ "replaces what is no id", "\"engine\":", "\"replaces\":[\"a b\"],\"engine\":", "'replaces'" },
	{ "module that climbs", NAME "kmend_cve_1\"", NAME "../kmend_cve_1\"", "'parts.module_name'" },
	{ "module of another id", NAME "kmend_cve_1\"", NAME "kmend_cve_2\"", "'parts.module_name'" },
	{ "module of another target", NAME "kmend_cve_1__ext4\"", NAME "kmend_cve_1__ext5\"", "'parts.module_name'" },
	{ "module's name as list", NAME "kmend_cve_1\"", "\"module_name\":[]", "'parts.module_name'" },
	{ "negative size", SIZE "3000", SIZE "-1", "'parts.module_size'" },
	{ "huge size", SIZE "3000", SIZE "99999999999999999999999999", "'parts.module_size'" },
	{ "too much in all", SIZE "3000", SIZE "33554000", "'parts.module_size'" },
	{ "size as a fraction", SIZE "3000", SIZE "3000.5", "'parts.module_size'" },
	{ "size as text", SIZE "3000", SIZE "\"3000\"", "'parts.module_size'" },
	{ "no part", "\"parts\":[{", "\"parts\":[],\"other\":[{", "'other'" },
	{ "parts as object", "\"parts\":[{", "\"parts\":{},\"other\":[{", "'other'" },
	{ "part with more", "\"target\":\"ext4\"", "\"x\":1,\"target\":\"ext4\"", "'parts.x'" },
	{ "target that climbs", "\"target\":\"ext4\"", "\"target\":\"../x\"", "'parts.target'" },
	{ "target with a dash", "\"target\":\"ext4\"", "\"target\":\"ext-4\"", "'parts.target'" },
	{ "target twice", "\"target\":\"ext4\",", "\"target\":\"vmlinux\",", "'parts.target'" },
	{ "digest of a part", "\"module_sha256\":\"0", "\"module_sha256\":\"g", "'parts.module_sha256'" },
	{ "functions of another target", "\"name\":\"ext4\"", "\"name\":\"ext3\"", "'targets.name'" },
	{ "short digest", "\"diff\":\"0000", "\"diff\":\"", "'members.diff'" },
	{ "digest in capitals", "\"diff\":\"0000", "\"diff\":\"000A", "'members.diff'" },
	{ "other verdict", "\"verdict\":\"hotpatch\"", "\"verdict\":\"rebooted\"", "'verdict'" },
	{ "waiver with a newline", "\"escapes\":false", "\"waivers\":[\"a=\\nb\"],\"escapes\":false", "'waivers'" },
	{ "waivers as text", "\"escapes\":false", "\"waivers\":\"a=b\",\"escapes\":false", "'waivers'" },
	{ "escapes as number", "\"escapes\":false", "\"escapes\":0", "'escapes'" },
	{ "cve without number", "\"CVE-2026-52928\"", "\"CVE-2026-x2928\"", "'cves'" },
	{ "cve as number", "\"CVE-2026-52928\"", "7", "'cves'" },
	{ "cves as text", "[\"CVE-2026-52928\"]", "\"CVE-2026-52928\"", "'cves'" },
	{ "time before 1970", "\"created\":0", "\"created\":-5", "'created'" },
	{ "no target", "\"targets\":[{", "\"targets\":[],\"other\":[{", "'other'" },
	{ "kernel as list", "\"kernel\":{", "\"kernel\":[],\"other\":{", "'other'" },
	{ "other target", "\"name\":\"vmlinux\"", "\"name\":\"nftable\"", "'targets.name'" },
	{ "unit that climbs", "[\"net/unix/af_unix.c\"]", "[\"net/../../af_unix.c\"]", "'targets.units'" },
	{ "absolute unit", "[\"net/unix/af_unix.c\"]", "[\"/net/unix/af_unix.c\"]", "'targets.units'" },
	{ "unit with newline", "\"unit\":\"net", "\"unit\":\"\\nnet", "'targets.functions.unit'" },
	{ "function with a blank", "\"name\":\"unix_ioctl\"", "\"name\":\"unix ioctl\"", "'targets.functions.name'" },
	{ "unknown change", "\"change\":\"changed\"", "\"change\":\"better\"", "'targets.functions.change'" },
	{ "base with a path as id", "\"id\":\"BASE-1\"", "\"id\":\"../1\"", "'bases.id'" },
	{ "itself as base", "\"id\":\"BASE-1\"", "\"id\":\"CVE-1\"", "'bases.id'" },
	{ "base with a short digest", "\"digest\":\"aa", "\"digest\":\"a", "'bases.digest'" },
	{ "base with capitals", "\"digest\":\"a", "\"digest\":\"A", "'bases.digest'" },
	{ "base with an unknown field", "\"id\":\"BASE-1\"", "\"id\":\"BASE-1\",\"x\":1", "'bases.x'" },
	{ "base that is a text", "\"bases\":[{", "\"bases\":[\"x\",{", "'bases'" },
	{ "deep nesting", "\"reasons\":[]", "\"reasons\":[[[[[[[[[[[[[[]]]]]]]]]]]]]]", "not JSON" },
	{ "comment", "\"abi\":1,", "/* hi */\"abi\":1,", "not JSON" },
};

static char *good_text(void)
{
	struct kmend_container *container = sample_container("CVE-1");
	_cleanup_free_ char *pretty = NULL;
	char *flat;
	struct kmend_manifest_base *base;
	struct json_object *root;

	container->manifest->created = 0;
	base = kmend_array_add(container->manifest->bases, container->manifest->nr_bases);
	base->id = kmend_strdup("BASE-1");
	memset(base->digest, 'a', KMEND_SHA256_HEX - 1);
	sample_add_part(container, "ext4");
	container->manifest->parts[0].module_name = kmend_strdup("kmend_cve_1");
	container->manifest->parts[1].module_name = kmend_strdup("kmend_cve_1__ext4");
	container->manifest->engine = kmend_strdup("stop");
	container->manifest->verdict = kmend_strdup("hotpatch");
	for (size_t i = 0; i < container->manifest->nr_parts; i++) {
		container->manifest->parts[i].module_size = container->modules[i].size;
		memset(container->manifest->parts[i].module_sha256, '0', 64);
	}
	memset(container->manifest->diff_sha256, '0', 64);
	memset(container->manifest->provenance_sha256, '0', 64);
	memset(container->manifest->verification_sha256, '0', 64);
	pretty = kmend_manifest_format(container->manifest);
	root = json_tokener_parse(pretty);
	flat = kmend_strdup(
		json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	kmend_container_free(container);
	return flat;
}

static void test_row(const char *good, size_t i)
{
	const char *place = strstr(good, rows[i].from);
	_cleanup_free_ char *text = NULL;
	_cleanup_manifest_ struct kmend_manifest *manifest = NULL;
	struct kmend_error error = { 0 };
	int code;

	if (!place) {
		ok(false, "%s: '%s' is in the manifest", rows[i].name, rows[i].from);
		return;
	}
	text = kmend_format("%.*s%s%s", (int)(place - good), good, rows[i].to, place + strlen(rows[i].from));
	code = kmend_manifest_parse(text, strlen(text), &manifest, &error);
	if (!ok(code < 0 && !manifest && error.status == KMEND_STATUS_BAD_MANIFEST &&
			strstr(error.message, rows[i].field),
		"refused: %s", rows[i].name))
		diag("%s", error.message);
}

static void test_round_trip(const char *good)
{
	_cleanup_manifest_ struct kmend_manifest *manifest = NULL, *again = NULL;
	_cleanup_free_ char *text = NULL, *second = NULL;
	struct kmend_error error = { 0 };

	if (!ok(!kmend_manifest_parse(good, strlen(good), &manifest, &error), "a good manifest is read")) {
		diag("%s", error.message);
		return;
	}
	is(manifest->id, "CVE-1", "id");
	is(manifest->functions[0].name, "unix_ioctl", "function");
	is(manifest->bases[0].id, "BASE-1", "base");
	text = kmend_manifest_format(manifest);
	ok(!kmend_manifest_parse(text, strlen(text), &again, &error), "and written, and read");
	second = kmend_manifest_format(again);
	is(second, text, "to the same text");
}

static void test_cut(const char *good)
{
	size_t size = strlen(good), refused = 0;

	for (size_t i = 0; i < size; i++) {
		_cleanup_manifest_ struct kmend_manifest *manifest = NULL;

		refused += kmend_manifest_parse(good, i, &manifest, NULL) < 0;
	}
	ok(refused == size, "cut off after any byte: refused (%zu of %zu)", refused, size);
}

static void test_trailing(const char *good)
{
	_cleanup_free_ char *text = kmend_format("%s {}", good), *blank = kmend_format("%s \n", good);
	_cleanup_manifest_ struct kmend_manifest *manifest = NULL;

	ok(kmend_manifest_parse(text, strlen(text), &manifest, NULL) < 0, "refused: something behind the end");
	ok(kmend_manifest_parse(blank, strlen(blank) + 1, &manifest, NULL) < 0, "refused: NUL behind the end");
	ok(!kmend_manifest_parse(blank, strlen(blank), &manifest, NULL), "a final newline is no harm");
}

int main(void)
{
	_cleanup_free_ char *good = good_text();

	test_round_trip(good);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		test_row(good, i);
	test_cut(good);
	test_trailing(good);
	return done_testing();
}
