/* SPDX-License-Identifier: GPL-2.0 */
/* The source of Debian's real-time kernels: that of the others, and patches which are in the source package alone. */
#ifndef KMEND_DPKG_REALTIME_H
#define KMEND_DPKG_REALTIME_H

#include "../../core/base/error.h"
#include "../../core/base/file.h"
#include "../../core/base/progress.h"
#include "../../core/base/str.h"

/* Is this release one of a real-time kernel ("6.1.0-50-rt-amd64")? */
bool kmend_dpkg_is_realtime(const char *release);

/*
 * Apply the patches of the source package linux in `version` to the whole source in `source`. `apt_options`: those with
 * which apt finds the machine's package lists. Working files go to
 * `temporary`, a directory of the caller's. Packages of sources are looked up in private lists, made of the machine's
 * own package sources, since few machines have them in their lists. A version without such patches (from 6.12 on the
 * kernel has it all) is no error.
 */
int kmend_dpkg_realtime_patch(const struct kmend_strv *apt_options, const char *version, const char *source,
			      const char *temporary, struct kmend_progress *progress, struct kmend_error *error);

/* For tests: the patches' names in the text of a series file, without comments and options. */
void kmend_dpkg_series_read(const char *text, struct kmend_strv *ret_names);

#endif
