#!/usr/bin/env python3
"""huntql and its peers on the same questions over the same raw lines: medians and ratios.

Usage: run.py FOLDER [--rows N] [--rounds N] [--huntql BINARY] [--only QUESTION] [--peers NAME,…]

FOLDER receives a virtual environment with the peers, from the Python package registry, and the data. Each
question is put to every engine in turn, round by round. huntql is timed as a whole process; a peer inside its
process, without start-up and imports, two threads each. The form of each peer is the fastest honest one that
we know: DuckDB with the types of the wanted properties declared; ClickHouse with the properties pulled out of
the line by path; Polars scanning with a declared schema; DataFusion with a declared schema. Files packed with
gzip, the join of two tables and the export are put to huntql, DuckDB and, but for the join, ClickHouse; both
write Parquet packed with snappy, unsorted. Answers are compared by their number of rows.
"""
import argparse, collections, csv, datetime, gzip, itertools, json, os, pathlib, re, shutil, statistics, subprocess, sys, time, venv

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
    "needle, files of gzip": (["Timestamp", "DeviceName", "ProcessCommandLine"],
        "SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE ProcessCommandLine ILIKE '%comsvcs.dll%'",
        "SELECT {Timestamp}, {DeviceName} FROM {source} WHERE {ProcessCommandLine} ILIKE '%comsvcs.dll%'"),
    "join within 5 minutes": (["Timestamp", "DeviceId", "ProcessCommandLine"],
        "SELECT p.DeviceId, n.RemoteIP FROM DeviceProcessEvents p JOIN DeviceNetworkEvents n ON p.DeviceId = n.DeviceId AND "
        "n.Timestamp BETWEEN p.Timestamp AND p.Timestamp + INTERVAL '5 minutes' WHERE p.ProcessCommandLine ILIKE '%comsvcs.dll%'",
        "SELECT p.properties.DeviceId, n.properties.RemoteIP FROM {source} p JOIN {network} n "
        "ON p.properties.DeviceId = n.properties.DeviceId AND n.properties.Timestamp BETWEEN p.properties.Timestamp "
        "AND p.properties.Timestamp + INTERVAL 5 MINUTES WHERE p.properties.ProcessCommandLine ILIKE '%comsvcs.dll%'"),
    "export to Parquet": (None, None, None),
}
PACKED, JOIN, EXPORT = "needle, files of gzip", "join within 5 minutes", "export to Parquet"
# Who is asked what; all peers if it does not stand here.
ASKED = {PACKED: ["duckdb", "chdb"], JOIN: ["duckdb"], EXPORT: ["duckdb", "chdb"]}


def choose_hashes(path):
    """200 hashes, 5 of them the rarest of the lines, so that the answer has rows and most lines are none."""
    import hashlib
    seen = collections.Counter()
    with open(path, "rb") as lines:
        for line in itertools.islice(lines, 100_000):
            seen.update(re.findall(rb'"SHA256":"([0-9a-f]{64})"', line))
    there = [found.decode() for found, _ in sorted(seen.items(), key=lambda pair: (pair[1], pair[0]))[:5]]
    other = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(200 - len(there))]
    return ", ".join(f"'{text}'" for text in there + other)


def hashes():
    """The same for every engine: see main."""
    return os.environ["HASHES"]


def columns(path, types):
    """All properties of the first line, each with the type that its value and name show."""
    with open(path) as lines:
        properties = json.loads(lines.readline())["properties"]
    def kind(name, value):
        if name.endswith("Time") or name == "Timestamp":
            return types["moment"]
        return types["bool"] if isinstance(value, bool) else types["number"] if isinstance(value, int) else types["text"]
    return [(name, kind(name, value)) for name, value in properties.items()]


def ask_duckdb(path, question):
    import duckdb
    wanted, _, sql = QUESTIONS[question]
    def source(path, fields):
        fields = ", ".join(f"{name} {kind}" for name, kind in fields)
        return (f"read_json('{path}', format='newline_delimited', maximum_object_size=134217728, "
                f"columns={{properties: 'STRUCT({fields})'}})")
    def typed(names):
        return [(name, "TIMESTAMP" if name == "Timestamp" else "VARCHAR") for name in names]
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    if question == EXPORT:
        every = columns(path, {"moment": "TIMESTAMP", "bool": "BOOLEAN", "number": "BIGINT", "text": "VARCHAR"})
        to = pathlib.Path(path + ".duckdb.parquet")
        text = f"COPY (SELECT unnest(properties) FROM {source(path, every)}) TO '{to}' (FORMAT parquet, COMPRESSION snappy)"
        return lambda: connection.execute(text).fetchall()[0][0], to
    network = source(path.replace("processevents", "networkevents"), typed(["Timestamp", "DeviceId", "RemoteIP"]))
    text = sql.format(source=source(path, typed(wanted)), network=network, hashes=hashes(),
                      **{name: f"properties.{name}" for name in wanted})
    return lambda: len(connection.execute(text).fetchall()), None


