# SPDX-License-Identifier: ISC
"""What was measured, as JSON, Markdown and SVG."""
import json
import os
import platform
import statistics
import subprocess
import time

import plot
from rows import ROWS
from scale import SCALES
from server import ROOT

UNITS = (  # of a measure: its words
    ("per_s", "%s/s"), ("cpu_ms", "%s ms CPU"), ("p99_ms", "p99 %s ms"),
    ("each_kib", "%s KiB each"), ("fixed_kib", "%s KiB fixed"),
    ("s6_kib", "of it s6 %s KiB"), ("alone_kib", "%s KiB were it alone"),
    ("first_ms", "first %s ms"), ("warm_ms", "warm %s ms"),
    ("fresh_ms", "fresh %s ms"), ("compile_s", "%s s"),
    ("peak_mib", "%s MiB"), ("lookup_us", "look-up %s us"),
    ("bare_us", "a bare echo %s us"), ("check_us", "question %s us"),
    ("check_p99_us", "p99 %s us"),
    ("bare_busy_us", "beside other work: a bare echo %s us"),
    ("check_busy_us", "question beside other work %s us"),
    ("check_busy_p99_us", "p99 of it %s us"),
    ("window_bytes", "%s bytes a window"), ("open_us", "open %s us"),
    ("redeem_us", "redeem %s us"), ("again_s", "restart %s s"),
    ("cached_cpu_us", "cached login %s us CPU"),
    ("cached_us", "cached login %s us"), ("login_ms", "first login %s ms"))
CALLS = ("syscalls", "fsync", "syncfs", "fork", "exec", "switches")


def medians(runs):
    """Of several runs, each measure's median; by_name and such left out."""
    names = {k for r in runs for k, v in r.items()
             if isinstance(v, (int, float))}
    return {k: statistics.median(r[k] for r in runs if k in r)
            for k in sorted(names)}


def machine():
    with open("/proc/cpuinfo") as f:
        models = [x.split(":")[1].strip() for x in f
                  if x.startswith("model name")]
    commit = subprocess.run(
        ["git", "-C", ROOT, "log", "-1", "--format=%h"], capture_output=True,
        text=True).stdout.strip()
    where = os.environ.get("BENCH_DIR", "/var/tmp")
    fs = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", where],
                        capture_output=True, text=True).stdout.strip()
    return {"cpus": os.cpu_count(), "cpu": models[0] if models else "?",
            "kernel": platform.release(), "filesystem": fs,
            "date": time.strftime("%Y-%m-%d"), "commit": commit}


def goals(row, mid):
    """[(words, met or None)] of a row; mid: {(row, server): medians}"""
    ours, out = mid.get((row.name, "postern"), {}), []
    for measure, op, peer, factor in row.goals:
        words = dict(UNITS)[measure]
        limit, text = factor, number(factor)
        if peer and ":" in peer:
            other, theirs = peer.split(":")[::-1], None
            theirs = mid.get(tuple(other), {}).get(measure)
            limit = theirs and theirs * factor
            text = number(factor) + " x " + peer.split(":")[1]
        elif peer:
            theirs = mid.get((row.name, peer), {}).get(measure)
            limit = theirs and theirs * factor
            text = number(factor) + " x " + peer
        met = None
        if limit is not None and measure in ours:
            met = (ours[measure] >= limit if op == ">=" else
                   ours[measure] <= limit)
        if not peer:
            text = words % text
        elif not words.startswith("%s/s"):
            text += words.replace("%s", "")
        out.append(("%s %s" % (op, text), met))
    return out


def number(v):
    if v >= 1000:
        return "{:,.0f}".format(v)
    if v >= 100 or v == int(v):
        return "%.0f" % v
    return "%.2f" % v if v < 10 else "%.1f" % v


def cell(got):
    if got is None:
        return "-"
    if not got:
        return "failed"
    return "; ".join(form % number(got[k]) for k, form in UNITS if k in got)


def ratio(row, mid, servers):
    """Ours to the best of the others, by rate and by CPU."""
    ours, out = mid.get((row.name, "postern")), []
    others = [mid[row.name, s] for s in servers
              if s != "postern" and mid.get((row.name, s))]
    for k, word, best in (("per_s", "rate", max), ("cpu_ms", "CPU", min),
                          ("compile_s", "time", min), ("warm_ms", "warm", min),
                          ("fresh_ms", "fresh", min),
                          ("each_kib", "memory", min)):
        values = [o[k] for o in others if k in o]
        if ours and k in ours and values and best(values):
            out.append("%s x%.2f" % (word, ours[k] / best(values)))
    return ", ".join(out)


def table(rows, mid):
    servers = list(dict.fromkeys(s for r in rows for (n, s) in mid
                                 if n == r.name))
    lines = ["| work | " + " | ".join(servers) +
             " | postern to the best of the others | goal |",
             "|---" * (len(servers) + 3) + "|"]
    for r in rows:
        if not any(n == r.name for n, _ in mid):
            continue
        lines.append("| `%s`: %s | %s | %s | %s |" % (
            r.name, r.what,
            " | ".join(cell(mid.get((r.name, s))) for s in servers),
            ratio(r, mid, servers) or "-",
            "; ".join(words + {True: " **met**", False: " **missed**",
                               None: ""}[met]
                      for words, met in goals(r, mid)) or "-"))
    return "\n".join(lines) if len(lines) > 2 else ""


