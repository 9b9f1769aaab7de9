#include "sync.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { MESSAGE_HEAD = offsetof(struct sync_message, text) };

union control {
  struct cmsghdr header;
  char room[CMSG_SPACE(sizeof(int))];
};

int sync_send(int socket, const struct sync_message *message) {
  struct iovec data = {(void *)message, MESSAGE_HEAD + strlen(message->text) + 1};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
  union control control;
  memset(&control, 0, sizeof control);
  if (message->kind == SYNC_TERMINAL) {
    header.msg_control = &control;
    header.msg_controllen = sizeof control.room;
    struct cmsghdr *part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(part), &message->fd, sizeof(int));
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

int sync_receive(int socket, struct sync_message *message, bool wait) {
  struct iovec data = {message, sizeof *message};
  union control control;
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  ssize_t got;
  do {
    got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    // ECONNRESET: the other end was closed with a message of ours unread. Said once, ahead of its own last words.
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  if (got <= 0) return (int)got;
  message->fd = -1;
  struct cmsghdr *part = CMSG_FIRSTHDR(&header);
  if (part != NULL && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
    memcpy(&message->fd, CMSG_DATA(part), sizeof(int));
  }
  if ((size_t)got <= MESSAGE_HEAD) {
    errno = EPROTO;
    return -1;
  }
  message->text[(size_t)got - MESSAGE_HEAD - 1] = '\0';
  return 1;
}
