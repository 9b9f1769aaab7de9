#include "layer-input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "write-all.h"

static int input_fill(struct input *input) {
  for (;;) {
    ssize_t count = read(STDIN_FILENO, input->data + input->end, sizeof input->data - input->end);
    if (count > 0) {
      input->end += (size_t)count;
      return 0;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = 0;
    return -1;
  }
}

const unsigned char *input_take(struct input *input, uint32_t length) {
  if (length > FRAME_LIMIT) {
    errno = EMSGSIZE;
    return NULL;
  }
  if (sizeof input->data - input->begin < length) {
    memmove(input->data, input->data + input->begin, input->end - input->begin);
    input->end -= input->begin;
    input->begin = 0;
  }
  while (input->end - input->begin < length) {
    if (input_fill(input) < 0) return NULL;
  }
  const unsigned char *bytes = input->data + input->begin;
  input->begin += length;
  if (input->begin == input->end) {
    // What was taken stays where it is until the next call fills over it.
    input->begin = input->end = 0;
  }
  return bytes;
}

int input_frame(struct input *input, struct frame *frame) {
  const unsigned char *header = input_take(input, 5);
  if (header == NULL) return -1;
  frame->kind = header[0];
  frame->length = read_u32(header + 1);
  return 0;
}

int input_copy(struct input *input, uint32_t length, int file) {
  while (length > 0) {
    if (input->begin == input->end) {
      input->begin = input->end = 0;
      if (input_fill(input) < 0) return -1;
    }
    size_t count = input->end - input->begin;
    if (count > length) count = length;
    if (write_all(file, input->data + input->begin, count) < 0) return -1;
    input->begin += count;
    length -= (uint32_t)count;
  }
  return 0;
}

uint32_t read_u32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint64_t read_u64(const unsigned char *bytes) { return (uint64_t)read_u32(bytes) | (uint64_t)read_u32(bytes + 4) << 32; }
