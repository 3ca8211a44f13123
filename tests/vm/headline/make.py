#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
make.py CHANGES OLD-SOURCE NEW-SOURCE OUT [CVE...]: a small git tree (OUT/tree) and CVE records (OUT/records) out of two
versions of the kernel's source. They stand for a clone of the stable tree and the kernel CNA's records, of which a vendor has
the real ones: each change is all that happened to one file, under the CVE whose line in the changelog speaks of that file.
With CVEs, only those.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

OLD, NEW = "v6.1.176", "v6.1.187"


def main():
    changes = json.load(open(sys.argv[1], encoding="utf-8"))
    old, new, out = (pathlib.Path(argument) for argument in sys.argv[2:5])
    if sys.argv[5:]:
        changes = [change for change in changes if change["cve"] in sys.argv[5:]]
    tree, records = out / "tree", out / "records"
    for directory in (tree, records):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        environment.update({f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.org", f"GIT_{who}_DATE": "2026-01-01T00:00:00Z"})

    def git(*words):
        return subprocess.run(["git", "-C", str(tree), *words], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    git("init", "-q")
    for change in changes:
        (tree / change["file"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(old / change["file"], tree / change["file"])
    git("add", "-A")
    git("commit", "-qm", f"Linux {OLD}")
    git("tag", OLD)
    for change in changes:
        shutil.copy(new / change["file"], tree / change["file"])
        git("add", "-A")
        git("commit", "-qm", change["subject"])
        affected = [{"product": "Linux", "programFiles": [change["file"]],
                     "versions": [{"version": "1da177e4c3f4", "lessThan": git("rev-parse", "HEAD"), "status": "affected", "versionType": "git"}]}]
        record = {"dataType": "CVE_RECORD", "cveMetadata": {"cveId": change["cve"]},
                  "containers": {"cna": {"title": change["subject"], "affected": affected}}}
        (records / f'{change["cve"]}.json').write_text(json.dumps(record), encoding="utf-8")
    git("tag", NEW)
    print(f"{len(changes)} changes")


main()
