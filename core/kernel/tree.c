// SPDX-License-Identifier: GPL-2.0
/* Preparing a build tree: configure as the distribution did, generate headers, check, stamp. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/child.h"
#include "../base/file.h"
#include "config.h"
#include "kbuild.h"

/* Raised when trees made by an earlier kmend must not be used again. */
#define TREE_FORMAT "2"
#define CONFIG_LIMIT (4 << 20)

/* What configuring and compiling call or include, and the packages of it. */
static const struct {
	const char *name; /* a program, or a file's absolute path */
	const char *deb, *rpm;
} needs[] = {
	{ "make", "make", "make" },
	{ "flex", "flex", "flex" },
	{ "bison", "bison", "bison" },
	{ "bc", "bc", "bc" },
	{ "perl", "perl", "perl-interpreter" },
	{ "patch", "patch", "patch" },
	{ "diff", "diffutils", "diffutils" },
	{ "ld", "binutils", "binutils" },
	{ "pahole", "pahole", "dwarves" },
	{ "/usr/include/libelf.h", "libelf-dev", "elfutils-libelf-devel" },
	{ "/usr/include/openssl/evp.h", "libssl-dev", "openssl-devel" },
};

void kmend_tree_free(struct kmend_tree *tree)
{
	if (!tree)
		return;
	free(tree->source);
	free(tree->build);
	free(tree->make_arguments);
	free(tree->directory);
	free(tree->id);
	kmend_kernel_build_free(tree->kernel);
	free(tree);
}

static bool is_installed(const char *name)
{
	_cleanup_free_ char *path = kmend_strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	char *rest = NULL;

	if (name[0] == '/')
		return kmend_file_exists(name);
	for (char *part = strtok_r(path, ":", &rest); part; part = strtok_r(NULL, ":", &rest)) {
		_cleanup_free_ char *program = kmend_path(part, name);

		if (!access(program, X_OK))
			return true;
	}
	return false;
}

static int check_needs(struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer names = { 0 }, packages = { 0 };
	const struct kmend_plugin *plugin = NULL;
	bool is_rpm = !kmend_plugin_load(NULL, &plugin, NULL) && !strcmp(plugin->name, "rpm");

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(needs); i++) {
		if (is_installed(needs[i].name))
			continue;
		kmend_buffer_addf(&names, "%s%s", names.size ? ", " : "", needs[i].name);
		kmend_buffer_addf(&packages, "%s%s", packages.size ? " " : "", is_rpm ? needs[i].rpm : needs[i].deb);
	}
	if (!names.size)
		return 0;
	kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "needed to compile kernel code, but not installed: %s",
		   names.data);
	kmend_advise(error, "Install the packages: %s", packages.data);
	return -ENOENT;
}

/*
 * Generated headers in which a distribution writes who built the kernel (Debian's " Debian 6.1.176-1" in what hung_task.c and
 * dump_stack.c print). kbuild's recipes for them, filechk_NAME (scripts/Kbuild.include of 6.1), would write who we are.
 */
static const char *const branded_headers[] = { "package.h", "compile.h" };

static char *branded_header(const struct kmend_kernel_build *kernel, size_t i)
{
	_cleanup_free_ char *name = kmend_format("include/generated/%s", branded_headers[i]);

	return kmend_path(kernel->headers, name);
}

/* The words for make; the tree's directory has no blanks in its path, at which they are split. */
static void add_branding(struct kmend_tree *tree)
{
	struct kmend_buffer words = { 0 };

	kmend_buffer_addf(&words, "%s", tree->make_arguments);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(branded_headers); i++) {
		_cleanup_free_ char *header = branded_header(tree->kernel, i);

		if (kmend_file_exists(header))
			kmend_buffer_addf(&words, " filechk_%s=cat<%s/%s", branded_headers[i], tree->directory,
					  branded_headers[i]);
	}
	free(tree->make_arguments);
	tree->make_arguments = words.data;
}

static int copy_branding(const struct kmend_tree *tree, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(branded_headers); i++) {
		_cleanup_free_ char *from = branded_header(tree->kernel, i);
		_cleanup_free_ char *to = kmend_path(tree->directory, branded_headers[i]);

		if (kmend_file_exists(from))
			code = kmend_file_copy(from, to, 0644, error);
	}
	return code;
}

