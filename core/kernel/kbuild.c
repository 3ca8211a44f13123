// SPDX-License-Identifier: GPL-2.0
/* make in a prepared tree, and questions to its makefiles. */
#include "kbuild.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"

/*
 * What the user's environment says to make and kbuild must not reach them: neither variables of a make that kmend was
 * called from, nor the compiler's search paths (toolchain prefix and flags are emptied on the command line, see
 * tree.c). A name without '=' removes the variable (putenv).
 */
static const char *const environment[] = {
	"LC_ALL=C", "MAKEFLAGS",      "MFLAGS",		 "MAKELEVEL", "MAKEOVERRIDES", "GNUMAKEFLAGS", "KBUILD_OUTPUT",
	"CPATH",    "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", NULL
};

/*
 * Of directories below each other that one makefile lists (the top's of 6.1: arch/x86, and arch/x86/lib, pci, power, video), only
 * the deepest has a goal's own flags. kbuild would go into each, at the same time: two compilers write one object then,
 * and one of them mostly fails (scripts/Makefile.build: single targets; before 6.2 the goals had a name of their own, and only
 * the first of these variables is there). In its recipe, $@ is the directory gone into.
 */
#define GOALS "$(or $(KBUILD_SINGLE_TARGETS),$(MAKECMDGOALS))"

static const char *const once[] = {
	"single-subdirs=$(foreach d,$(subdir-ym),$(if "
	"$(filter-out $(addsuffix /%,$(filter $d/%,$(subdir-ym))),$(filter $d/%," GOALS ")),$d))",
	"single-subdir-goals=$(filter-out $(if $@,$(addsuffix /%,$(filter $@/%,$(subdir-ym)))),"
	"$(filter $(addsuffix /%,$(single-subdirs))," GOALS "))",
};

#define ANSWER_LIMIT 65536

struct ticker {
	struct kmend_progress *progress;
	const char *what;
};

static void tick(void *context)
{
	struct ticker *ticker = context;

	kmend_step_update(ticker->progress, ticker->what, 0, 0);
}

static void add_words(struct kmend_strv *list, const char *text)
{
	_cleanup_free_ char *copy = kmend_strdup(text);
	char *rest = NULL;

	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		kmend_strv_add(list, word);
}

int kmend_kbuild_run(const struct kmend_tree *tree, const char *const *arguments, unsigned int jobs,
		     struct kmend_progress *progress, const char *what, struct kmend_buffer *output,
		     struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv words = { 0 };
	struct ticker ticker = { progress, what };
	struct kmend_child child = { .environment = environment,
				     .output = output,
				     .errors = output,
				     .tick = progress ? tick : NULL,
				     .tick_context = &ticker };

	kmend_strv_add(&words, "make");
	kmend_strv_add(&words, "--no-print-directory");
	kmend_strv_addf(&words, "-j%u", jobs ? jobs : 1);
	kmend_strv_add(&words, "-C");
	kmend_strv_add(&words, tree->source);
	kmend_strv_addf(&words, "O=%s", tree->build);
	add_words(&words, tree->make_arguments);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(once); i++)
		kmend_strv_add(&words, once[i]);
	for (size_t i = 0; arguments[i]; i++)
		kmend_strv_add(&words, arguments[i]);
	child.argv = (const char *const *)words.items;
	return kmend_child_run(&child, error);
}

/*
 * Read by make behind scripts/Makefile.build in each directory on the way to a goal: says which goals the directory
 * makes an object of, for vmlinux or for a module, and into which directories vmlinux reaches.
 */
