// Session::save and Session::restore. A session file, all numbers little-endian:
//
//   8 bytes   "TERN-KV\n"
//   7 x 8     version, fingerprint of the model, TernKvFormat, layers, KV heads, head_dim, tokens n
//   n x 4     token ids, and zeros up to a multiple of 8 bytes
//   rows      for every 64 positions (m of them, the last time perhaps fewer) and each layer
//             K and V: of every head [m, head_dim] elements and, of int8, [m] float scales:
//             a cache's page without what is unused
//   8 bytes   Checksum of everything before
#include <bit>
#include <cstring>
#include <functional>
#include <string_view>

#include "base/atomic_file.h"
#include "base/checked_math.h"
#include "base/checksum.h"
#include "base/mmap.h"
#include "engine/session.h"

namespace tern {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "TERN-KV\n";
constexpr uint64_t kVersion = 1;
constexpr std::string_view kOther = "name another file with --session, or remove this one";

/// The numbers behind the magic, as they lie in the file.
struct Header {
  uint64_t version, fingerprint, format, layers, kv_heads, head_dim, tokens;
};

Header header_of(const Engine& engine, const KvLayout& layout, size_t tokens) {
  return {.version = kVersion,
          .fingerprint = engine.fingerprint(),
          .format = static_cast<uint64_t>(layout.format),
          .layers = static_cast<uint64_t>(layout.layers),
          .kv_heads = static_cast<uint64_t>(layout.kv_heads),
          .head_dim = static_cast<uint64_t>(layout.head_dim),
          .tokens = tokens};
}

std::span<const uint8_t> bytes_of(const void* data, size_t size) {
  return {static_cast<const uint8_t*>(data), size};
}

/// Calls `part` with place and size of every stretch of a page that its first `rows` positions take.
Status for_parts(const KvLayout& layout, size_t rows,
                 const std::function<Status(size_t offset, size_t bytes)>& part) {
  const auto halves = static_cast<size_t>(layout.layers * 2 * layout.kv_heads);
  for (size_t i = 0; i < halves; ++i) {
    const size_t head = i * layout.head_bytes();
    TERN_TRY(part(head, rows * layout.row_bytes()));
    if (layout.format == TERN_KV_I8) TERN_TRY(part(head + layout.scales_offset(), rows * sizeof(float)));
  }
  return {};
}

size_t rows_of_page(size_t page, size_t tokens) {
  return std::min<size_t>(TERN_KV_PAGE, tokens - page * TERN_KV_PAGE);
}

size_t pages_of(size_t tokens) {
  return (tokens + TERN_KV_PAGE - 1) / TERN_KV_PAGE;
}

size_t padded_ids_bytes(size_t tokens) {
  return (tokens * sizeof(int32_t) + 7) / 8 * 8;
}

/// Bytes of a file of `tokens`; nothing when they would be 2^64 or more.
std::optional<uint64_t> file_bytes(const KvLayout& layout, uint64_t tokens) {
  const uint64_t per_token = layout.page_bytes() / TERN_KV_PAGE;
  constexpr uint64_t kFixed = kMagic.size() + sizeof(Header) + sizeof(uint64_t);
  // 12 bytes a token are more than its padded id.
  if (!checked_mul<uint64_t>(tokens, per_token + 12)) return std::nullopt;
  return checked_add<uint64_t>(kFixed, padded_ids_bytes(tokens) + tokens * per_token);
}

/// Writes, and sums up what was written.
class SummingFile {
 public:
  explicit SummingFile(AtomicFile* file) : file_(file) {}
  Status write(std::span<const uint8_t> bytes) {
    checksum_.add(bytes);
    return file_->write(bytes);
  }
  Status finish() {
    const uint64_t sum = checksum_.value();
    TERN_TRY(file_->write(bytes_of(&sum, sizeof sum)));
    return file_->commit();
  }

