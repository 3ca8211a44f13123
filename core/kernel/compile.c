// SPDX-License-Identifier: GPL-2.0
/* run by kbuild itself; pre and post by its saved command with flags added; objtool on each; all cached. */
#include "compile.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "objects.h"
#include "overlay.h"

static const char *const environment[] = { "LC_ALL=C", "GCC_EXEC_PREFIX", "CPATH", "C_INCLUDE_PATH", NULL };

/* One object to be made. */
struct job {
	const struct kmend_unit_command *command;
	const char *unit;
	char *source;  /* text to compile */
	char *final;   /* in the cache */
	char *working; /* made here first */
	bool is_post;
	bool has_types;	     /* with DWARF, to read types from: nothing is taken from its code */
	bool all_types;	     /* also of those that it declares and does not use */
	const char *overlay; /* the source to compile it in, or NULL: the kernel's own */
	struct kmend_strv words;
	struct kmend_strv check;
	struct kmend_buffer output;
};

/* What one object takes on a usual machine, until the first ones are there. */
#define COMPILE_SECONDS 2.0

struct ticker {
	struct kmend_progress *progress;
	const char *text;
	size_t ended, total;
	unsigned int jobs;
};

static void job_free(struct job *job)
{
	free(job->source);
	free(job->final);
	free(job->working);
	kmend_strv_free(&job->words);
	kmend_strv_free(&job->check);
	kmend_buffer_free(&job->output);
}

void kmend_unit_objects_free(struct kmend_unit_objects *objects, size_t count)
{
	/* Units may be known already when nothing has been compiled yet. */
	if (!objects)
		return;
	for (size_t i = 0; i < count; i++) {
		free(objects[i].unit);
		free(objects[i].run);
		free(objects[i].pre);
		free(objects[i].post);
	}
	free(objects);
}

static void add_word(const struct kmend_tree *tree, struct job *job, const char *word)
{
	_cleanup_free_ char *other = job->overlay ? kmend_overlay_word(tree, job->overlay, word) : NULL;

	kmend_strv_add(&job->words, other ? other : word);
}

/*
 * kbuild's words with our object and source. The post source lies elsewhere: its directory in the real source is
 * searched for "quoted" includes before all others, as the compiler does for a file that lies there, and the name it
 * gives itself (#line 1) is the real one; __BASE_FILE__ does not go by that.
 */
static void make_words(const struct kmend_tree *tree, struct job *job)
{
	const struct kmend_unit_command *command = job->command;
	_cleanup_free_ char *directory = kmend_path(job->overlay ? job->overlay : tree->source, job->unit);

	*strrchr(directory, '/') = '\0';
	for (size_t i = 0; i < command->compile.count; i++) {
		const char *word = command->compile.items[i];

		if (kmend_starts_with(word, "-Wp,-MMD,") || kmend_starts_with(word, "-Wp,-MD,"))
			continue;
		if (!strcmp(word, "-c") && job->is_post)
			kmend_strv_addf(&job->words, "-iquote%s", directory);
		if (!strcmp(word, "-c") && job->is_post && tree->include) {
			/* Behind all of the kernel's own, so that it changes nothing for who does not ask for it. */
			kmend_strv_add(&job->words, "-idirafter");
			kmend_strv_add(&job->words, tree->include);
		}
		if (!strcmp(word, command->object))
			kmend_strv_add(&job->words, job->working);
		else if (!strcmp(word, command->source))
			kmend_strv_add(&job->words, job->source);
		else
			add_word(tree, job, word);
	}
	if (job->is_post && kmend_ends_with(job->source, job->unit))
		kmend_strv_addf(&job->words, "-fmacro-prefix-map=%.*s=", (int)(strlen(job->source) - strlen(job->unit)),
				job->source);
	if (job->overlay)
		kmend_strv_addf(&job->words, "-fmacro-prefix-map=%s/=", job->overlay);
	for (size_t i = 0; job->overlay && i < command->compile.count; i++)
		kmend_overlay_map(tree, job->overlay, command->compile.items[i], &job->words);
	if (job->has_types) {
		kmend_strv_add(&job->words, "-g");
		kmend_strv_addf(&job->words, "-fdump-tree-original=%s" KMEND_READ_TEXT, job->working);
		if (job->all_types)
			kmend_strv_add(&job->words, "-fno-eliminate-unused-debug-types");
		return;
	}
	kmend_strv_add(&job->words, "-ffunction-sections");
	kmend_strv_add(&job->words, "-fdata-sections");
	for (size_t i = 0; i < command->check.count; i++)
		kmend_strv_add(&job->check, i + 1 == command->check.count ? job->working : command->check.items[i]);
}

