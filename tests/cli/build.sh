#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend build with a real kernel: two changes of one file, one on top of the other, one that changes no code, one that
# needs a reboot. Prints TAP.
# shellcheck disable=SC2317,SC2012,SC2016 # functions are called by name; names are tame; the inner shell expands
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
TOP=$PWD
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=tests/cluster.sh
. tests/cluster.sh
BUILD=${BUILD:-build}
KMEND=$PWD/$BUILD/core/cli/kmend
export KMEND_PLUGIN_PATH=${KMEND_PLUGIN_PATH:-$PWD/$BUILD/plugins/dpkg} KMEND_DATA_PATH=${KMEND_DATA_PATH:-$PWD}
RELEASE=6.1.0-50-amd64
headers=/usr/src/linux-headers-$RELEASE
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kmend
WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/kmend-test-build.XXXXXX") || exit
[[ -n ${KEEP-} ]] || trap 'rm -rf "$WORK"' EXIT
source=$cache/kernels/$RELEASE/source
if [[ ! -d $source ]]; then
	# Any create fetches the materials.
	printf -- '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n' >"$WORK/none.diff"
	"$KMEND" assess "$WORK/none.diff" --kernel $RELEASE --quiet >/dev/null 2>&1
fi
[[ -d $source ]] || { echo "1..0 # the source of $RELEASE cannot be had"; exit 0; }
cd "$WORK" || exit
: "${headers:?}"

# edit NAME FILE SCRIPT: a diff, on top of those of the same file before
mkdir tree
edit() {
	mkdir -p "tree/$(dirname "$2")"
	[[ -f tree/$2 ]] || cp "$source/$2" "tree/$2"
	cp "tree/$2" old
	sed -i "$3" "tree/$2"
	diff -u --label "a/$2" --label "b/$2" old "tree/$2" >"$1.diff"
	test -s "$1.diff"
}
tap_ok "diffs are made" eval \
	"edit first net/unix/af_unix.c 's/amount = unix_outq_len(sk);/amount = unix_outq_len(sk) + 1;/' &&
	edit second net/unix/af_unix.c 's/amount = unix_inq_len(sk);/amount = unix_inq_len(sk) + 2;/' &&
	edit comment kernel/utsname.c '1s/\$/ \/* no code *\//' &&
	edit boot block/bdev.c 's/Cannot create bdev pseudo-fs/Cannot create the bdev pseudo-fs/'"
entry() { printf '{"cves": ["%s"], "diff": "%s.diff", "sha256": "%s"}' "$1" "$2" "$(sha256sum <"$2.diff" | cut -d' ' -f1)"; }
echo "{\"schema\": 1, \"changes\": [$(entry CVE-2026-2001 first), $(entry CVE-2026-2002 second), $(entry CVE-2026-2003 comment), $(entry CVE-2026-2004 boot)]}" >catalogue.json
cat >changelog <<'EOT'
linux (6.1.999-1) bookworm-security; urgency=high

  * unix: mend the first (CVE-2026-2001)
  * unix: <b>mend</b> the second (CVE-2026-2002)
  * utsname: only words (CVE-2026-2003)
  * bdev: only at boot (CVE-2026-2004)
  * nothing: known (CVE-2026-2005)

 -- A <a@example.org>  Mon, 03 Aug 2026 20:40:40 +0200
EOT
mkdir new # a version to get to that has none of it: all comes from the catalogue
cp -r "$source/include/linux/../../Makefile" new/ 2>/dev/null
export GNUPGHOME=$WORK/gnupg
mkdir -m 700 gnupg
gpg --batch --quiet --passphrase '' --quick-generate-key test@example.org rsa2048 sign never 2>/dev/null

build() { # OUTPUT OPTION...
	"$KMEND" build --kernel $RELEASE --from changelog --catalogue catalogue.json --to-source "$source" --output "$1" \
		--maintainer 'T <t@example.org>' --key test@example.org --json --quiet "${@:2}" >out 2>err
}
look() {
	python3 -c '
import json, sys
o = json.load(open("out"))
change = lambda name: [c for k in o["kernels"] for c in k["changes"] if c["id"] == name][0]
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1"
}
build repository
tap_is "it builds" $? 0 || sed 's/^/# /' err
for claim in "CVE-2026-2001 hotpatch" "CVE-2026-2002 hotpatch" "CVE-2026-2003 no-change" "CVE-2026-2005 inseparable"; do
	tap_ok "$claim" look "change('${claim% *}')['verdict'] == '${claim#* }'"
done
tap_ok "what only ran at boot is no hotpatch" look "change('CVE-2026-2004')['verdict'] != 'hotpatch'"
tap_ok "the second sits on the first" look "change('CVE-2026-2002')['depends'] == ['CVE-2026-2001']"
tap_ok "all that is no hotpatch has a reason" look "all(c['reasons'] for c in o['kernels'][0]['changes'] if c['verdict'] != 'hotpatch')"
tap_is "packages" "$(cd repository && ls -- *.deb | tr '\n' ' ')" \
	"kmend-patch-$RELEASE-cve-2026-2001_1.0_amd64.deb kmend-patch-$RELEASE-cve-2026-2002_1.0_amd64.deb kmend-patches-${RELEASE}_1.20260803.2_amd64.deb "
