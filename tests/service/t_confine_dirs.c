/* SPDX-License-Identifier: ISC */
/* lib/confine_dirs.c: Landlock. */
#include "lib/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "tests/lib/check.h"
#include "tests/service/tries.h"

static int
try_nothing(void)
{
	char buf[16];
	void *p = malloc(1 << 20);

	memset(p, 1, 1 << 20);
	free(p);
	return getrandom(buf, sizeof(buf), 0) == sizeof(buf) && time(NULL) > 0 &&
	    getpid() > 0 && access("read/file", R_OK) == 0 ? 0 : -1;
}
static int
read_inside(void)
{
	return tries_open("read/file", O_RDONLY);
}
static int
read_outside(void)
{
	return tries_open("/etc/passwd", O_RDONLY);
}
static int
list_outside(void)
{
	return tries_open("/etc", O_RDONLY | O_DIRECTORY);
}
static int
up_and_out(void)
{
	return tries_open("read/../outside/file", O_RDONLY);
}
static int
write_in_read(void)
{
	return tries_open("read/file", O_WRONLY);
}
static int
create_in_read(void)
{
	return tries_open("read/new", O_WRONLY | O_CREAT);
}
static int
move_out(void)
{
	tries_open("write/moved", O_WRONLY | O_CREAT);
	return rename("write/moved", "outside/moved");
}
/* A socket at hand, as an accepted one is: can it be turned elsewhere? */
static int
turn_socket(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(tries_tcp, &none, sizeof(none));
	return connect(tries_tcp, (struct sockaddr *)&tries_server, sizeof(tries_server));
}

static const struct try rows[] = {
	{ "ordinary work", TRIES_DIRS | TRIES_CALLS, 0, { 0 }, try_nothing, TRIES_WORKS },
	{ "read in its folder", TRIES_DIRS | TRIES_CALLS, 0, { 0 }, read_inside, TRIES_WORKS },
	{ "read outside", TRIES_DIRS, 1, { 0 }, read_outside, TRIES_FAILS },
	{ "list outside", TRIES_DIRS, 1, { 0 }, list_outside, TRIES_FAILS },
	{ "through ..", TRIES_DIRS, 1, { 0 }, up_and_out, TRIES_FAILS },
	{ "write in its folder", TRIES_DIRS, 1, { 0 }, tries_write_inside, TRIES_WORKS },
	{ "make, link, move, remove", TRIES_DIRS | TRIES_CALLS, 2, { "files" },
	    tries_work_inside, TRIES_WORKS },
	{ "write in a read folder", TRIES_DIRS, 1, { 0 }, write_in_read, TRIES_FAILS },
	{ "create in a read folder", TRIES_DIRS, 1, { 0 }, create_in_read, TRIES_FAILS },
	{ "move out of its folder", TRIES_DIRS, 1, { 0 }, move_out, TRIES_FAILS },
	{ "tries_execute, Landlock", TRIES_DIRS, 1, { 0 }, tries_execute, TRIES_FAILS },
	{ "signal to a stranger", TRIES_DIRS, 6, { 0 }, tries_signal_parent, TRIES_FAILS },
	{ "turn a passed socket", TRIES_DIRS, 4, { 0 }, turn_socket, TRIES_FAILS },
};

static void
errors(void)
{
	const char *missing[] = { "nothing-here", NULL };

	CHECK("a missing folder", confine_dirs(missing, NULL) == -1 &&
	    errno == ENOENT);
}

int
main(void)
{
	return tries_main(rows, sizeof(rows) / sizeof(rows[0]), errors);
}
