#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "pictures.h"

struct dcn_jpeg_reader {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  const uint8_t *bytes;
  size_t byte_count;
  int max_scans;
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

static dcn_jpeg_reader *owner(j_common_ptr jpeg) { return jpeg->client_data; }

static void fail_with(j_common_ptr jpeg, const char *text) {
  strncpy(owner(jpeg)->message, text, sizeof owner(jpeg)->message - 1);
  longjmp(owner(jpeg)->jump, 1);
}

static void fail(j_common_ptr jpeg) {
  jpeg->err->format_message(jpeg, owner(jpeg)->message);
  longjmp(owner(jpeg)->jump, 1);
}

/// Warnings that mean lost pixels are errors; odd headers and stray bytes, common in camera files, are not.
static void note(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_JPEG_EOF:
      fail(jpeg);
  }
}

static void ignore(j_common_ptr jpeg) { (void)jpeg; }

static void start(j_decompress_ptr jpeg) { (void)jpeg; }

static boolean refill(j_decompress_ptr jpeg) {
  fail_with((j_common_ptr)jpeg, "the file ends too early");
  return FALSE;
}

static void skip(j_decompress_ptr jpeg, long count) {
  if (count <= 0) return;
  if ((size_t)count > jpeg->src->bytes_in_buffer) refill(jpeg);
  jpeg->src->next_input_byte += count;
  jpeg->src->bytes_in_buffer -= (size_t)count;
}

/// A file of a few kilobytes may hold thousands of scans, each a pass over the whole picture.
static void watch(j_common_ptr jpeg) {
  if (((j_decompress_ptr)jpeg)->input_scan_number > owner(jpeg)->max_scans)
    fail_with(jpeg, "more scans than any real picture has");
}

dcn_jpeg_reader *dcn_jpeg_open(const uint8_t *bytes, size_t byte_count) {
  dcn_jpeg_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->byte_count = byte_count;
  reader->jpeg.err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = fail;
  reader->errors.emit_message = note;
  reader->errors.output_message = ignore;
  reader->jpeg.client_data = reader;
  if (setjmp(reader->jump)) return reader;
  jpeg_create_decompress(&reader->jpeg);
  reader->source = (struct jpeg_source_mgr){
    .next_input_byte = bytes, .bytes_in_buffer = byte_count, .init_source = start,
    .fill_input_buffer = refill, .skip_input_data = skip, .resync_to_restart = jpeg_resync_to_restart,
    .term_source = start};
  reader->jpeg.src = &reader->source;
  reader->progress.progress_monitor = watch;
  reader->jpeg.progress = &reader->progress;
  jpeg_read_header(&reader->jpeg, TRUE);
  return reader;
}

uint32_t dcn_jpeg_width(const dcn_jpeg_reader *reader) { return reader->jpeg.image_width; }

uint32_t dcn_jpeg_height(const dcn_jpeg_reader *reader) { return reader->jpeg.image_height; }

int dcn_jpeg_channels(const dcn_jpeg_reader *reader) { return reader->jpeg.num_components == 4 ? 4 : 3; }

int dcn_jpeg_read(dcn_jpeg_reader *reader, uint8_t *pixels, int max_scans) {
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  reader->max_scans = max_scans;
  if (setjmp(reader->jump)) return -1;
  int channels = dcn_jpeg_channels(reader);
  jpeg->out_color_space = channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(jpeg);
  if (jpeg->output_components != channels) fail_with((j_common_ptr)jpeg, "an unknown kind of colour");
  size_t stride = (size_t)jpeg->output_width * (size_t)channels;
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = pixels + jpeg->output_scanline * stride;
    jpeg_read_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_decompress(jpeg);
  return 0;
}

const char *dcn_jpeg_message(const dcn_jpeg_reader *reader) { return reader->message; }

size_t dcn_jpeg_offset(const dcn_jpeg_reader *reader) {
  return reader->jpeg.src ? reader->byte_count - reader->jpeg.src->bytes_in_buffer : 0;
}

void dcn_jpeg_close(dcn_jpeg_reader *reader) {
  if (!reader) return;
  jpeg_destroy_decompress(&reader->jpeg);
  free(reader);
}
