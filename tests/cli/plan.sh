#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend errata and kmend plan on files: a small git tree, CVE records, a catalogue and two source trees of its own.
# Nothing is compiled and nothing is downloaded. Prints TAP.
# shellcheck disable=SC2317,SC2012,SC2016 # functions are called by name; names are tame; the inner shell expands
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
TOP=$PWD
KMEND=$PWD/${BUILD:-build}/core/cli/kmend
WORK=$(mktemp -d "${TMPDIR:-/tmp}/kmend-test-plan.XXXXXX") || exit
[[ -n ${KEEP-} ]] || trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit
export KMEND_TEST_ROOT=$WORK/root XDG_CACHE_HOME=$WORK/cache
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_CONFIG_GLOBAL=/dev/null

put() { mkdir -p "$KMEND_TEST_ROOT/$(dirname "$1")" && printf '%s\n' "$2" >"$KMEND_TEST_ROOT/$1"; }
put proc/sys/kernel/osrelease 6.1.0-50-amd64
put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.10-1 (2026-07-02)'
put proc/sys/kernel/random/boot_id 11111111-2222-3333-4444-555555555555
put proc/cmdline quiet

# look EXPRESSION: on the JSON in `out`, as o; change(ID) finds a change
look() {
	python3 -c '
import json, sys
o = json.load(open("out"))
change = lambda name: [c for c in o["changes"] if c["id"] == name][0]
cve = lambda name: [c for c in o["cves"] if c["cve"] == name][0]
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1"
}

# A history: two functions in one file, a header that another file follows, and what only some need.
git init -q tree && cd tree || exit
mkdir -p net/a net/b drivers/c include/net
seq -f 'int first_%g;' 20 >net/a/one.c
printf 'int two(void)\n{\n\treturn 2;\n}\n' >net/a/two.c
printf 'int old_helper(int x);\n' >include/net/helper.h
printf '#include <net/helper.h>\nint user(void)\n{\n\treturn old_helper(1);\n}\n' >net/b/user.c
printf 'int lone(void)\n{\n\treturn 0;\n}\n' >drivers/c/lone-driver.c
git add -A && git commit -qm 'Linux 6.1.10' && git tag v6.1.10
commit() { git add -A && git commit -qm "$1" && git rev-parse HEAD; }
sed -i 's/first_2;/first_two;/' net/a/one.c
A=$(commit 'a: one: mend the second (upstream 1)')
sed -i 's/first_two;/first_zwei;/' net/a/one.c
commit 'a: one: mend it again' >/dev/null
sed -i 's/return 2/return 22/' net/a/two.c
C=$(commit 'a: two: return twice as much')
sed -i 's/old_helper(int x)/new_helper(int x, int y)/' include/net/helper.h
sed -i 's/old_helper(1)/new_helper(1, 2)/' net/b/user.c
D=$(commit 'net: helper: pass the second, too')
sed -i 's/return 0/return 7/' drivers/c/lone-driver.c
E=$(commit 'c: lone-driver: lone() has to return seven')
git tag v6.1.12
cd .. || exit
git -C tree archive --prefix=old/ v6.1.10 | tar x
git -C tree archive --prefix=new/ v6.1.12 | tar x

cat >changelog <<'EOT'
linux (6.1.12-1) bookworm-security; urgency=high

  * New upstream stable update:
    https://www.example.org/ChangeLog-6.1.12
    - a: one: mend the second (upstream 1)
    - a: one: mend it again (CVE-2026-1002)
    - a: two: return twice as much (CVE-2026-1003)
    - net: helper: pass the second, too (CVE-2026-1004)
    - c: lone-driver: lone() has to return seven (CVE-2026-1005)
    - [arm64] only: there (CVE-2026-1006)
    - nowhere: nothing is like this (CVE-2026-1007)

 -- A <a@example.org>  Mon, 03 Aug 2026 20:40:40 +0200

linux (6.1.10-1) bookworm; urgency=medium

  * old (CVE-2020-0001)

 -- A <a@example.org>  Mon, 03 Aug 2025 20:40:40 +0200