static void show_tick(void *context)
{
	const struct ticker *ticker = context;

	kmend_step_count(ticker->progress, ticker->text, ticker->ended, ticker->total,
			 ticker->total * COMPILE_SECONDS / (ticker->jobs ? ticker->jobs : 1));
}

static void show_done(void *context, size_t ended)
{
	struct ticker *ticker = context;

	ticker->ended = ended;
	show_tick(ticker);
}

/* The compiler's words, with paths as the user knows them. */
static char *readable_words(const struct kmend_tree *tree, const struct job *job)
{
	struct kmend_buffer text = { 0 };
	_cleanup_free_ char *prefix = kmend_format("%s/", tree->source);
	const char *unit_end = strstr(job->source, job->unit);
	size_t scratch = unit_end ? (size_t)(unit_end - job->source) : 0;

	kmend_buffer_add(&text, "", 0);
	for (const char *at = job->output.data; at && *at;) {
		if (kmend_starts_with(at, prefix)) {
			at += strlen(prefix);
		} else if (job->overlay && kmend_starts_with(at, job->overlay) && at[strlen(job->overlay)] == '/') {
			at += strlen(job->overlay) + 1;
		} else if (scratch && !strncmp(at, job->source, scratch)) {
			at += scratch;
		} else {
			kmend_buffer_add(&text, at++, 1);
		}
	}
	return text.data;
}

static int run_words(const struct kmend_tree *tree, const struct kmend_strv *words, struct kmend_buffer *output,
		     struct kmend_error *error)
{
	struct kmend_child child = { .argv = (const char *const *)words->items,
				     .directory = tree->build,
				     .environment = environment,
				     .output = output,
				     .errors = output };

	return kmend_child_run(&child, error);
}

/*
 * What a job compiles. The diffs' texts of units lie beside those of the headers that the same diffs alter, and the
 * compiler looks for a "quoted" header beside the text first: there it would find an older update's text of it, and not
 * what lies beside the header. In the overlay everything is beside it, as it is in the source. (A generated
 * unit's text stays in the build tree.)
 */
static int use_text(const struct kmend_tree *tree, struct job *job, const char *text, struct kmend_error *error)
{
	_cleanup_free_ char *own = kmend_path(tree->source, job->unit), *built = kmend_path(tree->build, job->unit);
	_cleanup_free_ char *place = job->overlay ? kmend_overlay_word(tree, job->overlay, own) : NULL;
	bool is_moved = place && strcmp(text, place) != 0 && strcmp(text, built) != 0;
	int code = is_moved ? kmend_overlay_put(tree, job->overlay, place + strlen(job->overlay) + 1, text, error) : 0;
	char *source;

	if (code)
		return code;
	source = kmend_strdup(is_moved ? place : text);
	free(job->source);
	job->source = source;
	return 0;
}

/*
 * Post did not compile. It is compiled once more from the text as the diff makes it: then the compiler's line numbers
 * are the user's. And should only our #line directives have been in the way, that object is good as well: it may show
 * more functions as changed, none too few.
 */
