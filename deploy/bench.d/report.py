"""Prints what deploy/bench measured as a table, and writes it as JSON.

Reads lines of `value<TAB>name<TAB>round<TAB>number`, `missing<TAB>name<TAB>round<TAB>why` and `fact<TAB>name<TAB>text`. A
ratio is taken within a round, since the machine's mood changes between rounds; the median of the ratios is shown.
"""

import argparse
import json
import statistics
import sys

# Name, what is shown, unit, digits, what was counted as done.
MEASURES = [
    ("accept_64", "accepts, 64 clients", "/s", 0,
     "200 answered to a signed 1 KiB event of its own, workers off; as many rows counted in inbound_event afterwards"),
    ("accept_256", "accepts, 256 clients", "/s", 0, "the same with 256 connections"),
    ("one_row_64", "pgbench, one row, 64 clients", "/s", 0,
     "a committed transaction: one 1 KiB row, unique key, ON CONFLICT DO NOTHING; same cluster, database of its own"),
    ("echo_64", "echo, 64 clients", "/s", 0,
     "200 answered to the same 1 KiB by the same webhook route: token compared, body read, no signature, no database"),
    ("bare_64", "bare answer, 64 clients", "/s", 0, "200 answered to GET /health/live: no body, no database"),
    ("full_path", "full path", "/s", 0,
     "an event posted by 64 clients as fast as they can, until the intake queue is empty; each has its outcome "
     "`done` and its card an outbox row; events by the time from the first post to the empty queue"),
    ("drain", "drain of a backlog", "/s", 0,
     "the same events accepted before with workers off; by the time from starting `serve --role worker` to the empty queue"),
    ("tpcb_32", "pgbench, TPC-B-like, 32 clients", "/s", 0, "a committed transaction, scale 32; same cluster"),
    ("attach_32", "pgbench, insert or attach, 32 clients", "/s", 0,
     "a committed call of a function that keeps the request, finds or makes card and lead, adds activity and outbox row"),
    ("lookup_p50", "caller lookup, half load, median", "ms", 1,
     "answer to a signed ringing call at a fixed 100/s, from when it was due, the event made durable too; meanwhile "
     "accepts at about half of their own rate, and workers"),
    ("lookup_p99", "caller lookup, half load, p99", "ms", 1, "the same"),
    ("lookup_found", "  that found the caller", "%", 0, "leadgate_lookups_total{outcome=\"found\"}; each number has a card"),
    ("lookup_load", "  accepts meanwhile", "/s", 0, "200 answered to the load's signed events"),
    ("memory_idle", "resident memory, idle", "MiB", 1, "VmRSS of the gateway, all roles, some seconds after its start"),
    ("memory_full_path", "resident memory, full path", "MiB", 1, "VmHWM, the highest VmRSS, during the full path"),
    ("memory_accept_256", "resident memory, 256 clients", "MiB", 1, "VmHWM during the accepts of 256 clients"),
    ("restart", "kill -9 to the first accept", "s", 2,
     "from the signal to the first 200 for a new event; the next process started at once, PostgreSQL going on"),
]

# Ours, the reference (None: the figure itself), floor, aim. Below one another: what is more is better; None: no budget.
BUDGETS = [
    ("accept_64", "one_row_64", 1.1, 1.3),
    ("accept_256", "one_row_64", None, None),
    ("accept_64", "echo_64", 0.45, 0.6),
    ("accept_64", "bare_64", None, None),
    ("full_path", "tpcb_32", 1.5, 2.2),
    ("full_path", "attach_32", 1.2, None),
    ("drain", "tpcb_32", 3.0, 5.0),
]
# Figures with a budget of their own: what is less is better.
LIMITS = {
    "lookup_p99": (20, 5),
    "memory_idle": (80, 40),
    "memory_full_path": (200, 120),
    "memory_accept_256": (200, 120),
    "restart": (2, 0.5),
}
ABSENT = "not measured"


def read(lines):
    values, missing, facts = {}, {}, {}
    for line in lines:
        kind, name, *rest = line.rstrip("\n").split("\t")
        if kind == "value":
            values.setdefault(name, {})[int(rest[0])] = float(rest[1])
        elif kind == "missing":
            missing.setdefault(name, {})[int(rest[0])] = rest[1]
        else:
            facts[name] = rest[0]
    return values, missing, facts


def summary(numbers):
    return {"median": statistics.median(numbers), "lowest": min(numbers), "highest": max(numbers)}


def verdict(number, floor, aim, less_is_better=False):
    if floor is None:
        return ""
    if less_is_better:
        number, floor, aim = -number, -floor, None if aim is None else -aim
    if number < floor:
        return "below the floor"
    return "aim met" if aim is not None and number >= aim else "floor met"


def spread(found, digits):
    if found is None:
        return ABSENT
    median, low, high = (f"{found[part]:,.{digits}f}" for part in ("median", "lowest", "highest"))
    return f"{median} ({low}-{high})"


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1])]
        print("  ".join(cells + [row[-1]]).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", help="a file to write everything into")
    options = parser.parse_args()
    values, missing, facts = read(sys.stdin)

    figures = {}
    for name, title, unit, digits, counted in MEASURES:
        rounds = values.get(name, {})
        figures[name] = {
            "title": title.strip(), "unit": unit, "counted": counted, "rounds": rounds,
            "summary": summary(list(rounds.values())) if rounds else None,
            "not_measured": missing.get(name, {} if rounds else {0: "not part of this run"}),
        }
    ratios = []
    for ours, reference, floor, aim in BUDGETS:
        both = sorted(values.get(ours, {}).keys() & values.get(reference, {}).keys())
        found = summary([values[ours][k] / values[reference][k] for k in both]) if both else None
        ratios.append({
            "what": ours, "against": reference, "floor": floor, "aim": aim, "ratio": found,
            "verdict": verdict(found["median"], floor, aim) if found else ABSENT,
        })

    for name, fact in facts.items():
        print(f"{name:<11} {fact}")
    print()
    rows = [["of all rounds", "median (lowest-highest)", "unit", "floor", "aim", ""]]
    for name, title, unit, digits, _ in MEASURES:
        found = figures[name]["summary"]
        floor, aim = LIMITS.get(name, (None, None))
        said = verdict(found["median"], floor, aim, less_is_better=True) if found else ""
        rows.append([title, spread(found, digits), unit, bound(floor), bound(aim), said])
        figures[name] |= {"floor": floor, "aim": aim, "verdict": said if found else ABSENT}
    table(rows)
    print()
    rows = [["ratio, round by round", "median (lowest-highest)", "floor", "aim", ""]]
    titles = {name: title for name, title, *_ in MEASURES}
    for row in ratios:
        label = f"{titles[row['what']]} : {titles[row['against']]}"
        said = row["verdict"] if row["ratio"] else ""
        rows.append([label, spread(row["ratio"], 2), bound(row["floor"]), bound(row["aim"]), said])
    table(rows)

    print("\nCounted as done:")
    for name, title, *_, counted in MEASURES:
        if figures[name]["summary"]:
            print(f"  {title.strip()}: {counted}")
    failed = [(n, k, why) for n, rounds in missing.items() for k, why in rounds.items()]
    if failed:
        print("\nNot measured:")
        for name, number, why in failed:
            print(f"  {titles[name].strip()}, round {number}: {why}")

    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"facts": facts, "figures": figures, "ratios": ratios}, file, indent=2)
            file.write("\n")


def bound(number):
    return "" if number is None else f"{number:g}"


main()
