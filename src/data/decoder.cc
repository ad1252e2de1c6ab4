#include "data/decoder.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

namespace tern {
namespace {

class PlainDecoder final : public Decoder {
 public:
  Result<Step> step(std::span<const uint8_t> in, std::span<char> out) override {
    const size_t n = std::min(in.size(), out.size());
    std::copy_n(in.begin(), n, out.begin());
    return Step{n, n};
  }
  bool at_border() const override { return true; }
};

class GzipDecoder final : public Decoder {
 public:
  ~GzipDecoder() override {
    if (ready_) inflateEnd(&stream_);
  }
  Status start() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
    if (ready_) return {};
    return fail(ErrorCode::kOutOfMemory, "no memory to decompress gzip");
  }

  Result<Step> step(std::span<const uint8_t> in, std::span<char> out) override {
    if (at_border_ && in.empty()) return Step{0, 0};
    const auto counted = [](size_t n) {
      return static_cast<uInt>(std::min<size_t>(n, std::numeric_limits<uInt>::max()));
    };
    stream_.next_in = const_cast<uint8_t*>(in.data());  // zlib only reads it
    stream_.avail_in = counted(in.size());
    stream_.next_out = reinterpret_cast<uint8_t*>(out.data());
    stream_.avail_out = counted(out.size());
    if (at_border_) inflateReset(&stream_);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return fail(ErrorCode::kBadFile, "broken gzip: {}",
                  stream_.msg != nullptr ? stream_.msg : zError(code));
    }
    at_border_ = code == Z_STREAM_END;
    return Step{static_cast<size_t>(stream_.next_in - in.data()),
                static_cast<size_t>(stream_.next_out - reinterpret_cast<uint8_t*>(out.data()))};
  }
  bool at_border() const override { return at_border_; }

 private:
  z_stream stream_{};
  bool ready_ = false, at_border_ = true;
};

class ZstdDecoder final : public Decoder {
 public:
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  Status start() {
    constexpr int kWindowLog = 27;
    stream_ = ZSTD_createDStream();
    if (stream_ != nullptr &&
        ZSTD_isError(ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog)) == 0)
      return {};
    return fail(ErrorCode::kOutOfMemory, "no memory to decompress zstd");
  }

  Result<Step> step(std::span<const uint8_t> in, std::span<char> out) override {
    if (at_border_ && in.empty()) return Step{0, 0};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const size_t left = ZSTD_decompressStream(stream_, &to, &from);
    if (ZSTD_isError(left) != 0) {
      return fail(ErrorCode::kBadFile, "broken zstd: {}", ZSTD_getErrorName(left));
    }
    at_border_ = left == 0;
    return Step{from.pos, to.pos};
  }
  bool at_border() const override { return at_border_; }

 private:
  ZSTD_DStream* stream_ = nullptr;
  bool at_border_ = true;
};

bool starts_with(std::span<const uint8_t> head, std::initializer_list<uint8_t> magic) {
  return head.size() >= magic.size() && std::equal(magic.begin(), magic.end(), head.begin());
}

template <typename Started>
Result<std::unique_ptr<Decoder>> started() {
  auto decoder = std::make_unique<Started>();
  TERN_TRY(decoder->start());
  return decoder;
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_decoder(std::span<const uint8_t> head) {
  if (starts_with(head, {0x1F, 0x8B})) return started<GzipDecoder>();
  const bool skippable =
      head.size() >= 4 && (head[0] & 0xF0) == 0x50 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18;
  if (starts_with(head, {0x28, 0xB5, 0x2F, 0xFD}) || skippable) return started<ZstdDecoder>();
  return std::make_unique<PlainDecoder>();
}

}  // namespace tern
