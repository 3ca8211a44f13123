// SPDX-License-Identifier: GPL-2.0
/* Applying a diff to copies of the files it names. */
#include "change.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/child.h"
#include "../base/file.h"
#include "classify.h"
#include "config.h"
#include "overlay.h"
#include "patch.h"
#include "sources.h"
#include "walk.h"

#define SOURCE_LIMIT (32 << 20)

static const char *const environment[] = { "LC_ALL=C", "PATCH_GET=0", NULL };

void kmend_change_set_free(struct kmend_change_set *set)
{
	if (!set)
		return;
	kmend_strv_free(&set->units);
	kmend_strv_free(&set->ignored);
	kmend_reasons_free(set->reasons, set->nr_reasons);
	kmend_strv_free(&set->shared);
	kmend_strv_free(&set->generators);
	kmend_strv_free(&set->build_system);
	kmend_strv_free(&set->probes);
	kmend_strv_free(&set->reached_types);
	kmend_strv_free(&set->opened);
	free(set->post);
	free(set->plain);
	free(set->overlay);
	free(set->overlay_key);
	free(set);
}

const struct kmend_change_set *kmend_change_set_holder(const struct kmend_change_set *set, const char *path)
{
	for (; set; set = set->before) {
		_cleanup_free_ char *plain = kmend_path(set->plain, path);

		if (kmend_file_exists(plain))
			return set;
	}
	return NULL;
}

/* The text that a set's diff is applied to. New memory. */
static char *text_before(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *path)
{
	const struct kmend_change_set *holder = kmend_change_set_holder(set->before, path);

	return kmend_path(holder ? holder->plain : tree->source, path);
}

static int not_applicable(struct kmend_error *error, const char *path, const char *what)
{
	return kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -EINVAL, "the diff cannot be used: %s: %s", path,
			  what);
}

static int no_such_file(struct kmend_error *error, const char *path)
{
	int code = not_applicable(error, path, "the kernel's source has no such file");

	kmend_advise(error,
		     "If the kernel never had what the file holds, it needs no such update. Else take the diff that "
		     "was made for its version; the names of files may have changed since.");
	return code;
}

/* A file of the source as the diff has it: neither it nor a directory above it may be a link out of the tree. */
static int check_place(const struct kmend_tree *tree, const char *path, struct kmend_error *error)
{
	_cleanup_free_ char *full = kmend_path(tree->source, path);
	struct stat status;

	for (char *slash = full + strlen(tree->source) + 1;; slash++) {
		char kept = *slash;

		if (kept && kept != '/')
			continue;
		*slash = '\0';
		if (lstat(full, &status) < 0)
			return -errno;
		*slash = kept;
		if (S_ISLNK(status.st_mode))
			return not_applicable(error, path, "it is, or lies behind, a symbolic link");
		if (!kept)
			return S_ISREG(status.st_mode) ? 0 : not_applicable(error, path, "it is no plain file");
	}
}

static int make_parent(const char *path, struct kmend_error *error)
{
	_cleanup_free_ char *directory = kmend_strdup(path);

	*strrchr(directory, '/') = '\0';
	return kmend_mkdir_parents(directory, 0755, error);
}

/* What is done with one file of the diff. */
struct touched {
	const struct kmend_patch_file *file;
	const char *path;
	enum kmend_file_class class;
};

/* Does a file further up in the diff add this path? */
static bool is_added(const struct kmend_patch *patch, size_t before, const char *path, unsigned int strip)
{
	for (size_t i = 0; i < before; i++) {
		const char *name = kmend_patch_strip(patch->files[i].new_name, strip);

		if (patch->files[i].is_new && name && !strcmp(name, path))
			return true;
	}
	return false;
}

/* What a file is by its name; of Rust, whether this kernel has any. */
static enum kmend_file_class class_of(const struct kmend_tree *tree, const char *path)
{
	enum kmend_file_class class = kmend_classify_path(path);
	_cleanup_free_ char *place = kmend_path(tree->build, ".config"), *config = NULL, *rust = NULL;

