// SPDX-License-Identifier: GPL-2.0
/* A manifest from JSON text that nobody vouches for: every field there, none unknown, each value checked. */
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include <kmend/abi.h>

#include "manifest.h"

#define JSON_DEPTH 8 /* the deepest legal value lies at 5 */
#define BASES_MAX 64
#define LIST_ITEM_MAX 512 /* bytes of one item of a list, of a unit, of a function's name */

static void json_guard(struct json_object **object)
{
	json_object_put(*object);
}

static void tokener_guard(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* The name of a field comes from the input when it is an unknown one: show no control characters. */
static int bad_field(struct kmend_error *error, const char *object, const char *name, const char *what)
{
	char shown[80];
	size_t i;

	for (i = 0; i < sizeof(shown) - 1 && name[i]; i++)
		shown[i] = (unsigned char)name[i] < ' ' || (unsigned char)name[i] > '~' ? '?' : name[i];
	shown[i] = '\0';
	return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EBADMSG, "manifest field '%s%s%s' %s", object,
			  *object ? "." : "", shown, what);
}

static int bad_value(struct kmend_error *error, const char *object, const char *name, const char *allowed)
{
	_cleanup_free_ char *what = kmend_format("holds a value that is not allowed; allowed: %s", allowed);

	return bad_field(error, object, name, what);
}

struct text_rule {
	int64_t least, most;
	bool (*is_legal)(const char *text, size_t size);
};

/* The string, if it is one and legal, else NULL. */
static const char *legal_text(struct json_object *value, const struct text_rule *rule)
{
	const char *text = json_object_get_string(value);
	int size = json_object_get_string_len(value);

	if (!json_object_is_type(value, json_type_string) || size < rule->least || size > rule->most)
		return NULL;
	if (!kmend_text_is_utf8(text, size) || (rule->is_legal && !rule->is_legal(text, size)))
		return NULL;
	return text;
}

static int parse_list(struct json_object *value, int64_t most, const struct text_rule *rule, const char *object,
		      const char *name, const char *allowed, struct kmend_strv *list, struct kmend_error *error)
{
	if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) > most)
		return bad_value(error, object, name, allowed);
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		const char *text = legal_text(json_object_array_get_idx(value, i), rule);

		if (!text)
			return bad_value(error, object, name, allowed);
		kmend_strv_add(list, text);
	}
	return 0;
}

static bool is_digest(const char *text, size_t size)
{
	return size == KMEND_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == size;
}

/* @base: the manifest, or the part whose rule it is. */
static int parse_value(const struct kmend_rule *rule, struct json_object *value, void *base, struct kmend_error *error)
{
	void *place = rule->place == KMEND_RULE_FIXED ? NULL : (char *)base + rule->place;
	struct text_rule text_rule = { rule->least, rule->most, rule->is_legal };
	const char *text;
	int64_t number;

	switch (rule->kind) {
	case KMEND_RULE_DIGEST:
		text_rule = (struct text_rule){ KMEND_SHA256_HEX - 1, KMEND_SHA256_HEX - 1, is_digest };
		text = legal_text(value, &text_rule);
		if (!text)
			break;
		memcpy(place, text, KMEND_SHA256_HEX);
		return 0;
	case KMEND_RULE_TEXT:
		text = legal_text(value, &text_rule);
		if (!text || (rule->fixed && strcmp(text, rule->fixed)))
			break;
		if (place)
			*(char **)place = kmend_strdup(text);
		return 0;
	case KMEND_RULE_NUMBER:
		/* json-c cuts integers that do not fit at the ends of int64_t, which lie outside every rule. */
		number = json_object_get_int64(value);
		if (!json_object_is_type(value, json_type_int) || number < rule->least || number > rule->most)
			break;
		if (place)
			*(int64_t *)place = number;
		return 0;
	case KMEND_RULE_FLAG:
		if (!json_object_is_type(value, json_type_boolean))
			break;
		*(bool *)place = json_object_get_boolean(value);
		return 0;
	case KMEND_RULE_LIST:
		text_rule.least = 1;
		text_rule.most = LIST_ITEM_MAX;
		return parse_list(value, rule->most, &text_rule, rule->object, rule->name, rule->allowed, place, error);
	}
	return bad_value(error, rule->object, rule->name, rule->allowed);
}

