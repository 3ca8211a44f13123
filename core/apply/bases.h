/* SPDX-License-Identifier: GPL-2.0 */
/* Updates on top of others. Internal to core/apply. */
#ifndef KMEND_APPLY_BASES_H
#define KMEND_APPLY_BASES_H

#include "apply.h"

/*
 * Apply what an update sits on, in order, as far as that is installed and not applied. REFUSED (base_missing) if a base is
 * neither applied nor installed; also in a dry run, which cannot try what comes on top of it. That it is the right
 * build of the base is for the kernel to say.
 */
int kmend_bases_apply(const struct kmend_machine *machine, const struct kmend_manifest *manifest,
		      const struct kmend_apply_options *options, struct kmend_error *error);

/* Undo the installed and applied updates that sit on this one, the topmost first; they are pending then. */
int kmend_bases_undo_above(const struct kmend_machine *machine, const char *id,
			   const struct kmend_apply_options *options, struct kmend_error *error);

#endif
