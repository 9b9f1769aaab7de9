#include "terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void terminal_raw(struct terminal *terminal, int fd) {
  terminal->fd = -1;
  if (tcgetattr(fd, &terminal->before) < 0) return;
  struct termios raw = terminal->before;
  cfmakeraw(&raw);
  // Not TCSAFLUSH: what was typed ahead belongs to the container. Not TCSADRAIN: it waits behind a ctrl-s.
  if (tcsetattr(fd, TCSANOW, &raw) == 0) terminal->fd = fd;
}

void terminal_restore(struct terminal *terminal) {
  if (terminal->fd < 0) return;
  // When the parent was killed, a shell has the terminal by now, and SIGTTOU would stop a background process that changes it.
  sigset_t background, before;
  sigemptyset(&background);
  sigaddset(&background, SIGTTOU);
  sigprocmask(SIG_BLOCK, &background, &before);
  tcsetattr(terminal->fd, TCSANOW, &terminal->before);
  sigprocmask(SIG_SETMASK, &before, NULL);
  terminal->fd = -1;
}

bool terminal_size(struct winsize *size) {
  for (int fd = 0; fd < 3; fd++)
    if (ioctl(fd, TIOCGWINSZ, size) == 0 && size->ws_row > 0 && size->ws_col > 0) return true;
  return false;
}

void terminal_copy_size(int master) {
  struct winsize size;
  if (terminal_size(&size)) ioctl(master, TIOCSWINSZ, &size);
}

int terminal_hold(int master) {
  return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}
