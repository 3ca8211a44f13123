// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of a guest in which updates are verified: its first process, and the kernel's modprobe. It does what
 * the host asks over the second serial port (wire.h), one thing after the other, and knows nothing of updates itself.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const struct {
	const char *source;
	const char *target;
	const char *type;
} mounts[] = {
	{ "proc", "/proc", "proc" },
	{ "sysfs", "/sys", "sysfs" },
	{ "devtmpfs", "/dev", "devtmpfs" },
	{ "devpts", "/dev/pts", "devpts" },
	{ "tmpfs", "/tmp", "tmpfs" },
	{ "tmpfs", "/run", "tmpfs" },
	{ "debugfs", "/sys/kernel/debug", "debugfs" },
	{ "tracefs", "/sys/kernel/tracing", "tracefs" },
};

/* On the kernel's console: all there is before the port is open. */
static void complain(const char *what, const char *which)
{
	int saved = errno;
	FILE *log = fopen("/dev/kmsg", "we");

	if (!log)
		return;
	fprintf(log, "kmend-guest: cannot %s %s: %s\n", what, which, strerror(saved));
	fclose(log);
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].source, mounts[i].target, mounts[i].type, 0, NULL) && errno != EBUSY)
			complain("mount", mounts[i].target);
	}
	mkdir(KMEND_GUEST_WORK, 0755);
}

/* The kernel's own requests for modules come to this program, too. */
static void become_modprobe(void)
{
	FILE *file = fopen("/proc/sys/kernel/modprobe", "we");

	if (!file || fputs("/init", file) < 0 || fclose(file))
		complain("become", "modprobe");
}

static int open_port(void)
{
	int fd = open(KMEND_WIRE_PORT, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios mode;

	if (fd < 0 || tcgetattr(fd, &mode)) {
		complain("open", KMEND_WIRE_PORT);
		return -1;
	}
	cfmakeraw(&mode);
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

static void answer_line(char *line, struct answer *answer)
{
	char *arguments[KMEND_WIRE_ARGUMENTS] = { NULL }, *rest = NULL;
	char *name = strtok_r(line, " \n", &rest);
	int count = 0;

	for (char *word = strtok_r(NULL, " \n", &rest); word && count < KMEND_WIRE_ARGUMENTS;
	     word = strtok_r(NULL, " \n", &rest)) {
		kmend_wire_decode(word);
		arguments[count++] = word;
	}
	for (const struct verb *verb = verbs; name && verb->name; verb++) {
		if (strcmp(verb->name, name))
			continue;
		answer->code = -EINVAL;
		if (count == verb->nr_arguments) {
			answer->code = 0;
			verb->run(arguments, answer);
		}
		return;
	}
	answer->code = -ENOSYS;
}

static void serve(int port)
{
	static char line[KMEND_WIRE_LINE + 2], text[3 * KMEND_WIRE_TEXT];
	static struct answer answer;
	FILE *lines = fdopen(port, "re");

	dprintf(port, "= 0 ready\n");
	while (lines && fgets(line, sizeof(line), lines)) {
		answer.code = 0;
		answer.text[0] = '\0';
		answer_line(line, &answer);
		kmend_wire_encode(answer.text, true, text, sizeof(text));
		dprintf(port, "= %ld %s\n", answer.code, text);
		/* Orphans come to the first process. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

int main(int argc, char **argv)
{
	int port;

	if (getpid() != 1)
		return argc > 1 && !load_module(argv[argc - 1]) ? 0 : 1;
	mount_all();
	become_modprobe();
	port = open_port();
	if (port >= 0)
		serve(port);
	complain("go on without", "the host");
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
