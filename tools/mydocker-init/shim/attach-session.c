#include "attach-session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "complain.h"

enum { GOES_ON = -1 }; // else an exit code

// Blocking: the monitor takes every message at once, except input, of which it has asked for one message.
static void tell(struct session *session, char kind, const void *data, size_t size) {
  struct iovec parts[] = {{&kind, 1}, {(void *)data, size}};
  struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
  while (sendmsg(session->socket, &header, MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
}

static void tell_size(struct session *session, unsigned short more) {
  struct winsize size;
  if (!session->tty || !terminal_size(&size)) return;
  unsigned short cells[] = {(unsigned short)(size.ws_row + more), (unsigned short)(size.ws_col + more)};
  tell(session, 'w', cells, sizeof cells);
}

// One byte into the FIFO on which the container's process waits. That process opens it at about this time: ENXIO means "not yet".
static int start(struct session *session) {
  const struct timespec moment = {.tv_nsec = 2 * 1000 * 1000};
  int fd = -1;
  for (int tries = 0; tries < 1000; tries++) {
    fd = open(session->start, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 || errno != ENXIO) break;
    nanosleep(&moment, NULL);
  }
  if (fd < 0 || write(fd, "", 1) != 1) {
    complain("attach", "start the container", session->start, NULL, "mydocker inspect, to see whether it was started already");
    return ATTACH_FAILED;
  }
  close(fd);
  session->start = NULL;
  return GOES_ON;
}

static int end(struct session *session, size_t size) {
  terminal_restore(&session->terminal);
  if (size > 2) {
    session->message[size] = '\n'; // the buffer has one byte to spare
    if (write(2, session->message + 2, size - 1) < 0) return (unsigned char)session->message[1];
  }
  return (unsigned char)session->message[1];
}

static int hear(struct session *session) {
  ssize_t size = recv(session->socket, session->message, sizeof session->message - 1, MSG_DONTWAIT);
  // Said once when the monitor closed with messages of ours unread; its own last words are still there.
  if (size < 0 && errno == ECONNRESET) size = recv(session->socket, session->message, sizeof session->message - 1, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return GOES_ON;
  if (size <= 0) {
    terminal_restore(&session->terminal);
    complain("attach", "follow the container", session->path, "its monitor has gone without an exit code", "mydocker ps -a");
    return ATTACH_FAILED;
  }
  switch (session->message[0]) {
    case 'o':
    case 'e':
      session->pending = &session->out[session->message[0] == 'e'];
      session->pending->data = session->message + 1;
      session->pending->left = (size_t)size - 1;
      return GOES_ON;
    case 'r':
      session->ready = true;
      return GOES_ON;
    case 'y': // all that was said before it is done: the monitor knows of this client and of its window's size
      return session->start ? start(session) : GOES_ON;
    case 'x':
      return size >= 2 ? end(session, (size_t)size) : ATTACH_FAILED;
    default:
      return GOES_ON; // of a later version
  }
}

static int write_pending(struct session *session) {
  if (!output_write(session->pending)) {
    // Without stdout there is no point in going on, as for any program in a shell's pipe.
    if (session->pending == &session->out[0]) return 128 + SIGPIPE;
    session->pending->left = 0;
  }
  if (session->pending->left == 0) session->pending = NULL;
  return GOES_ON;
}

static int read_input(struct session *session) {
  char typed[RELAY_INPUT - sizeof session->detach.keys], passed[RELAY_INPUT];
  ssize_t size = read(0, typed, sizeof typed);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return GOES_ON;
  if (size <= 0) {
    tell(session, 'c', NULL, 0);
    session->feeds = false;
    return GOES_ON;
  }
  size_t passed_size;
  bool detach = detach_keys_filter(&session->detach, typed, (size_t)size, passed, &passed_size);
  if (passed_size > 0) {
    tell(session, 'i', passed, passed_size);
    session->ready = false;
  }
  return detach ? 0 : GOES_ON;
}

static int take_signal(struct session *session) {
  struct signalfd_siginfo signal;
  while (read(session->signals, &signal, sizeof signal) == sizeof signal) {
    unsigned char number = (unsigned char)signal.ssi_signo;
    bool raw = session->terminal.fd >= 0, ours = raw || session->keeps_signals;
    if (number == ATTACH_PARENT_DIED) {
      if (getppid() != session->parent) return 128 + SIGTERM;
    } else if (number == SIGWINCH && session->tty) {
      tell_size(session, 0);
    } else if (number == SIGCONT) {
      if (raw) terminal_raw(&session->terminal, 0); // whoever had the terminal meanwhile left it as they like it
      tell_size(session, 0);
    } else if (ours && (number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM)) {
      return 128 + number; // typed keys go to the container as bytes: a signal is meant for the client
    } else if (!session->keeps_signals) {
      tell(session, 's', &number, 1);
    }
  }
  return GOES_ON;
}

static void introduce(struct session *session) {
  // A program that is running already redraws itself when its window changes: a cell more, and back.
  if (!session->start) tell_size(session, 1);
  tell_size(session, 0);
  if (session->feeds) tell(session, 'i', NULL, 0); // from now on stdin ends with this client; answered by the first `r`
  if (session->start) tell(session, 'y', NULL, 0);
}

int session_run(struct session *session) {
  introduce(session);
  int code = GOES_ON;
  while (code == GOES_ON) {
    const struct output *pending = session->pending;
    struct pollfd waiting[] = {
        {.fd = session->signals, .events = POLLIN},
        {.fd = pending ? pending->fd : -1, .events = POLLOUT},
        {.fd = pending ? -1 : session->socket, .events = POLLIN},
        {.fd = session->feeds && session->ready ? 0 : -1, .events = POLLIN},
    };
    if (poll(waiting, 4, -1) < 0) continue; // EINTR: stopped and continued
    if (waiting[0].revents) code = take_signal(session);
    if (code == GOES_ON && waiting[1].revents) code = write_pending(session);
    if (code == GOES_ON && waiting[2].revents) code = hear(session);
    if (code == GOES_ON && session->pending && !pending) code = write_pending(session); // mostly there is room
    if (code == GOES_ON && waiting[3].revents) code = read_input(session);
  }
  return code;
}
