#include "reaper.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"
#include "signals.h"

enum { FAILED = 125 };

static int run_command(char **command) {
  // A process group of its own, in the terminal's foreground, as tini does it: ctrl-c reaches the command and what it started,
  // and not, a second time, through PID 1. SIGTTOU is blocked still, so that tcsetpgrp does not stop this process.
  setpgid(0, 0);
  tcsetpgrp(0, getpgrp());
  signals_reset();
  execvp(command[0], command);
  return complain_command("reaper", command[0]);
}

// Takes the exit status of every process that has ended. True: the command was among them.
static bool reap(pid_t command, int *code) {
  bool ended = false;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != command) continue;
    *code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    ended = true;
  }
  return ended;
}

int reaper_role(int argc, char **argv) {
  if (argc < 2 || strcmp(argv[0], "--") != 0) {
    complain("reaper", "read the command", NULL, "there is none", "reaper -- COMMAND [ARG...]");
    return FAILED;
  }
  // Everything is taken by sigwait, one after the other; a fault's own signal still kills when it is raised.
  sigset_t every;
  sigfillset(&every);
  sigprocmask(SIG_SETMASK, &every, NULL);
  signal(SIGCHLD, SIG_DFL); // ignored, as it may have been inherited, it would leave nothing to wait for
  if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1);

  pid_t command = fork();
  if (command == 0) _exit(run_command(argv + 1));
  if (command < 0) {
    complain("reaper", "fork", NULL, NULL, "a higher --pids-limit");
    return FAILED;
  }
  // SIGTTIN and SIGTTOU are about this process's own use of the terminal.
  for (;;) {
    siginfo_t signal;
    int code = 0, number = sigwaitinfo(&every, &signal);
    if (number == SIGCHLD && reap(command, &code)) return code;
    if (number > 0 && number != SIGCHLD && number != SIGTTIN && number != SIGTTOU) kill(command, number);
  }
}