EOT
mkdir records
record() { # CVE COMMIT SEVERITY FILE...
	python3 -c '
import json, sys
cve, commit, severity, *files = sys.argv[1:]
json.dump({"dataType": "CVE_RECORD", "cveMetadata": {"cveId": cve}, "containers": {"cna": {"title": cve,
  "affected": [{"product": "Linux", "versions": [{"version": "1da177e4c3f4", "lessThan": commit, "status": "affected", "versionType": "git"}],
                "programFiles": files}],
  "metrics": [{"cvssV3_1": {"baseSeverity": severity}}],
  "references": [{"url": "https://git.example.org/stable/c/" + "f" * 40}]}}}, open("records/" + cve + ".json", "w"))' "$@"
}
record CVE-2026-1003 "$C" HIGH net/a/two.c
record CVE-2026-1004 "$D" MEDIUM include/net/helper.h net/b/user.c

plan() { "$KMEND" plan --kernel 6.1.0-50-amd64 --version 6.1.10-1 --source old --no-assess --json --quiet --output plan "$@" >out 2>err; }

# errata
errata() { "$KMEND" errata --json "$@" >out 2>err; }
errata --from changelog
tap_ok "errata: one erratum with six CVEs is lacking" look 'len(o["errata"]) == 1 and len(o["cves"]) == 6'
tap_ok "errata: what nobody looked at is unknown" look 'cve("CVE-2026-1003")["state"] == "unknown"'
"$KMEND" errata --from changelog >text 2>err
tap_ok "errata: tells it to people" grep -q '^Linux 6.1.0-50-amd64 (6.1.10-1) lacks 1 erratum with 6 CVEs: 6 unknown' text
"$KMEND" errata >text 2>err
tap_ok "errata: nothing is known without a list" grep -q 'nothing is known' text
head -c 300 "$KMEND" >junk
"$KMEND" errata --from junk >text 2>err
tap_is "errata: a wrong file has its status" $? 21

# what speaks of all releases of a distribution
cat >advisories <<'EOT'
[07 Sep 2026] DSA-1-1 linux - security update
	{CVE-2026-1002}
	[bullseye] - linux 5.10.99-1
	[bookworm] - linux 6.1.13-1
	[bookworm] - linux 6.1.12-1
	[bookworm] - linux 6.1.9-1
	[trixie] - linux 6.12.5-1
[08 Sep 2026] DSA-2-1 linux - security update
	{CVE-2026-1003}
	[trixie] - linux 6.12.7-1
EOT
errata --from advisories
tap_ok "errata: of an advisory the kernel's own series counts" look '[(e["id"], e["fixed"]) for e in o["errata"]] == [("DSA-1-1", "6.1.12-1")] and [c["cve"] for c in o["cves"]] == ["CVE-2026-1002"]'
cat >tracker.json <<'EOT'
{"linux": {"CVE-2026-1002": {"releases": {"bullseye": {"status": "resolved", "fixed_version": "5.10.99-1", "urgency": "low"},
  "bookworm": {"status": "resolved", "fixed_version": "6.1.12-1", "urgency": "high"}, "sid": {"status": "resolved", "fixed_version": "6.19.3-1"}}},
 "CVE-2026-1003": {"releases": {"bookworm": {"status": "open"}, "sid": {"status": "resolved", "fixed_version": "6.19.4-1"}}},
 "CVE-2026-1004": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "6.1.9-1"}, "sid": {"status": "resolved", "fixed_version": "6.19.4-1"}}}}}
EOT
errata --from tracker.json
tap_ok "errata: of the tracker's, too" look '[(e["id"], e["fixed"]) for e in o["errata"]] == [("CVE-2026-1002", "6.1.12-1")] and cve("CVE-2026-1002")["severity"] == "important"'
errata --from tracker.json --version 6.18.1-1
tap_ok "errata: a series that it does not know is left as it is" look 'len(o["errata"]) == 3'

