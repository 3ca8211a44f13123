/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this room hand on to each other. */
#ifndef KMEND_VERIFY_INTERNAL_H
#define KMEND_VERIFY_INTERNAL_H

#include "../kernel/tree.h"
#include "initramfs.h"
#include "qemu.h"

/* subject.c: an update to be verified. */
struct kmend_subject {
	const char *file;
	struct kmend_container *container;
	char *place;		   /* its directory in the guest */
	struct kmend_strv targets; /* modules it changes; not vmlinux */
	bool keep_targets_out;	   /* loading them brings the guest down */
};
int kmend_subject_read(const char *file, size_t index, struct kmend_subject *ret_subject, struct kmend_error *error);
void kmend_subject_clear(struct kmend_subject *subject);
/* The update modules: file in the guest and module name of part i, or NULL behind the last. New memory. */
char *kmend_subject_part_place(const struct kmend_subject *subject, size_t i);
const char *kmend_subject_part_name(const struct kmend_subject *subject, size_t i);
int kmend_subject_pack(const struct kmend_subject *subject, struct kmend_initramfs *initramfs,
		       struct kmend_error *error);

/* materials.c: what all guests of a run are made of. */
struct kmend_verify_materials {
	struct kmend_kernel_build *kernel;
	char *vmlinuz;
	char *image;	 /* directory of the kernel's package */
	char *module;	 /* kmend.ko */
	char *initramfs; /* file */
	size_t initramfs_size;
};
void kmend_verify_materials_clear(struct kmend_verify_materials *materials);
int kmend_verify_materials_get(const struct kmend_verify_request *request, const char *release, const char *version,
			       struct kmend_progress *progress, struct kmend_verify_materials *materials,
			       struct kmend_error *error);
/* @subjects: all of them, bases too. */
int kmend_verify_materials_pack(const struct kmend_verify_request *request, const struct kmend_subject *subjects,
				size_t count, struct kmend_verify_materials *materials, struct kmend_error *error);

/* module.c: kmend.ko for a kernel build, given, installed, or built from its source in the data directory. New memory. */
int kmend_verify_module(const struct kmend_verify_request *request, const struct kmend_kernel_request *kernel,
			struct kmend_progress *progress, char **ret_path, struct kmend_error *error);

/* closure.c: put modules, and all they ask for, into the guest. A name that is no module's is left out. */
int kmend_verify_pack_modules(const char *image, const char *release, const struct kmend_strv *names,
			      struct kmend_initramfs *initramfs, struct kmend_error *error);

/* console.c: what the kernel said. Lines that it must never say, and others that are not expected. */
void kmend_console_judge(const char *text, struct kmend_strv *bad, struct kmend_strv *remarks);
/* The last lines of a console, for a machine that went down. New memory. */
char *kmend_console_tail(const char *text, unsigned int lines);

/* trial.c: one update in one guest. */
struct kmend_trial {
	const struct kmend_verify_request *request;
	const struct kmend_verify_setting *setting;
	const struct kmend_subject *subject;
	struct kmend_guest *guest;
	bool passed;
	bool down;	   /* the guest does not answer any more */
	bool applied;	   /* was in force */
	bool reversed;	   /* was taken back */
	bool starts_badly; /* the kernel complained as a module that is changed started without the update */
	bool alone;	   /* the guest had seen no other update */
	const char *step;  /* where it ended, or NULL */
	char *problem;	   /* one line, or NULL */
	char *shared;	   /* what went wrong in a guest it shared with others, before it was tried alone; or NULL */
	unsigned int functions;
	unsigned long long pause_apply, pause_reverse; /* nanoseconds */
	struct kmend_strv targets;		       /* "NAME STATE" */
	struct kmend_strv log, remarks;
	struct json_object *seconds; /* by step */
};
void kmend_trial_clear(struct kmend_trial *trial);
/* Sets `passed` and everything else but shared. */
void kmend_trial_run(struct kmend_trial *trial);
/* Only as far as it is in force, and leave it so: for what others sit on. */
void kmend_trial_apply(struct kmend_trial *trial);

/* report.c */
struct json_object *kmend_trial_json(const struct kmend_trial *trial);
struct json_object *kmend_subject_json(const struct kmend_subject *subject, const struct kmend_trial *trials,
				       size_t count);

#endif
