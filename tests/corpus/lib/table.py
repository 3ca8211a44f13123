# SPDX-License-Identifier: GPL-2.0
"""What the terminal shows: a line as each patch is done, and a table at the end."""
import os
import sys

COLORS = {"green": "\033[32m", "red": "\033[31m", "yellow": "\033[33m", "dim": "\033[2m", "bold": "\033[1m"}
OF_VERDICT = {"hotpatch": "green", "hotpatch+hook": "yellow", "reboot": "yellow", "not affected": "dim", "no verdict": "red"}


def paint(text, color):
    return f"{COLORS[color]}{text}\033[0m" if sys.stdout.isatty() else text


def say(text=""):
    try:
        print(text, flush=True)
    except BrokenPipeError:  # nobody reads any more (head): the run goes on, its results are files
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def begin(count, done):
    say(f"{count} patch{'' if count == 1 else 'es'}" + (f", {done} of them done before" if done else ""))


def begin_guests(release, count):
    say(paint(f"guest: Linux {release}, {count} update{'' if count == 1 else 's'}", "bold"))


def plural(count, word):
    return f"{count} {word}{'' if count == 1 else 's'}"


def verdict_name(result):
    """The verdict; where there is none, why: an error, or nothing of this kernel changes."""
    return result["verdict"] or ("no verdict" if result["error"] or not result["reasons"] else "not affected")


def why(entry):
    """In a few words: what went wrong, or what speaks against an update."""
    result = entry.result
    if result["error"]:
        return result["error"]
    if not result["created"]:
        speaking = [reason for reason in result["reasons"] if reason.get("kind") != "note"] or result["reasons"]
        return ", ".join(dict.fromkeys(str(reason.get("code")) for reason in speaking))
    armed = [state.split()[0] for state in entry.details.get("states") or [] if state.endswith(" armed")]
    return f"armed only: {', '.join(armed)}" if armed else ""


def tell(entry, number, count):
    result = entry.result
    seconds = sum(result["seconds"].values())
    text = paint(verdict_name(result), OF_VERDICT[verdict_name(result)])
    made = plural(len(result["functions"]), "function") if result["created"] else why(entry)
    say(f"  [{number:3}/{count}] {entry.patch.id:24} {text}: {made[:140]} {paint(f'({seconds:.1f} s)', 'dim')}")


def tell_trial(entry):
    fine = entry.result["applied"] and entry.result["reversed"] and not entry.result["error"]
    text = paint("applied and reversed", "green") if fine else paint("FAILED", "red")
    say(f"    {entry.patch.id:24} {text} {why(entry)[:160]}")


def mark(value):
    return {True: "yes", False: "NO", None: "-"}[value]


def seconds(result, step):
    return f"{result['seconds'][step]:.1f}" if step in result["seconds"] else "-"


def mebibytes(entry):
    return f"{max(entry.details['memory'].values()) / 2**20:.0f}" if entry.details["memory"] else "-"


def show(store):
    head = ("patch", "direction", "verdict", "functions", "targets", "created", "applied", "reversed", "cold s", "warm s", "MiB", "")
    rows = []
    for entry in store.entries:
        result = entry.result
        created = mark(True) if result["created"] else "-"
        rows.append((entry.patch.id, result["direction"], verdict_name(result), str(len(result["functions"]) or "-"),
                     ",".join(result["targets"])[:32] or "-", created, mark(result["applied"]), mark(result["reversed"]),
                     seconds(result, "assess"), seconds(result, "create"), mebibytes(entry), why(entry)))
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head) - 1)]
    say()
    say(paint("  ".join(word.ljust(width) for word, width in zip(head, widths)).rstrip(), "bold"))
    for row, entry in zip(rows, store.entries):
        line = "  ".join(word.ljust(width) for word, width in zip(row, widths)) + "  " + row[-1][:100]
        say(paint(line.rstrip(), "red") if entry.failed else line.rstrip())
    say()
    counts = {}
    for entry in store.entries:
        counts[verdict_name(entry.result)] = counts.get(verdict_name(entry.result), 0) + 1
    say(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    created = [entry for entry in store.entries if entry.result["created"]]
    say(f"{len(created)} made, {sum(entry.result['applied'] is True for entry in created)} applied, "
        f"{sum(entry.result['reversed'] is True for entry in created)} reversed, {plural(len(store.failures()), 'failure')}")
    say(f"results: {store.out}/results.json  page: {store.out}/index.html")
