"""Draws what Schemas/performance.md shows, from the results of `dcnbench --json`: plots as SVG, and its tables.

usage: performance.py FOLDER RESULTS.json...   (writes FOLDER/*.svg, prints the tables as Markdown)
"""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 320, 60, 44, 34, 16
COLORS = {1: "#1f6fb4", 2: "#d1495b"}
TEXT = 'font-family="sans-serif" font-size="12" fill="#333"'


def ticks(low, high):
    """Powers of two between two numbers, and those times 1.5 where they are few."""
    powers = [2.0**power for power in range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)]
    inside = [power for power in powers if low <= power <= high]
    if len(inside) > 2:
        return inside
    return sorted(mark for power in powers for mark in (power, 1.5 * power) if low <= mark <= high)


def label(number):
    return "%d" % number if number >= 1 and number == int(number) else "%g" % number


def plot(title, xname, yname, series):
    """Lines over two logarithmic axes: {name: (color, dashed, [(x, y)])}; an x of 0 stands one tick before the least."""
    points = [point for _, _, line in series.values() for point in line]
    least = min(x for x, _ in points if x > 0)
    zero = any(x == 0 for x, _ in points)
    left, right = least / 2 if zero else least, max(x for x, _ in points)
    low, high = min(y for _, y in points) / 1.15, max(y for _, y in points) * 1.15

    def place(x, y):
        x = x or left
        across = (math.log2(x) - math.log2(left)) / max(math.log2(right) - math.log2(left), 1e-9)
        up = (math.log2(y) - math.log2(low)) / max(math.log2(high) - math.log2(low), 1e-9)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP)

    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">' % (WIDTH, HEIGHT, title),
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="%d" y="18" %s font-weight="bold">%s</text>' % (LEFT, TEXT, title),
        '<text x="%d" y="%d" %s text-anchor="middle">%s</text>' % ((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, TEXT, xname),
        '<text x="14" y="%d" %s text-anchor="middle" transform="rotate(-90 14 %d)">%s</text>' % (
            (TOP + HEIGHT - BOTTOM) / 2, TEXT, (TOP + HEIGHT - BOTTOM) / 2, yname),
    ]
    for x in sorted({x for x, _ in points}):
        across, _ = place(x, low)
        lines.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#eee"/>' % (across, TOP, across, HEIGHT - BOTTOM))
        lines.append('<text x="%.1f" y="%d" %s text-anchor="middle">%s</text>' % (across, HEIGHT - BOTTOM + 16, TEXT, label(x)))
    for y in ticks(low, high):
        _, up = place(right, y)
        lines.append('<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>' % (LEFT, up, WIDTH - RIGHT, up))
        lines.append('<text x="%d" y="%.1f" %s text-anchor="end">%s</text>' % (LEFT - 6, up + 4, TEXT, label(y)))
    for number, (name, (color, dashed, line)) in enumerate(series.items()):
        places = [place(x, y) for x, y in sorted(line)]
        lines.append('<polyline fill="none" stroke="%s" stroke-width="2"%s points="%s"/>' % (
            color, ' stroke-dasharray="5 4"' if dashed else "", " ".join("%.1f,%.1f" % point for point in places)))
        if not dashed:
            lines += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (point + (color,)) for point in places]
        lines.append('<text x="%d" y="%d" %s fill="%s">%s</text>' % (
            WIDTH - RIGHT - 210, HEIGHT - BOTTOM - 10 - 15 * (len(series) - 1 - number), TEXT.replace(' fill="#333"', ""), color, name))
    return "\n".join(lines + ["</svg>", ""])


def scaling(results, case, title, xname, folder, throughput):
    """One plot of a scaling case, with a line for what proportional cost would be."""
    series = {}
    for threads in (1, 2):
        rows = [row for row in results if row["case"] == case and row["threads"] == threads]
        line = [(float(row["shape"]), row["gflops"] if throughput else row["ms"]) for row in rows]
        if line:
            series["%d thread%s" % (threads, "s" * (threads > 1))] = (COLORS[threads], False, line)
    if not series:
        return
    peak = [row for row in results if row["case"] == case and row.get("shareOfPeak")]
    if throughput and peak:
        for threads in (1, 2):
            row = next((row for row in peak if row["threads"] == threads), None)
            if row:
                most = row["gflops"] / row["shareOfPeak"]
                series["peak, %d" % threads] = (COLORS[threads], True, [(float(r["shape"]), most) for r in peak])
    with open("%s/%s.svg" % (folder, case.split("-")[1]), "w") as file:
        file.write(plot(title, xname, "GFLOP/s" if throughput else "milliseconds", series))


def threads_plot(results, folder):
    """Speed by threads, with the line of as many times one thread's."""
    rows = sorted((row["threads"], row["gflops"]) for row in results if row["case"] == "scaling-threads")
    if not rows:
        return
    ideal = [(count, rows[0][1] * count) for count, _ in rows]
    series = {"measured": (COLORS[1], False, rows), "one thread's speed, times as many": (COLORS[2], True, ideal)}
    with open("%s/threads.svg" % folder, "w") as file:
        file.write(plot("Speed by threads", "threads", "GFLOP/s", series))


def table(results):
    """The cases with the speed of each peer."""
    skipped = ("scaling", "network-layers")
    rows = [row for row in results if not row["case"].startswith(skipped)]
    print("| case | threads | ms | own layout, ms | GFLOP/s | of peak | times the speed of |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        speeds = ", ".join("%s %.2f" % (name, speed) for name, speed in row.get("speeds", {}).items())
        share = row.get("shareOfPeak")
        print("| %s | %d | %s | %s | %s | %s | %s |" % (
            row["case"], row["threads"], "%.4g" % row["ms"],
            "%.4g" % row["ownLayoutMs"] if "ownLayoutMs" in row else "",
            "%.0f" % row["gflops"] if row["gflops"] else "", "%.0f %%" % (100 * share) if share else "", speeds))


def layers(results):
    """Where a whole network's time goes."""
    rows = [row for row in results if row["case"] == "network-layers"]
    kinds = list(dict.fromkeys(row["operator"] for row in rows))
    times = {(row["operator"], row["threads"]): row for row in rows}
    if not rows:
        return
    print("\n| step | how many | ms, 1 thread | ms, 2 threads |")
    print("|---|---|---|---|")
    for kind in kinds:
        cells = ["%.1f" % times[kind, n]["ms"] if (kind, n) in times else "" for n in (1, 2)]
        count = next(times[kind, n]["shape"].split(" ")[0] for n in (1, 2) if (kind, n) in times)
        print("| %s | %s | %s |" % (kind, count, " | ".join(cells)))


def main():
    folder, results = sys.argv[1], []
    for path in sys.argv[2:]:
        with open(path) as file:
            results += json.load(file)["results"]
    scaling(results, "scaling-positions", "Cost by positions of the map", "output positions", folder, False)
    scaling(results, "scaling-channels", "Speed by channels", "channels in and out", folder, True)
    scaling(results, "scaling-offsets", "Cost by the offsets' size", "largest offset, pixels", folder, False)
    threads_plot(results, folder)
    table(results)
    layers(results)


main()
