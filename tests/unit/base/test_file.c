// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/base/file.h"
#include "tap.h"

static char *room; /* a directory of our own */

/* What was made durable so far, instead of the C library's calls of these names. */
static int settled_files, settled_systems;

int fsync(int fd)
{
	settled_files++;
	return syscall(SYS_fsync, fd);
}

int syncfs(int fd)
{
	settled_systems++;
	return syscall(SYS_syncfs, fd);
}

static char *inside(const char *name)
{
	return kmend_path(room, name);
}

static int entries(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	int count = -2; /* . and .. */

	while (dir && readdir(dir))
		count++;
	return count;
}

static bool holds(const char *path, const char *text)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	return !kmend_file_read(path, 1 << 20, &data, &size, NULL) && size == strlen(text) && !strcmp(data, text);
}

static void test_read(void)
{
	_cleanup_free_ char *path = inside("read");
	struct kmend_error error = { 0 };
	char *data = (char *)"untouched";
	size_t size = 77;

	tap_is_int(kmend_file_read(path, 100, &data, &size, &error), -ENOENT, "a file that is not there");
	tap_ok(!strcmp(data, "untouched") && size == 77, "leaves the results untouched");
	tap_ok(strstr(error.message, path), "its error names the file");
	kmend_file_write_atomic(path, "12345", 5, 0600, NULL);
	tap_is_int(kmend_file_read(path, 4, &data, NULL, &error), -EFBIG, "a file beyond the limit");
	tap_is_int(kmend_file_read(path, 5, &data, &size, &error), 0, "a file at the limit");
	tap_ok(size == 5 && !strcmp(data, "12345"), "is read whole, with a NUL behind it");
	free(data);
	tap_is_int(kmend_file_read(room, 100, &data, NULL, &error), -EISDIR, "a directory is no file");
	tap_is_int(kmend_file_read("/proc/self/status", 1 << 20, &data, &size, &error), 0, "a file that tells no size");
	tap_ok(size > 100 && strlen(data) == size, "is read to its end");
	free(data);
}

static void test_atomic(void)
{
	_cleanup_free_ char *path = inside("atomic"), *lost = inside("no/such/place");
	struct kmend_error error = { 0 };
	struct stat status;
	int before = entries(room);

	tap_is_int(kmend_file_write_atomic(path, "old", 3, 0640, &error), 0, "a new file");
	tap_ok(holds(path, "old") && !stat(path, &status) && (status.st_mode & 0777) == 0640,
	       "has its content and mode");
	tap_is_int(kmend_file_write_atomic(path, "newer", 5, 0600, &error), 0, "is replaced");
	tap_ok(holds(path, "newer") && entries(room) == before + 1, "and nothing else is left");
	tap_is_int(kmend_file_write_atomic(lost, "x", 1, 0600, &error), -ENOENT, "no directory, no file");
}

static void test_put_in_place(void)
{
	_cleanup_free_ char *from = inside("made"), *to = inside("put"), *lost = inside("no/such/place");
	_cleanup_free_ char *in_from = kmend_path(from, "content"), *in_to = kmend_path(to, "content");
	_cleanup_free_ char *in_old = kmend_path(to, "old");
	struct kmend_error error = { 0 };

	tap_is_int(kmend_put_in_place(from, to, &error), -ENOENT, "nothing is there to be put in place");
	kmend_file_write_atomic(from, "text", 4, 0600, NULL);
	settled_files = 0;
	tap_is_int(kmend_put_in_place(from, to, &error), 0, "a file is put in place");
	tap_ok(holds(to, "text") && !kmend_file_exists(from), "it is there and nowhere else");
	tap_is_int(settled_files, 1, "and was made durable before");
	kmend_file_write_atomic(from, "text", 4, 0600, NULL);
	tap_is_int(kmend_put_in_place(from, lost, &error), -ENOENT, "a place that is not there");
	tap_ok(strstr(error.message, from) && strstr(error.message, lost), "is told with both names");
	unlink(from);
	unlink(to);

	kmend_mkdir_parents(from, 0700, NULL);
	kmend_mkdir_parents(to, 0700, NULL);
	kmend_file_write_atomic(in_from, "new", 3, 0600, NULL);
	kmend_file_write_atomic(in_old, "old", 3, 0600, NULL);
	tap_is_int(kmend_put_in_place(from, to, &error), 0, "a directory is put in place");
	tap_ok(holds(in_to, "new") && entries(to) == 1 && !kmend_file_exists(from), "of the older one");
	tap_is_int(settled_systems, 1, "with all that is below it made durable before");
	kmend_remove_tree(to, NULL);
}