/* Everything a unit's code depends on besides the unit: source, configuration, exports, compiler, and how we call it. */
static int tree_identify(struct kmend_tree *tree, struct kmend_error *error)
{
	static const char *const files[] = { ".config", "Module.symvers" };
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	char digest[KMEND_SHA256_HEX];

	kmend_buffer_addf(&text, "%s\n%s\n%s\n%s\n", TREE_FORMAT, tree->source, tree->make_arguments,
			  tree->kernel->compiler_version);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = kmend_path(tree->kernel->headers, files[i]);
		int code = kmend_sha256_file(path, digest, error);

		if (code)
			return code;
		kmend_buffer_addf(&text, "%s\n", digest);
	}
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(branded_headers); i++) {
		_cleanup_free_ char *path = branded_header(tree->kernel, i);

		if (!kmend_sha256_file(path, digest, NULL))
			kmend_buffer_addf(&text, "%s\n", digest);
	}
	for (size_t i = 0; i < tree->kernel->inputs.count; i++)
		kmend_buffer_addf(&text, "%s\n", tree->kernel->inputs.items[i]);
	kmend_sha256(text.data, text.size, digest);
	tree->id = kmend_strndup(digest, 16);
	return 0;
}

/*
 * What is given to make besides: nothing, or a blank and words. Where indirect branches are tracked, kbuild runs objtool
 * (which rewrites code) on vmlinux and on whole modules only, and so never on one unit. But a variable that kbuild asks
 * for units which are a module by themselves (scripts/Makefile.build) has it done for each, with the same arguments.
 */
static int special_arguments(const struct kmend_kernel_build *kernel, char **ret_words, struct kmend_error *error)
{
	static const char *const delaying[] = { "CONFIG_X86_KERNEL_IBT", "CONFIG_LTO_CLANG" };
	_cleanup_free_ char *path = kmend_path(kernel->headers, ".config"), *config = NULL;
	bool is_delayed = false;
	int code = kmend_file_read(path, CONFIG_LIMIT, &config, NULL, error);

	if (code)
		return code;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(delaying); i++) {
		_cleanup_free_ char *value = kmend_config_value(config, delaying[i]);

		is_delayed |= value && !strcmp(value, "y");
	}
	*ret_words = kmend_strdup(is_delayed ? " is-single-obj-m=y" : "");
	return 0;
}

static int check_path(const char *path, struct kmend_error *error)
{
	if (!strpbrk(path, " :\t\n#$%"))
		return 0;
	kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "kernels cannot be built in a path with such characters: %s",
		   path);
	kmend_advise(error, "Set XDG_CACHE_HOME to a directory without blanks and colons in its path.");
	return -EINVAL;
}

static int copy_config(const struct kmend_tree *tree, char **ret_theirs, struct kmend_error *error)
{
	_cleanup_free_ char *from = kmend_path(tree->kernel->headers, ".config");
	_cleanup_free_ char *to = kmend_path(tree->build, ".config"), *pinned = NULL;
	int code = kmend_file_read(from, CONFIG_LIMIT, ret_theirs, NULL, error);

	if (code)
		return code;
	pinned = kmend_config_pin(*ret_theirs);
	return kmend_file_write_atomic(to, pinned, strlen(pinned), 0644, error);
}

static int configure(const struct kmend_tree *tree, unsigned int jobs, struct kmend_progress *progress,
		     struct kmend_error *error)
{
	static const struct {
		const char *what;
		const char *goals[3];
	} rounds[] = {
		{ "configuring", { "olddefconfig" } },
		{ "generating headers and tools", { "prepare", "modules_prepare" } },
	};
	_cleanup_free_ char *theirs = NULL, *ours = NULL, *config = kmend_path(tree->build, ".config");
	int code = copy_config(tree, &theirs, error);

	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(rounds); i++) {
		_cleanup_buffer_ struct kmend_buffer output = { 0 };

		code = kmend_kbuild_run(tree, rounds[i].goals, jobs, progress, rounds[i].what, &output, error);
		if (code > 0) {
			code = kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s failed in %s", rounds[i].what,
					  tree->build);
			/* make's last words say what went wrong. */
			kmend_detail(error, output.size > 4000 ? output.data + output.size - 4000 : output.data);
			return code;
		}
		/* The configuration is compared before anything long is done with it. */
		if (!code && !ours)
			code = kmend_file_read(config, CONFIG_LIMIT, &ours, NULL, error);
		if (!code && !i)
			code = kmend_config_compare(theirs, ours, error);
	}
	return code;
}

