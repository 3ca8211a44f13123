# SPDX-License-Identifier: GPL-2.0
"""One self-contained page: no network, no script; readable in the dark, on paper, and without seeing the pictures."""
import pathlib
import statistics

import pictures
import results
from pictures import esc
from table import mebibytes, plural, seconds, verdict_name, why

STYLE = """
:root{color-scheme:light dark;--ground:#fbfbf9;--card:#fff;--ink:#1c2330;--quiet:#5b6473;--line:#dfe2e7;--good:#1f7a4d;--warn:#9a6200;
--bad:#b3261e;--none:#6b7280;--s1:#2f6fb3;--s2:#7fb069;--s3:#d98c2b;--s4:#a15fb0}
@media(prefers-color-scheme:dark){:root{--ground:#14171c;--card:#1c2128;--ink:#e7eaf0;--quiet:#a3acba;--line:#333b47;--good:#58c08d;
--warn:#e0ab4c;--bad:#f08379;--none:#98a1b0;--s1:#6aa9ea;--s2:#9ccc86;--s3:#eeb060;--s4:#c793d4}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:2rem 1.25rem 4rem}h1{font-size:1.9rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:0 0 .75rem}
.lead{color:var(--quiet);margin:0 0 1.75rem}.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));margin:0 0 1.5rem;padding:0}
.card,.panel{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.25rem}
.card{list-style:none}.card b{display:block;font-size:1.9rem;line-height:1.2}.card span{color:var(--quiet);font-size:.9rem}
.panels{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(30rem,100%),1fr));margin-bottom:1.5rem}
svg{width:100%;height:auto;display:block}svg text{font:14px system-ui,sans-serif;fill:var(--ink)}svg .quiet{fill:var(--quiet);font-size:12px}
svg .strong{font-weight:600}svg .grid{stroke:var(--line)}svg .axis{stroke:var(--quiet)}svg .median{stroke:var(--ink);stroke-width:2.5}
svg .dot{fill:var(--s1);fill-opacity:.55}.good{fill:var(--good)}.warn{fill:var(--warn)}.bad{fill:var(--bad)}.none{fill:var(--none)}
.series1{fill:var(--s1)}.series2{fill:var(--s2)}.series3{fill:var(--s3)}.series4{fill:var(--s4)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}caption{text-align:left;font-weight:600;font-size:1.15rem;padding-bottom:.5rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line)}thead th{color:var(--quiet);font-weight:600;white-space:nowrap}
td.n{text-align:right;font-variant-numeric:tabular-nums}tbody th{font-weight:600;white-space:nowrap}small{color:var(--quiet);font-weight:400;white-space:normal;display:block}
.tag{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 .6em;font-size:.85em;white-space:nowrap}
.t-good{color:var(--good)}.t-warn{color:var(--warn)}.t-bad{color:var(--bad)}.t-none{color:var(--quiet)}details summary{cursor:pointer}
details ul{margin:.4rem 0;padding-left:1.2rem}pre{white-space:pre-wrap;font-size:.82rem;margin:.4rem 0}
@media print{body{background:#fff}.card,.panel{break-inside:avoid}}
"""

# Verdicts and their colours.
VERDICTS = {"hotpatch": "good", "hotpatch+hook": "warn", "reboot": "bad", "not affected": "none", "no verdict": "bad"}
FUNCTION_BINS = ((1, 1, "1"), (2, 2, "2"), (3, 3, "3"), (4, 4, "4"), (5, 8, "5–8"), (9, 16, "9–16"), (17, 64, "17–64"), (65, 1 << 30, "65+"))
STEPS = ("fetch", "unpack", "kernel", "tree", "units", "compile", "diff", "types", "assess", "link", "check", "pack")
SERIES = ("assess", "create", "apply", "reverse")


def tag(text, kind):
    return f'<span class="tag t-{kind}">{esc(text)}</span>'


def verdict_tag(result):
    return tag(verdict_name(result), VERDICTS[verdict_name(result)])


def yes_no(value):
    return tag({True: "✓ yes", False: "✗ no", None: "– not tried"}[value], {True: "good", False: "bad", None: "none"}[value])


def reason_item(reason):
    place = ":".join(str(part) for part in (reason.get("unit"), reason.get("line")) if part)
    facts = ", ".join(part for part in (place, reason.get("symbol")) if part)
    further = "".join(f" <small>{esc(text)}</small>" for text in (facts, reason.get("advice")) if text)
    return f"<li><b>{esc(reason.get('code'))}</b> ({esc(reason.get('kind', 'blocks'))}): {esc(reason.get('text', ''))}{further}</li>"