static const char query[] =
	"$(foreach t,$(filter $(MAKECMDGOALS) $(patsubst ./%,%,$(MAKECMDGOALS)),$(real-obj-y) $(lib-y)),"
	"$(info @kmend@ y $(obj) $t))\n"
	/* Of which modules: an object is one by itself, or in the list of one (Makefile.lib: suffix-search). */
	"$(foreach t,$(filter $(MAKECMDGOALS) $(patsubst ./%,%,$(MAKECMDGOALS)),$(real-obj-m)),"
	"$(foreach m,$(obj-m),$(if $(filter $t,$m $(addprefix $(obj)/,"
	"$(foreach s,-objs -y -m,$($(patsubst $(obj)/%.o,%$s,$m))))),$(info @kmend@ m $m $t))))\n"
	"$(foreach t,$(filter %/built-in.a %/lib.a,$(real-obj-y)),"
	"$(if $(filter $(dir $t)% ./$(dir $t)%,$(MAKECMDGOALS)),$(info @kmend@ down $(obj) $t)))\n"
	/* Programs of the build machine and of the user's side, which are not linked into the kernel. */
	"$(foreach t,$(filter $(MAKECMDGOALS) $(patsubst ./%,%,$(MAKECMDGOALS)),"
	"$(addsuffix .o,$(host-csingle) $(user-csingle)) $(host-cobjs) $(user-cobjs)),$(info @kmend@ host $(obj) $t))\n"
	"$(info @kmend@ at $(obj) $(obj))\n"
	"$(foreach d,$(subdir-ym),$(if $(filter-out $(foreach e,$(filter $d/%,$(subdir-ym)),$e/% ./$e/%),"
	"$(filter $d/% ./$d/%,$(MAKECMDGOALS))),$(info @kmend@ sub $(obj) $d)))\n";

/* One line of the answer. */
struct said {
	char kind;	 /* first letter: y, m; host; down: vmlinux reaches it; at: was read; sub: will be gone into */
	char *directory; /* m: the module's object */
	char *name;	 /* object, or the directory's archive */
};

static void said_free(struct said *said, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(said[i].directory);
		free(said[i].name);
	}
	free(said);
}

static void read_said(const char *output, struct said **ret_said, size_t *ret_count)
{
	const char *line = output;

	while (line && (line = strstr(line, "@kmend@ "))) {
		char kind[8], directory[4096], name[4096];

		if (sscanf(line, "@kmend@ %7s %4095s %4095s", kind, directory, name) == 3) {
			struct said *said = kmend_array_add(*ret_said, *ret_count);

			said->kind = kind[0];
			said->directory = kmend_strdup(directory);
			said->name = kmend_strdup(kmend_starts_with(name, "./") ? name + 2 : name);
		}
		line++;
	}
}

static bool has_said(const struct said *said, size_t count, char kind, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (said[i].kind == kind && !strcmp(said[i].name, name))
			return true;
	return false;
}

/*
 * Silence means "not built" only if make really went all the way: the top's makefile was read, and that of every
 * directory on the way to the file which a makefile read says it goes into.
 */
static bool is_complete(const struct said *said, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(said[i].name);

		if (said[i].kind == 's' && !strncmp(path, said[i].name, length) && path[length] == '/' &&
		    !has_said(said, count, 'a', said[i].name))
			return false;
	}
	return has_said(said, count, 'a', ".");
}

/* Does vmlinux reach this directory, from the top through every directory between? */
static bool is_reached(const struct said *said, size_t count, const char *directory, unsigned int depth)
{
	_cleanup_free_ char *archive = kmend_format("%s/built-in.a", directory);
	_cleanup_free_ char *library = kmend_format("%s/lib.a", directory);

	if (!strcmp(directory, "."))
		return true;
	for (size_t i = 0; i < count && depth < 64; i++)
		if (said[i].kind == 'd' && (!strcmp(said[i].name, archive) || !strcmp(said[i].name, library)) &&
		    is_reached(said, count, said[i].directory, depth + 1))
			return true;
	return false;
}

/*
 * Where an answer is kept. A unit that kbuild reaches by a climb (amdgpu's "amdgpu/../display/x.c") has one of its own beside
 * that for the file's plain path, which kbuild does not know.
 */
static char *answer_path(const struct kmend_tree *tree, const char *path)
{
	static const char climb[] = "/../", kept[] = "/:up/";
	_cleanup_buffer_ struct kmend_buffer name = { 0 };

	for (const char *next; (next = strstr(path, climb)); path = next + strlen(climb) - 1) {
		kmend_buffer_add(&name, path, (size_t)(next - path));
		kmend_buffer_add(&name, kept, strlen(kept) - 1);
	}
	kmend_buffer_addf(&name, "%s", path);
	return kmend_format("%s/units/%s.targets", tree->directory, name.data);
}

/* A line "y", "h" or "-", for vmlinux, a program, or neither, then a line for each module. */
static bool read_answer(const struct kmend_tree *tree, const char *path, struct kmend_kbuild_answer *ret_answer)
{
	_cleanup_free_ char *file = answer_path(tree, path), *text = NULL;
	char *rest, *line;
	size_t size;

	if (!kmend_file_exists(file) || kmend_file_read(file, ANSWER_LIMIT, &text, &size, NULL) || size < 2 ||
	    text[1] != '\n')
		return false;
	ret_answer->builtin = text[0] == 'y';
	ret_answer->is_program = text[0] == 'h';
	rest = text + 2;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			kmend_strv_add(&ret_answer->modules, line);
	return true;
}

