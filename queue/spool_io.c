/* SPDX-License-Identifier: ISC */
#include "queue/spool_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "queue/bytes.h"
#include "queue/loop.h"
#include "queue/queue.h"
#include "queue/spool_batch.h"
#include "queue/spool_dirs.h"

#define LOOK_MS 1000 /* between looks at the file system */

struct lane {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job_list todo;
	void (*batch)(struct spool_op **ops, unsigned n);
};
static struct lane commits = { .batch = spool_batch_commit };
static struct lane updates = { .batch = spool_batch_update };

static unsigned
take_batch(struct lane *l, struct spool_op **ops)
{
	unsigned n = 0;

	pthread_mutex_lock(&l->lock);
	while (!l->todo.first)
		pthread_cond_wait(&l->more, &l->lock);
	while (n < SPOOL_BATCH_MAX && l->todo.first)
		ops[n++] = (struct spool_op *)job_list_pop(&l->todo);
	pthread_mutex_unlock(&l->lock);
	return n;
}

static void *
run(void *arg)
{
	struct lane *l = arg;
	struct spool_op *ops[SPOOL_BATCH_MAX];
	struct job_list back;
	unsigned i, n;

	for (;;) {
		n = take_batch(l, ops);
		l->batch(ops, n);
		job_list_init(&back);
		for (i = 0; i < n; i++)
			job_list_push(&back, &ops[i]->job);
		pool_done_all(&back);
	}
	return NULL;
}

static int
start(struct lane *l)
{
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->more, NULL);
	job_list_init(&l->todo);
	return pool_thread(run, l);
}

int
spool_io_start(void)
{
	return start(&commits) == -1 ? -1 : start(&updates);
}

void
spool_op_submit(struct spool_op *op)
{
	struct lane *l = op->commit ? &commits : &updates;

	op->error = 0;
	op->stray = false;
	op->file = -1;
	pthread_mutex_lock(&l->lock);
	job_list_push(&l->todo, &op->job);
	pthread_mutex_unlock(&l->lock);
	pthread_cond_signal(&l->more);
}

void
spool_op_write(struct spool_op *op, uint64_t at, const char *data, size_t len)
{
	char head[SPOOL_WRITE_HEAD];

	bytes_put(head, at, 8);
	bytes_put(head + 8, len, 4);
	sa_catb(&op->writes, head, sizeof head);
	sa_catb(&op->writes, data, len);
}

void
spool_op_clear(struct spool_op *op)
{
	sa_free(&op->head);
	sa_free(&op->writes);
	if (op->body != -1)
		close(op->body);
	op->body = -1;
}

int
spool_unnamed(const char *id, bool *named)
{
	int fd = openat(spool_dir(spool_dir_of(id)), ".",
	    O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	*named = false;
	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR &&
			    errno != EINVAL))
		return fd;
	*named = true;
	return openat(spool_tmp(), id,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

bool
spool_has_room(uint64_t bytes)
{
	static struct queue_room room;
	static uint64_t looked;
	struct statvfs s;

	if (!looked || loop_now() - looked >= LOOK_MS) {
		looked = loop_now();
		if (fstatvfs(spool_root(), &s) == -1)
			return false;
		queue_room(&room, &s);
	}
	if (room.bytes < bytes || !room.inodes)
		return false;
	room.bytes -= bytes;
	room.inodes--;
	return true;
}
