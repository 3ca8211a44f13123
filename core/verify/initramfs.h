/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest boots into: a cpio archive in which everything needed is put under its place in the guest. */
#ifndef KMEND_VERIFY_INITRAMFS_H
#define KMEND_VERIFY_INITRAMFS_H

#include <sys/types.h>

#include "../base/error.h"
#include "../base/str.h"

struct kmend_initramfs;

int kmend_initramfs_new(const char *path, struct kmend_initramfs **ret_initramfs, struct kmend_error *error);
/* Ends the archive. Its size in bytes in *ret_size. */
int kmend_initramfs_finish(struct kmend_initramfs *initramfs, size_t *ret_size, struct kmend_error *error);
void kmend_initramfs_free(struct kmend_initramfs *initramfs);
KMEND_DEFINE_GUARD(struct kmend_initramfs *, kmend_initramfs_free, kmend_initramfs_guard);
#define _cleanup_initramfs_ _cleanup_(kmend_initramfs_guard)

/* Add a file; the directories above it come by themselves. A place that is taken already stays as it is. */
int kmend_initramfs_add_data(struct kmend_initramfs *initramfs, const char *place, const void *data, size_t size,
			     mode_t mode, struct kmend_error *error);
int kmend_initramfs_add_file(struct kmend_initramfs *initramfs, const char *place, const char *file,
			     struct kmend_error *error);
/* A program: also the libraries it is linked with, or the program that its first line names. */
int kmend_initramfs_add_program(struct kmend_initramfs *initramfs, const char *place, const char *file,
				struct kmend_error *error);

#endif
