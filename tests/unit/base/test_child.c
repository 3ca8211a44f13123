// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "core/base/child.h"
#include "core/base/file.h"
#include "tap.h"

#define SHELL(script) ((const char *const[]){ "sh", "-c", script, NULL })

static const char *const late_output[] = { "sh", "-c", "sleep 0.5; exec head -c 100000 /dev/zero", NULL };
static const char *const fails[] = { "sh", "-c", "exit 9", NULL };
static const char *const sleeps[] = { "sleep", "0.2", NULL };
static const char *const absent[] = { "no-such-program", NULL };

static int open_descriptors(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	return count;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void test_statuses(void)
{
	struct kmend_error error = { 0 };

	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = SHELL("exit 0") }, &error), 0,
		   "a child that succeeds");
	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = SHELL("exit 42") }, &error), 42, "its exit status");
	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = SHELL("kill -KILL $$") }, &error), 128 + SIGKILL,
		   "its signal");
	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = absent }, &error), -ENOENT, "no such program");
	tap_is_str(error.message, "cannot run no-such-program: No such file or directory", "is said");
	tap_is_str(error.advice, "Install the program no-such-program.", "with what to do");
	tap_is_int(
		kmend_child_run(&(struct kmend_child){ .argv = SHELL("true"), .directory = "/no/such/place" }, &error),
		-ENOENT, "no such directory");
	tap_ok(strstr(error.message, "/no/such/place") && !error.advice[0], "is said, without blaming the program");
	tap_is_int(
		kmend_child_run(&(struct kmend_child){ .argv = SHELL("true"), .input_path = "/no/such/file" }, &error),
		-ENOENT, "no such input");
	tap_ok(strstr(error.message, "/no/such/file"), "is said");
}

static void test_streams(void)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 }, errors = { 0 }, both = { 0 }, big = { 0 }, quiet = { 0 };
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	struct kmend_error error = { 0 };
	static const char *const environment[] = { "KMEND_TEST=seen", NULL };

	kmend_child_run(
		&(struct kmend_child){ .argv = SHELL("echo out; echo err >&2"), .output = &output, .errors = &errors },
		&error);
	tap_is_str(output.data, "out\n", "standard output");
	tap_is_str(errors.data, "err\n", "standard error");
	kmend_child_run(&(struct kmend_child){ .argv = SHELL("echo out; echo err >&2; echo out"),
					       .output = &both,
					       .errors = &both },
			&error);
	tap_is_str(both.data, "out\nerr\nout\n", "both in one buffer, in order");
	kmend_child_run(&(struct kmend_child){ .argv = SHELL("head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2"),
					       .output = &big,
					       .errors = &quiet },
			&error);
	tap_ok(big.size == 300000 && quiet.size == 200000, "more than a pipe holds, on both streams");
	kmend_child_run(&(struct kmend_child){ .argv = SHELL("pwd; echo $KMEND_TEST; cat"),
					       .directory = "/usr",
					       .environment = environment,
					       .input_path = "/proc/self/comm",
					       .output = &words },
			&error);
	tap_ok(kmend_starts_with(words.data, "/usr\nseen\n") && words.size > 10, "directory, environment and input");
	kmend_buffer_free(&words);
	kmend_child_run(&(struct kmend_child){ .argv = SHELL("cat; ls /proc/self/fd; sleep 0.05; echo late"),
					       .output = &words },
			&error);
	tap_is_str(words.data, "0\n1\n2\n3\nlate\n",
		   "no input is an empty one; no descriptor but ls's own leaks into it");
}

static void test_check(void)
{
	struct kmend_error error = { 0 };

	tap_is_int(kmend_child_check(&(struct kmend_child){ .argv = SHELL("echo fine >&2") }, &error), 0,
		   "a check that holds");
	tap_is_int(kmend_child_check(&(struct kmend_child){ .argv = SHELL("echo why >&2; exit 3") }, &error), -EIO,
		   "a check that does not");
	tap_is_str(error.message, "sh failed with exit status 3", "says how it failed");
	tap_is_str(error.detail, "why\n", "in the program's own words");
	kmend_child_check(&(struct kmend_child){ .argv = SHELL("kill -TERM $$") }, &error);
	tap_is_str(error.message, "sh was ended by signal 15", "or by which signal");
}

static void count_ends(void *context, size_t ended)
{
	*(size_t *)context = ended;
}

static void count_ticks(void *context)
{
	++*(int *)context;
}

