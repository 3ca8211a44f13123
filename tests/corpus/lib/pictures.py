# SPDX-License-Identifier: GPL-2.0
"""Pictures as inline SVG, drawn with the page's colours. Each has a title and a description for those who do not see it."""
import html
import itertools
import math
import statistics

WIDTH = 640
_numbers = itertools.count(1)


def esc(text):
    return html.escape(str(text), quote=True)


def _svg(title, description, height, parts):
    number = next(_numbers)
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t{number} d{number}">'
            f'<title id="t{number}">{esc(title)}</title><desc id="d{number}">{esc(description)}</desc>{"".join(parts)}</svg>')


def _text(x, y, text, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{esc(text)}</text>'


def _rect(x, y, width, height, kind, tip=""):
    title = f"<title>{esc(tip)}</title>" if tip else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" rx="3" class="{kind}">{title}</rect>'


def _line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def bars(title, rows):
    """Rows (label, number, colour class): bars to the right, each with its number."""
    most, left, step = max([number for _, number, _ in rows] + [1]), 170, 34
    parts = []
    for i, (label, number, kind) in enumerate(rows):
        y, width = 8 + i * step, (WIDTH - left - 60) * number / most
        parts += [_text(left - 12, y + 17, label, anchor="end"), _rect(left, y, width, 24, kind, f"{label}: {number}"),
                  _text(left + width + 8, y + 17, number, "strong")]
    return _svg(title, "; ".join(f"{label}: {number}" for label, number, _ in rows), 16 + len(rows) * step, parts)


def columns(title, rows, unit):
    """Rows (label, number): columns side by side, the axis below."""
    height, base, left = 220, 180, 20
    most = max([number for _, number in rows] + [1])
    width = (WIDTH - 2 * left) / max(len(rows), 1)
    parts = [_line(left, base, WIDTH - left, base, "axis")]
    for i, (label, number) in enumerate(rows):
        x, tall = left + i * width, (base - 30) * number / most
        parts.append(_rect(x + width * .12, base - tall, width * .76, tall, "series1", f"{label} {unit}: {number}"))
        if number:
            parts.append(_text(x + width / 2, base - tall - 6, number, "strong", "middle"))
        parts.append(_text(x + width / 2, base + 18, label, "quiet", "middle"))
    parts.append(_text(WIDTH / 2, height - 4, unit, "quiet", "middle"))
    return _svg(title, "; ".join(f"{label} {unit}: {number}" for label, number in rows), height, parts)


def _seconds(value):
    if 0 < value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f}".removesuffix(".0") + " s" if value < 100 else f"{value / 60:.1f}".removesuffix(".0") + " min"


def _round_up(value):
    """To a number that quarters well."""
    step = 10 ** math.floor(math.log10(value))
    return next(step * factor for factor in (1, 2, 4, 6, 8, 10) if step * factor >= value)


def strips(title, rows):
    """Rows (label, [(tip, seconds)...]): each value a dot on a logarithmic axis, the median a mark."""
    values = [value for _, dots in rows for _, value in dots if value > 0]
    low, high = 0.001, max(values + [1]) * 1.3
    left, right, step = 96, WIDTH - 76, 30

    def place(value):
        return left + (right - left) * math.log(max(value, low) / low) / math.log(high / low)

    bottom = 10 + len(rows) * step
    parts = []
    for tick in (0.001, 0.01, 0.1, 1, 10, 100, 1000):
        if tick <= high:
            parts += [_line(place(tick), 6, place(tick), bottom, "grid"), _text(place(tick), bottom + 16, _seconds(tick), "quiet", "middle")]
    told = []
    for i, (label, dots) in enumerate(rows):
        y = 10 + i * step + step / 2
        parts.append(_text(left - 12, y + 4, label, anchor="end"))
        for tip, value in dots:
            parts.append(f'<circle cx="{place(value):.1f}" cy="{y:.1f}" r="4.5" class="dot"><title>{esc(tip)}: {_seconds(value)}</title></circle>')
        if dots:
            median = statistics.median(value for _, value in dots)
            parts += [_line(place(median), y - 10, place(median), y + 10, "median"), _text(right + 8, y + 4, _seconds(median), "strong")]
            told.append(f"{label}: median {_seconds(median)}, most {_seconds(max(value for _, value in dots))}")
    return _svg(title, "; ".join(told), bottom + 24, parts)


def stacks(title, rows, series):
    """Rows (label, {name: seconds}) as stacked columns, the slowest first; series: names, in the order of the stack."""
    rows = sorted(rows, key=lambda row: -sum(row[1].values()))
    height, base, left = 240, 206, 56
    most = _round_up(max([sum(values.values()) for _, values in rows] + [1]))
    width = (WIDTH - left - 10) / max(len(rows), 1)
    parts = []
    for part in range(5):
        y = base - (base - 14) * part / 4
        parts += [_line(left, y, WIDTH - 10, y, "axis" if part == 0 else "grid"), _text(left - 6, y + 4, _seconds(most * part / 4), "quiet", "end")]
    for i, (label, values) in enumerate(rows):
        y = base
        for number, name in enumerate(series, 1):
            tall = (base - 14) * values.get(name, 0) / most
            y -= tall
            if tall > 0.2:
                parts.append(f'<rect x="{left + i * width + width * .1:.1f}" y="{y:.1f}" width="{width * .8:.1f}" height="{tall:.1f}" class="series{number}">'
                             f'<title>{esc(label)}, {name}: {_seconds(values[name])}</title></rect>')
    for number, name in enumerate(series, 1):
        parts += [_rect(left + (number - 1) * 96, base + 14, 12, 12, f"series{number}"), _text(left + 18 + (number - 1) * 96, base + 24, name, "quiet")]
    slowest = ", ".join(f"{label} {_seconds(sum(values.values()))}" for label, values in rows[:3])
    return _svg(title, f"The slowest: {slowest}", height, parts)
