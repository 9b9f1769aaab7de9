// relay_run: waits for whatever can happen to a running container, and deals with it.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay-clients.h"
#include "signals.h"

enum {
  PATIENCE = 10 * 1000, // ms that a client which reads nothing can delay the end of an ended container
};

// poll's table. A descriptor that is not of interest now is -1.
struct waiting {
  struct pollfd watch, process, signals, listener, source[2], sink, clients[RELAY_CLIENTS];
};

static struct pollfd wait_for(int fd, short events) {
  return (struct pollfd){.fd = fd, .events = events};
}

static void fill(struct waiting *waiting, const struct relay *relay, int watch, int pidfd, int signals) {
  waiting->watch = wait_for(watch, POLLIN);
  waiting->process = wait_for(pidfd, POLLIN);
  waiting->signals = wait_for(signals, POLLIN);
  waiting->listener = wait_for(relay->listener, POLLIN);
  // Back-pressure: nothing more is read from the container until all clients have what was read.
  bool owed = clients_owed(relay);
  for (int stream = 0; stream < 2; stream++) waiting->source[stream] = wait_for(owed ? -1 : relay->source[stream], POLLIN);
  waiting->sink = wait_for(relay->input_size > 0 ? relay->sink : -1, POLLOUT);
  for (int i = 0; i < RELAY_CLIENTS; i++) {
    const struct relay_client *client = &relay->clients[i];
    short events = client->blocked ? 0 : POLLIN;
    if (client->owed || client->owed_ready || client->owed_sync) events |= POLLOUT;
    waiting->clients[i] = wait_for(events ? client->fd : -1, events); // with no events POLLHUP would be reported, over and over
  }
}

static void pass_on_signal(int signals, int pidfd) {
  struct signalfd_siginfo signal;
  while (read(signals, &signal, sizeof signal) == sizeof signal) syscall(SYS_pidfd_send_signal, pidfd, signal.ssi_signo, NULL, 0);
}

static void take_output(struct relay *relay, int stream) {
  ssize_t size = read(relay->source[stream], relay->output + 1, RELAY_OUTPUT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    if (relay->source[stream] != relay->sink) close(relay->source[stream]);
    relay->source[stream] = -1;
    return;
  }
  log_write(&relay->log, (enum log_stream)stream, relay->output + 1, (size_t)size);
  relay->output[0] = stream == 0 ? 'o' : 'e';
  relay->output_size = (size_t)size + 1;
  clients_offer(relay);
}

static bool serve(struct relay *relay, const struct waiting *waiting, int pidfd) {
  // New clients come before output: who connected before the container was started gets all of it.
  if (waiting->listener.revents) clients_accept(relay);
  for (int i = 0; i < RELAY_CLIENTS; i++) {
    if (waiting->clients[i].fd < 0 || waiting->clients[i].revents == 0) continue;
    if (waiting->clients[i].revents & (POLLOUT | POLLERR)) client_pay(relay, &relay->clients[i]);
    if (waiting->clients[i].revents & (POLLIN | POLLHUP | POLLERR) && !relay->clients[i].blocked) client_listen(relay, i, pidfd);
  }
  if (waiting->sink.revents) input_flush(relay);
  bool read = false;
  for (int stream = 0; stream < 2; stream++) {
    if (waiting->source[stream].fd < 0 || waiting->source[stream].revents == 0) continue;
    read = true;
    if (!clients_owed(relay)) take_output(relay, stream);
  }
  return read;
}

int relay_run(struct relay *relay, pid_t pid, int pidfd, const struct relay_watch *watch) {
  sigset_t every, passed;
  sigfillset(&every);
  sigemptyset(&passed);
  sigaddset(&passed, SIGTERM);
  sigaddset(&passed, SIGUSR1);
  sigaddset(&passed, SIGUSR2);
  int signals = signals_open(&every, &passed);
  if (signals < 0) return -1;

  int watched = watch ? watch->fd : -1, status = -1;
  bool ended = false;
  for (;;) {
    struct waiting waiting;
    fill(&waiting, relay, watched, ended ? -1 : pidfd, signals);
    bool owed = clients_owed(relay);
    int events = poll((struct pollfd *)&waiting, sizeof waiting / sizeof(struct pollfd), !ended ? -1 : owed ? PATIENCE : 0);
    if (events < 0 && errno != EINTR) break;
    if (events < 0) continue;
    if (watched >= 0 && waiting.watch.revents && !watch->readable(watch->context, watched)) watched = watch->fd == watched ? -1 : watch->fd;
    if (waiting.signals.revents) pass_on_signal(signals, pidfd);
    bool read = serve(relay, &waiting, pidfd);
    // Everything the container wrote was in its pipes before its init's end could be seen (the kernel ends a pid namespace's
    // other processes first): what a round with nothing to read leaves open is held by somebody outside.
    if (ended && !owed && !read) break;
    if (ended && owed && events == 0) clients_drop_owed(relay);
    if (!ended && waiting.process.revents) {
      while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) continue;
      ended = true;
      clients_make_room(relay);
    }
  }
  int error = errno;
  close(signals);
  errno = error;
  return ended ? status : -1;
}