static void test_parallel(void)
{
	struct kmend_buffer outputs[5] = { { 0 } };
	struct kmend_child children[5];
	struct kmend_error error = { 0 };
	int status[5], ticks = 0;
	size_t ends = 0;
	double begin = now();

	for (int i = 0; i < 4; i++)
		children[i] = (struct kmend_child){ .argv = late_output, .output = &outputs[i] };
	tap_is_int(kmend_child_run_all(children, 4, 4, status, count_ends, &ends, &error), 0, "four children at once");
	tap_ok(now() - begin < 1.8, "take the time of one, not of four (%.2f s)", now() - begin);
	tap_ok(ends == 4 && outputs[0].size == 100000 && outputs[3].size == 100000, "all end, with all their output");
	for (int i = 0; i < 4; i++)
		kmend_buffer_free(&outputs[i]);

	for (int i = 0; i < 5; i++)
		children[i] = (struct kmend_child){ .argv = i == 1 ? fails : sleeps };
	tap_is_int(kmend_child_run_all(children, 5, 2, status, NULL, NULL, &error), 0,
		   "children without any pipe end too");
	tap_ok(status[0] == 0 && status[1] == 9 && status[4] == -ECANCELED, "after a failure no more are started");

	children[1] = (struct kmend_child){ .argv = absent };
	tap_is_int(kmend_child_run_all(children, 5, 2, status, NULL, NULL, &error), -ENOENT, "one that cannot start");
	tap_ok(status[0] == 0 && status[1] == -ENOENT && status[2] == -ECANCELED, "the one before it is waited for");
	tap_is_int(kmend_child_run_all(children, 0, 0, status, NULL, NULL, &error), 0, "no children at all");
	children[0] = (struct kmend_child){ .argv = SHELL("sleep 1.2"), .tick = count_ticks, .tick_context = &ticks };
	kmend_child_run(&children[0], &error);
	tap_ok(ticks >= 2, "while it runs there are ticks (%d)", ticks);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void test_odd_lives(void)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_error error = { 0 };
	double begin = now();
	struct itimerval often = { { 0, 3000 }, { 0, 3000 } }, never = { { 0, 0 }, { 0, 0 } };

	kmend_child_run(&(struct kmend_child){ .argv = SHELL("sleep 5 & echo done"), .output = &output }, &error);
	tap_ok(now() - begin < 3, "a daemon left behind with our pipe is not waited for");
	tap_is_str(output.data, "done\n", "and nothing the child wrote is lost");
	kmend_buffer_free(&output);
	begin = now();
	kmend_child_run(&(struct kmend_child){ .argv = SHELL("exec >&- 2>&-; sleep 0.3; exit 5"), .output = &output },
			&error);
	tap_ok(now() - begin >= 0.25, "a child that closes its output has not ended yet");

	/* Signals all the time, with system calls interrupted by them. */
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	kmend_buffer_free(&output);
	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = SHELL("head -c 100000 /dev/zero; sleep 0.3; exit 6"),
							  .output = &output },
				   &error),
		   6, "signals do not disturb it");
	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = absent }, &error), -ENOENT,
		   "nor hide that it could not start");
	setitimer(ITIMER_REAL, &never, NULL);
	tap_is_int(output.size, 100000, "nor lose output");
}

/* A process whose standard streams are closed: pipes would get their numbers. */
static void test_closed_streams(const char *self)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_free_ char *script = kmend_format("exec \"%s\" closed 3>&1 0<&- 1>&- 2>&-", self);
	struct kmend_error error = { 0 };
	const char *const argv[] = { "sh", "-c", script, NULL };

	tap_is_int(kmend_child_run(&(struct kmend_child){ .argv = argv, .output = &output }, &error), 0,
		   "from a process without standard streams");
	tap_is_str(output.data, "out|err|", "each stream still arrives where it belongs");
}

static int run_closed(void)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 }, errors = { 0 };
	struct kmend_error error = { 0 };
	int status = kmend_child_run(&(struct kmend_child){ .argv = SHELL("printf out; printf err >&2"),
							    .output = &output,
							    .errors = &errors },
				     &error);

	dprintf(3, "%s|%s|", output.data, errors.data);
	return status;
}

int main(int argc, char **argv)
{
	int before;

	if (argc > 1 && !strcmp(argv[1], "closed"))
		return run_closed();
	close_range(STDERR_FILENO + 1, ~0U, 0); /* what the caller of this test left open */
	before = open_descriptors();
	test_statuses();
	test_streams();
	test_check();
	test_parallel();
	test_odd_lives();
	test_closed_streams(argv[0]);
	tap_is_int(open_descriptors(), before, "no descriptor is left open");
	return tap_done();
}
