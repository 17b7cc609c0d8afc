// libtiff, reading from memory. Its errors are texts for a handler with a variable argument list, so the
// handler, and the functions that the library reads through, are here.
#pragma once
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

// A file in memory, and the first complaint about it.
typedef struct {
  const unsigned char *bytes;
  toff_t count, position;
  char error[256];
} ctiff_source;

static inline tmsize_t ctiff_read(thandle_t handle, void *target, tmsize_t count) {
  ctiff_source *source = (ctiff_source *)handle;
  toff_t rest = source->position < source->count ? source->count - source->position : 0;
  tmsize_t taken = (toff_t)count < rest ? count : (tmsize_t)rest;
  memcpy(target, source->bytes + source->position, (size_t)taken);
  source->position += (toff_t)taken;
  return taken;
}

static inline tmsize_t ctiff_write(thandle_t handle, void *bytes, tmsize_t count) { return 0; }

static inline toff_t ctiff_seek(thandle_t handle, toff_t offset, int whence) {
  ctiff_source *source = (ctiff_source *)handle;
  toff_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? source->position : source->count;
  source->position = base + offset;
  return source->position;
}

static inline int ctiff_close(thandle_t handle) { return 0; }
static inline toff_t ctiff_size(thandle_t handle) { return ((ctiff_source *)handle)->count; }

static inline int ctiff_complain(
    TIFF *file, void *data, const char *module, const char *format, va_list arguments) {
  ctiff_source *source = (ctiff_source *)data;
  if (source->error[0] == 0) vsnprintf(source->error, sizeof source->error, format, arguments);
  return 1;
}

static inline int ctiff_ignore(
    TIFF *file, void *data, const char *module, const char *format, va_list arguments) {
  return 1;
}

// The opened file, or null. `largest` bounds every allocation of the library in bytes.
static inline TIFF *ctiff_open(ctiff_source *source, tmsize_t largest) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, largest);
  TIFFOpenOptionsSetErrorHandlerExtR(options, ctiff_complain, source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ctiff_ignore, source);
  // "m": no memory map.
  TIFF *file = TIFFClientOpenExt("", "rm", (thandle_t)source, ctiff_read, ctiff_write, ctiff_seek,
                                 ctiff_close, ctiff_size, NULL, NULL, options);
  TIFFOpenOptionsFree(options);
  return file;
}

// Makes the library give colors as they are stored: it would multiply them by an alpha channel that is told to
// be separate, and alpha is dropped here, not blended.
static inline void ctiff_keep_colors(TIFF *file) {
  uint16_t count = 0, *kinds = NULL;
  if (TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &count, &kinds) && count == 1
      && kinds[0] == EXTRASAMPLE_UNASSALPHA) {
    uint16_t kept = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(file, TIFFTAG_EXTRASAMPLES, 1, &kept);
  }
}
