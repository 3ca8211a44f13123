// SPDX-License-Identifier: GPL-2.0
/* The step that judges, and what keeps a change from becoming an update. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Every open reason, and its advice, in lines. */
static void list_open(const struct kmend_assessment *assessment, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer list = { 0 };

	for (size_t i = 0; i < assessment->nr_findings; i++) {
		const struct kmend_finding *finding = &assessment->findings[i];

		if (finding->row->kind == KMEND_REASON_NOTE || finding->answer)
			continue;
		kmend_buffer_addf(&list, "  %s: %s\n", finding->reason.code, finding->reason.text);
		if (finding->reason.advice[0])
			kmend_buffer_addf(&list, "      %s\n", finding->reason.advice);
	}
	kmend_detail(error, list.data ? list.data : "");
}

int kmend_create_weigh(struct kmend_creation *creation, const struct kmend_reason *reasons, size_t count,
		       struct kmend_error *error)
{
	struct kmend_assessment *assessment = &creation->result->assessment;

	kmend_assessment_add(assessment, reasons, count);
	if (!assessment->nr_open)
		return 0;
	kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EOPNOTSUPP,
		   assessment->verdict == KMEND_VERDICT_REBOOT
			   ? "the change cannot be made into an update: %zu reason%s"
			   : "the change cannot be made into an update without further code: %zu reason%s",
		   assessment->nr_open, assessment->nr_open == 1 ? "" : "s");
	list_open(assessment, error);
	return -EOPNOTSUPP;
}

static int no_change(const struct kmend_creation *creation, struct kmend_error *error)
{
	kmend_fail(error, KMEND_STATUS_NO_CHANGE, -ENODATA, "the diff changes no code of kernel %s",
		   creation->request->kernel.release);
	kmend_advise(error, "The compiled functions are the same before and after: there is nothing to update.");
	return -ENODATA;
}

/* Does the unit bring a thing of that name for others, or let others name what it had for itself? */
static bool gives(const struct kmend_delta *delta, const char *name)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(delta->post, name);
	const struct kmend_item *item;

	if (kmend_delta_published(delta, name))
		return true;
	if (!symbol || !symbol->section || symbol->bind == STB_LOCAL)
		return false;
	item = kmend_delta_item(delta, KMEND_SIDE_POST, symbol);
	return item && item->change == KMEND_CHANGE_NEW;
}

/* Does a unit that is kept refer to what only this one tells where it is, or brings? */
static bool is_asked_for(const struct kmend_creation *creation, const bool *is_kept, size_t asked)
{
	for (size_t i = 0; i < creation->nr_deltas; i++) {
		const struct kmend_delta *other = creation->deltas[i];

		if (!is_kept[i])
			continue;
		for (size_t j = 1; j < other->post->nr_symbols; j++)
			if (other->post->symbols[j].shndx == SHN_UNDEF &&
			    gives(creation->deltas[asked], other->post->symbols[j].name))
				return true;
	}
	return false;
}

/* A unit whose code stays the same is no part of the update. */
static void drop_unchanged(struct kmend_creation *creation)
{
	_cleanup_free_ struct kmend_delta **dropped =
		kmend_calloc(creation->nr_deltas + 1, sizeof(struct kmend_delta *));
	_cleanup_free_ bool *is_kept = kmend_calloc(creation->nr_deltas + 1, sizeof(*is_kept));
	size_t kept = 0, nr_dropped = 0;
	bool progress;

	for (size_t i = 0; i < creation->nr_deltas; i++)
		is_kept[i] = kmend_delta_is_changed(creation->deltas[i]);
	do {
		progress = false;
		for (size_t i = 0; i < creation->nr_deltas; i++)
			if (!is_kept[i] && is_asked_for(creation, is_kept, i))
				progress = is_kept[i] = true;
	} while (progress);
	for (size_t i = 0; i < creation->nr_deltas; i++) {
		if (is_kept[i])
			creation->deltas[kept++] = creation->deltas[i];
		else
			dropped[nr_dropped++] = creation->deltas[i];
	}
	creation->nr_deltas = kept;
	for (size_t i = 0; i < nr_dropped; i++)
		kmend_delta_free(dropped[i]);
}

/* Functions that the verdict left out (they ran at boot) are not changed by the update. */
static void leave_out_functions(struct kmend_creation *creation)
{
	struct kmend_create_result *result = creation->result;
	size_t kept = 0;

	for (size_t i = 0; i < result->nr_functions; i++) {
		struct kmend_create_function *function = &result->functions[i];
		const struct kmend_object_symbol *symbol = NULL;
		const struct kmend_item *item = NULL;

		for (size_t j = 0; j < creation->nr_deltas; j++)
			if (!strcmp(creation->deltas[j]->unit, function->unit)) {
				symbol = kmend_object_symbol(creation->deltas[j]->post, function->name);
				item = symbol ? kmend_delta_item(creation->deltas[j], KMEND_SIDE_POST, symbol) : NULL;
			}
		if (!item || item->change != KMEND_CHANGE_SAME) {
			result->functions[kept++] = *function;
			continue;
		}
		free(function->unit);
		free(function->name);
		free(function->change);
		free(function->why);
	}
	result->nr_functions = kept;
}

/* Reasons come before "no change": a unit whose only change is out of scope is not unchanged. */
int kmend_create_judge(struct kmend_creation *creation, struct kmend_error *error)
{
	struct kmend_create_result *result = creation->result;
	struct kmend_assess_input input = { .tree = creation->tree,
					    .changes = creation->changes,
					    .deltas = creation->deltas,
					    .nr_deltas = creation->nr_deltas,
					    .cache = creation->request->cache,
					    .jobs = creation->request->jobs,
					    .progress = creation->progress };
	int code = kmend_assess(&input, &result->assessment, error);

	if (!code)
		code = kmend_create_weigh(creation, NULL, 0, error);
	if (code)
		return code;
	if (!result->nr_functions)
		return no_change(creation, error);
	leave_out_functions(creation);
	code = kmend_create_imports(creation, error);
	if (code)
		return code;
	drop_unchanged(creation);
	code = kmend_create_parts(creation, error);
	if (code)
		return code;
	kmend_step_end(creation->progress, "%s", kmend_verdict_name(result->assessment.verdict));
	return 0;
}
