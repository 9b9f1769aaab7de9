// The command: found, waited for, executed.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "child.h"
#include "context.h"
#include "descriptors.h"
#include "exec-error.h"
#include "operations.h"
#include "path.h"
#include "signals.h"
#include "status.h"
#include "sync.h"
#include "syscalls.h"
#include "text.h"

// 0 if the file can be executed, else the errno that says why not.
static int executable(const char *path) {
  struct stat status;
  if (stat(path, &status) < 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0) return errno;
  return S_ISREG(status.st_mode) ? 0 : EACCES;
}

static int search(struct context *context, const char *name, const char *directories, struct error *error) {
  int found = ENOENT;
  for (const char *at = directories;; at++) {
    size_t length = strcspn(at, ":");
    size_t size = length + strlen(name) + 3;
    char *path = malloc(size);
    if (path == NULL) return fail(error, ENOMEM, "look the command up", NULL);
    struct text text = {path, size, 0};
    // An empty element is the current directory (execvp(3)).
    text_add_bytes(&text, length == 0 ? "." : at, length == 0 ? 1 : length);
    text_add(&text, "/");
    text_add(&text, name);
    int reason = executable(path);
    if (reason == 0) {
      context->command = path;
      return 0;
    }
    if (reason == EACCES && found != EACCES) exec_fail_denied(error, name, path);
    if (reason == EACCES) found = EACCES;
    free(path);
    at += length;
    if (*at == '\0') break;
  }
  // As execvp does: the reason for the first file that is there, and cannot be executed.
  return found == EACCES ? -1 : exec_fail(error, found, name, "executable file not found in $PATH");
}

int do_find_command(struct context *context, const struct operation *operation, struct error *error) {
  const char *name = text_of(operation, 0);
  if (name[0] == '\0') return exec_fail(error, ENOENT, name, "executable file not found in $PATH");
  if (strchr(name, '/') == NULL) return search(context, name, text_of(operation, 1), error);
  int reason = executable(name);
  if (reason == EACCES) return exec_fail_denied(error, name, name);
  if (reason != 0) return exec_fail(error, reason, name, NULL);
  context->command = name;
  return 0;
}

int await_record(struct context *context, struct error *error) {
  struct sync_message message;
  int got;
  if (context->recorded) return 0;
  do {
    got = sync_receive(context->sync, &message, true);
  } while (got > 0 && message.kind != SYNC_GO);
  context->recorded = got > 0;
  if (got > 0) context->host_pid = (pid_t)message.index;
  if (context->recorded) return 0;
  return fail(error, got < 0 ? errno : EPIPE, "wait for the container's record: the shim has ended", NULL);
}

int do_wait_start(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  if (context->start_fifo < 0) return fail(error, EINVAL, "wait for the start: the plan makes no start-fifo", NULL);
  // Whoever created this may leave as soon as it hears of this.
  if (context->role == ROLE_CREATE && prctl(PR_SET_PDEATHSIG, 0) < 0) return fail(error, errno, "outlive the creator", NULL);
  status_ready();
  context->ready = true;
  // Nothing is reported after this (docs/shim.md): whoever reads the status has its end of file.
  if (context->role == ROLE_CREATE || context->relayed) status_close();
  struct sync_message message = {.kind = SYNC_READY, .fd = -1};
  if (sync_send(context->sync, &message) < 0) return fail(error, errno, "report that the container is ready", NULL);
  char byte;
  ssize_t got;
  // The FIFO is open for writing here too, so that one who opens and closes it without a word is no end of file.
  do {
    got = read(context->start_fifo, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) return fail(error, got < 0 ? errno : EPIPE, "wait for the start", NULL);
  close(context->start_fifo);
  context->start_fifo = -1;
  return 0;
}

int prepare_command(struct context *context, struct error *error) {
  const struct operation *execute = plan_find(&context->plan, OPERATION_execute);
  if (context->arguments != NULL) return 0;
  if (execute == NULL || execute->count == 0) return fail(error, EINVAL, "there are no arguments: the config has no process", NULL);
  context->arguments = calloc((size_t)execute->count + 1, sizeof *context->arguments);
  if (context->arguments == NULL) return fail(error, ENOMEM, "make room for the arguments", NULL);
  for (uint32_t i = 0; i < execute->count; i++) context->arguments[i] = text_of(execute, i);
  // Changing the user or the capabilities has cleared it (prctl(2)).
  if (context->role == ROLE_CREATE && prctl(PR_SET_PDEATHSIG, 0) < 0) return fail(error, errno, "outlive the creator", NULL);
  if (context->role == ROLE_RUN && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return fail(error, errno, "die with the monitor", NULL);
  umask(context->umask);
  signals_reset();
  struct sync_message message = {.kind = SYNC_EXECUTING, .fd = -1};
  // After `create` nobody is left to be told.
  bool alone = context->role == ROLE_CREATE && context->ready;
  if (sync_send(context->sync, &message) < 0 && !(alone && errno == EPIPE)) {
    return fail(error, errno, "report that the command is executed", NULL);
  }
  // Not only on execve: until then the command's own path could lead through /proc/self/fd (CVE-2024-21626).
  return close_own_descriptors(context, error);
}

int do_execute(struct context *context, const struct operation *operation, struct error *error) {
  static const char *no_environment[] = {NULL};
  if (prepare_command(context, error) < 0) return -1;
  if (context->command == NULL) return fail(error, EINVAL, "execute: the plan has no find-command before it", NULL);
  const char **environment = context->environment != NULL ? context->environment : no_environment;
  execve(context->command, (char **)context->arguments, (char **)environment);
  return exec_fail_after(error, errno, context->command, text_of(operation, 0));
}

int do_keep_descriptors(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  (void)error;
  return 0;  // done before anything else was opened: reserve_descriptors
}

int do_show_file(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  uint64_t left = number_of(operation, 1);
  int fd = kernel_openat2(context->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  if (fd < 0) return fail(error, errno, "open ", path, " in the container", NULL);
  struct stat status;
  if (fstat(fd, &status) < 0) return fail(error, errno, "stat ", path, " in the container", NULL);
  if (!S_ISREG(status.st_mode)) return fail(error, EINVAL, "show ", path, ": it is not a regular file", NULL);
  struct sync_message message = {.kind = SYNC_EXECUTING, .fd = -1};
  if (sync_send(context->sync, &message) < 0) return fail(error, errno, "report that the file is shown", NULL);
  while (left > 0) {
    char buffer[16384];
    ssize_t got = read(fd, buffer, left < sizeof buffer ? left : sizeof buffer);
    if (got < 0) return fail(error, errno, "read ", path, " in the container", NULL);
    if (got == 0) break;
    left -= (uint64_t)got;
    for (ssize_t done = 0; done < got;) {
      ssize_t written = write(STDOUT_FILENO, buffer + done, (size_t)(got - done));
      if (written < 0) return fail(error, errno, "write the content of ", path, NULL);
      done += written;
    }
  }
  _exit(0);
}
