/* SPDX-License-Identifier: ISC */
/* Each try runs in a child twice: confined, where it must end as the table
 * says, and free, where it must succeed: else the table would prove nothing. */
#include "lib/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tests/lib/check.h"

enum end { WORKS, FAILS, KILLED };

static char home[] = "/tmp/t_confine.XXXXXX";
static int tcp_fd = -1, abi;
static struct sockaddr_in server;

/* Tries: 0 it worked, -1 it did not. */

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
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static int
read_inside(void)
{
	return try_open("read/file", O_RDONLY);
}
static int
read_outside(void)
{
	return try_open("/etc/passwd", O_RDONLY);
}
static int
list_outside(void)
{
	return try_open("/etc", O_RDONLY | O_DIRECTORY);
}
static int
write_inside(void)
{
	return try_open("write/new", O_WRONLY | O_CREAT);
}
static int
write_in_read(void)
{
	return try_open("read/file", O_WRONLY);
}
static int
create_in_read(void)
{
	return try_open("read/new", O_WRONLY | O_CREAT);
}
static int
move_out(void)
{
	try_open("write/moved", O_WRONLY | O_CREAT);
	return rename("write/moved", "outside/moved");
}
static int
work_inside(void)
{
	if (mkdir("write/d", 0700) == -1 ||
	    try_open("write/d/a", O_WRONLY | O_CREAT) == -1 ||
	    link("write/d/a", "write/b") == -1 ||
	    rename("write/b", "write/d/b") == -1 ||
	    unlink("write/d/a") == -1 || unlink("write/d/b") == -1)
		return -1;
	return rmdir("write/d");
}
static int
up_and_out(void)
{
	return try_open("read/../outside/file", O_RDONLY);
}
static int
inet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) == -1 ? -1 : 0;
}
static int
udp_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) == -1 ? -1 : 0;
}
static int
unix_pair(void)
{
	int s[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
}
/* A socket at hand, as an accepted one is: can it be turned elsewhere? */
static int
turn_socket(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(tcp_fd, &none, sizeof(none));
	return connect(tcp_fd, (struct sockaddr *)&server, sizeof(server));
}
/* The same past connect. */
static int
turn_socket_fast(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(tcp_fd, &none, sizeof(none));
	return sendto(tcp_fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&server,
	    sizeof(server)) == 1 ? 0 : -1;
}
static int
send_inside(void)
{
	int s[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0 &&
	    send(s[0], "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}
static int
limit_parent(void)
{
	struct rlimit rl = { 4096, 4096 };

	return prlimit(getppid(), RLIMIT_NOFILE, &rl, NULL);
}
static int
execute(void)
{
	char *argv[] = { (char *)"true", NULL };

	execve("/bin/true", argv, argv + 1);
	return -1;
}
static int
trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : -1;
}
static int
child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ?
	    0 : -1;
}
static int
new_namespace(void)
{
	return syscall(SYS_unshare, CLONE_FILES | CLONE_FS) == 0 ? 0 : -1;
}
static void *
in_thread(void *arg)
{
	return arg;
}
static int
thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, in_thread, NULL) == 0 &&
	    pthread_join(t, NULL) == 0 ? 0 : -1;
}
static int
executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int
executable_later(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static int
dumpable_again(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static int
raise_limit(void)
{
	struct rlimit rl = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &rl);
}
static int
sealed_memory(void)
{
	int fd = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || ftruncate(fd, 100) == -1)
		return -1;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
}
static int
signal_parent(void)
{
	return kill(getppid(), 0);
}
static int
memory_64m(void)
{
	void *p = malloc(64 << 20);

	return p ? 0 : -1;
}
static int
many_files(void)
{
	int i;

	for (i = 0; i < 100; i++)
		if (dup(0) == -1)
			return -1;
	return 0;
}
static int
become_root(void)
{
	return setuid(0);
}
static int
read_roots(void)
{
	return try_open("outside/secret", O_RDONLY);
}

/* What is confined: folders, calls, and the account. */
#define DIRS  1
#define CALLS 2
#define NUMB  4 /* limits */
#define DROP  8
#define MORE  16 /* confine_install twice, as a child of a confined parent */
#define ALONE 32

