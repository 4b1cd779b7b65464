/* SPDX-License-Identifier: ISC */
/* Another mail system's tree, for postern-import: a byte for its kind, then files,
 * "=PATH" a line and what is in it up to "\n==\n"; a passwd.cdb has lines of
 * NAME TAB RECORD, in the record "\\" for a NUL.  Whatever it holds, the texts
 * that are made of it are right.
 *
 * Covers: cdb-tools/import_vpopmail.c cdb-tools/import_vmailmgr.c
 * cdb-tools/import_postfix.c cdb-tools/import_cpanel.c
 * cdb-tools/import_cpanel_special.c cdb-tools/import_qmail.c
 * cdb-tools/import_gather.c cdb-tools/import_aliases.c
 * cdb-tools/import_list.c cdb-tools/import_passwords.c cdb-tools/import_text.c
 * cdb-tools/import_settle.c cdb-tools/import_loops.c */
#include <sys/stat.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/import_readers.h"
#include "cdb-tools/password_make.h"
#include "tests/fuzz/fuzz_cdb.h"

#define PATH_BYTES 100

/* The real ones take their time. */
int
password_check(const char *hash, const char *password)
{
	return strlen(hash) && strlen(password);
}

void
password_make(char password[PASSWORD_CHARS + 1])
{
	memset(password, 'x', PASSWORD_CHARS);
	password[PASSWORD_CHARS] = 0;
}

int
password_hash(char hash[PASSWORD_HASH_SIZE], const char *password)
{
	snprintf(hash, PASSWORD_HASH_SIZE, "{SHA512-CRYPT}$6$s$%s", password);
	return 0;
}

static void
make_etc(const char *base)
{
	if (mkdir(base, 0700) || chdir(base) || mkdir("etc", 0700) ||
	    mkdir("etc/lists.d", 0700) || mkdir("etc/replies", 0700))
		abort();
	fuzz_file("etc/domains", "here.test\n", 10);
	fuzz_file("etc/postmaster", "admin\n", 6);
	fuzz_file("etc/users", "admin:{CRYPT}*::::::\n", 21);
	fuzz_file("etc/aliases", "a@here.test: admin\n", 19);
}

static void
prepare(void)
{
	fuzz_scratch();
	if (mkdir("from", 0700))
		abort();
	make_etc("stage");
	if (chdir(".."))
		abort();
	make_etc("home");
}
FUZZ_BEGIN(prepare)

static void
write_cdb(const char *path, struct fuzz f)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct cdbout *c = cdbout_start(fd);

	if (fd == -1)
		abort();
	fuzz_cdb(c, f);
	if (close(fd) == -1)
		abort();
}

/* false: no name for a file in the tree, or no room for it there. */
static bool
write_file(const char *name, struct fuzz text)
{
	char path[PATH_BYTES + 16] = "../from/", *slash = path + 8;
	struct stat st;

	if (!*name || *name == '/' || strstr(name, "..") ||
	    strlen(name) > PATH_BYTES)
		return false;
	strcat(path, name);
	while ((slash = strchr(slash, '/'))) {
		*slash = 0;
		mkdir(path, 0700);
		*slash++ = '/';
	}
	if (path[strlen(path) - 1] == '/' ||
	    (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return false;
	slash = strrchr(path, '/');
	*slash = 0;
	if (lstat(path, &st) == -1 || !S_ISDIR(st.st_mode))
		return false;
	*slash = '/';
	if (text.len && *text.p == '>') /* a link */
		return symlink("/x/other.example/", path) == 0;
	if (strcmp(slash, "/passwd.cdb") == 0)
		write_cdb(path, text);
	else
		fuzz_file(path, text.p, text.len);
	return true;
}

static void
write_tree(struct fuzz f)
{
	struct fuzz file, name;
	const char *end;
	char *path;

	if (nftw("../from", fuzz_remove_one, 8, FTW_DEPTH | FTW_PHYS) == -1 ||
	    mkdir("../from", 0700) == -1)
		abort();
	while (f.len) {
		end = memmem(f.p, f.len, "\n==\n", 4);
		file = f;
		file.len = end ? (size_t)(end + 1 - f.p) : f.len;
		f.p += file.len + (end ? 3 : 0);
		f.len -= file.len + (end ? 3 : 0);
		name = fuzz_part(&file, '\n');
		if (name.len && *name.p == '=') {
			path = fuzz_string(name.p + 1, name.len - 1);
			write_file(path, file);
			free(path);
		}
	}
}

/* What --apply would put in force. */
static void
check(struct import *im)
{
	stralloc path = { 0 };
	struct source src;
	struct users users;
	size_t i;

	import_make(im);
	if (chdir("../stage"))
		abort();
	for (i = 0; i < IMPORT_TEXTS; i++)
		fuzz_file(import_text[i].path, import_text[i].new.s,
		    import_text[i].new.len);
	for (i = 0; i < im->nlists; i++) {
		import_list_path(&path, "", &im->list[i]);
		fuzz_file(path.s, im->list[i].members.s,
		    im->list[i].members.len);
	}
	users_load(&users, NULL);
	if (users.errors.n)
		fprintf(stderr, "%.*s", (int)users.errors.text.len,
		    users.errors.text.s);
	FUZZ_HOLDS(!users.errors.n);
	users_free(&users);
	source_load(&src, NULL, NULL);
	if (src.errors.n)
		fprintf(stderr, "%.*s", (int)src.errors.text.len,
		    src.errors.text.s);
	FUZZ_HOLDS(!src.errors.n);
	source_free(&src);
	for (i = 0; i < im->nlists; i++) {
		import_list_path(&path, "", &im->list[i]);
		unlink(path.s);
	}
	sa_free(&path);
	if (chdir("../home"))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char boxes[] = "mailboxes=mb", alias[] = "virtual=va", p[] = "passwords=pw";
	char mail[] = "maildirs=vmail", one[] = "acme.test=home";
	char bad[] = "bad.test=x/home", domain[] = "domain=more.test";
	char *postfix[] = { p, boxes, alias, mail, domain };
	char *vmailmgr[] = { one, bad };
	struct fuzz f = { (const char *)data, size };
	unsigned kind = fuzz_byte(&f);
	struct import im = { 0 };

	write_tree(f);
	im.root = open("../from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	im.prefix = kind & 8 ? "box" : NULL;
	import_start(&im);
	if ((kind & 3) == 0)
		import_vpopmail(&im, NULL, 0);
	else if ((kind & 3) == 1)
		import_vmailmgr(&im, vmailmgr, 2);
	else if ((kind & 3) == 2)
		import_postfix(&im, postfix, 5);
	else
		import_cpanel(&im, NULL, 0);
	import_settle(&im);
	FUZZ_HOLDS(!im.nproblems == !im.problems.len);
	check(&im);
	close(im.root);
	import_free(&im);
	return 0;
}
