#!/bin/sh
# Fuzzes a target: fuzz/run.sh line|kql [options of libFuzzer, as -max_total_time=3600 or -jobs=2]
#
# Does what `cargo fuzz run` does, on stable Rust, with coverage counted in huntql's own code only: `cargo fuzz` compiles DataFusion and
# everything under it once more, which takes an hour and makes each input several times slower. Dependencies are shared with a
# release build in the same target directory. What fails is left in fuzz/artifacts/TARGET.
set -eu
cd "$(dirname "$0")"
if [ "${1-}" = --rustc ]; then # called by cargo, once for each crate
    shift
    rustc=$1
    shift
    case " $* " in
    *" --crate-name huntql "* | *" --crate-name huntql_fuzz "* | *" --crate-name line "* | *" --crate-name kql "*)
        exec "$rustc" "$@" --cfg fuzzing -Cdebug-assertions=on -Coverflow-checks=on -Ccodegen-units=16 -Cpasses=sancov-module \
            -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
            -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
        ;;
    esac
    exec "$rustc" "$@"
fi
target=${1:?say which target: line or kql}
shift
cp ../Cargo.lock .
mkdir -p "corpus/$target" "artifacts/$target"
printf '#!/bin/sh\nexec "%s" --rustc "$@"\n' "$PWD/run.sh" >corpus/rustc
chmod +x corpus/rustc
export RUSTC_WRAPPER="$PWD/corpus/rustc" CARGO_INCREMENTAL=0
cargo build --release --bin "$target" --config 'profile.release.package.huntql.opt-level=1'
exec "${CARGO_TARGET_DIR:-target}/release/$target" -artifact_prefix="artifacts/$target/" "$@" "corpus/$target"
