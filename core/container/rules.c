// SPDX-License-Identifier: GPL-2.0
/* What each field of a manifest may hold. */
#include <ctype.h>
#include <string.h>

#include <kmend/abi.h>

#include "manifest.h"

bool kmend_text_is_utf8(const char *text, size_t size)
{
	const unsigned char *byte = (const unsigned char *)text, *end = byte + size;

	while (byte < end) {
		uint32_t value;
		int more;

		if (*byte < 0x80) {
			if (!*byte++)
				return false;
			continue;
		}
		more = *byte >= 0xf0 ? 3 : *byte >= 0xe0 ? 2 : 1;
		if (*byte < 0xc2 || *byte > 0xf4 || end - byte <= more)
			return false;
		value = *byte & (0x3f >> more);
		for (int i = 1; i <= more; i++) {
			if ((byte[i] & 0xc0) != 0x80)
				return false;
			value = value << 6 | (byte[i] & 0x3f);
		}
		if ((more == 2 && value < 0x800) || (more == 3 && value < 0x10000) || value > 0x10ffff ||
		    (value >= 0xd800 && value < 0xe000))
			return false;
		byte += more + 1;
	}
	return true;
}

static bool has_only(const char *text, size_t size, const char *further)
{
	for (size_t i = 0; i < size; i++)
		if (!(isascii((unsigned char)text[i]) && isalnum((unsigned char)text[i])) && !strchr(further, text[i]))
			return false;
	return true;
}

/* U+0080 to U+009F are control characters, too, and terminals obey them. */
static bool is_control(const char *text, size_t size, size_t at)
{
	return iscntrl((unsigned char)text[at]) ||
	       ((unsigned char)text[at] == 0xc2 && at + 1 < size && (unsigned char)text[at + 1] < 0xa0);
}

bool kmend_text_is_line(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (is_control(text, size, i))
			return false;
	return true;
}

static bool is_paragraph(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (is_control(text, size, i) && text[i] != '\n' && text[i] != '\t')
			return false;
	return true;
}

static bool is_id(const char *text, size_t size)
{
	(void)size;
	return kmend_id_is_valid(text);
}

/* What `uname -r` of a distribution's kernel looks like; it becomes a directory's and a package's name. */
static bool is_release(const char *text, size_t size)
{
	return isalnum((unsigned char)text[0]) && has_only(text, size, ".+~_-");
}

static bool is_version(const char *text, size_t size)
{
	return isalnum((unsigned char)text[0]) && has_only(text, size, ".+~:_-");
}

bool kmend_text_is_unit(const char *text, size_t size)
{
	if (!has_only(text, size, "._+,-/") || text[0] == '/' || text[size - 1] == '/' || strstr(text, "//"))
		return false;
	for (const char *part = text; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (part[0] == '.' && (part[1] == '/' || !part[1] || (part[1] == '.' && (part[2] == '/' || !part[2]))))
			return false;
	}
	return true;
}

bool kmend_text_is_symbol(const char *text, size_t size)
{
	return !isdigit((unsigned char)text[0]) && has_only(text, size, "_.$");
}

bool kmend_text_is_change(const char *text, size_t size)
{
	(void)size;
	return !strcmp(text, "changed") || !strcmp(text, "new") || !strcmp(text, "removed") ||
	       !strcmp(text, "switched");
}

/* As the kernel has modules' names in its list: kbuild makes every '-' an '_'. */
static bool is_target(const char *text, size_t size)
{
	return has_only(text, size, "_");
}

/* What needs a reboot has no container. */
static bool is_verdict(const char *text, size_t size)
{
	(void)size;
	return !strcmp(text, "hotpatch") || !strcmp(text, "hotpatch+hook");
}

static bool is_engine(const char *text, size_t size)
{
	(void)size;
	return !strcmp(text, "stop") || !strcmp(text, "gradual") || !strcmp(text, "stop-or-gradual");
}

/* CVE-YYYY-NNNN with four digits or more (CVE syntax of 2014). */
static bool is_cve(const char *text, size_t size)
{
	if (size < 13 || strncmp(text, "CVE-", 4) || text[8] != '-')
		return false;
	return strspn(text + 4, "0123456789") == 4 && strspn(text + 9, "0123456789") == size - 9;
}

static bool is_erratum(const char *text, size_t size)
{
	return !size || is_id(text, size) || (has_only(text, size, "._+:-") && isalnum((unsigned char)text[0]));
}

#define AT(member) offsetof(struct kmend_manifest, member)