# what vendors may write
printf 'linux (6.1.12-1~bpo12+1) bookworm; urgency=high\n\n  * first: without a name\n  * a: \033[31mred\ttab \377\302\233 (CVE-2026-1002)\n\n -- A <a@example.org>  Mon, 03 Aug 2026 20:40:40 +0200\n' >strange
plan --from strange --to-source new --all
tap_ok "plan: what a changelog says becomes lines" look "change('CVE-2026-1002')['subject'] == 'a:  [31mred tab ?  '"
tap_ok "plan: a version's ~ does not come into ids" look "change('6.1.12-1_bpo12+1-0001')"
tap_ok "plan: so its list can be read back" "$KMEND" errata --from plan/plan.json --quiet
sed 's|~bpo12+1|/../../../../x|' strange >far
plan --from far --to-source new --all
tap_is "plan: what is no version names nothing" $? 21
printf '%s\n' '{"id": "X-1\u001b[1m", "summary": "two\nlines", "published": "9999999-01-01T00:00:00Z", "aliases": ["CVE-2026-1002"], "affected": [{"package": {"name": "linux"}, "ranges": [{"events": [{"fixed": "6.1.12-1"}]}]}]}' >osv
"$KMEND" errata --from osv >text 2>err
tap_ok "errata: an id does not reach the terminal as it is" bash -c 'grep -q "^X-1 .1m" text && ! grep -q "$(printf "\033")" text'

# git
plan --from changelog --git tree --cve-records records
tap_is "plan: by git" $? 0
tap_ok "plan: a record's commit" look "change('CVE-2026-1003')['origin'] == 'commit $C' and change('CVE-2026-1003')['evidence'] == 'commit'"
tap_ok "plan: a subject's commit" look "change('CVE-2026-1005')['origin'] == 'commit $E'"
tap_ok "plan: a commit that does not apply alone sits on what it needs" look "[change(d)['origin'] for d in change('CVE-2026-1002')['depends']] == ['commit $A']"
tap_ok "plan: others sit on nothing" look "change('CVE-2026-1003')['verdict'] == 'unknown' and not change('CVE-2026-1003')['depends']"
tap_ok "plan: what is not there is inseparable, with a reason" look "change('CVE-2026-1007')['verdict'] == 'inseparable' and change('CVE-2026-1007')['reasons']"
tap_ok "plan: severities come from the records" look "o['errata'][0]['severity'] == 'important'"
tap_ok "plan: the diff is the commit's" cmp -s plan/diffs/CVE-2026-1003.diff <(git -C tree diff-tree -p --no-renames --full-index --no-commit-id "$C")
tap_ok "plan: its list can be read back" "$KMEND" errata --from plan/plan.json --quiet
plan --from changelog --git tree --cve CVE-2026-1005
tap_ok "plan: only one CVE" look "[c['id'] for c in o['changes']] == ['CVE-2026-1005']"
plan --from changelog --git old
tap_is "plan: a directory that is no clone" $? 64
tap_ok "is told to be none" grep -q 'old is no clone' err
git clone -q --depth 1 --branch v6.1.12 "file://$WORK/tree" shallow 2>/dev/null
plan --from changelog --git shallow
tap_is "plan: a clone without the older tag" $? 64
tap_ok "is told which, and how to get it" grep -q 'lacks the tag v6.1.10.*git -C shallow fetch --tags' <(tr '\n' ' ' <err)
git -C shallow fetch -q --depth 1 origin tag v6.1.10
plan --from changelog --git shallow --cve-records records
tap_is "plan: a shallow clone with both, and nothing between them" $? 64
tap_ok "is told so" grep -q 'fetch --unshallow' err
mkdir others
sed 's/"product": "Linux"/"product": "Hurd"/' records/CVE-2026-1003.json >others/CVE-2026-1003.json
sed 's/return twice as much/do something/' changelog >words
plan --from words --git tree --cve-records records --cve CVE-2026-1003
tap_ok "plan: a record names the commit, whatever the changelog says" look "change('CVE-2026-1003')['origin'] == 'commit $C'"
plan --from words --git tree --cve-records others --cve CVE-2026-1003
tap_ok "plan: one of another product does not" look "change('CVE-2026-1003')['verdict'] == 'inseparable'"
sed "s/$C/$(printf '0%.0s' {1..40})/" records/CVE-2026-1003.json >others/CVE-2026-1003.json
plan --from words --git tree --cve-records others --cve CVE-2026-1003
tap_ok "plan: a commit that is not there makes no diff" look "change('CVE-2026-1003')['verdict'] == 'inseparable' and change('CVE-2026-1003')['reasons']"
echo '{"dataType":' >others/CVE-2026-1003.json
plan --from changelog --git tree --cve-records others --cve CVE-2026-1003
tap_is "plan: a record that is no JSON" $? 21
tap_ok "is named" grep -q 'others/CVE-2026-1003.json' err

