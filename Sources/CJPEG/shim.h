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
  char harmful[JMSG_LENGTH_MAX];    // text of the first warning that matters, see cjpeg_is_harmless
  int sound_rows;           // rows of the image that some scan had reached by then
  char error[JMSG_LENGTH_MAX];      // text of the error that ended the decode; empty without one
  int is_truncated;         // the data ended before the image did
  int is_empty;             // and before its first rows were there
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

// Rows that have data of the first scan: whole rows of blocks.
static inline int cjpeg_rows(j_decompress_ptr info) {
  unsigned rows = info->input_iMCU_row * (unsigned)(info->max_v_samp_factor * DCTSIZE);
  int is_below = info->input_scan_number > 1 || rows > info->image_height;
  return (int)(is_below ? info->image_height : rows);
}

static inline void cjpeg_warn(j_common_ptr common, int level) {
  if (level >= 0) return;  // traces
  cjpeg_report *report = ((cjpeg_errors *)common->err)->report;
  j_decompress_ptr info = (j_decompress_ptr)common;
  if (cjpeg_is_harmless(info, common->err->msg_code)) return;
  if (common->err->msg_code == JWRN_JPEG_EOF && !report->is_truncated) {
    report->is_truncated = 1;
    report->is_empty = cjpeg_rows(info) == 0;
  }
  if (report->harmful[0] == 0) {
    common->err->format_message(common, report->harmful);
    report->sound_rows = cjpeg_rows(info);
  }
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

// Decodes into `pixels`, which must hold width x height x components bytes: 3 components are RGB, 4 the inks of
// CMYK and YCCK. False when an error ended it, also when the library finds an image of another size.
static inline int cjpeg_decode(
    const unsigned char *bytes, unsigned long count, int fast_transform, int width, int height,
    int components, unsigned char *pixels, cjpeg_report *report) {
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
  int has_inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  // In a hostile file the library may find another frame than a walk over its markers.
  if ((int)info.image_width != width || (int)info.image_height != height
      || components != (has_inks ? 4 : 3)) {
    strcpy(report->error, "two different sizes");
    longjmp(errors.escape, 1);
  }
  info.out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  info.dct_method = fast_transform ? JDCT_IFAST : JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info);
  size_t stride = (size_t)width * (size_t)components;
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return 1;
}
