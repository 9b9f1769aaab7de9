#include "container.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "answer.h"
#include "error-log.h"
#include "foreground.h"
#include "front.h"
#include "memory-kill.h"
#include "message.h"
#include "net-device.h"
#include "operations.h"
#include "prepare.h"
#include "progress.h"
#include "status.h"
#include "syscalls.h"
#include "teardown.h"
#include "text.h"

static int wait_for(pid_t child) {
  int status;
  for (;;) {
    if (waitpid(child, &status, 0) == child) return status;
    if (errno != EINTR) return -1;
  }
}

static int code_of(int status) {
  if (status < 0) return EXIT_SHIM;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// A monitor holds nothing of its caller's: not its terminal, its directory, nor the pipe that somebody waits on.
static int part_from_caller(struct error *error) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return fail(error, errno, "open /dev/null", NULL);
  for (int fd = 0; fd < 3; fd++) {
    if (dup2(null, fd) < 0) return fail(error, errno, "give the caller's standard streams up", NULL);
  }
  if (null > 2) close(null);
  if (chdir("/") < 0) return fail(error, errno, "change the directory to /", NULL);
  // Fails for the leader of a process group: that one is no part of the caller's group anyway.
  setsid();
  return 0;
}

extern const char __executable_start[], __etext[];

// The program's pages that brought the container up are not needed to watch it. They are the file's own: what is needed is mapped again.
static void forget_program(void) {
  uintptr_t mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
  uintptr_t begin = ((uintptr_t)__executable_start + mask) & ~mask, end = (uintptr_t)__etext & ~mask;
  // Only memory is at stake.
  if (end > begin) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static int relay_until_end(struct context *context, struct progress *progress) {
  struct error error;
  if (part_from_caller(&error) == 0) {
    forget_program();
    int status = relay_run(&context->relay, context->child, context->child_pidfd, &progress->watch);
    if (status >= 0) return status;
    fail(&error, errno, "relay the container's streams", NULL);
  }
  status_error(NULL, &error);
  kill(context->child, SIGKILL);
  return wait_for(context->child);
}

static int foreground_until_end(struct context *context, struct progress *progress) {
  while (progress_hear(progress, true) && !progress->ready) continue;
  if (progress->ready && context->role == ROLE_CREATE) return 0;
  if (progress->started && (context->background || context->role == ROLE_CREATE)) {
    if (progress->hooks >= 0) progress_hear_hooks(progress, progress->hooks);
    return progress->failed ? wait_for(context->child) : 0;
  }
  if (!progress->started && !progress->ready) return wait_for(context->child);
  return foreground_run(context->child, context->child_pidfd, progress->master, &progress->watch);
}

// The child has gone without a word: a signal, which in a cgroup most often is the kernel's for lack of memory.
static void report_silence(int status) {
  struct error error;
  fail(&error, 0, "the container's process was killed while it was being set up", NULL);
  if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) hint(&error, "a higher memory limit", NULL);
  status_error(NULL, &error);
  error_log_write(NULL, &error);
}

static int failure_code(const struct context *context, int code) {
  return context->caller.failure_code != 0 ? context->caller.failure_code : code;
}

// The last line of a client's: why the command was killed, or else why it could not be run. message NULL: it ran.
static void finish_relay(struct context *context, int code, const struct text *ending, const char *hint, const char *message) {
  char line[256];
  struct text said = TEXT(line);
  if (ending->used == 0) {
    relay_finish(&context->relay, code, message);
    return;
  }
  text_add(&said, "mydocker: ");
  text_add_bytes(&said, ending->data, ending->used);
  if (hint != NULL) {
    text_add(&said, "; try: ");
    text_add(&said, hint);
  }
  relay_finish(&context->relay, code, line);
}

static int finish(struct context *context, struct progress *progress, int status) {
  // What was said last may still be in the socket. The child has ended, so this comes to an end of file.
  while (progress_hear(progress, true)) continue;
  // The command is not waited for by its hooks.
  if (progress->hooks >= 0) progress_hear_hooks(progress, progress->hooks);
  int code = progress->failed ? progress->failure.exit_code : code_of(status);
  const char *message = progress->failed ? progress->failure.text : NULL;
  bool ran = progress->ready || progress->started;
  if (!ran && !progress->failed) {
    report_silence(status);
    code = EXIT_SHIM;
  }
  char reason[128];
  struct text ending = TEXT(reason);
  const char *hint = NULL;
  // Of a container that nobody stays with, whoever deletes it takes the rest away: the plan has no teardown.
  if (ran && context->role != ROLE_CREATE) {
    bool memory = memory_killed(context);
    if (memory && code == 128 + SIGKILL) hint = memory_kill_message(context, &ending);
    write_exit_file(context, code, message, memory);
    if (ending.used > 0 && !context->relayed && !status_has_events()) {
      message_write(status_descriptor(), "error", reason, NULL, hint);
    }
    run_teardown(context);
  } else {
    if (progress->failed) error_log_text(progress->failure.text);
    code = failure_code(context, code);
    net_devices_return();
    run_failure(context, context->hooked);
  }
  tell_front(context, code);
  if (message != NULL) answer_start(context, code, message);
  if (context->relayed) finish_relay(context, code, &ending, hint, message);
  return code;
}

static int perform_host(struct context *context, struct error *error, const struct operation **failed) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->phase != PHASE_HOST) continue;
    *failed = operation;
    if (perform(context, operation, error) < 0) return -1;
  }
  return 0;
}

// A child that has failed by itself has said why; what fails here then is a consequence of that.
static bool child_has_reported(struct progress *progress) {
  struct context *context = progress->context;
  if (context->child == 0) return false;
  kill(context->child, SIGKILL);
  wait_for(context->child);
  while (progress_hear(progress, true)) continue;
  return progress->failed && progress->failure.reported != 0;
}

int container_role(enum role role, const struct descriptors *descriptors) {
  static struct context context;
  struct error error;
  const struct operation *operation = NULL;
  context = (struct context){
      .role = role, .front = -1, .start_fifo = -1, .answer = -1, .listener = -1, .exit_directory = -1, .sync = -1,  //
      .id_map = -1, .join = -1, .process_root = -1, .caller = CALLER_NONE,
  };
  struct progress progress = {.context = &context, .master = -1, .hooks = -1};
  status_open(descriptors->status >= 0 ? descriptors->status : STDERR_FILENO, descriptors->status >= 0);
  if (prepare_plan(&context, descriptors, &error) < 0 || perform_host(&context, &error, &operation) < 0) {
    if (child_has_reported(&progress)) {
      error_log_text(progress.failure.text);
    } else {
      status_error(operation, &error);
      error_log_write(operation, &error);
    }
    error.exit_code = failure_code(&context, error.exit_code);
    net_devices_return();
    run_failure(&context, false);
    tell_front(&context, error.exit_code);
    if (context.relayed) relay_finish(&context.relay, error.exit_code, error.message);
    return error.exit_code;
  }
  progress.watch = (struct relay_watch){.fd = context.sync, .readable = progress_hear_now, .context = &progress};
  int status = context.relayed ? relay_until_end(&context, &progress) : foreground_until_end(&context, &progress);
  if (!context.relayed && !progress.failed && ((role == ROLE_CREATE && (progress.ready || progress.started)) || (progress.started && context.background))) return 0;
  return finish(&context, &progress, status);
}
