/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The offline checker: reads a finished update module as kmend.ko will, proves that its tables are sound, and runs the
 * very matcher of the kernel module on the code it was built from.
 */
#ifndef KMEND_LINK_CHECK_H
#define KMEND_LINK_CHECK_H

#include "../../include/kmend/abi.h"
#include "../diff/delta.h"

/* An update module in this process's memory: its tables' pointers lead to copies of its sections. */
struct kmend_loaded {
	struct kmend_update *update;
	struct kmend_object *object; /* the file */
	uint8_t **copies;	     /* by position in object->sections; the pointers in the tables lead there */
};

/*
 * Load a .ko (untrusted): every pointer that the tables hold is checked to lead to as many elements as they say.
 * *ret_loaded is owned by the caller. Errors: BAD_UPDATE as DAMAGED, -EINVAL.
 */
int kmend_loaded_read(const char *path, struct kmend_loaded **ret_loaded, struct kmend_error *error);
int kmend_loaded_read_memory(const void *data, size_t size, const char *name, struct kmend_loaded **ret_loaded,
			     struct kmend_error *error);
void kmend_loaded_free(struct kmend_loaded *loaded);
KMEND_DEFINE_GUARD(struct kmend_loaded *, kmend_loaded_free, kmend_loaded_guard);

/*
 * A function of the update as the kernel would have it in memory: the run object's bytes at an address made up for
 * it, relocated, every site in its form `form` (counted modulo the number of its forms).
 * *ret_bytes: new memory, function->pre_size bytes. *ret_address: where they lie.
 */
int kmend_check_pose(const struct kmend_target *target, const struct kmend_function *function,
		     struct kmend_delta *const *deltas, size_t nr_deltas, unsigned int form, uint8_t **ret_bytes,
		     uint64_t *ret_address, struct kmend_error *error);

/*
 * Step `check` of create: load the module, validate each function, match each against its run object in every form.
 * An error here is a defect of kmend, never of the diff.
 */
int kmend_check_module(const char *path, struct kmend_delta *const *deltas, size_t nr_deltas,
		       struct kmend_error *error);

#endif
