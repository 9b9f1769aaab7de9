#include "detach-keys.h"

#include <string.h>

// One key of the list: the character it sends, or -1.
static int parse_key(const char *key, size_t size) {
  if (size == 1) return (unsigned char)key[0];
  if (size != 6 || memcmp(key, "ctrl-", 5) != 0) return -1;
  int letter = key[5] >= 'a' && key[5] <= 'z' ? key[5] - 'a' + 'A' : key[5];
  return letter >= '@' && letter <= '_' ? letter - '@' : -1;
}

bool detach_keys_parse(struct detach_keys *detach, const char *list) {
  detach->count = detach->matched = 0;
  while (*list) {
    size_t size = strcspn(list, ",");
    int key = parse_key(list, size);
    if (key < 0 || detach->count == sizeof detach->keys) return false;
    detach->keys[detach->count++] = (unsigned char)key;
    list += size;
    if (*list == ',' && *++list == 0) return false;
  }
  return true;
}

bool detach_keys_filter(struct detach_keys *detach, const char *typed, size_t size, char *passed, size_t *passed_size) {
  *passed_size = 0;
  if (detach->count == 0) {
    memcpy(passed, typed, *passed_size = size);
    return false;
  }
  for (size_t i = 0; i < size; i++) {
    if ((unsigned char)typed[i] == detach->keys[detach->matched]) {
      if (++detach->matched == detach->count) return true;
      continue;
    }
    // Not the sequence after all: the keys that were held back were meant for the container.
    memcpy(passed + *passed_size, detach->keys, detach->matched);
    *passed_size += detach->matched;
    detach->matched = (unsigned char)typed[i] == detach->keys[0] ? 1 : 0;
    if (detach->matched == 0) passed[(*passed_size)++] = typed[i];
  }
  return false;
}
