// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/str.h"

#define LOCKS_LIMIT (1u << 20)

/* A small file of /proc, its end of line cut. New memory, or NULL. */
static char *read_line(const struct kmend_machine *machine, const char *name)
{
	_cleanup_free_ char *path = kmend_path(machine->paths.proc, name);
	char *text;
	size_t size;

	if (kmend_file_read(path, 65536, &text, &size, NULL))
		return NULL;
	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	return text;
}

static void set_paths(struct kmend_paths *paths, const char *root)
{
	const struct {
		char **path;
		const char *value;
	} rows[] = {
		{ &paths->sysfs, "/sys/kernel/kmend" },
		{ &paths->sys_module, "/sys/module" },
		{ &paths->proc, "/proc" },
		{ &paths->modules, "/lib/modules" },
		{ &paths->prebuilt, "/usr/lib/kmend/module" },
		{ &paths->updates, "/usr/lib/kmend/updates" },
		{ &paths->record, "/var/lib/kmend/record" },
		{ &paths->run, "/run/kmend" },
		{ &paths->lock, "/run/kmend/lock" },
		{ &paths->disable, "/etc/kmend/disable" },
		{ &paths->errata, "/usr/lib/kmend/errata" },
		{ &paths->state, "/var/lib/kmend" },
		{ &paths->settings, "/etc/kmend/kmend.conf" },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		*rows[i].path = kmend_format("%s%s", root, rows[i].value);
}

int kmend_machine_new(const char *root, struct kmend_machine **ret_machine, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = kmend_calloc(1, sizeof(*machine));
	struct utsname names;

	set_paths(&machine->paths, root);
	machine->is_real = !*root;
	if (machine->is_real && uname(&names) < 0)
		return kmend_fail_errno(error, -errno, "cannot learn which kernel runs");
	machine->release = machine->is_real ? kmend_strdup(names.release) : read_line(machine, "sys/kernel/osrelease");
	machine->version = machine->is_real ? kmend_strdup(names.version) : read_line(machine, "sys/kernel/version");
	machine->boot_id = read_line(machine, "sys/kernel/random/boot_id");
	/* Without /proc (a bare chroot) nothing can be applied, but a package script must still get an answer. */
	if (!machine->boot_id && machine->is_real)
		machine->boot_id = kmend_strdup("unknown");
	if (!machine->release || !machine->version || !machine->boot_id)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "cannot learn which kernel runs");
	*ret_machine = kmend_steal(machine);
	return 0;
}

