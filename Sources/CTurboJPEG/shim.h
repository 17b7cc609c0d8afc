// libjpeg-turbo's TurboJPEG interface: return codes instead of longjmp, one handle per call.
#pragma once
#include <turbojpeg.h>