	if (class != KMEND_FILE_RUST || kmend_file_read(place, SOURCE_LIMIT, &config, NULL, NULL))
		return class;
	rust = kmend_config_value(config, "CONFIG_RUST");
	return rust ? class : KMEND_FILE_NOT_BUILT;
}

/* Names, and what can be said from them alone. Files that are no part of the kernel are not looked at further. */
static int sort_by_path(const struct kmend_tree *tree, const struct kmend_patch *patch, unsigned int strip,
			struct kmend_change_set *set, struct touched *touched, size_t *ret_count,
			struct kmend_error *error)
{
	for (size_t i = 0; i < patch->nr_files; i++) {
		const struct kmend_patch_file *file = &patch->files[i];
		const char *path = kmend_patch_source_path(file, tree->source, strip);
		struct touched *entry = &touched[*ret_count];
		int code;

		if (!path || !kmend_patch_path_is_safe(path))
			return not_applicable(error, file->is_new ? file->new_name : file->old_name,
					      "the name leads out of the source");
		*entry = (struct touched){ file, path, class_of(tree, path) };
		if (kmend_class_is_ignored(entry->class)) {
			kmend_strv_addf(&set->ignored, "%s: %s", path, kmend_class_text(entry->class));
			continue;
		}
		if (file->is_binary) {
			kmend_classify_reason(KMEND_FILE_BINARY, path, &set->reasons, &set->nr_reasons);
			continue;
		}
		/* A new header is read by who includes it, and that is a change of another file. */
		if (file->is_new && entry->class == KMEND_FILE_HEADER) {
			_cleanup_free_ char *place = kmend_path(tree->source, path);

			if (kmend_file_exists(place))
				return not_applicable(error, path, "the kernel's source has it already");
			(*ret_count)++;
			continue;
		}
		if (file->is_new || file->is_deleted || file->is_renamed) {
			entry->class = file->is_new	  ? KMEND_FILE_NEW
				       : file->is_deleted ? KMEND_FILE_DELETED
							  : KMEND_FILE_RENAMED;
			kmend_classify_reason(entry->class, path, &set->reasons, &set->nr_reasons);
			continue;
		}
		code = check_place(tree, path, error);
		/* A later part of a series changes what an earlier part adds: that part is the reason already. */
		if (code == -ENOENT && is_added(patch, i, path, strip))
			continue;
		if (code == -ENOENT || code == -ENOTDIR)
			return no_such_file(error, path);
		if (code)
			return code;
		(*ret_count)++;
	}
	return 0;
}

/* The diff of the touched files alone, with plain names, so that patch has nothing to guess. */
static int write_clean_diff(const char *diff, const struct touched *touched, size_t count, const char *path,
			    struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct kmend_patch_file *file = touched[i].file;

		kmend_buffer_addf(&text, "--- %s\n+++ %s\n", touched[i].path, touched[i].path);
		kmend_buffer_add(&text, diff + file->body, file->body_size);
		if (text.data[text.size - 1] != '\n')
			kmend_buffer_addf(&text, "\n");
	}
	return kmend_file_write_atomic(path, text.data, text.size, 0644, error);
}

/* Would it apply the other way round? Then the source has it already. */
static bool is_applied_already(const char *directory, const char *diff)
{
	const char *const argv[] = { "patch",		"-p0", "--fuzz=0", "--batch", "--reverse", "--dry-run",
				     "--reject-file=-", "-i",  diff,	   NULL };
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	struct kmend_child child = {
		.argv = argv, .directory = directory, .environment = environment, .output = &words, .errors = &words
	};

	return !kmend_child_run(&child, NULL);
}

