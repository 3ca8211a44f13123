// SPDX-License-Identifier: GPL-2.0
#include "format.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#define RECORD_SCHEMA 1
#define RECORD_MAX_TEXT 4096 /* bytes of one string value */
#define RECORD_MAX_BLOCKERS 1024
#define RECORD_MAX_MODULES 64
#define RECORD_MAX_DEPTH 8

static const char *const state_names[] = {
	[KMEND_RECORD_APPLYING] = "applying",	[KMEND_RECORD_APPLIED] = "applied",
	[KMEND_RECORD_PENDING] = "pending",	[KMEND_RECORD_REFUSED] = "refused",
	[KMEND_RECORD_REVERSING] = "reversing", [KMEND_RECORD_REVERSED] = "reversed",
};

const char *kmend_record_state_name(enum kmend_record_state state)
{
	return (size_t)state < KMEND_ARRAY_SIZE(state_names) ? state_names[state] : "unknown";
}

/* Every plain string of a record. */
static const struct text_field {
	const char *key;
	size_t offset;
	bool required; /* not empty */
	bool added;    /* older records of this schema do not have it */
} text_fields[] = {
	{ "id", offsetof(struct kmend_record, id), true },
	{ "release", offsetof(struct kmend_record, release), true },
	{ "version", offsetof(struct kmend_record, version), false },
	{ "digest", offsetof(struct kmend_record, digest), false },
	{ "boot_id", offsetof(struct kmend_record, boot_id), true },
	{ "package", offsetof(struct kmend_record, package), false },
	{ "files", offsetof(struct kmend_record, files), false, true },
};

static char **text_of(const struct kmend_record *record, const struct text_field *field)
{
	return (char **)((char *)record + field->offset);
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text ? text : ""));
}

/* "NAME: DETAIL" as an object, or null. */
static struct json_object *format_refusal(const char *refusal)
{
	struct json_object *object;
	_cleanup_free_ char *name = NULL;
	const char *colon;

	if (!refusal || !*refusal)
		return NULL;
	object = json_object_new_object();
	colon = strstr(refusal, ": ");
	name = colon ? kmend_strndup(refusal, colon - refusal) : kmend_strdup(refusal);
	add_text(object, "name", name);
	add_text(object, "detail", colon ? colon + 2 : "");
	return object;
}

/* "PID COMM FUNCTION" */
static struct json_object *format_blocker(const char *line)
{
	struct json_object *object = json_object_new_object();
	char comm[64] = "", function[512] = "";
	int pid = 0;

	sscanf(line, "%d %63s %511s", &pid, comm, function);
	json_object_object_add(object, "pid", json_object_new_int(pid));
	add_text(object, "comm", comm);
	add_text(object, "function", function);
	return object;
}

char *kmend_record_format(const struct kmend_record *record)
{
	struct json_object *root = json_object_new_object(), *blockers = json_object_new_array();
	struct json_object *modules = json_object_new_array();
	char *text;

	json_object_object_add(root, "schema", json_object_new_int(RECORD_SCHEMA));
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(text_fields); i++)
		add_text(root, text_fields[i].key, *text_of(record, &text_fields[i]));
	add_text(root, "state", kmend_record_state_name(record->state));
	for (size_t i = 0; i < record->modules.count; i++)
		json_object_array_add(modules, json_object_new_string(record->modules.items[i]));
	json_object_object_add(root, "modules", modules);
	json_object_object_add(root, "refusal", format_refusal(record->refusal));
	for (size_t i = 0; i < record->blockers.count; i++)
		json_object_array_add(blockers, format_blocker(record->blockers.items[i]));
	json_object_object_add(root, "blockers", blockers);
	json_object_object_add(root, "attempts", json_object_new_int64(record->attempts));
	json_object_object_add(root, "pause_ns", json_object_new_int64(record->pause_ns));
	json_object_object_add(root, "updated", json_object_new_int64(record->updated));
	text = kmend_format(
		"%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}

static int bad(struct kmend_error *error, const char *key, const char *what)
{
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EBADMSG, "the record's value '%s' %s", key, what);
}

static int get_text(struct json_object *root, const char *key, bool required, char **ret_text,
		    struct kmend_error *error)
{
	struct json_object *value;
	const char *text;
	int length;

	if (!json_object_object_get_ex(root, key, &value) || !json_object_is_type(value, json_type_string))
		return bad(error, key, "is missing or not a string");
	text = json_object_get_string(value);
	length = json_object_get_string_len(value);
	if (length > RECORD_MAX_TEXT || strlen(text) != (size_t)length)
		return bad(error, key, "is too long or holds a NUL");
	if (required && !length)
		return bad(error, key, "is empty");
	free(*ret_text);
	*ret_text = kmend_strdup(text);
	return 0;
}

static int get_number(struct json_object *root, const char *key, int64_t limit, int64_t *ret_number,
		      struct kmend_error *error)
{
	struct json_object *value;
	int64_t number;

	if (!json_object_object_get_ex(root, key, &value) || !json_object_is_type(value, json_type_int))
		return bad(error, key, "is missing or not a whole number");
	number = json_object_get_int64(value);
	if (number < 0 || number > limit)
		return bad(error, key, "is out of range");
	*ret_number = number;
	return 0;
}

