// SPDX-License-Identifier: GPL-2.0
/* Kernel configurations: values, and which differences count. */
#include <string.h>

#include "core/kernel/config.h"
#include "tap.h"

static const char theirs[] = "# Linux\nCONFIG_A=y\nCONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian) 12\"\n"
			     "# CONFIG_B is not set\nCONFIG_DEBUG_INFO_BTF=y\nCONFIG_PAHOLE_VERSION=124\n";

static void differs(const char *what, const char *ours, enum kmend_status status, const char *line)
{
	struct kmend_error error = { 0 };

	ok(kmend_config_compare(theirs, ours, &error) < 0 && error.status == status && strstr(error.detail, line),
	   "%s: %s", what, error.message);
}

int main(void)
{
	_cleanup_free_ char *text = kmend_config_value(theirs, "CONFIG_CC_VERSION_TEXT");
	_cleanup_free_ char *off = kmend_config_value(theirs, "CONFIG_B"),
			    *part = kmend_config_value(theirs, "CONFIG_CC");
	_cleanup_free_ char *pinned = kmend_config_pin(theirs), *kept = kmend_config_pin("CONFIG_GCC_PLUGINS=y\n");

	is(text, "gcc-12 (Debian) 12", "a text without its quotes");
	is(off, NULL, "what is not set has no value");
	is(part, NULL, "a part of a name is no name");
	ok(strstr(pinned, "# CONFIG_GCC_PLUGINS is not set\n"), "plugins are kept off");
	ok(!strstr(kept, "# CONFIG_GCC_PLUGINS"), "unless the distribution has them on");
	ok(!kmend_config_compare(
		   theirs,
		   "CONFIG_DEBUG_INFO_BTF=y\nCONFIG_PAHOLE_VERSION=125\nCONFIG_RUSTC_VERSION=109500\nCONFIG_A=y\n# CONFIG_Z is not set\n"
		   "CONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian) 12\"",
		   NULL),
	   "order, comments and harmless symbols do not count");
	differs("another compiler", "CONFIG_DEBUG_INFO_BTF=y\nCONFIG_A=y\nCONFIG_CC_VERSION_TEXT=\"gcc-13\"\n",
		KMEND_STATUS_WRONG_COMPILER, "+CONFIG_CC_VERSION_TEXT=\"gcc-13\"");
	differs("no pahole", "CONFIG_A=y\nCONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian) 12\"\n", KMEND_STATUS_FAILURE,
		"-CONFIG_DEBUG_INFO_BTF=y");
	differs("another value", "CONFIG_DEBUG_INFO_BTF=y\nCONFIG_A=m\nCONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian) 12\"\n",
		KMEND_STATUS_WRONG_SOURCE, "-CONFIG_A=y");
	return done_testing();
}
