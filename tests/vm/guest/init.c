// SPDX-License-Identifier: GPL-2.0
/*
 * The first process of a guest: mounts what Linux needs, loads the modules listed in /kmend-vm/modules, enters
 * the disk if the machine has one, runs the scenario's driver and powers the machine off.
 *
 * With /kmend-vm/systemd there, the first process becomes systemd, which runs the driver as a service of its own.
 *
 * A C program, not a shell script: it must work in a disk boot, where the initramfs holds nothing but this
 * program, the modules and the payload.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VM_DIR "/kmend-vm"
#define VM_DISK "/dev/vda"
#define VM_NEWROOT "/newroot"

struct vm_mount {
	const char *source;
	const char *target;
	const char *type;
};

static const struct vm_mount vm_mounts[] = {
	{ "proc", "/proc", "proc" },
	{ "sysfs", "/sys", "sysfs" },
	{ "devtmpfs", "/dev", "devtmpfs" },
	{ "devpts", "/dev/pts", "devpts" },
	{ "tmpfs", "/dev/shm", "tmpfs" },
	{ "tmpfs", "/run", "tmpfs" },
	{ "debugfs", "/sys/kernel/debug", "debugfs" },
	{ "tracefs", "/sys/kernel/tracing", "tracefs" },
};

/* Report on the kernel's console: all that exists this early. */
static void vm_complain(const char *what, const char *which)
{
	int saved = errno;
	FILE *kmsg = fopen("/dev/kmsg", "w");

	if (!kmsg)
		return;
	fprintf(kmsg, "kmend-vm: cannot %s %s: %s\n", what, which, strerror(saved));
	fclose(kmsg);
}

static void vm_mount_all(void)
{
	for (size_t i = 0; i < sizeof(vm_mounts) / sizeof(vm_mounts[0]); i++) {
		const struct vm_mount *m = &vm_mounts[i];

		mkdir(m->target, 0755);
		if (mount(m->source, m->target, m->type, 0, NULL) && errno != EBUSY)
			vm_complain("mount", m->target);
	}
}

static void vm_load_modules(void)
{
	char path[512];
	FILE *list = fopen(VM_DIR "/modules", "r");

	if (!list)
		return;
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			vm_complain("load", path);
		if (fd >= 0)
			close(fd);
	}
	fclose(list);
}

/* Make the disk the root; the payload and this kernel's modules stay those of the initramfs. */
static int vm_enter_disk(void)
{
	static const char *const kept[] = { VM_DIR, "/usr/lib/modules", NULL };

	mkdir(VM_NEWROOT, 0755);
	if (mount(VM_DISK, VM_NEWROOT, "ext4", 0, NULL)) {
		vm_complain("mount", VM_DISK);
		return -1;
	}
	for (size_t i = 0; kept[i]; i++) {
		char target[128];

		snprintf(target, sizeof(target), VM_NEWROOT "%s", kept[i]);
		mkdir(target, 0755);
		if (mount(kept[i], target, NULL, MS_BIND, NULL))
			vm_complain("bind", kept[i]);
	}
	umount2("/sys", MNT_DETACH);
	umount2("/proc", MNT_DETACH);
	umount2("/dev", MNT_DETACH);
	umount2("/run", MNT_DETACH);
	if (chdir(VM_NEWROOT) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return -1;
	vm_mount_all();
	return 0;
}

/* A unit that is there for this boot only; whatever it does, the machine goes down after it. */
static void vm_become_systemd(char *const environment[])
{
	static char *const words[] = { "/lib/systemd/systemd", NULL };
	static const char unit[] = "[Unit]\n"
				   "Description=The scenario\n"
				   "After=basic.target network.target kmend-reconcile.service\n"
				   "[Service]\n"
				   "Type=simple\n"
				   "Environment=HOME=/root LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive\n"
				   "ExecStart=/bin/bash " VM_DIR "/guest/main.sh\n"
				   "ExecStopPost=/bin/systemctl --no-block poweroff\n";
	FILE *file;

	mkdir("/run/systemd", 0755);
	mkdir("/run/systemd/system", 0755);
	mkdir("/run/systemd/system/multi-user.target.wants", 0755);
	file = fopen("/run/systemd/system/kmend-vm.service", "w");
	if (!file || fputs(unit, file) < 0 || fclose(file) ||
	    symlink("../kmend-vm.service", "/run/systemd/system/multi-user.target.wants/kmend-vm.service"))
		vm_complain("write", "kmend-vm.service");
	execve(words[0], words, environment);
	vm_complain("execute", words[0]);
}

static void vm_power_off(void)
{
	sync();
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

int main(void)
{
	static char *const driver[] = { "/bin/bash", VM_DIR "/guest/main.sh", NULL };
	static char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
					     "HOME=/root",
					     "LC_ALL=C.UTF-8",
					     "TERM=dumb",
					     "DEBIAN_FRONTEND=noninteractive",
					     NULL };
	int has_disk = access(VM_DIR "/disk", F_OK) == 0;

	vm_mount_all();
	vm_load_modules();
	if (has_disk && vm_enter_disk())
		vm_power_off();

	if (access(VM_DIR "/systemd", F_OK) == 0) {
		vm_become_systemd(environment);
		vm_power_off();
	}

	pid_t child = fork();

	if (child == 0) {
		setsid();
		execve(driver[0], driver, environment);
		vm_complain("execute", driver[0]);
		_exit(127);
	}
	/* Orphans come here too; the machine goes down when the driver ends. */
	while (wait(NULL) != child)
		;
	vm_power_off();
}
