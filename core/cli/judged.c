// SPDX-License-Identifier: GPL-2.0
#include "judged.h"

#include "report.h"

static struct json_object *text_list(const struct kmend_strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
	return array;
}

static struct json_object *function_list(const struct kmend_create_result *result)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < result->nr_functions; i++) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "unit", json_object_new_string(result->functions[i].unit));
		json_object_object_add(object, "name", json_object_new_string(result->functions[i].name));
		json_object_object_add(object, "change", json_object_new_string(result->functions[i].change));
		json_object_object_add(object, "why", json_object_new_string(result->functions[i].why));
		json_object_array_add(array, object);
	}
	return array;
}

struct json_object *kmend_json_steps(const struct kmend_progress *progress)
{
	struct json_object *array = json_object_new_array();
	const char *name;
	double seconds;

	for (size_t i = 0; (name = kmend_step_name(progress, i, &seconds)); i++) {
		struct json_object *object = json_object_new_object();
		_cleanup_free_ char *text = kmend_format("%.3f", seconds);

		json_object_object_add(object, "name", json_object_new_string(name));
		json_object_object_add(object, "seconds", json_object_new_double_s(seconds, text));
		json_object_array_add(array, object);
	}
	return array;
}

/* "net/unix/af_unix.c:123: " as far as it is known. */
static void print_place(FILE *stream, const struct kmend_reason *reason)
{
	if (reason->unit && reason->line)
		fprintf(stream, "      at %s:%u\n", reason->unit, reason->line);
}

void kmend_print_findings(FILE *stream, const struct kmend_assessment *assessment, bool with_open)
{
	for (size_t i = 0; i < assessment->nr_findings; i++) {
		const struct kmend_finding *finding = &assessment->findings[i];
		bool is_open = finding->row->kind != KMEND_REASON_NOTE && !finding->answer;

		if (is_open && !with_open)
			continue;
		fprintf(stream, "  %s (%s): %s\n", finding->reason.code, kmend_reason_kind_name(finding->row->kind),
			finding->reason.text);
		print_place(stream, &finding->reason);
		if (finding->answer == KMEND_ANSWER_WAIVED)
			fprintf(stream, "      waived: %s\n", finding->waiver->text);
		else if (finding->answer == KMEND_ANSWER_HOOK)
			fprintf(stream, "      answered by the diff's hook\n");
		else if (finding->reason.advice[0])
			fprintf(stream, "      %s\n", finding->reason.advice);
	}
	for (size_t i = 0; i < assessment->nr_waivers; i++)
		if (!assessment->waivers[i].is_used)
			fprintf(stream, "  the waiver of %s%s%s answers no reason that was seen\n",
				assessment->waivers[i].code, assessment->waivers[i].symbol ? ":" : "",
				assessment->waivers[i].symbol ? assessment->waivers[i].symbol : "");
}

static struct json_object *text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *finding_list(const struct kmend_assessment *assessment)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < assessment->nr_findings; i++) {
		const struct kmend_finding *finding = &assessment->findings[i];
		const struct kmend_reason *reason = &finding->reason;
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "code", json_object_new_string(reason->code));
		json_object_object_add(object, "kind",
				       json_object_new_string(kmend_reason_kind_name(finding->row->kind)));
		json_object_object_add(object, "meaning", json_object_new_string(finding->row->text));
		json_object_object_add(object, "unit", text_or_null(reason->unit));
		json_object_object_add(object, "line", reason->line ? json_object_new_int64(reason->line) : NULL);
		json_object_object_add(object, "symbol", text_or_null(reason->symbol));
		json_object_object_add(object, "text", json_object_new_string(reason->text));
		json_object_object_add(object, "advice", json_object_new_string(reason->advice));
		json_object_object_add(object, "answer",
				       finding->answer ? json_object_new_string(kmend_answer_name(finding->answer))
						       : NULL);
		json_object_object_add(object, "waiver",
				       finding->waiver ? json_object_new_string(finding->waiver->text) : NULL);
		json_object_array_add(array, object);
	}
	return array;
}

void kmend_json_judged(struct json_object *root, const struct kmend_create_result *result)
{
	json_object_object_add(root, "verdict", json_object_new_string(kmend_verdict_name(result->assessment.verdict)));
	json_object_object_add(root, "open", json_object_new_int64(result->assessment.nr_open));
	json_object_object_add(root, "reasons", finding_list(&result->assessment));
	json_object_object_add(root, "units", text_list(&result->units));
	json_object_object_add(root, "targets", text_list(&result->targets));
	json_object_object_add(root, "functions", function_list(result));
	json_object_object_add(root, "ignored", text_list(&result->ignored));
}