static void keep_answer(const struct kmend_tree *tree, const char *path, const struct kmend_kbuild_answer *answer)
{
	_cleanup_free_ char *file = answer_path(tree, path), *directory = kmend_strdup(file);
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text, "%s\n", answer->builtin ? "y" : answer->is_program ? "h" : "-");
	for (size_t i = 0; i < answer->modules.count; i++)
		kmend_buffer_addf(&text, "%s\n", answer->modules.items[i]);
	*strrchr(directory, '/') = '\0';
	/* Only a cache: asking again costs a second. */
	if (!kmend_mkdir_parents(directory, 0755, NULL))
		kmend_file_write_atomic(file, text.data, text.size, 0644, NULL);
}

/* An object is of vmlinux if its directory makes it so and vmlinux reaches the directory. */
static void answer_from(const struct said *said, size_t count, const char *path, struct kmend_kbuild_answer *answer)
{
	_cleanup_free_ char *object = kmend_unit_file(path, "", ".o");

	for (size_t i = 0; i < count; i++) {
		if (strcmp(said[i].name, object))
			continue;
		if (said[i].kind == 'm' && !kmend_strv_has(&answer->modules, said[i].directory))
			kmend_strv_add(&answer->modules, said[i].directory);
		answer->builtin |= said[i].kind == 'y' && is_reached(said, count, said[i].directory, 0);
		answer->is_program |= said[i].kind == 'h';
	}
}

static int ask_make(const struct kmend_tree *tree, const struct kmend_strv *objects, struct kmend_buffer *output,
		    struct kmend_error *error)
{
	_cleanup_free_ char *file = kmend_path(tree->directory, "query-targets.mk");
	_cleanup_strv_ struct kmend_strv words = { 0 };
	int code = kmend_file_write_atomic(file, query, strlen(query), 0644, error);

	if (code)
		return code;
	/* A dry run: the makefiles are read, nothing is made. Goals that no directory makes are no error here. */
	kmend_strv_add(&words, "--dry-run");
	kmend_strv_add(&words, "--keep-going");
	/* The tools' makefiles have a variable of the same name (but none named "clean"), which keeps its meaning. */
	kmend_strv_addf(
		&words,
		"build=-f $(srctree)/$(if $(clean),scripts/Makefile.build -f %s,tools/build/Makefile.build dir=.) obj",
		file);
	for (size_t i = 0; i < objects->count; i++)
		kmend_strv_add(&words, objects->items[i]);
	code = kmend_kbuild_run(tree, (const char *const *)words.items, 1, NULL, NULL, output, error);
	if (code < 0)
		return code;
	return 0;
}

int kmend_kbuild_ask(const struct kmend_tree *tree, const struct kmend_strv *paths,
		     struct kmend_kbuild_answer *ret_answers, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_strv_ struct kmend_strv objects = { 0 };
	_cleanup_free_ bool *known = kmend_calloc(paths->count + 1, sizeof(*known));
	struct said *said = NULL;
	size_t count = 0;
	int code;

	for (size_t i = 0; i < paths->count; i++) {
		_cleanup_free_ char *object = kmend_unit_file(paths->items[i], "", ".o");

		known[i] = read_answer(tree, paths->items[i], &ret_answers[i]);
		if (!known[i])
			kmend_strv_add(&objects, object);
	}
	if (!objects.count)
		return 0;
	code = ask_make(tree, &objects, &output, error);
	if (code)
		return code;
	read_said(output.data, &said, &count);
	for (size_t i = 0; i < paths->count; i++) {
		if (known[i])
			continue;
		if (!is_complete(said, count, paths->items[i])) {
			code = kmend_fail(error, KMEND_STATUS_FAILURE, -EIO,
					  "kbuild does not say what %s is in kernel %s", paths->items[i],
					  tree->kernel->release);
			kmend_detail(error, output.size > 4000 ? output.data + output.size - 4000 : output.data);
			break;
		}
		answer_from(said, count, paths->items[i], &ret_answers[i]);
		keep_answer(tree, paths->items[i], &ret_answers[i]);
	}
	said_free(said, count);
	return code;
}
