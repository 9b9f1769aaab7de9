#include "attach.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attach-session.h"
#include "complain.h"
#include "signals.h"
#include "socket-path.h"

static const char usage[] = "attach --socket PATH [--stdin] [--tty] [--start FIFO] [--detach-keys KEYS] [--keep-signals]";

static int refuse(const char *what, const char *on, const char *why) {
  complain("attach", what, on, why, usage);
  return ATTACH_FAILED;
}

static int parse(struct session *session, int argc, char **argv) {
  const char *keys = "ctrl-p,ctrl-q";
  for (int i = 0; i < argc; i++) {
    const char **value = NULL;
    if (strcmp(argv[i], "--stdin") == 0) session->feeds = true;
    else if (strcmp(argv[i], "--tty") == 0) session->tty = true;
    else if (strcmp(argv[i], "--keep-signals") == 0) session->keeps_signals = true;
    else if (strcmp(argv[i], "--socket") == 0) value = &session->path;
    else if (strcmp(argv[i], "--start") == 0) value = &session->start;
    else if (strcmp(argv[i], "--detach-keys") == 0) value = &keys;
    else return refuse("read the options", argv[i], "there is no such option");
    if (!value) continue;
    if (++i == argc) return refuse("read the options", argv[i - 1], "its value is missing");
    *value = argv[i];
  }
  if (!session->path) return refuse("read the options", "--socket", "it is missing");
  if (!detach_keys_parse(&session->detach, keys)) return refuse("read the detach keys", keys, "expected keys like ctrl-p,ctrl-q");
  if (!session->tty || !session->feeds) session->detach.count = 0; // as docker: only somebody who types can type them
  return 0;
}

static int open_session(struct session *session) {
  sigset_t taken, blocked;
  signals_forwardable(&taken);
  if (session->tty) sigaddset(&taken, SIGCONT);
  blocked = taken;
  sigaddset(&blocked, SIGPIPE);
  session->signals = signals_open(&blocked, &taken);
  session->parent = getppid();
  // In a session of its own it was put by a front end, which it must not outlive. Else it is the front end itself (which executed
  // it), and as any program of a shell's it may go on when that shell has ended.
  if (getsid(0) == getpid()) prctl(PR_SET_PDEATHSIG, ATTACH_PARENT_DIED);
  session->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (session->signals >= 0 && session->socket >= 0 && socket_path_use(session->socket, session->path, connect) == 0) return 0;
  complain("attach", "connect to the container", session->path, NULL, "mydocker ps -a, to see whether it is running");
  return ATTACH_FAILED;
}

int attach_role(int argc, char **argv) {
  static struct session session = {.terminal.fd = -1};
  int code = parse(&session, argc, argv);
  if (code == 0) code = open_session(&session);
  if (code != 0) return code;
  output_open(&session.out[0], 1);
  output_open(&session.out[1], 2);
  if (session.tty && session.feeds) terminal_raw(&session.terminal, 0);
  code = session_run(&session);
  terminal_restore(&session.terminal);
  return code;
}
