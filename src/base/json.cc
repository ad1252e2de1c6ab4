#include "base/json.h"

#include <limits>
#include <set>
#include <vector>

namespace tern {
namespace {

constexpr int kMaxDepth = 64;
/// An array or object takes some 70 bytes of memory and as few as 2 of text. Useful files have longer ones on
/// the average; small files may have any.
constexpr size_t kBytesPerContainer = 8;
constexpr size_t kFreeContainers = 65536;
/// What a tree takes in memory, by its text: a value in a growing array, a field, a string of its own.
constexpr size_t kValueBytes = 24, kFieldBytes = 96, kStringBytes = 48, kContainerBytes = 64;
constexpr size_t kMaxTreeBytes = size_t{512} << 20;

/// Depth and size are checked on the raw text first, so that the parser never builds a tree too deep to
/// destroy or too large to hold.
Status check_tree(std::string_view text, std::string_view what) {
  int depth = 0;
  size_t containers = 0, values = 0, fields = 0, strings = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
      ++strings;
    } else if (c == ',') {
      ++values;
    } else if (c == ':') {
      ++fields;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth)
        return fail(ErrorCode::kBadFile, "{}: JSON nested deeper than {}", what, kMaxDepth);
      if (++containers > kFreeContainers + text.size() / kBytesPerContainer)
        return fail(ErrorCode::kBadFile, "{}: JSON of little but brackets", what);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  const size_t bytes = text.size() + values * kValueBytes + fields * kFieldBytes + strings * kStringBytes +
                       containers * kContainerBytes;
  if (bytes > kMaxTreeBytes) {
    return fail(ErrorCode::kBadFile, "{}: JSON that would take {} MiB of memory, more than {}", what,
                bytes >> 20, kMaxTreeBytes >> 20);
  }
  return {};
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what) {
  TERN_TRY(check_tree(text, what));
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return fail(ErrorCode::kBadFile, "{}: not valid JSON", what);
  return value;
}

Result<Json> parse_json_unique_keys(std::string_view text, std::string_view what) {
  TERN_TRY(check_tree(text, what));
  std::vector<std::set<std::string>> open_objects;
  std::optional<std::string> duplicate;
  const Json::parser_callback_t watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      open_objects.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open_objects.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!open_objects.back().insert(key).second) duplicate = key;
    }
    return true;
  };
  Json value = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (value.is_discarded()) return fail(ErrorCode::kBadFile, "{}: not valid JSON", what);
  if (duplicate) return fail(ErrorCode::kBadFile, "{}: key '{}' occurs twice in an object", what, *duplicate);
  return value;
}

Result<OrderedJson> parse_ordered_json(std::string_view text, std::string_view what) {
  TERN_TRY(check_tree(text, what));
  constexpr size_t kMaxKeys = 1024;
  std::vector<size_t> keys;  // of the objects that are open
  bool too_many = false;
  const OrderedJson::parser_callback_t count = [&](int, OrderedJson::parse_event_t event, OrderedJson&) {
    if (event == OrderedJson::parse_event_t::object_start) keys.push_back(0);
    if (event == OrderedJson::parse_event_t::object_end) keys.pop_back();
    if (event == OrderedJson::parse_event_t::key) too_many |= ++keys.back() > kMaxKeys;
    return !too_many;
  };
  OrderedJson value = OrderedJson::parse(text, count, /*allow_exceptions=*/false);
  if (too_many) return fail(ErrorCode::kBadFile, "{}: an object has more than {} keys", what, kMaxKeys);
  if (value.is_discarded()) return fail(ErrorCode::kBadFile, "{}: not valid JSON", what);
  return value;
}

const Json* json_field(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

Result<std::optional<int64_t>> json_int(const Json& object, std::string_view key, std::string_view what) {
  const Json* value = json_field(object, key);
  if (value == nullptr) return std::optional<int64_t>();
  const bool fits = value->is_number_integer() &&
                    !(value->is_number_unsigned() &&
                      value->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  if (!fits) return fail(ErrorCode::kBadFile, "{}: field '{}' must be an integer", what, key);
  return std::optional<int64_t>(value->get<int64_t>());
}

Result<std::optional<double>> json_number(const Json& object, std::string_view key, std::string_view what) {
  const Json* value = json_field(object, key);
  if (value == nullptr) return std::optional<double>();
  if (!value->is_number()) return fail(ErrorCode::kBadFile, "{}: field '{}' must be a number", what, key);
  return std::optional<double>(value->get<double>());
}

Result<std::optional<bool>> json_bool(const Json& object, std::string_view key, std::string_view what) {
  const Json* value = json_field(object, key);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_boolean())
    return fail(ErrorCode::kBadFile, "{}: field '{}' must be true or false", what, key);
  return std::optional<bool>(value->get<bool>());
}

Result<std::optional<std::string>> json_string(const Json& object, std::string_view key,
                                               std::string_view what) {
  const Json* value = json_field(object, key);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return fail(ErrorCode::kBadFile, "{}: field '{}' must be a string", what, key);
  return std::optional<std::string>(value->get<std::string>());
}

std::string dump_json(const Json& value, int indent) {
  const std::string text = value.dump(indent, ' ', false, Json::error_handler_t::replace);
  std::string escaped;  // nlohmann does so below 0x20 only
  escaped.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&text](size_t at) { return static_cast<uint8_t>(text[at]); };
    const bool is_c1 = byte(i) == 0xC2 && byte(i + 1) < 0xA0;
    if (is_c1 || byte(i) == 0x7F) {
      if (is_c1) ++i;
      escaped += fmt::format("\\u{:04x}", byte(i));
    } else {
      escaped += text[i];
    }
  }
  return escaped;
}

}  // namespace tern
