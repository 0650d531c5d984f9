#!/usr/bin/env python3
"""Two hundred hunts in one run, against one needle hunt over the same data.

Usage: pack.py FOLDER [--gigabytes N] [--hunts N] [--rounds N] [--check] [--huntql BINARY]

FOLDER receives the data, a day of all tables, and the pack: the shipped hunts, and variants of them and of common shapes with other
needles. Prints medians of whole processes, their ratio, and the greatest resident size. With --check the hunts are also run one by one,
and every answer is compared.
"""
import argparse, json, os, pathlib, re, shutil, statistics, subprocess, time

HERE = pathlib.Path(__file__).resolve().parent
LINE = 3200  # bytes of a line of the sample, roughly
NEEDLE = "DeviceProcessEvents | where ProcessCommandLine has 'comsvcs.dll' | project Timestamp, DeviceName"
# What public packs look for, most of it nowhere in the data.
WORDS = """mimikatz procdump rubeus seatbelt sharphound bloodhound certutil bitsadmin mshta regsvr32 rundll32 wscript cscript installutil
msbuild odbcconf pcalua forfiles cmstp esentutl vssadmin wbadmin bcdedit fsutil nltest dsquery adfind psexesvc winexe anydesk teamviewer
rclone megasync winscp plink ngrok chisel ligolo cobaltstrike meterpreter sliver brute havoc covenant empire nishang powercat powerview
invoke-expression downloadstring frombase64string encodedcommand bypass hidden schtasks wevtutil sdelete cipher""".split()
SHAPES = [
    "DeviceProcessEvents | where ProcessCommandLine has '{}' | project Timestamp, DeviceName, AccountName, ProcessCommandLine",
    "DeviceProcessEvents | where FileName =~ '{}.exe' or InitiatingProcessFileName =~ '{}.exe' | summarize n = count(), earliest = min(Timestamp) by DeviceName",
    "DeviceFileEvents | where FileName contains '{}' | project Timestamp, DeviceName, FolderPath, SHA256",
    "DeviceNetworkEvents | where InitiatingProcessCommandLine has '{}' or RemoteUrl contains '{}' | summarize count() by DeviceName, RemoteIP",
    "DeviceRegistryEvents | where RegistryValueData contains '{}' | project Timestamp, DeviceName, RegistryKey, RegistryValueData",
    "EmailEvents | where Subject has '{}' | project Timestamp, SenderFromAddress, RecipientEmailAddress, Subject",
    "CloudAppEvents | where tostring(RawEventData) has '{}' | summarize count() by AccountDisplayName, ActionType",
]


def pack(folder, count):
    """Writes the pack and gives how many of it are shipped."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shipped = sorted(path for path in (HERE.parent / "queries").iterdir() if path.suffix in (".sql", ".kql"))
    for path in shipped:
        shutil.copy(path, folder)
    for number in range(count - len(shipped)):
        word = WORDS[number % len(WORDS)]
        (folder / f"variant-{number:03}.kql").write_text(SHAPES[number % len(SHAPES)].replace("{}", word) + "\n")
    return len(shipped)


def timed(command):
    """Seconds and peak resident bytes of a process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))}\n{said}")
    return time.perf_counter() - started, usage.ru_maxrss * 1024, said


def answers(folder):
    """The rows of each hunt, sorted: their order is the hunt's own business."""
    return {path.stem: sorted(path.read_text().splitlines()) for path in folder.glob("*.jsonl")}


def same(one, other):
    """Whether two sorted answers agree; sums of doubles may differ in their last digits."""
    digits = lambda lines: [re.sub(r"\d+\.\d{6,}", lambda found: f"{float(found[0]):.6g}", line) for line in lines]
    return digits(one) == digits(other)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--hunts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--huntql", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release/huntql")
    args = parser.parse_args()
    data, hunts = args.folder / "all-tables", args.folder / "pack"
    if not data.exists():
        rows = str(int(args.gigabytes * 1e9 / LINE))
        subprocess.run([args.huntql, "sample", data, "--rows", rows, "--hours", "24", "--plain", "--no-dumps"],
                       check=True, stdout=subprocess.DEVNULL)
    shipped = pack(hunts, args.hunts)
    files = [path for path in data.rglob("*") if path.is_file()]
    for path in files:
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL)
    size = sum(path.stat().st_size for path in files)
    of_table = sum(path.stat().st_size for path in files if "deviceprocessevents" in str(path).lower())
    common = ["--source", str(data), "--now", "2026-10-02T00:00:00Z", "--quiet"]
    one = [args.huntql, "query", "--lang", "kql", *common, "--format", "jsonl", "-c", NEEDLE]
    run = lambda jobs, out: [args.huntql, "run", hunts, *common, "--results", out, "--format", "jsonl", "--jobs", str(jobs)]
    together = args.folder / "together"
    singles = [timed(one) for _ in range(args.rounds)]
    packs = [timed(run(256, together)) for _ in range(args.rounds)]
    single, whole = (statistics.median(found[0] for found in times) for times in (singles, packs))
    told = json.loads((together / "summary.json").read_text())["hunts"]
    status = {kind: sum(hunt["status"] == kind for hunt in told) for kind in ("hit", "nothing", "failed")}
    print(f"{size / 1e9:.2f} GB of all tables, {of_table / 1e9:.2f} GB of them process events; {len(told)} hunts, {shipped} of them shipped: {status}")
    print(f"one needle {single:.2f} s; all hunts {whole:.2f} s, {whole / single:.1f} times; {max(found[1] for found in packs) / 1e6:.0f} MB")
    if args.check:
        alone = args.folder / "alone"
        seconds, _, _ = timed(run(1, alone))
        one_by_one, at_once = answers(alone), answers(together)
        differ = sorted(name for name in one_by_one.keys() | at_once.keys()
                        if not same(one_by_one.get(name, ["missing"]), at_once.get(name, ["missing"])))
        print(f"one by one {seconds:.2f} s; {len(differ)} answers of {len(one_by_one)} differ {differ}")


if __name__ == "__main__":
    main()
