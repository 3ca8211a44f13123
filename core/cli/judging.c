// SPDX-License-Identifier: GPL-2.0
#include "judging.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../container/container.h"

#define ANSWER_LIMIT (64 << 20)

/* What the exit status of assess and create means for a change. */
static const struct {
	enum kmend_status status;
	enum kmend_change_verdict verdict;
} verdicts[] = {
	{ KMEND_STATUS_OK, KMEND_CHANGE_HOTPATCH },
	{ KMEND_STATUS_NEEDS_CODE, KMEND_CHANGE_NEEDS_CODE },
	{ KMEND_STATUS_OUT_OF_SCOPE, KMEND_CHANGE_REBOOT },
	{ KMEND_STATUS_NO_CHANGE, KMEND_CHANGE_NO_CHANGE },
	{ KMEND_STATUS_DIFF_NOT_BUILT, KMEND_CHANGE_NO_CHANGE },
	{ KMEND_STATUS_DIFF_NOT_APPLICABLE, KMEND_CHANGE_INSEPARABLE },
};

static char *place_of(const struct kmend_judging *judging, const char *kind, const char *id, const char *ending)
{
	return kmend_format("%s/%s/%s%s", judging->directory, kind, id, ending);
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	return object && json_object_is_type(object, json_type_object) &&
			       json_object_object_get_ex(object, name, &member) &&
			       json_object_is_type(member, json_type_string)
		       ? json_object_get_string(member)
		       : "";
}

/* One line, whatever came. */
static char *line_of(const char *text)
{
	char *line = kmend_strdup(text);

	for (char *c = line; *c; c++)
		*c = (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c;
	return line;
}

/* Reasons that speak against it; notes too where there is nothing else to say why. */
static void take_reasons(struct json_object *root, struct kmend_piece *change)
{
	struct json_object *list;

	if (!json_object_object_get_ex(root, "reasons", &list) || !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list) && change->reasons.count < 100; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		_cleanup_free_ char *text = line_of(text_of(item, "text"));

		if (strcmp(text_of(item, "kind"), "note") && !*text_of(item, "answer"))
			kmend_strv_addf(&change->reasons, "%s: %s", text_of(item, "code"), text);
	}
}

static void take_functions(struct json_object *root, struct kmend_piece *change)
{
	struct json_object *list;

	if (!json_object_object_get_ex(root, "functions", &list) || !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		kmend_strv_addf(&change->functions, "%s %s", text_of(item, "unit"), text_of(item, "name"));
	}
}

/* A job's answer: its status, and what it printed as JSON. */
static void take_answer(struct kmend_piece *change, int status, const char *text, const char *errors)
{
	struct json_object *root = text ? json_tokener_parse(text) : NULL, *failure = NULL;

	kmend_strv_free(&change->reasons);
	kmend_strv_free(&change->functions);
	change->verdict = KMEND_CHANGE_FAILED;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(verdicts); i++)
		if ((int)verdicts[i].status == status)
			change->verdict = verdicts[i].verdict;
	if (root) {
		take_reasons(root, change);
		take_functions(root, change);
		json_object_object_get_ex(root, "error", &failure);
	}
	if (status && !change->reasons.count) {
		_cleanup_free_ char *line = line_of(*text_of(failure, "message") ? text_of(failure, "message")
						    : errors && *errors		 ? errors
										 : "it ended without a word");

		kmend_strv_addf(&change->reasons, "%s: %s",
				*text_of(failure, "name") ? text_of(failure, "name") : "failed", line);
	}
	json_object_put(root);
}

/* What the answer hangs on besides the program: the kernel, the diff, what it sits on, and what is noted in the update. */
static void question_of(const struct kmend_judging *judging, const struct kmend_piece *change,
			char ret_hex[KMEND_SHA256_HEX])
{
	_cleanup_free_ char *path = kmend_path(judging->directory, change->diff), *diff = NULL;
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	size_t size = 0;

	kmend_buffer_addf(&text, "%s\n%s\n%s\n", judging->release, change->erratum, change->subject);
	for (size_t i = 0; i < change->cves.count; i++)
		kmend_buffer_addf(&text, "%s\n", change->cves.items[i]);
	for (size_t i = 0; judging->create && i < change->depends.count; i++) {
		_cleanup_free_ char *base = place_of(judging, "updates", change->depends.items[i], ".kmend");
		_cleanup_container_ struct kmend_container *container = NULL;
		char digest[KMEND_SHA256_HEX];

		/* One that could not be made is left out (drop_unmade()). Its build counts: verify writes into the file. */
		if (kmend_container_read(base, &container, NULL))
			continue;
		kmend_manifest_digest(container->manifest, digest);
		kmend_buffer_addf(&text, "%s\n", digest);
	}
	if (!kmend_file_read(path, ANSWER_LIMIT, &diff, &size, NULL))
		kmend_buffer_add(&text, diff, size);
	kmend_sha256(text.data, text.size, ret_hex);
}

