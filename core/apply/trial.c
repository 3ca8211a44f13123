// SPDX-License-Identifier: GPL-2.0
/* Notes are lines "BOOT ID DIGEST" in two files: `trial` of this boot, which systemd watches, `suspects` of former ones. */
#include "trial.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/file.h"

#define LIMIT (1 << 20)
#define MINUTE 60 /* seconds */

enum which { TRIAL, SUSPECTS };

static char *path_of(const struct kmend_machine *machine, enum which which)
{
	return kmend_path(machine->paths.state, which == TRIAL ? "trial" : "suspects");
}

/* A file that cannot be read counts as empty: the guard must never keep fixes out by itself. */
static void read_notes(const struct kmend_machine *machine, enum which which, struct kmend_strv *notes)
{
	_cleanup_free_ char *path = path_of(machine, which), *text = NULL;
	char *rest = NULL;

	if (kmend_file_read(path, LIMIT, &text, NULL, NULL))
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		kmend_strv_add(notes, line);
}

static int write_notes(const struct kmend_machine *machine, enum which which, const struct kmend_strv *notes,
		       struct kmend_error *error)
{
	_cleanup_free_ char *path = path_of(machine, which);
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	int code;

	if (!notes->count)
		return unlink(path) < 0 && errno != ENOENT ? kmend_fail_errno(error, -errno, "cannot remove %s", path)
							   : 0;
	code = kmend_mkdir_parents(machine->paths.state, 0755, error);
	for (size_t i = 0; i < notes->count; i++)
		kmend_buffer_addf(&text, "%s\n", notes->items[i]);
	return code ? code : kmend_file_write_atomic(path, text.data, text.size, 0644, error);
}

static bool is_of_boot(const struct kmend_machine *machine, const char *note)
{
	size_t size = strcspn(note, " ");

	return strlen(machine->boot_id) == size && !strncmp(note, machine->boot_id, size);
}

static bool is_of_id(const char *note, const char *id)
{
	const char *blank = strchr(note, ' ');
	size_t size = strlen(id);

	return blank && !strncmp(blank + 1, id, size) && (blank[1 + size] == ' ' || !blank[1 + size]);
}

/* What a former boot left under trial is suspect now. Returns whether anything was moved. */
static int move_suspects(const struct kmend_machine *machine, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv trial = { 0 }, kept = { 0 }, suspects = { 0 };
	int code;

	read_notes(machine, TRIAL, &trial);
	read_notes(machine, SUSPECTS, &suspects);
	for (size_t i = 0; i < trial.count; i++)
		kmend_strv_add(is_of_boot(machine, trial.items[i]) ? &kept : &suspects, trial.items[i]);
	if (kept.count == trial.count)
		return 0;
	code = write_notes(machine, SUSPECTS, &suspects, error);
	return code ? code : write_notes(machine, TRIAL, &kept, error);
}

/* Without systemd nobody would take the note away again, and every power-off would look like a death. */
static bool is_watched(const struct kmend_machine *machine)
{
	_cleanup_free_ char *path = kmend_format("%s/../systemd/system", machine->paths.run);

	return access(path, F_OK) == 0;
}

int kmend_trial_begin(const struct kmend_machine *machine, const char *id, const char *digest,
		      struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv trial = { 0 }, kept = { 0 };
	int code = move_suspects(machine, error);

	if (code || !is_watched(machine))
		return code;
	read_notes(machine, TRIAL, &trial);
	for (size_t i = 0; i < trial.count; i++)
		if (!is_of_id(trial.items[i], id))
			kmend_strv_add(&kept, trial.items[i]);
	kmend_strv_addf(&kept, "%s %s %s", machine->boot_id, id, digest);
	return write_notes(machine, TRIAL, &kept, error);
}

void kmend_trial_forget(const struct kmend_machine *machine, const char *id)
{
	for (enum which which = TRIAL; which <= SUSPECTS; which++) {
		_cleanup_strv_ struct kmend_strv notes = { 0 }, kept = { 0 };

		read_notes(machine, which, &notes);
		for (size_t i = 0; i < notes.count; i++)
			if (!is_of_id(notes.items[i], id))
				kmend_strv_add(&kept, notes.items[i]);
		if (kept.count != notes.count)
			write_notes(machine, which, &kept, NULL);
	}
}

int kmend_trial_settle(const struct kmend_machine *machine, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv none = { 0 };
	_cleanup_free_ char *path = path_of(machine, TRIAL);
	const char *why = getenv("EXIT_CODE"); /* of systemd's ExecStopPost: "exited" after the minute, else "killed" */
	struct stat status;
	int code = move_suspects(machine, error);

	/* Another one came in the meantime; it gets a minute of its own. */
	if (!code && why && !strcmp(why, "exited") && !stat(path, &status) && time(NULL) - status.st_mtime < MINUTE - 1)
		return 0;

	return code ? code : write_notes(machine, TRIAL, &none, error);
}

bool kmend_trial_is_suspect(const struct kmend_machine *machine, const char *id, const char *digest)
{
	for (enum which which = TRIAL; which <= SUSPECTS; which++) {
		_cleanup_strv_ struct kmend_strv notes = { 0 };

		read_notes(machine, which, &notes);
		for (size_t i = 0; i < notes.count; i++) {
			const char *last = strrchr(notes.items[i], ' ');

			if (is_of_id(notes.items[i], id) && last && !strcmp(last + 1, digest) &&
			    (which == SUSPECTS || !is_of_boot(machine, notes.items[i])))
				return true;
		}
	}
	return false;
}
