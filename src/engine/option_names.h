#pragma once
// Options as users write them: on the command line and through libtern.
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernels/attention/attention.h"
#include "models/model.h"

namespace tern {

/// --kv: f16, f32, i8. kInvalidArgument lists them, as for the others.
Result<TernKvFormat> kv_format_from_name(std::string_view name);
std::vector<std::string> kv_format_names();
/// --packing: auto, 2, 1.6.
Result<Packing> packing_from_name(std::string_view name);
std::vector<std::string> packing_names();
/// --dense-act: q8 (false), f32 (true).
Result<bool> dense_act_is_f32_from_name(std::string_view name);
std::vector<std::string> dense_act_names();

}  // namespace tern