/* In a child whose files may not grow beyond 4096 bytes. */
static int write_beyond_limit(void)
{
	_cleanup_free_ char *path = inside("atomic"), *big = kmend_calloc(1, 10000);
	struct kmend_error error = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 });
	return kmend_file_write_atomic(path, big, 10000, 0600, &error) == -EFBIG ? 0 : 1;
}

#define CANNOT 77 /* this machine does not let us */

/* In a child with a tiny file system of its own. */
static int write_full_disk(void)
{
	_cleanup_free_ char *disk = inside("disk"), *path = kmend_path(disk, "file"), *big = kmend_calloc(1, 100000);
	_cleanup_free_ char *copy = kmend_path(disk, "copy"), *source = inside("source");
	struct kmend_error error = { 0 };

	kmend_file_write_atomic(source, big, 100000, 0600, NULL);
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) < 0 || mkdir(disk, 0700) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("none", disk, "tmpfs", 0, "size=64k") < 0)
		return CANNOT;
	if (kmend_file_write_atomic(path, "old", 3, 0600, &error))
		return 1;
	if (kmend_file_write_atomic(path, big, 100000, 0600, &error) != -ENOSPC)
		return 2;
	if (error.status != KMEND_STATUS_DISK_FULL || !error.advice[0])
		return 3;
	if (!holds(path, "old") || entries(disk) != 1)
		return 4;
	if (kmend_file_copy(source, copy, 0600, &error) != -ENOSPC || error.status != KMEND_STATUS_DISK_FULL)
		return 5;
	return entries(disk) == 1 ? 0 : 6;
}

