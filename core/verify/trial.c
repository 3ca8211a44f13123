// SPDX-License-Identifier: GPL-2.0
/* One update in one guest: the steps are rows of a table at the end. Whatever fails, later steps are not tried. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <kmend/abi.h>

#include "../base/blocker.h"
#include "guest/wire.h"
#include "internal.h"

#define BUSY_TRIES 10
#define GRADUAL_TRIES 40 /* a second each; livepatch wakes stragglers after 15 */

void kmend_trial_clear(struct kmend_trial *trial)
{
	free(trial->problem);
	free(trial->shared);
	kmend_strv_free(&trial->targets);
	kmend_strv_free(&trial->log);
	kmend_strv_free(&trial->remarks);
	json_object_put(trial->seconds);
	trial->seconds = NULL;
}

static int problem(struct kmend_trial *trial, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int problem(struct kmend_trial *trial, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	free(trial->problem);
	trial->problem = kmend_strdup(text);
	return -EIO;
}

static int gone(struct kmend_trial *trial, int code)
{
	trial->down = true;
	return problem(trial, code == -ETIMEDOUT ? "the guest does not answer any more" : "the guest went down");
}

static const char *id_of(const struct kmend_trial *trial)
{
	return trial->subject->container->manifest->id;
}

/* One of the update's files in the guest's sysfs. New memory; NULL if it cannot be read. */
static char *read_value(struct kmend_trial *trial, const char *name)
{
	_cleanup_free_ char *path = kmend_format(KMEND_SYSFS "/%s/%s", id_of(trial), name), *text = NULL;
	long code;

	if (kmend_guest_ask(trial->guest, &code, &text, "read", path, NULL) || code)
		return NULL;
	for (size_t end = strlen(text); end && text[end - 1] == '\n'; end--)
		text[end - 1] = '\0';
	return kmend_steal(text);
}

/* The tasks that are in the way, as sentences. New memory; NULL: there are none. */
static char *blockers_text(struct kmend_trial *trial)
{
	_cleanup_free_ char *lines = read_value(trial, "blockers");
	struct kmend_buffer text = { 0 };
	char *rest = NULL;

	for (char *line = lines ? strtok_r(lines, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
		_cleanup_free_ char *sentence = kmend_blocker_text(line);

		kmend_buffer_addf(&text, "%s%s", text.size ? "; " : "", sentence);
	}
	return text.data;
}

/* What the kernel says of its refusal, or of the system call. New memory. */
static char *reason_of(struct kmend_trial *trial, long code)
{
	_cleanup_free_ char *refusal = read_value(trial, "refusal"), *blockers = blockers_text(trial);

	if (blockers)
		return kmend_format("%s: %s", strerror(-code), blockers);
	if (refusal && *refusal)
		return kmend_steal(refusal);
	return kmend_strdup(strerror(-code));
}

/* Modules that the update changes. One that does not start here (no such device) leaves its part armed. */
static int step_targets(struct kmend_trial *trial)
{
	const struct kmend_strv *targets = &trial->subject->targets;

	for (size_t i = 0; i < targets->count; i++) {
		const char *name = targets->items[i];
		long code;
		int gone_code;

		if (trial->subject->keep_targets_out) {
			kmend_strv_addf(&trial->remarks, "module %s is left out: the guest does not survive its start",
					name);
			continue;
		}
		gone_code = kmend_guest_ask(trial->guest, &code, NULL, "load", name, NULL);
		if (gone_code)
			return gone(trial, gone_code);
		if (code)
			kmend_strv_addf(&trial->remarks, "module %s does not start here: %s", name, strerror(-code));
	}
	return 0;
}

static int step_load(struct kmend_trial *trial)
{
	const char *name;

	for (size_t i = 0; (name = kmend_subject_part_name(trial->subject, i)); i++) {
		_cleanup_free_ char *place = kmend_subject_part_place(trial->subject, i), *reason = NULL;
		long code;
		int gone_code = kmend_guest_ask(trial->guest, &code, NULL, "insert", place, NULL);

		if (gone_code)
			return gone(trial, gone_code);
		if (code) {
			reason = reason_of(trial, code);
			return problem(trial, "%s.ko was not taken: %s", name, reason);
		}
	}
	return 0;
}

static int run_probe(struct kmend_trial *trial, const char *command, const char *when)
{
	_cleanup_free_ char *seconds = kmend_format("%u", trial->request->timeout / 2 + 1), *output = NULL;
	long code;
	int gone_code;

	if (!command)
		return 0;
	gone_code = kmend_guest_ask(trial->guest, &code, &output, "run", seconds, command);
	if (gone_code)
		return gone(trial, gone_code);
	if (!code)
		return 0;
	return problem(trial, "the probe '%s' failed %s (status %ld): %s", command, when, code, output);
}

/*
 * The state it comes to. The gradual engine only begins when it is asked: tasks go over one by one, at the latest (those on a
 * CPU) when they leave the kernel, and who reads the state has it looked at again.
 */
static char *settled_state(struct kmend_trial *trial)
{
	static const struct timespec pause = { .tv_sec = 1 };
	char *state = read_value(trial, "state");

	for (int i = 0; i < GRADUAL_TRIES && state && (!strcmp(state, "switching") || !strcmp(state, "reversing"));
	     i++) {
		nanosleep(&pause, NULL);
		free(state);
		state = read_value(trial, "state");
	}
	return state;
}

/* Write "1" to apply or reverse; a busy kernel is asked again, as the applier does. */
static int write_switch(struct kmend_trial *trial, const char *file, const char *wanted)
{
	_cleanup_free_ char *path = kmend_format(KMEND_SYSFS "/%s/%s", id_of(trial), file), *reason = NULL;
	_cleanup_free_ char *state = NULL;
	long code = 0;

	for (int i = 0; i < BUSY_TRIES; i++) {
		const struct timespec pause = { .tv_sec = i ? 1 : 0, .tv_nsec = i ? 0 : 200 * 1000 * 1000 };
		int gone_code = kmend_guest_ask(trial->guest, &code, NULL, "write", path, "1");

		if (gone_code)
			return gone(trial, gone_code);
		if (code != -EBUSY && code != -EAGAIN)
			break;
		nanosleep(&pause, NULL);
	}
	if (code) {
		reason = reason_of(trial, code);
		return problem(trial, "the kernel refused to %s: %s", file, reason);
	}
	state = settled_state(trial);
	if (state && (!strcmp(state, "switching") || !strcmp(state, "reversing"))) {
		/* The main function of a thread, say: the thread keeps what it is in until it ends (docs/engines.md). */
		reason = blockers_text(trial);
		return problem(
			trial,
			"after '%s' the update is still %s, since tasks do not leave the code that is replaced: %s",
			file, state, reason ? reason : "none that is known");
	}
	if (!state || strcmp(state, wanted))
		return problem(trial, "the update's state is '%s' after '%s', not '%s'", state ? state : "", file,
			       wanted);
	return 0;
}

static unsigned long long read_pause(struct kmend_trial *trial)
{
	_cleanup_free_ char *text = read_value(trial, "pause_ns");

	return text ? strtoull(text, NULL, 10) : 0;
}

/* "NAME STATE" a line. */
static void read_targets(struct kmend_trial *trial)
{
	_cleanup_free_ char *text = read_value(trial, "targets"), *functions = read_value(trial, "functions");
	char *rest = NULL;

	kmend_strv_free(&trial->targets);
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
		kmend_strv_add(&trial->targets, line);
	trial->functions = functions && *functions ? 1 : 0;
	for (const char *at = functions; at && (at = strchr(at, '\n')); at++)
		trial->functions++;
}

static int step_before(struct kmend_trial *trial)
{
	return run_probe(trial, trial->request->probe_before, "before the update was applied");
}

static int step_apply(struct kmend_trial *trial)
{
	int code = write_switch(trial, "apply", "applied");

	if (code)
		return code;
	trial->applied = true;
	trial->pause_apply = read_pause(trial);
	read_targets(trial);
	for (size_t i = 0; i < trial->targets.count; i++)
		if (kmend_ends_with(trial->targets.items[i], " refused"))
			return problem(trial, "the kernel refused one target: %s", trial->targets.items[i]);
	return 0;
}

/*
 * Modules that did not stay when they were started before: once more, with the update in force, so that it joins them.
 * One whose start the kernel complained of before is left alone.
 */
static int step_arrive(struct kmend_trial *trial)
{
	for (size_t i = 0; i < trial->subject->targets.count && !trial->starts_badly; i++) {
		const char *name = trial->subject->targets.items[i];
		_cleanup_free_ char *armed = kmend_format("%s armed", name);
		long code;
		int gone_code;

		if (trial->subject->keep_targets_out || !kmend_strv_has(&trial->targets, armed))
			continue;
		gone_code = kmend_guest_ask(trial->guest, &code, NULL, "load", name, NULL);
		if (gone_code)
			return gone(trial, gone_code);
	}
	return 0;
}

static int step_after(struct kmend_trial *trial)
{
	return run_probe(trial, trial->request->probe_after, "while the update is in force");
}

static int step_reverse(struct kmend_trial *trial)
{
	int code = write_switch(trial, "reverse", "ready");

	if (code)
		return code;
	trial->reversed = true;
	trial->pause_reverse = read_pause(trial);
	return run_probe(trial, trial->request->probe_before, "after the update was reversed");
}

/* Once more: nothing of the first time may be in the way. */
static int step_again(struct kmend_trial *trial)
{
	int code = write_switch(trial, "apply", "applied");

	if (!code)
		code = run_probe(trial, trial->request->probe_after, "while the update is in force again");
	return code ? code : write_switch(trial, "reverse", "ready");
}

/* One that escapes stays in memory on purpose. */
static int step_unload(struct kmend_trial *trial)
{
	size_t count = 0;

	while (kmend_subject_part_name(trial->subject, count))
		count++;
	while (count-- && !trial->subject->container->manifest->escapes) {
		const char *name = kmend_subject_part_name(trial->subject, count);
		long code;
		int gone_code = kmend_guest_ask(trial->guest, &code, NULL, "remove", name, NULL);

		if (gone_code)
			return gone(trial, gone_code);
		if (code)
			return problem(trial, "%s does not leave the kernel: %s", name, strerror(-code));
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct kmend_trial *trial);
	bool of_bases; /* done for what others sit on, too */
} steps[] = {
	{ "targets", step_targets, true }, { "load", step_load, true }, { "before", step_before },
	{ "apply", step_apply, true },	   { "arrive", step_arrive },	{ "after", step_after },
	{ "reverse", step_reverse },	   { "again", step_again },	{ "unload", step_unload },
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void note_seconds(struct kmend_trial *trial, const char *name, double seconds)
{
	_cleanup_free_ char *text = kmend_format("%.3f", seconds);

	json_object_object_add(trial->seconds, name, json_object_new_double_s(seconds, text));
}

/* The kernel's own words count whatever the steps say: what it said since `from`. */
static void judge_console(struct kmend_trial *trial, size_t from)
{
	_cleanup_free_ char *text = kmend_guest_console(trial->guest, from), *tail = NULL;

	kmend_console_judge(text, &trial->log, &trial->remarks);
	if (trial->down && !trial->log.count) {
		tail = kmend_console_tail(text, 5);
		kmend_strv_add(&trial->log, tail);
	}
	if (trial->log.count && !trial->problem) {
		trial->step = "log";
		problem(trial, "the kernel complained: %s", trial->log.items[0]);
	}
}

/* What modules said as they started is not of the update, unless it is what the kernel must never say. */
static void judge_start(struct kmend_trial *trial, size_t from, struct kmend_strv *ret_bad)
{
	_cleanup_free_ char *text = kmend_guest_console(trial->guest, from);
	_cleanup_strv_ struct kmend_strv remarks = { 0 };

	kmend_console_judge(text, ret_bad, &remarks);
}

static void run_steps(struct kmend_trial *trial, bool is_base)
{
	_cleanup_strv_ struct kmend_strv bad = { 0 };
	size_t from = kmend_guest_console_end(trial->guest);

	trial->seconds = json_object_new_object();
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(steps) && !trial->problem; i++) {
		double begin = now();

		if (is_base && !steps[i].of_bases)
			continue;
		if (steps[i].run == step_arrive) {
			judge_console(trial, from);
			from = kmend_guest_console_end(trial->guest);
		}
		if (!trial->problem && steps[i].run(trial))
			trial->step = steps[i].name;
		note_seconds(trial, steps[i].name, now() - begin);
		if (trial->problem || (steps[i].run != step_targets && steps[i].run != step_arrive))
			continue;
		judge_start(trial, from, steps[i].run == step_targets ? &bad : &trial->log);
		trial->starts_badly |= bad.count;
		if (trial->log.count &&
		    problem(trial, "the kernel complained as a module started: %s", trial->log.items[0]))
			trial->step = steps[i].name;
		from = kmend_guest_console_end(trial->guest);
	}
	judge_console(trial, from);
	trial->passed = !trial->problem;
}

void kmend_trial_run(struct kmend_trial *trial)
{
	run_steps(trial, false);
}

void kmend_trial_apply(struct kmend_trial *trial)
{
	run_steps(trial, true);
}
