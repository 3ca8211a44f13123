// SPDX-License-Identifier: GPL-2.0
/* Lines "TIME BOOT ID STATE RELEASE PAUSE_NS REFUSAL". When it grows too long the older half goes to history.1. */
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/file.h"

#define MOST (1 << 20)

void kmend_history_free(struct kmend_history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		free(history->events[i].boot_id);
		free(history->events[i].id);
		free(history->events[i].state);
		free(history->events[i].release);
		free(history->events[i].refusal);
	}
	free(history->events);
	*history = (struct kmend_history){ 0 };
}

static void turn_over(const char *path)
{
	_cleanup_free_ char *old = kmend_format("%s.1", path);
	struct stat status;

	if (!stat(path, &status) && status.st_size > MOST)
		rename(path, old);
}

void kmend_history_add(const struct kmend_machine *machine, const struct kmend_record *record)
{
	_cleanup_free_ char *path = kmend_path(machine->paths.state, "history"), *line = NULL;
	_cleanup_close_ int fd = -1;

	/* What is only begun is not done yet. */
	if (record->state == KMEND_RECORD_APPLYING || record->state == KMEND_RECORD_REVERSING)
		return;
	turn_over(path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	line = kmend_format("%" PRId64 " %s %s %s %s %" PRIu64 " %s\n", record->updated, record->boot_id, record->id,
			    kmend_record_state_name(record->state), record->release, record->pause_ns,
			    record->refusal ? record->refusal : "");
	for (char *c = line; c && c[1]; c++)
		*c = (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c;
	if (fd >= 0 && write(fd, line, strlen(line)) < 0)
		return;
}

static char *take_word(char **rest)
{
	char *word = strsep(rest, " ");

	return word && *word ? word : NULL;
}

static void take_line(char *line, struct kmend_history *history)
{
	char *words[6], *end = NULL;
	struct kmend_event *event;
	int64_t time;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(words); i++) {
		words[i] = take_word(&line);
		if (!words[i])
			return;
	}
	time = strtoll(words[0], &end, 10);
	if (*end || time < 0 || !kmend_id_is_valid(words[2]))
		return;
	event = kmend_array_add(history->events, history->count);
	event->time = time;
	event->boot_id = kmend_strdup(words[1]);
	event->id = kmend_strdup(words[2]);
	event->state = kmend_strdup(words[3]);
	event->release = kmend_strdup(words[4]);
	event->pause_ns = strtoull(words[5], NULL, 10);
	event->refusal = kmend_strdup(line ? line : "");
}

void kmend_history_parse(const char *text, size_t size, struct kmend_history *history)
{
	_cleanup_free_ char *copy = kmend_strndup(text, size);
	char *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		for (char *c = line; *c; c++)
			*c = (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c;
		take_line(line, history);
	}
}

int kmend_history_read(const struct kmend_machine *machine, struct kmend_history *ret_history,
		       struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(machine->paths.state, "history");
	_cleanup_free_ char *old = kmend_format("%s.1", path);
	const char *paths[] = { old, path };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(paths); i++) {
		_cleanup_free_ char *text = NULL;
		size_t size;
		int code;

		if (!kmend_file_exists(paths[i]))
			continue;
		code = kmend_file_read(paths[i], 4 * MOST, &text, &size, error);
		if (code)
			return code;
		kmend_history_parse(text, size, ret_history);
	}
	return 0;
}