/* Is it an answer at all? That a compiler is missing, or the disk full, is not the change's fault and may be mended. */
static bool is_answer(int status)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(verdicts); i++)
		if ((int)verdicts[i].status == status)
			return true;
	return false;
}

/* Answers are kept as {"status": N, "question": HEX, "answer": …}, so that a stopped run goes on where it was. */
static void keep_answer(const struct kmend_judging *judging, const struct kmend_piece *change, int status,
			const char *text)
{
	_cleanup_free_ char *path = place_of(judging, judging->create ? "updates" : "verdicts", change->id, ".json");
	_cleanup_free_ char *whole = NULL;
	char question[KMEND_SHA256_HEX];

	if (!is_answer(status))
		return;
	question_of(judging, change, question);
	whole = kmend_format("{\"status\": %d, \"question\": \"%s\", \"answer\": %s}\n", status, question,
			     text && *text ? text : "null");
	kmend_file_write_atomic(path, whole, strlen(whole), 0644, NULL);
}

static bool take_kept(const struct kmend_judging *judging, struct kmend_piece *change)
{
	_cleanup_free_ char *path = place_of(judging, judging->create ? "updates" : "verdicts", change->id, ".json");
	_cleanup_free_ char *container = place_of(judging, "updates", change->id, ".kmend"), *text = NULL;
	struct json_object *root, *member;
	char question[KMEND_SHA256_HEX];
	int status;

	if (kmend_file_read(path, ANSWER_LIMIT, &text, NULL, NULL))
		return false;
	root = json_tokener_parse(text);
	question_of(judging, change, question);
	if (!root || !json_object_object_get_ex(root, "status", &member) ||
	    strcmp(text_of(root, "question"), question)) {
		json_object_put(root);
		return false;
	}
	status = json_object_get_int(member);
	if (judging->create && !status && !kmend_file_exists(container)) {
		json_object_put(root);
		return false;
	}
	json_object_object_get_ex(root, "answer", &member);
	take_answer(change, status, member ? json_object_to_json_string(member) : NULL, NULL);
	json_object_put(root);
	return true;
}

static void add_option(struct kmend_strv *words, const char *name, const char *value)
{
	if (!value)
		return;
	kmend_strv_add(words, name);
	kmend_strv_add(words, value);
}

/* The words of a job. */
static void command_of(const struct kmend_judging *judging, const struct kmend_piece *change, struct kmend_strv *words)
{
	_cleanup_free_ char *diff = kmend_path(judging->directory, change->diff);
	_cleanup_free_ char *output = place_of(judging, "updates", change->id, ".kmend");

	kmend_strv_add(words, "/proc/self/exe");
	kmend_strv_add(words, judging->create ? "create" : "assess");
	if (judging->create)
		add_option(words, "--diff", diff);
	else
		kmend_strv_add(words, diff);
	add_option(words, "--kernel", judging->release);
	add_option(words, "--source", judging->source);
	add_option(words, "--headers", judging->headers);
	add_option(words, "--jobs", "1");
	kmend_strv_add(words, "--json");
	kmend_strv_add(words, "--quiet");
	if (!judging->create)
		return;
	add_option(words, "--id", change->id);
	add_option(words, "--description", *change->subject ? change->subject : change->id);
	add_option(words, "--output", output);
	if (*change->erratum)
		add_option(words, "--erratum", change->erratum);
	for (size_t i = 0; i < change->cves.count; i++)
		add_option(words, "--cve", change->cves.items[i]);
	for (size_t i = 0; i < change->depends.count; i++) {
		_cleanup_free_ char *base = place_of(judging, "updates", change->depends.items[i], ".kmend");

		add_option(words, "--base", base);
	}
}

