// The host phase: what the parent opens, makes and sets before the container's process exists, and that process's making.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "answer.h"
#include "child.h"
#include "context.h"
#include "enter.h"
#include "descriptors.h"
#include "net-device.h"
#include "operations.h"
#include "record.h"
#include "signals.h"
#include "spawn.h"
#include "status.h"
#include "sync.h"
#include "syscalls.h"

int do_relay(struct context *context, const struct operation *operation, struct error *error) {
  if (relay_open(&context->relay, text_of(operation, 0), text_of(operation, 1), number_of(operation, 2)) < 0) {
    return fail(error, errno, "open the log ", text_of(operation, 0), " and the socket ", text_of(operation, 1), NULL);
  }
  context->relayed = true;
  return 0;
}

// The directory is held open: the record is written where it was asked for, whatever gets renamed until then.
int do_exit_file(struct context *context, const struct operation *operation, struct error *error) {
  char directory[4096];
  const char *path = text_of(operation, 0), *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  if (path[0] != '/' || slash[1] == '\0' || length >= sizeof directory) {
    return fail(error, EINVAL, "write the exit record ", path, ": not the absolute path of a file", NULL);
  }
  memcpy(directory, path, length);
  directory[length] = '\0';
  context->exit_directory = open(length == 0 ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  context->exit_name = slash + 1;
  return context->exit_directory >= 0 ? 0 : fail(error, errno, "open the directory of ", path, NULL);
}

int do_start_fifo(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  if (mkfifo(path, 0600) < 0) return fail(error, errno, "make the FIFO ", path, NULL);
  // For writing too: see wait-start.
  context->start_fifo = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  return context->start_fifo >= 0 ? 0 : fail(error, errno, "open the FIFO ", path, NULL);
}

int do_background(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  context->background = true;
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return fail(error, errno, "open /dev/null", NULL);
  for (int fd = 0; fd < 3; fd++) {
    if (dup2(null, fd) < 0) return fail(error, errno, "give the caller's standard streams up", NULL);
  }
  if (null > 2) close(null);
  return 0;
}

int do_no_wait(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  (void)error;
  context->background = true;
  return 0;
}

int do_no_input(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0) return fail(error, errno, "make /dev/null stdin", NULL);
  if (null > 2) close(null);
  return 0;
}

int do_messages(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  (void)error;
  return 0;  // done as soon as the plan was read: choose_message_style
}

int do_trace(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  (void)error;
  context->trace = true;
  return 0;
}

// What is the child's alone is closed here; a FIFO held open here would have a reader after the child's death.
static void let_go(struct context *context) {
  if (context->relayed) relay_started(&context->relay);
  for (uint32_t i = 0; i < context->cgroup_count; i++) close(context->cgroups[i]);
  for (uint32_t i = 0; i < context->prepared_count; i++) close(context->prepared[i]);
  if (context->start_fifo >= 0) close(context->start_fifo);
  if (context->role == ROLE_CREATE) answer_close(context);
  if (context->listener >= 0) close(context->listener);
  context->listener = -1;
  if (context->join >= 0) close(context->join);
  if (context->process_root >= 0) close(context->process_root);
  close(context->plan_file);
  close(context->self_file);
  let_kept_go(context);
  // What the caller left open is not for the programs that are started from here.
  kernel_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  context->cgroup_count = context->prepared_count = 0;
  context->start_fifo = context->join = context->process_root = context->plan_file = context->self_file = -1;
}

int do_clone(struct context *context, const struct operation *operation, struct error *error) {
  int pair[2];
  sigset_t forwarded;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return fail(error, errno, "make a socketpair", NULL);
  // A signal that comes before somebody is there to pass it on waits. The command gets an empty mask again.
  signals_forwardable(&forwarded);
  sigprocmask(SIG_BLOCK, &forwarded, NULL);
  pid_t child = spawn_child(context, number_of(operation, 0), pair, error);
  close(pair[1]);
  context->sync = pair[0];
  if (child < 0) return -1;
  context->child = child;
  if (complete_child(context, error) < 0 || enter_await(context, error) < 0 || net_devices_move(context, error) < 0) return -1;
  let_go(context);
  if (record_write(context, error) < 0) return -1;
  // Before a caller is told of it: who hears of a container finds its record.
  status_created(context->child, getpid());
  const struct sync_message go = {.kind = SYNC_GO, .fd = -1, .index = (uint32_t)context->child};
  // A child that has failed meanwhile says so itself.
  if (sync_send(context->sync, &go) < 0 && errno != EPIPE) return fail(error, errno, "let the container's process go on", NULL);
  return 0;
}
