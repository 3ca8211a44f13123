// SPDX-License-Identifier: GPL-2.0
/*
 * Generated files, from the commands that kbuild saved when it made them. Each is made twice at another place: from the
 * kernel's own source, which must give what is in the tree (else the command is not one that can be repeated), and from
 * the overlay.
 */
#include "generated.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../kernel/classify.h"
#include "../kernel/overlay.h"
#include "../kernel/sources.h"
#include "../kernel/walk.h"

#define COMMAND_LIMIT (4 << 20)
#define TEXT_LIMIT (64 << 20)

static const char *const environment[] = { "LC_ALL=C", "GCC_EXEC_PREFIX", "CPATH", "C_INCLUDE_PATH", NULL };

/* What is made: by the end of its name. */
enum product {
	PRODUCT_CONSTANTS, /* a compiled list of constants */
	PRODUCT_TEXT,	   /* made by a script or the preprocessor */
	PRODUCT_PROGRAM,   /* of the build machine; matters by what it makes */
	PRODUCT_NOTHING,   /* objects are units' matter, and what is linked of them too */
};

static const struct {
	const char *end;
	enum product product;
} products[] = {
	{ ".s", PRODUCT_CONSTANTS }, { ".h", PRODUCT_TEXT },	    { ".c", PRODUCT_TEXT },
	{ ".S", PRODUCT_TEXT },	     { ".inc", PRODUCT_TEXT },	    { ".lds", PRODUCT_TEXT },
	{ ".o", PRODUCT_NOTHING },   { ".ko", PRODUCT_NOTHING },    { ".a", PRODUCT_NOTHING },
	{ ".mod", PRODUCT_NOTHING }, { ".order", PRODUCT_NOTHING }, { ".so", PRODUCT_NOTHING },
	{ ".dbg", PRODUCT_NOTHING }, { "", PRODUCT_PROGRAM },
};

/* Not read by any unit: kbuild's own tools, and marks that something was checked. */
static const char *const ignored[] = { "tools/", "scripts/mod/", "scripts/kconfig/", "scripts/basic/", ".checked-" };

static enum product product_of(const char *target)
{
	size_t i = 0;

	for (size_t j = 0; j < KMEND_ARRAY_SIZE(ignored); j++)
		if (kmend_starts_with(target, ignored[j]))
			return PRODUCT_NOTHING;
	while (!kmend_ends_with(target, products[i].end))
		i++;
	return products[i].product;
}

static bool ends_path(char c)
{
	return !c || strchr(" \t\n\\'\"`;|&<>()", c);
}

bool kmend_generated_mentions(const struct kmend_tree *tree, const char *saved, const char *path)
{
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	size_t length = strlen(tree->source);

	if (!strstr(saved, last))
		return false;
	for (const char *at = saved; (at = strstr(at, tree->source)); at += length) {
		size_t size = 0;
		_cleanup_free_ char *name = NULL, *plain = NULL;

		if (at[length] != '/')
			continue;
		while (!ends_path(at[length + 1 + size]))
			size++;
		name = kmend_strndup(at + length + 1, size);
		plain = kmend_source_path(name);
		if (!strcmp(plain, path))
			return true;
	}
	return false;
}

/* Is a word, a file of the build tree, in a saved command? */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || ends_path(at[-1])) && ends_path(at[length]))
			return true;
	return false;
}

