// SPDX-License-Identifier: GPL-2.0
/*
 * The commits themselves, from a clone of the stable tree: those between the two versions' tags. A CVE's record names the
 * commit that fixes each branch; else the changelog's subject does, if exactly one commit of these bears it.
 */
#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "plan_internal.h"

#define ABBREVIATED 12

struct commit {
	char *id;
	char *subject;
	struct kmend_strv files;
};

struct history {
	struct commit *commits; /* the oldest first */
	size_t count;
};

static void history_clear(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		free(history->commits[i].id);
		free(history->commits[i].subject);
		kmend_strv_free(&history->commits[i].files);
	}
	free(history->commits);
}

/* "6.1.187-1" is of v6.1.187; "6.12~rc1-1" of v6.12-rc1. New memory. */
static char *tag_of(const char *version)
{
	const char *colon = strchr(version, ':'), *dash;
	char *tag, *tilde;

	version = colon ? colon + 1 : version;
	dash = strrchr(version, '-');
	tag = kmend_format("v%.*s", dash ? (int)(dash - version) : (int)strlen(version), version);
	tilde = strchr(tag, '~');
	if (tilde)
		*tilde = '-';
	return tag;
}

static int run_git(const char *directory, const char *const *words, struct kmend_buffer *output,
		   struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv all = { 0 };
	/* What the user's own settings make of a diff must not matter. */
	static const char *const environment[] = { "LC_ALL=C",
						   "GIT_CONFIG_NOSYSTEM=1",
						   "GIT_CONFIG_GLOBAL=/dev/null",
						   "GIT_CONFIG_COUNT=1",
						   "GIT_CONFIG_KEY_0=safe.directory",
						   "GIT_CONFIG_VALUE_0=*",
						   NULL };
	struct kmend_child child = { .environment = environment, .output = output };

	kmend_strv_add(&all, "git");
	kmend_strv_add(&all, "-C");
	kmend_strv_add(&all, directory);
	for (size_t i = 0; words[i]; i++)
		kmend_strv_add(&all, words[i]);
	child.argv = (const char *const *)all.items;
	return kmend_child_check(&child, error);
}

/* Does git say yes? What else it says is of no use to who asked for a plan. */
static bool git_agrees(const char *directory, const char *const *words)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_error ignored = { 0 };

	return !run_git(directory, words, &output, &ignored);
}

/*
 * A clone that is cut off between the two tags lacks commits of the range, and takes the one at the cut for the whole tree:
 * what it tells of a fix would be wrong, not only less.
 */
static int check_clone(const char *directory, const char *from, const char *to, struct kmend_error *error)
{
	_cleanup_free_ char *old = kmend_format("refs/tags/%s^{commit}", from);
	_cleanup_free_ char *new = kmend_format("refs/tags/%s^{commit}", to);
	const char *clone[] = { "rev-parse", "--git-dir", NULL };
	const char *tags[] = { "rev-parse", "--quiet", old, new, NULL };
	const char *line[] = { "merge-base", "--is-ancestor", old, new, NULL };

	if (!git_agrees(directory, clone)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -ENOENT, "%s is no clone that git can read", directory);
		kmend_advise(error, "--git wants a clone of the stable tree of Linux.");
		return -ENOENT;
	}
	if (!git_agrees(directory, tags)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -ENOENT, "the clone %s lacks the tag %s or %s", directory, from,
			   to);
		kmend_advise(error, "Fetch them: git -C %s fetch --tags", directory);
		return -ENOENT;
	}
	if (!git_agrees(directory, line)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -ENOENT, "in the clone %s nothing leads from %s to %s", directory,
			   from, to);
		kmend_advise(error, "If it is a shallow clone: git -C %s fetch --unshallow", directory);
		return -ENOENT;
	}
	return 0;
}