/* Bases that could not be made are left out: the diff then shows whether it needs them. Says so if there are some. */
static void drop_unmade(const struct kmend_judging *judging, struct kmend_errata *errata, struct kmend_piece *change)
{
	struct kmend_strv kept = { 0 };

	for (size_t i = 0; i < change->depends.count; i++) {
		const struct kmend_piece *base = kmend_errata_find_change(errata, change->depends.items[i]);

		if (base && base->verdict == KMEND_CHANGE_HOTPATCH)
			kmend_strv_add(&kept, change->depends.items[i]);
	}
	(void)judging;
	kmend_strv_free(&change->depends);
	change->depends = kept;
}

/* Does it sit on something by the claim itself: another commit of the same CVE that could not be made? */
static const char *missing_half(struct kmend_errata *errata, const struct kmend_piece *change)
{
	for (size_t i = 0; i < change->depends.count; i++) {
		const struct kmend_piece *base = kmend_errata_find_change(errata, change->depends.items[i]);

		for (size_t j = 0; base && base->verdict != KMEND_CHANGE_HOTPATCH &&
				   base->verdict != KMEND_CHANGE_NO_CHANGE && j < change->cves.count;
		     j++)
			if (kmend_strv_has(&base->cves, change->cves.items[j]))
				return base->id;
	}
	return NULL;
}

size_t *kmend_judge_depths(const struct kmend_errata *errata)
{
	size_t *depths = kmend_calloc(errata->nr_changes + 1, sizeof(*depths));
	bool changed = true;

	/* Bases come first in a plan, so a second pass finds nothing; passes are counted since foreign lists may go in circles. */
	for (size_t pass = 0; changed && pass < errata->nr_changes; pass++) {
		changed = false;
		for (size_t i = 0; i < errata->nr_changes; i++)
			for (size_t j = 0; j < errata->changes[i].depends.count; j++) {
				const struct kmend_piece *base =
					kmend_errata_find_change(errata, errata->changes[i].depends.items[j]);
				size_t depth = base ? depths[base - errata->changes] + 1 : 0;

				if (base == &errata->changes[i] || depth <= depths[i])
					continue;
				depths[i] = depth;
				changed = true;
			}
	}
	return depths;
}

struct wave {
	struct kmend_strv *words;
	struct kmend_buffer *outputs;
	struct kmend_buffer *errors;
	struct kmend_child *children;
	int *statuses;
	size_t *indices;
	size_t count;
	struct kmend_progress *progress;
	size_t done_before, total;
};

static void tell_done(void *context, size_t ended)
{
	struct wave *wave = context;

	kmend_step_update(wave->progress, "changes", wave->done_before + ended, wave->total);
}

static void wave_clear(struct wave *wave)
{
	for (size_t i = 0; i < wave->count; i++) {
		kmend_strv_free(&wave->words[i]);
		kmend_buffer_free(&wave->outputs[i]);
		kmend_buffer_free(&wave->errors[i]);
	}
	free(wave->words);
	free(wave->outputs);
	free(wave->errors);
	free(wave->children);
	free(wave->statuses);
	free(wave->indices);
}

/* kmend_child_run_all() stops after a failure, and failures are answers here: so `jobs` at a time, to the end. */
static int run_some(struct wave *wave, size_t first, size_t count, unsigned int jobs, struct kmend_error *error)
{
	for (size_t done = 0; done < count;) {
		size_t now = count - done < jobs ? count - done : jobs;
		int code = kmend_child_run_all(&wave->children[first + done], now, jobs, &wave->statuses[first + done],
					       NULL, NULL, error);

		if (code < 0 && code != -ECANCELED)
			return code;
		done += now;
		tell_done(wave, first + done);
	}
	return 0;
}

static int run_wave(const struct kmend_judging *judging, struct kmend_errata *errata, struct wave *wave,
		    struct kmend_error *error)
{
	int code;

