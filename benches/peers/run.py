#!/usr/bin/env python3
"""huntql and its peers on the same questions over the same raw lines: medians and ratios.

Usage: run.py FOLDER [--rows N] [--rounds N] [--huntql BINARY] [--only QUESTION,…]

FOLDER receives a virtual environment with the peers, from the Python package registry, and the data. Each
question is put to every engine in turn, round by round. huntql is timed as a whole process; a peer inside its
process, without start-up and imports, two threads each. The form of each peer is the fastest honest one that
we know: DuckDB with the types of the wanted properties declared; ClickHouse with the properties pulled out of
the line by path; Polars scanning with a declared schema; DataFusion with a declared schema.
Answers are compared by their number of rows.
"""
import argparse, csv, datetime, json, os, pathlib, statistics, subprocess, sys, time, venv

PEERS = ["duckdb", "chdb", "polars", "datafusion"]
TIME = "2026-10-01T23:10:00", "2026-10-01T23:20:00"

# name: (wanted properties with their types, huntql, condition and aggregate as DuckDB writes them)
QUESTIONS = {
    "needle, any case": (["Timestamp", "DeviceName", "ProcessCommandLine"],
        "SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE ProcessCommandLine ILIKE '%comsvcs.dll%'",
        "SELECT {Timestamp}, {DeviceName} FROM {source} WHERE {ProcessCommandLine} ILIKE '%comsvcs.dll%'"),
    "needle, case counts": (["Timestamp", "DeviceName", "ProcessCommandLine"],
        "SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE ProcessCommandLine LIKE '%comsvcs.dll%'",
        "SELECT {Timestamp}, {DeviceName} FROM {source} WHERE {ProcessCommandLine} LIKE '%comsvcs.dll%'"),
    "IN of 200 hashes": (["Timestamp", "DeviceName", "SHA256"],
        "SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE SHA256 IN ({hashes})",
        "SELECT {Timestamp}, {DeviceName} FROM {source} WHERE {SHA256} IN ({hashes})"),
    "group by one column": (["FileName"],
        "SELECT FileName, count(*) FROM DeviceProcessEvents GROUP BY 1",
        "SELECT {FileName}, count(*) FROM {source} GROUP BY 1"),
    "time-range count": (["Timestamp"],
        "SELECT count(*) FROM DeviceProcessEvents WHERE Timestamp >= '%sZ' AND Timestamp < '%sZ'" % TIME,
        "SELECT count(*) FROM {source} WHERE {Timestamp} >= '%s' AND {Timestamp} < '%s'" % TIME),
    "top 10 by two columns": (["DeviceName", "FileName"],
        "SELECT DeviceName, FileName, count(*) AS n FROM DeviceProcessEvents GROUP BY 1, 2 ORDER BY n DESC LIMIT 10",
        "SELECT {DeviceName}, {FileName}, count(*) AS n FROM {source} GROUP BY 1, 2 ORDER BY n DESC LIMIT 10"),
    "count(*)": (["FileName"], "SELECT count(*) FROM DeviceProcessEvents", "SELECT count(*) FROM {source}"),
}


def hashes():
    import hashlib
    return ", ".join("'" + hashlib.sha256(str(n).encode()).hexdigest() + "'" for n in range(200))


def ask_duckdb(path, wanted, sql):
    import duckdb
    fields = ", ".join(f'{name} {"TIMESTAMP" if name == "Timestamp" else "VARCHAR"}' for name in wanted)
    source = (f"read_json('{path}', format='newline_delimited', maximum_object_size=134217728, "
              f"columns={{properties: 'STRUCT({fields})'}})")
    text = sql.format(source=source, hashes=hashes(), **{name: f"properties.{name}" for name in wanted})
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    return lambda: len(connection.execute(text).fetchall())


