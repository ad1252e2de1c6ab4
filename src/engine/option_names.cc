#include "engine/option_names.h"

#include <fmt/ranges.h>

#include <cstddef>
#include <utility>

namespace tern {
namespace {

template <typename Value>
using Named = std::pair<std::string_view, Value>;

constexpr Named<TernKvFormat> kKvFormats[] = {{"f16", TERN_KV_F16}, {"f32", TERN_KV_F32}, {"i8", TERN_KV_I8}};
constexpr Named<Packing> kPackings[] = {{"auto", Packing::kAuto}, {"2", Packing::kT2}, {"1.6", Packing::kT5}};
constexpr Named<bool> kDenseActIsF32[] = {{"q8", false}, {"f32", true}};

template <typename Value, size_t n>
std::vector<std::string> names_of(const Named<Value> (&table)[n]) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.emplace_back(name);
  return names;
}

template <typename Value, size_t n>
Result<Value> find(const Named<Value> (&table)[n], std::string_view name, std::string_view flag) {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return fail(ErrorCode::kInvalidArgument, "{} {}: must be one of {}", flag, name,
              fmt::join(names_of(table), ", "));
}

}  // namespace

Result<TernKvFormat> kv_format_from_name(std::string_view name) {
  return find(kKvFormats, name, "--kv");
}

std::vector<std::string> kv_format_names() {
  return names_of(kKvFormats);
}

Result<Packing> packing_from_name(std::string_view name) {
  return find(kPackings, name, "--packing");
}

std::vector<std::string> packing_names() {
  return names_of(kPackings);
}

Result<bool> dense_act_is_f32_from_name(std::string_view name) {
  return find(kDenseActIsF32, name, "--dense-act");
}

std::vector<std::string> dense_act_names() {
  return names_of(kDenseActIsF32);
}

}  // namespace tern