	wave->words = kmend_calloc(wave->count + 1, sizeof(*wave->words));
	wave->outputs = kmend_calloc(wave->count + 1, sizeof(*wave->outputs));
	wave->errors = kmend_calloc(wave->count + 1, sizeof(*wave->errors));
	wave->children = kmend_calloc(wave->count + 1, sizeof(*wave->children));
	wave->statuses = kmend_calloc(wave->count + 1, sizeof(*wave->statuses));
	for (size_t i = 0; i < wave->count; i++) {
		_cleanup_free_ char *verified =
			place_of(judging, "updates", errata->changes[wave->indices[i]].id, ".kmend.verified");

		/* The mark is of the one that is made anew. */
		if (judging->create)
			unlink(verified);
		command_of(judging, &errata->changes[wave->indices[i]], &wave->words[i]);
		wave->children[i] = (struct kmend_child){
			.argv = (const char *const *)wave->words[i].items,
			.output = &wave->outputs[i],
			.errors = &wave->errors[i],
		};
	}
	/* The first one prepares the tree that all others use; they would only wait for it. */
	code = run_some(wave, 0, wave->count && !wave->done_before ? 1 : 0, 1, error);
	if (!code)
		code = run_some(wave, wave->done_before ? 0 : 1, wave->count - (wave->done_before ? 0 : 1),
				judging->jobs ? judging->jobs : 1, error);
	for (size_t i = 0; i < wave->count && !code; i++) {
		struct kmend_piece *change = &errata->changes[wave->indices[i]];

		take_answer(change, wave->statuses[i], wave->outputs[i].data, wave->errors[i].data);
		keep_answer(judging, change, wave->statuses[i], wave->outputs[i].data);
	}
	return code;
}

static bool is_due(const struct kmend_piece *change)
{
	return *change->diff && change->verdict == KMEND_CHANGE_UNKNOWN;
}

static int prepare(const struct kmend_judging *judging, struct kmend_error *error)
{
	_cleanup_free_ char *updates = kmend_path(judging->directory, judging->create ? "updates" : "verdicts");

	return kmend_mkdir_parents(updates, 0755, error);
}

/* Take it out of the wave if nothing has to be run for it. */
static bool is_settled(const struct kmend_judging *judging, struct kmend_errata *errata, struct kmend_piece *change)
{
	const char *half = judging->create ? missing_half(errata, change) : NULL;

	if (half) {
		change->verdict = kmend_errata_find_change(errata, half)->verdict;
		kmend_strv_addf(&change->reasons, "other-half: %s, which mends the same fault, cannot become an update",
				half);
		return true;
	}
	if (judging->create)
		drop_unmade(judging, errata, change);
	return take_kept(judging, change);
}

int kmend_judge(const struct kmend_judging *judging, struct kmend_errata *errata, struct kmend_error *error)
{
	size_t *depths =
		judging->create ? kmend_judge_depths(errata) : kmend_calloc(errata->nr_changes + 1, sizeof(*depths));
	size_t total = 0, done = 0, deepest = 0;
	int code = prepare(judging, error);

	for (size_t i = 0; i < errata->nr_changes; i++) {
		total += is_due(&errata->changes[i]);
		deepest = depths[i] > deepest ? depths[i] : deepest;
	}
	for (size_t depth = 0; depth <= deepest && !code; depth++) {
		struct wave wave = { .progress = judging->progress, .done_before = done, .total = total };

		for (size_t i = 0; i < errata->nr_changes; i++) {
			struct kmend_piece *change = &errata->changes[i];

			if (depths[i] != depth || !is_due(change))
				continue;
			if (is_settled(judging, errata, change))
				wave.done_before++;
			else
				*kmend_array_add(wave.indices, wave.count) = i;
		}
		if (wave.count)
			code = run_wave(judging, errata, &wave, error);
		done = wave.done_before + wave.count;
		wave_clear(&wave);
	}
	free(depths);
	return code;
}

int kmend_judge_one(const struct kmend_judging *judging, struct kmend_errata *errata, const char *id,
		    struct kmend_error *error)
{
	struct kmend_piece *change = kmend_errata_find_change(errata, id);
	struct wave wave = { .progress = judging->progress, .total = 1 };
	int code;

	if (!change)
		return kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "the plan has no change '%s'", id);
	code = prepare(judging, error);
	kmend_judge_collect(judging, errata);
	if (code || !is_due(change) || is_settled(judging, errata, change))
		return code;
	*kmend_array_add(wave.indices, wave.count) = change - errata->changes;
	code = run_wave(judging, errata, &wave, error);
	wave_clear(&wave);
	return code;
}

void kmend_judge_collect(const struct kmend_judging *judging, struct kmend_errata *errata)
{
	for (size_t i = 0; i < errata->nr_changes; i++)
		if (is_due(&errata->changes[i]))
			take_kept(judging, &errata->changes[i]);
}
