# SPDX-License-Identifier: GPL-2.0
"""The steps of a patch: its diff, the verdict, the update, and the update in a guest."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import diff
import guests
import memory
import refit
import table

# kmend's exit statuses (core/base/error.h) that say "no update", not "something went wrong", and the verdict they mean.
# A change that reaches nothing of this kernel has none: there is nothing to update, and nothing to reboot for.
NO_UPDATE = {"out-of-scope": "reboot", "needs-code": "hotpatch+hook", "no-change": None, "diff-not-built": None}


def fingerprint(program, environment):
    """Of the kmend that is used: what another one made is not taken over."""
    digest = hashlib.sha256()
    places = [program, program.parent.parent / "libkmend.so", *sorted(pathlib.Path(environment.get("KMEND_DATA_PATH", "/nonexistent")).glob("kmod/*.[ch]"))]
    places += sorted(pathlib.Path(environment.get("KMEND_PLUGIN_PATH", "/nonexistent")).glob("*.so"))
    for place in places:
        if place.is_file():
            digest.update(place.read_bytes())
    return digest.hexdigest()


def first_line(text):
    return " ".join((text or "").split())[:500]


class Runner:
    def __init__(self, program, environment, store, options):
        self.program, self.store, self.options = str(program), store, options
        self.environment = {**os.environ, **environment}
        self.lock = threading.RLock()
        self.stopped = False
        self.children = set()
        self.ended = 0

    def stop(self, *_):
        self.stopped = True
        for child in list(self.children):
            self.end(child, signal.SIGTERM)

    @staticmethod
    def end(child, number):
        try:
            os.killpg(child.pid, number)
        except OSError:
            pass

    def start(self, words, **further):
        """A kmend of its own process group, so that all it started can be ended."""
        child = subprocess.Popen([self.program, *words], env=self.environment, stdin=subprocess.DEVNULL, text=True, errors="backslashreplace",
                                 start_new_session=True, **further)
        self.children.add(child)
        if self.stopped:
            self.end(child, signal.SIGTERM)
        return child

    def finish(self, child, seconds):
        """Wait; a child that is out of time is ended. Returns (output, whether it was in time)."""
        in_time = True
        try:
            output, _ = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            in_time = False
            self.end(child, signal.SIGTERM)
            try:
                output, _ = child.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                self.end(child, signal.SIGKILL)
                output, _ = child.communicate()
        self.children.discard(child)
        return output or "", in_time

    def ask(self, entry, step, words):
        """Run kmend for a patch; its JSON, or {"error": ...}. Its time is the step's."""
        begin = time.monotonic()
        with open(entry.place / f"{step}.log", "w", encoding="utf-8") as log:
            child = self.start(words, stdout=subprocess.PIPE, stderr=log)
            with memory.Watch(child.pid) as watch:
                output, in_time = self.finish(child, self.options.limit)
        entry.details["memory"][step] = watch.peak
        entry.result["seconds"][step] = round(time.monotonic() - begin, 3)
        (entry.place / f"{step}.json").write_text(output, encoding="utf-8", errors="backslashreplace")
        if not in_time:
            return {"error": {"name": "timeout", "message": f"kmend {step} took longer than {self.options.limit} s"}}
        try:
            return json.loads(output)
        except ValueError:
            words = "a signal" if child.returncode < 0 else "no JSON"
            return {"error": {"name": "crash", "message": f"kmend {step} ended with status {child.returncode} and {words}; see {entry.place}/{step}.log"}}

    def build(self, entry):
        """Verdict and update of one patch. Whatever happens, only this patch has it."""
        try:
            if entry.patch.problem:
                entry.result["error"] = entry.patch.problem
            else:
                self.build_steps(entry)
        except Exception as error:  # pylint: disable=broad-except # one bad patch never stops the run
            entry.result["error"] = f"{type(error).__name__}: {first_line(str(error))}"
        if self.stopped:
            return
        entry.is_built = True
        with self.lock:
            entry.save()
            self.store.write()
            self.ended += 1
            table.tell(entry, self.ended, len(self.store.entries))

    def build_steps(self, entry):
        patch, result = entry.patch, entry.result
        update = entry.place / "update.diff"
        update.write_text(patch.update_diff(), encoding="utf-8", errors="surrogateescape")
        jobs = str(max(1, (os.cpu_count() or 1) // self.options.jobs))
        common = ["--kernel", patch.release, "--json", "--jobs", jobs]
        for text in patch.waive:
            common += ["--waive", text]
        told = self.ask(entry, "assess", ["assess", *common, str(update)])
        if (told.get("error") or {}).get("name") == "diff-not-applicable" and self.fit(entry, update):
            told = self.ask(entry, "assess", ["assess", *common, str(update)])
        if not self.take(entry, told) or told.get("open"):
            return
        entry.container.unlink(missing_ok=True)
        told = self.ask(entry, "create", ["create", *common, "--diff", str(update), "--id", patch.id, "--description", patch.subject,
                                          *[word for cve in patch.cves() for word in ("--cve", cve)], "--output", str(entry.container)])
        result["created"] = self.take(entry, told) and entry.container.is_file()

    @staticmethod
    def fit(entry, update):
        """A diff that does not apply exactly may do so with fuzz. Returns whether it does."""
        try:
            fitted = refit.fit(update.read_text(encoding="utf-8", errors="surrogateescape"), entry.patch.release)
        except (OSError, diff.DiffError):
            return False
        if not fitted or not fitted[0]:
            return False
        update.write_text(fitted[0], encoding="utf-8", errors="surrogateescape")
        entry.details["fitted"] = ["the diff does not apply exactly and was fitted to the source", *fitted[1]]
        return True

    @staticmethod
    def take(entry, told):
        """What assess and create tell alike. Returns whether an update can be made."""
        result = entry.result
        for name in ("verdict", "reasons", "targets"):
            if told.get(name):
                result[name] = told[name]
        if told.get("functions"):
            result["functions"] = [function["name"] for function in told["functions"] if function["change"] == "changed"]
            entry.details["functions"] = told["functions"]
        for step in told.get("steps") or []:
            entry.details["steps"][step["name"]] = entry.details["steps"].get(step["name"], 0) + step["seconds"]
        entry.details["size"] = told.get("size") or entry.details["size"]
        error = told.get("error")
        if not error:
            return result["verdict"] in ("hotpatch", "hotpatch+hook")
        if error.get("name") in NO_UPDATE and not result["verdict"]:
            result["verdict"] = NO_UPDATE[error["name"]]
            result["reasons"] = [{"code": error["name"], "kind": "blocks" if result["verdict"] else "note", "text": error["message"], "advice": error.get("advice", "")}]
        elif error.get("name") not in NO_UPDATE:
            result["error"] = f"{error.get('name')}: {first_line(error.get('message'))}"
        return False

    def run(self, patches):
        entries = self.store.entries
        table.begin(len(patches), sum(entry.is_built for entry in entries))
        self.ended = sum(entry.is_built for entry in entries)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            # What may take long comes last: the other results are there by then.
            futures = [pool.submit(self.build, entry) for entry in sorted(entries, key=lambda entry: entry.patch.reaches_far())
                       if not entry.is_built]
            while futures and not self.stopped:
                _, waiting = concurrent.futures.wait(futures, timeout=0.5)
                if not waiting:
                    break
            for future in futures:
                future.cancel()
        self.store.write()
        if self.options.apply and not self.stopped:
            guests.run(self)
