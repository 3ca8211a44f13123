// SPDX-License-Identifier: GPL-2.0
/* kmend's own list of errata and changes as JSON (kmend-errata(5)): written, and read as untrusted. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "internal.h"

#define SCHEMA 1

int errata_json_parse(const char *text, size_t size, const char *what, struct json_object **ret_root,
		      struct kmend_error *error)
{
	struct json_tokener *tokener = json_tokener_new_ex(64);
	struct json_object *root;
	size_t at;

	if (!tokener)
		kmend_oom();
	if (size > KMEND_ERRATA_MAX_FILE || size > INT_MAX) {
		json_tokener_free(tokener);
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EFBIG, "%s is too large", what);
	}
	root = json_tokener_parse_ex(tokener, text, (int)size);
	at = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (root)
		*ret_root = root;
	return root ? 0
		    : kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL, "%s is no JSON (at byte %zu)", what, at);
}

const char *errata_json_text(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return "";
	return json_object_get_string(member);
}

struct json_object *errata_json_array(struct json_object *object, const char *name, size_t *ret_count)
{
	struct json_object *member;

	*ret_count = 0;
	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_array))
		return NULL;
	*ret_count = json_object_array_length(member);
	return member;
}

static void put_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, text ? json_object_new_string(text) : NULL);
}

static void put_list(struct json_object *object, const char *name, const struct kmend_strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
	json_object_object_add(object, name, array);
}

static struct json_object *erratum_json(const struct kmend_erratum *erratum)
{
	struct json_object *object = json_object_new_object(), *fixes = json_object_new_array();

	put_text(object, "id", erratum->id);
	put_text(object, "title", erratum->title);
	put_text(object, "kind", kmend_erratum_kind_name(erratum->kind));
	put_text(object, "severity", kmend_severity_name(erratum->severity));
	put_list(object, "cves", &erratum->cves);
	for (size_t i = 0; i < erratum->nr_fixes; i++) {
		struct json_object *fix = json_object_new_object();

		put_text(fix, "package", erratum->fixes[i].package);
		put_text(fix, "version", erratum->fixes[i].version);
		put_text(fix, "suite", erratum->fixes[i].suite);
		put_text(fix, "arch", erratum->fixes[i].arch);
		json_object_array_add(fixes, fix);
	}
	json_object_object_add(object, "fixes", fixes);
	json_object_object_add(object, "reboot", json_object_new_boolean(erratum->reboot));
	json_object_object_add(object, "issued", json_object_new_int64(erratum->issued));
	put_list(object, "references", &erratum->references);
	return object;
}

static struct json_object *change_json(const struct kmend_piece *change)
{
	struct json_object *object = json_object_new_object();

	put_text(object, "id", change->id);
	put_text(object, "subject", change->subject);
	put_text(object, "erratum", change->erratum);
	put_list(object, "cves", &change->cves);
	put_list(object, "also", &change->also);
	put_list(object, "files", &change->files);
	put_list(object, "depends", &change->depends);
	put_text(object, "evidence", kmend_evidence_name(change->evidence));
	put_text(object, "origin", change->origin);
	put_text(object, "diff", change->diff);
	put_text(object, "verdict", kmend_change_verdict_name(change->verdict));
	put_list(object, "reasons", &change->reasons);
	put_list(object, "functions", &change->functions);
	put_text(object, "package", change->package);
	return object;
}

char *kmend_errata_format(const struct kmend_errata *errata)
{
	_cleanup_json_ struct json_object *root = json_object_new_object();
	struct json_object *items = json_object_new_array(), *changes = json_object_new_array();
	const char *text;

	json_object_object_add(root, "schema", json_object_new_int(SCHEMA));
	put_text(root, "release", errata->release);
	put_text(root, "version", errata->version);
	put_text(root, "to", errata->to);
	put_text(root, "to_release", errata->to_release);
	for (size_t i = 0; i < errata->count; i++)
		json_object_array_add(items, erratum_json(&errata->items[i]));
	for (size_t i = 0; i < errata->nr_changes; i++)
		json_object_array_add(changes, change_json(&errata->changes[i]));
	json_object_object_add(root, "errata", items);
	json_object_object_add(root, "changes", changes);
	text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		kmend_oom();
	return kmend_format("%s\n", text);
}

/* Reading: the first wrong value ends it, and its place is told. */
struct parser {
	struct kmend_error *error;
	int code;
};

