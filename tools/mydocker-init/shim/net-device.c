#include "net-device.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "operations.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

enum { ADDRESSES_LIMIT = 64, INDEX_TRIES = 4096 };

// The flags of ifa_flags (rtnetlink) that were given by whoever set the address; the others the kernel found out.
enum { KEPT_FLAGS = IFA_F_HOMEADDRESS | IFA_F_NODAD | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN };

struct addresses {
  int link;
  size_t count;
  struct netlink_request requests[ADDRESSES_LIMIT];  // each adds one; the link's index is filled in as it is sent
};

struct device {
  struct device *earlier;
  const char *name;  // on the host
  uint32_t flags;    // IFF_*, on the host
  int index, own_index;     // on the host, in the container
  int host, own;     // sockets in the two network namespaces
  struct addresses addresses;
};

static struct device *moved;  // the last one first

static int link_failed(const char *what, const char *name, struct error *error) {
  fail(error, errno, what, name, NULL);
  return netlink_explanation()[0] == '\0' ? -1 : hint(error, "the kernel says: ", netlink_explanation(), NULL);
}

static int take_link(const struct nlmsghdr *message, void *context) {
  struct ifinfomsg *link = context;
  if (message->nlmsg_type == RTM_NEWLINK) memcpy(link, NLMSG_DATA(message), sizeof *link);
  return 0;
}

// By name, or by index where name is NULL. -1 with errno, ENODEV for one that is not there.
static int get_link(int socket, const char *name, struct ifinfomsg *link) {
  struct netlink_request request;
  netlink_begin(&request, RTM_GETLINK, 0, sizeof request.link);
  if (name == NULL) {
    request.link.ifi_index = link->ifi_index;
  } else {
    netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
  }
  return netlink_exchange(socket, &request, take_link, link);
}

static uint32_t address_flags(const struct nlmsghdr *message) {
  const struct rtattr *wide = netlink_find(message, sizeof(struct ifaddrmsg), IFA_FLAGS);
  uint32_t flags = ((const struct ifaddrmsg *)NLMSG_DATA(message))->ifa_flags;
  if (wide != NULL && RTA_PAYLOAD(wide) == sizeof flags) memcpy(&flags, RTA_DATA(wide), sizeof flags);
  return flags;
}

static int take_address(const struct nlmsghdr *message, void *context) {
  static const uint16_t kept[] = {IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_RT_PRIORITY};
  struct addresses *addresses = context;
  const struct ifaddrmsg *address = NLMSG_DATA(message);
  uint32_t flags = address_flags(message);
  if (message->nlmsg_type != RTM_NEWADDR || (int)address->ifa_index != addresses->link) return 0;
  if (address->ifa_scope != RT_SCOPE_UNIVERSE || (flags & IFA_F_PERMANENT) == 0) return 0;
  if (addresses->count == ADDRESSES_LIMIT) {
    errno = E2BIG;
    return -1;
  }
  struct netlink_request *request = &addresses->requests[addresses->count++];
  netlink_begin(request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof request->address);
  request->address = (struct ifaddrmsg){.ifa_family = address->ifa_family, .ifa_prefixlen = address->ifa_prefixlen};
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
    const struct rtattr *attribute = netlink_find(message, sizeof *address, kept[i]);
    if (attribute != NULL) netlink_add(request, kept[i], RTA_DATA(attribute), RTA_PAYLOAD(attribute));
  }
  flags &= KEPT_FLAGS;
  netlink_add(request, IFA_FLAGS, &flags, sizeof flags);
  return 0;
}

static int get_addresses(int socket, int link, struct addresses *addresses) {
  struct netlink_request request;
  addresses->link = link;
  netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, sizeof request.address);
  return netlink_exchange(socket, &request, take_address, addresses);
}

static int put_addresses(int socket, int link, struct addresses *addresses) {
  for (size_t i = 0; i < addresses->count; i++) {
    addresses->requests[i].address.ifa_index = (uint32_t)link;
    if (netlink_exchange(socket, &addresses->requests[i], NULL, NULL) < 0) return -1;
  }
  return 0;
}

static int set_up(int socket, int link) {
  struct netlink_request request;
  netlink_begin(&request, RTM_SETLINK, 0, sizeof request.link);
  request.link.ifi_index = link;
  request.link.ifi_flags = request.link.ifi_change = IFF_UP;
  return netlink_exchange(socket, &request, NULL, NULL);
}

// The index is chosen here, so that the device is known by it on the other side whatever its name becomes (Linux 5.13).
static int free_index(int socket, int wanted) {
  for (int tries = 0; tries < INDEX_TRIES; tries++) {
    struct ifinfomsg link = {.ifi_index = wanted + tries};
    if (get_link(socket, NULL, &link) < 0) return errno == ENODEV ? wanted + tries : -1;
  }
  errno = EBUSY;
  return -1;
}

struct move {
  int socket, index;  // where it is, and as what
  int namespace, new_index;
  const char *name;
};

static int move_link(const struct move *move) {
  struct netlink_request request;
  netlink_begin(&request, RTM_SETLINK, 0, sizeof request.link);
  request.link.ifi_index = move->index;
  netlink_add(&request, IFLA_NET_NS_FD, &move->namespace, sizeof move->namespace);
  netlink_add(&request, IFLA_NEW_IFINDEX, &move->new_index, sizeof move->new_index);
  netlink_add(&request, IFLA_IFNAME, move->name, strlen(move->name) + 1);
  return netlink_exchange(move->socket, &request, NULL, NULL);
}

