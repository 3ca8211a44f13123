// SPDX-License-Identifier: GPL-2.0
/*
 * kmend.so, a plugin of librpm: what one transaction brings is applied at its end, in one stop of the machine; a transaction
 * that would erase an update which cannot be reversed now is refused before anything is done.
 *
 * It is loaded into whatever program uses librpm (rpm, dnf, PackageKit), so it links nothing of kmend: it asks the
 * command kmend, in a process of its own. But for that one refusal it never fails a transaction. Packages work the same
 * without it: each one's scriptlets apply and reverse, one by one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpm/rpmfiles.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmte.h>
#include <rpm/rpmts.h>

#include "rpmplugin_compat.h"

/* Tests have them elsewhere. */
#ifndef KMEND
#define KMEND "/usr/bin/kmend"
#endif
#ifndef UPDATES
#define UPDATES "/usr/lib/kmend/updates/"
#endif
#define PREFIX "kmend-patch-"
#define VARIABLE "KMEND_TRANSACTION" /* the scriptlets leave applying to us */
#define IDS_MOST 256
#define STATUS_BUSY 30 /* of kmend (core/base/error.h) */
#define STATUS_REFUSED 31

extern char **environ;

/* Ids of updates for the running kernel. */
struct ids {
	char *items[IDS_MOST];
	size_t count;
};

/* Between a tsm_pre that was for us and its tsm_post. (What files an element has is told only before it is installed.) */
static bool at_work;
static struct ids added;
static size_t nr_added; /* packages, whatever we could learn of them */

static void ids_free(struct ids *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		free(ids->items[i]);
	ids->count = 0;
}

/* One is enough of each, and no package may make us take for ever. */
static void ids_add(struct ids *ids, const char *id, size_t size)
{
	char *copy;

	for (size_t i = 0; i < ids->count; i++)
		if (strlen(ids->items[i]) == size && !strncmp(ids->items[i], id, size))
			return;
	copy = ids->count < IDS_MOST ? strndup(id, size) : NULL;
	if (copy)
		ids->items[ids->count++] = copy;
}

/* The updates of a package are its files UPDATES/RELEASE/ID/manifest.json. */
static void ids_of_element(rpmte element, const char *release, struct ids *ids)
{
	rpmfiles files = rpmteFiles(element);
	size_t release_size = strlen(release);

	for (int i = 0; files && i < rpmfilesFC(files); i++) {
		char *path = rpmfilesFN(files, i);
		const char *id = path ? path + strlen(UPDATES) + release_size + 1 : NULL, *slash;

		if (path && !strncmp(path, UPDATES, strlen(UPDATES)) &&
		    !strncmp(path + strlen(UPDATES), release, release_size) && id[-1] == '/') {
			slash = strchr(id, '/');
			if (slash && slash > id && *id != '-' && !strcmp(slash, "/manifest.json"))
				ids_add(ids, id, slash - id);
		}
		free(path);
	}
	rpmfilesFree(files);
}

/*
 * Updates of the running kernel that a transaction brings (TR_ADDED), or takes away for good (TR_REMOVED): not those
 * which an upgrade replaces. Return: how many packages of updates, of any kernel.
 */
static size_t ids_of_transaction(rpmts ts, rpmElementType type, struct ids *ids)
{
	rpmtsi iterator = rpmtsiInit(ts);
	struct utsname names;
	size_t packages = 0;
	rpmte element;

	if (uname(&names) < 0)
		names.release[0] = '\0';
	while ((element = rpmtsiNext(iterator, type))) {
		if (strncmp(rpmteN(element), PREFIX, strlen(PREFIX)) || (type == TR_REMOVED && rpmteDependsOn(element)))
			continue;
		packages++;
		ids_of_element(element, names.release, ids);
	}
	rpmtsiFree(iterator);
	return packages;
}

/*
 * Run kmend with arguments and ids; its words go to standard error, or into `output`. rpm blocks signals meanwhile; kmend
 * must be free to take them. Return: its exit status, or -1.
 */