static void bad(struct parser *parser, const char *field, const char *wanted)
{
	if (!parser->code)
		parser->code = kmend_fail(parser->error, KMEND_STATUS_BAD_MANIFEST, -EINVAL,
					  "the list of errata: '%s' has to be %s", field, wanted);
}

/* Text of one line: what is read here is printed. */
static bool is_line(const char *text)
{
	if (strlen(text) > MAX_TEXT)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static const char *take_text(struct parser *parser, struct json_object *object, const char *name)
{
	const char *text = errata_json_text(object, name);

	if (is_line(text))
		return text;
	bad(parser, name, "one line of text");
	return "";
}

static void take_strv(struct parser *parser, struct json_object *object, const char *name, struct kmend_strv *list)
{
	size_t count;
	struct json_object *array = errata_json_array(object, name, &count);

	if (count > MAX_LIST)
		bad(parser, name, "a shorter list");
	for (size_t i = 0; i < count && !parser->code; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		const char *text = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL;

		if (!text || !is_line(text))
			bad(parser, name, "a list of lines of text");
		else
			kmend_strv_add(list, text);
	}
}

/* CVEs end up in names of files and packages, so they are what they say. */
static void take_cves(struct parser *parser, struct json_object *object, struct kmend_strv *list)
{
	take_strv(parser, object, "cves", list);
	for (size_t i = 0; i < list->count; i++)
		if (!kmend_cve_is_valid(list->items[i]))
			bad(parser, "cves", "a list of CVE names");
}

/* A word out of `count`; the first one if there is none. */
static unsigned int take_word(struct parser *parser, struct json_object *object, const char *name, unsigned int count,
			      const char *(*name_of)(unsigned int number))
{
	const char *text = errata_json_text(object, name);

	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(text, name_of(i)))
			return i;
	if (*text)
		bad(parser, name, "one of the words that kmend-errata(5) lists");
	return 0;
}

static const char *kind_name(unsigned int number)
{
	return kmend_erratum_kind_name(number);
}
static const char *severity_name(unsigned int number)
{
	return kmend_severity_name(number);
}
static const char *verdict_name(unsigned int number)
{
	return kmend_change_verdict_name(number);
}
static const char *evidence_name(unsigned int number)
{
	return kmend_evidence_name(number);
}

static void parse_fixes(struct parser *parser, struct json_object *object, struct kmend_erratum *erratum)
{
	size_t count;
	struct json_object *array = errata_json_array(object, "fixes", &count);

	if (count > MAX_LIST)
		bad(parser, "fixes", "a shorter list");
	for (size_t i = 0; i < count && !parser->code; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		struct kmend_erratum_fix *fix = kmend_erratum_add_fix(erratum, take_text(parser, item, "package"),
								      take_text(parser, item, "version"));

		kmend_errata_set(&fix->suite, take_text(parser, item, "suite"));
		kmend_errata_set(&fix->arch, take_text(parser, item, "arch"));
	}
}

static void parse_erratum(struct parser *parser, struct json_object *object, struct kmend_errata *errata)
{
	struct kmend_erratum *erratum = kmend_errata_add(errata, take_text(parser, object, "id"));
	struct json_object *member;

	if (!*erratum->id)
		bad(parser, "id", "there");
	kmend_errata_set(&erratum->title, take_text(parser, object, "title"));
	erratum->kind = take_word(parser, object, "kind", KMEND_ERRATUM_ENHANCEMENT + 1, kind_name);
	erratum->severity = take_word(parser, object, "severity", KMEND_SEVERITY_CRITICAL + 1, severity_name);
	take_cves(parser, object, &erratum->cves);
	parse_fixes(parser, object, erratum);
	erratum->reboot = json_object_object_get_ex(object, "reboot", &member) && json_object_get_boolean(member);
	erratum->issued = json_object_object_get_ex(object, "issued", &member) ? json_object_get_int64(member) : 0;
	take_strv(parser, object, "references", &erratum->references);
}

