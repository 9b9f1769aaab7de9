#include "progress.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "answer.h"
#include "caller.h"
#include "error-log.h"
#include "front.h"
#include "hook.h"
#include "net-device.h"
#include "scope.h"
#include "status.h"
#include "terminal.h"
#include "text.h"

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

bool progress_hear_hooks(void *told, int descriptor) {
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
    progress->watch = (struct relay_watch){.fd = descriptor, .readable = progress_hear_hooks, .context = progress};
  }
}

static void run_hook(struct progress *progress, uint32_t index) {
  struct error error;
  progress->context->hooked = true;
  if (hook_at_request(progress->context, index, &error) < 0) give_up(progress, &error);
}

bool progress_hear(struct progress *progress, bool wait) {
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

bool progress_hear_now(void *progress, int fd) {
  (void)fd;
  return progress_hear(progress, false);
}
