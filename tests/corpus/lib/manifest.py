# SPDX-License-Identifier: GPL-2.0
"""A corpus: DIR/manifest.json, a list of patches, and DIR/ID.patch beside it (or a recipe to cut it, see cut.py)."""
import hashlib
import json
import pathlib
import re

import cut
import diff

DIRECTIONS = ("forward", "reverse")


class CorpusError(Exception):
    """The corpus as a whole cannot be read; the text says what to do."""


class Patch:
    """@entry: as the manifest has it; @name: its id, made such that kmend takes it and no other patch has it."""

    def __init__(self, directory, entry, name):
        self.id = name
        self.cve = ", ".join(entry["cve"]) if _is_list_of_texts(entry.get("cve")) else _text(entry, "cve")
        self.base = _text(entry, "base")
        self.direction = _text(entry, "direction") or "forward"
        self.direction_of_text = self.direction
        self.subject = " ".join(str(entry.get("subject") or name).split()) or name
        self.cut = entry.get("cut") if isinstance(entry.get("cut"), dict) else None
        self.waive = [str(text) for text in entry.get("waive") or []] if isinstance(entry.get("waive"), list) else []
        self.path = _find(directory, entry, name)
        self.release = None
        self.problem = None  # why it cannot be tried at all
        if self.direction not in DIRECTIONS:
            self.problem = f"the direction '{self.direction}' is neither 'forward' nor 'reverse'"
        elif not self.base:
            self.problem = "the manifest does not say on which base it is to be tried"
        elif not self.path.resolve().is_relative_to(directory.resolve()):
            self.problem = "its file lies outside of the corpus"

    def amend(self, directory):
        """An author's own diff for this patch: DIR/ID.diff, and what he waives, a line each, in DIR/ID.waive."""
        if (directory / f"{self.id}.diff").is_file():
            self.path, self.cut, self.direction_of_text = directory / f"{self.id}.diff", None, "forward"
        if (directory / f"{self.id}.waive").is_file():
            lines = (directory / f"{self.id}.waive").read_text(encoding="utf-8").splitlines()
            self.waive = self.waive + [line for line in lines if line.strip() and not line.startswith("#")]

    def update_diff(self):
        """The text of the diff that is to be the update. Raises OSError, DiffError, CutError."""
        text = cut.make(self.cut) if self.cut else self.path.read_bytes().decode("utf-8", "surrogateescape")
        return diff.reverse(text) if self.direction_of_text == "reverse" else text

    def cves(self):
        return list(dict.fromkeys(re.findall(r"CVE-\d{4}-\d{4,}", self.cve)))

    def reaches_far(self):
        """Whether it changes a header: many units may have to be compiled then."""
        try:
            return any(part.path.endswith(".h") for part in diff.parse(self.update_diff()))
        except (OSError, diff.DiffError, cut.CutError):
            return False

    def key(self, *further):
        digest = hashlib.sha256()
        source = json.dumps(self.cut).encode() if self.cut else self.path.read_bytes() if self.path.is_file() else b""
        for part in (source, self.direction_of_text, self.release or "", json.dumps(self.waive), *further):
            digest.update(hashlib.sha256(part if isinstance(part, bytes) else str(part).encode()).digest())
        return digest.hexdigest()


def _text(entry, name):
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _is_list_of_texts(value):
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _find(directory, entry, name):
    """The patch's file: what the manifest calls so, or named after its id or CVE."""
    named = [_text(entry, field) for field in ("patch", "file", "path")]
    called = [word + end for word in (_text(entry, "id"), name, _text(entry, "cve")) if word for end in (".patch", ".diff")]
    for word in [word for word in named + called if word]:
        try:
            if (directory / word).is_file():
                return directory / word
        except (OSError, ValueError):
            continue
    return directory / f"{name}.patch"


def _name(entry, number, taken):
    """An id that kmend takes, as like the manifest's as can be."""
    words = _text(entry, "id") or _text(entry, "cve") or f"entry-{number}"
    words = re.sub(r"[^A-Za-z0-9._+-]+", "-", words).lstrip("._+-")[:63] or f"entry-{number}"
    name, further = words, 2
    while name in taken:
        name, further = f"{words[:58]}-{further}", further + 1
    return name


def read(directory):
    """The patches of a corpus. Raises CorpusError."""
    directory = pathlib.Path(directory)
    path = directory / "manifest.json"
    if not directory.is_dir():
        raise CorpusError(f"there is no directory {directory}")
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CorpusError(f"{directory} has no manifest.json, so it is no corpus") from None
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise CorpusError(f"{path} is not a list of patches")
    patches = []
    for number, entry in enumerate(entries, 1):
        name = _name(entry if isinstance(entry, dict) else {}, number, {patch.id for patch in patches})
        patches.append(Patch(directory, entry if isinstance(entry, dict) else {}, name))
        if not isinstance(entry, dict):
            patches[-1].problem = f"entry {number} of manifest.json is not an object"
    return patches