static const struct {
	const char *name;
	int what, min_abi;
	const char *groups[3];
	int (*try)(void);
	enum end want;
} rows[] = {
	{ "ordinary work", DIRS | CALLS, 0, { 0 }, try_nothing, WORKS },
	{ "read in its folder", DIRS | CALLS, 0, { 0 }, read_inside, WORKS },
	{ "read outside", DIRS, 1, { 0 }, read_outside, FAILS },
	{ "list outside", DIRS, 1, { 0 }, list_outside, FAILS },
	{ "through ..", DIRS, 1, { 0 }, up_and_out, FAILS },
	{ "write in its folder", DIRS, 1, { 0 }, write_inside, WORKS },
	{ "make, link, move, remove", DIRS | CALLS, 2, { "files" },
	    work_inside, WORKS },
	{ "write in a read folder", DIRS, 1, { 0 }, write_in_read, FAILS },
	{ "create in a read folder", DIRS, 1, { 0 }, create_in_read, FAILS },
	{ "move out of its folder", DIRS, 1, { 0 }, move_out, FAILS },
	{ "execute, Landlock", DIRS, 1, { 0 }, execute, FAILS },
	{ "signal to a stranger", DIRS, 6, { 0 }, signal_parent, FAILS },
	{ "turn a passed socket", DIRS, 4, { 0 }, turn_socket, FAILS },

	{ "signal to a stranger, alone", ALONE, 6, { 0 }, signal_parent,
	    FAILS },
	{ "make, link, move, remove, alone", DIRS | ALONE, 2, { 0 },
	    work_inside, WORKS },
	{ "fork, alone", ALONE | DROP, 0, { 0 }, child, FAILS },

	{ "open for writing", CALLS, 0, { 0 }, write_inside, KILLED },
	{ "open for writing, files", CALLS, 0, { "files" }, write_inside,
	    WORKS },
	{ "TCP", CALLS, 0, { "unix" }, inet_socket, KILLED },
	{ "TCP, tcp", CALLS, 0, { "tcp" }, inet_socket, WORKS },
	{ "turn a passed socket fast", CALLS, 0, { "unix" },
	    turn_socket_fast, KILLED },
	{ "send, unix", CALLS, 0, { "unix" }, send_inside, WORKS },
	{ "UDP, tcp", CALLS, 0, { "tcp" }, udp_socket, KILLED },
	{ "UDP, udp", CALLS, 0, { "udp" }, udp_socket, WORKS },
	{ "UNIX, tcp", CALLS, 0, { "tcp" }, unix_pair, KILLED },
	{ "UNIX, unix", CALLS, 0, { "unix" }, unix_pair, WORKS },
	{ "execute", CALLS, 0, { "fork", "files" }, execute, KILLED },
	{ "execute, exec", CALLS, 0, { "exec" }, execute, WORKS },
	{ "ptrace", CALLS, 0, { "fork", "threads" }, trace, KILLED },
	{ "fork", CALLS, 0, { "threads" }, child, KILLED },
	{ "fork, fork", CALLS, 0, { "fork" }, child, WORKS },
	{ "thread", CALLS, 0, { "unix" }, thread, KILLED },
	{ "thread, threads", CALLS, 0, { "threads" }, thread, WORKS },
	{ "unshare", CALLS, 0, { "fork", "threads" }, new_namespace, KILLED },
	{ "executable memory", CALLS, 0, { 0 }, executable_memory, KILLED },
	{ "executable later", CALLS, 0, { 0 }, executable_later, KILLED },
	{ "dumpable again", CALLS, 0, { "confine" }, dumpable_again, KILLED },
	{ "set a limit", CALLS, 0, { 0 }, raise_limit, KILLED },
	{ "set a limit, confine", CALLS, 0, { "confine" }, raise_limit, WORKS },
	{ "set another's limit", CALLS, 0, { "confine", "fork" },
	    limit_parent, KILLED },
	{ "memfd", CALLS, 0, { "unix" }, sealed_memory, KILLED },
	{ "memfd, fdpass", CALLS, 0, { "fdpass" }, sealed_memory, WORKS },
	{ "a filter on a filter", CALLS | MORE, 0, { "confine", "unix" },
	    unix_pair, KILLED },

	{ "much memory", NUMB, 0, { 0 }, memory_64m, FAILS },
	{ "many files", NUMB, 0, { 0 }, many_files, FAILS },
	{ "root again", DROP, 0, { 0 }, become_root, FAILS },
	{ "a file of root's", DROP, 0, { 0 }, read_roots, FAILS },
};

