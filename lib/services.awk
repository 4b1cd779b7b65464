# SPDX-License-Identifier: ISC
# Makes build/services_table.c of conf-services.
function q(s) { return "\"" s "\"" }
# each as long as it is: the linker fills in these pages, and so they are every
# process's own
function list(a, n, max,   i, s) {
	if (n > max) fail("more than " max " in a list")
	if (n == 0) return "none"
	s = "(const char *const[]){ "
	for (i = 1; i <= n; i++) s = s q(a[i]) ", "
	return s "0 }"
}
function fail(why) {
	printf "conf-services:%d: %s\n", NR, why > "/dev/stderr"
	failed = 1
	exit 1
}
function flush_program(   i) {
	if (prog == "") return
	out = out "\t{ .program = " q(prog) ", .folder = " q(folder) ", .account = " q(account) ",\n"
	out = out "\t    .tcp = " tcp ", .secret = " secret ", .late = " late ", .chroot = " chroot ",\n\t    .serves = (const struct service_socket[]){ "
	for (i = 1; i <= nserve; i++) out = out serve[i] ", "
	out = out "{ 0, none } },\n\t    .calls = " list(call, ncall, 8) ",\n"
	out = out "\t    .reads = " list(rd, nrd, 6) ", .writes = " list(wr, nwr, 6) ",\n"
	out = out "\t    .sys = " list(sys, nsys, 8) ", .child = " list(child, nchild, 8) ",\n"
	out = out "\t    .mem_mib = " mem ", .files = " files ", .procs = " procs ", .fsize_mib = " fsize " },\n"
	prog = ""
}
/^#/ || /^[ \t]*$/ { next }
$1 == "uidbase" { base = $2; block = $3; next }
$1 == "account" { index_of[$2] = $3; acc = acc "\t{ " q($2) ", " $3 " },\n"; next }
$1 == "dir" || $1 == "file" {
	if (NF < 5 || NF > 6) fail($1 " PATH OWNER GROUP MODE [FILEMODE]")
	for (i = 3; i <= 4; i++)
		if ($i != "root" && !($i in index_of)) fail("no account " $i)
	s = "\t{ " q($2) ", " q($3) ", " q($4) ", " $5 ", " (NF == 6 ? $6 : 0) " },\n"
	if ($1 == "dir") dirs = dirs s
	else files_ = files_ s
	next
}
$1 == "program" {
	flush_program()
	prog = $2; folder = $3; account = $4
	if (account != "caller" && !(account in index_of)) fail("no account " account)
	tcp = secret = late = chroot = "false"; mem = files = procs = fsize = 0
	nserve = ncall = nrd = nwr = nsys = nchild = 0
	next
}
$1 == "serve" {
	delete callers
	if (NF < 3 || NF > 6) fail("serve PATH with 1 to 4 callers")
	for (i = 3; i <= NF; i++) {
		if ($i != "any" && $i != "root" && $i != "admin" && $i != "members" && !($i in index_of)) fail("no caller " $i)
		callers[i - 2] = $i
	}
	serve[++nserve] = "{ " q($2) ", " list(callers, NF - 2, 4) " }"
	if (nserve > 6) fail("more than 6 sockets")
	next
}
$1 == "call" { call[++ncall] = $2; next }
$1 == "read" { rd[++nrd] = $2; next }
$1 == "write" { wr[++nwr] = $2; next }
$1 == "sys" { for (i = 2; i <= NF; i++) sys[++nsys] = $i; next }
$1 == "child" { for (i = 2; i <= NF; i++) child[++nchild] = $i; next }
$1 == "tcp" { tcp = "true"; next }
$1 == "secret" { secret = "true"; next }
$1 == "late" { late = "true"; next }
$1 == "chroot" { chroot = "true"; next }
$1 == "mem" { mem = $2; next }
$1 == "files" { files = $2; next }
$1 == "procs" { procs = $2; next }
$1 == "fsize" { fsize = $2; next }
{ fail("no such word: " $1) }
END {
	if (failed) exit 1
	flush_program()
	print "/* Made by lib/services.awk from conf-services: change that. */"
	print "#include \"lib/service.h\"\n#include \"lib/service_dirs.h\"\n"
	print "static const char *const none[] = { 0 };\n"
	print "const struct service_row service_rows[] = {\n" out "\t{ .program = 0 },\n};\n"
	print "const struct service_account service_accounts[] = {\n" acc "\t{ 0, 0 },\n};\n"
	print "const struct service_dir service_dirs[] = {\n" dirs "\t{ 0 },\n};\n"
	print "const struct service_dir service_files[] = {\n" files_ "\t{ 0 },\n};\n"
	printf "const unsigned long service_uidbase_default = %s, service_uidblock = %s;\n", base, block
	printf "const char service_conf_home[] = \"%s\";\n", home
}
