#pragma once
// Tests only: everything that commands do with a model file.
#include "base/check.h"
#include "convert/convert.h"
#include "convert/verify.h"
#include "models/try_model.h"

namespace tern::testing {

/// Plans the model's way to every target, which makes all of an output but its tensors' bytes, and compares
/// it with itself: the first error.
inline Status convert_and_verify(const std::string& path) {
  static ThreadPool pool(1);
  TERN_ASSIGN(const auto file, open_model(path));
  for (const ConvertTarget to : {ConvertTarget::kGguf, ConvertTarget::kHfPacked, ConvertTarget::kHfMasters}) {
    TERN_TRY(plan_conversion(*file, {.to = to}, &pool, {}));
  }
  TERN_ASSIGN(const VerifyReport report, verify_models(*file, *file, {}, &pool, {}));
  TERN_CHECK(report.same());
  return {};
}

/// try_model(), and what else there is. The first error of trying the model, which is what tells broken files
/// from others: a conversion may well be refused where the model runs.
inline std::optional<Error> try_commands(const std::string& path) {
  const std::optional<Error> error = try_model(path);
  (void)convert_and_verify(path);
  return error;
}

}  // namespace tern::testing