/* Paths of a plan lie below its directory. */
static bool is_inside(const char *path)
{
	return *path != '/' && !strstr(path, "..");
}

static void parse_change(struct parser *parser, struct json_object *object, struct kmend_errata *errata)
{
	struct kmend_piece *change = kmend_errata_add_change(errata, take_text(parser, object, "id"));

	if (!kmend_id_is_valid(change->id))
		bad(parser, "id", "an update's id");
	kmend_errata_set(&change->subject, take_text(parser, object, "subject"));
	kmend_errata_set(&change->erratum, take_text(parser, object, "erratum"));
	take_cves(parser, object, &change->cves);
	take_strv(parser, object, "also", &change->also);
	take_strv(parser, object, "files", &change->files);
	take_strv(parser, object, "depends", &change->depends);
	for (size_t i = 0; i < change->depends.count; i++)
		if (!kmend_id_is_valid(change->depends.items[i]))
			bad(parser, "depends", "a list of updates' ids");
	change->evidence = take_word(parser, object, "evidence", KMEND_NR_EVIDENCES, evidence_name);
	kmend_errata_set(&change->origin, take_text(parser, object, "origin"));
	kmend_errata_set(&change->diff, take_text(parser, object, "diff"));
	if (!is_inside(change->diff))
		bad(parser, "diff", "a path below the plan's directory");
	change->verdict = take_word(parser, object, "verdict", KMEND_NR_CHANGE_VERDICTS, verdict_name);
	take_strv(parser, object, "reasons", &change->reasons);
	take_strv(parser, object, "functions", &change->functions);
	kmend_errata_set(&change->package, take_text(parser, object, "package"));
}

static void parse_head(struct parser *parser, struct json_object *root, struct kmend_errata *errata)
{
	const struct {
		const char *name;
		char **text;
	} heads[] = {
		{ "release", &errata->release },
		{ "version", &errata->version },
		{ "to", &errata->to },
		{ "to_release", &errata->to_release },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(heads); i++) {
		const char *text = take_text(parser, root, heads[i].name);

		if (*text)
			*heads[i].text = kmend_strdup(text);
	}
}

static void parse_root(struct parser *parser, struct json_object *root, struct kmend_errata *errata)
{
	struct json_object *schema, *array;
	size_t count;

	if (!json_object_is_type(root, json_type_object) || !json_object_object_get_ex(root, "schema", &schema) ||
	    json_object_get_int(schema) != SCHEMA) {
		bad(parser, "schema", "1");
		return;
	}
	parse_head(parser, root, errata);
	array = errata_json_array(root, "errata", &count);
	if (count > MAX_ERRATA)
		bad(parser, "errata", "a shorter list");
	for (size_t i = 0; i < count && !parser->code; i++)
		parse_erratum(parser, json_object_array_get_idx(array, i), errata);
	array = errata_json_array(root, "changes", &count);
	if (count > MAX_CHANGES)
		bad(parser, "changes", "a shorter list");
	for (size_t i = 0; i < count && !parser->code; i++)
		parse_change(parser, json_object_array_get_idx(array, i), errata);
}

int kmend_errata_parse(const char *text, size_t size, struct kmend_errata *ret_errata, struct kmend_error *error)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	_cleanup_json_ struct json_object *root = NULL;
	struct parser parser = { .error = error };

	parser.code = errata_json_parse(text, size, "the list of errata", &root, error);
	if (!parser.code)
		parse_root(&parser, root, &errata);
	if (parser.code)
		return parser.code;
	errata_tame(&errata);
	*ret_errata = errata;
	errata = (struct kmend_errata){ 0 };
	return 0;
}
