#pragma once
#include <string>

namespace tern {

/// The environment variable `name`; "" when it is not set.
std::string environment(const char* name);

/// Our folder for what a user keeps: `tern` below the folder that variable `xdg` (XDG_CACHE_HOME) names, or
/// else below `below_home` (.cache) in $HOME. "" when neither is an absolute path. It is not made.
std::string user_folder(const char* xdg, const char* below_home);

}  // namespace tern
