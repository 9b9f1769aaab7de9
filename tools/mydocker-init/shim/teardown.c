#include "teardown.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>  // renameat, of all places
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "operations.h"
#include "syscalls.h"
#include "text.h"

extern char **environ;

static void add_padded(struct text *text, uint64_t number, unsigned int digits) {
  for (uint64_t power = 10; --digits > 0; power *= 10) {
    if (number < power) text_add(text, "0");
  }
  text_add_number(text, number);
}

// RFC 3339 in UTC, with nanoseconds. Not gmtime, which reads time zone files. Days to a date: era by era of 400 years, March first.
static void add_time(struct text *text, const struct timespec *time) {
  uint64_t days = (uint64_t)time->tv_sec / 86400 + 719468, seconds = (uint64_t)time->tv_sec % 86400;
  uint64_t era = days / 146097, day = days % 146097;
  uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  uint64_t month = (5 * day + 2) / 153;
  day -= (153 * month + 2) / 5;
  month = month < 10 ? month + 3 : month - 9;
  add_padded(text, era * 400 + year + (month <= 2 ? 1 : 0), 4);
  text_add(text, "-");
  add_padded(text, month, 2);
  text_add(text, "-");
  add_padded(text, day + 1, 2);
  text_add(text, "T");
  add_padded(text, seconds / 3600, 2);
  text_add(text, ":");
  add_padded(text, seconds / 60 % 60, 2);
  text_add(text, ":");
  add_padded(text, seconds % 60, 2);
  text_add(text, ".");
  add_padded(text, (uint64_t)time->tv_nsec, 9);
  text_add(text, "Z");
}

static void compose(struct text *text, int exit_code, const char *message) {
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  text_add(text, "{\"exitCode\":");
  text_add_signed(text, exit_code);
  text_add(text, ",\"finishedAt\":\"");
  add_time(text, &now);
  text_add(text, "\"");
  if (message != NULL) {
    text_add(text, ",\"error\":");
    text_add_json(text, message, 1500);
  }
  text_add(text, "}\n");
}

void write_exit_file(const struct context *context, int exit_code, const char *message) {
  char record[2048], name[256];
  struct text text = TEXT(record), temporary = TEXT(name);
  if (context->exit_directory < 0) return;
  compose(&text, exit_code, message);
  text_add(&temporary, ".");
  text_add(&temporary, context->exit_name);
  text_add(&temporary, ".");
  text_add_signed(&temporary, getpid());
  int fd = openat(context->exit_directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  bool written = write(fd, record, text.used) == (ssize_t)text.used;
  if (close(fd) < 0) written = false;
  if (written && renameat(context->exit_directory, name, context->exit_directory, context->exit_name) == 0) return;
  unlinkat(context->exit_directory, name, 0);
}

static int spawn(const struct operation *operation, char **arguments, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  if (posix_spawn_file_actions_init(&files) != 0) return -1;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&files);
    return -1;
  }
  // The relay leaves every signal blocked, and the shim ignores SIGPIPE: the command begins with neither.
  int result = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (result == 0) result = posix_spawnattr_setsigmask(&attributes, &none);
  if (result == 0) result = posix_spawnattr_setsigdefault(&attributes, &all);
  for (int fd = 0; fd < 3 && result == 0; fd++) {
    result = posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  }
  if (result == 0) result = posix_spawn(pid, text_of(operation, 0), &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return result == 0 ? 0 : -1;
}

static void run_command(const struct operation *operation) {
  pid_t pid;
  if (operation->count == 0) return;
  char **arguments = calloc((size_t)operation->count + 1, sizeof *arguments);
  if (arguments == NULL) return;
  for (uint32_t i = 0; i < operation->count; i++) arguments[i] = (char *)text_of(operation, i);
  if (spawn(operation, arguments, &pid) == 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  }
  free(arguments);
}

void run_teardown(const struct context *context) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    if (context->plan.operations[i].kind->phase == PHASE_TEARDOWN) run_command(&context->plan.operations[i]);
  }
}

// The table wants a function for every kind: this phase's are not performed one by one.
int do_command(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  run_command(operation);
  return 0;
}
