#pragma once
// Ternary storage: every packing decodes to and encodes from plain trits (int8: -1, 0, +1), row-major [rows,
// cols]. One line a packing in formats.inc; the bits are drawn in each file's comment.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern {

/// How a scale is applied to the integer product: y = acc/a * s (kMultiply) or acc/a / s (kDivide, the
/// `bitlinear` convention). Never turned into one another: 1/(1/s) != s for a fifth of bf16 scales.
enum class ScaleOp { kMultiply, kDivide };

// --- Published I2_S (docs/formats.md): 128 elements in 32 bytes, one f32 scale at byte n/4.
// n = rows*cols, a multiple of 128.
/// Errors: kBadFile on code 3 (a wrong layout or a broken file), a size that does not fit, or a non-finite
/// scale.
Status decode_i2s(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale);
/// `bytes` gets n/4 + 32 bytes; the trailer after the scale is zero.
void encode_i2s(std::span<const int8_t> trits, float scale, uint8_t* bytes);

// --- Other layouts under the same type id, of the same size (ternary/i2s_layouts.cc draws them): which one a
// file has, only its writer knows.
enum class I2sLayout {
#define TERN_I2S_LAYOUT(enumerator, name, stride) enumerator,
#include "ternary/i2s_layouts.inc"
#undef TERN_I2S_LAYOUT
};
constexpr auto kI2sLayouts = std::to_array<I2sLayout>({
#define TERN_I2S_LAYOUT(enumerator, name, stride) I2sLayout::enumerator,
#include "ternary/i2s_layouts.inc"
#undef TERN_I2S_LAYOUT
});
/// "published", "arm64", "rows4" or "consecutive4", as --i2s-layout takes it.
std::string_view i2s_layout_name(I2sLayout layout);
std::optional<I2sLayout> i2s_layout_by_name(std::string_view name);
/// All names.
std::vector<std::string> i2s_layout_names();
/// Whether `layout` can hold a matrix [rows, cols].
bool i2s_layout_fits(I2sLayout layout, uint64_t rows, uint64_t cols);
/// The same as a status: kUnsupported, which names the layouts that can.
Status check_i2s_shape(I2sLayout layout, uint64_t rows, uint64_t cols);
/// Errors: kUnsupported on a shape that the layout cannot hold; kBadFile on code 3, a size that does not fit,
/// or a non-finite scale.
Status decode_i2s(std::span<const uint8_t> bytes, uint64_t rows, uint64_t cols, I2sLayout layout,
                  int8_t* trits, float* scale);
/// `bytes` gets rows*cols/4 + 32 bytes; the trailer after the scale is zero. Errors: kUnsupported on a shape
/// that the layout cannot hold, kInvalidArgument when trits.size() is not rows*cols.
Status encode_i2s(std::span<const int8_t> trits, uint64_t rows, uint64_t cols, I2sLayout layout, float scale,
                  uint8_t* bytes);

// --- TQ2_0 and TQ1_0: blocks of 256 with their own f16 scale; all non-zero blocks must agree on it.
/// Errors: kBadFile on code 3 (TQ2_0), on a non-finite d, and when blocks disagree (kUnsupported: not one
/// scale a matrix).
Status decode_tq2_0(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale);
Status decode_tq1_0(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale);
/// trits.size() is a multiple of 256; `bytes` gets 66 (TQ2_0) or 54 (TQ1_0) a 256 trits. The scale is rounded
/// to f16.
void encode_tq2_0(std::span<const int8_t> trits, float scale, uint8_t* bytes);
void encode_tq1_0(std::span<const int8_t> trits, float scale, uint8_t* bytes);

// --- Hugging Face packed uint8 [ceil(rows/4), cols], quarter-stacked; the scale is a tensor of its own.
/// `rows` are those of the matrix; padding rows are cut. Errors: kBadFile on code 3 in a row of the matrix,
/// and on a size that does not fit.
Status decode_hf(std::span<const uint8_t> bytes, uint64_t rows, uint64_t cols, int8_t* trits);
/// `bytes` gets ceil(rows/4) * cols; padding rows are code 0.
void encode_hf(std::span<const int8_t> trits, uint64_t rows, uint64_t cols, uint8_t* bytes);

