// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that runs: its pid and the read ends of its pipes (-1: none or at their end). */
struct running {
	const struct kmend_child *child;
	pid_t pid;
	int pipes[2];
	struct kmend_buffer *sinks[2];
};

static void child_redirect(int from, int to)
{
	if (from < 0)
		from = open("/dev/null", to == STDIN_FILENO ? O_RDONLY : O_WRONLY);
	if (from != to && dup2(from, to) < 0)
		_exit(127);
}

/* In the child. `report` carries errno to the parent if exec fails, and closes by itself if it succeeds. */
static void __attribute__((noreturn)) child_exec(const struct kmend_child *child, const int *write_ends, int report)
{
	int input = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (child->input_path)
		input = open(child->input_path, O_RDONLY);
	if (child->input_path && input < 0)
		goto fail;
	child_redirect(input, STDIN_FILENO);
	child_redirect(write_ends[0], STDOUT_FILENO);
	child_redirect(child->errors && child->errors == child->output ? STDOUT_FILENO : write_ends[1], STDERR_FILENO);
	if (child->directory && chdir(child->directory) < 0)
		goto fail;
	for (size_t i = 0; child->environment && child->environment[i]; i++)
		putenv((char *)child->environment[i]);
	execvp(child->argv[0], (char *const *)child->argv);
fail:;
	int code = errno;

	if (write(report, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static int child_start(const struct kmend_child *child, struct running *ret_running, struct kmend_error *error)
{
	int ends[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } }; /* output, errors, report */
	bool wanted[3] = { child->output, child->errors && child->errors != child->output, true };
	int code = 0, failure = 0;
	pid_t pid = -1;

	for (int i = 0; i < 3 && !code; i++)
		if (wanted[i] && pipe2(ends[i], O_CLOEXEC) < 0)
			code = -errno;
	if (!code) {
		int write_ends[2] = { ends[0][1], ends[1][1] };

		pid = fork();
		if (!pid)
			child_exec(child, write_ends, ends[2][1]);
		if (pid < 0)
			code = -errno;
	}
	for (int i = 0; i < 3; i++)
		if (ends[i][1] >= 0)
			close(ends[i][1]);
	if (pid > 0 && read(ends[2][0], &failure, sizeof(failure)) == (ssize_t)sizeof(failure)) {
		waitpid(pid, NULL, 0);
		code = -failure;
	}
	if (ends[2][0] >= 0)
		close(ends[2][0]);
	if (code) {
		for (int i = 0; i < 2; i++)
			if (ends[i][0] >= 0)
				close(ends[i][0]);
		kmend_fail_errno(error, code, "cannot run %s", child->argv[0]);
		if (code == -ENOENT)
			kmend_advise(error, "Install the program %s.", child->argv[0]);
		return code;
	}
	*ret_running = (struct running){
		.child = child,
		.pid = pid,
		.pipes = { ends[0][0], ends[1][0] },
		.sinks = { child->output, child->errors },
	};
	return 0;
}

static void pipe_drain(struct running *running, int which)
{
	char chunk[16384];
	ssize_t got = read(running->pipes[which], chunk, sizeof(chunk));

	if (got > 0) {
		kmend_buffer_add(running->sinks[which], chunk, got);
	} else if (got == 0 || errno != EINTR) {
		close(running->pipes[which]);
		running->pipes[which] = -1;
	}
}

/* Wait until something happens to one of the children; returns true when this one has ended. */
static bool child_has_ended(struct running *running, int *ret_status)
{
	int status;

	if (running->pipes[0] >= 0 || running->pipes[1] >= 0)
		return false;
	while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
		;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

#define TICK_MILLISECONDS 500

static void poll_pipes(struct running *running, size_t count)
{
	struct pollfd *polls = kmend_calloc(2 * count, sizeof(*polls));
	bool ticks = false;

	for (size_t i = 0; i < 2 * count; i++)
		polls[i] = (struct pollfd){ .fd = running[i / 2].pipes[i % 2], .events = POLLIN };
	for (size_t i = 0; i < count; i++)
		ticks |= running[i].child->tick != NULL;
	if (poll(polls, 2 * count, ticks ? TICK_MILLISECONDS : -1) > 0)
		for (size_t i = 0; i < 2 * count; i++)
			if (polls[i].fd >= 0 && polls[i].revents)
				pipe_drain(&running[i / 2], i % 2);
	for (size_t i = 0; i < count; i++)
		if (running[i].child->tick)
			running[i].child->tick(running[i].child->tick_context);
	free(polls);
}

int kmend_child_run_all(const struct kmend_child *children, size_t count, unsigned int jobs, int *ret_status,
			void (*done)(void *context, size_t ended), void *context, struct kmend_error *error)
{
	struct running *running;
	size_t started = 0, active = 0, ended = 0;
	bool failed = false;
	int code = 0;

	if (!jobs)
		jobs = 1;
	running = kmend_calloc(jobs, sizeof(*running));
	for (size_t i = 0; i < count; i++)
		ret_status[i] = -ECANCELED;
	while (active || (started < count && !failed)) {
		while (active < jobs && started < count && !failed) {
			code = child_start(&children[started], &running[active], error);
			if (code) {
				ret_status[started] = code;
				failed = true;
				break;
			}
			started++;
			active++;
		}
		if (!active)
			break;
		poll_pipes(running, active);
		for (size_t i = 0; i < active;) {
			int status;

			if (!child_has_ended(&running[i], &status)) {
				i++;
				continue;
			}
			ret_status[running[i].child - children] = status;
			failed |= status != 0;
			running[i] = running[--active];
			ended++;
			if (done)
				done(context, ended);
		}
	}
	free(running);
	return code;
}

int kmend_child_run(const struct kmend_child *child, struct kmend_error *error)
{
	struct kmend_buffer sink = { 0 };
	struct kmend_child copy = *child;
	int status, code;

	/* The end of a child is seen by the end of a pipe, so there is always one. */
	if (!copy.output)
		copy.output = &sink;
	code = kmend_child_run_all(&copy, 1, 1, &status, NULL, NULL, error);
	kmend_buffer_free(&sink);
	return code ? code : status;
}

int kmend_child_check(const struct kmend_child *child, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	struct kmend_child copy = *child;
	int status;

	if (!copy.errors)
		copy.errors = &words;
	status = kmend_child_run(&copy, error);
	if (status <= 0)
		return status;
	if (status > 128)
		kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s was ended by signal %d", child->argv[0],
			   status - 128);
	else
		kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s failed with exit status %d", child->argv[0], status);
	if (copy.errors->data)
		kmend_detail(error, copy.errors->data);
	return -EIO;
}