static int
confine(size_t i)
{
	static const char *const none[] = { NULL };
	const char *reads[] = { "read", NULL }, *writes[] = { "write", NULL };

	if ((rows[i].what & NUMB) && confine_limits(32, 50, 0) == -1)
		return -1;
	if ((rows[i].what & DROP) && confine_account(12345, 12345) == -1)
		return -1;
	if ((rows[i].what & ALONE) && confine_alone() == -1)
		return -1;
	if ((rows[i].what & DIRS) && confine_dirs(reads, writes) != 1)
		return -1;
	if ((rows[i].what & CALLS) && confine_calls(rows[i].groups) != 1)
		return -1;
	return (rows[i].what & MORE) && confine_calls(none) != 1 ? -1 : 0;
}

static enum end
run(size_t i, bool confined)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (confined && confine(i) == -1)
			_exit(2);
		_exit(rows[i].try() == 0 ? 0 : 1);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		fprintf(stderr, "%s: could not confine\n", rows[i].name);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? WORKS :
	    WIFEXITED(status) && WEXITSTATUS(status) == 1 ? FAILS : KILLED + 1;
}

static void
make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT, mode);

	if (fd == -1 || fchmod(fd, mode) == -1)
		abort();
	close(fd);
}

static void
make_home(void)
{
	socklen_t len = sizeof(server);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (!mkdtemp(home) || chdir(home) == -1 || chmod(home, 0755) == -1 ||
	    mkdir("read", 0777) == -1 || mkdir("write", 0777) == -1 ||
	    mkdir("outside", 0755) == -1)
		abort();
	make_file("read/file", 0666);
	make_file("outside/file", 0644);
	make_file("outside/secret", 0600);
	server.sin_family = AF_INET;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(s, (struct sockaddr *)&server, len) == -1 ||
	    listen(s, 100) == -1 ||
	    getsockname(s, (struct sockaddr *)&server, &len) == -1)
		abort();
	tcp_fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(tcp_fd, (struct sockaddr *)&server, len) == -1)
		abort();
}

static void
descriptors(void)
{
	int a = dup(0), b = dup(0), c = fcntl(0, F_DUPFD, 200), keep[2];

	keep[0] = c;
	keep[1] = b;
	confine_close_fds(keep, 2);
	CHECK("0 stays", fcntl(0, F_GETFD) != -1);
	CHECK("a stray goes", fcntl(a, F_GETFD) == -1);
	CHECK("one in the middle stays", fcntl(b, F_GETFD) != -1);
	CHECK("a high one stays", fcntl(c, F_GETFD) != -1);
	confine_close_fds(NULL, 0);
	CHECK("all go", fcntl(b, F_GETFD) == -1 && fcntl(c, F_GETFD) == -1);
}

static void
errors(void)
{
	const char *missing[] = { "nothing-here", NULL };
	const char *group[] = { "no-such-group", NULL };

	CHECK("a missing folder", confine_dirs(missing, NULL) == -1 &&
	    errno == ENOENT);
	CHECK("a missing group", !confine_compile(group) && errno == EINVAL);
}

int
main(void)
{
	char command[64];
	size_t i;

	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	make_home();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].min_abi > (abi < 0 ? 0 : abi) ||
		    ((rows[i].what & DIRS) && abi < 1) ||
		    ((rows[i].what & DROP) && geteuid() != 0)) {
			printf("skip %s: not on this kernel, or not root\n",
			    rows[i].name);
			continue;
		}
		CHECK(rows[i].name, run(i, true) == rows[i].want);
		CHECK(rows[i].name, run(i, false) == WORKS);
	}
	errors();
	descriptors();
	snprintf(command, sizeof(command), "rm -rf %s", home);
	CHECK("cleaned up", system(command) == 0);
	return CHECK_DONE();
}