/* Every key of an object must be among `names` (ends with NULL), and every name among the keys. */
static int check_keys(struct json_object *object, const char *object_name, const char *const *names,
		      struct kmend_error *error)
{
	size_t i;

	if (!json_object_is_type(object, json_type_object))
		return bad_field(error, "", object_name, "is not an object");
	for (i = 0; names[i]; i++)
		if (!json_object_object_get_ex(object, names[i], NULL))
			return bad_field(error, object_name, names[i], "is missing");
	if ((size_t)json_object_object_length(object) == i)
		return 0;
	json_object_object_foreach (object, key, value) {
		(void)value;
		for (i = 0; names[i] && strcmp(names[i], key); i++)
			;
		if (!names[i])
			return bad_field(error, object_name, key, "is not known");
	}
	return 0;
}

static int parse_function(struct json_object *value, size_t part, struct kmend_manifest *manifest,
			  struct kmend_error *error)
{
	static const char *const keys[] = { "unit", "name", "change", NULL };
	static const struct text_rule rules[] = {
		{ 1, LIST_ITEM_MAX, kmend_text_is_unit },
		{ 1, LIST_ITEM_MAX, kmend_text_is_symbol },
		{ 1, LIST_ITEM_MAX, kmend_text_is_change },
	};
	static const char *const allowed[] = {
		"a source file's path relative to the source",
		"a symbol's name",
		"changed, new or removed",
	};
	const char *texts[3];
	struct kmend_manifest_function *function;
	int code = check_keys(value, "targets.functions", keys, error);

	for (int i = 0; i < 3 && !code; i++) {
		texts[i] = legal_text(json_object_object_get(value, keys[i]), &rules[i]);
		if (!texts[i])
			return bad_value(error, "targets.functions", keys[i], allowed[i]);
	}
	if (code)
		return code;
	function = kmend_array_add(manifest->functions, manifest->nr_functions);
	function->part = part;
	function->unit = kmend_strdup(texts[0]);
	function->name = kmend_strdup(texts[1]);
	function->change = kmend_strdup(texts[2]);
	return 0;
}

static int parse_target(struct json_object *target, size_t part, struct kmend_manifest *manifest,
			struct kmend_error *error)
{
	static const char *const keys[] = { "name", "units", "functions", NULL };
	static const struct text_rule unit = { 1, LIST_ITEM_MAX, kmend_text_is_unit };
	struct json_object *functions;
	const char *name;
	int code = check_keys(target, "targets", keys, error);

	if (code)
		return code;
	name = legal_text(json_object_object_get(target, "name"), &(struct text_rule){ 1, LIST_ITEM_MAX, NULL });
	if (!name || strcmp(name, manifest->parts[part].target))
		return bad_value(error, "targets", "name", "the target of the part in the same place of 'parts'");
	code = parse_list(json_object_object_get(target, "units"), KMEND_MAX_FUNCTIONS, &unit, "targets", "units",
			  "paths relative to the source", &manifest->parts[part].units, error);
	if (code)
		return code;
	functions = json_object_object_get(target, "functions");
	if (!json_object_is_type(functions, json_type_array) ||
	    json_object_array_length(functions) > KMEND_MAX_FUNCTIONS)
		return bad_value(error, "targets", "functions", "a list of at most 4096 functions");
	for (size_t i = 0; i < json_object_array_length(functions) && !code; i++)
		code = parse_function(json_object_array_get_idx(functions, i), part, manifest, error);
	return code;
}