static int open_home(void) { return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC); }

// A socket in another network namespace. The process comes back.
static int open_socket_in(int namespace, struct error *error) {
  int home = open_home();
  int fd = home < 0 || setns(namespace, CLONE_NEWNET) < 0 ? -1 : netlink_open();
  if (fd < 0) fail(error, errno, "enter the container's network namespace", NULL);
  if (home >= 0 && setns(home, CLONE_NEWNET) < 0) {
    fail(error, errno, "come back from the container's network namespace", NULL);
    if (fd >= 0) close(fd);
    fd = -1;
  }
  if (home >= 0) close(home);
  return fd;
}

// config-linux.md: a name that the container's namespace has already is an error, but for a pattern, which the kernel completes.
static int check_name(const struct device *device, const char *name, struct error *error) {
  struct ifinfomsg link = {0};
  if (strchr(name, '%') != NULL) return 0;
  if (get_link(device->own, name, &link) < 0) return errno == ENODEV ? 0 : link_failed("look for the network device ", name, error);
  fail(error, EEXIST, "move the network device ", device->name, ": the container has one that is called ", name, NULL);
  return hint(error, "another name, or a pattern: eth%d", NULL);
}

static int move_device(struct device *device, const char *name, int namespace, struct error *error) {
  struct ifinfomsg link = {0};
  if (get_link(device->host, device->name, &link) < 0) return link_failed("look for the network device ", device->name, error);
  device->index = link.ifi_index;
  device->flags = link.ifi_flags;
  if ((link.ifi_flags & IFF_LOOPBACK) != 0) return fail(error, EINVAL, "move the network device ", device->name, ": a loopback device stays where it is", NULL);
  if (check_name(device, name, error) < 0) return -1;
  if (get_addresses(device->host, device->index, &device->addresses) < 0) return link_failed("read the addresses of ", device->name, error);
  device->own_index = free_index(device->own, device->index);
  if (device->own_index < 0) return link_failed("look for a free index for ", device->name, error);
  const struct move move = {device->host, device->index, namespace, device->own_index, name};
  int result = move_link(&move);
  int number = errno;
  // Moved and not renamed is a failure that has moved it.
  struct ifinfomsg there = {.ifi_index = device->own_index};
  if (result < 0 && get_link(device->own, NULL, &there) < 0) device->own_index = -1;
  errno = number;
  if (result < 0) return link_failed("move the network device ", device->name, error);
  if (put_addresses(device->own, device->own_index, &device->addresses) < 0) return link_failed("keep the addresses of ", device->name, error);
  return set_up(device->own, device->own_index) < 0 ? link_failed("set up the network device ", name, error) : 0;
}

static int open_namespace(const struct context *context, const char *path) {
  char own[64];
  struct text text = TEXT(own);
  if (path[0] != '\0') return open(path, O_RDONLY | O_CLOEXEC);
  text_add(&text, "/proc/");
  text_add_signed(&text, context->child);
  text_add(&text, "/ns/net");
  return open(own, O_RDONLY | O_CLOEXEC);
}

static int move_one(struct context *context, const struct operation *operation, struct error *error) {
  struct device *device = calloc(1, sizeof *device);
  if (device == NULL) return fail(error, ENOMEM, "move a network device", NULL);
  int namespace = open_namespace(context, text_of(operation, 2));
  if (namespace < 0) {
    free(device);
    return fail(error, errno, "open the container's network namespace", NULL);
  }
  *device = (struct device){.earlier = moved, .name = text_of(operation, 0), .own_index = -1, .host = netlink_open(), .own = -1};
  moved = device;
  int result = device->host < 0 ? fail(error, errno, "ask for network devices", NULL) : 0;
  if (result == 0) device->own = open_socket_in(namespace, error);
  result = device->own < 0 ? -1 : move_device(device, text_of(operation, 1), namespace, error);
  close(namespace);
  return result;
}

int net_devices_move(struct context *context, struct error *error) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->code == OPERATION_move_device && move_one(context, operation, error) < 0) return -1;
  }
  return 0;
}

static int bring_back(struct device *device) {
  int home = open_home();
  if (home < 0) return -1;
  const struct move move = {device->own, device->own_index, home, device->index, device->name};
  int result = move_link(&move);
  close(home);
  if (result < 0 || put_addresses(device->host, device->index, &device->addresses) < 0) return -1;
  return (device->flags & IFF_UP) != 0 ? set_up(device->host, device->index) : 0;
}

static void forget(bool give_back) {
  while (moved != NULL) {
    struct device *device = moved;
    if (give_back && device->own_index >= 0 && bring_back(device) < 0) {
      warning(NULL, "the network device ", device->name, " could not be brought back: ", strerror(errno), NULL);
    }
    moved = device->earlier;
    if (device->host >= 0) close(device->host);
    if (device->own >= 0) close(device->own);
    free(device);
  }
}

// The sockets have held the namespace, and with it the devices, beyond the end of the container's process.
void net_devices_return(void) { forget(true); }

void net_devices_leave(void) { forget(false); }

int do_move_device(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  // Done when there is a process: net_devices_move.
  for (uint32_t i = 0; i < 2; i++) {
    if (text_of(operation, i)[0] == '\0' || strlen(text_of(operation, i)) >= IFNAMSIZ) {
      return fail(error, EINVAL, "move the network device ", text_of(operation, 0), ": its name has 1 to 15 bytes", NULL);
    }
  }
  return 0;
}
