// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <time.h>

#include "core/base/child.h"
#include "tap.h"

#define SHELL(script) ((const char *const[]){ "sh", "-c", script, NULL })

static void test_one(void)
{
	_cleanup_buffer_ struct kmend_buffer out = { 0 }, errors = { 0 }, both = { 0 };
	struct kmend_error error = { 0 };
	struct kmend_child child = { .argv = SHELL("echo out; echo err >&2; exit 3"),
				     .output = &out,
				     .errors = &errors };

	tap_ok(kmend_child_run(&child, &error) == 3, "the exit status comes back");
	tap_ok(!strcmp(out.data, "out\n") && !strcmp(errors.data, "err\n"), "output and errors are apart");
	child.output = child.errors = &both;
	kmend_child_run(&child, &error);
	tap_is_str(both.data, "out\nerr\n", "or together");

	child = (struct kmend_child){ .argv = SHELL("echo why >&2; exit 1") };
	tap_ok(kmend_child_check(&child, &error) == -EIO && !strcmp(error.detail, "why\n"),
	       "a failure carries the words");
	child.argv = SHELL("kill -KILL $$");
	tap_ok(kmend_child_run(&child, &error) == 128 + 9, "a signal is told apart");
	child.argv = (const char *const[]){ "no-such-program-kmend", NULL };
	tap_ok(kmend_child_run(&child, &error) == -ENOENT && strstr(error.message, "no-such-program-kmend") &&
		       error.advice[0],
	       "a program that is not there is named");
	child = (struct kmend_child){ .argv = SHELL("exit 0"), .directory = "/no/such/directory" };
	tap_ok(kmend_child_run(&child, &error) == -ENOENT, "so is a directory");
}

static void test_surroundings(void)
{
	_cleanup_buffer_ struct kmend_buffer out = { 0 };
	struct kmend_error error = { 0 };
	struct kmend_child child = { .argv = SHELL("pwd; echo $KMEND_X; cat"),
				     .directory = "/usr",
				     .environment = (const char *const[]){ "KMEND_X=yes", NULL },
				     .output = &out };

	tap_ok(!kmend_child_run(&child, &error), "standard input is empty, not ours");
	tap_is_str(out.data, "/usr\nyes\n", "directory and environment are as asked");
}

static void test_much_output(void)
{
	_cleanup_buffer_ struct kmend_buffer out = { 0 }, errors = { 0 };
	struct kmend_error error = { 0 };
	struct kmend_child child = {
		.argv = SHELL("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789012345678; "
			      "echo x >&2; i=$((i+1)); done"),
		.output = &out,
		.errors = &errors
	};

	tap_ok(!kmend_child_run(&child, &error) && out.size == 150000 && errors.size == 6000,
	       "more than a pipe holds, on both");
}

static void note_end(void *context, size_t ended)
{
	*(size_t *)context += ended;
}

static void test_many(void)
{
	const char *const *slow = SHELL("sleep 0.2; echo $$");
	struct kmend_child children[6];
	struct kmend_buffer out[6] = { { 0 } };
	struct kmend_error error = { 0 };
	struct timespec begin, end;
	size_t sum = 0;
	int status[6];
	double seconds;
	bool good = true;

	for (int i = 0; i < 6; i++)
		children[i] = (struct kmend_child){ .argv = slow, .output = &out[i] };
	clock_gettime(CLOCK_MONOTONIC, &begin);
	tap_ok(!kmend_child_run_all(children, 6, 3, status, note_end, &sum, &error), "many run");
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9;
	for (int i = 0; i < 6; i++)
		good = good && !status[i] && out[i].size;
	tap_ok(good && sum == 21, "each has its status and output, each end is told");
	tap_ok(seconds >= 0.4, "no more at a time than allowed");

	children[0].argv = SHELL("exit 7");
	tap_ok(!kmend_child_run_all(children, 6, 1, status, NULL, NULL, &error) && status[0] == 7 &&
		       status[5] == -ECANCELED,
	       "after a failure no more are started");
	children[1].argv = (const char *const[]){ "no-such-program-kmend", NULL };
	children[0].argv = SHELL("exit 0");
	tap_ok(kmend_child_run_all(children, 6, 1, status, NULL, NULL, &error) == -ENOENT && status[2] == -ECANCELED,
	       "one that cannot be started is an error");
	for (int i = 0; i < 6; i++)
		kmend_buffer_free(&out[i]);
}

int main(void)
{
	test_one();
	test_surroundings();
	test_much_output();
	test_many();
	return tap_done();
}
