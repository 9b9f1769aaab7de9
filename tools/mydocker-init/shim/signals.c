#include "signals.h"

#include <stddef.h>
#include <sys/signalfd.h>

void signals_forwardable(sigset_t *set) {
  static const int own[] = {SIGCHLD, SIGPIPE, SIGURG, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU,
                            SIGSEGV, SIGBUS,  SIGFPE, SIGILL,  SIGTRAP, SIGSYS};
  sigfillset(set);
  for (unsigned i = 0; i < sizeof own / sizeof *own; i++) sigdelset(set, own[i]);
}

int signals_open(const sigset_t *blocked, const sigset_t *read) {
  if (sigprocmask(SIG_BLOCK, blocked, NULL) < 0) return -1;
  return signalfd(-1, read, SFD_CLOEXEC | SFD_NONBLOCK);
}

void signals_reset(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}