# cutting
plan --from changelog --to-source new --cve-records records
tap_ok "plan: a record's files" look "change('CVE-2026-1004')['evidence'] == 'record' and sorted(change('CVE-2026-1004')['files']) == ['include/net/helper.h', 'net/b/user.c']"
tap_ok "plan: a wording alone is not taken" look "change('CVE-2026-1005')['verdict'] == 'inseparable' and change('CVE-2026-1005')['reasons'][0].startswith('listed-only')"
tap_ok "plan: two lines that speak of one file are told" look "change('CVE-2026-1002')['verdict'] == 'inseparable'"
tap_ok "plan: another architecture is no matter" look "change('CVE-2026-1006')['verdict'] == 'no-change'"
plan --from changelog --to-source new --by-listing
tap_ok "plan: by listing, if that is asked for" look "change('CVE-2026-1005')['evidence'] == 'listing' and change('CVE-2026-1005')['files'] == ['drivers/c/lone-driver.c']"
tap_ok "plan: a header goes with who follows it" look "set(change('CVE-2026-1004')['files']) in (set(), {'include/net/helper.h', 'net/b/user.c'})"

# answers that were kept
mkdir -p headers/include/generated plan/verdicts
judge() { "$KMEND" plan --kernel 6.1.0-50-amd64 --version 6.1.10-1 --source old --to-source new --by-listing --from changelog --headers headers --cve CVE-2026-1005 --json --quiet --output plan >out 2>err; }
echo '{"status": 66, "answer": null}' >plan/verdicts/CVE-2026-1005.json
judge
tap_ok "plan: an answer about another diff is not used" look "change('CVE-2026-1005')['verdict'] == 'failed'"
rm plan/verdicts/*
judge
tap_ok "plan: what the machine lacks is told" look "change('CVE-2026-1005')['verdict'] == 'failed' and change('CVE-2026-1005')['reasons'][0].startswith('wrong-source')"
tap_ok "plan: but it is no answer about the change, and tried again" bash -c '! ls plan/verdicts/*'

# who can see a header: through another one, not at all, by a macro that may name any
mkdir -p {seen-old,seen-new}/{drivers/x,net/y,include/linux}
for tree in seen-old seen-new; do
	[[ $tree == seen-old ]] && type=int || type=long
	printf 'struct own {\n\t%s length;\n};\n' "$type" >$tree/drivers/x/own.h
	printf '#include "own.h"\n' >$tree/drivers/x/through.h
	printf '#include "through.h"\nint a(struct own *own)\n{\n\treturn own->length + sizeof(%s);\n}\n' "$type" >$tree/drivers/x/user.c
	printf '#include <linux/other.h>\nint b(struct other *other)\n{\n\treturn other->length + sizeof(%s);\n}\n' "$type" >$tree/net/y/stranger.c
	printf '#define WHICH "own.h"\n#include WHICH\nint c(struct other *other)\n{\n\treturn other->length - sizeof(%s);\n}\n' "$type" >$tree/net/y/macro.c
	printf 'struct other {\n\tint length;\n};\n' >$tree/include/linux/other.h
done
record CVE-2026-1002 "$A" LOW drivers/x/user.c
record CVE-2026-1003 "$C" LOW net/y/stranger.c
seen() { "$KMEND" plan --kernel 6.1.0-50-amd64 --version 6.1.10-1 --from changelog --source seen-old --to-source seen-new --cve-records records --no-assess --json --quiet --output plan >out 2>err; }
ln -s seen-old link-old
ln -s seen-new link-new
ln -s records link-records
for way in 'seen-old/ seen-new/ records/' 'link-old link-new link-records'; do
	read -r from to notes <<<"$way"
	"$KMEND" plan --kernel 6.1.0-50-amd64 --version 6.1.10-1 --from changelog --source "$from" --to-source "$to" --cve-records "$notes" --no-assess --json --quiet --output plan >out 2>err
	tap_ok "plan: the trees as $from and $to are cut alike" look "sorted(change('CVE-2026-1002')['files']) == ['drivers/x/own.h', 'drivers/x/user.c', 'net/y/macro.c']"
done
seen
tap_ok "plan: a header's members tie who sees it, also through others" look "sorted(change('CVE-2026-1002')['files']) == ['drivers/x/own.h', 'drivers/x/user.c', 'net/y/macro.c']"
tap_ok "plan: but not who uses the same name without seeing it" look "change('CVE-2026-1003')['files'] == ['net/y/stranger.c']"

# a catalogue
git -C tree diff "$E^" "$E" >lone.diff
sum=$(sha256sum <lone.diff | cut -d' ' -f1)
cat >catalogue.json <<EOT
{"schema": 1, "changes": [{"cves": ["CVE-2026-1005"], "diff": "lone.diff", "sha256": "$sum"},
                          {"cves": ["CVE-2026-1002"], "files": ["net/a/one.c"], "subject": "both of them"}]}
EOT
plan --from changelog --to-source new --catalogue catalogue.json
tap_ok "plan: a catalogue's diff" look "change('CVE-2026-1005')['evidence'] == 'catalogue'"
tap_ok "plan: a catalogue's files" look "change('CVE-2026-1002')['files'] == ['net/a/one.c'] and change('CVE-2026-1002')['subject'] == 'both of them'"
sed -i "s/$sum/${sum//[0-4]/f}/" catalogue.json
plan --from changelog --to-source new --catalogue catalogue.json
tap_is "plan: another diff than was reviewed is refused" $? 20
echo '{"schema": 1, "changes": [{"cves": ["x"]}]}' >catalogue.json
plan --from changelog --to-source new --catalogue catalogue.json
tap_is "plan: a wrong catalogue has its status" $? 21
# kmend build day by day: nothing is compiled, since nothing can be told apart
cp changelog daily
build() { KMEND_PLUGIN_PATH=${KMEND_PLUGIN_PATH:-$TOP/${BUILD:-build}/plugins/dpkg} "$KMEND" build --kernel 6.1.0-50-amd64 --version 6.1.10-1 --source empty-old --to-source empty-new --from daily --output repository --quiet "$@" >out 2>err || sed 's/^/# /' err; }
told() { grep -o 'tr id="CVE-[-0-9]*"' repository/index.html | cut -d'"' -f2 | tr '\n' ' '; }
add() { sed -i "0,/  \* /s//  * new: nobody knows it ($1)\n&/" daily; }
mkdir empty-old empty-new
echo 1 >empty-old/Makefile
echo 2 >empty-new/Makefile
build
tap_ok "build: the errata of the day" test "$(told | wc -w)" = 6
add CVE-2026-1101
build
tap_ok "build: new ones come the next day" test "$(told | wc -w)" = 7
build --cve CVE-2026-1101
tap_is "build: never with the plan of something else" "$(told)" "CVE-2026-1101 "
SOURCE_DATE_EPOCH=99999999999999 build
tap_ok "build: what is no date is none" grep -q ',  3 August 2026\.' repository/index.html

"$KMEND" plan --kernel 6.1.0-50-amd64 --to ../x >out 2>err
tap_is "plan: a wrong version" $? 64
tap_done
