// Hooks of a container that is being made, or has just been started: where they run, and who waits for them.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "child.h"
#include "context.h"
#include "hook.h"
#include "operations.h"
#include "program.h"
#include "status.h"
#include "sync.h"
#include "syscalls.h"
#include "text.h"

static int tell_parent(const struct context *context, enum sync_kind kind, uint32_t index, struct error *error) {
  const struct sync_message message = {.kind = (char)kind, .fd = -1, .index = index};
  if (sync_send(context->sync, &message) == 0) return 0;
  return fail(error, errno, "tell the shim of a hook", NULL);
}

// prestart and createRuntime: the runtime's namespaces are the parent's. A hook finds the container's record, hence after it.
int do_runtime_hook(struct context *context, const struct operation *operation, struct error *error) {
  struct sync_message message;
  int got;
  if (await_record(context, error) < 0 || tell_parent(context, SYNC_HOOK, operation->index, error) < 0) return -1;
  do {
    got = sync_receive(context->sync, &message, true);
  } while (got > 0 && message.kind != SYNC_HOOK_DONE);
  // Where the hook fails the parent says so, and ends this process.
  return got > 0 ? 0 : fail(error, got < 0 ? errno : EPIPE, "wait for a hook: the shim has ended", NULL);
}

int hook_at_request(const struct context *context, uint32_t index, struct error *error) {
  if (index >= context->plan.count || context->plan.operations[index].kind->code != OPERATION_runtime_hook) {
    return fail(error, EINVAL, "run a hook: the plan has none there", NULL);
  }
  if (hook_perform(&context->plan.operations[index], context->child, error) < 0) return -1;
  const struct sync_message done = {.kind = SYNC_HOOK_DONE, .fd = -1};
  // A child that has been killed meanwhile is noticed at its end of file.
  if (sync_send(context->sync, &done) < 0 && errno != EPIPE) return fail(error, errno, "go on after a hook", NULL);
  return 0;
}

// What is not the container's to reach: the hook may be its own program, and a procfs without masks is not for it to find in its
// parent's descriptors. No operation that needs them comes behind a startContainer hook.
static void close_own(struct context *context) {
  int *const own[] = {&context->null_device, &context->mask_null, &context->mask_directory, &context->private_proc, &context->root};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    if (*own[i] >= 0) close(*own[i]);
    *own[i] = -1;
  }
}

// createContainer (before pivot, when paths are still the runtime's) and startContainer.
int do_container_hook(struct context *context, const struct operation *operation, struct error *error) {
  if (await_record(context, error) < 0) return -1;
  // Nobody may be left to be told, after `create`.
  if (!context->ready && tell_parent(context, SYNC_HOOKED, operation->index, error) < 0) return -1;
  if (context->pivoted) close_own(context);
  mode_t own = umask(context->umask);
  int result = hook_perform(operation, getpid(), error);
  umask(own);
  return result;
}

static int run_started(const struct context *context, struct error *error) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->code == OPERATION_started_hook && hook_perform(operation, context->child, error) < 0) return -1;
  }
  return 0;
}

// The runner holds none of the container's streams, nor what anybody waits on: they are to end when others let go of them.
static _Noreturn void run_apart(const struct context *context, int report) {
  struct sync_message message = {.kind = SYNC_HOOK_DONE, .fd = -1};
  struct text text = TEXT(message.text);
  struct error error;
  if (dup2(report, 3) < 0 || kernel_close_range(4, ~0U, 0) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) < 0) _exit(EXIT_SHIM);
  if (run_started(context, &error) < 0) {
    message.kind = SYNC_FAILED;
    message.exit_code = EXIT_SHIM;
    describe_error(&text, NULL, &error);
  }
  _exit(sync_send(3, &message) < 0 ? EXIT_SHIM : 0);
}

int started_hooks_begin(const struct context *context, pid_t *runner, struct error *error) {
  int pair[2];
  if (plan_find(&context->plan, OPERATION_started_hook) == NULL) return 0;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return fail(error, errno, "make a socketpair", NULL);
  *runner = fork();
  if (*runner == 0) run_apart(context, pair[1]);
  close(pair[1]);
  if (*runner > 0) return pair[0];
  fail(error, errno, "make a process for the poststart hooks", NULL);
  close(pair[0]);
  return -1;
}

int started_hooks_end(int descriptor, pid_t runner, struct error *error) {
  struct sync_message message;
  int got;
  do {
    got = sync_receive(descriptor, &message, true);
  } while (got < 0 && errno == EPROTO);
  close(descriptor);
  program_wait(runner);
  if (got > 0 && message.kind == SYNC_HOOK_DONE) return 0;
  return fail(error, 0, got > 0 ? message.text : "poststart hooks: the process that runs them was killed", NULL);
}

int do_started_hook(struct context *context, const struct operation *operation, struct error *error) {
  return hook_perform(operation, context->child, error);
}

// The table wants a function for every kind: see run_failure.
int do_undo_hook(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  hook_begin(operation);
  return 0;
}