char *kmend_generated_command(const struct kmend_tree *tree, const char *saved, const char *overlay, const char *output,
			      char **ret_target)
{
	const char *assign = strstr(saved, " := "), *at = assign ? assign + strlen(" := ") : NULL;
	_cleanup_free_ char *target = NULL;
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	size_t length = strlen(tree->source);
	bool is_named = false;

	if (!at || !kmend_starts_with(saved, "cmd_") || memchr(saved, '\n', at - saved))
		return NULL;
	target = kmend_strndup(saved + strlen("cmd_"), assign - saved - strlen("cmd_"));
	while (*at && *at != '\n') {
		bool is_begin = ends_path(at[-1]);

		if (is_begin && !strncmp(at, target, strlen(target)) && ends_path(at[strlen(target)])) {
			kmend_buffer_addf(&text, "%s", output);
			at += strlen(target);
			is_named = true;
		} else if (is_begin && kmend_starts_with(at, "-Wp,-M")) {
			kmend_buffer_addf(&text, "-Wp,-MMD,%s.d", output);
			at += strcspn(at, " \n");
		} else if (!strncmp(at, tree->source, length) && (at[length] == '/' || ends_path(at[length]))) {
			size_t size = length;
			_cleanup_free_ char *path = NULL, *other = NULL;

			while (!ends_path(at[size]))
				size++;
			path = kmend_strndup(at, size);
			other = overlay ? kmend_overlay_word(tree, overlay, path) : kmend_strdup(path);
			kmend_buffer_addf(&text, "%s", other);
			at += size;
		} else if (kmend_starts_with(at, "$$")) {
			kmend_buffer_addf(&text, "$");
			at += 2;
		} else if (kmend_starts_with(at, "$(pound)")) {
			kmend_buffer_addf(&text, "#");
			at += strlen("$(pound)");
		} else {
			kmend_buffer_add(&text, at++, 1);
		}
	}
	if (!is_named)
		return NULL;
	*ret_target = kmend_steal(target);
	return kmend_steal(text.data);
}

void kmend_generated_constants(const char *text, struct kmend_strv *ret_constants)
{
	for (const char *at = text; (at = strstr(at, "\"->")); at++) {
		size_t name = strcspn(at + 3, " \"\n"), value;
		const char *from;

		if (!name || at[3] == '#' || at[3 + name] != ' ')
			continue;
		from = at + 3 + name + 1;
		from += *from == '$' || *from == '#';
		value = strcspn(from, " \"\n");
		kmend_strv_addf(ret_constants, "%.*s %.*s", (int)name, at + 3, (int)value, from);
	}
	kmend_strv_sort(ret_constants);
}

/* One product that is to be made again. */
struct product_job {
	char *target;
	enum product product;
	char *saved;
	char *words[2];	 /* commands for the shell: before, after */
	char *output[2]; /* where they put it */
	char *made_of;	 /* the changed file */
};

struct jobs {
	struct product_job *items;
	size_t count;
};

static void jobs_free(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		struct product_job *job = &jobs->items[i];

		for (int j = 0; j < 2; j++) {
			if (job->output[j]) {
				_cleanup_free_ char *dependencies = kmend_format("%s.d", job->output[j]);

				unlink(job->output[j]);
				unlink(dependencies);
			}
			free(job->output[j]);
			free(job->words[j]);
		}
		free(job->target);
		free(job->saved);
		free(job->made_of);
	}
	free(jobs->items);
}

/* Takes the text. */
static void add_reason(struct kmend_change_set *set, const char *code, const char *unit, const char *symbol, char *text)
{
	_cleanup_free_ char *owned = text;

	kmend_reason_about(kmend_reason_add(&set->reasons, &set->nr_reasons, code, owned, ""), unit, symbol, 0);
}

/* Read every saved command of the tree: new memory per entry, NULL-terminated list in *ret_saved. */
static int read_saved(const struct kmend_tree *tree, struct kmend_strv *ret_saved, struct kmend_error *error)
{
	char *const roots[] = { tree->build, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	int code = walk ? 0 : kmend_fail_errno(error, -errno, "cannot list %s", tree->build);

	for (FTSENT *entry; !code && (entry = fts_read(walk));) {
		_cleanup_free_ char *text = NULL, *stem = NULL;

		if (entry->fts_info == FTS_D && entry->fts_level == 1 && !strcmp(entry->fts_name, "tools"))
			fts_set(walk, entry, FTS_SKIP);
		if (entry->fts_info == FTS_D || entry->fts_name[0] != '.' || !kmend_ends_with(entry->fts_name, ".cmd"))
			continue;
		stem = kmend_strndup(entry->fts_name, entry->fts_namelen - strlen(".cmd"));
		if (product_of(stem) == PRODUCT_NOTHING)
			continue;
		code = kmend_file_read(entry->fts_path, COMMAND_LIMIT, &text, NULL, error);
		if (!code)
			kmend_strv_add(ret_saved, text);
	}
	if (walk)
		fts_close(walk);
	return code;
}

static char *target_of(const char *saved)
{
	const char *assign = strstr(saved, " := ");

	return assign && kmend_starts_with(saved, "cmd_") ? kmend_strndup(saved + 4, assign - saved - 4)
							  : kmend_strdup("");
}

static const char *mentioned(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *saved)
{
	for (size_t i = 0; i < set->shared.count; i++)
		if (kmend_generated_mentions(tree, saved, set->shared.items[i]))
			return set->shared.items[i];
	return NULL;
}

static void add_job(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *saved,
		    const char *target, enum product product, const char *made_of, struct jobs *jobs)
{
	struct product_job *job = kmend_array_add(jobs->items, jobs->count);
	const struct kmend_change_set *before = set->is_sum ? NULL : set->before;
	const char *end = strrchr(target, '.');

	job->target = kmend_strdup(target);
	job->product = product;
	job->saved = kmend_strdup(saved);
	job->made_of = kmend_strdup(made_of);
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *name = NULL;

		/* The end of the name may tell the program what to do. */
		job->output[i] = kmend_format("%s-made-%zu-%d%s", set->overlay, jobs->count, i, end ? end : "");
		job->words[i] = kmend_generated_command(tree, saved,
							i	 ? set->overlay
							: before ? before->overlay
								 : NULL,
							job->output[i], &name);
	}
}

