#!/usr/bin/env python3
"""How many queries of a folder huntql understands. See README.md beside this file."""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"```[ \t]*(\w*#?)[ \t]*\r?\n(.*?)```", re.S)
YAML_QUERY = re.compile(r"^([ \t]*)(?:query|queryText):[ \t]*[|>][-+]?[ \t]*\r?\n((?:\1[ \t]+.*\n?|[ \t]*\r?\n)+)", re.M)
# What may stand behind a query and is none of it: blanks, semicolons, lines of comment.
TAIL = re.compile(r"(?:\s|;|(?<=\n)[ \t]*//[^\n]*)*\Z")


def texts(path):
    """The queries of one file."""
    content = path.read_text("utf8", "replace")
    ending = path.suffix.lower()
    if ending in (".kql", ".kusto", ".csl"):
        yield content
    elif ending == ".txt" and "|" in content:
        yield content
    elif ending == ".md":
        for language, fence in FENCE.findall(content):
            if language.lower() in ("", "kql", "kusto", "csl", "c#") and "|" in fence:
                yield fence
    elif ending in (".yaml", ".yml"):
        for _, block in YAML_QUERY.findall(content):
            lines = block.splitlines()
            margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            yield "\n".join(line[margin:] for line in lines)


def queries(folders):
    """(id, query) of all files, each text once; a .jsonl file is a list as --list prints it."""
    seen = set()
    for folder in map(pathlib.Path, folders):
        if folder.suffix == ".jsonl":
            with folder.open(encoding="utf8") as lines:
                yield from ((entry["id"], entry["query"]) for entry in map(json.loads, lines))
            continue
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            for number, text in enumerate(texts(path)):
                text = text.strip()
                key = hashlib.sha256(re.sub(r"\s+", " ", text).encode()).digest()
                if len(text) >= 12 and key not in seen:
                    seen.add(key)
                    yield f"{path.relative_to(folder)}#{number}", text


def call(huntql, arguments, script, seconds):
    """What huntql prints for a script, and its errors."""
    command = [huntql, "query", "--lang", "kql", "--format", "jsonl", "--quiet", *arguments, "-"]
    try:
        done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return "", [f"error: it took longer than {seconds} s"]
    if done.returncode == 0:
        return done.stdout, []
    errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
    return done.stdout, errors or [done.stderr.strip()[:200] or f"error: it ended with {done.returncode}"]


def columns_of(huntql, query):
    """Columns of a query, or what huntql says against it."""
    out, errors = call(huntql, [], TAIL.sub("", query) + "\n| getschema", 60)
    if errors:
        return None, errors
    rows = [json.loads(line) for line in out.splitlines() if line.strip()]
    return [[row.get("ColumnName"), row.get("ColumnType")] for row in rows], []


def ask(options, query):
    """Columns of a query; the errors of binding, or those of running it over data if that is asked for; rows."""
    columns, errors = columns_of(options.huntql, query)
    if errors or not options.source:
        return columns, errors, [], 0
    arguments = ["--source", options.source, "--now", options.now]
    out, failed = call(options.huntql, arguments, query, options.seconds)
    return columns, errors, failed, out.count("\n")


def verdict(errors):
    """The word for what huntql says."""
    if not errors:
        return "bound"
    if all(re.search("not run by huntql|huntql does not (run|have)", error) for error in errors):
        return "refused"
    if any(re.search(r"there is no (table|function)|is not a column|has no column", error) for error in errors):
        return "unknown"
    return "error"


def difference(theirs, ours):
    """How two lists of columns differ, at the first place; nothing if they do not. A type that a binder cannot know is any type."""
    for place, (their, our) in enumerate(zip(theirs, ours), 1):
        if their[0] != our[0] or their[1] not in (our[1], "unknown"):
            return f"column {place} is {our[0]}: {our[1]}, not {their[0]}: {their[1]}"
    return "" if len(theirs) == len(ours) else f"{len(ours)} columns, not {len(theirs)}"


def outcome(failed, rows):
    """The word for what came of running a query that is bound."""
    if not failed:
        return "with rows" if rows else "without rows"
    if any("--allow-net" in error for error in failed):
        return "outside"
    if all(re.search("huntql does not (run|have)", error) for error in failed):
        return "refused"
    return "failed"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="folders of query files, or lists of queries as --list prints them")
    parser.add_argument("--huntql", default="huntql", help="the binary")
    parser.add_argument("--verdicts", help="JSON lines of what another binder says")
    parser.add_argument("--source", help="data over which the queries that are bound are planned and run")
    parser.add_argument("--now", default="2026-10-02T00:00:00Z", help="the end of that data's time")
    parser.add_argument("--seconds", type=float, default=60, help="time limit of each query")
    parser.add_argument("--jobs", type=int, default=2, help="queries at a time")
    parser.add_argument("--report", help="write what came of each query, as JSON lines")
    parser.add_argument("--floor", type=float, help="per cent that must be bound, and run if there is --source")
    parser.add_argument("--list", action="store_true", help="only print the queries, as JSON lines")
    parser.add_argument("--show", type=int, default=10, help="how many failures to show")
    options = parser.parse_args()
    if options.list:
        for name, query in queries(options.folders):
            print(json.dumps({"id": name, "query": query}))
        return 0
    others = {}
    if options.verdicts:
        with open(options.verdicts, encoding="utf8") as lines:
            others = {entry["id"]: entry for entry in map(json.loads, lines)}
    counts, agreement, ran, shown = collections.Counter(), collections.Counter(), collections.Counter(), 0
    report = open(options.report, "w", encoding="utf8") if options.report else None
    asked = list(queries(options.folders))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        answers = pool.map(lambda one: ask(options, one[1]), asked)
        for (name, query), (columns, errors, failed, rows) in zip(asked, answers):
            word = verdict(errors)
            counts[word] += 1
            other, differs = others.get(name), ""
            if other is not None and not other["errors"] and other["columns"]:
                differs = difference(other["columns"], columns) if columns is not None else ""
                agreement[word if columns is None else "differs" if differs else "same"] += 1
            elif other is not None:
                agreement["rejected by both" if columns is None else "rejected there, bound here"] += 1
            if word == "bound" and options.source:
                ran[outcome(failed, rows)] += 1
            if report:
                entry = {"id": name, "word": word, "errors": errors, "differs": differs, "failed": failed, "rows": rows}
                report.write(json.dumps(entry) + "\n")
            if (word in ("error", "unknown") or failed or differs) and shown < options.show:
                shown += 1
                said = "failed" if failed else "differs" if differs else word
                print(f"{said}: {name}: {(errors or failed or [differs])[0]}", file=sys.stderr)
    print(" ".join(f"{word}={counts[word]}" for word in ("bound", "refused", "unknown", "error")))
    if agreement:
        print("against the verdicts:", dict(agreement))
    good, could = counts["bound"], counts["bound"] + counts["error"]
    if options.source:
        print("run over the data:", dict(ran))
        good, could = good - ran["failed"] - ran["outside"] - ran["refused"], could - ran["outside"]
    share = 100 * good / max(1, could)
    print(f"{'bound and run' if options.source else 'bound'} of those that could be: {share:.2f} %")
    return 1 if options.floor is not None and share < options.floor else 0


if __name__ == "__main__":
    sys.exit(main())
