// SPDX-License-Identifier: GPL-2.0
#include "qemu.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <fcntl.h>

#include "../base/child.h"
#include "../base/file.h"
#include "guest/wire.h"

#define CONSOLE_LIMIT (64u << 20)
#define DOWN_PATIENCE 20000 /* milliseconds */

struct kmend_guest {
	pid_t pid; /* 0: gone */
	int port;
	char *console;
	char *words; /* of QEMU itself */
	int status;  /* how it ended */
	unsigned int timeout;
	struct kmend_buffer line; /* what has come of the next answer */
};

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void make_argv(const struct kmend_guest_plan *plan, const struct kmend_guest *guest, struct kmend_strv *argv)
{
	static const char *const fixed[] = {
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-no-reboot",
		"-nic",
		"none",
		"-machine",
		"pc",
		"-accel",
		"tcg,thread=multi",
		/* The port is this program's own end of a socket: no file, no network. */
		"-chardev",
		"stdio,id=port,signal=off",
	};

	kmend_strv_add(argv, plan->qemu);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(fixed); i++)
		kmend_strv_add(argv, fixed[i]);
	kmend_strv_add(argv, "-cpu");
	kmend_strv_add(argv, plan->setting->cpu);
	kmend_strv_add(argv, "-smp");
	kmend_strv_addf(argv, "%u", plan->setting->cpus);
	kmend_strv_add(argv, "-m");
	kmend_strv_addf(argv, "%u", plan->memory);
	kmend_strv_add(argv, "-kernel");
	kmend_strv_add(argv, plan->vmlinuz);
	kmend_strv_add(argv, "-initrd");
	kmend_strv_add(argv, plan->initramfs);
	kmend_strv_add(argv, "-append");
	/* no_timer_check: on a busy host an emulated timer may be late when the kernel first looks for it. */
	kmend_strv_addf(argv, "console=ttyS0 panic=-1 oops=panic no_timer_check rdinit=/init loglevel=7 %s %s",
			plan->setting->append, plan->append ? plan->append : "");
	kmend_strv_add(argv, "-chardev");
	kmend_strv_addf(argv, "file,id=console,path=%s", guest->console);
	kmend_strv_add(argv, "-serial");
	kmend_strv_add(argv, "chardev:console");
	kmend_strv_add(argv, "-serial");
	kmend_strv_add(argv, "chardev:port");
}

