// SPDX-License-Identifier: GPL-2.0
/*
 *	kexec KERNEL INITRD COMMANDLINE     start another kernel in place of this one
 *
 * As the first process of that kernel it runs /siocatmark, and tells the result channel, by /report, that it was started
 * and what was said there; /count is how many results there have been before. Then it powers off.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *program, const char *kind, const char *text, int output)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (output >= 0)
			dup2(output, 1);
		execl(program, program, kind, text, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void tell(const char *kind, const char *text)
{
	run("/report", kind, text, -1);
}

static int first_process(void)
{
	char said[64] = "", line[128], *end;
	int pipes[2], count = 0;
	FILE *file;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	if (pipe(pipes) == 0) {
		run("/siocatmark", NULL, NULL, pipes[1]);
		close(pipes[1]);
		if (read(pipes[0], said, sizeof(said) - 1) > 0 && (end = strchr(said, '\n')))
			*end = '\0';
	}
	file = fopen("/count", "r");
	if (!file || fscanf(file, "%d", &count) != 1)
		tell("note", "there is no count");
	tell("ok", "the other kernel has started");
	snprintf(line, sizeof(line), "it is as the distribution made it: %s", said);
	tell(strcmp(said, "vulnerable") ? "fail" : "ok", line);
	snprintf(line, sizeof(line), "0 %d", count + 2);
	tell("end", line);
	sync();
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, NULL);
}

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (getpid() == 1)
		return first_process();
	if (argc != 4)
		return 2;
	kernel = open(argv[1], O_RDONLY);
	initrd = open(argv[2], O_RDONLY);
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], 0UL)) {
		perror("kexec_file_load");
		return 1;
	}
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("kexec");
	return 1;
}
