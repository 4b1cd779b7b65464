/* SPDX-License-Identifier: ISC */
#include "tests/service/tries.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/confine_make.h"
#include "tests/lib/check.h"

static char home[] = "/tmp/t_confine.XXXXXX";
int tries_tcp = -1;
struct sockaddr_in tries_server;

int
tries_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

int
tries_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ?
	    0 : -1;
}

int
tries_execute(void)
{
	char *argv[] = { (char *)"true", NULL };

	execve("/bin/true", argv, argv + 1);
	return -1;
}

int
tries_signal_parent(void)
{
	return kill(getppid(), 0);
}

int
tries_work_inside(void)
{
	if (mkdir("write/d", 0700) == -1 ||
	    tries_open("write/d/a", O_WRONLY | O_CREAT) == -1 ||
	    link("write/d/a", "write/b") == -1 ||
	    rename("write/b", "write/d/b") == -1 ||
	    unlink("write/d/a") == -1 || unlink("write/d/b") == -1)
		return -1;
	return rmdir("write/d");
}

int
tries_write_inside(void)
{
	return tries_open("write/new", O_WRONLY | O_CREAT);
}

/* As confine_install does, but with any groups. */
static int
confine_calls(const char *const *groups)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	int n = confine_make(insns, BPF_MAXINSNS, groups, false);
	struct sock_fprog prog = { (unsigned short)n, insns };

	if (n == -1 || confine_no_new_privs() == -1)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

static int
confine(const struct try *t)
{
	static const char *const none[] = { NULL };
	const char *reads[] = { "read", NULL }, *writes[] = { "write", NULL };

	if ((t->what & TRIES_NUMB) &&
	    (dup2(open("/dev/null", O_WRONLY), 2) == -1 || /* no log file */
		confine_limits(32, 50, 0) == -1 || confine_file_size(1) != 1))
		return -1;
	if ((t->what & TRIES_DROP) && confine_account(12345, 12345) == -1)
		return -1;
	if ((t->what & TRIES_ALONE) && confine_alone() == -1)
		return -1;
	if ((t->what & TRIES_DIRS) && confine_dirs(reads, writes) != 1)
		return -1;
	if ((t->what & TRIES_CALLS) && confine_calls(t->groups) == -1)
		return -1;
	return (t->what & TRIES_MORE) ? confine_calls(none) : 0;
}

static enum tries_end
run(const struct try *t, bool confined)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (confined && confine(t) == -1)
			_exit(2);
		_exit(t->make() == 0 ? 0 : 1);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return TRIES_KILLED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		fprintf(stderr, "%s: could not confine\n", t->name);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? TRIES_WORKS :
	    WIFEXITED(status) && WEXITSTATUS(status) == 1 ? TRIES_FAILS : TRIES_KILLED + 1;
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
	socklen_t len = sizeof(tries_server);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (!mkdtemp(home) || chdir(home) == -1 || chmod(home, 0755) == -1 ||
	    mkdir("read", 0777) == -1 || mkdir("write", 0777) == -1 ||
	    mkdir("outside", 0755) == -1)
		abort();
	make_file("read/file", 0666);
	make_file("outside/file", 0644);
	make_file("outside/secret", 0600);
	tries_server.sin_family = AF_INET;
	tries_server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(s, (struct sockaddr *)&tries_server, len) == -1 ||
	    listen(s, 100) == -1 ||
	    getsockname(s, (struct sockaddr *)&tries_server, &len) == -1)
		abort();
	tries_tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(tries_tcp, (struct sockaddr *)&tries_server, len) == -1)
		abort();
}

int
tries_main(const struct try *rows, size_t n, void (*more)(void))
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	char command[64];
	const struct try *t;

	make_home();
	for (t = rows; t < rows + n; t++) {
		if (t->min_abi > (abi < 0 ? 0 : abi) ||
		    ((t->what & TRIES_DIRS) && abi < 1) ||
		    ((t->what & TRIES_DROP) && geteuid() != 0)) {
			printf("skip %s: not on this kernel, or not root\n",
			    t->name);
			continue;
		}
		CHECK(t->name, run(t, true) == t->want);
		CHECK(t->name, run(t, false) == TRIES_WORKS);
	}
	more();
	snprintf(command, sizeof(command), "rm -rf %s", home);
	CHECK("cleaned up", system(command) == 0);
	return CHECK_DONE();
}
