#include "teardown.h"

#include <errno.h>
#include <stdio.h>  // renameat, of all places
#include <stdlib.h>

#include "hook.h"
#include "operations.h"
#include "program.h"
#include "remove.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"
#include "timestamp.h"

extern char **environ;

static void compose(struct text *text, int exit_code, const char *message, bool memory) {
  text_add(text, "{\"exitCode\":");
  text_add_signed(text, exit_code);
  text_add(text, ",\"finishedAt\":\"");
  text_add_now(text, 9);
  text_add(text, "\"");
  if (message != NULL) {
    text_add(text, ",\"error\":");
    text_add_json(text, message, 1500);
  }
  if (memory) text_add(text, ",\"oomKilled\":true");
  text_add(text, "}\n");
}

void write_exit_file(const struct context *context, int exit_code, const char *message, bool memory) {
  char record[2048], name[256];
  struct text text = TEXT(record), temporary = TEXT(name);
  if (context->exit_directory < 0) return;
  compose(&text, exit_code, message, memory);
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

// error: what its stderr is, -1: /dev/null.
static void run_command(const struct operation *operation, int error) {
  pid_t pid;
  if (operation->count == 0) return;
  char **arguments = calloc((size_t)operation->count + 1, sizeof *arguments);
  if (arguments == NULL) return;
  for (uint32_t i = 0; i < operation->count; i++) arguments[i] = (char *)text_of(operation, i);
  struct program program = {arguments[0], arguments, environ, -1, -1, error};
  if (program_start(&program, &pid) == 0) program_wait(pid);
  free(arguments);
}

void run_teardown(const struct context *context) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->phase != PHASE_TEARDOWN) continue;
    struct error none;
    operation->kind->run(NULL, operation, &none);
  }
  hooks_wait();
}

void run_failure(const struct context *context, bool hooked) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->code == OPERATION_undo_hook && hooked) hook_begin(operation);
    if (operation->kind->code != OPERATION_undo) continue;
    hooks_wait();
    run_command(operation, status_has_events() ? -1 : status_descriptor());
  }
  hooks_wait();
}

// What fails here stops nothing: as much as possible has to go.

int do_command(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  hooks_wait();
  run_command(operation, -1);
  return 0;
}

int do_hook(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  hook_begin(operation);
  return 0;
}

int do_remove_cgroups(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  // While the hooks' programs start.
  remove_cgroups(operation);
  return 0;
}

int do_remove_directory(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  // It is what `gc` goes by: everything else first.
  hooks_wait();
  remove_directory(operation);
  return 0;
}

// The table wants a function for every kind: see run_failure.
int do_undo(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  (void)error;
  return 0;
}
