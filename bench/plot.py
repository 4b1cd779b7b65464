# SPDX-License-Identifier: ISC
"""Bars and lines as SVG: all that the report needs, and no library."""
import math
from xml.sax.saxutils import escape

COLOURS = {"postern": "#1b6e3c", "postfix": "#3b6fb6", "opensmtpd": "#d9a21b",
           "exim": "#b64a3b", "dovecot-tuned": "#6b4fa0", "dovecot": "#a99bc9"}
OTHERS = ("#1b6e3c", "#3b6fb6", "#d9a21b", "#b64a3b")
WIDTH, LEFT, BAR, GAP = 860, 110, 16, 34
FONT = 'font-family="sans-serif" font-size="%d"'


def text(x, y, s, size=12, anchor="start", colour="#222"):
    return '<text x="%.1f" y="%.1f" %s text-anchor="%s" fill="%s">%s</text>' % (
        x, y, FONT % size, anchor, colour, escape(s))


def number(v):
    if v >= 100:
        return "{:,.0f}".format(v)
    return "%.3g" % v


def document(height, parts, width=WIDTH):
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
            'width="%d" height="%d">\n<rect width="100%%" height="100%%" '
            'fill="white"/>\n%s\n</svg>\n' % (
                width, height, width, height, "\n".join(parts)))


def half(x0, width, y, values, unit):
    """One column of bars: {server: value}."""
    most, parts = max(values.values()), []
    for name, v in values.items():
        w = (width - 90) * v / most if most else 0
        parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" '
                     'fill="%s"/>' % (x0, y, max(w, 1), BAR - 3,
                                      COLOURS.get(name, "#777")))
        parts.append(text(x0 + w + 5, y + BAR - 5, number(v) + unit, 11))
        y += BAR
    return parts


def bars(title, groups):
    """groups: [(caption, {server: per second}, {server: CPU ms})]: a block
    each, rates left (long is good), CPU right (short is good)."""
    y, parts = 56, [text(12, 24, title, 16)]
    width = (WIDTH - LEFT) / 2
    parts += [text(LEFT, 44, "a second: more is better", 11, colour="#666"),
              text(LEFT + width, 44, "CPU ms each, all server processes: less "
                   "is better", 11, colour="#666")]
    for caption, rate, cpu in groups:
        parts.append(text(12, y + 12, caption, 12))
        y += 18
        for i, name in enumerate(rate):
            parts.append(text(LEFT - 8, y + BAR * (i + 1) - 5, name, 11,
                              "end"))
        parts += half(LEFT, width, y, rate, "")
        parts += half(LEFT + width, width, y, cpu, "")
        y += BAR * len(rate) + GAP - 18
    return document(y + 10, parts)


def panel(x0, y0, width, height, title, unit, lines):
    """lines: {name: [(x, y)]}: x by powers of ten, y from 0."""
    points = [p for line in lines.values() for p in line]
    xs = [math.log10(x) for x, _ in points]
    low, high = min(xs), max(max(xs), min(xs) + 1)
    top = max(y for _, y in points) * 1.15 or 1

    def at(x, y):
        return (x0 + (math.log10(x) - low) / (high - low) * width,
                y0 + height - y / top * height)
    parts = [text(x0, y0 - 10, title, 12),
             '<path d="M%d %d v%d h%d" fill="none" stroke="#888"/>' % (
                 x0, y0, height, width)]
    for k in range(int(round(low)), int(round(high)) + 1):
        x, _ = at(10 ** k, 0)
        parts.append(text(x, y0 + height + 15, "{:,}".format(10 ** k), 10,
                          "middle"))
    for part in (0.5, 1):
        v = top * part / 1.15
        _, y = at(10 ** low, v)
        parts.append(text(x0 - 5, y + 4, number(v), 10, "end"))
        parts.append('<path d="M%d %.1f h%d" stroke="#ddd"/>' % (
            x0, y, width))
    for i, (name, line) in enumerate(lines.items()):
        colour = OTHERS[i % len(OTHERS)]
        parts.append('<polyline fill="none" stroke="%s" stroke-width="2" '
                     'points="%s"/>' % (colour, " ".join(
                         "%.1f,%.1f" % at(*p) for p in line)))
        parts += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (
            *at(*p), colour) for p in line]
    names = " ".join('<tspan fill="%s">%s</tspan>' % (
        OTHERS[i % len(OTHERS)], escape("%s (%s)" % (name, unit)))
        for i, name in enumerate(lines))
    parts.append('<text x="%d" y="%d" %s text-anchor="end">%s</text>' % (
        x0 + width, y0 - 10, FONT % 11, names))
    return parts


def curves(title, panels):
    """panels: [(title, unit, lines)], two beside each other."""
    parts, width, height = [text(12, 24, title, 16)], WIDTH / 2 - 80, 170
    for i, (caption, unit, lines) in enumerate(panels):
        parts += panel(60 + i % 2 * (WIDTH / 2), 70 + i // 2 * (height + 70),
                       width, height, caption, unit, lines)
    rows = (len(panels) + 1) // 2
    return document(60 + rows * (height + 70), parts)
