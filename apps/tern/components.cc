#include "apps/tern/components.h"

#include <curl/curlver.h>
#include <fmt/format.h>
#include <histedit.h>
#include <openssl/opensslv.h>
#include <toml++/impl/version.h>
#include <zlib.h>
#include <zstd.h>

#include <CLI/Version.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tl/expected.hpp>

#include "base/check.h"

namespace tern {
namespace {

struct Notice {
  std::string_view name, text;
};

constexpr Notice kNotices[] = {
#include "license_texts.inc"  // written by CMake from licenses/ and LICENSE
};

std::string_view notice_of(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kNotices), std::end(kNotices),
                                         [name](const Notice& notice) { return notice.name == name; });
  TERN_CHECK(found != std::end(kNotices));
  return found->text;
}

std::string dotted(int major, int minor, int patch) {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

Component own_component() {
  return {"tern", TERN_VERSION, "Apache-2.0", ComponentUse::kInside, notice_of("tern")};
}

std::vector<Component> foreign_components() {
  return {
#define TERN_COMPONENT(name, version, licence, use) \
  {name, version, licence, ComponentUse::use, notice_of(name)},
#include "apps/tern/components.inc"
#undef TERN_COMPONENT
  };
}

std::string_view component_use_name(ComponentUse use) {
  switch (use) {
    case ComponentUse::kInside:
      return "inside";
    case ComponentUse::kData:
      return "data";
    case ComponentUse::kShared:
      return "shared library";
    case ComponentUse::kLoaded:
      return "loaded when needed";
  }
  return "";
}

std::vector<std::string> copyright_lines(const Component& component) {
  std::vector<std::string> lines;
  std::istringstream text{std::string(component.notice)};
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("Copyright ")) lines.push_back(line);
  }
  return lines;
}

}  // namespace tern
