#!/bin/sh
# SPDX-License-Identifier: ISC
# _relink.sh - links a daemon once more, with a test's objects on top.
#
#   _relink.sh LINKER PROGRAM OUTPUT "CALL..." OBJECT...
#
# What the daemon is made of is read from its link map, so that nothing can be
# forgotten here.  The daemon's CALLs go to __wrap_CALL of the OBJECTs.
set -eu
ld=$1 program=$2 out=$3 calls=$4
shift 4
map=build/$program.map

flags=
for name in $calls; do flags="$flags -Wl,--wrap=$name"; done
! grep -q '/rcrt1.o$' "$map" || flags="$flags -static-pie"

mkdir -p "$(dirname "$out")"
sed -n 's/^LOAD //p' "$map" |
    grep -Ev '/(S?crt.*|rcrt1|crt[in]|crtbegin.*|crtend.*)\.o$|/libgcc|/libc\.|/libc_non|/libpthread|/ld-linux|/libm\.|/libmvec|/libm-|/libresolv' |
    awk '!seen[$0]++' >"$out.parts"
# shellcheck disable=SC2046,SC2086
$ld $flags -o "$out" "$@" $(cat "$out.parts") -pthread -lm
