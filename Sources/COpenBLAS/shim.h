// OpenBLAS: matrix products (cblas.h) and control of its own threads.
#pragma once
#include <cblas.h>