static int compile_plain(const struct kmend_tree *tree, const struct kmend_change_set *set, struct job *job,
			 struct kmend_error *error)
{
	_cleanup_free_ char *aligned = kmend_path(set->post, job->unit), *plain = kmend_path(set->plain, job->unit),
			    *words = NULL;
	bool has_plain = kmend_file_exists(plain);
	_cleanup_strv_ struct kmend_strv old = job->words;
	_cleanup_strv_ struct kmend_strv old_check = job->check;
	int status;

	job->words = (struct kmend_strv){ 0 };
	job->check = (struct kmend_strv){ 0 };
	kmend_buffer_free(&job->output);
	status = has_plain ? use_text(tree, job, plain, error) : 0;
	if (status)
		return status;
	make_words(tree, job);
	kmend_strv_addf(&job->words, "-fmacro-prefix-map=%s/=", set->plain);
	status = run_words(tree, &job->words, &job->output, error);
	/* Who includes this unit finds again what it found before. */
	if (!status && has_plain)
		return use_text(tree, job, aligned, error);
	if (status <= 0)
		return status;
	words = readable_words(tree, job);
	kmend_fail(error, KMEND_STATUS_BUILD_FAILED, -EINVAL, "%s does not compile with the diff applied", job->unit);
	kmend_detail(error, words);
	return -EINVAL;
}

/* A failed child of one of ours: pre is the kernel's own source, so the machine is at fault, not the diff. */
static int compile_failed(const struct kmend_tree *tree, const struct kmend_change_set *set, struct job *job,
			  int status, struct kmend_error *error)
{
	_cleanup_free_ char *words = NULL;

	if (status < 0 && status != -ECANCELED)
		return status;
	if (job->is_post && status < 128)
		return compile_plain(tree, set, job, error);
	words = readable_words(tree, job);
	kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s could not be compiled from the kernel's own source",
		   job->unit);
	kmend_detail(error, words);
	return -EIO;
}

static int check_object(const struct kmend_tree *tree, struct job *job, struct kmend_error *error)
{
	int status;

	if (!job->check.count)
		return 0;
	kmend_buffer_free(&job->output);
	status = run_words(tree, &job->check, &job->output, error);
	if (status <= 0)
		return status;
	kmend_fail(error, job->is_post ? KMEND_STATUS_BUILD_FAILED : KMEND_STATUS_FAILURE, -EIO,
		   "objtool does not accept %s", job->unit);
	kmend_detail(error, job->output.data ? job->output.data : "");
	return -EIO;
}

static int put_object(struct job *job, struct kmend_error *error)
{
	_cleanup_free_ char *made = kmend_format("%s" KMEND_READ_TEXT, job->working);
	_cleanup_free_ char *kept = kmend_format("%s" KMEND_READ_TEXT, job->final);

	int code = 0;

	/* Before the object, which tells that all is there. A unit without functions has no text. */
	if (job->has_types && kmend_file_exists(made))
		code = kmend_put_in_place(made, kept, error);
	return code ? code : kmend_put_in_place(job->working, job->final, error);
}

