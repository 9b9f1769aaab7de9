#include "container.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "answer.h"
#include "caller.h"
#include "descriptors.h"
#include "error-log.h"
#include "foreground.h"
#include "front.h"
#include "hook.h"
#include "net-device.h"
#include "operations.h"
#include "scope.h"
#include "seal.h"
#include "status.h"
#include "sync.h"
#include "syscalls.h"
#include "teardown.h"
#include "terminal.h"
#include "text.h"

// What the child has said so far.
struct progress {
  struct context *context;
  bool ready, executing, failed, started;
  bool heard;    // all that it will ever say
  int hooks;     // its poststart hooks are running, -1: they are not
  pid_t runner;  // the process that runs them
  struct relay_watch watch;
  int master;  // -1: none
  struct sync_message failure;
};

// What the parent does for the container has failed: it ends.
static void give_up(struct progress *progress, const struct error *error) {
  struct text text = TEXT(progress->failure.text);
  status_error(NULL, error);
  progress->failed = true;
  progress->failure = (struct sync_message){.kind = SYNC_FAILED, .exit_code = (unsigned char)error->exit_code, .fd = -1};
  describe_error(&text, NULL, error);
  kill(progress->context->child, SIGKILL);
}

// The container is made. From here on the caller is told nothing; in the foreground it still is there to be warned.
static void announce(struct progress *progress) {
  struct context *context = progress->context;
  struct error error;
  if (caller_tell(context, &error) < 0) {
    progress->ready = progress->started = false;
    give_up(progress, &error);
    return;
  }
  if (context->relayed || status_has_events()) status_close();
  if (tell_front(context, 0) == 0) {
    net_devices_leave();
    error_log_close();
    return;
  }
  // Whoever wanted it was killed meanwhile, and nobody knows of it.
  progress->ready = progress->started = false;
  progress->failed = true;
  progress->failure = (struct sync_message){.kind = SYNC_FAILED, .exit_code = EXIT_SHIM, .fd = -1, .text = "its caller has ended"};
  kill(context->child, SIGKILL);
}

static void take_terminal(struct progress *progress, int master) {
  struct context *context = progress->context;
  struct error error;
  if (context->caller.console >= 0) {
    if (caller_send_terminal(context, master, &error) < 0) give_up(progress, &error);
    close(master);
  } else if (!context->relayed) {
    progress->master = master;
    terminal_copy_size(master);  // before the command can ask
  } else if (relay_set_terminal(&context->relay, master) < 0) {
    close(master);
  }
}

// The command has been executed, and its hooks have run.
static void settle(struct progress *progress) {
  if (!progress->ready) announce(progress);
  answer_close(progress->context);
}

static bool hear_hooks(void *told, int descriptor) {
  struct progress *progress = told;
  struct error error;
  progress->hooks = -1;
  if (started_hooks_end(descriptor, progress->runner, &error) == 0) {
    settle(progress);
  } else {
    give_up(progress, &error);
  }
  return false;
}

static void begin_hooks(struct progress *progress) {
  struct error error;
  int descriptor = started_hooks_begin(progress->context, &progress->runner, &error);
  if (descriptor == 0) {
    settle(progress);
  } else if (descriptor < 0) {
    give_up(progress, &error);
  } else {
    progress->context->hooked = true;
    progress->hooks = descriptor;
    progress->watch = (struct relay_watch){.fd = descriptor, .readable = hear_hooks, .context = progress};
  }
}

static void run_hook(struct progress *progress, uint32_t index) {
  struct error error;
  progress->context->hooked = true;
  if (hook_at_request(progress->context, index, &error) < 0) give_up(progress, &error);
}

// Handles what the child says. False at its end of file.
static bool hear(struct progress *progress, bool wait) {
  struct sync_message message;
  struct context *context = progress->context;
  if (progress->heard) return false;
  int got = sync_receive(context->sync, &message, wait);
  if (got < 0 && (errno == EAGAIN || errno == EPROTO)) return true;
  if (got <= 0) {
    progress->heard = true;
    progress->started = progress->executing && !progress->failed;
    if (progress->started) begin_hooks(progress);
    return false;
  }
  switch (message.kind) {
    case SYNC_READY:
      if (progress->failed) break;
      progress->ready = true;
      scope_let_go(context);
      announce(progress);
      break;
    case SYNC_EXECUTING:
      scope_let_go(context);
      progress->executing = true;
      break;
    case SYNC_FAILED:
      if (progress->failed) break;
      progress->failed = true;
      progress->failure = message;
      break;
    case SYNC_HOOK:
      run_hook(progress, message.index);
      break;
    case SYNC_HOOKED:
      context->hooked = true;
      break;
    case SYNC_WARNING:
      error_log_warning(message.text);
      break;
    case SYNC_TERMINAL:
      take_terminal(progress, message.fd);
      break;
    default:
      break;
  }
  return true;
}