void kmend_machine_free(struct kmend_machine *machine)
{
	if (!machine)
		return;
	free(machine->paths.sysfs);
	free(machine->paths.sys_module);
	free(machine->paths.proc);
	free(machine->paths.modules);
	free(machine->paths.prebuilt);
	free(machine->paths.updates);
	free(machine->paths.record);
	free(machine->paths.run);
	free(machine->paths.lock);
	free(machine->paths.disable);
	free(machine->paths.errata);
	free(machine->paths.state);
	free(machine->paths.settings);
	free(machine->release);
	free(machine->version);
	free(machine->boot_id);
	free(machine);
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; length && (at = strstr(at, word)); at++)
		if ((at == text || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
			return true;
	return false;
}

/*
 * The version of an RPM kernel is not in its `uname -v`, but in its release: 5.14.0-427.13.1.el9_4 of
 * 5.14.0-427.13.1.el9_4.x86_64+rt. (kmend.ko compares likewise.)
 */
static bool is_in_release(const char *release, const char *version)
{
	size_t length = strlen(version);

	return length && !strncmp(release, version, length) && kmend_starts_with(release + length, ".x86_64");
}

bool kmend_machine_runs(const struct kmend_machine *machine, const char *release, const char *version)
{
	return !strcmp(machine->release, release) &&
	       (!version || has_word(machine->version, version) || is_in_release(release, version));
}

const char *kmend_machine_switched_off(const struct kmend_machine *machine)
{
	_cleanup_free_ char *command_line = read_line(machine, "cmdline");

	if (command_line && has_word(command_line, "kmend=off"))
		return "kmend=off is on the kernel's command line";
	if (kmend_file_exists(machine->paths.disable))
		return "the file /etc/kmend/disable exists";
	return NULL;
}

static bool may_load_modules(const struct kmend_machine *machine)
{
	_cleanup_free_ char *status = read_line(machine, "self/status");
	const char *line = status ? strstr(status, "\nCapEff:") : NULL;
	uint64_t effective;

	return line && sscanf(line, "\nCapEff: %" SCNx64, &effective) == 1 && effective >> CAP_SYS_MODULE & 1;
}

static bool is_chroot(const struct kmend_machine *machine)
{
	_cleanup_free_ char *init_root = kmend_path(machine->paths.proc, "1/root");
	struct stat own, of_init;

	/* What cannot be looked at is told by the capability check instead. */
	if (stat("/", &own) < 0 || stat(init_root, &of_init) < 0)
		return false;
	return own.st_dev != of_init.st_dev || own.st_ino != of_init.st_ino;
}

const char *kmend_machine_is_foreign(const struct kmend_machine *machine)
{
	/* Of systemd's container interface, Podman and Docker: privileged ones may well load modules. */
	static const char *const container_marks[] = { "/run/systemd/container", "/run/.containerenv", "/.dockerenv" };
	_cleanup_free_ char *own_proc = kmend_path(machine->paths.proc, "self");
	const char *dpkg_root = getenv("DPKG_ROOT");

	if (!machine->is_real)
		return NULL;
	if (dpkg_root && *dpkg_root && strcmp(dpkg_root, "/"))
		return "another root directory (DPKG_ROOT)";
	if (!kmend_file_exists(own_proc))
		return "a chroot without /proc";
	if (is_chroot(machine))
		return "a chroot";
	if (!kmend_file_exists(machine->paths.sys_module))
		return "a place without /sys";
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(container_marks); i++)
		if (kmend_file_exists(container_marks[i]))
			return "a container";
	/* Container managers keep it from what they run; without it nothing could be done anyway. */
	if (!geteuid() && !may_load_modules(machine))
		return "a container";
	return NULL;
}

int kmend_machine_need_root(const struct kmend_machine *machine, struct kmend_error *error)
{
	if (!machine->is_real || !geteuid())
		return 0;
	kmend_fail(error, KMEND_STATUS_NOT_ROOT, -EPERM, "only root may change the running kernel");
	kmend_advise(error, "Run it with sudo, or as root.");
	return -EPERM;
}

int kmend_machine_lock(const struct kmend_machine *machine, void (*waiting)(void), int *ret_fd,
		       struct kmend_error *error)
{
	_cleanup_close_ int probe = -1;
	int code = kmend_mkdir_parents(machine->paths.run, 0755, error);

	if (code)
		return code;
	probe = open(machine->paths.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (waiting && probe >= 0 && flock(probe, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		waiting();
	if (probe >= 0)
		flock(probe, LOCK_UN);
	return kmend_lock(machine->paths.lock, ret_fd, error);
}

bool kmend_machine_is_at_work(const struct kmend_machine *machine)
{
	_cleanup_free_ char *path = kmend_path(machine->paths.proc, "locks"), *text = NULL;
	struct stat lock;
	char *rest = NULL;

	if (stat(machine->paths.lock, &lock) < 0 || kmend_file_read(path, LOCKS_LIMIT, &text, NULL, NULL))
		return false;
	/* "1: FLOCK  ADVISORY  WRITE 733 00:1a:1042 0 EOF"; who waits for it has an arrow before the kind. */
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned int major, minor;
		unsigned long inode;
		int pid;

		if (sscanf(line, "%*u: FLOCK ADVISORY WRITE %d %x:%x:%lu", &pid, &major, &minor, &inode) == 4 &&
		    pid != getpid() && inode == lock.st_ino && makedev(major, minor) == lock.st_dev)
			return true;
	}
	return false;
}