static int compile_jobs(const struct kmend_tree *tree, const struct kmend_change_set *set, struct job *jobs,
			size_t count, unsigned int parallel, struct kmend_progress *progress, struct kmend_error *error)
{
	struct kmend_child *children = kmend_calloc(count + 1, sizeof(*children));
	int *statuses = kmend_calloc(count + 1, sizeof(*statuses));
	_cleanup_free_ char *text = kmend_format("compiling %zu object%s", count, count == 1 ? "" : "s");
	struct ticker ticker = { .progress = progress, .text = text, .total = count, .jobs = parallel };
	int code;

	for (size_t i = 0; i < count; i++) {
		make_words(tree, &jobs[i]);
		children[i] = (struct kmend_child){ .argv = (const char *const *)jobs[i].words.items,
						    .directory = tree->build,
						    .environment = environment,
						    .output = &jobs[i].output,
						    .errors = &jobs[i].output,
						    .tick = show_tick,
						    .tick_context = &ticker };
	}
	code = kmend_child_run_all(children, count, parallel, statuses, show_done, &ticker, error);
	/* Started jobs that failed first: those never started are not to blame. */
	for (size_t i = 0; !code && i < count; i++)
		if (statuses[i] > 0)
			code = compile_failed(tree, set, &jobs[i], statuses[i], error);
	for (size_t i = 0; !code && i < count; i++) {
		if (statuses[i] == -ECANCELED)
			code = run_words(tree, &jobs[i].words, &jobs[i].output, error);
		if (code > 0)
			code = compile_failed(tree, set, &jobs[i], code, error);
		if (!code)
			code = check_object(tree, &jobs[i], error);
		if (!code)
			code = put_object(&jobs[i], error);
	}
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *text = kmend_format("%s" KMEND_READ_TEXT, jobs[i].working);

		unlink(jobs[i].working);
		unlink(text);
	}
	free(children);
	free(statuses);
	return code;
}

/* A unit's text in the kernel's source; a generated one's in the build tree. New memory. */
static char *unit_source(const struct kmend_tree *tree, const char *unit)
{
	_cleanup_free_ char *source = kmend_path(tree->source, unit);

	return kmend_file_exists(source) ? kmend_steal(source) : kmend_path(tree->build, unit);
}

/* Let kbuild compile the units whose command or run object is not known, and keep both. */
static int compile_run(const struct kmend_tree *tree, const struct kmend_strv *units, const char *cache,
		       unsigned int jobs, struct kmend_progress *progress, struct kmend_unit_command **commands,
		       struct kmend_unit_objects *objects, size_t *ret_fresh, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_strv_ struct kmend_strv goals = { 0 };
	_cleanup_close_ int lock = -1;
	int code = 0;

	for (size_t i = 0; !code && i < units->count; i++) {
		_cleanup_free_ char *source = unit_source(tree, units->items[i]);

		commands[i] = kmend_command_recall(tree, units->items[i]);
		if (commands[i])
			code = kmend_object_name(tree, cache, commands[i], "run", source, &objects[i].run, error);
		if (!code && (!commands[i] || !kmend_file_exists(objects[i].run))) {
			_cleanup_free_ char *goal = kmend_unit_file(units->items[i], "", ".o");

			kmend_strv_add(&goals, goal);
		}
	}
	if (code || !goals.count)
		return code;
	code = kmend_tree_lock(tree, &lock, error);
	if (!code)
		code = kmend_kbuild_run(tree, (const char *const *)goals.items, jobs, progress,
					"compiling as the kernel was", &output, error);
	if (code > 0) {
		kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "kbuild could not compile the kernel's own source");
		kmend_detail(error, output.size > 4000 ? output.data + output.size - 4000 : output.data);
		return -EIO;
	}
	for (size_t i = 0; !code && i < units->count; i++) {
		_cleanup_free_ char *source = unit_source(tree, units->items[i]), *directory = NULL;
		_cleanup_free_ char *name = kmend_unit_file(units->items[i], "", ".o"), *object = NULL, *working = NULL;

		if (objects[i].run && kmend_file_exists(objects[i].run))
			continue;
		kmend_unit_command_free(commands[i]);
		commands[i] = NULL;
		free(objects[i].run);
		objects[i].run = NULL;
		code = kmend_command_keep(tree, units->items[i], &commands[i], error);
		if (!code)
			code = kmend_object_name(tree, cache, commands[i], "run", source, &objects[i].run, error);
		if (code)
			break;
		directory = kmend_strdup(objects[i].run);
		*strrchr(directory, '/') = '\0';
		object = kmend_path(tree->build, name);
		working = kmend_format("%s.%d", objects[i].run, getpid());
		code = kmend_mkdir_parents(directory, 0755, error);
		if (!code)
			code = kmend_file_copy(object, working, 0644, error);
		if (!code)
			code = kmend_put_in_place(working, objects[i].run, error);
		(*ret_fresh)++;
	}
	return code;
}

