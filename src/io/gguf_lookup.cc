// Typed look-ups of GGUF metadata.
#include <utility>

#include "io/gguf.h"

namespace tern {
namespace {

using Metadata = std::map<std::string, GgufValue, std::less<>>;

const GgufValue* find_value(const Metadata& metadata, std::string_view key) {
  const auto it = metadata.find(key);
  return it == metadata.end() ? nullptr : &it->second;
}

template <typename T>
Result<std::optional<T>> get(const Gguf& file, std::string_view key, std::string_view expected) {
  const GgufValue* value = find_value(file.metadata(), key);
  if (value == nullptr) return std::optional<T>();
  if (const T* held = std::get_if<T>(value)) return std::optional<T>(*held);
  return fail(ErrorCode::kBadFile, "{}: metadata '{}' must be {}", file.path(), key, expected);
}

}  // namespace

Result<std::optional<uint64_t>> Gguf::get_uint(std::string_view key) const {
  const GgufValue* value = find_value(metadata_, key);
  if (value == nullptr) return std::optional<uint64_t>();
  if (const auto* held = std::get_if<uint64_t>(value)) return std::optional<uint64_t>(*held);
  if (const auto* held = std::get_if<int64_t>(value); held != nullptr && *held >= 0) {
    return std::optional<uint64_t>(static_cast<uint64_t>(*held));
  }
  return fail(ErrorCode::kBadFile, "{}: metadata '{}' must be a non-negative integer", path(), key);
}

Result<std::optional<double>> Gguf::get_float(std::string_view key) const {
  return get<double>(*this, key, "a float");
}
Result<std::optional<bool>> Gguf::get_bool(std::string_view key) const {
  return get<bool>(*this, key, "true or false");
}
Result<std::optional<std::string>> Gguf::get_string(std::string_view key) const {
  return get<std::string>(*this, key, "a string");
}

const std::vector<std::string>* Gguf::get_strings(std::string_view key) const {
  const GgufValue* value = find_value(metadata_, key);
  return value == nullptr ? nullptr : std::get_if<std::vector<std::string>>(value);
}

Result<std::optional<std::vector<int64_t>>> Gguf::get_ints(std::string_view key) const {
  const auto* unsigned_values = [&]() -> const std::vector<uint64_t>* {
    const GgufValue* value = find_value(metadata_, key);
    return value == nullptr ? nullptr : std::get_if<std::vector<uint64_t>>(value);
  }();
  if (unsigned_values == nullptr) return get<std::vector<int64_t>>(*this, key, "an array of integers");
  std::vector<int64_t> values;
  values.reserve(unsigned_values->size());
  for (const uint64_t value : *unsigned_values) {
    if (!std::in_range<int64_t>(value)) {
      return fail(ErrorCode::kBadFile, "{}: metadata '{}' holds {}, more than a signed 64-bit integer can",
                  path(), key, value);
    }
    values.push_back(static_cast<int64_t>(value));
  }
  return std::optional(std::move(values));
}

}  // namespace tern
