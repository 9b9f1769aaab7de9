#include "child.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "answer.h"
#include "descriptors.h"
#include "enter.h"
#include "message.h"
#include "operations.h"
#include "spawn.h"
#include "status.h"
#include "sync.h"
#include "syscalls.h"
#include "text.h"

// What follows the role's name on the child's command line: one number each ("-" for none), then the cgroups, then the prepared mounts.
enum {
  HAND_ROLE,
  HAND_PLAN,
  HAND_STATUS,
  HAND_EVENTS,
  HAND_SYNC,
  HAND_FIFO,
  HAND_ANSWER,
  HAND_LISTENER,
  HAND_JOIN,
  HAND_JOIN_FLAGS,
  HAND_PROCESS_ROOT,
  HAND_RELAYED,
  HAND_TRACE,
  HAND_CGROUPS,
  HAND_COUNT
};

enum { NUMBER_SIZE = 12, FIXED_ARGUMENTS = 2, HAND_LIMIT = HAND_COUNT + CGROUPS_LIMIT + PREPARED_LIMIT };

// Says why the child ends, to whom can still hear it: the caller on the status descriptor, and the parent.
static _Noreturn void end_child(struct context *context, const struct operation *operation, const struct error *error) {
  struct sync_message message = {.kind = SYNC_FAILED, .exit_code = (unsigned char)error->exit_code, .fd = -1};
  struct text text = TEXT(message.text);
  message.reported = status_descriptor() >= 0;
  describe_error(&text, operation, error);
  status_error(operation, error);
  sync_send(context->sync, &message);
  // Nobody holds a created container's end of the socket any more: whoever has started it may wait for an answer.
  bool alone = message.reported == 0 && context->role == ROLE_CREATE;
  if (alone && !(context->ready && answer_start(context, error->exit_code, message.text))) {
    // Its stderr is what there is.
    status_open(STDERR_FILENO, false);
    message_style("mydocker-init start", false);
    status_error(operation, error);
  }
  _exit(error->exit_code);
}

static void hand_down(char **arguments, char numbers[][NUMBER_SIZE], size_t at, int64_t number, bool descriptor) {
  struct text text = {numbers[at], NUMBER_SIZE, 0};
  if (number < 0) {
    text_add(&text, "-");
  } else {
    text_add_signed(&text, number);
    if (descriptor) fcntl((int)number, F_SETFD, 0);
  }
  arguments[FIXED_ARGUMENTS + at] = numbers[at];
}