/*
 * What a set's text of a unit is compiled from. *ret_variant: "pre" for the kernel's own text; "post" for one with a diff,
 * of this set or of one before it: what was post for that one is the same object as what is pre for the next.
 */
static char *variant_source(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *unit,
			    const char **ret_variant)
{
	_cleanup_free_ char *plain = kmend_path(tree->source, unit);
	_cleanup_free_ char *beside = set && set->overlay ? kmend_overlay_word(tree, set->overlay, plain) : NULL;

	for (const struct kmend_change_set *holder = set; (holder = kmend_change_set_holder(holder, unit));
	     holder = holder->before) {
		_cleanup_free_ char *post = kmend_path(holder->post, unit);

		if (!kmend_file_exists(post)) /* the diff left it as it was */
			continue;
		*ret_variant = "post";
		return kmend_steal(post);
	}
	/* Not changed itself, but what it includes is. */
	*ret_variant = beside ? "post" : "pre";
	return beside && kmend_file_exists(beside) ? kmend_steal(beside) : unit_source(tree, unit);
}

/* Find a variant in the cache, or add a job that makes it. */
static int find_or_add(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *cache,
		       const struct kmend_unit_command *command, const char *unit, bool has_types, bool all_types,
		       char **ret_path, struct job **jobs, size_t *count, struct kmend_error *error)
{
	const char *variant;
	_cleanup_free_ char *owned = variant_source(tree, set, unit, &variant), *directory = NULL;
	_cleanup_free_ char *named =
		kmend_format("%s%s%s%s",
			     all_types	 ? "all-typed-"
			     : has_types ? "typed-"
					 : "",
			     variant, set && set->overlay ? " " : "", set && set->overlay ? set->overlay_key : "");
	struct job *job;
	int code = kmend_object_name(tree, cache, command, named, owned, ret_path, error);

	if (code || kmend_file_exists(*ret_path))
		return code;
	for (size_t i = 0; i < *count; i++)
		if (!strcmp((*jobs)[i].final, *ret_path))
			return 0;
	directory = kmend_strdup(*ret_path);
	*strrchr(directory, '/') = '\0';
	code = kmend_mkdir_parents(directory, 0755, error);
	if (code)
		return code;
	job = kmend_array_add(*jobs, *count);
	job->command = command;
	job->unit = unit;
	job->final = kmend_strdup(*ret_path);
	/* The name ends in .o: objtool and the compiler look at it. */
	job->working = kmend_format("%.*s.%d.o", (int)strlen(*ret_path) - 2, *ret_path, getpid());
	job->is_post = !strcmp(variant, "post");
	job->has_types = has_types;
	job->all_types = all_types;
	job->overlay = set ? set->overlay : NULL;
	if (job->is_post)
		return use_text(tree, job, owned, error);
	job->source = kmend_steal(owned);
	return 0;
}

static unsigned int how_compiled(const struct kmend_unit_command *command)
{
	static const struct {
		const char *word;
		unsigned int how;
	} rows[] = {
		{ "-pg", KMEND_UNIT_HAS_PROFILING_CALLS },
		{ "-mfentry", KMEND_UNIT_HAS_PROFILING_CALLS },
		{ "-DMODULE", KMEND_UNIT_IS_OF_MODULE },
	};
	unsigned int how = 0;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		if (kmend_strv_has(&command->compile, rows[i].word))
			how |= rows[i].how;
	return how;
}

