// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

int kmend_file_read(const char *path, size_t limit, char **ret_data, size_t *ret_size, struct kmend_error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_buffer_ struct kmend_buffer buffer = { 0 };
	char chunk[65536];
	ssize_t got;

	if (fd < 0)
		return kmend_fail_errno(error, -errno, "cannot open %s", path);
	/* Files of /proc and /sys have no size, so read to the end. */
	while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return kmend_fail_errno(error, -errno, "cannot read %s", path);
		if (buffer.size + got > limit)
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EFBIG, "%s is larger than %zu bytes", path,
					  limit);
		kmend_buffer_add(&buffer, chunk, got);
	}
	kmend_buffer_add(&buffer, "", 0);
	*ret_data = kmend_steal(buffer.data);
	if (ret_size)
		*ret_size = buffer.size;
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t put = write(fd, data, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put ? -errno : -EIO;
		data += put;
		size -= put;
	}
	return 0;
}

static int sync_directory(const char *path)
{
	_cleanup_free_ char *copy = kmend_strdup(path);
	_cleanup_close_ int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int kmend_file_write_atomic(const char *path, const void *data, size_t size, mode_t mode, struct kmend_error *error)
{
	_cleanup_free_ char *temporary = kmend_format("%s.XXXXXX", path);
	int fd, code = 0;

	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return kmend_fail_errno(error, -errno, "cannot create a file beside %s", path);
	code = write_all(fd, data, size);
	if (!code && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		code = -errno;
	if (close(fd) < 0 && !code)
		code = -errno;
	if (!code && rename(temporary, path) < 0)
		code = -errno;
	if (code) {
		unlink(temporary);
		return kmend_fail_errno(error, code, "cannot write %s", path);
	}
	code = sync_directory(path);
	if (code)
		return kmend_fail_errno(error, code, "cannot make %s durable", path);
	return 0;
}

int kmend_settle(const char *path, struct kmend_error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || (S_ISDIR(status.st_mode) ? syncfs(fd) : fsync(fd)) < 0)
		return kmend_fail_errno(error, -errno, "cannot make %s durable", path);
	return 0;
}

int kmend_put_in_place(const char *from, const char *to, struct kmend_error *error)
{
	struct stat status;
	int code = kmend_settle(from, error);

	if (!code && !stat(from, &status) && S_ISDIR(status.st_mode))
		code = kmend_remove_tree(to, error);
	if (!code && rename(from, to) < 0)
		code = kmend_fail_errno(error, -errno, "cannot move %s to %s", from, to);
	return code;
}

bool kmend_file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

char *kmend_file_identity(const char *path)
{
	const struct statx_timestamp *time;
	struct statx file;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME | STATX_CTIME, &file))
		return kmend_strdup("");
	time = file.stx_mask & STATX_BTIME ? &file.stx_btime : &file.stx_ctime;
	return kmend_format("%llu@%lld.%09u", (unsigned long long)file.stx_ino, (long long)time->tv_sec, time->tv_nsec);
}

int kmend_mkdir_parents(const char *path, mode_t mode, struct kmend_error *error)
{
	_cleanup_free_ char *part = kmend_strdup(path);
	struct stat status;

	if (!*part)
		return kmend_fail_errno(error, -ENOENT, "cannot create a directory without a name");
	for (char *slash = part + 1;; slash++) {
		bool last = *slash == '\0';

		if (*slash != '/' && !last)
			continue;
		*slash = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return kmend_fail_errno(error, -errno, "cannot create the directory %s", part);
		if (last && (stat(part, &status) < 0 || !S_ISDIR(status.st_mode)))
			return kmend_fail_errno(error, -ENOTDIR, "cannot create the directory %s", part);
		if (last)
			return 0;
		*slash = '/';
	}
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path) < 0 ? -errno : 0;
}

int kmend_remove_tree(const char *path, struct kmend_error *error)
{
	int code = nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS);

	if (code == -1)
		code = -errno;
	if (code && code != -ENOENT)
		return kmend_fail_errno(error, code, "cannot remove %s", path);
	return 0;
}

int kmend_file_copy(const char *from, const char *to, mode_t mode, struct kmend_error *error)
{
	_cleanup_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int out = -1;
	char chunk[65536];
	ssize_t got;
	int code = 0;

	if (in < 0)
		return kmend_fail_errno(error, -errno, "cannot open %s", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (out < 0)
		return kmend_fail_errno(error, -errno, "cannot create %s", to);
	while (!code && (got = read(in, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		code = got < 0 ? -errno : write_all(out, chunk, got);
	}
	/* Some file systems tell of a full disk only here. */
	if (close(kmend_steal_fd(out)) < 0 && !code)
		code = -errno;
	if (code) {
		unlink(to);
		return kmend_fail_errno(error, code, "cannot copy %s to %s", from, to);
	}
	return 0;
}

static void to_hex(const unsigned char *digest, unsigned int size, char *ret_hex)
{
	for (unsigned int i = 0; i < size; i++)
		sprintf(ret_hex + 2 * i, "%02x", digest[i]);
}

void kmend_sha256(const void *data, size_t size, char ret_hex[KMEND_SHA256_HEX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;

	if (!EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL))
		kmend_oom();
	to_hex(digest, length, ret_hex);
}

int kmend_sha256_file(const char *path, char ret_hex[KMEND_SHA256_HEX], struct kmend_error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	EVP_MD_CTX *context;
	char chunk[65536];
	ssize_t got;
	int code = 0;

	if (fd < 0)
		return kmend_fail_errno(error, -errno, "cannot open %s", path);
	context = EVP_MD_CTX_new();
	if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		kmend_oom();
	while (!code && (got = read(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			code = -errno;
		else
			EVP_DigestUpdate(context, chunk, got);
	}
	EVP_DigestFinal_ex(context, digest, &length);
	EVP_MD_CTX_free(context);
	if (code)
		return kmend_fail_errno(error, code, "cannot read %s", path);
	to_hex(digest, length, ret_hex);
	return 0;
}

char *kmend_path(const char *directory, const char *name)
{
	size_t length = strlen(directory);

	while (length > 1 && directory[length - 1] == '/')
		length--;
	while (*name == '/')
		name++;
	return kmend_format("%.*s%s%s", (int)length, directory, length == 1 && directory[0] == '/' ? "" : "/", name);
}

char *kmend_cache_directory(void)
{
	const char *base = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (base && base[0] == '/')
		return kmend_path(base, "kmend");
	if (!home || !*home) {
		struct passwd *entry = getpwuid(geteuid());

		home = entry ? entry->pw_dir : "/root";
	}
	return kmend_path(home, ".cache/kmend");
}

int kmend_temporary_directory(const char *prefix, char **ret_path, struct kmend_error *error)
{
	const char *base = getenv("TMPDIR");
	_cleanup_free_ char *path = kmend_format("%s/%s.XXXXXX", base && *base ? base : "/var/tmp", prefix);

	if (!mkdtemp(path))
		return kmend_fail_errno(error, -errno, "cannot create a temporary directory %s", path);
	*ret_path = kmend_steal(path);
	return 0;
}

int kmend_lock(const char *path, int *ret_fd, struct kmend_error *error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return kmend_fail_errno(error, -errno, "cannot open the lock file %s", path);
	while (flock(fd, LOCK_EX) < 0) {
		int code = -errno;

		if (code == -EINTR)
			continue;
		close(fd);
		return kmend_fail_errno(error, code, "cannot lock %s", path);
	}
	*ret_fd = fd;
	return 0;
}
