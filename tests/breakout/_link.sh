#!/bin/sh
# SPDX-License-Identifier: ISC
# _link.sh - links a daemon once more, taken over.
#
#   _link.sh LINKER PROGRAM OUTPUT OBJECT...
#
# What the daemon is made of is read from its link map, so that nothing can be
# forgotten here; OBJECTs come on top, and the calls below go to them.
set -eu
ld=$1 program=$2 out=$3
shift 3
map=build/$program.map

wrap="service_enter service_enter_parent service_ready confine_alone
    confine_dirs confine_install"
case $program in
mailboxd) wrap="$wrap session_open transaction_run" ;;
tlsd | tlsd-out) wrap="$wrap session_run handshake_run" ;;
esac
flags=
for name in $wrap; do flags="$flags -Wl,--wrap=$name"; done
! grep -q '/rcrt1.o$' "$map" || flags="$flags -static-pie"

sed -n 's/^LOAD //p' "$map" |
    grep -Ev '/(S?crt.*|rcrt1|crt[in]|crtbegin.*|crtend.*)\.o$|/libgcc|/libc\.|/libc_non|/libpthread|/ld-linux|/libm\.|/libmvec|/libm-|/libresolv' |
    awk '!seen[$0]++' >"$out.parts"
mkdir -p "$(dirname "$out")"
# shellcheck disable=SC2046,SC2086
$ld $flags -o "$out" "$@" $(cat "$out.parts") -pthread -lm