int kmend_units_compile(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *cache,
			unsigned int jobs, struct kmend_progress *progress, struct kmend_unit_objects **ret_objects,
			size_t *ret_fresh, struct kmend_error *error)
{
	size_t count = set->units.count, nr_jobs = 0, fresh = 0;
	struct kmend_unit_objects *objects = kmend_calloc(count + 1, sizeof(*objects));
	struct kmend_unit_command **commands = kmend_calloc(count + 1, sizeof(struct kmend_unit_command *));
	struct job *list = NULL;
	int code = compile_run(tree, &set->units, cache, jobs, progress, commands, objects, &fresh, error);

	for (size_t i = 0; !code && i < count; i++) {
		const char *unit = set->units.items[i];

		objects[i].unit = kmend_strdup(unit);
		objects[i].how = how_compiled(commands[i]);
		code = find_or_add(tree, set, cache, commands[i], unit, false, false, &objects[i].post, &list, &nr_jobs,
				   error);
		if (!code)
			code = find_or_add(tree, set->is_sum ? NULL : set->before, cache, commands[i], unit, false,
					   false, &objects[i].pre, &list, &nr_jobs, error);
	}
	if (!code && nr_jobs)
		code = compile_jobs(tree, set, list, nr_jobs, jobs, progress, error);
	for (size_t i = 0; i < nr_jobs; i++)
		job_free(&list[i]);
	free(list);
	for (size_t i = 0; i < count; i++)
		kmend_unit_command_free(commands[i]);
	free(commands);
	if (code) {
		kmend_unit_objects_free(objects, count);
		return code;
	}
	*ret_objects = objects;
	*ret_fresh = fresh + nr_jobs;
	return 0;
}

int kmend_units_compile_run(const struct kmend_tree *tree, const struct kmend_strv *units, const char *cache,
			    unsigned int jobs, struct kmend_progress *progress, struct kmend_unit_objects **ret_objects,
			    struct kmend_error *error)
{
	struct kmend_unit_objects *objects = kmend_calloc(units->count + 1, sizeof(*objects));
	struct kmend_unit_command **commands = kmend_calloc(units->count + 1, sizeof(struct kmend_unit_command *));
	size_t fresh = 0;
	int code = compile_run(tree, units, cache, jobs, progress, commands, objects, &fresh, error);

	for (size_t i = 0; i < units->count; i++)
		kmend_unit_command_free(commands[i]);
	free(commands);
	if (code) {
		kmend_unit_objects_free(objects, units->count);
		return code;
	}
	*ret_objects = objects;
	return 0;
}

int kmend_units_compile_types(const struct kmend_tree *tree, const struct kmend_change_set *set,
			      const struct kmend_strv *units, const char *cache, unsigned int jobs,
			      struct kmend_progress *progress, struct kmend_unit_objects **ret_objects,
			      struct kmend_error *error)
{
	size_t count = units->count, nr_jobs = 0;
	struct kmend_unit_objects *objects = kmend_calloc(count + 1, sizeof(*objects));
	struct kmend_unit_command **commands = kmend_calloc(count + 1, sizeof(struct kmend_unit_command *));
	struct job *list = NULL;
	int code = 0;

	for (size_t i = 0; !code && i < count; i++) {
		const char *unit = units->items[i];

		objects[i].unit = kmend_strdup(unit);
		commands[i] = kmend_command_recall(tree, unit);
		if (!commands[i]) {
			code = kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "%s was not compiled before", unit);
			break;
		}
		code = find_or_add(tree, set, cache, commands[i], unit, true, set->shared.count, &objects[i].post,
				   &list, &nr_jobs, error);
		if (!code)
			code = find_or_add(tree, set->is_sum ? NULL : set->before, cache, commands[i], unit, true,
					   set->shared.count, &objects[i].pre, &list, &nr_jobs, error);
	}
	if (!code && nr_jobs)
		code = compile_jobs(tree, set, list, nr_jobs, jobs, progress, error);
	for (size_t i = 0; i < nr_jobs; i++)
		job_free(&list[i]);
	free(list);
	for (size_t i = 0; i < count; i++)
		kmend_unit_command_free(commands[i]);
	free(commands);
	if (code) {
		kmend_unit_objects_free(objects, count);
		return code;
	}
	*ret_objects = objects;
	return 0;
}
