#include "text.h"

#include <string.h>

void text_add_bytes(struct text *text, const char *bytes, size_t length) {
  if (text->size == 0) return;
  size_t room = text->size - 1 - text->used;
  if (length > room) length = room;
  memcpy(text->data + text->used, bytes, length);
  text->used += length;
  text->data[text->used] = '\0';
}

void text_add(struct text *text, const char *string) { text_add_bytes(text, string, strlen(string)); }

void text_add_number(struct text *text, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  text_add_bytes(text, digits + at, sizeof digits - at);
}

void text_add_signed(struct text *text, int64_t number) {
  if (number < 0) text_add(text, "-");
  text_add_number(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

// One byte as it stands inside a JSON string (RFC 8259, section 7). Returns how many bytes that took.
static size_t escape(char byte, char escaped[6]) {
  static const char hexadecimal[] = "0123456789abcdef";
  if (byte == '"' || byte == '\\') {
    escaped[0] = '\\';
    escaped[1] = byte;
    return 2;
  }
  if ((unsigned char)byte >= 0x20) {
    escaped[0] = byte;
    return 1;
  }
  memcpy(escaped, "\\u00", 4);
  escaped[4] = hexadecimal[(unsigned char)byte >> 4];
  escaped[5] = hexadecimal[(unsigned char)byte & 15];
  return 6;
}

void text_add_json(struct text *text, const char *string, size_t limit) {
  size_t end = text->used + limit;
  text_add(text, "\"");
  for (; *string != '\0'; string++) {
    char escaped[6];
    size_t length = escape(*string, escaped);
    if (text->used + length + 4 > end) {
      text_add(text, "...");
      break;
    }
    text_add_bytes(text, escaped, length);
  }
  text_add(text, "\"");
}

int parse_decimal(const char *string, uint64_t maximum, uint64_t *number) {
  uint64_t value = 0;
  if (*string == '\0') return -1;
  for (; *string != '\0'; string++) {
    if (*string < '0' || *string > '9') return -1;
    uint64_t digit = (uint64_t)(*string - '0');
    if (value > (UINT64_MAX - digit) / 10) return -1;
    value = value * 10 + digit;
  }
  if (value > maximum) return -1;
  *number = value;
  return 0;
}
