#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace tern {

/// Bound of config.json, templates and their like, of which the largest known hold some 100 KB.
constexpr uint64_t kMaxConfigFile = uint64_t{4} << 20;

/// The JSON object in a file of up to kMaxConfigFile bytes; a null Json when there is no such file, kBadFile
/// for any other content.
Result<Json> read_json_object(const std::string& path);

}  // namespace tern
