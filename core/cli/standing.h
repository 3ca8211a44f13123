/* SPDX-License-Identifier: GPL-2.0 */
/* What the errata of a kernel mean for this machine: where each CVE stands. */
#ifndef KMEND_CLI_STANDING_H
#define KMEND_CLI_STANDING_H

#include "../apply/situation.h"
#include "../errata/errata.h"

/*
 * X(id, name, is it mended, text). The names go into JSON; a CVE has the first one that holds.
 */
#define KMEND_STANDINGS(X)                                                                               \
	X(LIVE, "live", true, "mended in the running kernel")                                            \
	X(PENDING, "pending", false, "its update is installed and waits; it is applied by itself")       \
	X(REFUSED, "refused", false, "its update is installed, but was refused; see 'kmend status'")     \
	X(HELD, "held", false, "its update is installed, but undone or switched off")                    \
	X(AVAILABLE, "available", false, "an update of it can be installed: 'kmend upgrade'")            \
	X(UNAFFECTED, "unaffected", true, "this kernel does not have the fault")                         \
	X(BUILDABLE, "buildable", false, "an update of it could be built, but nobody has published one") \
	X(NEEDS_CODE, "needs-code", false, "an update of it needs code that its author has to write")    \
	X(REBOOT, "reboot", false, "only a reboot into the new kernel mends it")                         \
	X(INSEPARABLE, "inseparable", false, "it cannot be told from other changes; a reboot mends it")  \
	X(UNKNOWN, "unknown", false, "nobody has looked whether an update is possible; a reboot mends it")

enum kmend_standing {
#define KMEND_STANDING_ENUM(id, name, mended, text) KMEND_STANDING_##id,
	KMEND_STANDINGS(KMEND_STANDING_ENUM)
#undef KMEND_STANDING_ENUM
		KMEND_NR_STANDINGS
};

struct kmend_standing_row {
	const char *name;
	bool is_mended;
	const char *text;
};
const struct kmend_standing_row *kmend_standing_row(enum kmend_standing standing);

/* Everything needed to say where CVEs stand. Zero-initialise; kmend_lacking_clear(). */
struct kmend_lacking {
	char *release;
	char *version;
	struct kmend_errata errata;   /* that the kernel lacks, oldest first, with what was found about their changes */
	struct kmend_picture picture; /* of the running kernel; empty for another one */
	struct kmend_strv available;  /* "PACKAGE VERSION" that can be installed */
	char *(*package_name)(const char *release, const char *id); /* the package manager's own; NULL: none is here */
	bool is_running;
	bool has_list; /* the errata are known at all */
};
void kmend_lacking_clear(struct kmend_lacking *lacking);
#define _cleanup_lacking_ _cleanup_(kmend_lacking_clear)

struct kmend_lacking_request {
	const char *release;	/* NULL: the running one */
	const char *version;	/* NULL: looked up */
	struct kmend_strv from; /* files of errata */
	bool refresh;		/* ask the package sources even if a list is installed */
	bool local;		/* never ask them: for what runs often */
	struct kmend_progress *progress;
};

/*
 * Learn what a kernel lacks: from files given, the list that its seed package installed, or the package sources.
 * No list at all is no error (has_list is false).
 */
int kmend_lacking_read(const struct kmend_machine *machine, const struct kmend_lacking_request *request,
		       struct kmend_lacking *ret_lacking, struct kmend_error *error);

/*
 * Is the running kernel the one that brings the fixes which another one gets by hotpatches? The sentence that says so (new
 * memory), or NULL.
 */
char *kmend_lacking_fixed_kernel(const struct kmend_machine *machine);

/* Where a CVE stands; *ret_update: id of the update that mends it (of the lacking's or the picture's), or NULL. */
enum kmend_standing kmend_standing_of(const struct kmend_lacking *lacking, const char *cve, const char **ret_update);

/* The severity of a CVE: of errata that speak of it alone. */
enum kmend_severity kmend_lacking_severity(const struct kmend_lacking *lacking, const char *cve);

/* How many CVEs stand how, each counted once; ret_counts has KMEND_NR_STANDINGS. Returns their number. */
size_t kmend_standing_count(const struct kmend_lacking *lacking, const struct kmend_strv *cves, size_t *ret_counts);

/* All CVEs of all errata, each once, in their order. */
void kmend_lacking_cves(const struct kmend_lacking *lacking, struct kmend_strv *ret_cves);

/*
 * The newest version all of whose CVEs are mended here: what the running kernel is as good as. New memory; *ret_release:
 * its release where that is known, else the running one.
 */
char *kmend_lacking_effective(const struct kmend_lacking *lacking, char **ret_release);

#endif
