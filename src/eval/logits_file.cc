#include "eval/logits_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "base/checked_math.h"
#include "net/digest.h"

namespace tern {
namespace {

constexpr std::string_view kMagic = "TERNLOGP";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kOrder = 0x01020304;
constexpr size_t kHexDigits = 64;

struct Header {
  char magic[8];
  uint32_t version, order;
  uint64_t vocab, rows, context, stride, tokens;
  char ids_sha256[kHexDigits];
  uint64_t zero;
};
static_assert(sizeof(Header) == 128 && offsetof(Header, ids_sha256) == 56);

Header header_of(const LogitsKey& key) {
  Header header{};
  kMagic.copy(header.magic, sizeof header.magic);
  header.version = kVersion;
  header.order = kOrder;
  header.vocab = key.vocab;
  header.rows = key.rows;
  header.context = key.context;
  header.stride = key.stride;
  header.tokens = key.tokens;
  TERN_CHECK(key.ids_sha256.size() == kHexDigits);
  key.ids_sha256.copy(header.ids_sha256, kHexDigits);
  return header;
}

/// Size of a file with such a header; nothing on overflow.
std::optional<uint64_t> file_size(const Header& header) {
  const auto codes = checked_mul(header.vocab, header.rows);
  const auto bytes = codes ? checked_mul<uint64_t>(*codes, sizeof(LogitCode)) : std::nullopt;
  return bytes ? checked_add<uint64_t>(*bytes, sizeof(Header)) : std::nullopt;
}

Status check_header(const std::string& path, std::span<const uint8_t> bytes, const Header& header) {
  const auto bad = [&path](std::string_view why) { return fail(ErrorCode::kBadFile, "{}: {}", path, why); };
  if (std::string_view(header.magic, sizeof header.magic) != kMagic) {
    return bad("not a file of --save-logits: it does not start with TERNLOGP");
  }
  if (header.order == __builtin_bswap32(kOrder)) {
    return fail(ErrorCode::kUnsupported,
                "{}: written on a machine of the other byte order; save it again here", path);
  }
  if (header.order != kOrder) return bad("the header's byte order is broken");
  if (header.version != kVersion) {
    return fail(ErrorCode::kUnsupported, "{}: version {}; only version {} is read: save it again", path,
                header.version, kVersion);
  }
  if (!is_hex({header.ids_sha256, kHexDigits}, kHexDigits)) return bad("the header's ids_sha256 is broken");
  if (header.vocab == 0 || header.zero != 0) return bad("the header is broken");
  if (file_size(header) != bytes.size()) {
    return fail(ErrorCode::kBadFile,
                "{}: {} bytes are not {} rows of {} codes; the file is broken or truncated: save it again",
                path, bytes.size(), header.rows, header.vocab);
  }
  return {};
}

/// Says what is not as in `key`; the most telling difference first.
Status check_key(const std::string& path, const Header& header, const LogitsKey& key) {
  if (header.vocab != key.vocab) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: saved by a model with a vocabulary of {}, this one has {}: they have no common tokens",
                path, header.vocab, key.vocab);
  }
  if (std::string_view(header.ids_sha256, kHexDigits) != key.ids_sha256 || header.tokens != key.tokens) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: saved for {} other tokens, the text has {}: give the same text and the same tokenizer",
                path, header.tokens, key.tokens);
  }
  if (header.context != key.context || header.stride != key.stride) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: saved with --context {} --stride {}, not {} and {}: give the same", path, header.context,
                header.stride, key.context, key.stride);
  }
  if (header.rows != key.rows) {
    return fail(ErrorCode::kBadFile, "{}: {} rows instead of {}: save it again", path, header.rows, key.rows);
  }
  return {};
}

}  // namespace

std::string hash_ids(std::span<const int32_t> ids) {
  Digest digest(DigestKind::kSha256);
  std::array<uint8_t, 4096> bytes;
  constexpr size_t kBlock = sizeof bytes / sizeof(int32_t);
  for (size_t begin = 0; begin < ids.size(); begin += kBlock) {
    const auto block = ids.subspan(begin, std::min(kBlock, ids.size() - begin));
    for (size_t i = 0; i < sizeof(int32_t) * block.size(); ++i) {
      bytes[i] = static_cast<uint8_t>(static_cast<uint32_t>(block[i / 4]) >> (8 * (i % 4)));
    }
    digest.update(std::span(bytes).first(sizeof(int32_t) * block.size()));
  }
  return digest.hex();
}

void encode_logits(std::span<const float> logits, std::span<LogitCode> codes) {
  TERN_CHECK(codes.size() == logits.size());
  constexpr double kMost = 65535;
  const auto best = std::max_element(logits.begin(), logits.end());
  for (size_t i = 0; i < logits.size(); ++i) {
    const double below = (static_cast<double>(*best) - static_cast<double>(logits[i])) * kCodesPerNat + 0.5;
    codes[i] = static_cast<LogitCode>(std::clamp(below, 1.0, kMost));
  }
  codes[static_cast<size_t>(best - logits.begin())] = 0;
}

Result<LogitsWriter> LogitsWriter::create(const std::string& path, const LogitsKey& key) {
  const Header header = header_of(key);
  const auto size = file_size(header);
  if (!size) return fail(ErrorCode::kInvalidArgument, "{}: would be too large", path);
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  TERN_TRY(file.write(std::span(reinterpret_cast<const uint8_t*>(&header), sizeof header)));
  return LogitsWriter(std::move(file), (*size - sizeof header) / sizeof(LogitCode));
}

Status LogitsWriter::write(std::span<const LogitCode> codes) {
  TERN_CHECK(codes.size() <= codes_left_);
  codes_left_ -= codes.size();
  return file_.write(std::span(reinterpret_cast<const uint8_t*>(codes.data()), codes.size_bytes()));
}

Status LogitsWriter::commit() {
  TERN_CHECK(codes_left_ == 0);
  return file_.commit();
}

Result<LogitsReader> LogitsReader::open(const std::string& path, const LogitsKey& key) {
  TERN_ASSIGN(MappedFile file, MappedFile::open(path));
  Header header;
  if (file.bytes().size() < sizeof header) {
    return fail(ErrorCode::kBadFile, "{}: not a file of --save-logits: too short for a header", path);
  }
  std::memcpy(&header, file.bytes().data(), sizeof header);
  TERN_TRY(check_header(path, file.bytes(), header));
  TERN_TRY(check_key(path, header, key));
  return LogitsReader(std::move(file), header.vocab);
}

std::span<const LogitCode> LogitsReader::row(uint64_t r) const {
  const size_t begin = start_of(r);
  TERN_CHECK(range_fits(begin, vocab_ * sizeof(LogitCode), file_.bytes().size()));
  // The header's size is even, and so is the address of a mapping.
  return {reinterpret_cast<const LogitCode*>(file_.bytes().data() + begin), vocab_};
}

void LogitsReader::release_below(uint64_t r) const {
  release_pages(file_.bytes().first(start_of(r)));
}

size_t LogitsReader::start_of(uint64_t r) const {
  return sizeof(Header) + r * vocab_ * sizeof(LogitCode);
}

}  // namespace tern
