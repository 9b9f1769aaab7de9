// What an archive holds is read and judged by mydocker-image; here it is only made, where nothing else can be reached.
#include "layer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "complain.h"
#include "layer-confine.h"
#include "layer-entry.h"
#include "layer-input.h"
#include "syscalls.h"
#include "text.h"

struct unpacking {
  struct input input;
  struct entry entry;
  struct error error;
  char first[4096], second[4096];
};

static int malformed(struct unpacking *unpacking) { return fail(&unpacking->error, EBADMSG, "read the layer: a frame is malformed", NULL); }

static int cut(struct unpacking *unpacking) {
  if (errno == 0) return fail(&unpacking->error, EPIPE, "read the layer: it ends too early", NULL);
  return fail(&unpacking->error, errno, "read the layer", NULL);
}

// A text from the frame: never empty, no NUL byte inside.
static int take_text(const unsigned char *bytes, size_t length, char *text) {
  if (length == 0 || length >= 4096 || memchr(bytes, 0, length) != NULL) return -1;
  memcpy(text, bytes, length);
  text[length] = '\0';
  return 0;
}

// Two texts: the length of the first (u32), the first, the second.
static int take_texts(struct unpacking *unpacking, const unsigned char *bytes, uint32_t length) {
  if (length < 4) return -1;
  uint32_t first = read_u32(bytes);
  if (first > length - 4 || take_text(bytes + 4, first, unpacking->first) < 0) return -1;
  return take_text(bytes + 4 + first, length - 4 - first, unpacking->second);
}

static struct timespec take_time(const unsigned char *bytes) {
  return (struct timespec){.tv_sec = (time_t)read_u64(bytes), .tv_nsec = (long)read_u32(bytes + 8)};
}

static int take_meta(struct unpacking *unpacking, const unsigned char *bytes, uint32_t length) {
  if (length != 24) return malformed(unpacking);
  struct timespec time = take_time(bytes + 12);
  if (set_owner(&unpacking->entry, read_u32(bytes) & 07777, read_u32(bytes + 4), read_u32(bytes + 8), &unpacking->error) < 0) return -1;
  return set_time(&unpacking->entry, &time, &unpacking->error);
}

static int take_attribute(struct unpacking *unpacking, const unsigned char *bytes, uint32_t length) {
  if (length < 4) return malformed(unpacking);
  uint32_t name = read_u32(bytes);
  if (name > length - 4 || take_text(bytes + 4, name, unpacking->first) < 0) return malformed(unpacking);
  return set_attribute(&unpacking->entry, unpacking->first, bytes + 4 + name, length - 4 - name, &unpacking->error);
}

static int take_node(struct unpacking *unpacking, const unsigned char *bytes, uint32_t length) {
  if (length < 12 || take_text(bytes + 12, length - 12, unpacking->first) < 0) return malformed(unpacking);
  mode_t type = read_u32(bytes) & S_IFMT;
  if (type != S_IFCHR && type != S_IFBLK && type != S_IFIFO) return malformed(unpacking);
  dev_t device = makedev(read_u32(bytes + 4), read_u32(bytes + 8));
  return make_node(&unpacking->entry, unpacking->first, type, device, &unpacking->error);
}

static int take_directory_time(struct unpacking *unpacking, const unsigned char *bytes, uint32_t length) {
  if (length < 12 || take_text(bytes + 12, length - 12, unpacking->first) < 0) return malformed(unpacking);
  struct timespec time = take_time(bytes);
  return set_directory_time(unpacking->first, &time, &unpacking->error);
}

static int take_pair(struct unpacking *unpacking, char kind, const unsigned char *bytes, uint32_t length) {
  if (take_texts(unpacking, bytes, length) < 0) return malformed(unpacking);
  const char *target = unpacking->first, *path = unpacking->second;
  if (kind == 'l') return make_link(&unpacking->entry, path, target, &unpacking->error);
  return make_hard_link(&unpacking->entry, path, target, &unpacking->error);
}

static int take_path(struct unpacking *unpacking, char kind, const unsigned char *bytes, uint32_t length) {
  if (take_text(bytes, length, unpacking->first) < 0) return malformed(unpacking);
  switch (kind) {
    case 'd': return make_directory(&unpacking->entry, unpacking->first, &unpacking->error);
    case 'f': return make_file(&unpacking->entry, unpacking->first, &unpacking->error);
    case 'w': return make_whiteout(unpacking->first, &unpacking->error);
    default: return make_opaque(unpacking->first, &unpacking->error);
  }
}

static int take_data(struct unpacking *unpacking, uint32_t length) {
  if (unpacking->entry.file < 0) return malformed(unpacking);
  errno = 0;
  if (input_copy(&unpacking->input, length, unpacking->entry.file) == 0) return 0;
  return errno == 0 ? cut(unpacking) : fail(&unpacking->error, errno, "write ", unpacking->entry.path, NULL);
}

// 1: that was the last.
static int take_frame(struct unpacking *unpacking) {
  struct frame frame;
  if (input_frame(&unpacking->input, &frame) < 0) return cut(unpacking);
  if (frame.kind == 'b') return take_data(unpacking, frame.length);
  const unsigned char *bytes = input_take(&unpacking->input, frame.length);
  if (bytes == NULL) return cut(unpacking);
  switch (frame.kind) {
    case 'd': case 'f': case 'w': case 'o': return take_path(unpacking, (char)frame.kind, bytes, frame.length);
    case 'l': case 'h': return take_pair(unpacking, (char)frame.kind, bytes, frame.length);
    case 'n': return take_node(unpacking, bytes, frame.length);
    case 'm': return take_meta(unpacking, bytes, frame.length);
    case 'x': return take_attribute(unpacking, bytes, frame.length);
    case 't': return take_directory_time(unpacking, bytes, frame.length);
    case 'e': return 1;
    default: return malformed(unpacking);
  }
}

static int enter(const char *directory, bool landlock, struct error *error) {
  if (chdir(directory) < 0) return fail(error, errno, "change into ", directory, NULL);
  if (kernel_close_range(3, ~0U, 0) < 0) return fail(error, errno, "close descriptors", NULL);
  return confine(CONFINED_TO_WRITING, landlock, error);
}

int unpack_role(int argc, char **argv) {
  // Set below: with a value here it would be part of the program, which is copied at each container's start.
  static struct unpacking unpacking;
  bool landlock = true;
  unpacking.entry.file = -1;
  if (argc > 0 && strcmp(argv[0], "--no-landlock") == 0) {
    landlock = false;
    argc--;
    argv++;
  }
  if (argc != 1) {
    complain("unpack", "expected the directory to unpack in", NULL, "there is none, or more than one", NULL);
    return EXIT_SHIM;
  }
  umask(0);
  int result = enter(argv[0], landlock, &unpacking.error);
  // A pipe holds enough to go on for a while after whoever wrote it was killed, and its directory is garbage then. Had it been killed before
  // this, the input ends too early.
  if (result == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) result = fail(&unpacking.error, errno, "die with the caller", NULL);
  while (result == 0) result = take_frame(&unpacking);
  if (result == 1) return 0;
  errno = unpacking.error.number;
  complain("unpack", unpacking.error.message, NULL, NULL, NULL);
  return EXIT_SHIM;
}
