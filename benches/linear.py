#!/usr/bin/env python3
"""Time and memory of a needle over 1, 2, 4 and 8 GB of raw lines: the time grows with the bytes, the memory does not.

Usage: linear.py FOLDER [--gigabytes N,…] [--rounds N] [--huntql BINARY]

FOLDER receives the data, a day of process events for each size, plain. Each is read once before it is timed, so that it lies in the page
cache. Prints medians of whole processes, and the greatest resident size of any of them.
"""
import argparse, os, pathlib, statistics, subprocess, time

SQL = "SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE ProcessCommandLine ILIKE '%comsvcs.dll%'"
LINE = 3677  # bytes of a line of the sample


def ask(binary, data):
    """Seconds, rows and peak resident bytes of one process."""
    started = time.perf_counter()
    command = [binary, "query", "--source", str(data), "--format", "jsonl", "--threads", "2", "-c", SQL]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    rows = process.stdout.read().count(b"\n")
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"huntql failed over {data}")
    return time.perf_counter() - started, rows, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gigabytes", default="1,2,4,8")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--huntql", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release/huntql")
    args = parser.parse_args()
    for gigabytes in map(int, args.gigabytes.split(",")):
        data = args.folder / f"{gigabytes}gb"
        if not data.exists():
            rows = str(gigabytes * 10**9 // LINE)
            subprocess.run([args.huntql, "sample", data, "--tables", "DeviceProcessEvents", "--rows", rows, "--hours", "24",
                            "--no-quirks", "--plain", "--no-dumps"], check=True, stdout=subprocess.DEVNULL)
        files = [path for path in data.rglob("*") if path.is_file()]
        for path in files:
            subprocess.run(["cat", path], stdout=subprocess.DEVNULL)
        size = sum(path.stat().st_size for path in files)
        answers = [ask(args.huntql, data) for _ in range(args.rounds)]
        seconds, peak = statistics.median(answer[0] for answer in answers), max(answer[2] for answer in answers)
        print(f"{size / 1e9:5.2f} GB {seconds:6.2f} s {size / seconds / 1e9:6.2f} GB/s {peak / 1e6:6.0f} MB  {answers[0][1]} rows", flush=True)


if __name__ == "__main__":
    main()