// --- The kernels' own packing "t2": each row alone, padded with trit 0 to a multiple of 128, 32 bytes a 128
// weights in the bit order of published I2_S (element j of a block -> byte j%32, bits 6-2(j/32), code =
// trit+1). A published I2_S matrix whose cols are a multiple of 128 IS a t2 matrix: it is laid out anew
// straight from the mapped file.
constexpr uint64_t kT2BlockElements = 128;
constexpr uint64_t kT2BlockBytes = 32;
/// Bytes of a row of `cols` weights.
constexpr uint64_t t2_row_bytes(uint64_t cols) {
  return (cols + kT2BlockElements - 1) / kT2BlockElements * kT2BlockBytes;
}
/// One row: `row` has t2_row_bytes(cols) bytes, `trits` `cols` elements. Decoding takes codes 0..2;
/// has_code3() says whether there are others.
void encode_t2_row(const int8_t* trits, uint64_t cols, uint8_t* row);
void decode_t2_row(const uint8_t* row, uint64_t cols, int8_t* trits);
// --- "t2 column chunks": the same codes by column, 256 rows at a time (ternary/t2_transpose.cc draws it).
constexpr uint64_t kT2ChunkRows = 256;
constexpr uint64_t t2_columns_bytes(uint64_t rows, uint64_t cols) {
  return (rows + kT2ChunkRows - 1) / kT2ChunkRows * (kT2ChunkRows / 4) * cols;
}
/// From t2 rows [rows, cols], the part of rows 128*block .. : 32 bytes of each column.
void transpose_t2_block(const uint8_t* matrix, uint64_t rows, uint64_t cols, uint64_t block,
                        uint8_t* columns);

// --- "t2x16": t2 rows in groups of 16, interleaved by 4 bytes, so that a vector register holds the same
// columns of several rows and sums need no horizontal step (ternary/t2x16.cc draws it).
constexpr uint64_t kT2GroupRows = 16;
/// Bytes of a matrix; its last group is filled up with rows of trit 0.
constexpr uint64_t t2x16_bytes(uint64_t rows, uint64_t cols) {
  return (rows + kT2GroupRows - 1) / kT2GroupRows * kT2GroupRows * t2_row_bytes(cols);
}
/// Writes a group: 16 * row_bytes bytes from `count` (1..16) t2 rows, which lie one after the other.
void interleave_t2_group(const uint8_t* rows, uint64_t row_bytes, uint64_t count, uint8_t* group);
/// Row `row` of a t2x16 matrix as `cols` trits.
void decode_t2x16_row(const uint8_t* matrix, uint64_t row, uint64_t cols, int8_t* trits);

// --- "t5x16": a t2x16 group with five trits a byte (ternary/t5x16.cc draws it). kernels/ternary_unpack gives
// the group back.
constexpr uint64_t kT5PieceBytes = 256;  ///< and the bytes of t2x16 that it holds:
constexpr uint64_t kT5PieceFrom = 320;
/// Pieces of a group whose t2 rows have row_bytes bytes.
constexpr uint64_t t5_pieces(uint64_t row_bytes) {
  return (kT2GroupRows * row_bytes + kT5PieceFrom - 1) / kT5PieceFrom;
}
/// Writes t5_pieces(row_bytes) pieces from a t2x16 group of legal codes.
void pack_t5_group(const uint8_t* group, uint64_t row_bytes, uint8_t* packed);

// --- "lookup4": trits as offsets into tables of signed sums, for sums over rows (ternary/lookup4.cc draws
// it).
constexpr uint64_t kLookup4Rows = 16;     ///< of a strip, and
constexpr uint64_t kLookup4Tables = 4;    ///< its tables, each
constexpr uint64_t kLookup4Entries = 81;  ///< signed sums of four values, of
constexpr uint64_t kLookup4EntryBytes = 64;
constexpr uint64_t lookup4_strips(uint64_t rows) {
  return (rows + kLookup4Rows - 1) / kLookup4Rows;
}
/// Offsets of a strip, uint16 each.
constexpr uint64_t lookup4_strip_size(uint64_t cols) {
  return kLookup4Tables * cols;
}
/// One strip from its `count` (1..16) rows of `cols` trits.
void encode_lookup4_strip(const int8_t* trits, uint64_t count, uint64_t cols, uint16_t* strip);

/// True when some 2-bit code in `bytes` is 3 (never legal). Fast: this scans whole mapped files.
bool has_code3(std::span<const uint8_t> bytes);

}  // namespace tern
