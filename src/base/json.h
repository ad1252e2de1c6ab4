#pragma once
// JSON that cannot throw or recurse without bound: nlohmann::json behind checks.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern {

using Json = nlohmann::json;
/// Keeps keys in the order in which they came, as Python's dictionaries do.
using OrderedJson = nlohmann::ordered_json;

/// Parses UTF-8 JSON. kBadFile on a syntax error, nesting deeper than 64, or trailing bytes; `what` (a file
/// name) starts the message.
Result<Json> parse_json(std::string_view text, std::string_view what);
/// The same, and kBadFile when an object has a key twice (plain parsing keeps the last, other readers the
/// first).
Result<Json> parse_json_unique_keys(std::string_view text, std::string_view what);
/// The same as parse_json(), in order; a key that occurs twice keeps its place and gets the later value.
/// kBadFile as well when an object has more than 1,024 keys: each is looked for among those before it.
Result<OrderedJson> parse_ordered_json(std::string_view text, std::string_view what);

/// The value at `key`; nullptr when it is absent or null, or `object` is no object.
const Json* json_field(const Json& object, std::string_view key);
/// Field readers: nothing when the key is absent or null; kBadFile naming `what` and the key when its type is
/// wrong or the number does not fit.
Result<std::optional<int64_t>> json_int(const Json& object, std::string_view key, std::string_view what);
Result<std::optional<double>> json_number(const Json& object, std::string_view key, std::string_view what);
Result<std::optional<bool>> json_bool(const Json& object, std::string_view key, std::string_view what);
Result<std::optional<std::string>> json_string(const Json& object, std::string_view key,
                                               std::string_view what);

/// Serializes; invalid UTF-8 is replaced by U+FFFD, never thrown. Control characters are escaped, C1 and DEL
/// too, so that a terminal may be given the text. `indent` < 0 gives one line.
std::string dump_json(const Json& value, int indent = -1);

}  // namespace tern