def calls(mid):
    lines = ["| | server | " + " | ".join(CALLS) + " |",
             "|---" * (len(CALLS) + 2) + "|"]
    for (row, server), got in mid.items():
        if "syscalls" in got:
            lines.append("| `%s` | %s | %s |" % (row, server, " | ".join(
                "%.2f" % got[k] if got[k] < 10 else number(got[k])
                for k in CALLS)))
    return "\n".join(lines)


def scales(found):
    out = []
    for s in SCALES:
        points = found.get(s.name)
        if not points:
            continue
        names = list(points[0][1])
        out += ["### %s (`%s`)" % (s.what[0].upper() + s.what[1:], s.name), "",
                "| %s | %s |" % (s.what, " | ".join(names)),
                "|---" * (len(names) + 1) + "|"]
        out += ["| {:,} | ".format(n) + " | ".join(
            number(v[k]) for k in names) + " |" for n, v in points]
        out += ["", "From the first line to the last: " + ", ".join(
            "%s x%.2f" % (k, points[-1][1][k] / points[0][1][k])
            for k in names if points[0][1][k]) + ".", ""]
    return "\n".join(out)


def markdown(data, mid, scale_points, plots):
    lines = [
        "# How fast it is", "",
        "Medians, servers alternating, a fresh tree a run, client and "
        "server on the same machine, fsync on; every message's number and "
        "checksum verified.  CPU is that of all server processes.  Peers are "
        "Debian's packages, configured as bench/peers_smtp.py and "
        "bench/peers_pop3.py say.  One row again: `bench/bench.py NAME`; "
        "with `-a -o doc` it takes its place here.", "", *made(data), ""]
    for name, why in data["unable"].items():
        lines += ["Not measured: %s, because: %s" % (
            name, " ".join(why.split())[:300]), ""]
    for title, kinds in (("SMTP", ("smtp", "relay")), ("POP3", ("pop3",)),
                         ("Tables and questions", ("aliases", "questions")),
                         ("The machine itself", ("machine",))):
        t = table([r for r in ROWS if r.kind in kinds], mid)
        if t:
            lines += ["## " + title, "", t, ""]
    if plots[0]:
        lines += ["![rates and CPU](performance.svg)", ""]
    lines += ["## What a message or session asks of the kernel", "",
              "Counted in a separate pass; forks are threads, too.", "",
              calls(mid), ""]
    if scale_points:
        lines += ["## When the state grows", "", "![costs](scale.svg)", "",
                  scales(scale_points)]
    return "\n".join(lines).rstrip() + "\n"


def made(data):
    """Lines: by which run each row is."""
    runs = {}
    for row, run in data["made"].items():
        runs.setdefault(json.dumps(run), []).append(row)
    for run, rows in runs.items():
        r = json.loads(run)
        m = r["machine"]
        yield "* %s: `%s` on %s, commit %s: %d x %s, Linux %s, %s; %s%s" % (
            ", ".join("`%s`" % row for row in rows), r["command"], m["date"],
            m["commit"], m["cpus"], m["cpu"], m["kernel"], m["filesystem"],
            "rounds of %g s: %d" % (r["seconds"], r["rounds"]),
            ".  No state larger than %s: such rows say too much" % number(
                r["most"]) if r["most"] else "")


def add_older(data, where):
    """The rows of the report there that were not measured now."""
    try:
        with open(os.path.join(where, "performance.json")) as f:
            old = json.load(f)
    except FileNotFoundError:
        return
    order = [r.name for r in ROWS + SCALES]
    now = set(data["made"])
    for key in ("results", "scale", "made"):
        older = {k: v for k, v in old[key].items()
                 if k.split(" ")[0] not in now and k.split(" ")[0] in order}
        data[key] = dict(sorted({**older, **data[key]}.items(), key=lambda kv:
                                order.index(kv[0].split(" ")[0])))


def charts(mid, scale_points):
    groups = []
    for r in ROWS:
        got = {s: v for (n, s), v in mid.items() if n == r.name and
               "per_s" in v and "cpu_ms" in v}
        if len(got) > 1:
            groups.append((r.name + ": " + r.what,
                           {s: v["per_s"] for s, v in got.items()},
                           {s: v["cpu_ms"] for s, v in got.items()}))
    panels = []
    for s in SCALES:
        points = scale_points.get(s.name) or []
        for unit in ("ms", "us"):
            names = [k for k in (points[0][1] if points else ())
                     if k.endswith("_" + unit) and not k.startswith("p50")]
            if names:
                panels.append((s.what, unit, {
                    k[:-3].replace("_", " "): [(n, v[k]) for n, v in points]
                    for k in names}))
    return (plot.bars("Postern beside its peers", groups) if groups else "",
            plot.curves("Cost while the state grows", panels)
            if panels else "")


def write(where, run, data, add):
    """run: command, rounds, seconds, most; data: unable, results, scale.
    add: what else is there stays."""
    run["machine"] = machine()
    data["made"] = {k.split(" ")[0]: run
                    for k in [*data["results"], *data["scale"]]}
    if add:
        add_older(data, where)
    mid = {tuple(k.split(" ")): medians(v)
           for k, v in data["results"].items()}
    plots = charts(mid, data["scale"])
    for name, text in (
            ("performance.json", json.dumps(data, indent=1) + "\n"),
            ("performance.md", markdown(data, mid, data["scale"], plots)),
            ("performance.svg", plots[0]), ("scale.svg", plots[1])):
        if text:
            with open(os.path.join(where, name), "w", encoding="utf-8") as f:
                f.write(text)
