// SPDX-License-Identifier: GPL-2.0
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"

/* 4096 functions of some 640 characters at most. */
#define LIVE_LIMIT (4u << 20)

static const char *const state_names[] = {
	[KMEND_STATE_REFUSED] = "refused", [KMEND_STATE_READY] = "ready",	  [KMEND_STATE_APPLIED] = "applied",
	[KMEND_STATE_LOADING] = "loading", [KMEND_STATE_SWITCHING] = "switching", [KMEND_STATE_REVERSING] = "reversing",
};

void kmend_live_free(struct kmend_live *live)
{
	if (!live)
		return;
	free(live->id);
	free(live->refusal);
	free(live->description);
	free(live->engine);
	kmend_strv_free(&live->blockers);
	kmend_strv_free(&live->functions);
	kmend_strv_free(&live->modules);
	kmend_strv_free(&live->targets);
	kmend_strv_free(&live->replaces);
	free(live);
}

bool kmend_live_is_under_way(const struct kmend_live *live)
{
	return live->state == KMEND_STATE_SWITCHING || live->state == KMEND_STATE_REVERSING;
}

bool kmend_live_is_in_force(const struct kmend_live *live)
{
	return live->state == KMEND_STATE_APPLIED || kmend_live_is_under_way(live);
}

bool kmend_live_is_waiting(const struct kmend_live *live)
{
	return live->state == KMEND_STATE_READY || live->state == KMEND_STATE_LOADING;
}

bool kmend_live_must_stay(const struct kmend_live *live)
{
	return live->escapes && (live->pause_ns || live->is_held);
}

static bool is_in_state(const char *line, const char *state)
{
	const char *blank = strchr(line, ' ');
	size_t length = blank ? strcspn(blank + 1, " ") : 0;

	return blank && length == strlen(state) && !strncmp(blank + 1, state, length);
}

const char *kmend_target_in_state(const struct kmend_strv *targets, const char *state)
{
	for (size_t i = 0; i < targets->count; i++)
		if (is_in_state(targets->items[i], state))
			return targets->items[i];
	return NULL;
}

const char *kmend_target_refusal(const char *line)
{
	const char *why = is_in_state(line, "refused") ? strchr(strchr(line, ' ') + 1, ' ') : NULL;

	return why ? why + 1 : "";
}

char *kmend_targets_text(const struct kmend_strv *targets)
{
	static const struct {
		const char *state, *text;
	} rows[] = {
		{ "armed", "waits for" },
		{ "late", "not yet in" },
		{ "refused", "refused by" },
	};
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		const char *before = rows[i].text;

		for (size_t j = 0; j < targets->count; j++) {
			const char *line = targets->items[j];

			if (!is_in_state(line, rows[i].state))
				continue;
			kmend_buffer_addf(&text, "%s%s %.*s",
					  before != rows[i].text ? ""
					  : text.size		 ? "; "
								 : "",
					  before, (int)strcspn(line, " "), line);
			before = ",";
		}
	}
	return text.data ? kmend_steal(text.data) : NULL;
}

/* Text of one file, final newline cut; "" if it cannot be read. */
static char *read_value(const char *directory, const char *file)
{
	_cleanup_free_ char *path = kmend_path(directory, file);
	char *text;
	size_t size;

	if (kmend_file_read(path, LIVE_LIMIT, &text, &size, NULL))
		return kmend_strdup("");
	if (size && text[size - 1] == '\n')
		text[size - 1] = '\0';
	return text;
}

static void read_lines(const char *directory, const char *file, struct kmend_strv *ret_lines)
{
	_cleanup_free_ char *text = read_value(directory, file);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			kmend_strv_add(ret_lines, line);
}

/* The targets, and behind one that is refused why: kmend.ko tells that in a file of its own. */
static void read_targets(const char *directory, struct kmend_strv *ret_targets)
{
	_cleanup_strv_ struct kmend_strv lines = { 0 }, refusals = { 0 };

	read_lines(directory, "targets", &lines);
	read_lines(directory, "target_refusals", &refusals);
	for (size_t i = 0; i < lines.count; i++) {
		const char *line = lines.items[i], *why = NULL;
		size_t name = strcspn(line, " ") + 1;

		for (size_t j = 0; j < refusals.count && is_in_state(line, "refused"); j++)
			if (!strncmp(refusals.items[j], line, name))
				why = refusals.items[j] + name;
		if (why)
			kmend_strv_addf(ret_targets, "%s %s", line, why);
		else
			kmend_strv_add(ret_targets, line);
	}
}

char *kmend_live_version(const struct kmend_machine *machine)
{
	_cleanup_free_ char *version = read_value(machine->paths.sysfs, "version");

	return *version ? kmend_steal(version) : NULL;
}

int kmend_live_check_abi(const struct kmend_machine *machine, struct kmend_error *error)
{
	_cleanup_free_ char *abi = read_value(machine->paths.sysfs, "abi");

	if (atoi(abi) == KMEND_ABI_VERSION)
		return 0;
	kmend_fail(error, KMEND_STATUS_NO_MODULE, -EPROTO,
		   "the loaded kmend.ko has interface version '%s', this program needs %d", abi, KMEND_ABI_VERSION);
	kmend_advise(error, "Undo all updates, unload kmend (modprobe -r kmend) and install one version of kmend "
			    "and its kernel module.");
	return -EPROTO;
}

static bool has_users(const struct kmend_machine *machine, const char *module)
{
	_cleanup_free_ char *directory = kmend_path(machine->paths.sys_module, module);
	_cleanup_free_ char *count = read_value(directory, "refcnt");

	return atoi(count) > 0;
}

