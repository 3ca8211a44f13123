#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The corpus runner on wrong input, and the parts of it that need no kernel: diffs turned round, kernels found.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh
export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refuses NAME WORDS ARGUMENT...: exit status 2, and words on standard error
refuses() {
	local name=$1 words=$2 status
	shift 2
	tests/corpus/run "$@" --output "$work/out" >"$work/said" 2>&1 </dev/null
	status=$?
	tap_is "$name: exit status" "$status" 2
	tap_ok "$name: it says why" grep -qF "$words" "$work/said"
}

manifest() { mkdir -p "$work/$1" && cat >"$work/$1/manifest.json"; }

refuses "no such directory" "there is no directory" "$work/nowhere"
mkdir "$work/empty"
refuses "a directory without a manifest" "has no manifest.json, so it is no corpus" "$work/empty"
manifest cut <<<'[{"id": "x"'
refuses "a manifest that is cut off" "cannot be read" "$work/cut"
manifest object <<<'{"id": "x"}'
refuses "a manifest that is no list" "is not a list of patches" "$work/object"
manifest good <<<'[{"id": "x", "base": "deb-176-1", "direction": "forward"}]'
refuses "a patch that is not there" "has no patch nobody" tests/corpus/own --only nobody
refuses "a kernel that is not there" "there is no kernel '6.1.0-1-amd64' in the package sources; there are: " "$work/good" --kernel 6.1.0-1-amd64
refuses "a wrong number of jobs" "invalid number value" tests/corpus/own --jobs 0

# One bad patch is a result, not an end: no kernel of that version, no patch, a patch that is none.
manifest bad <<<'[{"id": "a", "cve": "CVE-1", "base": "deb-1-1", "direction": "forward"}, {"id": "b", "base": "deb-176-1", "direction": "forward"},
	{"id": "c", "base": "deb-176-1", "direction": "reverse"}, {"id": "d", "base": "v6.1", "direction": "reverse"},
	{"id": "e", "direction": "forward"}, {"id": "f", "base": "deb-176-1", "direction": "up"}, {"id": "../c", "base": "deb-176-1", "direction": "reverse"},
	{"id": "a", "cve": ["CVE-1", "CVE-2"], "base": "deb-1-1", "direction": "forward"}, "x", {"base": "deb-176-1", "file": "../x"}]'
echo "no diff" >"$work/bad/c.patch"
tests/corpus/run "$work/bad" --output "$work/out" >"$work/said" 2>&1 </dev/null
tap_is "bad patches: exit status" $? 1
tap_is "each has its error" "$(python3 - "$work/out/results.json" <<'END'
import json, sys
for result in json.load(open(sys.argv[1])):
    print(sorted(result) == sorted("cve base direction verdict reasons targets functions created applied reversed seconds error".split()), result["error"][:40].rstrip())
END
)" "True no kernel package has the version 6.1.1-
True FileNotFoundError: [Errno 2] No such fil
True DiffError: it holds no unified diff
True the base 'v6.1' is no version of a kerne
True the manifest does not say on which base
True the direction 'up' is neither 'forward'
True FileNotFoundError: [Errno 2] No such fil
True no kernel package has the version 6.1.1-
True entry 9 of manifest.json is not an objec
True FileNotFoundError: [Errno 2] No such fil"
tap_is "each has a place of its own" "$(cd "$work/out/work" && echo *)" "a a-2 b c c-2 d e entry-10 entry-9 f"

# What a base may be called.
tap_is "bases" "$(python3 -c 'import sys; sys.path.insert(0, "tests/corpus/lib"); import kernels
for base in ("deb-192-1", "deb-6.1.192-1", "deb12-192-2", "6.12.3-1~bpo12+1", "v6.1.192", "192", "linux", "deb-x-1"): print(kernels.version_of_base(base))')" \
	"6.1.192-1
6.1.192-1
6.1.192-2
6.12.3-1~bpo12+1
6.1.192
6.1.192
None
None"
tap_ok "there is a page" grep -q '</html>' "$work/out/index.html"
tap_ok "which needs no network" bash -c "! grep -qE '(src|href)=|https?://|@import|url\(' $work/out/index.html"
tap_ok "and is well-formed" python3 -c 'import sys, xml.dom.minidom as m; t = open(sys.argv[1], encoding="utf-8").read(); [m.parseString(s.split("</svg>")[0].join(["<svg ", "</svg>"])) for s in t.split("<svg ")[1:]]; assert t.count("<svg ") == 4' "$work/out/index.html"

