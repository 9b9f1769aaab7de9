#include "message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "timestamp.h"

static const char *speaker = "mydocker-shim";
static bool as_json;

void message_style(const char *source, bool json) {
  speaker = source;
  as_json = json;
}

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// A line stays one: a line break, with the white space around it, becomes a space.
static void add_flat(struct text *text, const char *string) {
  while (*string != '\0') {
    size_t space = 0;
    while (is_space(string[space])) space++;
    if (memchr(string, '\n', space) != NULL) {
      text_add(text, " ");
    } else {
      text_add_bytes(text, string, space);
    }
    string += space;
    size_t word = 0;
    while (string[word] != '\0' && !is_space(string[word])) word++;
    text_add_bytes(text, string, word);
    string += word;
  }
}

static void add_member(struct text *text, const char *name, const char *value) {
  text_add(text, ",\"");
  text_add(text, name);
  text_add(text, "\":");
  text_add_json(text, value, 2500);
}

static void add_object(struct text *text, const char *level, const char *message, const char *code, const char *hint) {
  char line[2048];
  struct text flat = TEXT(line);
  line[0] = '\0';
  add_flat(&flat, message);
  text_add(text, "{\"level\":");
  text_add_json(text, level, 16);
  add_member(text, "source", speaker);
  add_member(text, "msg", line);
  if (code != NULL) add_member(text, "code", code);
  if (hint != NULL) add_member(text, "hint", hint);
  text_add(text, ",\"time\":\"");
  text_add_now(text, 3);
  text_add(text, "\"}\n");
}

static void add_line(struct text *text, const char *level, const char *message, const char *hint) {
  text_add(text, speaker);
  text_add(text, ": ");
  if (strcmp(level, "warning") == 0) text_add(text, "warning: ");
  add_flat(text, message);
  if (hint != NULL) {
    text_add(text, "; try: ");
    add_flat(text, hint);
  }
  // One that was cut ends its line nevertheless.
  if (text->used + 1 == text->size) text->used--;
  text_add(text, "\n");
}

void message_write(int fd, const char *level, const char *message, const char *code, const char *hint) {
  char line[8192];
  struct text text = TEXT(line);
  if (as_json) {
    add_object(&text, level, message, code, hint);
  } else {
    add_line(&text, level, message, hint);
  }
  while (write(fd, line, text.used) < 0 && errno == EINTR) continue;
}