const struct kmend_rule kmend_manifest_rules[] = {
	{ "", "schema", KMEND_RULE_NUMBER, KMEND_RULE_FIXED, 1, 1, NULL, NULL, "1" },
	{ "", "id", KMEND_RULE_TEXT, AT(id), 1, KMEND_MAX_ID - 1, is_id, NULL,
	  "a letter or digit, then letters, digits and . _ + -, at most 63 in all" },
	{ "", "description", KMEND_RULE_TEXT, AT(description), 1, 4096, is_paragraph, NULL,
	  "1 to 4096 bytes of UTF-8 text" },
	{ "kernel", "release", KMEND_RULE_TEXT, AT(release), 1, 64, is_release, NULL,
	  "a kernel release (uname -r): letters, digits and . + ~ _ -, at most 64" },
	{ "kernel", "version", KMEND_RULE_TEXT, AT(version), 1, 128, is_version, NULL,
	  "a package version: letters, digits and . + ~ : _ -, at most 128" },
	{ "kernel", "arch", KMEND_RULE_TEXT, KMEND_RULE_FIXED, 6, 6, NULL, "x86_64", "x86_64" },
	{ "kernel", "compiler", KMEND_RULE_TEXT, AT(compiler), 1, 256, kmend_text_is_line, NULL,
	  "one line of at most 256 bytes" },
	{ "", "abi", KMEND_RULE_NUMBER, KMEND_RULE_FIXED, KMEND_ABI_VERSION, KMEND_ABI_VERSION, NULL, NULL, "1" },
	{ "", "engine", KMEND_RULE_TEXT, AT(engine), 4, 15, is_engine, NULL, "stop, gradual or stop-or-gradual" },
	{ "members", "diff", KMEND_RULE_DIGEST, AT(diff_sha256), 0, 0, NULL, NULL, "64 hexadecimal digits" },
	{ "members", "provenance.json", KMEND_RULE_DIGEST, AT(provenance_sha256), 0, 0, NULL, NULL,
	  "64 hexadecimal digits" },
	{ "members", "verification.json", KMEND_RULE_DIGEST, AT(verification_sha256), 0, 0, NULL, NULL,
	  "64 hexadecimal digits" },
	{ "", "verdict", KMEND_RULE_TEXT, AT(verdict), 8, 13, is_verdict, NULL, "hotpatch or hotpatch+hook" },
	{ "", "reasons", KMEND_RULE_LIST, AT(reasons), 0, 256, kmend_text_is_line, NULL,
	  "at most 256 lines of at most 512 bytes" },
	{ "", "waivers", KMEND_RULE_LIST, AT(waivers), 0, 256, kmend_text_is_line, NULL,
	  "at most 256 lines of at most 512 bytes, left out if there is none", .is_optional = true },
	{ "", "replaces", KMEND_RULE_LIST, AT(replaces), 0, KMEND_MAX_REPLACES, is_id, NULL,
	  "at most 256 ids of other updates, left out if there is none", .is_optional = true },
	{ "", "escapes", KMEND_RULE_FLAG, AT(escapes), 0, 0, NULL, NULL, "true or false" },
	{ "", "cves", KMEND_RULE_LIST, AT(cves), 0, 1024, is_cve, NULL, "at most 1024 times CVE-YEAR-NUMBER" },
	{ "", "erratum", KMEND_RULE_TEXT, AT(erratum), 0, 63, is_erratum, NULL,
	  "empty, or an erratum's id of at most 63 characters" },
	{ "", "created", KMEND_RULE_NUMBER, AT(created), 0, INT64_C(1) << 40, NULL, NULL,
	  "seconds since 1970, not negative" },
	{ NULL },
};

#undef AT
#define AT(member) offsetof(struct kmend_manifest_part, member)

const struct kmend_rule kmend_part_rules[] = {
	{ "parts", "target", KMEND_RULE_TEXT, AT(target), 1, 55, is_target, NULL,
	  "vmlinux, or a module's name: letters, digits and underscores, at most 55" },
	{ "parts", "module_name", KMEND_RULE_TEXT, AT(module_name), 7, 55, kmend_text_is_symbol, NULL,
	  "kmend_ and the id in lower case with everything else as _, at most 55" },
	{ "parts", "module_sha256", KMEND_RULE_DIGEST, AT(module_sha256), 0, 0, NULL, NULL, "64 hexadecimal digits" },
	{ "parts", "module_size", KMEND_RULE_NUMBER, AT(module_size), 1, KMEND_CONTAINER_MAX_MODULE, NULL, NULL,
	  "a number of bytes from 1 to 32 MiB" },
	{ NULL },
};