# A diff turned round undoes the diff, whatever is in it.
mkdir "$work/tree" "$work/tree/sub"
seq 1 40 >"$work/tree/numbers"
printf 'no newline' >"$work/tree/sub/last"
echo gone >"$work/tree/gone"
cp -r "$work/tree" "$work/amended"
sed -i -e 3d -e '20s/.*/twenty\nand more/' -e '$a end' "$work/amended/numbers"
printf 'still none' >"$work/amended/sub/last"
rm "$work/amended/gone"
echo fresh >"$work/amended/fresh"
(cd "$work" && git diff --no-index tree amended) | sed -e 's# [ab]/\(tree\|amended\)/# a/#g; s#^+++ a/#+++ b/#; s#^\(diff --git a/[^ ]*\) a/#\1 b/#' >"$work/forward.diff"
{ printf 'Subject: a mail\n\n--- not a diff\n'; cat "$work/forward.diff"; printf -- '-- \n2.39\n'; } >"$work/mail"
turned() { python3 -c 'import sys; sys.path.insert(0, "tests/corpus/lib"); import diff; sys.stdout.write(diff.reverse(open(sys.argv[1]).read()))' "$1"; }
turned "$work/mail" >"$work/reverse.diff"
tap_ok "the diff applies" patch -d "$work/tree" -p1 -s -i "$work/forward.diff"
tap_ok "turned round, it applies to what came of it" patch -d "$work/tree" -p1 -s -E -i "$work/reverse.diff"
tap_is "and all is as it was" "$(cd "$work/tree" && find . -type f | sort | xargs sha256sum)" \
	"$(cd "$work" && mkdir before before/sub && seq 1 40 >before/numbers && printf 'no newline' >before/sub/last && echo gone >before/gone && cd before && find . -type f | sort | xargs sha256sum)"
tap_is "turned twice, it is what it was" "$(turned "$work/reverse.diff" | grep -c '^[-+]')" "$(grep -c '^[-+]' "$work/forward.diff")"

# As mails may have it: carriage returns, blanks lost, names without a/ and b/.
sed 's/$/\r/' "$work/mail" >"$work/crlf"
turned "$work/crlf" >"$work/reverse-crlf"
tap_ok "carriage returns of a mailer are left out" cmp "$work/reverse-crlf" "$work/reverse.diff"
printf -- '--- net/one.c\n+++ net/one.c\n@@ -1,4 +1,3 @@\n \n-b\n\tc\n d\n' | sed 's/^ $//' >"$work/odd"
tap_is "names without a/ and b/, and lost blanks" "$(turned "$work/odd" | tr '\n\t' '|>')" "--- net/one.c|+++ net/one.c|@@ -1,3 +1,4 @@| |+b| >c| d|"

# A picture in it is no part of what a kernel is built from.
{ printf 'diff --git a/x.png b/x.png\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZQz\n\n'; cat "$work/forward.diff"; } >"$work/picture"
turned "$work/picture" >"$work/reverse-picture"
tap_ok "binary data are left out" cmp "$work/reverse-picture" "$work/reverse.diff"

# A diff whose context has moved on is fitted to the source, and that is told.
mkdir -p "$work/cache/kmend/kernels/rel/source/net"
seq 1 30 >"$work/cache/kmend/kernels/rel/source/net/one.c"
printf -- '--- a/net/one.c\n+++ b/net/one.c\n@@ -8,7 +8,7 @@\n x\n 12\n 13\n-14\n+fourteen\n 15\n 16\n 17\n--- a/Documentation/none.rst\n+++ b/Documentation/none.rst\n@@ -1 +1 @@\n-a\n+b\n' >"$work/moved"
tap_is "a diff with fuzz is fitted" "$(XDG_CACHE_HOME=$work/cache python3 -c 'import sys; sys.path.insert(0, "tests/corpus/lib"); import refit
text, told = refit.fit(open(sys.argv[1]).read(), "rel"); print(text.count("\n"), "@@ -11,7 +11,7 @@\n 11\n 12" in text, "a/net/one.c" in text, "none" in text, len(told))' "$work/moved")" \
	"11 True True False 1"
tap_is "one that belongs nowhere is not" "$(sed 's/-14/-fifteen/' "$work/moved" >"$work/nowhere"; XDG_CACHE_HOME=$work/cache python3 -c 'import sys; sys.path.insert(0, "tests/corpus/lib"); import refit
print(refit.fit(open(sys.argv[1]).read(), "rel"))' "$work/nowhere")" "None"
tap_done