/* What a changed program of the build machine makes: it cannot be tried, since the program would have to be made first. */
static void refuse_products(struct kmend_change_set *set, const struct kmend_strv *saved, const char *program,
			    const char *made_of)
{
	for (size_t i = 0; i < saved->count; i++) {
		_cleanup_free_ char *target = target_of(saved->items[i]);

		if (product_of(target) == PRODUCT_TEXT && has_word(saved->items[i], program))
			add_reason(set, "generator", made_of, NULL,
				   kmend_format("%s: %s, which makes %s, is made from it", made_of, program, target));
	}
}

static void find_jobs(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_strv *saved,
		      struct jobs *jobs)
{
	for (size_t i = 0; i < saved->count; i++) {
		_cleanup_free_ char *target = target_of(saved->items[i]);
		enum product product = product_of(target);
		const char *made_of = product == PRODUCT_NOTHING ? NULL : mentioned(tree, set, saved->items[i]);

		if (made_of && product == PRODUCT_PROGRAM)
			refuse_products(set, saved, target, made_of);
		else if (made_of)
			add_job(tree, set, saved->items[i], target, product, made_of, jobs);
	}
}

static int run_jobs(const struct kmend_tree *tree, const struct jobs *jobs, unsigned int parallel, int *statuses,
		    struct kmend_buffer *words, struct kmend_error *error)
{
	struct kmend_child *children = kmend_calloc(2 * jobs->count, sizeof(*children));
	const char *(*argv)[4] = kmend_calloc(2 * jobs->count, sizeof(*argv));
	int code = 0;

	for (size_t i = 0; i < 2 * jobs->count; i++) {
		const char *text = jobs->items[i / 2].words[i % 2];

		argv[i][0] = "sh";
		argv[i][1] = "-c";
		argv[i][2] = text ? text : "exit 1";
		children[i] = (struct kmend_child){
			.argv = argv[i], .directory = tree->build, .environment = environment, .errors = &words[i]
		};
	}
	for (size_t i = 0; !code && i < 2 * jobs->count;) {
		/* A child that fails stops the list; each has to have its turn. */
		code = kmend_child_run_all(children + i, 2 * jobs->count - i, parallel, statuses + i, NULL, NULL,
					   error);
		while (i < 2 * jobs->count && statuses[i] != -ECANCELED)
			i++;
	}
	free(children);
	free(argv);
	return code;
}

static const char *value_of(const struct kmend_strv *constants, const char *name, size_t size)
{
	for (size_t i = 0; i < constants->count; i++)
		if (!strncmp(constants->items[i], name, size) && constants->items[i][size] == ' ')
			return constants->items[i] + size + 1;
	return NULL;
}

#define TOLD_MAX 8

