// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/progress.h"
#include "core/base/str.h"
#include "tap.h"

static void some_steps(FILE *stream)
{
	struct kmend_progress *progress = kmend_progress_new(stream);
	double seconds = -1;

	kmend_step_begin(progress, "tree", "unpacking");
	kmend_step_update(progress, "unpacking", 1, 3);
	kmend_step_end(progress, "%d files", 3);
	kmend_step_begin(progress, "units", "looking");
	kmend_step_begin(progress, "compile",
			 "compiling a unit whose name is longer than any line of this terminal could be, "
			 "and then some more of it");
	usleep(20000);
	kmend_step_fail(progress);
	kmend_step_end(progress, "ended twice");
	tap_is_str(kmend_step_name(progress, 2, &seconds), "compile", "steps can be asked for");
	tap_ok(seconds >= 0.02 && seconds < 5, "with their time");
	tap_ok(!kmend_step_name(progress, 3, &seconds), "up to the last");
	kmend_step_begin(progress, "left", "left open");
	kmend_progress_free(progress);
}

static void test_file(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int lines = 0;

	some_steps(stream);
	fclose(stream);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	tap_is_int(lines, 4, "without a terminal there is one line for each step that has ended");
	tap_ok(!strchr(text, '\r') && !strchr(text, '\033'), "and no control character");
	tap_ok(strstr(text, "tree") && strstr(text, "3 files") && strstr(text, "failed"), "with the results");
	tap_ok(!strstr(text, "1 of 3") && !strstr(text, "ended twice"), "and nothing else");
	free(text);
}

static void test_terminal(void)
{
	struct winsize window = { .ws_row = 24, .ws_col = 50 };
	_cleanup_buffer_ struct kmend_buffer seen = { 0 };
	size_t longest = 0, width = 0;
	char chunk[4096];
	ssize_t got;
	int ours, theirs;
	FILE *stream;

	if (openpty(&ours, &theirs, NULL, NULL, &window) < 0) {
		tap_skip("a terminal", "no pseudo-terminal here");
		return;
	}
	stream = fdopen(theirs, "w");
	some_steps(stream);
	fcntl(ours, F_SETFL, O_NONBLOCK);
	while ((got = read(ours, chunk, sizeof(chunk))) > 0)
		kmend_buffer_add(&seen, chunk, got);
	tap_ok(seen.data && strstr(seen.data, "unpacking (1 of 3)"), "on a terminal the line lives");
	for (size_t i = 0; i < seen.size; i++) {
		width = seen.data[i] == '\r' ? 0 : width + 1;
		if (width > longest)
			longest = width;
	}
	tap_ok(longest < 50 + strlen("\033[K"), "and is never wider than the terminal (%zu)", longest);
	fclose(stream);
	close(ours);
}

/* Where there is no live line, only what takes long is announced. */
static void test_count(void)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct kmend_progress *progress = kmend_progress_new(stream);

	kmend_step_begin(progress, "units", "finding");
	kmend_step_count(progress, "looking into 4 units", 0, 4, 2);
	kmend_step_count(progress, "looking into 4 units", 2, 4, 2);
	kmend_step_count(progress, "looking into 900 units", 0, 900, 270);
	kmend_step_count(progress, "looking into 900 units", 8, 900, 270);
	kmend_step_end(progress, "done");
	kmend_progress_free(progress);
	fclose(stream);
	tap_ok(strstr(text, "looking into 900 units: some 5 min\n"), "what takes long is announced");
	tap_ok(!strstr(text, "4 units") && !strstr(text, "left"), "what does not, is not, and no more is said of it");
}

static void test_silence(void)
{
	double seconds;

	some_steps(NULL);
	kmend_step_begin(NULL, "x", "y");
	kmend_step_update(NULL, "x", 0, 0);
	kmend_step_count(NULL, "x", 0, 1, 100);
	kmend_step_end(NULL, "x");
	kmend_step_fail(NULL);
	kmend_progress_free(NULL);
	tap_ok(!kmend_step_name(NULL, 0, &seconds), "no progress, no steps");
}

int main(void)
{
	test_file();
	test_terminal();
	test_count();
	test_silence();
	return tap_done();
}
