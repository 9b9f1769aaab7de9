#include "plan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "message.h"
#include "operations.h"
#include "text.h"

static const char MAGIC[8] = {'M', 'D', 'P', 'L', 'A', 'N', '0', '1'};

struct reader {
  uint8_t *at, *end;
};

int plan_read(int fd, struct plan_bytes *bytes, struct error *error) {
  // Room for the largest plan, in address space only: pages come as they are written.
  size_t room = PLAN_HEADER + PLAN_LIMIT + 1;
  uint8_t *data = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return fail(error, errno, "make room for the plan", NULL);
  size_t size = 0;
  for (;;) {
    ssize_t got = read(fd, data + size, room - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      fail(error, errno, "read the plan", NULL);
      break;
    }
    if (got == 0) {
      *bytes = (struct plan_bytes){data, size};
      return 0;
    }
    size += (size_t)got;
    if (size == room) {
      fail(error, E2BIG, "read the plan: it is larger than 16 MiB", NULL);
      break;
    }
  }
  munmap(data, room);
  return -1;
}

static int malformed(struct error *error, uint32_t index, const char *what) {
  char number[24];
  struct text text = TEXT(number);
  text_add_number(&text, index);
  return fail(error, EINVAL, "plan, operation ", number, ": ", what, NULL);
}

static bool take(struct reader *reader, size_t length, uint8_t **bytes) {
  if ((size_t)(reader->end - reader->at) < length) return false;
  *bytes = reader->at;
  reader->at += length;
  return true;
}

static uint64_t little_endian(const uint8_t *bytes, size_t length) {
  uint64_t number = 0;
  for (size_t i = 0; i < length; i++) number |= (uint64_t)bytes[i] << (8 * i);
  return number;
}

static bool take_number(struct reader *reader, size_t length, uint64_t *number) {
  uint8_t *bytes;
  if (!take(reader, length, &bytes)) return false;
  *number = little_endian(bytes, length);
  return true;
}

static int decode_argument(struct reader *reader, struct argument *argument, uint32_t index, struct error *error) {
  uint64_t type, length;
  uint8_t *bytes;
  if (!take_number(reader, 1, &type)) return malformed(error, index, "its arguments end too early");
  *argument = (struct argument){.type = (uint8_t)type};
  switch (type) {
    case ARGUMENT_NUMBER:
      if (take_number(reader, 8, &argument->number)) return 0;
      break;
    case ARGUMENT_TEXT:
    case ARGUMENT_BYTES:
      if (!take_number(reader, 4, &length) || !take(reader, length, &bytes)) break;
      if (type == ARGUMENT_TEXT && memchr(bytes, 0, length) != NULL) return malformed(error, index, "a text has a NUL byte inside");
      argument->length = (uint32_t)length;
      argument->text = (const char *)bytes;
      return 0;
    default:
      return malformed(error, index, "an argument is of no known type");
  }
  return malformed(error, index, "an argument is longer than the operation");
}

static char type_letter(uint8_t type) { return "?ntb"[type]; }

// A signature is a letter for each argument; one that a star follows stands for any number of them.
static bool matches(const char *signature, const struct operation *operation) {
  uint32_t at = 0;
  for (; *signature != '\0'; signature++) {
    if (signature[1] == '*') {
      while (at < operation->count && type_letter(operation->arguments[at].type) == *signature) at++;
      signature++;
      continue;
    }
    if (at == operation->count || type_letter(operation->arguments[at].type) != *signature) return false;
    at++;
  }
  return at == operation->count;
}

// One pass over the operations. Without room for the arguments it only counts them.
static int pass(struct plan *plan, struct reader reader, size_t *count, struct error *error) {
  *count = 0;
  for (uint32_t index = 0; index < plan->count; index++) {
    uint64_t code, phase, arguments, size;
    if (!take_number(&reader, 1, &code) || !take_number(&reader, 1, &phase) || !take_number(&reader, 2, &arguments) ||
        !take_number(&reader, 4, &size) || (size_t)(reader.end - reader.at) < size) {
      return malformed(error, index, "the plan ends in the middle of it");
    }
    struct reader inner = {reader.at, reader.at + size};
    reader.at += size;
    const struct operation_kind *kind = operation_kind((uint16_t)code);
    if (kind == NULL) return malformed(error, index, "no operation has its code");
    if (phase != (uint64_t)kind->phase) return malformed(error, index, "it is not in its phase");
    struct argument scratch;
    for (uint64_t i = 0; i < arguments; i++) {
      struct argument *argument = plan->arguments == NULL ? &scratch : &plan->arguments[*count + i];
      if (decode_argument(&inner, argument, index, error) < 0) return -1;
    }
    if (inner.at != inner.end) return malformed(error, index, "bytes are left over behind its arguments");
    if (plan->arguments != NULL) {
      struct operation *operation = &plan->operations[index];
      *operation = (struct operation){kind, index, (uint32_t)arguments, &plan->arguments[*count]};
      if (!matches(kind->signature, operation)) return malformed(error, index, "its arguments are not those of the operation");
    }
    *count += arguments;
  }
  if (reader.at != reader.end) return fail(error, EINVAL, "plan: bytes are left over behind its operations", NULL);
  return 0;
}

int plan_decode(struct plan *plan, struct plan_bytes *bytes, struct error *error) {
  *plan = (struct plan){0};
  struct reader reader = {bytes->data, bytes->data + bytes->size};
  uint8_t *magic;
  uint64_t operations, size;
  if (!take(&reader, sizeof MAGIC, &magic) || memcmp(magic, MAGIC, sizeof MAGIC) != 0 || !take_number(&reader, 4, &operations) ||
      !take_number(&reader, 4, &size)) {
    return fail(error, EINVAL, "plan: it does not begin with the header of a plan", NULL);
  }
  if (size != (uint64_t)(reader.end - reader.at)) return fail(error, EINVAL, "plan: its size is not what its header says", NULL);
  // Eight bytes are the smallest operation: what is allocated is bounded by what was sent.
  if (operations > size / 8) return fail(error, EINVAL, "plan: it has fewer operations than its header says", NULL);
  plan->count = (uint32_t)operations;
  size_t count;
  if (pass(plan, reader, &count, error) < 0) {
    plan->count = 0;
    return -1;
  }
  plan->operations = calloc(operations + 1, sizeof *plan->operations);
  plan->arguments = calloc(count + 1, sizeof *plan->arguments);
  int result = plan->operations == NULL || plan->arguments == NULL ? fail(error, ENOMEM, "decode the plan", NULL)
                                                                  : pass(plan, reader, &count, error);
  if (result < 0) {
    plan_free(plan);
    return -1;
  }
  // Behind a text stands the next header, which has been read, or the byte that plan_read left room for.
  for (size_t i = 0; i < count; i++) {
    if (plan->arguments[i].type == ARGUMENT_TEXT) ((char *)plan->arguments[i].text)[plan->arguments[i].length] = '\0';
  }
  return 0;
}

void plan_free(struct plan *plan) {
  free(plan->operations);
  free(plan->arguments);
  *plan = (struct plan){0};
}

const struct operation *plan_find(const struct plan *plan, uint16_t code) {
  for (uint32_t i = 0; i < plan->count; i++) {
    if (plan->operations[i].kind->code == code) return &plan->operations[i];
  }
  return NULL;
}

void choose_message_style(const struct plan *plan) {
  const struct operation *messages = plan_find(plan, OPERATION_messages);
  if (messages != NULL) message_style(text_of(messages, 0), number_of(messages, 1) == 1);
}
