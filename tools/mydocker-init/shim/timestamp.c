#include "timestamp.h"

#include <time.h>

static void add_padded(struct text *text, uint64_t number, unsigned int digits) {
  for (uint64_t power = 10; --digits > 0; power *= 10) {
    if (number < power) text_add(text, "0");
  }
  text_add_number(text, number);
}

// Not gmtime, which reads time zone files. Days to a date: era by era of 400 years, March first.
void text_add_now(struct text *text, unsigned int digits) {
  struct timespec time = {0};
  clock_gettime(CLOCK_REALTIME, &time);
  uint64_t days = (uint64_t)time.tv_sec / 86400 + 719468, seconds = (uint64_t)time.tv_sec % 86400;
  uint64_t era = days / 146097, day = days % 146097;
  uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  uint64_t month = (5 * day + 2) / 153;
  day -= (153 * month + 2) / 5;
  month = month < 10 ? month + 3 : month - 9;
  add_padded(text, era * 400 + year + (month <= 2 ? 1 : 0), 4);
  text_add(text, "-");
  add_padded(text, month, 2);
  text_add(text, "-");
  add_padded(text, day + 1, 2);
  text_add(text, "T");
  add_padded(text, seconds / 3600, 2);
  text_add(text, ":");
  add_padded(text, seconds / 60 % 60, 2);
  text_add(text, ":");
  add_padded(text, seconds % 60, 2);
  text_add(text, ".");
  uint64_t fraction = (uint64_t)time.tv_nsec;
  for (unsigned int left = digits; left < 9; left++) fraction /= 10;
  add_padded(text, fraction, digits);
  text_add(text, "Z");
}
