/* SPDX-License-Identifier: ISC */
/* A clock that runs HURRY times as fast, linked into a daemon by
 * tests/lib/_relink.sh: so a test can wait out a limit of ten minutes.  All of the
 * daemon's own waits are by these calls; the source and its limits are as they
 * are.  The wall clock stays right.  No common beginning: two processes of a
 * program mean the same moment by the same number. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL

#define WRAP(type, name, ...)                                                  \
	type __real_##name(__VA_ARGS__);                                       \
	type __wrap_##name(__VA_ARGS__)
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wshadow"

static struct timespec
times(struct timespec t, long long num, long long den)
{
	__int128 ns = ((__int128)t.tv_sec * BILLION + t.tv_nsec) * num / den;

	t.tv_sec = (time_t)(ns / BILLION);
	t.tv_nsec = (long)(ns % BILLION);
	return t;
}

/* Up: who waits a millisecond does not spin. */
static int
shorter(int ms)
{
	return ms > 0 ? (ms - 1) / HURRY + 1 : ms;
}

WRAP(int, clock_gettime, clockid_t id, struct timespec *t)
{
	int r = __real_clock_gettime(id, t);

	if (r == 0 && (id == CLOCK_BOOTTIME || id == CLOCK_MONOTONIC))
		*t = times(*t, HURRY, 1);
	return r;
}

WRAP(int, poll, struct pollfd *p, nfds_t n, int ms)
{
	return __real_poll(p, n, shorter(ms));
}

WRAP(int, epoll_wait, int fd, struct epoll_event *ev, int max, int ms)
{
	return __real_epoll_wait(fd, ev, max, shorter(ms));
}

WRAP(int, ppoll, struct pollfd *p, nfds_t n, const struct timespec *ts,
    const sigset_t *mask)
{
	struct timespec t = ts ? times(*ts, 1, HURRY) : (struct timespec){ 0 };

	return __real_ppoll(p, n, ts ? &t : NULL, mask);
}

WRAP(int, sigtimedwait, const sigset_t *set, siginfo_t *info,
    const struct timespec *ts)
{
	struct timespec t = ts ? times(*ts, 1, HURRY) : (struct timespec){ 0 };

	return __real_sigtimedwait(set, info, ts ? &t : NULL);
}

WRAP(int, nanosleep, const struct timespec *ts, struct timespec *left)
{
	struct timespec t = times(*ts, 1, HURRY);

	return __real_nanosleep(&t, left);
}

WRAP(unsigned, sleep, unsigned s)
{
	return (unsigned)usleep(s * (1000000U / HURRY));
}

WRAP(unsigned, alarm, unsigned s)
{
	return __real_alarm(s ? (s - 1) / HURRY + 1 : 0);
}

/* The program's conditions go by CLOCK_MONOTONIC. */
WRAP(int, pthread_cond_timedwait, pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *until)
{
	struct timespec t = times(*until, 1, HURRY);

	return __real_pthread_cond_timedwait(c, m, &t);
}
