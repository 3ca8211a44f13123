/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a plugin of librpm exports. rpm installs a header of it from 4.20 on; before, the interface is the same but was not
 * public. Declared here from its documented behaviour: the order of the members has been the same from 4.14 to 6. Only
 * the transaction's own hooks are typed, since only they are used.
 */
#ifndef KMEND_RPMPLUGIN_COMPAT_H
#define KMEND_RPMPLUGIN_COMPAT_H

#include <rpm/rpmtypes.h>

#if __has_include(<rpm/rpmplugin.h>)
#include <rpm/rpmplugin.h>
#else
struct rpmPluginHooks_s {
	rpmRC (*init)(rpmPlugin plugin, rpmts ts);
	void (*cleanup)(rpmPlugin plugin);
	rpmRC (*tsm_pre)(rpmPlugin plugin, rpmts ts);
	rpmRC (*tsm_post)(rpmPlugin plugin, rpmts ts, int res);
	rpmRC (*psm_pre)(rpmPlugin plugin, rpmte te);
	rpmRC (*psm_post)(rpmPlugin plugin, rpmte te, int res);
	rpmRC (*scriptlet_pre)(rpmPlugin plugin, const char *name, int type);
	rpmRC (*scriptlet_fork_post)(rpmPlugin plugin, const char *path, int type);
	rpmRC (*scriptlet_post)(rpmPlugin plugin, const char *name, int type, int res);
	void (*fsm_file_pre)(void);
	void (*fsm_file_post)(void);
	void (*fsm_file_prepare)(void);
};
#endif

#endif
