// SPDX-License-Identifier: GPL-2.0
#include "module.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <libkmod.h>

#include "../base/file.h"
#include "../base/str.h"
#include "live.h"
#include "refusal.h"

#define REMOVE_TRIES 20
#define REMOVE_PAUSE_NS 50000000L

static inline void unref_context(struct kmod_ctx **context)
{
	kmod_unref(*context);
}

static inline void unref_module(struct kmod_module **module)
{
	kmod_module_unref(*module);
}

#define _cleanup_context_ _cleanup_(unref_context)
#define _cleanup_module_ _cleanup_(unref_module)

/* libkmod prints on standard error by itself unless told otherwise; the errno says all we need. */
static void say_nothing(void *data, int priority, const char *file, int line, const char *function, const char *format,
			va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)function, (void)format, (void)args;
}

static struct kmod_ctx *new_context(const struct kmend_machine *machine)
{
	_cleanup_free_ char *directory = kmend_path(machine->paths.modules, machine->release);
	const char *no_configuration = NULL;
	struct kmod_ctx *context = kmod_new(directory, &no_configuration);

	if (!context)
		kmend_oom();
	kmod_set_log_fn(context, say_nothing, NULL);
	return context;
}

static char *find_in_index(const struct kmend_machine *machine)
{
	_cleanup_context_ struct kmod_ctx *context = new_context(machine);
	struct kmod_list *list = NULL;
	char *path = NULL;

	if (kmod_module_new_from_lookup(context, "kmend", &list) < 0 || !list)
		return NULL;
	{
		_cleanup_module_ struct kmod_module *module = kmod_module_get_module(list);
		const char *found = kmod_module_get_path(module);

		path = found ? kmend_strdup(found) : NULL;
	}
	kmod_module_unref_list(list);
	return path;
}

int kmend_module_find(const struct kmend_machine *machine, char **ret_path, struct kmend_error *error)
{
	_cleanup_free_ char *path = find_in_index(machine);

	if (!path || !kmend_file_exists(path)) {
		free(path);
		path = kmend_format("%s/%s/kmend.ko", machine->paths.prebuilt, machine->release);
	}
	if (!kmend_file_exists(path)) {
		kmend_fail(error, KMEND_STATUS_NO_MODULE, -ENOENT,
			   "kmend.ko for the running kernel %s is not installed", machine->release);
		kmend_advise(error, "Install kmend-module-%s or kmend-dkms.", machine->release);
		return -ENOENT;
	}
	*ret_path = kmend_steal(path);
	return 0;
}

bool kmend_module_is_loaded(const struct kmend_machine *machine, const char *name)
{
	_cleanup_free_ char *directory = kmend_path(machine->paths.sys_module, name);

	return kmend_file_exists(directory);
}

int kmend_module_insert(const struct kmend_machine *machine, const char *path)
{
	_cleanup_context_ struct kmod_ctx *context = NULL;
	_cleanup_module_ struct kmod_module *module = NULL;
	int code;

	if (!machine->is_real)
		return -EOPNOTSUPP;
	context = new_context(machine);
	code = kmod_module_new_from_path(context, path, &module);
	return code < 0 ? code : kmod_module_insert_module(module, 0, NULL);
}

int kmend_module_need(const struct kmend_machine *machine, bool *ret_loaded, struct kmend_error *error)
{
	_cleanup_free_ char *path = NULL, *refusal = NULL;
	const struct kmend_refusal_row *row;
	bool loaded = false;
	int code;

	if (!kmend_module_is_loaded(machine, "kmend")) {
		code = kmend_module_find(machine, &path, error);
		if (code)
			return code;
		code = kmend_module_insert(machine, path);
		loaded = !code;
		if (code && code != -EEXIST) {
			refusal = kmend_refusal_of_loader(code);
			row = kmend_refusal_find(refusal, NULL);
			kmend_fail(error, KMEND_STATUS_NO_MODULE, code, "cannot load %s: %s (%s)", path, row->text,
				   strerror(-code));
			kmend_advise(error, "%s", row->advice);
			return code;
		}
	}
	code = kmend_live_check_abi(machine, error);
	if (code)
		return code;
	*ret_loaded = loaded;
	return 0;
}

int kmend_module_remove(const struct kmend_machine *machine, const char *name, struct kmend_error *error)
{
	_cleanup_context_ struct kmod_ctx *context = NULL;
	_cleanup_module_ struct kmod_module *module = NULL;
	int code;

	if (!machine->is_real)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EOPNOTSUPP, "this is not a real machine");
	context = new_context(machine);
	code = kmod_module_new_from_name(context, name, &module);
	/* Somebody may just be reading its files in /sys, which holds it for a moment. */
	for (int i = 0; !code && i < REMOVE_TRIES; i++) {
		struct timespec pause = { .tv_nsec = REMOVE_PAUSE_NS };

		code = kmod_module_remove_module(module, 0);
		if (code != -EAGAIN && code != -EWOULDBLOCK && code != -EBUSY)
			break;
		if (i + 1 == REMOVE_TRIES)
			break;
		nanosleep(&pause, NULL);
		code = 0;
	}
	if (code)
		return kmend_fail_errno(error, code, "cannot unload the module %s", name);
	return 0;
}
