# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of the rpm plugin share. Source it first.

# shellcheck source=tests/plugins/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
if [[ ! -e $BUILD/plugins/rpm/kmend-rpm.so ]]; then
	echo "1..0 # kmend-rpm.so is not built: librpm is not installed"
	exit 0
fi
command -v rpmbuild >/dev/null || { echo "1..0 # rpmbuild is not installed"; exit 0; }
cd "$WORK" || exit 1

# No configuration but rpm's own, and a database of our own.
export HOME=$WORK RPM_DBPATH=$WORK/db
printf '%%_dbpath %s\n%%_rpmlock_path %s/.rpm.lock\n' "$RPM_DBPATH" "$RPM_DBPATH" >"$WORK/.rpmmacros"

# member RPM PATH: one file of a package
member() { rpm2cpio "$1" | bsdtar -xOf - ".$2"; }
