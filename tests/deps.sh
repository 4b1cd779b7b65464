#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs what building, running and testing need, or says how.
#
#   deps.sh build|run|test|torture|bench|fuzz|analyse   checks; installs with
#                                                       apt-get as root or by sudo
#   deps.sh unpack-cdb DIR      tinycdb's development files into DIR
#   deps.sh unpack-postfix DIR  Postfix's smtp-source into DIR, for make torture
set -eu

build="gcc make libc6-dev libowfat-dev libsodium-dev libseccomp-dev libunbound-dev libssl-dev libcrypt-dev"
run="$build s6 openssl dovecot-imapd"
bench="$run python3 util-linux mount dpkg"
test="$run dovecot-pop3d dovecot-lmtpd libcmocka-dev python3 ucspi-tcp-ipv6 daemontools swaks libnet-ssleay-perl curl fetchmail getmail6 mpop msmtp mandoc strace procps iproute2 testssl.sh"

fuzz="$build python3 clang-14 libclang-rt-14-dev"
analyse="$build clang-tidy-14 cppcheck"

missing() {
	for p in "$@"; do
		dpkg-query -W -f='${Status}' "$p" 2>/dev/null |
		    grep -q '^install ok installed' || printf ' %s' "$p"
	done
}

ensure() {
	want=$(missing "$@")
	[ -n "$want" ] || return 0
	root=
	if [ "$(id -u)" != 0 ]; then
		if sudo -n true 2>/dev/null; then
			root=sudo
		else
			echo "missing packages; run this, then try again:" >&2
			echo "  su -c 'apt-get update && apt-get install -y$want'" >&2
			exit 1
		fi
	fi
	echo "installing:$want" >&2
	# what is only for the tests shall not be started as a service
	policy=/usr/sbin/policy-rc.d
	ours=
	if [ ! -e $policy ]; then
		ours=y
		printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
		$root chmod 755 $policy
	fi
	# shellcheck disable=SC2086
	{
		$root apt-get update -qq
		$root env DEBIAN_FRONTEND=noninteractive \
		    apt-get install -y -qq --no-install-recommends $want
	} >&2 || done=1
	[ -z "$ours" ] || $root rm -f $policy
	return ${done:-0}
}

# a package's files into build/..., without installing it
fetch() { # package, folder
	(cd "$2" && { apt-get download -qq "$1" >/dev/null 2>&1 ||
	    { apt-get update -qq && apt-get download -qq "$1"; }; } >&2)
}

unpack_cdb() {
	dir=$1
	if dpkg-query -W -f='${Status}' libcdb-dev 2>/dev/null |
	    grep -q '^install ok installed'; then
		mkdir -p "$dir/include" "$dir/lib"
		cp /usr/include/cdb.h "$dir/include/"
		cp /usr/lib/*/libcdb.a "$dir/lib/"
		return
	fi
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	fetch libcdb-dev "$tmp" || {
		echo "cannot fetch libcdb-dev; put its include/ and lib/ somewhere and name that folder in conf-cdb" >&2
		exit 1
	}
	dpkg-deb -x "$tmp"/libcdb-dev_*.deb "$tmp/x"
	mkdir -p "$dir/include" "$dir/lib"
	cp "$tmp/x/usr/include/cdb.h" "$dir/include/"
	cp "$tmp"/x/usr/lib/*/libcdb.a "$dir/lib/"
}

unpack_postfix() {
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	fetch postfix "$tmp" || {
		echo "cannot fetch postfix, for its smtp-source" >&2
		exit 1
	}
	dpkg-deb -x "$tmp"/postfix_*.deb "$tmp/x"
	mkdir -p "$1/usr/sbin" "$1/usr/lib"
	cp "$tmp/x/usr/sbin/smtp-source" "$1/usr/sbin/"
	cp -r "$tmp/x/usr/lib/postfix" "$1/usr/lib/"
}

case ${1-} in
build) ensure $build ;;
run) ensure $run ;;
test | torture) ensure $test ;;
bench) ensure $bench ;;
fuzz) ensure $fuzz ;;
analyse) ensure $analyse ;;
unpack-cdb) unpack_cdb "$2" ;;
unpack-postfix) unpack_postfix "$2" ;;
*) echo "usage: deps.sh build|run|test|torture|bench|fuzz|analyse | unpack-cdb DIR | unpack-postfix DIR" >&2; exit 100 ;;
esac
