/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record: what was done on which boot, durable before anybody is told. A journal, not a truth: the package
 * database says what should be applied, the kernel says what is.
 */
#ifndef KMEND_RECORD_RECORD_H
#define KMEND_RECORD_RECORD_H

#include <stdint.h>

#include "../base/error.h"
#include "../base/str.h"

#define KMEND_RECORD_DIRECTORY "/var/lib/kmend/record"

/*
 *  applying ──▶ applied ──▶ reversing ──▶ reversed
 *     │  ╲ busy                 │ busy/refused: back to applied
 *     ▼   ▼
 *  refused pending (tried again)
 */
enum kmend_record_state {
	KMEND_RECORD_APPLYING, /* begun; a crash may have left it so: ask the kernel */
	KMEND_RECORD_APPLIED,
	KMEND_RECORD_PENDING, /* busy; to be tried again */
	KMEND_RECORD_REFUSED,
	KMEND_RECORD_REVERSING,
	KMEND_RECORD_REVERSED,
};
const char *kmend_record_state_name(enum kmend_record_state state);

struct kmend_record {
	char *id;
	char *release;
	char *version;
	struct kmend_strv modules; /* names of the update modules, by part: enough to reverse without their files */
	char *digest;		   /* which build of the update it is: kmend_manifest_digest(), or "" */
	char *boot_id;
	char *package; /* or "" */
	char *files;   /* kmend_file_identity() of the installed manifest when this was written, or "" */
	enum kmend_record_state state;
	char *refusal;		    /* "NAME: DETAIL" or "" */
	struct kmend_strv blockers; /* "PID COMM FUNCTION" */
	uint64_t pause_ns;
	uint32_t attempts;
	int64_t updated; /* seconds since the epoch */
};
void kmend_record_free(struct kmend_record *record);

/* @directory: KMEND_RECORD_DIRECTORY, or another for tests. A corrupt record is set aside as ID.json.broken. */
int kmend_record_write(const char *directory, const struct kmend_record *record, struct kmend_error *error);
int kmend_record_read(const char *directory, const char *id, struct kmend_record **ret_record,
		      struct kmend_error *error); /* -ENOENT: none */
int kmend_record_list(const char *directory, struct kmend_strv *ret_ids, struct kmend_error *error);

#endif
