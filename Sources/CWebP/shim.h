// libwebp: still images, lossy and lossless; return codes, no global state.
#pragma once
#include <webp/decode.h>