static int apply(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *diff,
		 const struct touched *touched, size_t count, const char *scratch, struct kmend_error *error)
{
	_cleanup_free_ char *clean = kmend_path(scratch, "clean.diff");
	_cleanup_buffer_ struct kmend_buffer words = { 0 };
	const char *argv[] = { "patch",		  "-p0", "--fuzz=0", "--batch", "--forward", "--no-backup-if-mismatch",
			       "--reject-file=-", "-i",	 clean,	     NULL };
	struct kmend_child child = {
		.argv = argv, .directory = set->plain, .environment = environment, .output = &words, .errors = &words
	};
	int code = write_clean_diff(diff, touched, count, clean, error);

	for (size_t i = 0; !code && i < count; i++) {
		_cleanup_free_ char *from = text_before(tree, set, touched[i].path);
		_cleanup_free_ char *to = kmend_path(set->plain, touched[i].path);

		code = make_parent(to, error);
		if (!code && !touched[i].file->is_new)
			code = kmend_file_copy(from, to, 0644, error);
	}
	if (!code)
		code = kmend_child_run(&child, error);
	if (code <= 0)
		return code;
	if (is_applied_already(set->plain, clean)) {
		kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -EINVAL,
			   "the diff does not apply: the source of kernel %s has all of it already",
			   tree->kernel->release);
		kmend_advise(error, "This kernel needs no such update: what the diff does is part of it.");
		return -EINVAL;
	}
	kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -EINVAL,
		   "the diff does not apply to the source of kernel %s", tree->kernel->release);
	kmend_detail(error, words.data ? words.data : "");
	kmend_advise(error, "It must apply exactly, without fuzz: adapt it to %s %s.", tree->kernel->release,
		     tree->kernel->version[0] == '#' ? "" : tree->kernel->version);
	return -EINVAL;
}

/*
 * Differences of a unit, without context. *ret_same: there are none. @name: what kbuild calls the unit, and so what
 * __FILE__ is in it.
 */
static int realign_unit(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *path,
			const char *name, bool *ret_same, struct kmend_error *error)
{
	const struct kmend_change_set *holder = kmend_change_set_holder(set->before, path);
	_cleanup_free_ char *source = kmend_path(tree->source, name), *plain = kmend_path(set->plain, path);
	_cleanup_free_ char *pre = text_before(tree, set, path), *before = NULL;
	_cleanup_free_ char *aligned_before = holder ? kmend_path(holder->post, path) : NULL;
	_cleanup_free_ char *post = kmend_path(set->post, path), *text = NULL, *aligned = NULL;
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_patch_ struct kmend_patch *patch = NULL;
	const char *argv[] = { "diff", "-U0", "--text", "--label", "pre", "--label", "post", pre, plain, NULL };
	struct kmend_child child = { .argv = argv, .environment = environment, .output = &output };
	int code = kmend_child_run(&child, error);

	*ret_same = code == 0;
	if (code <= 0)
		return code;
	if (code > 1)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot compare %s with %s", pre, plain);
	code = kmend_patch_parse(output.data ? output.data : "", output.size, &patch, error);
	if (!code)
		code = kmend_file_read(plain, SOURCE_LIMIT, &text, NULL, error);
	if (!code && aligned_before && kmend_file_exists(aligned_before))
		code = kmend_file_read(aligned_before, SOURCE_LIMIT, &before, NULL, error);
	if (code)
		return code;
	aligned = kmend_realign(text, patch->files[0].hunks, patch->files[0].nr_hunks, source, before);
	code = make_parent(post, error);
	return code ? code : kmend_file_write_atomic(post, aligned, strlen(aligned), 0644, error);
}

/* A file that units include: its text is put in place like a unit's; which units those are is found later. */
static int share(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path, bool *ret_same,
		 struct kmend_error *error)
{
	_cleanup_free_ char *before = text_before(tree, set, path), *plain = kmend_path(set->plain, path);
	_cleanup_free_ char *post = kmend_path(set->post, path);
	int code;

