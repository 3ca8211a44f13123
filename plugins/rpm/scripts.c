// SPDX-License-Identifier: GPL-2.0
/*
 * Scriptlets of a hotpatch package.
 *
 * rpm upgrades in this order: the new version's files, its %post (with 2), the old version's %preun (with 1), the files
 * that only the old one has. So %post has all to do, and compares: the same module stays applied untouched, another one
 * is exchanged (kmend apply --from-package); %preun acts on the last erasure only (0). A failing %post would neither
 * undo the installation nor change rpm's exit status, so it says what is wrong and succeeds; a failing %preun keeps the
 * package. rpm runs them within --root, where kmend sees that the running kernel is not that system's, and not for
 * --test; after --noscripts the timer's kmend reconcile makes good.
 *
 * If the transaction plugin (kmend.so) is at work, it applies all that a transaction brings at its end, in one stop; it
 * sets KMEND_TRANSACTION, and %post leaves it to it.
 */
#include <string.h>

#include "spec.h"

/* @ID@ and @RELEASE@ hold no character that a shell or rpm's macros would take for their own (kmend_id_is_valid()). */
static const char scripts[] = //
	"%post\n"
	"# Apply the update to the running kernel. If that fails the package is installed all the same:\n"
	"# it is tried again later, and kmend status tells.\n"
	"[ -z \"$KMEND_TRANSACTION\" ] || exit 0\n"
	"if ! command -v kmend >/dev/null; then\n"
	"    echo \"kmend: update @ID@ is installed, but not applied: there is no kmend here\" >&2\n"
	"elif ! kmend apply --from-package '@ID@' --release '@RELEASE@'; then\n"
	"    echo \"kmend: update @ID@ is installed, but not applied: see kmend status\" >&2\n"
	"fi\n"
	"exit 0\n"
	"\n"
	"%preun\n"
	"# Reverse the update before its files go. If the kernel cannot be changed back now, the package stays.\n"
	"# On an upgrade (1) the new version's scriptlet has already exchanged the update.\n"
	"[ \"$1\" = 0 ] || exit 0\n"
	"if command -v kmend >/dev/null; then\n"
	"    exec kmend undo --from-package '@ID@' --release '@RELEASE@'\n"
	"elif [ \"$(cat '/sys/kernel/kmend/@ID@/state' 2>/dev/null)\" = applied ]; then\n"
	"    echo \"kmend: update @ID@ is applied, and there is no kmend to reverse it\" >&2\n"
	"    exit 1\n"
	"fi\n"
	"exit 0\n";

void kmend_spec_add_scripts(struct kmend_spec *spec, const char *release, const char *id)
{
	for (const char *text = scripts; *text;) {
		if (kmend_starts_with(text, "@ID@")) {
			kmend_buffer_addf(&spec->scripts, "%s", id);
			text += strlen("@ID@");
		} else if (kmend_starts_with(text, "@RELEASE@")) {
			kmend_buffer_addf(&spec->scripts, "%s", release);
			text += strlen("@RELEASE@");
		} else {
			kmend_buffer_add(&spec->scripts, text++, 1);
		}
	}
}
