// Feeds programs, collects what they say, and waits for their end.
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program-table.h"

// How long the output of a program that has ended is waited for: something that it left behind may hold it open for ever.
enum { PATIENCE_MS = 200, CHUNK = 65536 };

static void close_end(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void feed(struct program *program) {
  while (program->input_written < program->input_size) {
    ssize_t written = write(program->input_fd, program->input + program->input_written, program->input_size - program->input_written);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    // It need not read all, or any of it.
    if (written < 0) break;
    program->input_written += (size_t)written;
  }
  close_end(&program->input_fd);
}

// Makes room for a chunk. Of more than twice what is kept, the beginning goes.
static bool make_room(struct output *output, size_t kept) {
  if (output->size > kept && output->size - kept > kept) {
    memmove(output->data, output->data + (output->size - kept), kept);
    output->size = kept;
  }
  if (output->room - output->size >= CHUNK) return true;
  size_t room = (output->size + CHUNK) * 2;
  uint8_t *data = realloc(output->data, room);
  if (data == NULL) return false;
  output->data = data;
  output->room = room;
  return true;
}

static void collect(struct output *output, size_t kept) {
  while (make_room(output, kept)) {
    ssize_t got = read(output->fd, output->data + output->size, output->room - output->size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) break;
    output->size += (size_t)got;
  }
  close_end(&output->fd);
}

static void reap(struct program *program) {
  pid_t reaped;
  do reaped = waitpid(program->pid, &program->status, 0);
  while (reaped < 0 && errno == EINTR);
  close_end(&program->process);
  close_end(&program->input_fd);
  program->patience = milliseconds_now() + PATIENCE_MS;
}

static bool has_ended(const struct program *program) {
  if (program->process >= 0) return false;
  return (program->outputs[0].fd < 0 && program->outputs[1].fd < 0) || milliseconds_now() >= program->patience;
}

// What poll(2) is told of a program; what is -1 in it is passed over.
static void describe(const struct program *program, struct pollfd polled[4]) {
  polled[0] = (struct pollfd){.fd = program->process, .events = POLLIN};
  polled[1] = (struct pollfd){.fd = program->input_fd, .events = POLLOUT};
  for (size_t i = 0; i < 2; i++) polled[2 + i] = (struct pollfd){.fd = program->outputs[i].fd, .events = POLLIN};
}

static void serve(struct program *program, const struct pollfd polled[4]) {
  if (polled[1].revents != 0 && program->input_fd >= 0) feed(program);
  for (size_t i = 0; i < 2; i++) {
    if (polled[2 + i].revents != 0) collect(&program->outputs[i], program->kept);
  }
  if (polled[0].revents != 0) reap(program);
  if (program->process >= 0 && program->deadline >= 0 && milliseconds_now() >= program->deadline && !program->late) {
    program->late = true;
    kill(program->pid, SIGKILL);
  }
}

// Until when something is to be done even if nothing is heard; -1 for ever.
static int wait_limit(const struct program *programs, size_t count) {
  int64_t soonest = -1, now = milliseconds_now();
  for (size_t i = 0; i < count; i++) {
    int64_t limit = programs[i].process < 0 ? programs[i].patience : programs[i].late ? -1 : programs[i].deadline;
    bool matters = limit >= 0 && (programs[i].process >= 0 || !has_ended(&programs[i]));
    if (matters && (soonest < 0 || limit < soonest)) soonest = limit;
  }
  if (soonest < 0) return -1;
  return soonest <= now ? 0 : soonest - now > INT_MAX ? INT_MAX : (int)(soonest - now);
}

const struct program *program_finish(int number) {
  size_t count;
  struct program *programs = program_table(&count);
  if (number < 0 || (size_t)number >= count) return errno = EINVAL, NULL;
  struct pollfd *polled = calloc(count, 4 * sizeof *polled);
  if (polled == NULL) return NULL;
  while (!has_ended(&programs[number])) {
    for (size_t i = 0; i < count; i++) describe(&programs[i], polled + 4 * i);
    if (poll(polled, 4 * count, wait_limit(programs, count)) < 0 && errno != EINTR) break;
    for (size_t i = 0; i < count; i++) serve(&programs[i], polled + 4 * i);
  }
  free(polled);
  for (size_t i = 0; i < 2; i++) close_end(&programs[number].outputs[i].fd);
  return has_ended(&programs[number]) ? &programs[number] : NULL;
}
