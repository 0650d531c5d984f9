#!/usr/bin/env python3
"""Whether huntql answers queries as they are said to be answered. See README.md beside this file."""
import argparse
import collections
import concurrent.futures
import json
import math
import re
import subprocess
import sys

TICKS = 10_000_000
MOMENT = re.compile(r"^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?\s*Z?$")
SPAN = re.compile(r"^(-?)(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?$")


def ticks(whole, fraction):
    """Whole seconds and the digits behind the point, in ticks."""
    return int(whole) * TICKS + int(((fraction or "") + "0" * 7)[:7])


def plain(cell):
    """A cell in a form in which equal values are equal: JSON is read, numbers, times and spans are told apart from text."""
    if isinstance(cell, str):
        text = cell.strip()
        if text.lower() in ("", "null"):
            return None
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        if text[:1] in "[{":
            try:
                return plain(json.loads(text))
            except ValueError:
                return text
        if moment := MOMENT.match(text):
            year, month, day, hour, minute, second, fraction = moment.groups()
            return ("moment", int(year), int(month), int(day), int(hour), int(minute), ticks(second or 0, fraction))
        if span := SPAN.match(text):
            sign, days, hours, minutes, seconds, fraction = span.groups()
            whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
            return ("span", ticks(whole, fraction) * (-1 if sign else 1))
        try:
            return float(text.replace(",", "")) if re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?|nan|[-+]?inf(inity)?", text, re.I) else text
        except ValueError:
            return text
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, (int, float)):
        return float(cell)
    if isinstance(cell, list):
        return [plain(item) for item in cell]
    return {key: plain(value) for key, value in cell.items() if value is not None}


def same(expected, found, digits):
    """Whether two plain cells are equal, numbers to so many digits."""
    if isinstance(expected, float) and isinstance(found, float):
        if math.isnan(expected) or math.isinf(expected):
            return str(expected) == str(found)
        return math.isclose(expected, found, rel_tol=10.0 ** -digits, abs_tol=1e-9)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(same(one, other, digits) for one, other in zip(expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(same(expected[key], found[key], digits) for key in expected)
    return expected == found


def differs(case, columns, rows, digits):
    """How an answer differs from the case's; nothing if it does not."""
    if list(columns) != case["columns"] and rows:
        return f"columns {list(columns)}, not {case['columns']}"
    expected = [[plain(cell) for cell in row] for row in case["rows"]]
    found = [[plain(cell) for cell in row] for row in rows]
    if not case.get("truncated") and len(expected) != len(found):
        return f"{len(found)} rows, not {len(expected)}"
    for place, row in enumerate(expected):
        if case.get("ordered") and not case.get("truncated"):
            if not same(row, found[place], digits):
                return f"row {place + 1} is {rows[place]}, not {case['rows'][place]}"
            continue
        match = next((at for at, other in enumerate(found) if same(row, other, digits)), None)
        if match is None:
            return f"no row {case['rows'][place]}; there is {rows[:1]}"
        found.pop(match)
    return ""


def ask(options, case):
    """The verdict on a case, with a reason."""
    command = [options.huntql, "query", "--lang", "kql", "--format", "json", "--quiet", "-"]
    if options.source:
        command[2:2] = ["--source", options.source, "--now", options.now]
    try:
        done = subprocess.run(
            command, input=case["query"], capture_output=True, text=True, timeout=options.seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return "error", f"it took longer than {options.seconds} s"
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
        reason = (lines or [done.stderr.strip()])[0]
        return "refused" if re.search("not run by huntql|huntql does not (run|have)", reason) else "error", reason
    try:
        rows = json.loads(done.stdout or "[]")
    except ValueError:
        return "error", "several answers, or no JSON"
    columns = list(rows[0]) if rows else case["columns"]
    reason = differs(case, columns, [list(row.values()) for row in rows], options.digits)
    return ("wrong" if reason else "right"), reason


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", help="JSON lines with id, query, columns, rows, and maybe ordered, truncated, needs, flags")
    parser.add_argument("--huntql", default="huntql", help="the binary")
    parser.add_argument("--source", help="data for cases that name tables")
    parser.add_argument("--now", default="2026-10-02T00:00:00Z", help="the end of that data's time")
    parser.add_argument("--seconds", type=float, default=20, help="time limit of each case")
    parser.add_argument("--digits", type=int, default=6, help="digits to which numbers must agree")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument("--show", type=int, default=0, help="how many to show that are not right")
    parser.add_argument("--floor", type=float, help="per cent that must be right")
    options = parser.parse_args()
    cases = []
    for name in options.cases:
        with open(name, encoding="utf8") as lines:
            cases += [json.loads(line) for line in lines if line.strip()]
    wanted = [
        case for case in cases
        if case.get("rows") is not None and not case.get("flags") and (options.source or case.get("needs", "self-contained") == "self-contained")
    ]
    counts, reasons = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for case, (word, reason) in zip(wanted, pool.map(lambda case: ask(options, case), wanted)):
            counts[word] += 1
            if word != "right":
                reasons[re.sub(r"\d+", "N", reason)[:100] if word != "wrong" else "wrong rows or columns"] += 1
                if sum(counts.values()) - counts["right"] <= options.show:
                    print(f"{word}: {case['id']}: {reason}", file=sys.stderr)
    for reason, count in reasons.most_common(options.show):
        print(f"{count:5} {reason}", file=sys.stderr)
    share = 100 * counts["right"] / max(1, sum(counts.values()))
    print(" ".join(f"{word}={counts[word]}" for word in ("right", "wrong", "refused", "error")), f"of {len(wanted)}: {share:.1f} %")
    return 1 if options.floor is not None and share < options.floor else 0


if __name__ == "__main__":
    sys.exit(main())
