#pragma once
// Are two files the same model? Across formats, packings, row orders and scale conventions.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "models/model_file.h"

namespace tern {

/// One thing that is not the same in two models.
struct Difference {
  /// "config", "shape", "kind", "trits", "scale", "values", "tokenizer" or "chat_template".
  std::string what;
  std::string where;  ///< the tensor's Hugging Face name, or the field
  std::string a, b;   ///< the two values, at (row, column) for tensors
  std::string text;   ///< all of it as a sentence without `where`
  // Of trits and values: how many differ, the first of them in row-major order, and how far values are apart.
  uint64_t count = 0, row = 0, column = 0;
  double max_abs = 0;
};

struct VerifyReport {
  std::vector<Difference> differences;
  /// What is worth knowing and no difference: scales that other engines will read otherwise.
  std::vector<std::string> remarks;
  uint64_t ternary_tensors = 0, trits = 0, float_tensors = 0, values = 0;  ///< compared
  bool same() const { return differences.empty(); }
};

struct VerifyOptions {
  bool weights_only = false;  ///< tokenizer, chat template and ends of text are not compared
};

/// Compares config, every tensor, tokenizer and chat template. Ternary linears are compared as the engine
/// runs them: trits in Hugging Face row order, the exact scale and how it applies; masters that are quantized
/// at load as what they become, and two of them as values too. Everything else is compared by the bits of its
/// values as float32. Configs of other sizes leave the tensors out. Memory: two matrices at a time.
/// `progress` (may be empty) gets bytes of `a` done and in all. Errors: what load_linear() finds broken;
/// kInterrupted.
Result<VerifyReport> verify_models(const ModelFile& a, const ModelFile& b, const VerifyOptions& options,
                                   ThreadPool* pool,
                                   const std::function<void(uint64_t done, uint64_t total)>& progress);

}  // namespace tern
