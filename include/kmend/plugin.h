/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packager plugins: kmend-dpkg.so, kmend-rpm.so. Each exports one `const struct kmend_plugin kmend_plugin`.
 * libkmend links no packager; plugins are loaded by name, so a Debian machine needs no librpm.
 */
#ifndef KMEND_PLUGIN_H
#define KMEND_PLUGIN_H

#include <stddef.h>

#include "../../core/base/error.h"
#include "../../core/base/progress.h"
#include "../../core/base/str.h"
#include "../../core/errata/errata.h"

#define KMEND_PLUGIN_ABI 2
#define KMEND_PLUGIN_SYMBOL "kmend_plugin"

/* One exact kernel build, and where its materials are. All strings owned; kmend_kernel_build_free(). */
struct kmend_kernel_build {
	char *release;		  /* 6.1.0-50-amd64 */
	char *version;		  /* package version: 6.1.176-1 */
	char *arch;		  /* x86_64 */
	char *source;		  /* directory of the pristine, exact source, or NULL */
	char *headers;		  /* directory with .config and Module.symvers */
	char *image;		  /* directory with boot/vmlinuz-RELEASE and lib/modules/RELEASE with depmod's lists */
	char *compiler;		  /* program: gcc-12 */
	char *compiler_version;	  /* as in the kernel's .config CONFIG_CC_VERSION_TEXT */
	struct kmend_strv inputs; /* "NAME VERSION SHA256" of each package used: provenance */
};
void kmend_kernel_build_free(struct kmend_kernel_build *build);

/* Which materials of a kernel build are wanted. */
#define KMEND_WANT_SOURCE 1u
#define KMEND_WANT_HEADERS 2u
#define KMEND_WANT_IMAGE 4u

enum kmend_package_kind {
	KMEND_PACKAGE_UPDATE, /* kmend-patch-<release>-<id> */
	KMEND_PACKAGE_SEED,   /* kmend-patches-<release> */
	KMEND_PACKAGE_MODULE, /* kmend-module-<release> */
};

struct kmend_package_request {
	enum kmend_package_kind kind;
	const char *release;	    /* SEED, MODULE */
	const char *version;	    /* the package's own version; NULL: default */
	const char *input;	    /* UPDATE: container; MODULE: kmend.ko */
	const char *const *updates; /* SEED: containers, ids or package names, NULL-terminated */
	const char *output;	    /* file or existing directory */
	const char *maintainer; /* "Name <mail>", or NULL: from the environment (DEBFULLNAME, DEBEMAIL) or a default */
	const char *errata;	/* SEED: list of errata to carry (kmend-errata(5)), or NULL */
};

/* What the package manager is asked to do, so that its database stays the truth. */
enum kmend_manage_verb {
	KMEND_MANAGE_INSTALL, /* these packages, brought up to date if they are there */
	KMEND_MANAGE_REMOVE,
	KMEND_MANAGE_HOLD, /* keep as they are, or out, until UNHOLD */
	KMEND_MANAGE_UNHOLD,
	KMEND_MANAGE_REFRESH, /* fetch the package lists */
};

struct kmend_manage_request {
	enum kmend_manage_verb verb;
	const char *const *packages; /* NULL-terminated */
	bool dry_run;		     /* show what would be done */
	bool yes;		     /* ask nothing */
	bool quiet;
};

/* Metadata of a package repository that `kmend build` makes. */
struct kmend_repository_request {
	const char *directory;			  /* holds the packages; the metadata is written into it */
	const char *origin;			  /* who publishes it */
	const char *key;			  /* of gpg, to sign with; NULL: not signed */
	const struct kmend_errata *const *errata; /* of each kernel, NULL-terminated; for updateinfo.xml */
	int64_t time;				  /* of the metadata, seconds since the epoch */
};

struct kmend_plugin {
	unsigned int abi;	    /* KMEND_PLUGIN_ABI */
	const char *name;	    /* "dpkg" */
	const char *const *formats; /* {"deb", NULL} */
	/* Release and package version of the running kernel. New strings. */
	int (*running_kernel)(char **ret_release, char **ret_version, struct kmend_error *error);
	/*
	 * Find, download (unprivileged, from the machine's own package sources), verify and unpack source, headers and
	 * configuration of a kernel build into the cache. Cached results are reused without network.
	 * @wants: KMEND_WANT_*; what is not wanted stays NULL. Filled: release, version, arch, source, headers,
	 * image, inputs.
	 * Begins its own steps ("fetch", "unpack") where there is something to do. NO_KERNEL names those there are.
	 */
	int (*source)(const char *release, unsigned int wants, const char *cache, struct kmend_progress *progress,
		      struct kmend_kernel_build **ret_build, struct kmend_error *error);
	int (*write_package)(const struct kmend_package_request *request, char **ret_path, struct kmend_error *error);
	/* Extract the container's files (manifest and module) of a hotpatch package into a directory. */
	int (*read_package)(const char *path, const char *directory, struct kmend_error *error);
	/* Ids ("RELEASE ID PACKAGE VERSION" each) of hotpatch packages that the package database says are installed. */
	int (*installed_updates)(struct kmend_strv *ret_updates, struct kmend_error *error);
	/*
	 * Hotpatch packages that an installed seed recommends but that never were installed (apt-get upgrade installs no
	 * new packages). Those removed on purpose and not purged are not among them.
	 */
	int (*missing_recommended)(struct kmend_strv *ret_packages, struct kmend_error *error);
	/* What follows may be NULL where a packager does not have it. */
	/*
	 * The vendor's errata of a kernel build's package series, from the package sources (a changelog, updateinfo); `to`
	 * gets the newest version there is. Steps as for source().
	 */
	int (*errata)(const char *release, const char *version, const char *cache, struct kmend_progress *progress,
		      struct kmend_errata *errata, struct kmend_error *error);
	/* The source of another version of the same kernel package, unpacked into the cache. *ret_directory: new. */
	int (*source_version)(const char *release, const char *version, const char *cache,
			      struct kmend_progress *progress, char **ret_directory, struct kmend_error *error);
	/* Hotpatch packages for a kernel that the package sources have: "PACKAGE VERSION" each. */
	int (*available)(const char *release, struct kmend_strv *ret_packages, struct kmend_error *error);
	/* Drive the package manager, on the user's terminal. FAILURE with its exit status told. */
	int (*manage)(const struct kmend_manage_request *request, struct kmend_error *error);
	/* "PACKAGE" of each hotpatch package that is held. */
	int (*held)(struct kmend_strv *ret_packages, struct kmend_error *error);
	int (*write_repository)(const struct kmend_repository_request *request, struct kmend_error *error);
	/* Name of the hotpatch package of an update, in the characters of this format. New memory. */
	char *(*package_name)(const char *release, const char *id);
};

/*
 * Load the plugin of a package format ("deb") or the one of this machine (format NULL): of the packagers that the
 * machine has, the first whose plugin is installed. Stays loaded.
 */
int kmend_plugin_load(const char *format, const struct kmend_plugin **ret_plugin, struct kmend_error *error);

#endif