int kmend_live_read(const struct kmend_machine *machine, const char *id, struct kmend_live **ret_live,
		    struct kmend_error *error)
{
	_cleanup_free_ char *directory = kmend_path(machine->paths.sysfs, id), *state = NULL, *number = NULL,
			    *escapes = NULL, *remaining = NULL, *may = NULL;
	_cleanup_live_ struct kmend_live *live = NULL;
	size_t i;

	if (!kmend_id_is_valid(id) || !kmend_file_exists(directory))
		return -ENOENT;
	state = read_value(directory, "state");
	for (i = 0; i < KMEND_ARRAY_SIZE(state_names) && strcmp(state, state_names[i]); i++)
		;
	/* It left between the two looks. */
	if (i == KMEND_ARRAY_SIZE(state_names) && !kmend_file_exists(directory))
		return -ENOENT;
	if (i == KMEND_ARRAY_SIZE(state_names))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EPROTO, "%s/state says '%s', which is no state",
				  directory, state);
	live = kmend_calloc(1, sizeof(*live));
	live->id = kmend_strdup(id);
	live->state = i;
	live->refusal = read_value(directory, "refusal");
	if (!strcmp(live->refusal, "none"))
		*live->refusal = '\0';
	read_lines(directory, "module", &live->modules);
	read_targets(directory, &live->targets);
	live->description = read_value(directory, "description");
	read_lines(directory, "replaces", &live->replaces);
	live->engine = read_value(directory, "engine");
	may = read_value(directory, "may_be_gradual");
	live->may_be_gradual = !strcmp(may, "1");
	remaining = read_value(directory, "remaining");
	live->remaining = strtoull(remaining, NULL, 10);
	read_lines(directory, "blockers", &live->blockers);
	read_lines(directory, "functions", &live->functions);
	number = read_value(directory, "pause_ns");
	live->pause_ns = strtoull(number, NULL, 10);
	escapes = read_value(directory, "escapes");
	live->escapes = !strcmp(escapes, "1");
	for (i = 0; i < live->modules.count; i++)
		live->is_held |= has_users(machine, live->modules.items[i]);
	*ret_live = kmend_steal(live);
	return 0;
}

int kmend_live_list(const struct kmend_machine *machine, struct kmend_strv *ret_ids, struct kmend_error *error)
{
	_cleanup_closedir_ DIR *dir = opendir(machine->paths.sysfs);
	struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return kmend_fail_errno(error, -errno, "cannot read %s", machine->paths.sysfs);
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && kmend_id_is_valid(entry->d_name))
			kmend_strv_add(ret_ids, entry->d_name);
	kmend_strv_sort(ret_ids);
	return 0;
}

char *kmend_live_replacer(const struct kmend_machine *machine, const char *id)
{
	_cleanup_strv_ struct kmend_strv ids = { 0 };

	if (kmend_live_list(machine, &ids, NULL))
		return NULL;
	for (size_t i = 0; i < ids.count; i++) {
		_cleanup_live_ struct kmend_live *live = NULL;

		if (!kmend_live_read(machine, ids.items[i], &live, NULL) && kmend_live_is_in_force(live) &&
		    kmend_strv_has(&live->replaces, id))
			return kmend_strdup(live->id);
	}
	return NULL;
}

/* Place of a module in the kernel's list; behind all others if it is not there. */
static size_t module_place(const struct kmend_strv *modules, const char *name)
{
	size_t i;

	for (i = 0; i < modules->count; i++)
		if (kmend_starts_with(modules->items[i], name) && modules->items[i][strlen(name)] == ' ')
			break;
	return i;
}

struct applied {
	char *id;
	size_t place;
};

static int compare_applied(const void *a, const void *b)
{
	const struct applied *left = a, *right = b;

	return (left->place > right->place) - (left->place < right->place);
}

int kmend_live_applied(const struct kmend_machine *machine, struct kmend_strv *ret_ids, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv ids = { 0 }, modules = { 0 };
	_cleanup_free_ struct applied *applied = NULL;
	size_t count = 0;
	int code = kmend_live_list(machine, &ids, error);

	if (code)
		return code;
	read_lines(machine->paths.proc, "modules", &modules);
	for (size_t i = 0; i < ids.count; i++) {
		_cleanup_live_ struct kmend_live *live = NULL;
		struct applied *next;

		code = kmend_live_read(machine, ids.items[i], &live, error);
		if (code && code != -ENOENT)
			return code;
		if (code || !kmend_live_is_in_force(live))
			continue;
		next = kmend_array_add(applied, count);
		*next = (struct applied){ ids.items[i],
					  module_place(&modules, live->modules.count ? live->modules.items[0] : "") };
	}
	if (count)
		qsort(applied, count, sizeof(*applied), compare_applied);
	for (size_t i = 0; i < count; i++)
		kmend_strv_add(ret_ids, applied[i].id);
	return 0;
}

int kmend_live_write(const struct kmend_machine *machine, const char *id, const char *file, const char *value)
{
	_cleanup_free_ char *directory = kmend_path(machine->paths.sysfs, id), *path = kmend_path(directory, file);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

int kmend_live_is_module(const struct kmend_machine *machine, const char *name, const char *module, size_t module_size)
{
	_cleanup_free_ char *path = kmend_format("%s/%s/notes/.note.gnu.build-id", machine->paths.sys_module, name);
	_cleanup_free_ char *note = NULL;
	size_t size;

	if (kmend_file_read(path, 4096, &note, &size, NULL) || !size)
		return -ENOENT;
	return memmem(module, module_size, note, size) != NULL;
}