int kmend_tree_lock(const struct kmend_tree *tree, int *ret_fd, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_format("%s.lock", tree->directory);
	int code = kmend_lock(path, ret_fd, error);

	/* make's children outlive us for a moment if we are killed: they hold the lock as long as they write. */
	if (!code)
		fcntl(*ret_fd, F_SETFD, 0);
	return code;
}

/* The O= path is written into generated files, so a tree is made in its place; the stamp, last, makes it count. */
static int make_tree(struct kmend_tree *tree, unsigned int jobs, struct kmend_progress *progress,
		     struct kmend_error *error)
{
	_cleanup_free_ char *stamp = kmend_path(tree->directory, "complete");
	_cleanup_free_ char *from = kmend_path(tree->kernel->headers, "Module.symvers");
	_cleanup_free_ char *to = kmend_path(tree->build, "Module.symvers");
	int code;

	code = check_needs(error);
	if (!code)
		code = kmend_remove_tree(tree->directory, error);
	if (!code)
		code = kmend_mkdir_parents(tree->build, 0755, error);
	if (!code)
		code = copy_branding(tree, error);
	if (!code)
		code = configure(tree, jobs, progress, error);
	if (!code)
		code = kmend_file_copy(from, to, 0644, error);
	if (!code)
		kmend_step_update(progress, "looking for included sources", 0, 0);
	if (!code)
		code = kmend_tree_list_includes(tree, error);
	if (!code)
		code = kmend_settle(tree->directory, error);
	if (!code)
		code = kmend_file_write_atomic(stamp, TREE_FORMAT "\n", sizeof(TREE_FORMAT), 0644, error);
	if (code)
		kmend_remove_tree(tree->directory, NULL);
	return code;
}

int kmend_tree_prepare(struct kmend_kernel_build *kernel, const char *cache, unsigned int jobs,
		       struct kmend_progress *progress, struct kmend_tree **ret_tree, struct kmend_error *error)
{
	struct kmend_tree *tree = kmend_calloc(1, sizeof(*tree));
	_cleanup_free_ char *trees = kmend_path(cache, "trees"), *real = NULL, *stamp = NULL, *words = NULL;
	_cleanup_close_ int lock = -1;
	int code = special_arguments(kernel, &words, error);

	tree->kernel = kernel;
	tree->source = kmend_strdup(kernel->source);
	/* -g0: debugging information takes long and changes no code. What the environment may hold is emptied. */
	tree->make_arguments = kmend_format("KERNELRELEASE=%s ARCH=x86 CC=%s HOSTCC=%s KCFLAGS=-g0 CROSS_COMPILE= "
					    "KCPPFLAGS= KAFLAGS= LLVM= LOCALVERSION=%s",
					    kernel->release, kernel->compiler, kernel->compiler, words ? words : "");
	if (!code)
		code = tree_identify(tree, error);
	if (!code)
		code = check_path(tree->source, error);
	if (!code)
		code = check_path(trees, error);
	if (!code)
		code = kmend_mkdir_parents(trees, 0755, error);
	/* Without links, as kbuild says it. */
	real = code ? NULL : realpath(trees, NULL);
	if (!code)
		code = real ? check_path(real, error) : kmend_fail_errno(error, -errno, "cannot use %s", trees);
	if (!code) {
		tree->directory = kmend_format("%s/%s-%s", real, kernel->release, tree->id);
		tree->build = kmend_path(tree->directory, "build");
		stamp = kmend_path(tree->directory, "complete");
		add_branding(tree);
		code = kmend_tree_lock(tree, &lock, error);
	}
	tree->cached = !code && kmend_file_exists(stamp);
	if (!code && !tree->cached)
		code = make_tree(tree, jobs, progress, error);
	if (code) {
		tree->kernel = NULL;
		kmend_tree_free(tree);
		return code;
	}
	*ret_tree = tree;
	return 0;
}