static int parse_state(struct json_object *root, enum kmend_record_state *ret_state, struct kmend_error *error)
{
	_cleanup_free_ char *name = NULL;
	int code = get_text(root, "state", true, &name, error);

	if (code)
		return code;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(state_names); i++) {
		if (strcmp(state_names[i], name))
			continue;
		*ret_state = i;
		return 0;
	}
	return bad(error, "state", "is not a state");
}

static int parse_refusal(struct json_object *root, char **ret_refusal, struct kmend_error *error)
{
	_cleanup_free_ char *name = NULL, *detail = NULL;
	struct json_object *value;
	int code;

	if (!json_object_object_get_ex(root, "refusal", &value))
		return bad(error, "refusal", "is missing");
	if (!value) {
		*ret_refusal = kmend_strdup("");
		return 0;
	}
	if (!json_object_is_type(value, json_type_object))
		return bad(error, "refusal", "is not an object");
	code = get_text(value, "name", true, &name, error);
	if (!code)
		code = get_text(value, "detail", false, &detail, error);
	if (code)
		return code;
	*ret_refusal = *detail ? kmend_format("%s: %s", name, detail) : kmend_strdup(name);
	return 0;
}

static int parse_modules(struct json_object *root, struct kmend_strv *ret_modules, struct kmend_error *error)
{
	struct json_object *list;

	if (!json_object_object_get_ex(root, "modules", &list) || !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > RECORD_MAX_MODULES)
		return bad(error, "modules", "is not a list, or too long");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *name = json_object_get_string(item);

		if (!json_object_is_type(item, json_type_string) || !*name || strlen(name) > RECORD_MAX_TEXT)
			return bad(error, "modules", "holds something else than names");
		kmend_strv_add(ret_modules, name);
	}
	return 0;
}

static int parse_blockers(struct json_object *root, struct kmend_strv *ret_blockers, struct kmend_error *error)
{
	struct json_object *list;
	int code = 0;

	if (!json_object_object_get_ex(root, "blockers", &list) || !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > RECORD_MAX_BLOCKERS)
		return bad(error, "blockers", "is not a list, or too long");
	for (size_t i = 0; i < json_object_array_length(list) && !code; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		_cleanup_free_ char *comm = NULL, *function = NULL;
		int64_t pid = 0;

		if (!json_object_is_type(item, json_type_object))
			return bad(error, "blockers", "holds something else than objects");
		code = get_number(item, "pid", INT_MAX, &pid, error);
		if (!code)
			code = get_text(item, "comm", false, &comm, error);
		if (!code)
			code = get_text(item, "function", false, &function, error);
		if (!code)
			kmend_strv_addf(ret_blockers, "%d %s %s", (int)pid, comm, function);
	}
	return code;
}

static int parse_root(struct json_object *root, struct kmend_record *record, struct kmend_error *error)
{
	int64_t schema = 0, attempts = 0, pause_ns = 0;
	int code;

	if (!json_object_is_type(root, json_type_object))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EBADMSG, "the record is not a JSON object");
	code = get_number(root, "schema", INT_MAX, &schema, error);
	if (!code && schema != RECORD_SCHEMA)
		return bad(error, "schema", "is of another version of kmend");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(text_fields) && !code; i++) {
		const struct text_field *field = &text_fields[i];

		if (field->added && !json_object_object_get_ex(root, field->key, NULL))
			*text_of(record, field) = kmend_strdup("");
		else
			code = get_text(root, field->key, field->required, text_of(record, field), error);
	}
	if (!code && !kmend_id_is_valid(record->id))
		return bad(error, "id", "is not an update's id");
	if (!code && strchr(record->release, '/'))
		return bad(error, "release", "is not a kernel release");
	if (!code)
		code = parse_state(root, &record->state, error);
	if (!code)
		code = parse_modules(root, &record->modules, error);
	if (!code)
		code = parse_refusal(root, &record->refusal, error);
	if (!code)
		code = parse_blockers(root, &record->blockers, error);
	if (!code)
		code = get_number(root, "attempts", UINT32_MAX, &attempts, error);
	if (!code)
		code = get_number(root, "pause_ns", INT64_MAX, &pause_ns, error);
	if (!code)
		code = get_number(root, "updated", INT64_MAX, &record->updated, error);
	record->attempts = attempts;
	record->pause_ns = pause_ns;
	return code;
}

int kmend_record_parse(const char *text, size_t size, struct kmend_record **ret_record, struct kmend_error *error)
{
	struct json_tokener *tokener;
	struct json_object *root = NULL;
	_cleanup_free_ char *ascii = NULL;
	struct kmend_record *record;
	int code = 0;

	if (size > INT_MAX / 6)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EBADMSG, "the record is too large");
	tokener = json_tokener_new_ex(RECORD_MAX_DEPTH);
	if (!tokener)
		kmend_oom();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	ascii = kmend_json_ascii(text, size, &size);
	root = json_tokener_parse_ex(tokener, ascii, size);
	if (!root)
		code = kmend_fail(error, KMEND_STATUS_FAILURE, -EBADMSG, "the record is not JSON: %s",
				  json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	record = kmend_calloc(1, sizeof(*record));
	if (!code)
		code = parse_root(root, record, error);
	json_object_put(root);
	if (code) {
		kmend_record_free(record);
		return code;
	}
	*ret_record = record;
	return 0;
}
