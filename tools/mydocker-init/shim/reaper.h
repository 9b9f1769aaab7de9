// The role `reaper`: PID 1 of a container started with --init.
#pragma once

// argv: what follows the role's name: -- COMMAND [ARG...]. Returns the command's exit code, 128+n for a signal, 127 not found, 126
// not executable.
int reaper_role(int argc, char **argv);
