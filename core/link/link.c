// SPDX-License-Identifier: GPL-2.0
/* Emitting the update's object, step by step. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "internal.h"

static void check_limits(struct linker *linker)
{
	size_t i;

	if (linker->nr_functions > KMEND_MAX_FUNCTIONS || linker->nr_symbols > KMEND_MAX_SYMBOLS ||
	    linker->nr_relocations > KMEND_MAX_RELOCATIONS)
		link_reason(linker, "too-large", "the update holds %zu functions, %zu symbols and %zu relocations",
			    linker->nr_functions, linker->nr_symbols, linker->nr_relocations);
	for (i = 0; i < linker->nr_functions; i++) {
		if (linker->functions[i].size > KMEND_MAX_FUNCTION_SIZE)
			link_reason(linker, "too-large", "%s: %s has %llu bytes", linker->functions[i].delta->unit,
				    linker->functions[i].run->name, (unsigned long long)linker->functions[i].run->size);
	}
}

/* What is only removed, or added without being called, changes nothing that runs; another part, or a hook, may call it. */
static void check_replaces(struct linker *linker)
{
	size_t i;

	for (i = 0; i < linker->input->nr_deltas; i++)
		linker->result->replaces |= linker->input->deltas[i]->nr_hooks;
	for (i = 0; i < linker->nr_functions; i++) {
		linker->result->replaces |= linker->functions[i].role == KMEND_ROLE_REPLACE ||
					    linker->functions[i].role == KMEND_ROLE_DATUM;
	}
	if (!linker->result->replaces && linker->input->nr_parts < 2)
		link_reason(linker, "nothing-replaced", "no function that runs now is changed");
}

static bool has_ftrace_site(const struct link_function *function)
{
	for (size_t i = 0; i < function->nr_sites; i++)
		if (function->sites[i].kind == KMEND_SITE_FTRACE)
			return true;
	return false;
}

/* The engine "gradual" goes by ftrace sites, and there is no instant at which all could be told. */
static void note_not_gradual(struct linker *linker)
{
	char **ret = &linker->result->not_gradual;

	for (size_t i = 0; i < linker->nr_functions && !*ret; i++) {
		const struct link_function *function = &linker->functions[i];

		if (function->role == KMEND_ROLE_REPLACE && !has_ftrace_site(function))
			*ret = kmend_format("%s has no ftrace site", function->run->name);
		else if (function->role != KMEND_ROLE_REPLACE && function->role != KMEND_ROLE_PART &&
			 function->role != KMEND_ROLE_WITNESS)
			*ret = kmend_format("%s is data, which all tasks share", function->run->name);
	}
	for (size_t i = 0; i < linker->input->nr_deltas; i++)
		for (size_t j = 0; j < linker->input->deltas[i]->nr_hooks && !*ret; j++)
			switch (linker->input->deltas[i]->hooks[j].stage) {
			case KMEND_HOOK_CHECK_APPLY:
			case KMEND_HOOK_APPLY:
			case KMEND_HOOK_CHECK_REVERSE:
			case KMEND_HOOK_REVERSE:
				*ret = kmend_format("the hook %s() needs the stop",
						    linker->input->deltas[i]->hooks[j].item->name);
				break;
			default:
				break;
			}
}

static int link_all(struct linker *linker)
{
	int ret = link_pre_make(linker);

	if (!ret)
		ret = link_copy(linker);
	if (!ret)
		ret = link_witnesses_make(linker);
	if (ret)
		return ret;
	link_early_check(linker);
	check_limits(linker);
	check_replaces(linker);
	note_not_gradual(linker);
	if (!linker->result->nr_reasons)
		link_tables_write(linker);
	return 0;
}

static void linker_release(struct linker *linker)
{
	size_t i;

	for (i = 0; i < linker->nr_symbols; i++)
		free(linker->symbols[i].name);
	for (i = 0; i < linker->nr_pieces; i++)
		free(linker->pieces[i]);
	link_functions_free(linker);
	kmend_output_free(linker->output);
	free(linker->symbols);
	free(linker->pieces);
	free(linker->relocations);
	free(linker->early);
}

int kmend_link_object(const struct kmend_link_input *input, const char *path, struct kmend_link_result *ret_result,
		      struct kmend_error *error)
{
	struct kmend_link_result result = { 0 };
	struct linker linker = {
		.input = input,
		.result = &result,
		.error = error,
		.output = kmend_output_new(),
	};
	_cleanup_buffer_ struct kmend_buffer bytes = { 0 };
	int ret = link_all(&linker);

	if (!ret && !result.nr_reasons) {
		kmend_output_bytes(linker.output, &bytes);
		ret = kmend_file_write_atomic(path, bytes.data, bytes.size, 0644, error);
	}
	linker_release(&linker);
	if (ret < 0) {
		kmend_link_result_free(&result);
		return ret;
	}
	kmend_strv_sort(&result.namespaces);
	*ret_result = result;
	return 0;
}
