// SPDX-License-Identifier: GPL-2.0
#include "progress.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "str.h"

#define STEP_NAME_WIDTH 9

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