/* "PAGE_FLAGS 23 becomes 24, …" */
static void judge_constants(struct kmend_change_set *set, const struct product_job *job, const char *const *texts)
{
	_cleanup_strv_ struct kmend_strv pre = { 0 }, post = { 0 };
	_cleanup_buffer_ struct kmend_buffer list = { 0 };
	_cleanup_free_ char *first = NULL;
	size_t count = 0;

	kmend_generated_constants(texts[0], &pre);
	kmend_generated_constants(texts[1], &post);
	for (int side = 0; side < 2; side++) {
		const struct kmend_strv *these = side ? &post : &pre, *others = side ? &pre : &post;

		for (size_t i = 0; i < these->count; i++) {
			const char *item = these->items[i];
			size_t size = strcspn(item, " ");
			const char *other = value_of(others, item, size);

			if ((side && other) || (other && !strcmp(other, item + size + 1)))
				continue;
			first = first ? first : kmend_strndup(item, size);
			if (count++ < TOLD_MAX)
				kmend_buffer_addf(&list, "%s%.*s %s%s%s", count > 1 ? ", " : "", (int)size, item,
						  side ? "is new" : item + size + 1,
						  side	  ? ""
						  : other ? " becomes "
							  : " is gone",
						  !side && other ? other : "");
		}
	}
	if (!count)
		return;
	if (count > TOLD_MAX)
		kmend_buffer_addf(&list, " and %zu more", count - TOLD_MAX);
	add_reason(set, "generated-constant", job->made_of, first,
		   kmend_format("%s: constants that all of the kernel was built with change (%s): %s", job->made_of,
				job->target, list.data));
}

/* The first line in which two texts differ. */
static char *first_difference(const char *pre, const char *post)
{
	while (*post) {
		size_t a = strcspn(pre, "\n"), b = strcspn(post, "\n");

		if (a != b || strncmp(pre, post, a))
			return kmend_format("\"%.*s\" instead of \"%.*s\"", (int)(b > 80 ? 80 : b), post,
					    (int)(a > 80 ? 80 : a), pre);
		pre += a + (pre[a] != '\0');
		post += b + (post[b] != '\0');
	}
	return kmend_format("\"%.*s\" is gone", (int)strcspn(pre, "\n"), pre);
}

/* A generated source is a unit like others: its text after the diff is compiled from where the diff's own texts are. */
static int add_unit(struct kmend_change_set *set, const struct product_job *job, const char *text,
		    struct kmend_error *error)
{
	const char *const roots[] = { set->plain, set->post };
	_cleanup_free_ char *named = kmend_format("#line 1 \"%s\"\n%s", job->target, text);
	int code = 0;

	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(roots); i++) {
		_cleanup_free_ char *path = kmend_path(roots[i], job->target), *directory = kmend_strdup(path);

		*strrchr(directory, '/') = '\0';
		code = kmend_mkdir_parents(directory, 0755, error);
		if (!code)
			code = kmend_file_write_atomic(path, named, strlen(named), 0644, error);
	}
	if (!code && !kmend_strv_has(&set->units, job->target))
		kmend_strv_add(&set->units, job->target);
	return code;
}

static int judge_text(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_walk *walk,
		      const struct product_job *job, const char *const *texts, bool is_late, struct kmend_error *error)
{
	_cleanup_free_ char *place = kmend_path(tree->build, job->target), *there = NULL, *difference = NULL;
	const struct kmend_walk_unit *unit = kmend_walk_find(walk, job->target);
	bool has_before = !set->is_sum && set->before && set->before->overlay;

	if (!has_before && (kmend_file_read(place, TEXT_LIMIT, &there, NULL, NULL) || strcmp(there, texts[0]))) {
		add_reason(set, "generator", job->made_of, NULL,
			   kmend_format("%s: %s is made from it, in a way that cannot be repeated", job->made_of,
					job->target));
		return 0;
	}
	if (!strcmp(texts[0], texts[1]))
		return 0;
	if (unit && unit->is_kernel && !is_late && kmend_ends_with(job->target, ".c"))
		return add_unit(set, job, texts[1], error);
	difference = first_difference(texts[0], texts[1]);
	add_reason(set, "generator", job->made_of, NULL,
		   kmend_format("%s: %s is made from it, and would have %s", job->made_of, job->target, difference));
	return 0;
}

