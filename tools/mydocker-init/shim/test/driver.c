// The relay and its counterparts without a container: what the tests run.
//
//   driver monitor LOG SOCKET FLAGS FIFO MESSAGE -- COMMAND…   a monitor whose "container" is COMMAND, started by a byte in FIFO
//   driver attach …        the role as it is
//   driver reaper …        the role as it is
//   driver foreground -- COMMAND…      foreground_run without a terminal
//   driver foreground-tty -- COMMAND…  foreground_run with one
//   driver pty -- COMMAND…             somebody's terminal, 24 rows of 80: stdin is typed, the screen is stdout; USR1 makes it 50 of
//                                      132. At the end says whether the terminal was left as it was found.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../attach.h"
#include "../foreground.h"
#include "../reaper.h"
#include "../relay.h"
#include "../signals.h"

static int die(const char *what) {
  perror(what);
  exit(125);
}

static int open_master(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) die("posix_openpt");
  return master;
}

static void take_terminal(int master) {
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  setsid();
  if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0) die("TIOCSCTTY");
  for (int i = 0; i < 3; i++) dup2(slave, i);
  if (slave > 2) close(slave);
}

static int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int pidfd_of(pid_t pid) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? die("pidfd_open") : fd;
}

static void execute(char **command) {
  signals_reset();
  execvp(command[0], command);
  die(command[0]);
}

static int monitor(char **argv) {
  static struct relay relay;
  uint64_t flags = strtoull(argv[2], NULL, 10);
  if (relay_open(&relay, argv[0], argv[1], flags) < 0) die("relay_open");
  if (mkfifo(argv[3], 0600) < 0) die("mkfifo");
  int fifo = open(argv[3], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int master = flags & RELAY_TERMINAL ? open_master() : -1;
  pid_t pid = fork();
  if (pid == 0) {
    struct pollfd started = {.fd = fifo, .events = POLLIN};
    char byte;
    while (poll(&started, 1, -1) < 0 || read(fifo, &byte, 1) != 1) continue;
    if (master >= 0) take_terminal(master);
    else {
      for (int i = 0; i < 3; i++) dup2(relay.child[i], i);
      setsid();
    }
    execute(argv + 6);
  }
  relay_started(&relay);
  if (master >= 0 && relay_set_terminal(&relay, master) < 0) die("relay_set_terminal");
  puts("ready");
  fflush(stdout);
  int status = relay_run(&relay, pid, pidfd_of(pid), NULL);
  relay_finish(&relay, exit_code(status), argv[4]);
  return exit_code(status);
}

static int foreground(char **command, bool terminal) {
  int master = terminal ? open_master() : -1;
  pid_t pid = fork();
  if (pid == 0) {
    if (terminal) take_terminal(master);
    else setsid();
    execute(command);
  }
  return exit_code(foreground_run(pid, pidfd_of(pid), master, NULL));
}

static int terminal_of;
static void grow(int number) {
  struct winsize size = {.ws_row = 50, .ws_col = 132};
  (void)number;
  ioctl(terminal_of, TIOCSWINSZ, &size);
}

static int pty(char **command) {
  struct winsize size = {.ws_row = 24, .ws_col = 80};
  struct termios before, after;
  int master = terminal_of = open_master();
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  ioctl(master, TIOCSWINSZ, &size);
  tcgetattr(slave, &before);
  signal(SIGUSR1, grow);
  pid_t pid = fork();
  if (pid == 0) {
    take_terminal(master);
    execute(command);
  }
  char data[4096];
  bool typing = true;
  int status = 0;
  struct pollfd waiting[] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}, {.fd = pidfd_of(pid), .events = POLLIN}};
  for (;;) {
    waiting[1].fd = typing ? 0 : -1;
    if (poll(waiting, 3, -1) < 0) continue;
    ssize_t size = waiting[0].revents ? read(master, data, sizeof data) : 0;
    if (size > 0 && write(1, data, (size_t)size) < 0) break;
    if (waiting[1].revents) {
      size = read(0, data, sizeof data);
      typing = size > 0;
      if (typing && write(master, data, (size_t)size) < 0) break;
    }
    if (waiting[2].revents && !waiting[0].revents) break;
  }
  waitpid(pid, &status, 0);
  tcgetattr(slave, &after);
  bool same = before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag && before.c_cflag == after.c_cflag &&
              before.c_lflag == after.c_lflag && memcmp(before.c_cc, after.c_cc, sizeof before.c_cc) == 0;
  puts(same ? "[terminal as before]" : "[terminal changed]");
  return exit_code(status);
}

int main(int argc, char **argv) {
  if (argc < 3) return 125;
  const char *role = argv[1];
  if (strcmp(role, "monitor") == 0 && argc > 8) return monitor(argv + 2);
  if (strcmp(role, "attach") == 0) return attach_role(argc - 2, argv + 2);
  if (strcmp(role, "reaper") == 0) return reaper_role(argc - 2, argv + 2);
  if (argc < 4) return 125;
  if (strcmp(role, "foreground") == 0) return foreground(argv + 3, false);
  if (strcmp(role, "foreground-tty") == 0) return foreground(argv + 3, true);
  if (strcmp(role, "pty") == 0) return pty(argv + 3);
  return 125;
}
