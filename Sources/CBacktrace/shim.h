// backtrace(3) of glibc, which the overlay of the C library leaves out.
#pragma once
#include <execinfo.h>
