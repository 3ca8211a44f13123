// SPDX-License-Identifier: GPL-2.0
#include "core/base/progress.h"
#include "core/base/str.h"
#include "tap.h"

int main(void)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct kmend_progress *progress = kmend_progress_new(stream);
	double seconds = -1;

	kmend_step_end(progress, "ignored: no step has begun");
	kmend_step_begin(progress, "tree", "unpacking");
	kmend_step_update(progress, "files", 3, 10);
	kmend_step_end(progress, "cached");
	kmend_step_begin(progress, "units", "looking");
	kmend_step_begin(progress, "compile", "compiling");
	tap_ok(kmend_step_name(progress, 0, &seconds) && seconds >= 0, "a step's time is known");
	tap_is_str(kmend_step_name(progress, 2, &seconds), "compile", "and its name");
	tap_ok(!kmend_step_name(progress, 3, &seconds), "behind the last there is none");
	kmend_progress_free(progress);
	fclose(stream);
	tap_ok(strstr(text, "tree") && strstr(text, "cached\n"), "a finished step is one line");
	tap_ok(!strchr(text, '\r') && !strstr(text, "3 of 10"), "what is no terminal gets no live line");
	tap_ok(strstr(text, "looking\n"), "a step that was not ended is ended by the next");
	tap_ok(strstr(text, "failed\n"), "one that is cut off has failed");

	progress = kmend_progress_new(NULL);
	kmend_step_begin(progress, "a", "b");
	kmend_step_end(progress, "c");
	tap_ok(kmend_step_name(progress, 0, &seconds), "silence still measures");
	kmend_progress_free(progress);
	kmend_step_begin(NULL, "a", "b");
	kmend_step_update(NULL, "a", 0, 0);
	kmend_step_end(NULL, "c");
	tap_ok(true, "no progress at all is allowed");
	return tap_done();
}
