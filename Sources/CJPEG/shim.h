// libjpeg-turbo's libjpeg interface, for decoding: TurboJPEG keeps only the last warning of a file, and one
// warning that changes no pixel would hide others that do. The library reports errors by longjmp, which must
// not cross Swift frames, so a whole decode is one C function here.
#pragma once
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

// What a decode found besides pixels.
typedef struct {
  int width, height;
  int components;           // 3 for RGB, 4 for the inks of CMYK and YCCK
  int warnings;             // all of them
  int harmless;             // those of them that change no pixel, see cjpeg_is_harmless
  char harmful[JMSG_LENGTH_MAX];    // text of the first other one
  char error[JMSG_LENGTH_MAX];      // text of the error that ended the decode; empty without one
  int is_truncated;         // the data ended before the image did
} cjpeg_report;

typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
  cjpeg_report *report;
} cjpeg_errors;

// Warnings after which every decoder gives the same pixels as for the sound file: an unknown JFIF version;
// the spectral parameters of a baseline scan, which have one possible meaning; bytes between segments, that
// is outside of scans. Bytes that a restart interval has left over are image data that could not be used.
static inline int cjpeg_is_harmless(j_decompress_ptr info, int code) {
  switch (code) {
    case JWRN_JFIF_MAJOR: return 1;
    case JWRN_NOT_SEQUENTIAL: return !info->progressive_mode;
    case JWRN_EXTRANEOUS_DATA: return info->restart_interval == 0 || info->input_scan_number == 0;
    default: return 0;
  }
}

static inline void cjpeg_warn(j_common_ptr common, int level) {
  if (level >= 0) return;  // traces
  cjpeg_errors *errors = (cjpeg_errors *)common->err;
  cjpeg_report *report = errors->report;
  report->warnings += 1;
  if (cjpeg_is_harmless((j_decompress_ptr)common, common->err->msg_code)) {
    report->harmless += 1;
    return;
  }
  if (common->err->msg_code == JWRN_JPEG_EOF) report->is_truncated = 1;
  if (report->harmful[0] == 0) common->err->format_message(common, report->harmful);
}

static inline void cjpeg_fail(j_common_ptr common) {
  cjpeg_errors *errors = (cjpeg_errors *)common->err;
  if (errors->report->error[0] == 0) common->err->format_message(common, errors->report->error);
  longjmp(errors->escape, 1);
}

// A small progressive file with endless scans can keep the decoder busy for hours.
static inline void cjpeg_limit_scans(j_common_ptr common) {
  cjpeg_errors *errors = (cjpeg_errors *)common->err;
  if (((j_decompress_ptr)common)->input_scan_number <= 500) return;
  strcpy(errors->report->error, "more than 500 scans");
  longjmp(errors->escape, 1);
}

// Reads the header and, unless `pixels` is null, decodes into `pixels`, which must hold width x height x
// components bytes of the size that a call without pixels has reported. False when an error ended it.
static inline int cjpeg_decode(
    const unsigned char *bytes, unsigned long count, int fast_transform, int width, int height,
    unsigned char *pixels, cjpeg_report *report) {
  struct jpeg_decompress_struct info;
  struct jpeg_progress_mgr progress;
  cjpeg_errors errors;
  memset(report, 0, sizeof *report);
  memset(&info, 0, sizeof info);
  memset(&progress, 0, sizeof progress);
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = cjpeg_fail;
  errors.manager.emit_message = cjpeg_warn;
  errors.report = report;
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&info);
    return 0;
  }
  jpeg_create_decompress(&info);
  progress.progress_monitor = cjpeg_limit_scans;
  info.progress = &progress;
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  report->width = (int)info.image_width;
  report->height = (int)info.image_height;
  int has_inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  report->components = has_inks ? 4 : 3;
  if (pixels) {
    if (report->width != width || report->height != height) {
      strcpy(report->error, "two different sizes");
      longjmp(errors.escape, 1);
    }
    info.out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
    info.dct_method = fast_transform ? JDCT_IFAST : JDCT_ISLOW;
    info.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&info);
    size_t stride = (size_t)width * (size_t)report->components;
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels + stride * info.output_scanline;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return 1;
}