/* Lines "\x01COMMIT SUBJECT", each followed by its files. */
static int read_history(const struct planning *planning, struct history *history, struct kmend_error *error)
{
	_cleanup_free_ char *from = tag_of(planning->errata->version), *to = tag_of(planning->errata->to);
	_cleanup_free_ char *range = kmend_format("%s..%s", from, to);
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	const char *words[] = { "log", "--reverse", "--no-merges", "--no-renames", "--name-only", "--format=%x01%H %s",
				range, "--",	    NULL };
	struct commit *commit = NULL;
	char *rest = NULL;
	int code = check_clone(planning->request->git, from, to, error);

	if (!code)
		code = run_git(planning->request->git, words, &output, error);
	if (code)
		return code;
	for (char *line = output.data ? strtok_r(output.data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *blank = strchr(line, ' ');

		if (*line == '\x01' && blank) {
			commit = kmend_array_add(history->commits, history->count);
			commit->id = kmend_strndup(line + 1, blank - line - 1);
			commit->subject = kmend_strdup(blank + 1);
		} else if (commit && *line != '\x01') {
			kmend_strv_add(&commit->files, line);
		}
	}
	return 0;
}

static bool is_named(const struct kmend_cve_record *record, const char *id)
{
	for (size_t i = 0; i < record->commits.count; i++)
		if (!strncmp(id, record->commits.items[i], strlen(record->commits.items[i])))
			return true;
	return false;
}

/* Debian puts the architecture in front: "[x86] KVM: …". */
static const char *bare_subject(const char *subject)
{
	const char *close = *subject == '[' ? strstr(subject, "] ") : NULL;

	return close ? close + 2 : subject;
}

/* The commits of a change, by its CVEs' records, else by its subject. More than one: all that the record names. */
static void find_commits(const struct planning *planning, const struct history *history,
			 const struct kmend_piece *change, size_t *indices, size_t *ret_count, size_t most)
{
	size_t by_subject = 0, count = 0, last = 0;

	for (size_t i = 0; i < history->count; i++)
		for (size_t j = 0; j < change->cves.count; j++) {
			const struct kmend_cve_record *record = plan_record(planning, change->cves.items[j]);

			if (record && is_named(record, history->commits[i].id)) {
				if (count < most)
					indices[count++] = i;
				break;
			}
		}
	/* A record may name several commits; the changelog has a line for each, so the subject decides which it is. */
	for (size_t i = 0; i < history->count; i++)
		if (!strcmp(history->commits[i].subject, bare_subject(change->subject))) {
			by_subject++;
			last = i;
		}
	if (by_subject == 1) {
		indices[0] = last;
		count = 1;
	}
	*ret_count = count;
}

static int take_commit(struct planning *planning, const struct commit *commit, struct kmend_piece *change,
		       struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	_cleanup_free_ char *origin = kmend_format("commit %s", commit->id);
	const char *words[] = { "diff-tree",	"-p",	  "--no-color",	    "--no-renames", "--no-ext-diff",
				"--full-index", "--root", "--no-commit-id", commit->id,	    NULL };
	int code = run_git(planning->request->git, words, &text, error);

	return code ? code
		    : plan_set_diff(planning, change, text.data ? text.data : "", text.size, KMEND_EVIDENCE_COMMIT,
				    origin, error);
}

/* A change for a commit that no line of the changelog speaks of, though another commit of the range needs it. */
static struct kmend_piece *add_commit(struct planning *planning, const struct commit *commit)
{
	_cleanup_free_ char *id = kmend_format("commit-%.*s", ABBREVIATED, commit->id);
	struct kmend_piece *change = kmend_errata_add_change(planning->errata, id);

	kmend_errata_set(&change->subject, commit->subject);
	if (planning->errata->count)
		kmend_errata_set(&change->erratum, planning->errata->items[planning->errata->count - 1].id);
	return change;
}

static bool shares_file(const struct commit *commit, const struct kmend_strv *files)
{
	for (size_t i = 0; i < commit->files.count; i++)
		if (kmend_strv_has(files, commit->files.items[i]))
			return true;
	return false;
}

static size_t commit_of(const struct history *history, const struct kmend_piece *change)
{
	for (size_t i = 0; i < history->count; i++)
		if (kmend_starts_with(change->origin, "commit ") && !strcmp(change->origin + 7, history->commits[i].id))
			return i;
	return SIZE_MAX;
}

static struct kmend_piece *piece_of_commit(struct planning *planning, const struct commit *commit)
{
	for (size_t i = 0; i < planning->errata->nr_changes; i++) {
		struct kmend_piece *change = &planning->errata->changes[i];

		if (kmend_starts_with(change->origin, "commit ") && !strcmp(change->origin + 7, commit->id))
			return change;
	}
	return NULL;
}

static int compare_sizes(const void *a, const void *b)
{
	const size_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/*
 * Of several commits the last one is the change's own; it sits on the others. `index`: the change's, since adding others
 * moves the list.
 */
static int take_commits(struct planning *planning, const struct history *history, size_t *indices, size_t count,
			size_t index, struct kmend_error *error)
{
	int code = 0;

	qsort(indices, count, sizeof(*indices), compare_sizes);
	for (size_t i = 0; i + 1 < count && !code; i++) {
		const struct commit *commit = &history->commits[indices[i]];

		if (!piece_of_commit(planning, commit))
			code = take_commit(planning, commit, add_commit(planning, commit), error);
		if (!code)
			kmend_strv_add(&planning->errata->changes[index].depends,
				       piece_of_commit(planning, commit)->id);
	}
	return code ? code
		    : take_commit(planning, &history->commits[indices[count - 1]], &planning->errata->changes[index],
				  error);
}

/* Changes in git's order, then all others as they were. */
static void sort_by_history(struct planning *planning, const struct history *history)
{
	struct kmend_errata *errata = planning->errata;
	size_t count = errata->nr_changes;
	struct {
		size_t key;
		size_t index;
	} *keys = kmend_calloc(count + 1, sizeof(*keys));
	struct kmend_piece *sorted = kmend_calloc(count + 1, sizeof(*sorted));

	for (size_t i = 0; i < count; i++) {
		keys[i].key = commit_of(history, &errata->changes[i]);
		keys[i].index = i;
	}
	/* Few enough; and stable. */
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j && keys[j].key < keys[j - 1].key; j--) {
			typeof(*keys) other = keys[j];

			keys[j] = keys[j - 1];
			keys[j - 1] = other;
		}
	for (size_t i = 0; i < count; i++)
		sorted[i] = errata->changes[keys[i].index];
	memcpy(errata->changes, sorted, count * sizeof(*sorted));
	free(keys);
	free(sorted);
}

#define MAX_COMMITS 64

static bool is_wanted(const struct planning *planning, const struct kmend_piece *change)
{
	return planning->request->all || change->cves.count;
}

/*
 * Commits that are not wanted for themselves but touch the same files before one that is wanted: it is made to sit on
 * them if it does not apply without (depend.c asks for them through this).
 */
static int add_prerequisites(struct planning *planning, const struct history *history, struct kmend_error *error)
{
	for (size_t i = 0; i < planning->errata->nr_changes; i++) {
		struct kmend_piece *change = &planning->errata->changes[i];
		size_t own = commit_of(history, change), nr_added = 0;
		_cleanup_strv_ struct kmend_strv files = { 0 };

		if (own == SIZE_MAX || change->verdict != KMEND_CHANGE_INSEPARABLE)
			continue;
		for (size_t j = 0; j < change->files.count; j++)
			kmend_strv_add(&files, change->files.items[j]);
		for (size_t j = own; j-- > 0 && nr_added < MAX_COMMITS;) {
			int code;

			if (!shares_file(&history->commits[j], &files) ||
			    piece_of_commit(planning, &history->commits[j]))
				continue;
			code = take_commit(planning, &history->commits[j], add_commit(planning, &history->commits[j]),
					   error);
			if (code)
				return code;
			nr_added++;
		}
		planning->errata->changes[i].verdict = KMEND_CHANGE_UNKNOWN;
		kmend_strv_free(&planning->errata->changes[i].reasons);
	}
	sort_by_history(planning, history);
	return 0;
}

int plan_from_git(struct planning *planning, struct kmend_progress *progress, struct kmend_error *error)
{
	struct history history = { 0 };
	size_t indices[MAX_COMMITS], count, nr_changes = planning->errata->nr_changes;
	int code;

	kmend_step_begin(progress, "git", "finding the commits");
	code = read_history(planning, &history, error);
	for (size_t i = 0; i < nr_changes && !code; i++) {
		if (!is_wanted(planning, &planning->errata->changes[i]))
			continue;
		find_commits(planning, &history, &planning->errata->changes[i], indices, &count, MAX_COMMITS);
		/* Two lines of the changelog may speak of one commit: the first has it. */
		if (count && !piece_of_commit(planning, &history.commits[indices[count - 1]]))
			code = take_commits(planning, &history, indices, count, i, error);
	}
	if (!code) {
		sort_by_history(planning, &history);
		code = plan_depend(planning, error);
	}
	if (!code)
		code = add_prerequisites(planning, &history, error);
	if (code)
		kmend_step_fail(progress);
	else
		kmend_step_end(progress, "%zu commits between the two versions", history.count);
	history_clear(&history);
	return code;
}
