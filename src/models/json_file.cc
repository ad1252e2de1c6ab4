#include "models/json_file.h"

#include "base/mmap.h"

namespace tern {

Result<Json> read_json_object(const std::string& path) {
  const auto text = read_small_file(path, kMaxConfigFile);
  if (!text && text.error().code() == ErrorCode::kNotFound) return Json();
  if (!text) return tl::unexpected(text.error());
  TERN_ASSIGN(Json json, parse_json_unique_keys(*text, path));
  if (!json.is_object()) return fail(ErrorCode::kBadFile, "{}: not a JSON object", path);
  return json;
}

}  // namespace tern
