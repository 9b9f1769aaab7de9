#pragma once

// A pipe that nobody reads is an error of write(2), not an end. Programs that this one starts or becomes have the signal as this one got it.
void signals_open(void);
