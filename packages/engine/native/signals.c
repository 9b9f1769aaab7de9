#include "signals.h"

#include <signal.h>
#include <stddef.h>

static void pass_over(int number) { (void)number; }

void signals_open(void) {
  struct sigaction given, own = {.sa_handler = pass_over, .sa_flags = SA_RESTART};
  // A handler does not survive execve(2), as SIG_IGN would.
  if (sigaction(SIGPIPE, NULL, &given) == 0 && given.sa_handler == SIG_DFL) sigaction(SIGPIPE, &own, NULL);
}
