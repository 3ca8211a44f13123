# SPDX-License-Identifier: GPL-2.0
"""Updates in guests: one `kmend verify` serves many updates of a kernel in one boot, and tells each result as it comes."""
import json
import queue
import signal
import subprocess
import threading

import table

BATCH = 48           # updates in one guest's initramfs
ANSWER_LIMIT = 1800  # seconds without a further result: each step in a guest has a limit of its own below that
# Errors of kmend verify that one update's own try would meet again.
GENERAL = ("no-qemu", "no-kernel", "no-module", "no-plugin", "disk-full", "build-failed", "wrong-compiler")


def take(entry, told, cpu):
    """A result of kmend verify."""
    trial = told["settings"][0]
    seconds, result = trial["seconds"], entry.result
    result["applied"], result["reversed"] = bool(trial["applied"]), bool(trial["reversed"])
    result["seconds"]["apply"] = round(sum(seconds.get(step, 0) for step in ("targets", "load", "apply")), 3)
    result["seconds"]["reverse"] = round(sum(seconds.get(step, 0) for step in ("reverse", "unload")), 3)
    if told["outcome"] != "passed":
        result["error"] = f"in the guest, at {trial['step']}: {trial['problem']}"
    entry.details.update(cpu=cpu, log=trial["log"], remarks=trial["remarks"], pause_ns=trial["pause_apply_ns"],
                         states=trial["targets"], shared=trial["shared"])


def give_up(entry, text, cpu):
    entry.result.update(applied=False, reversed=False, error=text)
    entry.details["cpu"] = cpu


def _lines_of(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(None)


def _verify(runner, entries, log):
    """One call. Yields what it tells; returns at its end, or when it is silent for too long."""
    child = runner.start(["verify", "--json", "--timeout", "300", "--cpu", runner.options.cpu, *[str(entry.container) for entry in entries]],
                         stdout=subprocess.PIPE, stderr=log)
    lines = queue.Queue()
    reader = threading.Thread(target=_lines_of, args=(child.stdout, lines), daemon=True)
    reader.start()
    rest = ""
    try:
        while True:
            line = lines.get(timeout=ANSWER_LIMIT)
            if line is None:
                break
            if line.startswith('{"schema"'):
                yield json.loads(line)
            else:
                rest += line
        child.wait(timeout=60)
    except (queue.Empty, subprocess.TimeoutExpired):
        rest = json.dumps({"error": {"name": "timeout", "message": f"kmend verify told nothing for {ANSWER_LIMIT} s"}})
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if child.poll() is None:
                runner.end(child, number)
                try:
                    child.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    pass
        runner.children.discard(child)
    try:
        error = json.loads(rest)["error"]
    except (ValueError, KeyError, TypeError):
        error = {"name": "crash" if child.returncode not in (0, 32) else "", "message": f"kmend verify ended with status {child.returncode}"}
    yield error


def _batch(runner, entries):
    waiting = {str(entry.container): entry for entry in entries}
    error = {}
    with open(runner.store.out / "verify.log", "a", encoding="utf-8") as log:
        for told in _verify(runner, entries, log):
            if "settings" not in told:
                error = told
                continue
            entry = waiting.pop(told["file"])
            take(entry, told, runner.options.cpu)
            _done(runner, entry)
    left = list(waiting.values())
    if not left or runner.stopped:
        return
    text = f"{error.get('name')}: {error.get('message')}"
    if len(left) == 1 or error.get("name") in GENERAL:
        for entry in left:
            give_up(entry, text, runner.options.cpu)
            _done(runner, entry)
        return
    # The first without a result is the one that stopped it, unless none had begun: then each is tried alone.
    for part in ([left[:1], left[1:]] if len(left) < len(entries) else [[entry] for entry in left]):
        if not runner.stopped:
            _batch(runner, part)


def _done(runner, entry):
    entry.is_tried = True
    with runner.lock:
        entry.save()
        runner.store.write()
        table.tell_trial(entry)


def run(runner):
    by_release = {}
    for entry in runner.store.entries:
        if entry.result["created"] and not entry.is_tried:
            by_release.setdefault(entry.patch.release, []).append(entry)
    for release, entries in sorted(by_release.items()):
        table.begin_guests(release, len(entries))
        for at in range(0, len(entries), BATCH):
            if not runner.stopped:
                _batch(runner, entries[at:at + BATCH])
