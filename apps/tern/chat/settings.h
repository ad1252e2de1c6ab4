#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/session.h"

namespace tern {

/// What /set may change, in the order of settings_text().
std::span<const std::string_view> setting_names();

/// Sets `name` to what `value` says. kInvalidArgument, and `options` as they were, when there is no such
/// setting (the nearest is named), or `value` is no such number or out of range.
Status change_setting(std::string_view name, std::string_view value, GenerateOptions* options);

/// A line "name value" for each.
std::string settings_text(const GenerateOptions& options);

}  // namespace tern
