#include "base/environment.h"

#include <cstdlib>

namespace tern {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string user_folder(const char* xdg, const char* below_home) {
  if (const std::string folder = environment(xdg); folder.starts_with('/')) return folder + "/tern";
  const std::string home = environment("HOME");
  return home.starts_with('/') ? home + "/" + below_home + "/tern" : std::string();
}

}  // namespace tern