def ask_chdb(path, question):
    import chdb
    wanted, _, sql = QUESTIONS[question]
    if question == EXPORT:
        every = columns(path, {"moment": "Nullable(DateTime64(7))", "bool": "Nullable(Bool)", "number": "Nullable(Int64)",
                               "text": "Nullable(String)"})
        fields = ", ".join(f"{name} {kind}" for name, kind in every)
        to = pathlib.Path(path + ".chdb.parquet")
        text = (f"SELECT properties.* FROM file('{path}', 'JSONEachRow', 'properties Tuple({fields})') INTO OUTFILE '{to}' "
                "FORMAT Parquet SETTINGS max_threads = 2, use_hive_partitioning = 0, date_time_input_format = 'best_effort', "
                "output_format_parquet_compression_method = 'snappy'")
        return lambda: len(str(chdb.query(text)).splitlines()), to
    pulled = {name: f"JSONExtractString(properties, '{name}')" for name in wanted}
    if "Timestamp" in pulled:
        pulled["Timestamp"] = f"parseDateTime64BestEffort({pulled['Timestamp']}, 7)"
    source = f"file('{path}', 'JSONEachRow', 'properties String')"
    text = sql.format(source=source, hashes=hashes(), **pulled) + " SETTINGS max_threads = 2, use_hive_partitioning = 0, input_format_json_read_objects_as_strings = 1"
    return lambda: len(str(chdb.query(text, "CSV")).splitlines()), None


def ask_polars(path, question):
    wanted, _, sql = QUESTIONS[question]
    os.environ["POLARS_MAX_THREADS"] = "2"
    import polars
    schema = {"properties": polars.Struct({name: polars.String for name in wanted})}
    frame = polars.scan_ndjson(path, schema=schema)
    context = polars.SQLContext(events=frame.select(polars.col("properties").struct.unnest()))
    text = sql.format(source="events", hashes=hashes(), **{name: name for name in wanted})
    return lambda: context.execute(text, eager=False).collect().height, None


def ask_datafusion(path, question):
    import datafusion, pyarrow
    wanted, _, sql = QUESTIONS[question]
    fields = [(name, pyarrow.timestamp("ns") if name == "Timestamp" else pyarrow.string()) for name in wanted]
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(2))
    context.register_json("events", path, schema=pyarrow.schema([("properties", pyarrow.struct(fields))]), file_extension=".json")
    text = sql.format(source="events", hashes=hashes(), **{name: f"properties['{name}']" for name in wanted})
    return lambda: sum(batch.num_rows for batch in context.sql(text).collect()), None


def peer(name, path, question):
    """In the peer's process: prints seconds and rows."""
    ask, written = globals()["ask_" + name](path, question)
    started = time.perf_counter()
    rows = ask()
    print(json.dumps([time.perf_counter() - started, rows]))
    if written:
        written.unlink()


def ask_huntql(binary, data, question):
    """The same of huntql, a process each."""
    if question == EXPORT:
        to = data.parent / "exported.parquet"
        command = [binary, "export", "--source", data, "--table", "DeviceProcessEvents", "--to", to, "--sort", "",
                   "--compression", "snappy", "--overwrite"]
    else:
        sql = QUESTIONS[question][1].replace("{hashes}", hashes())
        command = [binary, "query", "--source", data, "--format", "jsonl", "-c", sql]
    started = time.perf_counter()
    done = subprocess.run([*command, "--threads", "2"], capture_output=True, text=True)
    return done, [time.perf_counter() - started, len(done.stdout.splitlines())]


def pack(path, folder):
    """The lines of a blob as one blob of gzip for every 64 MB, an hour each."""
    with open(path, "rb") as lines:
        for number, piece in enumerate(iter(lambda: lines.readlines(64 << 20), [])):
            relative = str(path.relative_to(folder.parent / "data")).replace("h=23", f"h={number % 24:02}").replace("d=01", f"d={number // 24 + 2:02}")
            to = folder / (relative + ".gz")
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(gzip.compress(b"".join(piece), 6))


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--huntql", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release/huntql")
    parser.add_argument("--only", default="")
    parser.add_argument("--peers", default=",".join(PEERS))
    args = parser.parse_args()
    python, data, packed = args.folder / "venv/bin/python", args.folder / "data", args.folder / "packed"
    if not python.exists():
        venv.create(args.folder / "venv", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "pyarrow", *args.peers.split(",")], check=True)
    if not data.exists():
        for table, share in [("DeviceProcessEvents", 1), ("DeviceNetworkEvents", 4)]:
            subprocess.run([args.huntql, "sample", args.folder / table, "--tables", table, "--rows", str(args.rows // share),
                            "--hours", "1", "--no-quirks", "--plain", "--no-dumps"], check=True, stdout=subprocess.DEVNULL)
            (args.folder / table).rename(data) if not data.exists() else shutil.copytree(args.folder / table, data, dirs_exist_ok=True)
            shutil.rmtree(args.folder / table, ignore_errors=True)
    path = next(data.rglob("*processevents*/**/*.json"))
    chosen = [question for question in QUESTIONS if args.only in question]
    if PACKED in chosen and not packed.exists():
        pack(path, packed)
    size = os.path.getsize(path)
    os.environ["HASHES"] = choose_hashes(path)
    for file in [*data.rglob("*.json"), *packed.rglob("*.gz")]:
        subprocess.run(["cat", file], stdout=subprocess.DEVNULL)
    seconds, rows = {}, {}
    for _ in range(args.rounds):
        for question in chosen:
            for engine in ["huntql", *(peer for peer in ASKED.get(question, PEERS) if peer in args.peers.split(","))]:
                if engine == "huntql":
                    done, answer = ask_huntql(args.huntql, packed if question == PACKED else data, question)
                else:
                    asked = str(packed) + "/**/*.json.gz" if question == PACKED else str(path)
                    done = subprocess.run([python, __file__, "--peer", engine, asked, question], capture_output=True, text=True)
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