static int parse_targets(struct json_object *targets, struct kmend_manifest *manifest, struct kmend_error *error)
{
	int code = 0;

	if (!json_object_is_type(targets, json_type_array) || json_object_array_length(targets) != manifest->nr_parts)
		return bad_value(error, "", "targets", "a list of as many targets as there are parts");
	for (size_t i = 0; i < manifest->nr_parts && !code; i++)
		code = parse_target(json_object_array_get_idx(targets, i), i, manifest, error);
	return code;
}

static int parse_part(struct json_object *value, struct kmend_manifest_part *part, struct kmend_error *error)
{
	const char *keys[8];
	size_t count = 0;
	int code;

	for (const struct kmend_rule *rule = kmend_part_rules; rule->name; rule++)
		keys[count++] = rule->name;
	keys[count] = NULL;
	code = check_keys(value, "parts", keys, error);
	for (const struct kmend_rule *rule = kmend_part_rules; rule->name && !code; rule++)
		code = parse_value(rule, json_object_object_get(value, rule->name), part, error);
	return code;
}

/* One target has one part; the module's name follows from the id and the target, and the file's from that. */
static int check_part(const struct kmend_manifest *manifest, size_t place, struct kmend_error *error)
{
	const struct kmend_manifest_part *part = &manifest->parts[place];
	_cleanup_free_ char *expected = kmend_part_name(manifest->id, place, part->target);

	if (place && !strcmp(part->target, "vmlinux"))
		return bad_value(error, "parts", "target", "vmlinux in the first part only");
	for (size_t i = 0; i < place; i++) {
		if (!strcmp(manifest->parts[i].target, part->target))
			return bad_value(error, "parts", "target", "each target once");
		if (!strcmp(manifest->parts[i].module_name, part->module_name))
			return bad_value(error, "parts", "module_name", "each name once");
	}
	return strcmp(expected, part->module_name) ? bad_value(error, "parts", "module_name", expected) : 0;
}

static int parse_parts(struct json_object *parts, struct kmend_manifest *manifest, struct kmend_error *error)
{
	int64_t total = 0;
	int code = 0;

	if (!json_object_is_type(parts, json_type_array) || !json_object_array_length(parts) ||
	    json_object_array_length(parts) > KMEND_CONTAINER_MAX_PARTS)
		return bad_value(error, "", "parts", "a list of 1 to 64 parts");
	for (size_t i = 0; i < json_object_array_length(parts) && !code; i++) {
		struct kmend_manifest_part *part = kmend_array_add(manifest->parts, manifest->nr_parts);

		code = parse_part(json_object_array_get_idx(parts, i), part, error);
		if (!code)
			code = check_part(manifest, i, error);
		total += part->module_size;
	}
	if (!code && total > KMEND_CONTAINER_MAX_MODULE)
		code = bad_value(error, "parts", "module_size", "at most 32 MiB in all");
	return code;
}

static int parse_base(struct json_object *value, struct kmend_manifest *manifest, struct kmend_error *error)
{
	static const char *const keys[] = { "id", "digest", NULL };
	static const struct text_rule rules[] = { { 1, KMEND_MAX_ID - 1, NULL },
						  { KMEND_SHA256_HEX - 1, KMEND_SHA256_HEX - 1, is_digest } };
	struct kmend_manifest_base *base;
	const char *id, *digest;
	int code = check_keys(value, "bases", keys, error);

	if (code)
		return code;
	id = legal_text(json_object_object_get(value, keys[0]), &rules[0]);
	digest = legal_text(json_object_object_get(value, keys[1]), &rules[1]);
	if (!id || !kmend_id_is_valid(id) || !strcmp(id, manifest->id))
		return bad_value(error, "bases", keys[0], "the id of another update");
	for (size_t i = 0; i < manifest->nr_bases; i++)
		if (!strcmp(manifest->bases[i].id, id))
			return bad_value(error, "bases", keys[0], "each id once");
	if (!digest)
		return bad_value(error, "bases", keys[1], "64 hexadecimal digits");
	base = kmend_array_add(manifest->bases, manifest->nr_bases);
	base->id = kmend_strdup(id);
	memcpy(base->digest, digest, sizeof(base->digest));
	return 0;
}