/* No text of before may have come in around the overlay. */
static int check_dependencies(const struct kmend_tree *tree, const struct kmend_change_set *set,
			      const struct product_job *job, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_format("%s.d", job->output[1]), *text = NULL, *leak = NULL;

	if (!kmend_file_exists(path) || kmend_file_read(path, COMMAND_LIMIT, &text, NULL, NULL))
		return 0;
	leak = kmend_overlay_leak(tree, &set->shared, text);
	if (!leak)
		return 0;
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s finds %s around the amended source", job->target,
			  leak);
}

static int judge(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_walk *walk,
		 const struct product_job *job, const int *statuses, const struct kmend_buffer *words, bool is_late,
		 struct kmend_error *error)
{
	_cleanup_free_ char *pre = NULL, *post = NULL;
	int code;

	if (statuses[0] || !job->words[0]) {
		add_reason(set, "generator", job->made_of, NULL,
			   kmend_format("%s: %s is made from it, in a way that cannot be repeated", job->made_of,
					job->target));
		return 0;
	}
	if (statuses[1]) {
		kmend_fail(error, KMEND_STATUS_BUILD_FAILED, -EINVAL, "%s cannot be made with the diff applied",
			   job->target);
		kmend_detail(error, words[1].data ? words[1].data : "");
		return -EINVAL;
	}
	code = check_dependencies(tree, set, job, error);
	if (!code)
		code = kmend_file_read(job->output[0], TEXT_LIMIT, &pre, NULL, error);
	if (!code)
		code = kmend_file_read(job->output[1], TEXT_LIMIT, &post, NULL, error);
	if (code)
		return code;
	if (job->product == PRODUCT_TEXT)
		return judge_text(tree, set, walk, job, (const char *const[]){ pre, post }, is_late, error);
	judge_constants(set, job, (const char *const[]){ pre, post });
	return 0;
}

/*
 * Is it seen what a program of the build machine makes? Its products may not be there, since no unit was compiled that
 * wants them.
 */
static bool is_judged(const struct kmend_change_set *set, const struct jobs *jobs, const char *path)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (!strcmp(jobs->items[i].made_of, path))
			return true;
	for (size_t i = 0; i < set->nr_reasons; i++)
		if (set->reasons[i].unit && !strcmp(set->reasons[i].unit, path))
			return true;
	return false;
}

/* Files that nothing was made from: nobody knows what they are for. */
static void judge_generators(const struct kmend_tree *tree, struct kmend_change_set *set,
			     const struct kmend_strv *saved, const struct jobs *jobs)
{
	for (size_t i = 0; i < set->generators.count; i++) {
		const char *path = set->generators.items[i];
		bool is_program = kmend_ends_with(path, ".c"), is_used = is_program && is_judged(set, jobs, path);

		for (size_t j = 0; j < saved->count && !is_used && !is_program; j++)
			is_used = kmend_generated_mentions(tree, saved->items[j], path);
		if (!is_used)
			kmend_classify_reason(is_program ? KMEND_FILE_GENERATOR : kmend_classify_path(path), path,
					      &set->reasons, &set->nr_reasons);
	}
}

int kmend_generated_judge(const struct kmend_tree *tree, struct kmend_change_set *set, unsigned int jobs, bool is_late,
			  struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	_cleanup_strv_ struct kmend_strv saved = { 0 };
	struct kmend_buffer *words = NULL;
	struct jobs found = { 0 };
	int *statuses = NULL, code = kmend_walk_make(tree, jobs, progress, &walk, error);

	if (!code)
		code = read_saved(tree, &saved, error);
	if (!code) {
		find_jobs(tree, set, &saved, &found);
		if (!is_late)
			judge_generators(tree, set, &saved, &found);
		if (found.count)
			kmend_step_update(progress, "making again what is generated", 0, 0);
		statuses = kmend_calloc(2 * found.count + 1, sizeof(*statuses));
		words = kmend_calloc(2 * found.count + 1, sizeof(*words));
		code = found.count ? run_jobs(tree, &found, jobs, statuses, words, error) : 0;
	}
	for (size_t i = 0; !code && i < found.count; i++)
		code = judge(tree, set, walk, &found.items[i], &statuses[2 * i], &words[2 * i], is_late, error);
	for (size_t i = 0; words && i < 2 * found.count; i++)
		kmend_buffer_free(&words[i]);
	free(words);
	free(statuses);
	jobs_free(&found);
	return code;
}
