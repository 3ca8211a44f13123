// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/file.h"
#include "tap.h"

static char *directory;

static size_t count_files(void)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	size_t count = 0;

	while (dir && readdir(dir))
		count++;
	return count;
}

static void test_write(void)
{
	_cleanup_free_ char *path = kmend_path(directory, "file"), *data = NULL;
	struct kmend_error error = { 0 };
	struct rlimit limit = { 1000, 1000 };
	struct stat status;
	size_t size = 0, before;
	int code = 0;
	pid_t pid;

	tap_ok(!kmend_file_write_atomic(path, "one", 3, 0640, &error), "a file is written");
	tap_ok(!stat(path, &status) && (status.st_mode & 0777) == 0640, "with its mode");
	tap_ok(!kmend_file_read(path, 100, &data, &size, &error) && size == 3 && !strcmp(data, "one"), "and read");
	tap_ok(kmend_file_read(path, 2, &data, &size, &error) == -EFBIG, "a longer file than asked for is refused");

	/* A write that fails in the midst: the limit on a file's size, in a child. */
	before = count_files();
	fflush(stdout);
	pid = fork();
	if (!pid) {
		static char big[5000];

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(kmend_file_write_atomic(path, big, sizeof(big), 0640, NULL) == -EFBIG ? 0 : 1);
	}
	waitpid(pid, &code, 0);
	tap_ok(!code, "a write that fails says so");
	free(kmend_steal(data));
	tap_ok(!kmend_file_read(path, 100, &data, &size, &error) && !strcmp(data, "one"),
	       "the old content is still there");
	tap_ok(count_files() == before, "nothing is left beside it");
	tap_ok(kmend_file_write_atomic("/nonexistent/x", "", 0, 0600, &error) == -ENOENT &&
		       strstr(error.message, "/nonexistent"),
	       "a directory that is not there is named");
}

static void test_tree(void)
{
	_cleanup_free_ char *deep = kmend_path(directory, "a/b/c"), *top = kmend_path(directory, "a");
	_cleanup_free_ char *link = kmend_path(directory, "a/b/out"), *kept = kmend_path(directory, "kept");
	struct kmend_error error = { 0 };

	tap_ok(!kmend_mkdir_parents(deep, 0755, &error) && kmend_file_exists(deep),
	       "directories are made with their parents");
	tap_ok(!kmend_mkdir_parents(deep, 0755, &error), "again is no error");
	kmend_file_write_atomic(kept, "x", 1, 0600, &error);
	tap_ok(!symlink(directory, link) && !kmend_remove_tree(top, &error) && !kmend_file_exists(top),
	       "a tree is removed");
	tap_ok(kmend_file_exists(kept), "what its links lead to is not");
	tap_ok(!kmend_remove_tree(top, &error), "an absent one is removed already");
}

static void test_digest(void)
{
	_cleanup_free_ char *path = kmend_path(directory, "abc");
	char hex[KMEND_SHA256_HEX], of_file[KMEND_SHA256_HEX];
	struct kmend_error error = { 0 };

	kmend_sha256("abc", 3, hex);
	/* FIPS 180-2, appendix B.1 */
	tap_is_str(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");
	kmend_file_write_atomic(path, "abc", 3, 0600, &error);
	tap_ok(!kmend_sha256_file(path, of_file, &error) && !strcmp(hex, of_file), "and of a file with it");
}

static void test_lock(void)
{
	_cleanup_free_ char *path = kmend_path(directory, "lock");
	struct kmend_error error = { 0 };
	int fd = -1, other, pipes[2], status;
	char byte = 0;
	pid_t pid;

	tap_ok(!kmend_lock(path, &fd, &error) && !pipe(pipes), "a lock is taken");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(fd);
		_exit(kmend_lock(path, &other, NULL) || write(pipes[1], "2", 1) != 1);
	}
	usleep(100000);
	tap_ok(write(pipes[1], "1", 1) == 1, "another waits for it");
	close(fd);
	waitpid(pid, &status, 0);
	tap_ok(!status && read(pipes[0], &byte, 1) == 1 && byte == '1' && read(pipes[0], &byte, 1) == 1 && byte == '2',
	       "and gets it after us");
}

int main(void)
{
	_cleanup_free_ char *joined = kmend_path("/a/", "/b"), *root = kmend_path("/", "b");
	struct kmend_error error = { 0 };

	if (kmend_temporary_directory("kmend-test", &directory, &error))
		return 1;
	tap_is_str(joined, "/a/b", "paths are joined by one slash");
	tap_is_str(root, "/b", "also at the root");
	test_write();
	test_tree();
	test_digest();
	test_lock();
	tap_ok(!kmend_remove_tree(directory, &error), "the test's directory is removed");
	free(directory);
	return tap_done();
}
