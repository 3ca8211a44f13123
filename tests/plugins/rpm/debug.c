// SPDX-License-Identifier: GPL-2.0
/* A plugin of librpm that notes the hooks of a transaction, a line each, in the file that $HOOKS names. */
#include <stdio.h>
#include <stdlib.h>

#include <rpm/rpmte.h>
#include <rpm/rpmts.h>

#include "plugins/rpm/transaction/rpmplugin_compat.h"

static void note(const char *hook, const char *what)
{
	const char *path = getenv("HOOKS");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%s %s\n", hook, what);
	fclose(file);
}

static rpmRC debug_tsm_pre(rpmPlugin plugin, rpmts ts)
{
	(void)plugin;
	note("tsm_pre", rpmtsFlags(ts) & RPMTRANS_FLAG_TEST ? "test" : "");
	return RPMRC_OK;
}

static rpmRC debug_tsm_post(rpmPlugin plugin, rpmts ts, int res)
{
	(void)plugin;
	(void)ts;
	note("tsm_post", res ? "failed" : "");
	return RPMRC_OK;
}

static rpmRC debug_psm_pre(rpmPlugin plugin, rpmte te)
{
	(void)plugin;
	note("psm_pre", rpmteN(te));
	return RPMRC_OK;
}

static rpmRC debug_psm_post(rpmPlugin plugin, rpmte te, int res)
{
	(void)plugin;
	note("psm_post", res ? "failed" : rpmteN(te));
	return RPMRC_OK;
}

static rpmRC debug_scriptlet_pre(rpmPlugin plugin, const char *name, int type)
{
	(void)plugin;
	(void)type;
	note("scriptlet_pre", name);
	return RPMRC_OK;
}

extern struct rpmPluginHooks_s debug_hooks;
struct rpmPluginHooks_s debug_hooks = {
	.tsm_pre = debug_tsm_pre,
	.tsm_post = debug_tsm_post,
	.psm_pre = debug_psm_pre,
	.psm_post = debug_psm_post,
	.scriptlet_pre = debug_scriptlet_pre,
};
