// cairo and pango: shapes and text on a surface in memory. PANGO_SCALE is a macro that Swift imports; nothing
// else is needed here.
#pragma once
#include <pango/pangocairo.h>
