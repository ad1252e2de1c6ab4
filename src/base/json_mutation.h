#pragma once
// Tests only: JSON that is well-formed and wrong.
#include <string>
#include <vector>

#include "base/json.h"
#include "base/mutation.h"

namespace tern::testing {

/// Every value below `json`, and `json` itself.
inline void collect(Json& json, std::vector<Json*>& all) {
  all.push_back(&json);
  if (!json.is_structured()) return;
  for (Json& child : json) collect(child, all);
}

inline Json& any_value(Json& json, Random& random, bool (Json::*fits)() const noexcept) {
  std::vector<Json*> all, found;
  collect(json, all);
  for (Json* value : all) {
    if ((value->*fits)()) found.push_back(value);
  }
  return *random.pick(found.empty() ? all : found);
}

inline void change_number(Json& json, Random& random) {
  Json& value = any_value(json, random, &Json::is_number);
  static const Json kNumbers[] = {0, -1, 0.5, -0.0, 1e300, 5e-324, INT64_MIN, 1e18, true, "1"};
  if (random.chance(2)) {
    value = random.pick(kNumbers);
  } else {
    value = random.border(value.is_number_unsigned() ? value.get<uint64_t>() : 3);
  }
}

inline void change_text(Json& json, Random& random) {
  Json& value = any_value(json, random, &Json::is_string);
  std::string text = value.is_string() ? value.get<std::string>() : "";
  static const std::string kTexts[] = {"",          "a b",    "../x", "\xC4\xA0", "\xEF\xBF\xBF",
                                       "ByteLevel", "bitnet", "{{"};
  switch (random.below(4)) {
    case 0:
      text = random.pick(kTexts);
      break;
    case 1:
      text += static_cast<char>(random.below(127));
      break;
    case 2:
      text = std::string(random.border(8) % 70000, 'x');
      break;
    default:
      if (!text.empty()) text.erase(random.below(text.size()), 1);
  }
  value = text;
}

inline void change_type(Json& json, Random& random) {
  static const Json kValues[] = {nullptr,       true,           0,   -7,        1.5, "", "x",
                                 Json::array(), Json::object(), {1}, {{"x", 1}}};
  any_value(json, random, &Json::is_primitive) = random.pick(kValues);
}

inline void drop_value(Json& json, Random& random) {
  Json& parent = any_value(json, random, &Json::is_structured);
  if (!parent.is_structured() || parent.empty()) return;
  parent.erase(std::next(parent.begin(), static_cast<std::ptrdiff_t>(random.below(parent.size()))));
}

/// One of the values again, somewhere else.
inline void copy_value(Json& json, Random& random) {
  Json copied = any_value(json, random, &Json::is_primitive);
  any_value(json, random, &Json::is_primitive) = std::move(copied);
}

inline void grow_array(Json& json, Random& random) {
  Json& value = any_value(json, random, &Json::is_array);
  if (!value.is_array()) value = Json::array({value});
  const Json item = value.empty() ? Json(1) : value[random.below(value.size())];
  const size_t more = random.chance(8) ? 50'000 : 1 + random.below(9);
  if (item.is_primitive()) value.insert(value.end(), more, item);
}

inline void nest(Json& json, Random& random) {
  Json& value = any_value(json, random, &Json::is_primitive);
  for (size_t depth = random.below(90); depth > 0; --depth) {
    Json inner = std::move(value);
    value = random.chance(2) ? Json::array({std::move(inner)}) : Json{{"x", std::move(inner)}};
  }
}

inline void rename_key(Json& json, Random& random) {
  Json& object = any_value(json, random, &Json::is_object);
  if (!object.is_object() || object.empty()) return;
  const auto it = std::next(object.begin(), static_cast<std::ptrdiff_t>(random.below(object.size())));
  std::string key = it.key();
  Json value = *it;
  object.erase(it);
  key.empty() || random.chance(3) ? key += 'x' : key.erase(random.below(key.size()), 1);
  object[key] = std::move(value);
}

}  // namespace tern::testing
