// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A child that runs: its pid, a descriptor that becomes readable when it ends, and the read ends of its pipes
 * (-1: none, or at their end). Not the end of the pipes but its own end is the child's end: it may have left a
 * daemon that keeps them open.
 */
struct running {
	const struct kmend_child *child;
	pid_t pid;
	int pidfd;
	int pipes[2];
	struct kmend_buffer *sinks[2];
};

#define POLLS_EACH 3 /* descriptors to watch for each child: its pipes and its end */

/* What a child says to its parent if it cannot become the program. */
struct exec_failure {
	int code; /* errno */
	int step; /* enum exec_step */
};

enum exec_step { EXEC_INPUT, EXEC_DIRECTORY, EXEC_REDIRECT, EXEC_PROGRAM };

/* A pipe whose ends are above the standard streams, so that redirecting one stream cannot overwrite another's pipe. */
static int pipe_above_streams(int *ret_ends)
{
	int low[2], high[2], code = 0;

	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		high[i] = fcntl(low[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (high[i] < 0 && !code)
			code = -errno;
		close(low[i]);
	}
	for (int i = 0; i < 2; i++) {
		if (code && high[i] >= 0)
			close(high[i]);
		else if (!code)
			ret_ends[i] = high[i];
	}
	return code;
}

/* In the child: make `to` what `from` is, or /dev/null if that is negative. Both close-on-exec, but for `to`. */
static bool child_redirect(int from, int to)
{
	if (from < 0)
		from = open("/dev/null", O_CLOEXEC | (to == STDIN_FILENO ? O_RDONLY : O_WRONLY));
	if (from < 0)
		return false;
	return from == to ? fcntl(to, F_SETFD, 0) == 0 : dup2(from, to) >= 0;
}

/* In the child. `report` carries the failure to the parent if exec fails, and closes by itself if it succeeds. */
static void __attribute__((noreturn))
child_exec(const struct kmend_child *child, const int *write_ends, int report, pid_t parent)
{
	struct exec_failure failure = { .step = EXEC_INPUT };
	int input = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before the line above */
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	if (child->input_path)
		input = open(child->input_path, O_RDONLY | O_CLOEXEC);
	if (child->input_path && input < 0)
		goto fail;
	failure.step = EXEC_REDIRECT;
	if (!child_redirect(input, STDIN_FILENO) || !child_redirect(write_ends[0], STDOUT_FILENO) ||
	    !child_redirect(child->errors && child->errors == child->output ? STDOUT_FILENO : write_ends[1],
			    STDERR_FILENO))
		goto fail;
	failure.step = EXEC_DIRECTORY;
	if (child->directory && chdir(child->directory) < 0)
		goto fail;
	for (size_t i = 0; child->environment && child->environment[i]; i++)
		putenv((char *)child->environment[i]);
	failure.step = EXEC_PROGRAM;
	execvp(child->argv[0], (char *const *)child->argv);
fail:
	failure.code = errno;
	if (write(report, &failure, sizeof(failure)) < 0)
		_exit(126);
	_exit(127);
}

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static pid_t wait_for(pid_t pid, int *ret_status)
{
	pid_t ended;

	do {
		ended = waitpid(pid, ret_status, 0);
	} while (ended < 0 && errno == EINTR);
	return ended;
}

static int start_failed(const struct kmend_child *child, int code, int step, struct kmend_error *error)
{
	if (step == EXEC_INPUT)
		return kmend_fail_errno(error, code, "cannot open %s for %s", child->input_path, child->argv[0]);
	if (step == EXEC_DIRECTORY)
		return kmend_fail_errno(error, code, "cannot run %s in the directory %s", child->argv[0],
					child->directory);
	kmend_fail_errno(error, code, "cannot run %s", child->argv[0]);
	if (code == -ENOENT && step == EXEC_PROGRAM)
		kmend_advise(error, "Install the program %s.", child->argv[0]);
	return code;
}

/* Fork and wait until the program has been executed; returns 0 with *ret_pid, or a negative errno with *ret_step. */
static int fork_and_exec(const struct kmend_child *child, const int *write_ends, pid_t *ret_pid, int *ret_step)
{
	struct exec_failure failure;
	pid_t parent = getpid(), pid;
	int report[2], code;
	ssize_t got;

	*ret_step = EXEC_REDIRECT;
	code = pipe_above_streams(report);
	if (code)
		return code;
	pid = fork();
	if (!pid)
		child_exec(child, write_ends, report[1], parent);
	code = pid < 0 ? -errno : 0;
	close(report[1]);
	do {
		got = code ? 0 : read(report[0], &failure, sizeof(failure));
	} while (got < 0 && errno == EINTR);
	close(report[0]);
	if (got == (ssize_t)sizeof(failure)) {
		wait_for(pid, NULL);
		*ret_step = failure.step;
		code = -failure.code;
	}
	if (!code)
		*ret_pid = pid;
	return code;
}

static int child_start(const struct kmend_child *child, struct running *ret_running, struct kmend_error *error)
{
	int ends[2][2] = { { -1, -1 }, { -1, -1 } }; /* output, errors */
	bool wanted[2] = { child->output, child->errors && child->errors != child->output };
	int code = 0, step = EXEC_REDIRECT, pidfd = -1;
	pid_t pid = -1;

	for (int i = 0; i < 2 && !code; i++)
		if (wanted[i])
			code = pipe_above_streams(ends[i]);
	if (!code)
		code = fork_and_exec(child, (int[]){ ends[0][1], ends[1][1] }, &pid, &step);
	if (!code) {
		pidfd = pidfd_open(pid, 0);
		if (pidfd < 0) {
			code = -errno;
			kill(pid, SIGKILL);
			wait_for(pid, NULL);
		}
	}
	for (int i = 0; i < 2; i++) {
		close_if_open(&ends[i][1]);
		if (code)
			close_if_open(&ends[i][0]);
		else if (ends[i][0] >= 0)
			fcntl(ends[i][0], F_SETFL, O_NONBLOCK);
	}
	if (code)
		return start_failed(child, code, step, error);
	*ret_running = (struct running){
		.child = child,
		.pid = pid,
		.pidfd = pidfd,
		.pipes = { ends[0][0], ends[1][0] },
		.sinks = { child->output, child->errors },
	};
	return 0;
}

/* Take what is in a pipe now; close it at its end. */
static void pipe_drain(struct running *running, int which)
{
	char chunk[16384];
	ssize_t got;

	while (running->pipes[which] >= 0) {
		got = read(running->pipes[which], chunk, sizeof(chunk));
		if (got > 0)
			kmend_buffer_add(running->sinks[which], chunk, got);
		else if (got < 0 && errno == EAGAIN)
			return;
		else if (got == 0 || errno != EINTR)
			close_if_open(&running->pipes[which]);
	}
}

/* A child has ended: take what it wrote last, and its status. */
static int child_reap(struct running *running)
{
	int status = 0;

	for (int i = 0; i < 2; i++) {
		pipe_drain(running, i);
		close_if_open(&running->pipes[i]);
	}
	close_if_open(&running->pidfd);
	wait_for(running->pid, &status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define TICK_MILLISECONDS 500

/* Wait until something happens to one of the children, or it is time to show progress; ret_ended[i]: child i has ended. */
static void children_wait(struct running *running, size_t count, bool *ret_ended)
{
	_cleanup_free_ struct pollfd *polls = kmend_calloc(POLLS_EACH * count, sizeof(*polls));
	bool ticks = false;
	int ready;

	for (size_t i = 0; i < count; i++) {
		struct pollfd *polled = &polls[POLLS_EACH * i];

		ticks |= running[i].child->tick != NULL;
		for (int which = 0; which < 2; which++)
			polled[which] = (struct pollfd){ .fd = running[i].pipes[which], .events = POLLIN };
		polled[2] = (struct pollfd){ .fd = running[i].pidfd, .events = POLLIN };
	}
	ready = poll(polls, POLLS_EACH * count, ticks ? TICK_MILLISECONDS : -1);
	for (size_t i = 0; i < count; i++) {
		struct pollfd *polled = &polls[POLLS_EACH * i];

		for (int which = 0; which < 2; which++)
			if (ready > 0 && polled[which].revents)
				pipe_drain(&running[i], which);
		ret_ended[i] = ready > 0 && polled[2].revents;
		if (running[i].child->tick)
			running[i].child->tick(running[i].child->tick_context);
	}
}

int kmend_child_run_all(const struct kmend_child *children, size_t count, unsigned int jobs, int *ret_status,
			void (*done)(void *context, size_t ended), void *context, struct kmend_error *error)
{
	size_t room = jobs && jobs < count ? jobs : jobs ? count : 1;
	_cleanup_free_ struct running *running = kmend_calloc(room, sizeof(*running));
	_cleanup_free_ bool *has_ended = kmend_calloc(room, sizeof(*has_ended));
	size_t started = 0, active = 0, ended = 0;
	bool failed = false;
	int code = 0;

	for (size_t i = 0; i < count; i++)
		ret_status[i] = -ECANCELED;
	while (active || (started < count && !failed)) {
		while (active < room && started < count && !failed) {
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
		children_wait(running, active, has_ended);
		/* From behind, so that the one moved into a gap has been looked at. */
		for (size_t i = active; i-- > 0;) {
			int status;

			if (!has_ended[i])
				continue;
			status = child_reap(&running[i]);
			ret_status[running[i].child - children] = status;
			failed |= status != 0;
			running[i] = running[--active];
			ended++;
			if (done)
				done(context, ended);
		}
	}
	return code;
}

int kmend_child_run(const struct kmend_child *child, struct kmend_error *error)
{
	int status, code;

	code = kmend_child_run_all(child, 1, 1, &status, NULL, NULL, error);
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