_Noreturn void become_init(struct context *context) {
  char numbers[HAND_LIMIT][NUMBER_SIZE];
  char *arguments[FIXED_ARGUMENTS + HAND_LIMIT + 1] = {"mydocker-shim", "init"};
  char *environment[] = {NULL};
  struct error error;
  if (settle_in(context, &error) < 0) end_child(context, NULL, &error);
  for (int fd = 0; context->relayed && fd < 3; fd++) {
    if (dup2(context->relay.child[fd], fd) >= 0) continue;
    fail(&error, errno, "give the container its standard streams", NULL);
    end_child(context, NULL, &error);
  }
  // Close-on-exec may be missing from what was inherited: now it all ends here, but for what is handed down.
  if (kernel_close_range(3 + kept_descriptors(&context->plan), ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
    fail(&error, errno, "close what is not the container's", NULL);
    end_child(context, NULL, &error);
  }
  hand_down(arguments, numbers, HAND_ROLE, context->role, false);
  hand_down(arguments, numbers, HAND_PLAN, context->plan_file, true);
  hand_down(arguments, numbers, HAND_STATUS, status_descriptor(), true);
  hand_down(arguments, numbers, HAND_EVENTS, status_has_events(), false);
  hand_down(arguments, numbers, HAND_SYNC, context->sync, true);
  hand_down(arguments, numbers, HAND_FIFO, context->start_fifo, true);
  hand_down(arguments, numbers, HAND_ANSWER, context->answer, true);
  hand_down(arguments, numbers, HAND_LISTENER, context->listener, true);
  hand_down(arguments, numbers, HAND_JOIN, context->join, true);
  hand_down(arguments, numbers, HAND_JOIN_FLAGS, context->join_flags, false);
  hand_down(arguments, numbers, HAND_PROCESS_ROOT, context->process_root, true);
  hand_down(arguments, numbers, HAND_RELAYED, context->relayed, false);
  hand_down(arguments, numbers, HAND_TRACE, context->trace, false);
  hand_down(arguments, numbers, HAND_CGROUPS, context->cgroup_count, false);
  for (uint32_t i = 0; i < context->cgroup_count; i++) hand_down(arguments, numbers, HAND_COUNT + i, context->cgroups[i], true);
  size_t first = HAND_COUNT + context->cgroup_count;
  for (uint32_t i = 0; i < context->prepared_count; i++) hand_down(arguments, numbers, first + i, context->prepared[i], true);
  kernel_execveat(context->self_file, arguments, environment);
  fail(&error, errno, "execute the sealed copy of the shim", NULL);
  end_child(context, NULL, &error);
}

static int take_over(int argc, char **argv, struct context *context) {
  int numbers[HAND_LIMIT];
  if (argc < HAND_COUNT || argc > HAND_LIMIT) return -1;
  for (int i = 0; i < argc; i++) {
    uint64_t number;
    numbers[i] = -1;
    if (strcmp(argv[i], "-") == 0) continue;
    if (parse_decimal(argv[i], INT32_MAX, &number) < 0) return -1;
    numbers[i] = (int)number;
  }
  context->role = (enum role)numbers[HAND_ROLE];
  context->plan_file = numbers[HAND_PLAN];
  context->sync = numbers[HAND_SYNC];
  context->start_fifo = numbers[HAND_FIFO];
  context->answer = numbers[HAND_ANSWER];
  context->listener = numbers[HAND_LISTENER];
  context->join = numbers[HAND_JOIN];
  context->join_flags = numbers[HAND_JOIN_FLAGS];
  context->process_root = numbers[HAND_PROCESS_ROOT];
  context->relayed = numbers[HAND_RELAYED] == 1;
  context->trace = numbers[HAND_TRACE] == 1;
  status_open(numbers[HAND_STATUS], numbers[HAND_EVENTS] == 1);
  int cgroups = numbers[HAND_CGROUPS];
  if (cgroups < 0 || cgroups > CGROUPS_LIMIT || argc - HAND_COUNT - cgroups > PREPARED_LIMIT) return -1;
  for (int i = HAND_COUNT; i < argc; i++) {
    if (i < HAND_COUNT + cgroups) {
      context->cgroups[context->cgroup_count++] = numbers[i];
    } else {
      context->prepared[context->prepared_count++] = numbers[i];
    }
  }
  return 0;
}

// Had the parent died before the death signal was set, nobody would send it.
static int die_with_parent(struct context *context, struct error *error) {
  if (context->role == ROLE_ENTER) return 0;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return fail(error, errno, "die with the monitor", NULL);
  struct pollfd watched = {.fd = context->sync};
  if (poll(&watched, 1, 0) < 0) return fail(error, errno, "look for the monitor", NULL);
  return (watched.revents & POLLHUP) == 0 ? 0 : fail(error, EPIPE, "look for the monitor: it has ended", NULL);
}

static int warned = -1;

// The log is the parent's: in the container its path may be anything.
static bool warn_parent(const char *line) {
  struct sync_message message = {.kind = SYNC_WARNING, .fd = -1};
  struct text text = TEXT(message.text);
  text_add(&text, line);
  return sync_send(warned, &message) == 0;
}

static int prepare(struct context *context, struct error *error) {
  struct plan_bytes bytes;
  // CVE-2016-9962: execve has made the process dumpable again.
  if (prctl(PR_SET_DUMPABLE, 0) < 0) return fail(error, errno, "make the process undumpable", NULL);
  if (die_with_parent(context, error) < 0) return -1;
  // Its position is shared with no one, but where the parent's writing left it.
  if (lseek(context->plan_file, 0, SEEK_SET) < 0) return fail(error, errno, "read the plan", NULL);
  if (plan_read(context->plan_file, &bytes, error) < 0 || plan_decode(&context->plan, &bytes, error) < 0) return -1;
  choose_message_style(&context->plan);
  if (plan_find(&context->plan, OPERATION_log) != NULL) {
    warned = context->sync;
    divert_warnings(warn_parent);
  }
  unsigned int kept = kept_descriptors(&context->plan);
  if (reserve_descriptors(kept, error) < 0) return -1;
  if (kernel_close_range(3 + kept, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
    return fail(error, errno, "close what is not the container's when it is executed", NULL);
  }
  if (context->join >= 0 && enter_container(context, error) < 0) return -1;
  context->umask = umask(0);
  context->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (context->root < 0) return fail(error, errno, "open /", NULL);
  // In a container that is entered, /dev/null is whatever the container made of it, and nothing is masked.
  if (context->role != ROLE_ENTER) context->null_device = open_null_device(error);
  return context->role != ROLE_ENTER && context->null_device < 0 ? -1 : 0;
}

static bool needs_record(const struct operation *operation) {
  return operation->kind->code == OPERATION_wait_start || operation->kind->code == OPERATION_execute ||
         operation->kind->code == OPERATION_seccomp;
}

int init_role(int argc, char **argv) {
  struct context context = {.null_device = -1, .process_root = -1, .mask_null = -1, .mask_directory = -1, .private_proc = -1, .root = -1, .exit_directory = -1};
  struct error error;
  if (take_over(argc, argv, &context) < 0) return EXIT_SHIM;
  if (prepare(&context, &error) < 0) end_child(&context, NULL, &error);
  for (uint32_t i = 0; i < context.plan.count; i++) {
    const struct operation *operation = &context.plan.operations[i];
    if (operation->kind->phase != PHASE_CONTAINER) continue;
    if (needs_record(operation) && await_record(&context, &error) < 0) end_child(&context, operation, &error);
    if (perform(&context, operation, &error) < 0) end_child(&context, operation, &error);
  }
  fail(&error, EINVAL, "the plan ends without a command", NULL);
  end_child(&context, NULL, &error);
}
