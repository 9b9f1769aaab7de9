// One line on stderr, in the form all tools use: `mydocker-shim ROLE: what, on what: why; try: hint`.
#pragma once

// on and hint may be NULL. why: NULL for errno's name and text.
void complain(const char *role, const char *what, const char *on, const char *why, const char *hint);

// After a failed exec of a command: says so. Returns the exit code that a shell has for it: 127 for what is not there, or 126.
int complain_command(const char *role, const char *command);
