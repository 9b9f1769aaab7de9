#include "netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

enum { ANSWER_SIZE = 32768 };

static char explanation[160];

const char *netlink_explanation(void) { return explanation; }

int netlink_open(void) {
  const int yes = 1;
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  // The kernel's own words come with an error, where it has some.
  if (fd >= 0) setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof yes);
  if (fd >= 0) setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
  return fd;
}

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, size_t size) {
  memset(request, 0, sizeof *request);
  request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
  request->header.nlmsg_type = type;
  request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
}

void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size) {
  size_t at = NLMSG_ALIGN(request->header.nlmsg_len);
  struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type};
  if (at + RTA_SPACE(size) > sizeof *request) {
    request->header.nlmsg_len = (uint32_t)sizeof *request + 1;
    return;
  }
  memcpy((char *)request + at, &attribute, sizeof attribute);
  memcpy((char *)request + at + RTA_LENGTH(0), data, size);
  request->header.nlmsg_len = (uint32_t)(at + RTA_SPACE(size));
}

const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t head, uint16_t type) {
  const char *at = (const char *)message + NLMSG_SPACE(head), *end = (const char *)message + message->nlmsg_len;
  while (end - at >= (ptrdiff_t)sizeof(struct rtattr)) {
    const struct rtattr *attribute = (const struct rtattr *)at;
    if (attribute->rta_len < sizeof *attribute || attribute->rta_len > end - at) return NULL;
    if ((attribute->rta_type & NLA_TYPE_MASK) == type) return attribute;
    at += RTA_ALIGN(attribute->rta_len);
  }
  return NULL;
}

static int take_error(const struct nlmsghdr *message) {
  const struct nlmsgerr *error = NLMSG_DATA(message);
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof *error)) {
    errno = EPROTO;
    return -1;
  }
  if (error->error == 0) return 0;
  const struct rtattr *words = (message->nlmsg_flags & NLM_F_ACK_TLVS) != 0 ? netlink_find(message, sizeof *error, NLMSGERR_ATTR_MSG) : NULL;
  if (words != NULL) {
    struct text text = TEXT(explanation);
    const char *said = RTA_DATA(words);
    text_add_bytes(&text, said, strnlen(said, RTA_PAYLOAD(words)));
  }
  errno = -error->error;
  return -1;
}

// One datagram of an answer. 1: it is over; 0: more is to come; -1 with errno.
static int take_part(const char *buffer, size_t size, uint32_t sequence, netlink_handler *handler, void *context) {
  size_t left = size;
  for (const struct nlmsghdr *message = (const struct nlmsghdr *)buffer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_seq != sequence) continue;
    if (message->nlmsg_type == NLMSG_DONE) return 1;
    if (message->nlmsg_type == NLMSG_ERROR) return take_error(message) < 0 ? -1 : 1;
    if (handler != NULL && handler(message, context) < 0) return -1;
  }
  return 0;
}

int netlink_exchange(int socket, struct netlink_request *request, netlink_handler *handler, void *context) {
  static uint32_t sequence;
  static _Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
  explanation[0] = '\0';
  if (request->header.nlmsg_len > sizeof *request) {
    errno = E2BIG;
    return -1;
  }
  request->header.nlmsg_seq = ++sequence;
  if (send(socket, request, request->header.nlmsg_len, 0) < 0) return -1;
  for (;;) {
    ssize_t got = recv(socket, answer, sizeof answer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return -1;
    int result = take_part(answer, (size_t)got, sequence, handler, context);
    if (result != 0) return result < 0 ? -1 : 0;
  }
}
