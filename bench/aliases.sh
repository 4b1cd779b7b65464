#!/bin/sh
# SPDX-License-Identifier: ISC
# What compiling many aliases costs, and what a look-up costs then.
#
#   bench/aliases.sh [ALIASES [DIR]]      1000000, a scratch folder
#
# Prints seconds and peak memory of "aliasdb build" (the median of three runs,
# all checks on, fsync included), and nanoseconds a resolution.
set -eu
n=${1:-1000000}
cd "$(dirname "$0")/.."
make -s cdb-tools/aliasdb bench/resolve
dir=${2:-$(mktemp -d)}
[ -n "${2-}" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/etc"
# a hundred aliases a domain, ten a mailbox; one in ten leads to an address
awk -v n="$n" 'BEGIN {
	for (i = 0; i < n / 100; i++) printf "domain%05d.example\n", i
}' >"$dir/etc/domains"
awk -v n="$n" 'BEGIN {
	print "demo:{CRYPT}*::::::"
	for (i = 0; i < n / 10; i++) printf "customer%06d:{CRYPT}*::::::\n", i
}' >"$dir/etc/users"
awk -v n="$n" 'BEGIN {
	print "# made by bench/aliases.sh"
	for (i = 0; i < n; i++) {
		d = sprintf("domain%05d.example", int(i / 100))
		if (i % 10 == 7)
			printf "user%07d@%s: user%07d@%s\n", i, d, i - 1, d
		else
			printf "user%07d@%s: customer%06d\n", i, d, int(i / 10)
	}
}' >"$dir/etc/aliases"
for run in 1 2 3; do
	python3 - cdb-tools/aliasdb -C "$dir" build <<'P'
import resource, subprocess, sys, time
t = time.monotonic()
if subprocess.call(sys.argv[1:]):
    sys.exit("aliasdb failed")
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%.3f %.3f %d" % (time.monotonic() - t, u.ru_utime + u.ru_stime,
                        u.ru_maxrss))
P
done | sort -n | awk -v n="$n" 'NR == 2 {
	printf "aliasdb build, %d aliases: %.2f s (CPU %.2f s), %d MiB\n",
	    n, $1, $2, $3 / 1024 }'
bench/resolve "$dir" "$n"