def story(entry):
    """The last column: in a few words, and the whole of it folded away."""
    result, parts = entry.result, []
    if result["reasons"]:
        parts.append(f"<ul>{''.join(reason_item(reason) for reason in result['reasons'])}</ul>")
    if result["functions"]:
        parts.append(f"<p>Functions: {esc(', '.join(result['functions']))}</p>")
    for title, lines in (("The diff", entry.details["fitted"]), ("The kernel said", entry.details["log"]), ("Remarks", entry.details["remarks"])):
        if lines:
            parts.append(f"<p>{title}:</p><pre>{esc(chr(10).join(lines))}</pre>")
    head = why(entry) or (plural(len(result["functions"]), "function") if result["functions"] else "")
    if not parts:
        return esc(head)
    return f"<details><summary>{esc(head or 'more')}</summary>{''.join(parts)}</details>"


def row(entry):
    result = entry.result
    created = True if result["created"] else (False if result["error"] else None)
    cells = [f'<th scope="row">{esc(entry.patch.id)}<small>{esc(entry.patch.subject)}</small></th>',
             f"<td>{esc(result['base'])}<small>{esc(result['direction'])}, {esc(entry.patch.release or '?')}</small></td>",
             f"<td>{verdict_tag(result)}</td>", f'<td class="n">{len(result["functions"]) or "–"}</td>',
             f"<td>{esc(', '.join(result['targets'])) or '–'}</td>"]
    cells += [f"<td>{yes_no(value)}</td>" for value in (created, result["applied"], result["reversed"])]
    cells += [f'<td class="n">{seconds(result, step)}</td>' for step in ("assess", "create")]
    cells += [f'<td class="n">{mebibytes(entry)}</td>', f"<td>{story(entry)}</td>"]
    return f"<tr>{''.join(cells)}</tr>"


def panel(title, picture):
    return f'<section class="panel"><h2>{esc(title)}</h2>{picture}</section>'


def draw(entries):
    all_results = [entry.result for entry in entries]
    created = [result for result in all_results if result["created"]]
    verdicts = [(name, sum(verdict_name(result) == name for result in all_results), kind) for name, kind in VERDICTS.items()]
    functions = [(label, sum(low <= len(result["functions"]) <= high for result in created)) for low, high, label in FUNCTION_BINS]
    steps = [(name, [(entry.patch.id, entry.details["steps"][name]) for entry in entries if name in entry.details["steps"]]) for name in STEPS]
    steps += [(name, [(entry.patch.id, entry.result["seconds"][name]) for entry in entries if name in entry.result["seconds"]]) for name in SERIES[2:]]
    times = [(entry.patch.id, entry.result["seconds"]) for entry in entries if entry.result["seconds"]]
    return "".join((panel("Verdicts", pictures.bars("Verdicts", verdicts)),
                    panel("Functions replaced per update", pictures.columns("Functions replaced per update", functions, "functions")),
                    panel("Time per step: each patch a dot, the median a mark", pictures.strips("Time per step", [line for line in steps if line[1]])),
                    panel("Time per patch, the slowest first", pictures.stacks("Time per patch", times, SERIES))))


def cards(store):
    entries = store.entries
    created = [entry for entry in entries if entry.result["created"]]
    times = [sum(entry.result["seconds"].get(step, 0) for step in ("assess", "create")) for entry in created]
    warm = [entry.result["seconds"]["create"] for entry in created if "create" in entry.result["seconds"]]
    peaks = [peak for entry in entries for peak in entry.details["memory"].values()]
    told = [(len(entries), "patches"), (len(created), "updates made")]
    if store.applies:
        told += [(sum(entry.result["applied"] is True for entry in created), "applied in a guest"),
                 (sum(entry.result["reversed"] is True for entry in created), "reversed")]
    told += [(len(store.failures()), "failures"), (f"{statistics.median(times):.1f} s" if times else "–", "median time to an update"),
             (f"{statistics.median(warm):.1f} s" if warm else "–", "median, all compiled before"),
             (f"{max(peaks) / 2**20:.0f} MiB" if peaks else "–", "most memory, compilers too")]
    return "".join(f'<li class="card"><b>{esc(number)}</b><span>{esc(what)}</span></li>' for number, what in told)


def write(store):
    name = pathlib.Path(store.title).resolve().name
    heads = ("patch", "base", "verdict", "functions", "targets", "made", "applied", "reversed", "cold s", "warm s", "MiB", "what was seen")
    text = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>kmend: corpus {esc(name)}</title><style>{STYLE}</style></head><body><main>
<h1>Corpus {esc(name)}</h1>
<p class="lead">Each patch: the verdict, the update for its kernel build{", and the update applied to and reversed from the stock kernel in a virtual machine" if store.applies else ""}.</p>
<ul class="cards">{cards(store)}</ul>
<div class="panels">{draw(store.entries)}</div>
<p class="lead">Cold: the verdict, when nothing of the patch was compiled yet. Warm: the update after it. MiB: the most memory that kmend and its compilers took together.</p>
<section class="panel wide" tabindex="0" aria-label="All patches"><table><caption>All patches</caption>
<thead><tr>{''.join(f'<th scope="col">{head}</th>' for head in heads)}</tr></thead>
<tbody>{''.join(row(entry) for entry in store.entries)}</tbody></table></section>
</main></body></html>
"""
    results.write_atomic(store.out / "index.html", text)
