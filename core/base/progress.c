// SPDX-License-Identifier: GPL-2.0
#include "progress.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "str.h"

#define STEP_NAME_WIDTH 9
/* What takes longer than this is announced, also where nobody sees the live line. */
#define ANNOUNCED_SECONDS 30

struct step {
	char *name;
	double seconds;
};

struct kmend_progress {
	FILE *stream;
	bool live; /* the stream is a terminal */
	bool open; /* a step has begun and not ended */
	char *what;
	struct timespec begin;
	/* what is counted at present */
	char *counted;
	size_t first, total;
	struct timespec count_begin;
	struct step *steps;
	size_t nr_steps;
};

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin->tv_sec) + (now.tv_nsec - begin->tv_nsec) / 1e9;
}

struct kmend_progress *kmend_progress_new(FILE *stream)
{
	struct kmend_progress *progress = kmend_calloc(1, sizeof(*progress));

	progress->stream = stream;
	progress->live = stream && isatty(fileno(stream));
	return progress;
}

void kmend_progress_free(struct kmend_progress *progress)
{
	if (!progress)
		return;
	if (progress->open)
		kmend_step_fail(progress);
	for (size_t i = 0; i < progress->nr_steps; i++)
		free(progress->steps[i].name);
	free(progress->steps);
	free(progress->what);
	free(progress->counted);
	free(progress);
}

static struct step *last_step(struct kmend_progress *progress)
{
	return &progress->steps[progress->nr_steps - 1];
}

/* Characters that one line of the terminal holds, less one: a live line that wraps cannot be taken back. */
static int live_width(const struct kmend_progress *progress)
{
	struct winsize size;

	if (ioctl(fileno(progress->stream), TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return 79;
	return size.ws_col - 1;
}

static void print_line(struct kmend_progress *progress, const char *text, bool final)
{
	_cleanup_free_ char *line = NULL;

	if (!progress->stream || (!final && !progress->live))
		return;
	line = kmend_format("  %-*s %6.1f s  %s", STEP_NAME_WIDTH, last_step(progress)->name,
			    seconds_since(&progress->begin), text);
	if (final)
		fprintf(progress->stream, "%s%s\n", progress->live ? "\r\033[K" : "", line);
	else
		fprintf(progress->stream, "\r\033[K%.*s", live_width(progress), line);
	fflush(progress->stream);
}

void kmend_step_begin(struct kmend_progress *progress, const char *name, const char *what)
{
	if (!progress)
		return;
	if (progress->open)
		kmend_step_end(progress, "%s", progress->what);
	kmend_array_add(progress->steps, progress->nr_steps)->name = kmend_strdup(name);
	free(progress->what);
	progress->what = kmend_strdup(what);
	free(progress->counted);
	progress->counted = NULL;
	clock_gettime(CLOCK_MONOTONIC, &progress->begin);
	progress->open = true;
	print_line(progress, what, false);
}

void kmend_step_update(struct kmend_progress *progress, const char *text, size_t done, size_t total)
{
	_cleanup_free_ char *line = NULL;

	if (!progress || !progress->open)
		return;
	line = total ? kmend_format("%s (%zu of %zu)", text, done, total) : kmend_strdup(text);
	print_line(progress, line, false);
}

/* New memory. */
static char *duration(double seconds)
{
	return seconds < 100 ? kmend_format("%.0f s", seconds + 0.5) : kmend_format("%.0f min", seconds / 60 + 0.5);
}

/* Another thing is counted now. */
static void begin_count(struct kmend_progress *progress, const char *text, size_t done, size_t total, double guess)
{
	_cleanup_free_ char *time = duration(guess), *line = NULL;

	free(progress->counted);
	progress->counted = kmend_strdup(text);
	progress->first = done;
	progress->total = total;
	clock_gettime(CLOCK_MONOTONIC, &progress->count_begin);
	if (progress->live || guess < ANNOUNCED_SECONDS)
		return;
	line = kmend_format("%s: some %s", text, time);
	print_line(progress, line, true);
}

void kmend_step_count(struct kmend_progress *progress, const char *text, size_t done, size_t total, double guess)
{
	_cleanup_free_ char *line = NULL, *time = NULL;
	double left = guess;

	if (!progress || !progress->open)
		return;
	if (!progress->counted || strcmp(progress->counted, text) != 0 || progress->total != total ||
	    done < progress->first)
		begin_count(progress, text, done, total, guess);
	if (done > progress->first)
		left = seconds_since(&progress->count_begin) / (done - progress->first) * (total - done);
	time = duration(left);
	line = kmend_format("%s (%zu of %zu, some %s left)", text, done, total, time);
	print_line(progress, line, false);
}

void kmend_step_end(struct kmend_progress *progress, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!progress || !progress->open)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	last_step(progress)->seconds = seconds_since(&progress->begin);
	print_line(progress, text, true);
	progress->open = false;
}

void kmend_step_fail(struct kmend_progress *progress)
{
	kmend_step_end(progress, "failed");
}

const char *kmend_step_name(const struct kmend_progress *progress, size_t i, double *ret_seconds)
{
	if (!progress || i >= progress->nr_steps)
		return NULL;
	*ret_seconds = progress->steps[i].seconds;
	return progress->steps[i].name;
}
