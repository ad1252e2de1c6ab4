#include "apps/tern/chat/settings.h"

#include <array>
#include <variant>

#include "apps/tern/nearest.h"
#include "apps/tern/numbers.h"

namespace tern {
namespace {

using Value = std::variant<float*, int32_t*, int64_t*, uint64_t*>;

struct Setting {
  std::string_view name;
  Value (*value)(GenerateOptions*);
};

constexpr auto kSettings = std::to_array<Setting>({
    {"temperature", [](GenerateOptions* o) -> Value { return &o->sampler.temperature; }},
    {"top_k", [](GenerateOptions* o) -> Value { return &o->sampler.top_k; }},
    {"top_p", [](GenerateOptions* o) -> Value { return &o->sampler.top_p; }},
    {"min_p", [](GenerateOptions* o) -> Value { return &o->sampler.min_p; }},
    {"seed", [](GenerateOptions* o) -> Value { return &o->sampler.seed; }},
    {"max_tokens", [](GenerateOptions* o) -> Value { return &o->max_tokens; }},
    {"repeat_penalty", [](GenerateOptions* o) -> Value { return &o->sampler.repetition_penalty; }},
    {"presence_penalty", [](GenerateOptions* o) -> Value { return &o->sampler.presence_penalty; }},
    {"frequency_penalty", [](GenerateOptions* o) -> Value { return &o->sampler.frequency_penalty; }},
});

constexpr auto kNames = [] {
  std::array<std::string_view, kSettings.size()> names;
  for (size_t i = 0; i < names.size(); ++i) names[i] = kSettings[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> setting_names() {
  return kNames;
}

Status change_setting(std::string_view name, std::string_view value, GenerateOptions* options) {
  for (const Setting& setting : kSettings) {
    if (setting.name != name) continue;
    GenerateOptions changed = *options;
    const bool read =
        std::visit([&](auto* number) { return read_number(value, number); }, setting.value(&changed));
    if (!read) {
      const bool whole = !std::holds_alternative<float*>(setting.value(&changed));
      return fail(ErrorCode::kInvalidArgument, "{} '{}': is no {}, or out of range", name, value,
                  whole ? "whole number" : "number");
    }
    TERN_TRY(check_sampler_options(changed.sampler));
    if (changed.max_tokens < -1) {
      return fail(ErrorCode::kInvalidArgument,
                  "max_tokens {}: must be -1 (until the context is full) or more", changed.max_tokens);
    }
    *options = std::move(changed);
    return {};
  }
  const std::string nearest = nearest_name(name, kNames);
  return fail(ErrorCode::kInvalidArgument, "there is no setting '{}': {}", name,
              nearest.empty() ? "/set lists them" : fmt::format("did you mean {}?", nearest));
}

std::string settings_text(const GenerateOptions& options) {
  GenerateOptions copy = options;
  std::string text;
  for (const Setting& setting : kSettings) {
    std::visit([&](auto* number) { text += fmt::format("{:<18} {}\n", setting.name, *number); },
               setting.value(&copy));
  }
  return text;
}

}  // namespace tern
