// The role `attach`: a client's stdio on a container's attach socket.
#pragma once

// argv: what follows the role's name. Returns the exit code: the container's; 0 after the detach keys; 125 when the monitor is
// not there or has gone without a word; 128+n when a signal ended the client itself (with a terminal).
int attach_role(int argc, char **argv);
