#pragma once
// What a hub, or somebody who pretends to be one, calls things: checked before it becomes part of a path.
#include <string_view>

#include "base/error.h"

namespace tern {

/// The folder beside pulled files that holds what is unfinished; no pulled file lies in it.
inline constexpr std::string_view kPullStateFolder = ".tern-pull";

/// "ORG/MODEL" as the hub allows them. kInvalidArgument.
Status check_hub_repo(std::string_view repo);
/// A branch, tag, commit or "refs/pr/1". kInvalidArgument.
Status check_hub_revision(std::string_view revision);
/// A file's path inside its repository. kBadFile when as a path it could leave the folder that it is put in,
/// is too long, or holds characters that no file system or terminal should see.
Status check_hub_file(std::string_view name);

}  // namespace tern
