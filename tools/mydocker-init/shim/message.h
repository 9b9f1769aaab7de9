// Messages for people on stderr, in the form of packages/stage/src/log.ts: `mydocker-init run: warning: …`, or one JSON object a line.
#pragma once

#include <stdbool.h>

// Who speaks, and how. source: kept, not copied.
void message_style(const char *source, bool json);

// Writes one line. level: "error", "warning" or "info". code and hint: NULL, or what goes with an error.
void message_write(int fd, const char *level, const char *message, const char *code, const char *hint);