	*ret_same = false;
	if (kmend_file_exists(before)) {
		code = realign_unit(tree, set, path, path, ret_same, error);
		/* What is not C is taken as it is: the directive may stand where it must not. */
		if (!code && !*ret_same && !kmend_ends_with(path, ".c") && !kmend_ends_with(path, ".h"))
			code = kmend_file_copy(plain, post, 0644, error);
	} else {
		code = make_parent(post, error);
		if (!code)
			code = kmend_file_copy(plain, post, 0644, error);
	}
	if (!code && !*ret_same && !kmend_strv_has(&set->shared, path))
		kmend_strv_add(&set->shared, path);
	return code;
}

static int add_unit(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path, const char *name,
		    bool *ret_same, struct kmend_error *error)
{
	int code = realign_unit(tree, set, path, name, ret_same, error);

	if (!code && !*ret_same && !kmend_strv_has(&set->units, name))
		kmend_strv_add(&set->units, name);
	return code;
}

/*
 * A file that its own directory does not build may be compiled by another's makefile, under a name with "..":
 * arch/x86/kvm/../../../virt/kvm/kvm_main.c. The unit is called so from here on; the directories on its way are made, so
 * that the name leads to the texts.
 */
static int find_elsewhere(const struct kmend_tree *tree, struct kmend_change_set *set, const char *path,
			  bool *ret_found, bool *ret_same, struct kmend_error *error)
{
	const char *const roots[] = { set->plain, set->post };
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	int code = kmend_walk_make(tree, 1, NULL, &walk, error);

	for (size_t i = 0; !code && i < walk->count; i++) {
		const struct kmend_walk_unit *unit = &walk->units[i];
		_cleanup_free_ char *plain = kmend_source_path(unit->source), *object = NULL;

		if (!unit->is_kernel || strcmp(plain, path) != 0 || !strcmp(unit->source, path))
			continue;
		*ret_found = true;
		object = kmend_unit_file(unit->source, "", ".o");
		if (strcmp(object, unit->object) != 0) {
			kmend_classify_reason(KMEND_FILE_ODD, path, &set->reasons, &set->nr_reasons);
			break;
		}
		for (size_t j = 0; !code && j < KMEND_ARRAY_SIZE(roots); j++) {
			_cleanup_free_ char *way = kmend_path(roots[j], unit->source);

			*strstr(way, "/..") = '\0';
			code = kmend_mkdir_parents(way, 0755, error);
		}
		if (!code)
			code = add_unit(tree, set, path, unit->source, ret_same, error);
	}
	return code;
}

/* Is a unit of modules in none of their directories? Then it is another directory's makefile that compiles it. */
static int is_elsewhere(const struct kmend_tree *tree, const char *path, bool *ret_elsewhere, struct kmend_error *error)
{
	const struct kmend_strv one = { .items = (char **)&path, .count = 1 };
	struct kmend_kbuild_answer answer = { 0 };
	int code = kmend_kbuild_ask(tree, &one, &answer, error);

	*ret_elsewhere = answer.modules.count;
	for (size_t i = 0; i < answer.modules.count; i++) {
		const char *slash = strrchr(answer.modules.items[i], '/');
		size_t length = slash ? slash + 1 - answer.modules.items[i] : 0;

		*ret_elsewhere &= strncmp(path, answer.modules.items[i], length) != 0;
	}
	kmend_strv_free(&answer.modules);
	return code;
}

static int sort_out(const struct kmend_tree *tree, struct kmend_change_set *set, struct touched *touched, size_t count,
		    struct kmend_error *error)
{
	struct kmend_strv paths = { 0 };
	enum kmend_file_class *classes = kmend_calloc(count + 1, sizeof(*classes));
	bool all_same = true;
	int code;

