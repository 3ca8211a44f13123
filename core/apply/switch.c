// SPDX-License-Identifier: GPL-2.0
#include "switch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

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
	if (kmend_live_read(machine, id, &live, NULL))
		return;
	result->functions = live->functions;
	live->functions = (struct kmend_strv){ 0 };
	result->targets = live->targets;
	live->targets = (struct kmend_strv){ 0 };
	if (!code) {
		result->pause_ns = live->pause_ns;
		return;
	}
	result->refusal = kmend_steal(live->refusal);
	result->blockers = live->blockers;
	live->blockers = (struct kmend_strv){ 0 };
}

int kmend_switch(const struct kmend_machine *machine, const char *id, const char *file,
		 const struct kmend_apply_options *options, struct kmend_result *result)
{
	const char *value = options->dry_run ? "check" : "1";
	uint64_t begin = now_ms();
	int code;

	for (unsigned int try = 0;; try++) {
		unsigned int pause =
			pauses_ms[try < KMEND_ARRAY_SIZE(pauses_ms) ? try : KMEND_ARRAY_SIZE(pauses_ms) - 1];
		_cleanup_free_ char *text = NULL;

		code = kmend_live_write(machine, id, file, value);
		result->attempts = try + 1;
		take_words(machine, id, code, result);
		/* EAGAIN: the code changed between match and switch; tracers do that, and it settles. */
		if ((code != -EBUSY && code != -EAGAIN) || try >= options->retries || is_cancelled(options))
			return code;
		if (options->timeout_ms && now_ms() - begin + pause > options->timeout_ms)
			return code;
		text = kmend_format("busy (%s), trying again in %u.%u s",
				    result->blockers.count ? result->blockers.items[0] : "the code changed",
				    pause / 1000, pause % 1000 / 100);
		kmend_step_update(options->progress, text, try + 1, options->retries + 1);
		pause_ms(pause, options);
		if (is_cancelled(options))
			return code;
	}
}

int kmend_switch_error(const char *id, const char *verb, int code, const struct kmend_result *result,
		       struct kmend_error *error)
{
	_cleanup_free_ char *what = kmend_format("cannot %s %s", verb, id);
	_cleanup_buffer_ struct kmend_buffer lines = { 0 };

	if (!result->refusal || !*result->refusal)
		return kmend_fail_errno(error, code, "cannot %s %s", verb, id);
	code = kmend_fail_refused(error, what, result->refusal);
	for (size_t i = 0; i < result->blockers.count; i++) {
		_cleanup_free_ char *text = kmend_blocker_text(result->blockers.items[i]);

		kmend_buffer_addf(&lines, "  %s\n", text);
	}
	if (lines.data)
		kmend_detail(error, lines.data);
	return code;
}