def ask_chdb(path, wanted, sql):
    import chdb
    pulled = {name: f"JSONExtractString(properties, '{name}')" for name in wanted}
    if "Timestamp" in pulled:
        pulled["Timestamp"] = f"parseDateTime64BestEffort({pulled['Timestamp']}, 7)"
    source = f"file('{path}', 'JSONEachRow', 'properties String')"
    text = sql.format(source=source, hashes=hashes(), **pulled) + " SETTINGS max_threads = 2, input_format_json_read_objects_as_strings = 1"
    return lambda: len(str(chdb.query(text, "CSV")).splitlines())


def ask_polars(path, wanted, sql):
    os.environ["POLARS_MAX_THREADS"] = "2"
    import polars
    schema = {"properties": polars.Struct({name: polars.String for name in wanted})}
    frame = polars.scan_ndjson(path, schema=schema)
    context = polars.SQLContext(events=frame.select(polars.col("properties").struct.unnest()))
    text = sql.format(source="events", hashes=hashes(), **{name: name for name in wanted})
    return lambda: context.execute(text, eager=False).collect().height


def ask_datafusion(path, wanted, sql):
    import datafusion, pyarrow
    fields = [(name, pyarrow.timestamp("ns") if name == "Timestamp" else pyarrow.string()) for name in wanted]
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(2))
    context.register_json("events", path, schema=pyarrow.schema([("properties", pyarrow.struct(fields))]), file_extension=".json")
    text = sql.format(source="events", hashes=hashes(), **{name: f"properties['{name}']" for name in wanted})
    return lambda: sum(batch.num_rows for batch in context.sql(text).collect())


def peer(name, path, question):
    """In the peer's process: prints seconds and rows."""
    wanted, _, sql = QUESTIONS[question]
    ask = globals()["ask_" + name](path, wanted, sql)
    started = time.perf_counter()
    rows = ask()
    print(json.dumps([time.perf_counter() - started, rows]))


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--huntql", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release/huntql")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    python, data = args.folder / "venv/bin/python", args.folder / "data"
    if not python.exists():
        venv.create(args.folder / "venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "pyarrow", *PEERS], check=True)
    if not data.exists():
        subprocess.run([args.huntql, "sample", data, "--tables", "DeviceProcessEvents", "--rows", str(args.rows),
                        "--hours", "1", "--no-quirks", "--plain", "--no-dumps"], check=True, stdout=subprocess.DEVNULL)
    path = str(next(data.rglob("*.json")))
    size = os.path.getsize(path)
    subprocess.run(["cat", path], stdout=subprocess.DEVNULL)
    chosen = [question for question in QUESTIONS if args.only in question]
    seconds, rows = {}, {}
    for _ in range(args.rounds):
        for question in chosen:
            for engine in ["huntql", *PEERS]:
                if engine == "huntql":
                    sql = QUESTIONS[question][1].replace("{hashes}", hashes())
                    started = time.perf_counter()
                    done = subprocess.run([args.huntql, "query", "--source", data, "--format", "jsonl", "-c", sql],
                                          capture_output=True, text=True)
                    answer = [time.perf_counter() - started, len(done.stdout.splitlines())]
                else:
                    done = subprocess.run([python, __file__, "--peer", engine, path, question], capture_output=True, text=True)
                    lines = done.stdout.splitlines()
                    answer = json.loads(lines[-1]) if lines else None
                if done.returncode or not answer:
                    print(f"{engine} on {question}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                    continue
                seconds.setdefault((question, engine), []).append(answer[0])
                rows[question, engine] = answer[1]
    today = datetime.date.today().isoformat()
    with open(pathlib.Path(__file__).parent / f"{today}.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["question", "engine", "seconds", "GB/s", "times huntql", "rows", "bytes"])
        for question in chosen:
            own = statistics.median(seconds.get((question, "huntql"), [float("nan")]))
            for engine in ["huntql", *PEERS]:
                if (question, engine) in seconds:
                    median = statistics.median(seconds[question, engine])
                    line = [question, engine, f"{median:.2f}", f"{size / median / 1e9:.2f}", f"{median / own:.1f}",
                            rows[question, engine], size]
                    writer.writerow(line)
                    print("{:24} {:10} {:>7} s {:>6} GB/s {:>6} x  {} rows".format(*line[:6]))


if __name__ == "__main__":
    main()
