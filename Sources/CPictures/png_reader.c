#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"

struct dcn_png_reader {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t byte_count, offset;
  char message[160];
};

static void fail(png_structp png, png_const_charp text) {
  dcn_png_reader *reader = png_get_error_ptr(png);
  strncpy(reader->message, text, sizeof reader->message - 1);
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void pull(png_structp png, png_bytep target, size_t count) {
  dcn_png_reader *reader = png_get_io_ptr(png);
  if (count > reader->byte_count - reader->offset) png_error(png, "the file ends too early");
  memcpy(target, reader->bytes + reader->offset, count);
  reader->offset += count;
}

dcn_png_reader *dcn_png_open(const uint8_t *bytes, size_t byte_count) {
  dcn_png_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->byte_count = byte_count;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, ignore);
  reader->info = reader->png ? png_create_info_struct(reader->png) : NULL;
  if (!reader->info) {
    dcn_png_close(reader);
    return NULL;
  }
  if (setjmp(png_jmpbuf(reader->png))) return reader;
  png_set_read_fn(reader->png, reader, pull);
  // The caller's limits come before any memory by these; libpng's own would refuse a million pixels a side.
  png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // Colour profiles, texts and the like are passed over unread: no compressed text can grow in memory.
  png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(reader->png, reader->info);
  return reader;
}

uint32_t dcn_png_width(const dcn_png_reader *reader) {
  return png_get_image_width(reader->png, reader->info);
}

uint32_t dcn_png_height(const dcn_png_reader *reader) {
  return png_get_image_height(reader->png, reader->info);
}

int dcn_png_read(dcn_png_reader *reader, uint8_t *pixels) {
  png_structp png = reader->png;
  if (setjmp(png_jmpbuf(png))) return -1;
  png_byte color = png_get_color_type(png, reader->info), depth = png_get_bit_depth(png, reader->info);
  if (depth == 16) png_set_strip_16(png);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (!(color & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader->info);
  size_t stride = (size_t)dcn_png_width(reader) * 3;
  if (png_get_rowbytes(png, reader->info) != stride) png_error(png, "rows are not three bytes a pixel");
  uint32_t height = dcn_png_height(reader);
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t row = 0; row < height; row++) png_read_row(png, pixels + row * stride, NULL);
  png_read_end(png, NULL);
  return 0;
}

const char *dcn_png_message(const dcn_png_reader *reader) { return reader->message; }

size_t dcn_png_offset(const dcn_png_reader *reader) { return reader->offset; }

void dcn_png_close(dcn_png_reader *reader) {
  if (!reader) return;
  png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}
