#include "foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "signals.h"
#include "terminal.h"

struct foreground {
  pid_t pid;
  int pidfd, signals;
  int watched; // -1: nothing more
  const struct relay_watch *watch;
  int master, slave; // -1: no terminal
  bool input_open;
  struct terminal terminal;
  struct output keys, screen; // what the master and stdout have still to take
  char typed[4096], shown[64 * 1024];
};

static void take_signals(struct foreground *foreground) {
  struct signalfd_siginfo signal;
  while (read(foreground->signals, &signal, sizeof signal) == sizeof signal) {
    const bool terminal = foreground->master >= 0;
    if (terminal && signal.ssi_signo == SIGCONT && foreground->terminal.fd >= 0) terminal_raw(&foreground->terminal, 0);
    if (terminal && (signal.ssi_signo == SIGCONT || signal.ssi_signo == SIGWINCH)) {
      terminal_copy_size(foreground->master); // the kernel tells the process
      continue;
    }
    // What the terminal sends (ctrl-c) goes to its whole foreground process group: a process that is in it has it already.
    if (signal.ssi_code == SI_KERNEL && getpgid(foreground->pid) == getpgrp()) continue;
    syscall(SYS_pidfd_send_signal, foreground->pidfd, signal.ssi_signo, NULL, 0);
  }
}

// Both ends of the pty closed: its processes get HUP, as when a terminal's window is closed.
static void hang_up(struct foreground *foreground) {
  if (foreground->slave >= 0) close(foreground->slave);
  if (foreground->master >= 0) close(foreground->master);
  foreground->master = foreground->slave = -1;
  foreground->keys.left = foreground->screen.left = 0;
}

static void read_keys(struct foreground *foreground) {
  ssize_t size = read(0, foreground->typed, sizeof foreground->typed);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) foreground->input_open = false; // a terminal does not end with its input
  else foreground->keys = (struct output){.fd = foreground->master, .most = SIZE_MAX, .data = foreground->typed, .left = (size_t)size};
}

// False: nothing (more) is there.
static bool read_screen(struct foreground *foreground) {
  ssize_t size = read(foreground->master, foreground->shown, sizeof foreground->shown);
  if (size <= 0) {
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) hang_up(foreground);
    return false;
  }
  foreground->screen.data = foreground->shown;
  foreground->screen.left = (size_t)size;
  return true;
}

static void move_output(struct foreground *foreground) {
  if (foreground->screen.left > 0 && !output_write(&foreground->screen)) hang_up(foreground);
}

static void move_input(struct foreground *foreground) {
  if (foreground->keys.left > 0 && !output_write(&foreground->keys)) foreground->keys.left = 0;
}

// Waits for one thing to happen and deals with it. True: the process has ended.
static bool step(struct foreground *foreground) {
  bool keys = foreground->keys.left > 0, screen = foreground->screen.left > 0;
  short master = (short)((screen ? 0 : POLLIN) | (keys ? POLLOUT : 0));
  struct pollfd waiting[] = {
      {.fd = foreground->pidfd, .events = POLLIN},
      {.fd = foreground->signals, .events = POLLIN},
      {.fd = foreground->input_open && !keys && foreground->master >= 0 ? 0 : -1, .events = POLLIN},
      {.fd = master ? foreground->master : -1, .events = master},
      {.fd = screen ? foreground->screen.fd : -1, .events = POLLOUT},
      {.fd = foreground->watched, .events = POLLIN},
  };
  if (poll(waiting, 6, -1) < 0) return false; // EINTR: stopped and continued
  if (waiting[1].revents) take_signals(foreground);
  if (waiting[5].revents && !foreground->watch->readable(foreground->watch->context, foreground->watched)) {
    foreground->watched = foreground->watch->fd == foreground->watched ? -1 : foreground->watch->fd;
  }
  if (waiting[2].revents) read_keys(foreground);
  if (waiting[4].revents) move_output(foreground);
  if (waiting[3].revents & POLLOUT) move_input(foreground);
  if (waiting[3].revents & (POLLIN | POLLERR | POLLHUP) && foreground->master >= 0 && !screen && read_screen(foreground))
    move_output(foreground);
  return waiting[0].revents != 0;
}

// What the terminal still holds when its process has ended, to a stdout that may be slow.
static void drain(struct foreground *foreground) {
  while (foreground->master >= 0) {
    if (foreground->screen.left == 0 && !read_screen(foreground)) break;
    struct pollfd writable = {.fd = foreground->screen.fd, .events = POLLOUT};
    if (poll(&writable, 1, -1) > 0) move_output(foreground);
  }
  hang_up(foreground);
}

int foreground_run(pid_t pid, int pidfd, int master, const struct relay_watch *watch) {
  static struct foreground foreground;
  foreground = (struct foreground){.pid = pid, .pidfd = pidfd, .master = master, .slave = -1, .terminal.fd = -1};
  foreground.watch = watch;
  foreground.watched = watch == NULL ? -1 : watch->fd;
  sigset_t taken, blocked;
  signals_forwardable(&taken);
  if (master >= 0) sigaddset(&taken, SIGCONT);
  blocked = taken;
  sigaddset(&blocked, SIGPIPE);
  foreground.signals = signals_open(&blocked, &taken);
  if (foreground.signals < 0) return -1;
  if (master >= 0) {
    fcntl(master, F_SETFD, FD_CLOEXEC);
    fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    foreground.slave = terminal_hold(master);
    foreground.input_open = true;
    output_open(&foreground.screen, 1);
    terminal_copy_size(master);
    terminal_raw(&foreground.terminal, 0);
  }
  while (!step(&foreground)) continue;
  int status = -1, waited;
  do waited = waitpid(pid, &status, __WALL);
  while (waited < 0 && errno == EINTR);
  int error = errno;
  drain(&foreground);
  terminal_restore(&foreground.terminal);
  close(foreground.signals);
  errno = error;
  return waited < 0 ? -1 : status;
}
