#include "data/byte_source.h"

#include <algorithm>

namespace tern {
namespace {

constexpr size_t kPiece = size_t{1} << 20;
constexpr uint64_t kMaxGrowth = 1000;
/// Small files may be anything.
constexpr uint64_t kFreeGrowth = uint64_t{64} << 20;

}  // namespace

Result<ByteSource> ByteSource::open(const std::string& path) {
  ByteSource source;
  TERN_ASSIGN(source.file_, MappedFile::open(path));
  const auto bytes = source.file_.bytes();
  TERN_ASSIGN(source.decoder_, make_decoder(bytes.first(std::min<size_t>(bytes.size(), 4))));
  return source;
}

std::span<const uint8_t> ByteSource::piece() {
  const auto bytes = file_.bytes();
  if (position_ == hashed_ && hashed_ < bytes.size()) {
    release_pages(bytes.first(hashed_).last(std::min<size_t>(hashed_, kPiece)));
    const auto next = bytes.subspan(hashed_, std::min<size_t>(kPiece, bytes.size() - hashed_));
    digest_.update(next);
    hashed_ += next.size();
  }
  return bytes.subspan(position_, hashed_ - position_);
}

Status ByteSource::check_growth() const {
  if (given_ <= kFreeGrowth || given_ / kMaxGrowth <= position_) return {};
  return fail(ErrorCode::kBadFile, "{}: grows more than {} times when it is decompressed: it is no text",
              path(), kMaxGrowth);
}

Result<size_t> ByteSource::read(std::span<char> out) {
  size_t filled = 0;
  while (filled < out.size()) {
    const auto in = piece();
    const auto step = decoder_->step(in, out.subspan(filled));
    if (!step) return tl::unexpected(step.error().with_context(path()));
    position_ += step->taken;
    filled += step->given;
    given_ += step->given;
    TERN_TRY(check_growth());
    if (step->taken > 0 || step->given > 0) continue;
    if (decoder_->at_border() && in.empty()) break;
    return fail(ErrorCode::kBadFile, "{}: ends within its compressed data: it is truncated", path());
  }
  return filled;
}

}  // namespace tern