tap_ok "the seed brings the list" bash -c "dpkg-deb --fsys-tarfile repository/kmend-patches-*.deb | tar -xO ./usr/lib/kmend/errata/$RELEASE.json | grep -q CVE-2026-2005"
tap_ok "the metadata is signed" bash -c 'gpg --batch --verify repository/InRelease 2>/dev/null'
tap_ok "apt reads the repository" bash -c "
	mkdir -p apt/lists/partial apt/cache/archives/partial && gpg --export test@example.org >key.gpg &&
	echo 'deb [signed-by=$WORK/key.gpg] file:$WORK/repository ./' >sources &&
	o='-oDir::Etc::SourceList=$WORK/sources -oDir::Etc::SourceParts=/dev/null -oDir::State=$WORK/apt -oDir::State::Lists=$WORK/apt/lists -oDir::Cache=$WORK/apt/cache -oAPT::Sandbox::User=root' &&
	apt-get \$o update && apt-cache \$o show kmend-patch-$RELEASE-cve-2026-2002 | grep -q '^SHA256'"
tap_ok "provenance names the package and what went in" python3 -c '
import hashlib, json
name = "kmend-patch-'$RELEASE'-cve-2026-2001_1.0_amd64.deb"
s = json.load(open("repository/" + name + ".intoto.json"))
assert s["subject"][0]["digest"]["sha256"] == hashlib.sha256(open("repository/" + name, "rb").read()).hexdigest()
assert len(s["predicate"]["buildDefinition"]["resolvedDependencies"]) > 3'
tap_ok "the page escapes what it quotes" bash -c "grep -q '&lt;b&gt;mend' repository/index.html && ! grep -q '<b>mend' repository/index.html"
find repository -type f ! -name InRelease -exec sha256sum {} + | sort >first.sums
rm -rf repository
build repository --work repository.work
tap_is "again, from what is there" $? 0
find repository -type f ! -name InRelease -exec sha256sum {} + | sort >second.sums
tap_ok "the same bytes" cmp first.sums second.sums
rm repository.work/*/updates/CVE-2026-2002.kmend
build repository
tap_ok "what is missing is made again, the same" bash -c "find repository -type f ! -name InRelease -exec sha256sum {} + | sort | cmp - first.sums"
if why=$(cluster_missing); then
	tap_skip "as jobs of a cluster" "$why"
else
	tap_ok "a cluster of one node" cluster_start "$WORK/cluster"
	build clustered --slurm --work "of jobs' own"
	tap_is "as jobs of a cluster" $? 0 || sed 's/^/# /' err
	cluster_stop
	tap_is "each change was a task" "$(printf '%s\n' "of jobs' own/$RELEASE"/wave-[01]-*.log | wc -l)" 4
	tap_is "that nothing stopped" "$(cat "of jobs' own/$RELEASE"/wave-*.log)" ""
	tap_ok "the same packages" bash -c 'for f in repository/*.deb; do cmp "$f" "clustered/$(basename "$f")" || exit; done'
fi
build repository
tap_ok "a version for each content, noted in the repository" bash -c "grep -qx 'deb kmend-patches-$RELEASE 1.20260803.2 0 [0-9a-f]*' repository/kmend-versions"
sed -i 's/the second (/the second well (/' changelog
build repository
tap_is "the changelog has other words, on the same day" $? 0 || sed 's/^/# /' err
tap_ok "they are in the plan" look "change('CVE-2026-2002')['subject'].endswith('the second well')"
tap_is "what changed has a higher version, what did not has none" \
	"$(cd repository && ls -- *-2002_*.deb *-2001_*.deb kmend-patches-*.deb | sed 's/.*[a-z0-9]_\(.*\)_.*/\1/' | sort -V | tr '\n' ' ')" \
	"1.0 1.0 1.0.1 1.20260803.2 1.20260803.2.1 "
build repository
tap_is "the same again" "$(cd repository && ls -- *.deb | wc -l)" 5

# Lists without any update, as deb and rpm.
sed -n '/^linux/,/^$/p; /nothing: known/,$p' changelog >lone
lone() {
	KMEND_PLUGIN_PATH=$KMEND_PLUGIN_PATH:$TOP/$BUILD/plugins/rpm "$KMEND" build --kernel $RELEASE --version 6.1.176-1 \
		--from lone --to-release 6.1.0-99-amd64 --catalogue catalogue.json --to-source "$source" --output lists --format "$1" --maintainer 'T <t@example.org>' --quiet >out 2>err
}
formats=deb && command -v rpmbuild >/dev/null && formats=deb,rpm
tap_ok "lists alone" lone $formats || sed 's/^/# /' err
sed -i 's/known/new/' lone
tap_ok "the release of the newest kernel, where it is given" grep -q '"to_release": *"6.1.0-99-amd64"' lists.work/$RELEASE/plan.json
tap_ok "another one of that day" lone $formats
tap_ok "once more" lone $formats
tap_ok "a higher version" test -e lists/kmend-patches-${RELEASE}_1.20260803.0.1_amd64.deb -a ! -e lists/kmend-patches-${RELEASE}_1.20260803.0.2_amd64.deb
if [[ $formats == deb ]]; then
	tap_skip "for rpm too" "there is no rpmbuild"
else
	tap_is "for rpm too" "$(cd lists && ls -- *.rpm | sed 's/.*-1\.2/1.2/; s/-1\.x86.*//' | sort -V | tr '\n' ' ')" "1.20260803.0 1.20260803.0.1 "
fi
sed -i 's/03 Aug 2026/02 Aug 2026/' lone
tap_ok "an older day, since something was withdrawn" lone deb
tap_ok "is higher all the same" test -e lists/kmend-patches-${RELEASE}_1.20260803.0.2_amd64.deb
echo 'deb x' >lists/kmend-versions
lone deb
tap_is "a damaged note of the versions is told" $? 20
build repository --module err
tap_is "a module that is none is refused" $? 26
build repository --to 6.1.5-1
tap_is "the work of another version is not mixed in" $? 64
"$KMEND" build --kernel $RELEASE >out 2>err
tap_is "no repository is named" $? 64
cd "$TOP" || exit
tap_done
