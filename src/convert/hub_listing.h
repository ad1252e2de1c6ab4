#pragma once
// What a repository holds, and which of its files are a model.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern {

struct HubFile {
  std::string name;              ///< path inside the repository
  std::optional<uint64_t> size;  ///< bytes, if the hub says
  std::string sha256;            ///< of a file in large file storage; empty: unknown
  std::string git_sha1;          ///< git's name of its content, of any other file; empty: unknown
};

struct HubListing {
  std::string commit;  ///< 40 hexadecimal digits
  std::vector<HubFile> files;
};

/// The answer to GET /api/models/ORG/MODEL/revision/REVISION?blobs=true. kBadFile, `what` first. Names are as
/// the hub gave them: not checked.
Result<HubListing> parse_hub_listing(std::string_view text, std::string_view what);

struct HubSelection {
  std::vector<HubFile> files;  ///< in order of their names, each name checked
  bool folder = false;         ///< the model is the folder of the files, not the one file
};

/// The files to fetch: `wanted` (repetitions fall away), or, when that is empty, the only GGUF file, or what
/// a Hugging Face folder needs to be opened. kNotFound names what is missing, kAmbiguous lists several GGUFs.
Result<HubSelection> select_hub_files(const HubListing& listing, const std::vector<std::string>& wanted);

}  // namespace tern
