#!/usr/bin/env bash
# Peak memory over 10 GB of process events: blob lines, one single {"records":[…]} document, and a sort under --memory 1GB.
# Usage: benches/memory.sh FOLDER   (an empty folder with 45 GB free)
set -euo pipefail
folder=${1:?a folder with 45 GB free}
huntql=${HUNTQL:-${CARGO_TARGET_DIR:-target}/release/huntql}
rows=2700000

peak() { # NAME, then the command
  local name=$1; shift
  /usr/bin/time -f "%e s, %M kB peak" -o "$folder/time" "$@" >"$folder/answer" 2>"$folder/told"
  printf '%-48s %s; %s\n' "$name" "$(tail -n 1 "$folder/time")" "$(tail -n 1 "$folder/answer" | cut -c1-60)"
}

"$huntql" sample "$folder/blobs" --tables DeviceProcessEvents --rows $rows --no-quirks --hours 720 --plain --no-dumps >/dev/null
"$huntql" sample "$folder/document" --tables DeviceProcessEvents --rows $rows --no-quirks --one-document >/dev/null
for form in blobs document; do
  du -sh "$folder/$form"
  peak "$form: count(*)" "$huntql" query --source "$folder/$form" --format csv -c 'SELECT count(*) FROM DeviceProcessEvents'
  peak "$form: a filter" "$huntql" query --source "$folder/$form" --format csv \
    -c "SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE has(ProcessCommandLine, 'comsvcs.dll')"
done
peak "blobs: everything sorted under --memory 1GB" "$huntql" query --source "$folder/blobs" --memory 1GB --temp-dir "$folder" \
  --format jsonl -c 'SELECT * FROM DeviceProcessEvents ORDER BY ProcessCommandLine, Timestamp'
tail -n 1 "$folder/told"