static int parse_bases(struct json_object *bases, struct kmend_manifest *manifest, struct kmend_error *error)
{
	int code = 0;

	if (!json_object_is_type(bases, json_type_array) || json_object_array_length(bases) > BASES_MAX)
		return bad_value(error, "", "bases", "a list of at most 64 updates");
	for (size_t i = 0; i < json_object_array_length(bases) && !code; i++)
		code = parse_base(json_object_array_get_idx(bases, i), manifest, error);
	return code;
}

/* The keys of one object: those of the rules, and those that are no rule's. */
static int check_object(struct json_object *root, const char *name, const char *const *further,
			struct kmend_error *error)
{
	const char *keys[32];
	struct json_object *object = *name ? json_object_object_get(root, name) : root;
	size_t count = 0;

	for (const struct kmend_rule *rule = kmend_manifest_rules; rule->name; rule++)
		if (!strcmp(rule->object, name) &&
		    (!rule->is_optional || json_object_object_get_ex(object, rule->name, NULL)))
			keys[count++] = rule->name;
	for (size_t i = 0; further[i]; i++)
		keys[count++] = further[i];
	keys[count] = NULL;
	return check_keys(object, *name ? name : "", keys, error);
}

static int parse_root(struct json_object *root, struct kmend_manifest *manifest, struct kmend_error *error)
{
	struct {
		const char *name;
		const char *further[6];
	} objects[] = {
		{ "", { "kernel", "members", "parts", "targets" } },
		{ "kernel", { NULL } },
		{ "members", { NULL } },
	};
	struct json_object *bases;
	int code = 0;

	/* Few updates sit on others; the others have no such field. */
	if (json_object_object_get_ex(root, "bases", NULL))
		objects[0].further[4] = "bases";
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(objects) && !code; i++)
		code = check_object(root, objects[i].name, objects[i].further, error);
	for (const struct kmend_rule *rule = kmend_manifest_rules; rule->name && !code; rule++) {
		struct json_object *object = *rule->object ? json_object_object_get(root, rule->object) : root;

		if (!rule->is_optional || json_object_object_get_ex(object, rule->name, NULL))
			code = parse_value(rule, json_object_object_get(object, rule->name), manifest, error);
	}
	if (!code)
		code = parse_parts(json_object_object_get(root, "parts"), manifest, error);
	if (!code)
		code = parse_targets(json_object_object_get(root, "targets"), manifest, error);
	if (!code && json_object_object_get_ex(root, "bases", &bases))
		code = parse_bases(bases, manifest, error);
	return code;
}

int kmend_manifest_parse(const char *text, size_t size, struct kmend_manifest **ret_manifest, struct kmend_error *error)
{
	_cleanup_(json_guard) struct json_object *root = NULL;
	_cleanup_(tokener_guard) struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
	_cleanup_manifest_ struct kmend_manifest *manifest = kmend_calloc(1, sizeof(*manifest));
	_cleanup_free_ char *ascii = NULL;
	size_t used;
	int code;

	if (!tokener)
		kmend_oom();
	if (size > KMEND_CONTAINER_MAX_MANIFEST)
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EFBIG, "the manifest is larger than %d bytes",
				  KMEND_CONTAINER_MAX_MANIFEST);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	ascii = kmend_json_ascii(text, size, &size);
	root = json_tokener_parse_ex(tokener, ascii, size);
	used = json_tokener_get_parse_end(tokener);
	if (!root)
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EBADMSG,
				  "the manifest is not JSON: %s at byte %zu",
				  json_tokener_error_desc(json_tokener_get_error(tokener)), used);
	while (used < size && strchr(" \t\r\n", ascii[used]) && ascii[used])
		used++;
	if (used != size)
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EBADMSG,
				  "the manifest is not JSON: something follows its end at byte %zu", used);
	code = parse_root(root, manifest, error);
	if (code)
		return code;
	*ret_manifest = kmend_steal(manifest);
	return 0;
}
