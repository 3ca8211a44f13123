// SPDX-License-Identifier: GPL-2.0
/* The verdict from all reasons. */
#include "assess.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const char *kmend_verdict_name(enum kmend_verdict verdict)
{
	static const char *const names[] = {
		[KMEND_VERDICT_HOTPATCH] = "hotpatch",
		[KMEND_VERDICT_HOTPATCH_HOOK] = "hotpatch+hook",
		[KMEND_VERDICT_REBOOT] = "reboot",
	};

	return names[verdict];
}

const char *kmend_answer_name(enum kmend_answer answer)
{
	static const char *const names[] = {
		[KMEND_ANSWER_NONE] = "",
		[KMEND_ANSWER_HOOK] = "hook",
		[KMEND_ANSWER_WAIVED] = "waived",
	};

	return names[answer];
}

void kmend_assessment_free(struct kmend_assessment *assessment)
{
	for (size_t i = 0; i < assessment->nr_findings; i++)
		kmend_reason_clear(&assessment->findings[i].reason);
	free(assessment->findings);
	for (size_t i = 0; i < assessment->nr_waivers; i++) {
		free(assessment->waivers[i].code);
		free(assessment->waivers[i].symbol);
		free(assessment->waivers[i].text);
	}
	free(assessment->waivers);
	*assessment = (struct kmend_assessment){ 0 };
}

struct kmend_reason *fact_add(struct facts *facts, const char *code, const char *unit, const char *symbol,
			      unsigned int line, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	struct kmend_reason *reason;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		kmend_oom();
	va_end(args);
	reason = kmend_reason_add(&facts->reasons, &facts->nr_reasons, code, text, "");
	kmend_reason_about(reason, unit, symbol, line);
	return reason;
}

/* What blocks first; among equals in the order they were found. */
static int compare_findings(const void *a, const void *b)
{
	const struct kmend_finding *left = *(const struct kmend_finding *const *)a;
	const struct kmend_finding *right = *(const struct kmend_finding *const *)b;

	if (left->row->kind != right->row->kind)
		return left->row->kind > right->row->kind ? -1 : 1;
	return left < right ? -1 : left > right;
}

static void sort(struct kmend_assessment *assessment)
{
	size_t count = assessment->nr_findings;
	struct kmend_finding **order = kmend_calloc(count + 1, sizeof(*order));
	struct kmend_finding *sorted = NULL;
	size_t nr_sorted = 0;

	for (size_t i = 0; i < count; i++)
		order[i] = &assessment->findings[i];
	qsort(order, count, sizeof(*order), compare_findings);
	for (size_t i = 0; i < count; i++)
		*kmend_array_add(sorted, nr_sorted) = *order[i];
	free(order);
	free(assessment->findings);
	assessment->findings = sorted;
}

/* Answer what can be answered, and draw the conclusion. */
static void conclude(struct kmend_assessment *assessment)
{
	bool blocks = false, needs_hook = false;

	assessment->nr_open = 0;
	for (size_t i = 0; i < assessment->nr_waivers; i++)
		assessment->waivers[i].is_used = false;
	for (size_t i = 0; i < assessment->nr_findings; i++) {
		struct kmend_finding *finding = &assessment->findings[i];
		struct kmend_waiver *waiver = waiver_of(assessment, &finding->reason);

		finding->answer = KMEND_ANSWER_NONE;
		finding->waiver = NULL;
		if (waiver && finding->row->kind != KMEND_REASON_BLOCKS) {
			waiver->is_used = true;
			finding->answer = KMEND_ANSWER_WAIVED;
			finding->waiver = waiver;
			continue;
		}
		if (finding->row->kind == KMEND_REASON_NEEDS_HOOK && assessment->has_hooks)
			finding->answer = KMEND_ANSWER_HOOK;
		blocks |= finding->row->kind == KMEND_REASON_BLOCKS;
		needs_hook |= finding->row->kind == KMEND_REASON_NEEDS_HOOK;
		assessment->nr_open += finding->row->kind != KMEND_REASON_NOTE && !finding->answer;
	}
	assessment->verdict = blocks				    ? KMEND_VERDICT_REBOOT
			      : needs_hook || assessment->has_hooks ? KMEND_VERDICT_HOTPATCH_HOOK
								    : KMEND_VERDICT_HOTPATCH;
}

static bool is_known(const struct kmend_assessment *assessment, const struct kmend_reason *reason)
{
	for (size_t i = 0; i < assessment->nr_findings; i++)
		if (!strcmp(assessment->findings[i].reason.code, reason->code) &&
		    !strcmp(assessment->findings[i].reason.text, reason->text))
			return true;
	return false;
}

void kmend_assessment_add(struct kmend_assessment *assessment, const struct kmend_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct kmend_finding *finding;
		const struct kmend_reason *from = &reasons[i];
		const struct kmend_reason_row *row = kmend_reason_row(from->code);

		if (is_known(assessment, from))
			continue;
		finding = kmend_array_add(assessment->findings, assessment->nr_findings);
		finding->row = row;
		finding->reason.code = from->code;
		finding->reason.text = kmend_strdup(from->text);
		finding->reason.advice = kmend_strdup(from->advice && *from->advice ? from->advice : row->advice);
		kmend_reason_about(&finding->reason, from->unit, from->symbol, from->line);
	}
	sort(assessment);
	conclude(assessment);
}

static bool has_hooks(const struct kmend_assess_input *input)
{
	for (size_t i = 0; i < input->nr_deltas; i++)
		if (input->deltas[i]->nr_hooks)
			return true;
	return false;
}

int kmend_assess(const struct kmend_assess_input *input, struct kmend_assessment *assessment, struct kmend_error *error)
{
	struct facts facts = { 0 };
	int code = kmend_hooks_judge(input->deltas, input->nr_deltas, error);

	if (code)
		return code;
	assessment->has_hooks = has_hooks(input);
	for (size_t i = 0; i < input->nr_deltas; i++)
		for (size_t j = 0; j < input->deltas[i]->nr_reasons; j++)
			kmend_reason_copy(&facts.reasons, &facts.nr_reasons, &input->deltas[i]->reasons[j]);
	kmend_assessment_add(assessment, facts.reasons, facts.nr_reasons);
	kmend_reasons_free(facts.reasons, facts.nr_reasons);
	return code;
}
