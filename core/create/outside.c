// SPDX-License-Identifier: GPL-2.0
/* What new code refers to and neither the update nor the exports have: is it in the running kernel at all? */
#include <string.h>

#include "../base/file.h"
#include "../kernel/provider.h"
#include "../reach/chunk.h"
#include "internal.h"

#define TEXT_LIMIT (64u << 20)

static bool has_word(const char *text, const char *word)
{
	const char *end = text + strlen(text);
	struct kmend_token token;

	while (token = kmend_token_next(&text, end), token.kind != KMEND_TOKEN_END)
		if (kmend_token_is(&token, word))
			return true;
	return false;
}

/* Is the name written out in one of these files, as the diff makes them? */
static int is_written_in(const struct kmend_change_set *changes, const struct kmend_strv *paths, const char *name,
			 bool *ret_written, struct kmend_error *error)
{
	for (size_t i = 0; i < paths->count && !*ret_written; i++) {
		_cleanup_free_ char *path = kmend_path(changes->plain, paths->items[i]), *text = NULL;
		int code;

		if (!kmend_file_exists(path))
			continue;
		code = kmend_file_read(path, TEXT_LIMIT, &text, NULL, error);
		if (code)
			return code;
		*ret_written = has_word(text, name);
	}
	return 0;
}

/* Whatever the diff itself gives a name that others know, the linker has led there. This is for what is left. */
static int judge(struct kmend_creation *creation, const struct kmend_part *part,
		 const struct kmend_link_outside *outside, struct kmend_error *error)
{
	struct kmend_provider provider = { .name = outside->name, .target = part->target, .unit = outside->unit };
	_cleanup_free_ char *text = NULL;
	bool is_kernel = !strcmp(part->target, "vmlinux"), is_written = false;
	struct kmend_reason *reason = NULL;
	size_t nr_reasons = 0;
	int code = is_written_in(creation->changes, &creation->changes->units, outside->name, &is_written, error);

	if (!code && !is_written)
		code = is_written_in(creation->changes, &creation->changes->shared, outside->name, &is_written, error);
	/* A name that comes by a macro may have been made by one, so that no source has it. */
	if (code || !is_written)
		return code;
	kmend_step_update(creation->progress, outside->name, 0, 0);
	code = kmend_provider_find(creation->tree, creation->request->cache, creation->request->jobs,
				   creation->progress, &provider, error);
	if (code)
		return code;
	switch (provider.answer) {
	case KMEND_PROVIDER_UNKNOWN:
	case KMEND_PROVIDER_THERE:
		break;
	case KMEND_PROVIDER_PRIVATE:
		text = kmend_format("%s: %s refers to %s, which is static in %s", outside->unit, outside->from,
				    outside->name, provider.where);
		kmend_reason_add(&reason, &nr_reasons, "symbol-private", text, "");
		break;
	case KMEND_PROVIDER_NOWHERE:
		text = kmend_format("%s: %s refers to %s, which %s%s%s", outside->unit, outside->from, outside->name,
				    is_kernel ? "nothing in the kernel has" : "neither the module ",
				    is_kernel ? "" : part->target,
				    is_kernel ? "" : " has, nor the kernel or another module exports");
		kmend_reason_add(&reason, &nr_reasons, "symbol-missing", text, "");
		break;
	}
	if (reason)
		kmend_reason_about(reason, outside->unit, outside->from, 0);
	kmend_assessment_add(&creation->result->assessment, reason, nr_reasons);
	kmend_reasons_free(reason, nr_reasons);
	free(provider.where);
	return 0;
}

int kmend_create_judge_outside(struct kmend_creation *creation, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < creation->nr_parts; i++)
		for (size_t j = 0; j < creation->parts[i].link.nr_outside && !code; j++)
			code = judge(creation, &creation->parts[i], &creation->parts[i].link.outside[j], error);
	return code;
}
