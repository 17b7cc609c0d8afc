// libpng; only its simplified interface (png_image_*) is used, which needs no setjmp in the caller.
#pragma once
#include <png.h>
