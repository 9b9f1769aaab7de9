#include "relay-clients.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  SEND_BUFFER = 256 * 1024, // net.core.wmem_default may be less than one message
  LAST_BUFFER = 1024 * 1024,
};

static void set_send_buffer(int fd, int size) {
  // Beyond net.core.wmem_max for root; the plain form is cut to it.
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static void turn_away(int fd) {
  static const char full[] = "x\175too many clients are attached to this container already"; // 0175 = 125
  send(fd, full, sizeof full - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
}

void clients_accept(struct relay *relay) {
  for (;;) {
    int fd = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0) return;
    struct relay_client *client = relay->clients;
    while (client < relay->clients + RELAY_CLIENTS && client->fd >= 0) client++;
    if (client == relay->clients + RELAY_CLIENTS) {
      turn_away(fd);
      continue;
    }
    set_send_buffer(fd, SEND_BUFFER);
    *client = (struct relay_client){.fd = fd};
  }
}

static void close_sink(struct relay *relay) {
  // A terminal's master is the source as well; only a pipe ends with its input.
  if (relay->sink >= 0 && !(relay->flags & RELAY_TERMINAL)) close(relay->sink);
  relay->sink = -1;
}

// The input ends for good, once what is pending has been written.
static void end_input(struct relay *relay) {
  if (!(relay->flags & RELAY_STDIN_ONCE) || (relay->flags & RELAY_TERMINAL)) return;
  relay->sink_ends = true;
  if (relay->input_size == 0) close_sink(relay);
}

void input_flush(struct relay *relay) {
  while (relay->sink >= 0 && relay->input_at < relay->input_size) {
    ssize_t written = write(relay->sink, relay->input + relay->input_at, relay->input_size - relay->input_at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    if (written < 0) close_sink(relay); // nobody reads it any more
    else relay->input_at += (size_t)written;
  }
  relay->input_at = relay->input_size = 0;
  if (relay->sink_ends) close_sink(relay);
  for (int i = 0; i < RELAY_CLIENTS; i++) relay->clients[i].blocked = false;
  if (relay->feeder < 0) return;
  struct relay_client *feeder = &relay->clients[relay->feeder];
  relay->feeder = -1;
  feeder->owed_ready = true;
  client_pay(relay, feeder);
}

static void client_leaves(struct relay *relay, int index) {
  struct relay_client *client = &relay->clients[index];
  bool fed = client->feeds;
  close(client->fd);
  *client = (struct relay_client){.fd = -1};
  if (relay->feeder == index) relay->feeder = -1;
  if (fed) end_input(relay);
}

// True: sent, or there is nobody to send it to.
static bool sent(struct relay_client *client, const void *message, size_t size) {
  if (client->deaf || send(client->fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
  if (errno == EAGAIN || errno == EINTR) return false;
  client->deaf = true; // its end is seen by client_listen, after what it sent before it left
  return true;
}

void client_pay(struct relay *relay, struct relay_client *client) {
  if (client->owed && sent(client, relay->output, relay->output_size)) client->owed = false;
  if (client->owed) return;
  if (client->owed_ready && sent(client, "r", 1)) client->owed_ready = false;
  if (client->owed_sync && sent(client, "y", 1)) client->owed_sync = false;
}

void clients_offer(struct relay *relay) {
  for (struct relay_client *client = relay->clients; client < relay->clients + RELAY_CLIENTS; client++) {
    if (client->fd < 0) continue;
    client->owed = true;
    client_pay(relay, client);
  }
}

bool clients_owed(const struct relay *relay) {
  for (int i = 0; i < RELAY_CLIENTS; i++)
    if (relay->clients[i].fd >= 0 && relay->clients[i].owed) return true;
  return false;
}

void clients_make_room(struct relay *relay) {
  for (struct relay_client *client = relay->clients; client < relay->clients + RELAY_CLIENTS; client++) {
    if (client->fd < 0) continue;
    set_send_buffer(client->fd, LAST_BUFFER);
    client_pay(relay, client);
  }
}

void clients_drop_owed(struct relay *relay) {
  for (int i = 0; i < RELAY_CLIENTS; i++)
    if (relay->clients[i].fd >= 0 && relay->clients[i].owed) client_leaves(relay, i);
}

static void resize(struct relay *relay, const unsigned char *size) {
  memcpy(&relay->rows, size, 2);
  memcpy(&relay->columns, size + 2, 2);
  struct winsize window = {.ws_row = relay->rows, .ws_col = relay->columns};
  relay->resized = true;
  if ((relay->flags & RELAY_TERMINAL) && relay->source[0] >= 0) ioctl(relay->source[0], TIOCSWINSZ, &window);
}

static void take_input(struct relay *relay, int index, size_t size) {
  relay->clients[index].feeds = true;
  relay->feeder = index;
  // Without an open stdin the input is thrown away, and the client told to go on. sink is -1 until there is a terminal.
  relay->input_size = relay->sink_ends || !(relay->flags & RELAY_STDIN_OPEN) ? 0 : size;
  input_flush(relay);
}

void client_listen(struct relay *relay, int index, int pidfd) {
  struct relay_client *client = &relay->clients[index];
  unsigned char kind = 0, small[8];
  bool pending = relay->input_size > 0;
  if (pending && recv(client->fd, &kind, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && kind == 'i') {
    client->blocked = true;
    return;
  }
  struct iovec parts[] = {{&kind, 1}, {pending ? (void *)small : relay->input, pending ? sizeof small : RELAY_INPUT}};
  struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t received = recvmsg(client->fd, &header, MSG_DONTWAIT);
  // ECONNRESET is said once when the peer left without reading everything; what it had sent comes after that.
  if (received < 0 && errno == ECONNRESET) received = recvmsg(client->fd, &header, MSG_DONTWAIT);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) return client_leaves(relay, index);

  const unsigned char *rest = parts[1].iov_base;
  size_t size = (size_t)received - 1;
  if (kind == 'i') take_input(relay, index, size);
  else if (kind == 'c') end_input(relay);
  else if (kind == 'w' && size == 4) resize(relay, rest);
  else if (kind == 's' && size == 1 && rest[0] > 0 && rest[0] <= 64) syscall(SYS_pidfd_send_signal, pidfd, rest[0], NULL, 0);
  else if (kind == 'y') client->owed_sync = true;
  client_pay(relay, client);
}