 private:
  AtomicFile* file_;
  Checksum checksum_;
};

/// Reads the header of a file that is whole and of this engine.
Result<Header> check_file(const std::string& path, std::span<const uint8_t> bytes, const Engine& engine,
                          const KvLayout& layout) {
  if (bytes.empty()) return fail(ErrorCode::kBadFile, "{}: the session file is empty", path);
  const size_t begin = std::min(bytes.size(), kMagic.size());
  if (std::memcmp(bytes.data(), kMagic.data(), begin) != 0) {
    return fail(ErrorCode::kInvalidArgument, "{}: is no session file; {}", path, kOther);
  }
  const auto truncated = [&] {
    return fail(ErrorCode::kBadFile, "{}: the session file is truncated: it has {} bytes", path,
                bytes.size());
  };
  Header header;
  if (bytes.size() < kMagic.size() + sizeof header) return truncated();
  std::memcpy(&header, bytes.data() + kMagic.size(), sizeof header);
  if (header.version != kVersion) {
    return fail(ErrorCode::kUnsupported, "{}: version {} of session files, not {}; {}", path, header.version,
                kVersion, kOther);
  }
  if (bytes.size() < kMagic.size() + sizeof header + sizeof(uint64_t)) return truncated();
  uint64_t sum;
  std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
  Checksum checksum;
  checksum.add(bytes.first(bytes.size() - sizeof sum));
  if (checksum.value() != sum) {
    return fail(ErrorCode::kBadFile, "{}: the session file is damaged: its checksum is another", path);
  }
  const Header own = header_of(engine, layout, header.tokens);
  if (header.fingerprint != own.fingerprint) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: the session is of another model, or of one that was read or computed in another way; {}",
                path, kOther);
  }
  if (header.format != own.format) {
    return fail(ErrorCode::kInvalidArgument, "{}: the session's cache is of another type (--kv); {}", path,
                kOther);
  }
  if (std::memcmp(&header, &own, sizeof own) != 0 || file_bytes(layout, header.tokens) != bytes.size()) {
    return fail(ErrorCode::kBadFile, "{}: the session file's sizes contradict each other", path);
  }
  return header;
}

}  // namespace

Status Session::save(const std::string& path) const {
  const size_t tokens = text_.exact();
  const KvView& view = *kv_.view();
  const Header header = header_of(engine_, view.layout, tokens);
  std::vector<int32_t> ids(text_.tokens().begin(), text_.tokens().begin() + static_cast<ptrdiff_t>(tokens));
  ids.resize(padded_ids_bytes(tokens) / sizeof(int32_t));
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  SummingFile out(&file);
  TERN_TRY(out.write(bytes_of(kMagic.data(), kMagic.size())));
  TERN_TRY(out.write(bytes_of(&header, sizeof header)));
  TERN_TRY(out.write(bytes_of(ids.data(), ids.size() * sizeof(int32_t))));
  for (size_t page = 0; page < pages_of(tokens); ++page) {
    TERN_TRY(for_parts(view.layout, rows_of_page(page, tokens), [&](size_t offset, size_t bytes) {
      return out.write(bytes_of(view.pages[page] + offset, bytes));
    }));
  }
  return out.finish();
}

Status Session::restore(const std::string& path) {
  reset();
  TERN_ASSIGN(const MappedFile file, MappedFile::open(path));
  const KvView& view = *kv_.view();
  TERN_ASSIGN(const Header header, check_file(path, file.bytes(), engine_, view.layout));
  const auto tokens = static_cast<size_t>(header.tokens);
  const size_t taken = std::min(tokens, static_cast<size_t>(kv_.max_positions()));
  std::vector<int32_t> ids(taken);
  const uint8_t* next = file.bytes().data() + kMagic.size() + sizeof header;
  if (taken > 0) std::memcpy(ids.data(), next, taken * sizeof(int32_t));  // of none, data() is null
  for (const int32_t id : ids) {
    if (id < 0 || id >= engine_.config().vocab) {
      return fail(ErrorCode::kBadFile, "{}: token id {} of the session is outside the vocabulary", path, id);
    }
  }
  next += padded_ids_bytes(tokens);
  TERN_TRY(kv_.reserve(static_cast<int64_t>(taken)));
  for (size_t page = 0; page < pages_of(taken); ++page) {
    TERN_TRY(for_parts(view.layout, rows_of_page(page, tokens), [&](size_t offset, size_t bytes) -> Status {
      std::memcpy(view.pages[page] + offset, next, bytes);
      next += bytes;
      return {};
    }));
  }
  text_.append(ids);
  return {};
}

}  // namespace tern