static int in_child(int (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(body());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void test_no_space(void)
{
	_cleanup_free_ char *path = inside("atomic");
	int before = entries(room), status;

	tap_is_int(in_child(write_beyond_limit), 0, "a write beyond the limit fails");
	tap_ok(holds(path, "newer") && entries(room) == before, "the old content stays, nothing else is left");
	status = in_child(write_full_disk);
	if (status == CANNOT)
		tap_skip("a full disk", "no mount namespace here");
	else
		tap_is_int(status, 0, "a full disk has its own status, keeps the old file, and leaves nothing");
}

static void test_directories(void)
{
	_cleanup_free_ char *deep = inside("a/b//c/"), *file = inside("a/file"), *below = inside("a/file/x");
	_cleanup_free_ char *top = inside("a"), *link = inside("a/link"), *outside = inside("outside");
	struct kmend_error error = { 0 };

	tap_is_int(kmend_mkdir_parents(deep, 0755, &error), 0, "a directory with its parents");
	tap_is_int(kmend_mkdir_parents(deep, 0755, &error), 0, "that is there already");
	tap_is_int(kmend_mkdir_parents("/", 0755, &error), 0, "the root is there already");
	tap_is_int(kmend_mkdir_parents("", 0755, &error), -ENOENT, "no name, no directory");
	kmend_file_write_atomic(file, "x", 1, 0600, NULL);
	tap_is_int(kmend_mkdir_parents(file, 0755, &error), -ENOTDIR, "a file in its place");
	tap_is_int(kmend_mkdir_parents(below, 0755, &error), -ENOTDIR, "a file on the way");
	kmend_file_write_atomic(outside, "x", 1, 0600, NULL);
	tap_ok(!symlink("../outside", link), "a link that leads out");
	tap_is_int(kmend_remove_tree(top, &error), 0, "a tree is removed");
	tap_ok(!kmend_file_exists(top) && kmend_file_exists(outside), "but not what its links lead to");
	tap_is_int(kmend_remove_tree(top, &error), 0, "an absent tree is no failure");
}

static void test_copy_and_digest(void)
{
	_cleanup_free_ char *from = inside("from"), *to = inside("to"), *none = inside("none");
	struct kmend_error error = { 0 };
	char digest[KMEND_SHA256_HEX], other[KMEND_SHA256_HEX];

	kmend_file_write_atomic(from, "abc", 3, 0600, NULL);
	tap_is_int(kmend_file_copy(from, to, 0600, &error), 0, "a copy");
	tap_ok(holds(to, "abc"), "is equal");
	tap_is_int(kmend_file_copy(none, to, 0600, &error), -ENOENT, "a copy of nothing fails");
	tap_ok(holds(to, "abc"), "and leaves the old one");
	kmend_sha256("abc", 3, digest); /* FIPS 180-2, appendix B.1 */
	tap_is_str(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		   "the digest of FIPS 180-2");
	tap_is_int(kmend_sha256_file(from, other, &error), 0, "a file's digest");
	tap_is_str(other, digest, "is that of its bytes");
	strcpy(other, "untouched");
	tap_is_int(kmend_sha256_file(none, other, &error), -ENOENT, "no file, no digest");
	tap_is_str(other, "untouched", "and the result is left alone");
}

static void test_paths(void)
{
	static const char *const table[][3] = { { "/a", "b", "/a/b" },
						{ "/a/", "/b", "/a/b" },
						{ "/", "b", "/b" },
						{ "//", "b", "/b" },
						{ "a", "b/c", "a/b/c" } };
	struct kmend_error error = { 0 };
	char *one = NULL, *two = NULL;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(table); i++) {
		_cleanup_free_ char *path = kmend_path(table[i][0], table[i][1]);

		tap_is_str(path, table[i][2], "two parts of a path");
	}
	setenv("XDG_CACHE_HOME", "/somewhere", 1);
	one = kmend_cache_directory();
	tap_is_str(one, "/somewhere/kmend", "the cache is where XDG_CACHE_HOME says");
	free(one);
	setenv("XDG_CACHE_HOME", "relative", 1);
	setenv("HOME", "/home/x", 1);
	one = kmend_cache_directory();
	tap_is_str(one, "/home/x/.cache/kmend", "unless that is relative");
	free(one);
	setenv("TMPDIR", room, 1);
	tap_ok(!kmend_temporary_directory("t", &one, &error) && !kmend_temporary_directory("t", &two, &error) &&
		       strcmp(one, two) && kmend_starts_with(one, room),
	       "temporary directories are where TMPDIR says, each its own");
	free(one);
	free(two);
	setenv("TMPDIR", "/no/such/place", 1);
	tap_is_int(kmend_temporary_directory("t", &one, &error), -ENOENT, "no place, no temporary directory");
}

static void test_identity(void)
{
	_cleanup_free_ char *path = inside("identity"), *other = inside("identity.new"), *none = NULL, *before = NULL,
			    *changed = NULL, *after = NULL;
	struct kmend_error error = { 0 };

	none = kmend_file_identity(path);
	tap_is_str(none, "", "no file, no identity");
	tap_ok(!kmend_file_write_atomic(path, "a", 1, 0644, &error), "a file");
	before = kmend_file_identity(path);
	tap_ok(strchr(before, '@') && !chmod(path, 0600), "has one");
	changed = kmend_file_identity(path);
	tap_is_str(changed, before, "whatever its mode");
	tap_ok(!kmend_file_write_atomic(other, "a", 1, 0644, &error) && !rename(other, path),
	       "another file in its place");
	after = kmend_file_identity(path);
	tap_ok(strcmp(after, before), "has another");
}

static void test_lock(void)
{
	_cleanup_free_ char *path = inside("lock"), *lost = inside("no/such/lock");
	struct kmend_error error = { 0 };
	int held = -1, status, ready[2];
	char byte;
	pid_t pid;

	tap_ok(!pipe(ready), "a pipe");
	tap_is_int(kmend_lock(path, &held, &error), 0, "a lock is taken");
	pid = fork();
	if (!pid) {
		int mine;

		close(held);
		_exit(kmend_lock(path, &mine, &error) || write(ready[1], "x", 1) != 1);
	}
	fcntl(ready[0], F_SETFL, O_NONBLOCK);
	usleep(100000);
	tap_ok(read(ready[0], &byte, 1) < 0 && errno == EAGAIN, "another process waits for it");
	close(held);
	waitpid(pid, &status, 0);
	tap_ok(!status && read(ready[0], &byte, 1) == 1, "and gets it when it is released");
	tap_is_int(kmend_lock(lost, &held, &error), -ENOENT, "no place, no lock");
}

int main(void)
{
	struct kmend_error error = { 0 };

	umask(022);
	if (kmend_temporary_directory("kmend-test", &room, &error))
		return 1;
	test_read();
	test_atomic();
	test_put_in_place();
	test_no_space();
	test_directories();
	test_copy_and_digest();
	test_paths();
	test_identity();
	test_lock();
	kmend_remove_tree(room, NULL);
	free(room);
	return tap_done();
}