	for (size_t i = 0; i < count; i++)
		kmend_strv_add(&paths, touched[i].path);
	code = kmend_classify_files(tree, &paths, classes, error);
	for (size_t i = 0; !code && i < count; i++) {
		bool same = false, found = false, elsewhere = false;

		if (classes[i] == KMEND_FILE_MODULE)
			code = is_elsewhere(tree, touched[i].path, &elsewhere, error);
		if (!code && (elsewhere || classes[i] == KMEND_FILE_NOT_BUILT))
			code = find_elsewhere(tree, set, touched[i].path, &found, &same, error);
		if (found || code) {
			all_same &= same;
		} else if (kmend_class_is_ignored(classes[i])) {
			kmend_strv_addf(&set->ignored, "%s: %s", touched[i].path, kmend_class_text(classes[i]));
		} else if (classes[i] == KMEND_FILE_HEADER || classes[i] == KMEND_FILE_INCLUDED ||
			   classes[i] == KMEND_FILE_ASSEMBLY) {
			code = share(tree, set, touched[i].path, &same, error);
			all_same &= same;
		} else if (classes[i] == KMEND_FILE_BUILD_SYSTEM) {
			code = share(tree, set, touched[i].path, &same, error);
			if (!code && !same)
				kmend_strv_add(&set->build_system, touched[i].path);
			all_same &= same;
		} else if (classes[i] == KMEND_FILE_GENERATOR || classes[i] == KMEND_FILE_OTHER) {
			code = share(tree, set, touched[i].path, &same, error);
			if (!code && !same)
				kmend_strv_add(&set->generators, touched[i].path);
			all_same &= same;
		} else if (classes[i] != KMEND_FILE_BUILTIN && classes[i] != KMEND_FILE_MODULE) {
			kmend_classify_reason(classes[i], touched[i].path, &set->reasons, &set->nr_reasons);
		} else {
			code = add_unit(tree, set, touched[i].path, touched[i].path, &same, error);
			all_same &= same;
		}
	}
	kmend_strv_free(&paths);
	free(classes);
	if (code || set->nr_reasons || set->units.count || set->shared.count)
		return code;
	if (count && all_same && set->ignored.count < count)
		return kmend_fail(error, KMEND_STATUS_NO_CHANGE, -EINVAL, "the diff changes nothing");
	kmend_fail(error, KMEND_STATUS_DIFF_NOT_BUILT, -EINVAL, "the diff touches nothing that kernel %s builds",
		   tree->kernel->release);
	for (size_t i = 0; i < set->ignored.count; i++) {
		_cleanup_free_ char *text = kmend_format("%s%s\n", error ? error->detail : "", set->ignored.items[i]);

		kmend_detail(error, text);
	}
	return -EINVAL;
}

int kmend_change_set_make(const struct kmend_tree *tree, const struct kmend_change_set *before, const char *diff,
			  size_t size, const char *scratch, struct kmend_change_set **ret_set,
			  struct kmend_error *error)
{
	_cleanup_change_set_ struct kmend_change_set *set = kmend_calloc(1, sizeof(*set));
	_cleanup_patch_ struct kmend_patch *patch = NULL;
	_cleanup_free_ struct touched *touched = NULL;
	unsigned int strip;
	size_t count = 0;
	int code = kmend_patch_parse(diff, size, &patch, error);

	if (code)
		return code;
	set->before = before;
	set->post = kmend_path(scratch, "post");
	set->plain = kmend_path(scratch, "plain");
	code = kmend_mkdir_parents(set->post, 0755, error);
	if (!code)
		code = kmend_mkdir_parents(set->plain, 0755, error);
	if (code)
		return code;
	strip = kmend_patch_find_strip(patch, tree->source);
	touched = kmend_calloc(patch->nr_files + 1, sizeof(*touched));
	code = sort_by_path(tree, patch, strip, set, touched, &count, error);
	if (!code && count)
		code = apply(tree, set, diff, touched, count, scratch, error);
	if (!code)
		code = sort_out(tree, set, touched, count, error);
	if (!code)
		code = kmend_overlay_make(tree, set, scratch, error);
	if (code)
		return code;
	*ret_set = kmend_steal(set);
	return 0;
}
