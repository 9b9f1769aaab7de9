// rtnetlink(7), as far as moving a network device takes it. No allocation: a request is of a fixed size.
#pragma once

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

struct netlink_request {
  struct nlmsghdr header;
  union {
    struct ifinfomsg link;
    struct ifaddrmsg address;
  };
  char attributes[512];
};

// A socket in the network namespace that the process is in; it stays in that one. -1 with errno.
int netlink_open(void);

// Begins a request of a type. size: of the part in the union that it uses.
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, size_t size);

// Adds an attribute. What does not fit is a defect: the request then fails as it is sent (E2BIG).
void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size);

// Is given every message of an answer. -1 ends it, with errno.
typedef int netlink_handler(const struct nlmsghdr *message, void *context);

// Sends a request and reads its answer to the end; handler may be NULL. 0, or -1 with errno, as the kernel or the handler has it.
int netlink_exchange(int socket, struct netlink_request *request, netlink_handler *handler, void *context);

// The attribute of a type, or NULL. head: the size of what stands before the attributes (a struct of the union).
const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t head, uint16_t type);

// What the kernel said about the last error, or "".
const char *netlink_explanation(void);
