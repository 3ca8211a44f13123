// SPDX-License-Identifier: GPL-2.0
/*
 * Maintainer scripts of a hotpatch package.
 *
 * dpkg upgrades in this order: old prerm "upgrade", unpack, new postinst "configure". At the old prerm nobody knows yet
 * what the new version holds, so it does nothing; the new postinst compares what is applied with what is now
 * installed: the same module stays applied untouched, another one is reversed and the new one applied
 * (kmend apply --from-package). So an unchanged fix is never taken away, and there is no moment without one that the
 * switch itself does not need.
 */
#include <string.h>

#include "package.h"

/* @ID@ and @RELEASE@ hold no character that a shell would take for its own (kmend_id_is_valid()). */
static const struct {
	const char *name;
	const char *text;
} scripts[] = {
	{ "postinst", "#!/bin/sh\n"
		      "# Apply the update to the running kernel. If that fails the package is installed all the same:\n"
		      "# it is tried again later, and kmend status tells.\n"
		      "set -e\n"
		      "\n"
		      "case \"$1\" in\n"
		      "    configure|abort-upgrade|abort-remove|abort-deconfigure)\n"
		      "        if ischroot; then\n"
		      "            echo \"kmend: in a chroot: update @ID@ is installed, but not applied\"\n"
		      "        elif ! kmend apply --from-package '@ID@' --release '@RELEASE@'; then\n"
		      "            echo \"kmend: update @ID@ is installed, but not applied: see kmend status\" >&2\n"
		      "        fi\n"
		      "    ;;\n"
		      "\n"
		      "    *)\n"
		      "        echo \"postinst called with unknown argument '$1'\" >&2\n"
		      "        exit 1\n"
		      "    ;;\n"
		      "esac\n"
		      "\n"
		      "exit 0\n" },
	{ "prerm",
	  "#!/bin/sh\n"
	  "# Reverse the update before its files go. If the kernel cannot be changed back now, the package stays.\n"
	  "set -e\n"
	  "\n"
	  "applied() {\n"
	  "    [ \"$(cat '/sys/kernel/kmend/@ID@/state' 2>/dev/null)\" = applied ]\n"
	  "}\n"
	  "\n"
	  "case \"$1\" in\n"
	  "    remove)\n"
	  "        if command -v kmend >/dev/null; then\n"
	  "            kmend undo --from-package '@ID@' --release '@RELEASE@'\n"
	  "        elif applied; then\n"
	  "            echo \"kmend: update @ID@ is applied, and there is no kmend to reverse it\" >&2\n"
	  "            exit 1\n"
	  "        fi\n"
	  "    ;;\n"
	  "\n"
	  "    # The files stay, or the new version's postinst compares and exchanges the update.\n"
	  "    upgrade|failed-upgrade|deconfigure)\n"
	  "    ;;\n"
	  "\n"
	  "    *)\n"
	  "        echo \"prerm called with unknown argument '$1'\" >&2\n"
	  "        exit 1\n"
	  "    ;;\n"
	  "esac\n"
	  "\n"
	  "exit 0\n" },
	{ "postrm",
	  "#!/bin/sh\n"
	  "# Having this script, a removed package is remembered by dpkg until it is purged: so kmend can tell an\n"
	  "# update that was removed on purpose from one that was never installed.\n"
	  "set -e\n"
	  "\n"
	  "case \"$1\" in\n"
	  "    purge)\n"
	  "        if [ \"$(cat '/sys/kernel/kmend/@ID@/state' 2>/dev/null)\" != applied ]; then\n"
	  "            rm -f '/var/lib/kmend/record/@ID@.json'\n"
	  "        fi\n"
	  "    ;;\n"
	  "\n"
	  "    remove|upgrade|failed-upgrade|abort-install|abort-upgrade|disappear)\n"
	  "    ;;\n"
	  "\n"
	  "    *)\n"
	  "        echo \"postrm called with unknown argument '$1'\" >&2\n"
	  "        exit 1\n"
	  "    ;;\n"
	  "esac\n"
	  "\n"
	  "exit 0\n" },
};

static char *fill_in(const char *text, const char *release, const char *id)
{
	struct kmend_buffer buffer = { 0 };

	while (*text) {
		if (kmend_starts_with(text, "@ID@")) {
			kmend_buffer_addf(&buffer, "%s", id);
			text += strlen("@ID@");
		} else if (kmend_starts_with(text, "@RELEASE@")) {
			kmend_buffer_addf(&buffer, "%s", release);
			text += strlen("@RELEASE@");
		} else {
			kmend_buffer_add(&buffer, text++, 1);
		}
	}
	return buffer.data;
}

void kmend_package_add_scripts(struct kmend_deb *deb, const char *release, const char *id)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(scripts); i++) {
		_cleanup_free_ char *text = fill_in(scripts[i].text, release, id);

		kmend_deb_add_script(deb, scripts[i].name, text);
	}
}