/* The child: never returns. It dies with us, whatever ends us. */
static void become_qemu(char *const *argv, int port, const char *words, pid_t parent)
{
	int log = open(words, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (getppid() != parent || log < 0 || dup2(port, 0) < 0 || dup2(port, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

static int start(const struct kmend_guest_plan *plan, struct kmend_guest *guest, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv argv = { 0 };
	pid_t parent = getpid();
	int ends[2];

	make_argv(plan, guest, &argv);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return kmend_fail_errno(error, -errno, "cannot make a socket");
	guest->pid = fork();
	if (guest->pid == 0)
		become_qemu(argv.items, ends[1], guest->words, parent);
	close(ends[1]);
	guest->port = ends[0];
	if (guest->pid < 0) {
		guest->pid = 0;
		return kmend_fail_errno(error, -errno, "cannot start a process");
	}
	return 0;
}

/* Let it end by itself for so long, then kill it. */
static void end_process(struct kmend_guest *guest, unsigned int patience_ms)
{
	long end = milliseconds() + patience_ms;

	while (guest->pid) {
		bool killed = milliseconds() >= end;

		if (killed)
			kill(guest->pid, SIGKILL);
		if (waitpid(guest->pid, &guest->status, killed ? 0 : WNOHANG) == guest->pid)
			guest->pid = 0;
		else
			poll(NULL, 0, 20);
	}
}

/* Wait for one line. 0, -EPIPE or -ETIMEDOUT. */
static int read_line(struct kmend_guest *guest, unsigned int seconds, char **ret_line)
{
	long end = milliseconds() + seconds * 1000L, left;

	for (;;) {
		struct pollfd poller = { .fd = guest->port, .events = POLLIN };
		char *newline = guest->line.data ? memchr(guest->line.data, '\n', guest->line.size) : NULL;
		char chunk[4096];
		ssize_t got;

		if (newline) {
			size_t size = newline - guest->line.data;

			*ret_line = kmend_strndup(guest->line.data, size);
			guest->line.size -= size + 1;
			memmove(guest->line.data, newline + 1, guest->line.size);
			guest->line.data[guest->line.size] = '\0';
			return 0;
		}
		left = end - milliseconds();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&poller, 1, left) <= 0)
			continue;
		got = read(guest->port, chunk, sizeof(chunk));
		if (got <= 0 || guest->line.size > 4 * KMEND_WIRE_TEXT)
			return -EPIPE;
		kmend_buffer_add(&guest->line, chunk, got);
	}
}

/* Answers begin with "= "; the firmware may have said something on the port before. */
static int read_answer(struct kmend_guest *guest, unsigned int seconds, long *ret_code, char **ret_text)
{
	for (;;) {
		_cleanup_free_ char *line = NULL;
		char *begin, *end;
		int code = read_line(guest, seconds, &line);

		if (code) {
			/* A closed port: it is on its way out. */
			end_process(guest, code == -EPIPE ? 2000 : 0);
			return code;
		}
		begin = strstr(line, "= ");
		if (!begin)
			continue;
		*ret_code = strtol(begin + 2, &end, 10);
		if (ret_text) {
			*ret_text = kmend_strdup(end + (*end == ' '));
			kmend_wire_decode(*ret_text);
		}
		return 0;
	}
}

int kmend_guest_ask(struct kmend_guest *guest, long *ret_code, char **ret_text, const char *verb, const char *first,
		    const char *second)
{
	_cleanup_buffer_ struct kmend_buffer line = { 0 };
	const char *const arguments[] = { first, second };
	char encoded[KMEND_WIRE_LINE];

	kmend_buffer_addf(&line, "%s", verb);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(arguments) && arguments[i]; i++) {
		kmend_wire_encode(arguments[i], false, encoded, sizeof(encoded));
		kmend_buffer_addf(&line, " %s", encoded);
	}
	kmend_buffer_addf(&line, "\n");
	if (line.size > KMEND_WIRE_LINE)
		return -E2BIG;
	if (!guest->pid || send(guest->port, line.data, line.size, MSG_NOSIGNAL) != (ssize_t)line.size) {
		end_process(guest, 2000);
		return -EPIPE;
	}
	return read_answer(guest, guest->timeout, ret_code, ret_text);
}

int kmend_guest_check_qemu(const char *qemu, struct kmend_error *error)
{
	const char *const argv[] = { qemu, "--version", NULL };
	const struct kmend_child child = { .argv = argv };

	if (kmend_child_run(&child, NULL) == 0)
		return 0;
	kmend_fail(error, KMEND_STATUS_NO_QEMU, -ENOENT, "%s is not installed", qemu);
	kmend_advise(error, "Install the package qemu-system-x86; nothing is verified without virtual machines.");
	return -ENOENT;
}

/* It ended before the kernel said anything: it does not know the processor, or has no room for the memory. */
static int no_machine(const struct kmend_guest_plan *plan, const struct kmend_guest *guest, struct kmend_error *error)
{
	_cleanup_free_ char *words = NULL;

	kmend_fail(error, KMEND_STATUS_NO_QEMU, -EINVAL, "%s does not run with the setting %s (-cpu %s)", plan->qemu,
		   plan->setting->name, plan->setting->cpu);
	if (!kmend_file_read(guest->words, 8192, &words, NULL, NULL))
		kmend_detail(error, words);
	return -EINVAL;
}

int kmend_guest_boot(const struct kmend_guest_plan *plan, struct kmend_guest **ret_guest, struct kmend_error *error)
{
	_cleanup_guest_ struct kmend_guest *guest = kmend_calloc(1, sizeof(*guest));
	struct stat console;
	long answer;
	int code;

	guest->port = -1;
	guest->timeout = plan->timeout;
	guest->console = kmend_path(plan->directory, "console.log");
	guest->words = kmend_path(plan->directory, "qemu.log");
	unlink(guest->console);
	code = start(plan, guest, error);
	if (code)
		return code;
	code = read_answer(guest, plan->timeout, &answer, NULL);
	if (code == -EPIPE && (stat(guest->console, &console) < 0 || !console.st_size))
		return no_machine(plan, guest, error);
	if (code)
		return kmend_fail(error, KMEND_STATUS_FAILURE, code, "the guest %s",
				  code == -ETIMEDOUT ? "did not come up in time" : "went down while it booted");
	*ret_guest = kmend_steal(guest);
	return 0;
}

size_t kmend_guest_console_end(const struct kmend_guest *guest)
{
	struct stat status;

	return stat(guest->console, &status) < 0 ? 0 : status.st_size;
}

char *kmend_guest_console(const struct kmend_guest *guest, size_t from)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (kmend_file_read(guest->console, CONSOLE_LIMIT, &text, &size, NULL) || size <= from)
		return kmend_strdup("");
	return kmend_strndup(text + from, size - from);
}

void kmend_guest_down(struct kmend_guest *guest)
{
	static const char off[] = "off\n";

	if (!guest)
		return;
	end_process(guest, guest->pid && send(guest->port, off, strlen(off), MSG_NOSIGNAL) > 0 ? DOWN_PATIENCE : 0);
	if (guest->port >= 0)
		close(guest->port);
	kmend_buffer_free(&guest->line);
	free(guest->console);
	free(guest->words);
	free(guest);
}
