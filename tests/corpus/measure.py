#!/usr/bin/env python3
"""How many queries of a folder huntql understands. See README.md beside this file."""
import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"```[ \t]*(\w*#?)[ \t]*\r?\n(.*?)```", re.S)
YAML_QUERY = re.compile(r"^([ \t]*)(?:query|queryText):[ \t]*[|>][-+]?[ \t]*\r?\n((?:\1[ \t]+.*\n?|[ \t]*\r?\n)+)", re.M)


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
    """(id, query) of all files, each text once."""
    seen = set()
    for folder in map(pathlib.Path, folders):
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            for number, text in enumerate(texts(path)):
                text = text.strip()
                key = hashlib.sha256(re.sub(r"\s+", " ", text).encode()).digest()
                if len(text) >= 12 and key not in seen:
                    seen.add(key)
                    yield f"{path.relative_to(folder)}#{number}", text


def ask(huntql, query):
    """Columns of a query, or what huntql says against it."""
    script = query.rstrip().rstrip(";") + "\n| getschema"
    done = subprocess.run(
        [huntql, "query", "--lang", "kql", "--format", "jsonl", "-c", script],
        capture_output=True, text=True, timeout=60, check=False,
    )
    if done.returncode == 2:
        errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
        return None, errors or [done.stderr.strip()[:200]]
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    return [[row.get("ColumnName"), row.get("ColumnType")] for row in rows], []


def verdict(errors):
    """The word for what huntql says."""
    if not errors:
        return "bound"
    if all("not run by huntql" in error for error in errors):
        return "refused"
    if any(re.search(r"there is no (table|function)|is not a column|has no column", error) for error in errors):
        return "unknown"
    return "error"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="folders of query files")
    parser.add_argument("--huntql", default="huntql", help="the binary")
    parser.add_argument("--verdicts", help="JSON lines of what another binder says")
    parser.add_argument("--floor", type=float, help="per cent that must be bound")
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
    counts, agreement, shown = collections.Counter(), collections.Counter(), 0
    for name, query in queries(options.folders):
        columns, errors = ask(options.huntql, query)
        word = verdict(errors)
        counts[word] += 1
        other = others.get(name)
        if other is not None and not other["errors"] and other["columns"]:
            same = columns is not None and all(
                theirs[0] == ours[0] and theirs[1] in (ours[1], "unknown")
                for theirs, ours in zip(other["columns"], columns)
            ) and len(columns) == len(other["columns"])
            agreement["same" if same else word if columns is None else "other columns"] += 1
        if word in ("error", "unknown") and shown < options.show:
            shown += 1
            print(f"{word}: {name}: {errors[0]}", file=sys.stderr)
    print(" ".join(f"{word}={counts[word]}" for word in ("bound", "refused", "unknown", "error")))
    if agreement:
        print("against the verdicts:", dict(agreement))
    share = 100 * counts["bound"] / max(1, counts["bound"] + counts["error"])
    print(f"bound of those that could be: {share:.2f} %")
    return 1 if options.floor is not None and share < options.floor else 0


if __name__ == "__main__":
    sys.exit(main())
