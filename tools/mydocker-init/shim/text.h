// Text put together in a fixed buffer: always terminated, cut where the buffer ends. In place of stdio, whose buffers and
// locales a monitor would carry for as long as its container lives.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct text {
  char *data;
  size_t size;  // of data, the terminator included
  size_t used;  // without the terminator
};

// A text that fills the given array.
#define TEXT(array) ((struct text){.data = (array), .size = sizeof(array), .used = 0})

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_number(struct text *text, uint64_t number);
void text_add_signed(struct text *text, int64_t number);

// Adds a JSON string, quotes included, of at most `limit` bytes: a longer one is cut and ends in "...".
void text_add_json(struct text *text, const char *string, size_t limit);

// Reads a whole string as a decimal number, digits only and nothing else ("1x", "", "+1" and overflow are refused: 2026-30892).
// 0 on success, -1 otherwise.
int parse_decimal(const char *string, uint64_t maximum, uint64_t *number);
