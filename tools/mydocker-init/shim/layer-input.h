// The stream that `unpack` reads: frames of a kind, a length and so many bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What has to be in memory at once: the largest is an extended attribute (64 KiB) with its name.
enum { INPUT_SIZE = 256 * 1024, FRAME_LIMIT = 128 * 1024 };

struct input {
  unsigned char data[INPUT_SIZE];
  size_t begin, end;
};

struct frame {
  unsigned char kind;
  uint32_t length;
};

// Reads the next frame's kind and length. 0, or -1 where the input ends or cannot be read (errno; 0: it has ended).
int input_frame(struct input *input, struct frame *frame);

// The next `length` bytes, at most FRAME_LIMIT, all together; they are the caller's until the next call. NULL as above.
const unsigned char *input_take(struct input *input, uint32_t length);

// Writes the next `length` bytes to a file. 0, or -1 as above.
int input_copy(struct input *input, uint32_t length, int file);

// Numbers are little-endian.
uint32_t read_u32(const unsigned char *bytes);
uint64_t read_u64(const unsigned char *bytes);
