# SPDX-License-Identifier: GPL-2.0
"""What is known of each patch, kept in OUT so that a run can go on where another one stopped."""
import json
import os
import shutil

FIELDS = ("cve", "base", "direction", "verdict", "reasons", "targets", "functions", "created", "applied", "reversed",
          "seconds", "error")


def write_atomic(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    os.replace(temporary, path)


class Entry:
    """One patch: its result, and more for the page that is no part of it."""

    def __init__(self, patch, place, key):
        self.patch, self.place, self.key = patch, place, key
        self.clear()

    def clear(self):
        self.result = {"cve": self.patch.cve, "base": self.patch.base, "direction": self.patch.direction, "verdict": None,
                       "reasons": [], "targets": [], "functions": [], "created": False, "applied": None, "reversed": None,
                       "seconds": {}, "error": None}
        self.details = {"steps": {}, "remarks": [], "log": [], "pause_ns": None, "size": None, "memory": {}, "fitted": []}
        self.is_built = self.is_tried = False

    @property
    def container(self):
        return self.place / f"{self.patch.id}.kmend"

    def load(self):
        try:
            state = json.loads((self.place / "state.json").read_text(encoding="utf-8"))
            if state["key"] == self.key and set(state["result"]) == set(FIELDS) and set(state["details"]) >= set(self.details):
                self.result, self.details = state["result"], state["details"]
                self.is_built, self.is_tried = state["is_built"], state["is_tried"]
        except (OSError, ValueError, KeyError, TypeError):
            self.clear()
        if self.result["created"] and not self.container.is_file():
            self.clear()

    def save(self):
        state = {"key": self.key, "result": self.result, "details": self.details, "is_built": self.is_built, "is_tried": self.is_tried}
        write_atomic(self.place / "state.json", json.dumps(state, indent=1))

    def forget_trial(self):
        self.result.update(applied=None, reversed=None, error=None)
        for step in ("apply", "reverse"):
            self.result["seconds"].pop(step, None)
        self.is_tried = False

    @property
    def failed(self):
        """An error, or a step that was tried and did not work. A verdict against an update is none."""
        return self.result["error"] is not None or False in (self.result["applied"], self.result["reversed"])


class Store:
    def __init__(self, out, patches, fingerprint, options):
        self.out, self.applies, self.title = out, options.apply, options.directory
        out.mkdir(parents=True, exist_ok=True)
        self.entries = []
        for patch in patches:
            entry = Entry(patch, out / "work" / patch.id, patch.key(fingerprint))
            entry.load()
            if options.fresh or (options.retry and entry.failed):
                entry.clear()
            elif options.apply and entry.is_tried and entry.details.get("cpu") != options.cpu:
                entry.forget_trial()
            if not entry.is_built:
                shutil.rmtree(entry.place, ignore_errors=True)
            entry.place.mkdir(parents=True, exist_ok=True)
            self.entries.append(entry)

    def write(self):
        write_atomic(self.out / "results.json", json.dumps([entry.result for entry in self.entries], indent=1) + "\n")

    def failures(self):
        return [entry for entry in self.entries if entry.failed]
