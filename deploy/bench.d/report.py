"""Prints what deploy/bench measured as a table, and writes it as JSON.

Reads lines whose members are divided by tabs, as figures.bash writes them:

    fact    name, text
    figure  name, title, unit, digits, what was counted as done
    limit   name, floor, aim              of a figure where less is better
    ratio   more or less (what is better), ours, reference, floor, aim (both may be empty)
    value   name, round, number
    missing name, round, why

A ratio is taken within a round, since the machine's mood changes between rounds; the median of the ratios is shown.
"""

import argparse
import json
import statistics
import sys

ABSENT = "not measured"


def number(text):
    return float(text) if text else None


class Results:
    def __init__(self, lines):
        self.facts, self.figures, self.limits, self.ratios = {}, {}, {}, []
        self.values, self.missing = {}, {}
        for line in lines:
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "fact":
                self.facts[rest[0]] = rest[1]
            elif kind == "figure":
                self.figures[rest[0]] = rest[1:]
            elif kind == "limit":
                self.limits[rest[0]] = (number(rest[1]), number(rest[2]))
            elif kind == "ratio":
                self.ratios.append((rest[0] == "less", rest[1], rest[2], number(rest[3]), number(rest[4])))
            elif kind == "value":
                self.values.setdefault(rest[0], {})[int(rest[1])] = float(rest[2])
            elif kind == "missing":
                self.missing.setdefault(rest[0], {})[int(rest[1])] = rest[2]


def summary(numbers):
    numbers = list(numbers)
    return {"median": statistics.median(numbers), "lowest": min(numbers), "highest": max(numbers)}


def verdict(found, floor, aim, less_is_better):
    if floor is None or found is None:
        return ""
    median = found["median"]
    if less_is_better:
        median, floor, aim = -median, -floor, None if aim is None else -aim
    if median < floor:
        return "MISSES THE FLOOR"
    if aim is None:
        return "holds"
    return "holds, aim met" if median >= aim else "holds, aim missed"


def spread(found, digits):
    if found is None:
        return ABSENT
    median, low, high = (f"{found[part]:,.{digits}f}" for part in ("median", "lowest", "highest"))
    return f"{median} ({low}-{high})"


def bound(number):
    return "" if number is None else f"{number:g}"


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1])]
        print("  ".join(cells + [row[-1]]).rstrip())
    print()


def figures(results):
    """As JSON has them, by name; those of measures that were not asked for left out."""
    found = {}
    for name, (title, unit, digits, counted) in results.figures.items():
        rounds, missing = results.values.get(name, {}), results.missing.get(name, {})
        if not rounds and not missing:
            continue
        floor, aim = results.limits.get(name, (None, None))
        median = summary(rounds.values()) if rounds else None
        found[name] = {
            "title": title.strip(), "unit": unit, "counted": counted, "rounds": rounds, "summary": median,
            "not_measured": missing, "floor": floor, "aim": aim, "verdict": verdict(median, floor, aim, True),
        }
    return found


def ratios(results):
    found = []
    for less_is_better, ours, reference, floor, aim in results.ratios:
        a, b = results.values.get(ours, {}), results.values.get(reference, {})
        both = sorted(a.keys() & b.keys())
        if not both:
            continue
        median = summary(a[k] / b[k] for k in both)
        found.append({
            "what": ours, "against": reference, "floor": floor, "aim": aim, "less_is_better": less_is_better,
            "ratio": median, "verdict": verdict(median, floor, aim, less_is_better),
        })
    return found


def show(results, figures, ratios):
    for name, fact in results.facts.items():
        print(f"{name:<11} {fact}")
    print()
    title = {name: shown for name, (shown, *_) in results.figures.items()}
    rows = [["of all rounds", "median (lowest-highest)", "unit", "floor", "aim", ""]]
    for name, figure in figures.items():
        digits = int(results.figures[name][2])
        rows.append([title[name], spread(figure["summary"], digits), figure["unit"], bound(figure["floor"]),
                     bound(figure["aim"]), figure["verdict"]])
    table(rows)

    if ratios:
        rows = [["ratio, round by round", "median (lowest-highest)", "floor", "aim", ""]]
        for row in ratios:
            sign = "≤ " if row["less_is_better"] else ""
            rows.append([f"{title[row['what']]} : {title[row['against']]}", spread(row["ratio"], 2),
                         sign + bound(row["floor"]), bound(row["aim"]), row["verdict"]])
        table(rows)

    loads = [name for name in figures if results.values.get(f"processor_postgresql_{name}")]
    if loads:
        rows = [["processor seconds (user and system) for 1,000 done", "gateway", "PostgreSQL", ""]]
        for name in loads:
            used = [results.values.get(f"processor_{side}_{name}") for side in ("gateway", "postgresql")]
            rows.append([title[name]] + [spread(summary(u.values()), 3) if u else "" for u in used] + [""])
        table(rows)

    print("Counted as done:")
    for name, figure in figures.items():
        if figure["summary"]:
            print(f"  {figure['title']}: {figure['counted']}")
    failed = [(n, k, why) for n, rounds in results.missing.items() for k, why in rounds.items()]
    if failed:
        print("\nNot measured:")
        for name, at, why in failed:
            print(f"  {title[name].strip()}, round {at}: {why}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", help="a file to write everything into")
    options = parser.parse_args()
    results = Results(sys.stdin)
    found, against = figures(results), ratios(results)
    show(results, found, against)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            processor = {name: rounds for name, rounds in results.values.items() if name.startswith("processor_")}
            json.dump({"facts": results.facts, "figures": found, "ratios": against, "processor": processor}, file, indent=2)
            file.write("\n")


main()