static int run_kmend(const char *const *arguments, const struct ids *ids, char *output, size_t size)
{
	const char *argv[IDS_MOST + 16] = { KMEND };
	size_t argc = 1, got = 0;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ends[2] = { -1, -1 }, status, code;
	sigset_t none;
	pid_t pid;

	for (size_t i = 0; arguments[i]; i++)
		argv[argc++] = arguments[i];
	for (size_t i = 0; i < ids->count; i++)
		argv[argc++] = ids->items[i];
	if (output && pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output ? ends[1] : 2, 1);
	if (output)
		posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	posix_spawnattr_init(&attributes);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	code = posix_spawn(&pid, KMEND, &actions, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (output) {
		close(ends[1]);
		for (ssize_t part;
		     !code && got < size - 1 && (part = read(ends[0], output + got, size - 1 - got)) != 0;) {
			if (part < 0 && errno != EINTR)
				break;
			got += part > 0 ? part : 0;
		}
		output[got] = '\0';
		close(ends[0]);
	}
	if (code)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Does this transaction change this system, with scriptlets? (--noscripts is the sum of all --noX, not NOSCRIPTS.) */
static bool is_for_us(rpmts ts)
{
	const rpmtransFlags not_real = RPMTRANS_FLAG_TEST | RPMTRANS_FLAG_BUILD_PROBS | RPMTRANS_FLAG_JUSTDB |
				       RPMTRANS_FLAG_NOSCRIPTS | RPMTRANS_FLAG_NOPOST;
	const char *root = rpmtsRootDir(ts);

	return !(rpmtsFlags(ts) & not_real) && (!root || !*root || !strcmp(root, "/")) && !getuid() &&
	       !access(UPDATES "..", F_OK);
}

/*
 * Could these be reversed now? What only stands in the way because it is erased as well is no reason: those on top go
 * first. What nobody can tell is none either: each one's own scriptlet still has its say.
 */
static bool may_erase(const struct ids *erased)
{
	static const char *const arguments[] = { "undo", "--dry-run", "--retries=2", NULL };

	for (size_t i = 0; i < erased->count; i++) {
		const struct ids one = { { erased->items[i] }, 1 };
		char words[4096];
		int status = run_kmend(arguments, &one, words, sizeof(words));

		if (status != STATUS_BUSY &&
		    (status != STATUS_REFUSED || strstr(words, "sat_on") || strstr(words, "built on top of")))
			continue;
		rpmlog(RPMLOG_ERR, "kmend: the update %s cannot be reversed now, so its package stays:\n%s",
		       erased->items[i], words);
		return false;
	}
	return true;
}

static rpmRC kmend_tsm_pre(rpmPlugin plugin, rpmts ts)
{
	struct ids erased = { .count = 0 };
	rpmRC code = RPMRC_OK;

	(void)plugin;
	at_work = false;
	if (!is_for_us(ts))
		return RPMRC_OK;
	ids_of_transaction(ts, TR_REMOVED, &erased);
	if (erased.count && !access(KMEND, X_OK) && !may_erase(&erased))
		code = RPMRC_FAIL;
	ids_free(&erased);
	if (code == RPMRC_OK) {
		at_work = true;
		ids_free(&added);
		nr_added = ids_of_transaction(ts, TR_ADDED, &added);
		setenv(VARIABLE, "1", 1);
	}
	return code;
}

/* Leave out what did not get installed. */
static void keep_installed(struct ids *ids)
{
	struct utsname names;
	size_t kept = 0;

	if (uname(&names) < 0)
		return;
	for (size_t i = 0; i < ids->count; i++) {
		char path[512];

		snprintf(path, sizeof(path), UPDATES "%s/%s/manifest.json", names.release, ids->items[i]);
		if (!access(path, F_OK))
			ids->items[kept++] = ids->items[i];
		else
			free(ids->items[i]);
	}
	ids->count = kept;
}

/* Whatever became of the transaction, what is installed by now is applied. */
static rpmRC kmend_tsm_post(rpmPlugin plugin, rpmts ts, int res)
{
	static const char *const apply[] = { "apply", "--from-package", NULL };
	static const char *const reconcile[] = { "reconcile", "--quiet", NULL };
	bool unknown = nr_added && !added.count;

	(void)plugin;
	(void)ts;
	(void)res;
	if (!at_work)
		return RPMRC_OK;
	at_work = false;
	unsetenv(VARIABLE);
	keep_installed(&added);
	if (nr_added && access(KMEND, X_OK))
		rpmlog(RPMLOG_WARNING, "kmend: hotpatches are installed, but not applied: there is no " KMEND "\n");
	else if (added.count) /* it says itself what is wrong, and its timer goes on */
		run_kmend(apply, &added, NULL, 0);
	else if (unknown)
		run_kmend(reconcile, &added, NULL, 0);
	ids_free(&added);
	return RPMRC_OK;
}

extern struct rpmPluginHooks_s kmend_hooks;
struct rpmPluginHooks_s kmend_hooks = {
	.tsm_pre = kmend_tsm_pre,
	.tsm_post = kmend_tsm_post,
};
