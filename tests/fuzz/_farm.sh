#!/bin/sh
# SPDX-License-Identifier: ISC
# The sources as a tree of links in DIR, to be built there with other flags:
#   _farm.sh DIR
set -eu
dir=$1
here=$(pwd)
skip="( -path ./build -o -path ./.git -o -path ./run ) -prune"
mkdir -p "$dir/build"
# shellcheck disable=SC2086
find . $skip -o -type d -print | (cd "$dir" && xargs mkdir -p)
# shellcheck disable=SC2086
find . $skip -o -type f ! -name '*.[od]' -print | while read -r f; do
	[ ! -e "$dir/$f" ] || continue
	# what was built here is to be built there anew
	[ ! -x "$f" ] || ! head -c 4 "$f" | grep -q ELF || continue
	ln -sf "$here/$f" "$dir/$f"
done
find "$dir" -xtype l -delete # of those that are gone
[ -e "$dir/build/cdb" ] || ln -sfn "$here/build/cdb" "$dir/build/cdb"
