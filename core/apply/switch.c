// SPDX-License-Identifier: GPL-2.0
#include "switch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "../base/blocker.h"
#include "refusal.h"

/* Pauses between tries; the last one repeats. Long enough together for most sleepers to leave a function. */
static const unsigned int pauses_ms[] = { 500, 1000, 2000, 3000, 4000 };

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static bool is_cancelled(const struct kmend_apply_options *options)
{
	return options->cancel && *options->cancel;
}

static void pause_ms(unsigned int ms, const struct kmend_apply_options *options)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (!is_cancelled(options) && nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* What the kernel says after a try. */
static void take_words(const struct kmend_machine *machine, const char *id, int code, struct kmend_result *result)
{
	_cleanup_live_ struct kmend_live *live = NULL;

	kmend_strv_free(&result->blockers);
	kmend_strv_free(&result->functions);
	kmend_strv_free(&result->targets);
	free(kmend_steal(result->refusal));
	free(kmend_steal(result->engine));
	if (kmend_live_read(machine, id, &live, NULL))
		return;
	result->functions = live->functions;
	live->functions = (struct kmend_strv){ 0 };
	result->targets = live->targets;
	live->targets = (struct kmend_strv){ 0 };
	result->engine = kmend_strdup(live->engine);
	result->remaining = live->remaining;
	if (!code) {
		result->pause_ns = live->pause_ns;
		if (!kmend_live_is_under_way(live))
			return;
	}
	if (code)
		result->refusal = kmend_steal(live->refusal);
	result->blockers = live->blockers;
	live->blockers = (struct kmend_strv){ 0 };
}

/* What is written to begin it. */
static const char *word_of(const char *file, const struct kmend_apply_options *options)
{
	static const char *const words[][2] = {
		[KMEND_CHOICE_UPDATE] = { "1", "check" },
		[KMEND_CHOICE_STOP] = { "stop", "check stop" },
		[KMEND_CHOICE_GRADUAL] = { "gradual", "check gradual" },
	};

	return words[strcmp(file, "apply") ? KMEND_CHOICE_UPDATE : options->engine][options->dry_run];
}

/*
 * Tasks go over one by one: wait until all have, or patience ends. Return: 0, it has come where it was to go; -EINPROGRESS.
 */
static int wait_for_tasks(const struct kmend_machine *machine, const char *id, const char *file,
			  const struct kmend_apply_options *options, struct kmend_result *result)
{
	unsigned int patience = options->timeout_ms ? options->timeout_ms : KMEND_GRADUAL_PATIENCE_MS;
	uint64_t begin = now_ms(), most = 0;

	for (;;) {
		_cleanup_live_ struct kmend_live *live = NULL;
		_cleanup_free_ char *first = NULL, *text = NULL;

		if (kmend_live_read(machine, id, &live, NULL) || !kmend_live_is_under_way(live)) {
			take_words(machine, id, 0, result);
			/* Somebody else may have turned it round. */
			return !most || !live || (live->state == KMEND_STATE_APPLIED) == !strcmp(file, "apply")
				       ? 0
				       : -ECANCELED;
		}
		most = live->remaining > most ? live->remaining : most ? most : 1;
		first = live->blockers.count ? kmend_blocker_text(live->blockers.items[0]) : NULL;
		text = kmend_format("%llu task%s left%s%s", (unsigned long long)live->remaining,
				    live->remaining == 1 ? "" : "s", first ? ": " : "", first ? first : "");
		kmend_step_update(options->progress, text, most - live->remaining, most);
		if (now_ms() - begin >= patience || is_cancelled(options)) {
			take_words(machine, id, 0, result);
			return -EINPROGRESS;
		}
		pause_ms(now_ms() - begin < 1000 ? 100 : 500, options);
	}
}

/* One try, with all that comes of it. */
static int try_once(const struct kmend_machine *machine, const char *id, const char *file, const char *word,
		    const struct kmend_apply_options *options, struct kmend_result *result)
{
	int code = kmend_live_write(machine, id, file, word);

	take_words(machine, id, code, result);
	return code || options->dry_run ? code : wait_for_tasks(machine, id, file, options, result);
}

static bool may_be_gradual(const struct kmend_machine *machine, const char *id, const char *file,
			   const struct kmend_apply_options *options)
{
	_cleanup_live_ struct kmend_live *live = NULL;

	return !strcmp(file, "apply") && options->engine == KMEND_CHOICE_UPDATE && !options->dry_run &&
	       !is_cancelled(options) && !kmend_live_read(machine, id, &live, NULL) && live->may_be_gradual;
}

/* It was busy each time; what its author allowed for that case is the last try. */
static int give_up_or_go_gradual(const struct kmend_machine *machine, const char *id, const char *file, int code,
				 const struct kmend_apply_options *options, struct kmend_result *result)
{
	if (code != -EBUSY || !may_be_gradual(machine, id, file, options))
		return code;
	kmend_step_update(options->progress, "busy; switching task by task", 0, 0);
	result->attempts++;
	return try_once(machine, id, file, "gradual", options, result);
}

int kmend_switch(const struct kmend_machine *machine, const char *id, const char *file,
		 const struct kmend_apply_options *options, struct kmend_result *result)
{
	const char *word = word_of(file, options);
	uint64_t begin = now_ms();
	int code;

	for (unsigned int try = 0;; try++) {
		unsigned int pause =
			pauses_ms[try < KMEND_ARRAY_SIZE(pauses_ms) ? try : KMEND_ARRAY_SIZE(pauses_ms) - 1];
		_cleanup_free_ char *text = NULL;

		result->attempts = try + 1;
		code = try_once(machine, id, file, word, options, result);
		/* EAGAIN: the code changed between match and switch; tracers do that, and it settles. */
		if (code != -EBUSY && code != -EAGAIN)
			return code;
		if (try >= options->retries || is_cancelled(options) ||
		    (options->timeout_ms && now_ms() - begin + pause > options->timeout_ms))
			return give_up_or_go_gradual(machine, id, file, code, options, result);
		text = kmend_format("busy (%s), trying again in %u.%u s",
				    result->blockers.count ? result->blockers.items[0] : "the code changed",
				    pause / 1000, pause % 1000 / 100);
		kmend_step_update(options->progress, text, try + 1, options->retries + 1);
		pause_ms(pause, options);
		if (is_cancelled(options))
			return code;
	}
}

static void add_blockers(const struct kmend_result *result, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer lines = { 0 };

	for (size_t i = 0; i < result->blockers.count; i++) {
		_cleanup_free_ char *text = kmend_blocker_text(result->blockers.items[i]);

		kmend_buffer_addf(&lines, "  %s\n", text);
	}
	if (lines.data)
		kmend_detail(error, lines.data);
}

int kmend_switch_unfinished(const char *id, const char *what, const struct kmend_result *result,
			    struct kmend_error *error)
{
	kmend_fail(error, KMEND_STATUS_BUSY, -EINPROGRESS, "%s is %s task by task, and %llu task%s to come", id, what,
		   (unsigned long long)result->remaining, result->remaining == 1 ? " is still" : "s are still");
	add_blockers(result, error);
	return -EINPROGRESS;
}

int kmend_switch_error(const char *id, const char *verb, int code, const struct kmend_result *result,
		       struct kmend_error *error)
{
	_cleanup_free_ char *what = kmend_format("cannot %s %s", verb, id);

	if (!result->refusal || !*result->refusal)
		return kmend_fail_errno(error, code, "cannot %s %s", verb, id);
	code = kmend_fail_refused(error, what, result->refusal);
	add_blockers(result, error);
	return code;
}
