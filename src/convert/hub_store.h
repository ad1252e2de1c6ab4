#pragma once
// Where pulled files lie, and what is remembered beside them (docs/cli.md, "tern pull").
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "convert/hub_listing.h"

namespace tern {

/// `given` if not empty, else $TERN_CACHE, $XDG_CACHE_HOME/tern or ~/.cache/tern. kInvalidArgument when none
/// of them is set.
Result<std::string> pull_cache_folder(const std::string& given);
/// CACHE/hub/ORG--MODEL/COMMIT.
std::string hub_folder(const std::string& cache, std::string_view repo, std::string_view commit);

/// The paths of one file: itself under its name, the rest in the folder `.tern-pull`.
struct StoredPaths {
  StoredPaths(const std::string& folder, const std::string& name);
  std::string final;   ///< there only when whole and checked
  std::string part;    ///< what has arrived of it
  std::string state;   ///< of what the part is a part
  std::string record;  ///< of the final file: what was checked
  std::string lock;
  /// Makes the folders of all of them. kIo.
  Status create_folders() const;
};

/// What identifies the content of a file for the hub: a checksum if it gave one, else the commit.
std::string content_key(const HubFile& file, std::string_view commit);

/// The SHA-256 that the file at paths.final had when it was checked as the content `key`, if it has not been
/// touched since.
std::optional<std::string> recorded_sha256(const StoredPaths& paths, const HubFile& file,
                                           std::string_view key);
/// Remembers that the file at paths.final has been checked.
Status write_record(const StoredPaths& paths, std::string_view key, std::string_view sha256);

/// The SHA-256 of the file at `path`, once it is known that it is `file`: size and the checksums that the hub
/// gave. kBadFile when it is not, which is removed by nobody here; kInterrupted.
Result<std::string> check_content(const std::string& path, const HubFile& file);

}  // namespace tern
