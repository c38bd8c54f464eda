#ifndef DCNCONV_PICTURES_H
#define DCNCONV_PICTURES_H

#include <stddef.h>
#include <stdint.h>

// libpng and libjpeg report errors by longjmp, which may not pass through Swift frames: every jump ends in
// this module. Nothing here allocates by what a file claims before the caller has seen its dimensions.

/// A picture in memory that is being decoded; the bytes must outlive it.
typedef struct dcn_png_reader dcn_png_reader;
typedef struct dcn_jpeg_reader dcn_jpeg_reader;

/// Reads the header; null where the memory for the decoder is not there.
///
/// Where `dcn_png_message` is not empty the header is bad.
dcn_png_reader *dcn_png_open(const uint8_t *bytes, size_t byte_count);
/// Pixels of a row and of a column.
uint32_t dcn_png_width(const dcn_png_reader *reader);
uint32_t dcn_png_height(const dcn_png_reader *reader);
/// Reads all rows as [height, width, 3] red, green, blue; 0, or -1 with a message.
///
/// Alpha is dropped, 16 bits are cut to their upper 8, and gamma is not applied, as in OpenCV's imread.
int dcn_png_read(dcn_png_reader *reader, uint8_t *pixels);
const char *dcn_png_message(const dcn_png_reader *reader);
/// Bytes of the file that were read so far.
size_t dcn_png_offset(const dcn_png_reader *reader);
void dcn_png_close(dcn_png_reader *reader);

/// As `dcn_png_open`.
dcn_jpeg_reader *dcn_jpeg_open(const uint8_t *bytes, size_t byte_count);
uint32_t dcn_jpeg_width(const dcn_jpeg_reader *reader);
uint32_t dcn_jpeg_height(const dcn_jpeg_reader *reader);
/// 4 for CMYK and YCCK, else 3: the bytes that a decoded pixel takes.
int dcn_jpeg_channels(const dcn_jpeg_reader *reader);
/// Reads all rows as [height, width, channels] red, green, blue or cyan, magenta, yellow, black; 0, or -1.
///
/// The inverse transform is the accurate integer one, chroma is interpolated: libjpeg's defaults, and
/// OpenCV's. Damaged entropy-coded data is an error, where libjpeg by itself would invent pixels.
int dcn_jpeg_read(dcn_jpeg_reader *reader, uint8_t *pixels, int max_scans);
const char *dcn_jpeg_message(const dcn_jpeg_reader *reader);
size_t dcn_jpeg_offset(const dcn_jpeg_reader *reader);
void dcn_jpeg_close(dcn_jpeg_reader *reader);

/// What is encoded: [height, width, 3] pixels, or [height, width] indices into a palette of 256 colours.
typedef struct {
  const uint8_t *pixels;
  uint32_t width, height;
  /// 768 bytes of red, green, blue; null for pixels that are colours themselves.
  const uint8_t *palette;
} dcn_png_source;

/// The file's bytes, to be given back with `dcn_png_free`; null where memory is not there.
uint8_t *dcn_png_encode(const dcn_png_source *source, size_t *byte_count);
void dcn_png_free(uint8_t *bytes);

#endif
