#include "data/file_sha256.h"

#include <algorithm>

#include "base/mmap.h"
#include "net/digest.h"

namespace tern {

Result<std::string> file_sha256(const std::string& path) {
  constexpr size_t kPiece = size_t{1} << 24;
  TERN_ASSIGN(const MappedFile file, MappedFile::open(path));
  Digest digest(DigestKind::kSha256);
  for (auto rest = file.bytes(); !rest.empty();) {
    const auto piece = rest.first(std::min(kPiece, rest.size()));
    digest.update(piece);
    release_pages(piece);  // what has been read need not stay in memory
    rest = rest.subspan(piece.size());
  }
  return digest.hex();
}

}  // namespace tern