static bool hear_now(void *progress, int fd) {
  (void)fd;
  return hear(progress, false);
}

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
  while (hear(progress, true) && !progress->ready) continue;
  if (progress->ready && context->role == ROLE_CREATE) return 0;
  if (progress->started && (context->background || context->role == ROLE_CREATE)) {
    if (progress->hooks >= 0) hear_hooks(progress, progress->hooks);
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

static int finish(struct context *context, struct progress *progress, int status) {
  // What was said last may still be in the socket. The child has ended, so this comes to an end of file.
  while (hear(progress, true)) continue;
  // The command is not waited for by its hooks.
  if (progress->hooks >= 0) hear_hooks(progress, progress->hooks);
  int code = progress->failed ? progress->failure.exit_code : code_of(status);
  const char *message = progress->failed ? progress->failure.text : NULL;
  bool ran = progress->ready || progress->started;
  if (!ran && !progress->failed) {
    report_silence(status);
    code = EXIT_SHIM;
  }
  // Of a container that nobody stays with, whoever deletes it takes the rest away: the plan has no teardown.
  if (ran && context->role != ROLE_CREATE) {
    write_exit_file(context, code, message);
    run_teardown(context);
  } else {
    if (progress->failed) error_log_text(progress->failure.text);
    code = failure_code(context, code);
    net_devices_return();
    run_failure(context, context->hooked);
  }
  tell_front(context, code);
  if (message != NULL) answer_start(context, code, message);
  if (context->relayed) relay_finish(&context->relay, code, message);
  return code;
}

static int check_plan(enum role role, const struct plan *plan, struct error *error) {
  uint32_t clones = 0;
  const struct operation *last_host = NULL, *last = NULL;
  for (uint32_t i = 0; i < plan->count; i++) {
    const struct operation *operation = &plan->operations[i];
    if (operation->kind->phase == PHASE_COMPILE) return fail(error, EINVAL, "plan: it compiles a filter and makes a container", NULL);
    if (operation->kind->phase == PHASE_HOST) last_host = operation;
    if (operation->kind->phase == PHASE_CONTAINER) last = operation;
    if (operation->kind->code == OPERATION_clone) clones++;
  }
  if (role != ROLE_RUN && plan_find(plan, OPERATION_relay) != NULL) {
    return fail(error, EINVAL, "plan: only the role run stays to relay", NULL);
  }
  if (clones != 1 || last_host == NULL || last_host->kind->code != OPERATION_clone) {
    return fail(error, EINVAL, "plan: it needs one clone, behind everything else of the host phase", NULL);
  }
  if (last == NULL || (last->kind->code != OPERATION_execute && last->kind->code != OPERATION_show_file)) {
    return fail(error, EINVAL, "plan: its container phase does not end in execute or show-file", NULL);
  }
  return 0;
}

static int keep_descriptors(struct context *context, const struct descriptors *descriptors, struct error *error) {
  const struct operation *keep = plan_find(&context->plan, OPERATION_keep_descriptors);
  if (keep == NULL) return 0;
  uint64_t kept = number_of(keep, 0);
  if (kept > 1024) return fail(error, EINVAL, "keep descriptors: more than 1024", NULL);
  int first = 3 + (int)kept;
  if (descriptors->status >= 0 && descriptors->status < first) {
    return fail(error, EINVAL, "keep descriptors: the status descriptor is among them", NULL);
  }
  int moved = fcntl(context->plan_file, F_DUPFD_CLOEXEC, first);
  if (moved < 0) return fail(error, errno, "keep descriptors", NULL);
  close(context->plan_file);
  context->plan_file = moved;
  return reserve_descriptors(kept, error);
}

// Messages go to the caller's stderr, also from a process that has given its own away.
static int keep_stderr(const struct descriptors *descriptors, struct error *error) {
  if (descriptors->status >= 0) return 0;
  int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (fd < 0) return fail(error, errno, "keep stderr", NULL);
  status_open(fd, false);
  return 0;
}

static int prepare(struct context *context, const struct descriptors *descriptors, struct error *error) {
  struct plan_bytes bytes;
  if (plan_read(descriptors->plan, &bytes, error) < 0) return -1;
  close(descriptors->plan);
  context->plan_file = seal_bytes(bytes.data, bytes.size, error);
  if (context->plan_file < 0 || plan_decode(&context->plan, &bytes, error) < 0) return -1;
  choose_message_style(&context->plan);
  if (check_plan(context->role, &context->plan, error) < 0 ||
      keep_descriptors(context, descriptors, error) < 0 || close_inherited_descriptors(context, error) < 0 ||
      keep_stderr(descriptors, error) < 0 ||
      error_log_open(&context->plan, error) < 0) {
    return -1;
  }
  // Before join-process: afterwards /proc is the container's.
  context->self_file = seal_self(error);
  return context->self_file < 0 ? -1 : 0;
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
  while (hear(progress, true)) continue;
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
  if (prepare(&context, descriptors, &error) < 0 || perform_host(&context, &error, &operation) < 0) {
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
  progress.watch = (struct relay_watch){.fd = context.sync, .readable = hear_now, .context = &progress};
  int status = context.relayed ? relay_until_end(&context, &progress) : foreground_until_end(&context, &progress);
  if (!context.relayed && !progress.failed && ((role == ROLE_CREATE && (progress.ready || progress.started)) || (progress.started && context.background))) return 0;
  return finish(&context, &progress, status);
}
