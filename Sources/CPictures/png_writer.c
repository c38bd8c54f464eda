#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} output;

static void fail(png_structp png, png_const_charp text) {
  (void)text;
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void push(png_structp png, png_bytep source, size_t count) {
  output *out = png_get_io_ptr(png);
  if (count > out->capacity - out->count) {
    size_t capacity = (out->count + count) * 2;
    uint8_t *bytes = realloc(out->bytes, capacity);
    if (!bytes) png_error(png, "out of memory");
    out->bytes = bytes;
    out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, source, count);
  out->count += count;
}

static void flush(png_structp png) { (void)png; }

/// Writes the file into `out`; 0, or -1 with part of it there.
static int encode(png_structp png, png_infop info, const dcn_png_source *source, output *out) {
  if (setjmp(png_jmpbuf(png))) return -1;
  png_set_write_fn(png, out, push, flush);
  // The file's side is the caller's, who has the pixels in memory already.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(
    png, info, source->width, source->height, 8,
    source->palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (source->palette) png_set_PLTE(png, info, (png_const_colorp)source->palette, 256);
  png_write_info(png, info);
  size_t stride = (size_t)source->width * (source->palette ? 1 : 3);
  for (uint32_t row = 0; row < source->height; row++) png_write_row(png, source->pixels + row * stride);
  png_write_end(png, info);
  return 0;
}

uint8_t *dcn_png_encode(const dcn_png_source *source, size_t *byte_count) {
  output out = {NULL, 0, 0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  int status = info ? encode(png, info, source, &out) : -1;
  png_destroy_write_struct(&png, &info);
  if (status) {
    free(out.bytes);
    return NULL;
  }
  *byte_count = out.count;
  return out.bytes;
}

void dcn_png_free(uint8_t *bytes) { free(bytes); }
