// SPDX-License-Identifier: GPL-2.0
/* The verdict from all reasons. */
#include "assess.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../kernel/classify.h"
#include "internal.h"

#define SOURCE_LIMIT (32 << 20)

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
		if (waiver && finding->row->kind != KMEND_REASON_BLOCKS && !finding->row->not_by_waiver) {
			waiver->is_used = true;
			finding->answer = KMEND_ANSWER_WAIVED;
			finding->waiver = waiver;
			continue;
		}
		if (finding->row->kind == KMEND_REASON_NEEDS_HOOK && assessment->has_hooks &&
		    !finding->row->not_by_hook && !finding->is_unhooked)
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

/* Reasons that say less of what another one says, of the same symbol. */
static bool is_outdone(const struct kmend_reason *reason, const struct facts *facts)
{
	static const struct {
		const char *less, *more;
	} rows[] = {
		{ "init-code", "no-effect" },		{ "init-data", "no-effect" },
		{ "module-init", "no-effect" },		{ "weak-function", "not-linked" },
		{ "weak-function", "weak-overridden" },
	};

	for (size_t i = 0; reason->symbol && i < facts->nr_reasons; i++) {
		const struct kmend_reason *other = &facts->reasons[i];

		for (size_t j = 0; j < KMEND_ARRAY_SIZE(rows); j++)
			if (!strcmp(reason->code, rows[j].less) && !strcmp(other->code, rows[j].more) &&
			    other->symbol && !strcmp(other->symbol, reason->symbol))
				return true;
	}
	return false;
}

/* The lines of what is defined in the kernel's own text, else in the diff's. */
static void find_lines(const struct kmend_assess_input *input, struct facts *facts)
{
	for (size_t i = 0; input->tree && i < facts->nr_reasons; i++) {
		struct kmend_reason *reason = &facts->reasons[i];
		const char *roots[] = { input->tree->source, input->changes->plain };

		for (size_t j = 0; j < KMEND_ARRAY_SIZE(roots) && reason->unit && reason->symbol && !reason->line;
		     j++) {
			_cleanup_free_ char *path = kmend_path(roots[j], reason->unit), *text = NULL;
			_cleanup_free_ char *stem = kmend_strndup(reason->symbol, strcspn(reason->symbol, "."));

			if (!kmend_file_read(path, SOURCE_LIMIT, &text, NULL, NULL))
				reason->line = source_line_of(text, stem);
		}
	}
}

/* A hook is called with the part of its own target, so it answers what was seen there. */
static int find_unhooked(const struct kmend_assess_input *input, struct kmend_assessment *assessment,
			 struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv units = { 0 }, hooked = { 0 };
	struct kmend_strv *targets;
	int code;

	if (!input->tree || !assessment->has_hooks)
		return 0;
	for (size_t i = 0; i < input->nr_deltas; i++)
		kmend_strv_add(&units, input->deltas[i]->unit);
	targets = kmend_calloc(units.count + 1, sizeof(*targets));
	code = kmend_units_targets(input->tree, &units, targets, error);
	for (size_t i = 0; !code && i < units.count; i++)
		for (size_t j = 0; input->deltas[i]->nr_hooks && j < targets[i].count; j++)
			kmend_strv_add(&hooked, targets[i].items[j]);
	for (size_t i = 0; !code && i < assessment->nr_findings; i++) {
		struct kmend_finding *finding = &assessment->findings[i];

		for (size_t j = 0; j < units.count; j++) {
			if (!finding->reason.unit || strcmp(units.items[j], finding->reason.unit))
				continue;
			finding->is_unhooked = targets[j].count;
			for (size_t k = 0; k < targets[j].count; k++)
				finding->is_unhooked &= !kmend_strv_has(&hooked, targets[j].items[k]);
		}
	}
	for (size_t i = 0; i < units.count; i++)
		kmend_strv_free(&targets[i]);
	free(targets);
	return code;
}

int kmend_assess(const struct kmend_assess_input *input, struct kmend_assessment *assessment, struct kmend_error *error)
{
	/* What differencing found, and what is found here. */
	struct facts own = { 0 }, facts = { 0 };
	int code = kmend_hooks_judge(input->deltas, input->nr_deltas, error);

	assessment->has_hooks = has_hooks(input);
	for (size_t i = 0; !code && i < input->nr_deltas; i++)
		for (size_t j = 0; j < input->deltas[i]->nr_reasons; j++)
			kmend_reason_copy(&own.reasons, &own.nr_reasons, &input->deltas[i]->reasons[j]);
	/* First, since what is over is no change for the others. */
	if (!code)
		code = boot_judge(input, &own, &facts, error);
	if (!code)
		code = typed_judge(input, &own, &facts, error);
	if (!code)
		macros_judge(input, &facts);
	if (!code)
		code = stay_judge(input, &facts, error);
	if (!code)
		code = pairs_judge(input, &facts, error);
	if (!code)
		code = weak_judge(input, &facts, error);
	for (size_t i = 0; !code && i < own.nr_reasons; i++)
		if (!is_outdone(&own.reasons[i], &facts))
			kmend_reason_copy(&facts.reasons, &facts.nr_reasons, &own.reasons[i]);
	if (!code) {
		find_lines(input, &facts);
		kmend_assessment_add(assessment, facts.reasons, facts.nr_reasons);
		code = find_unhooked(input, assessment, error);
		kmend_assessment_add(assessment, NULL, 0);
	}
	kmend_reasons_free(own.reasons, own.nr_reasons);
	kmend_reasons_free(facts.reasons, facts.nr_reasons);
	return code;
}
