#pragma once
// Makes a ConvertPlan: plan.cc what is dense and common, plan_ternary.cc trits and scales. Internal to
// src/convert.
#include <string>
#include <vector>

#include "convert/convert.h"

namespace tern {

class Planner {
 public:
  Planner(const ModelFile& file, const ConvertOptions& options, ThreadPool* pool,
          const WriteProgress& progress)
      : file_(file), pool_(pool), progress_(progress) {
    plan_.options = options;
    plan_.config = file.config();
  }

  /// Once.
  Result<ConvertPlan> make();

 private:
  bool gguf() const { return plan_.options.to == ConvertTarget::kGguf; }
  const std::string& name_of(const TensorSpec& spec) const { return gguf() ? spec.gguf_name : spec.name; }

  Status check_options();
  Status add(const TensorSpec& spec);
  Status add_dense(const TensorSpec& spec);
  Status add_ternary(const TensorSpec& spec, LinearKind kind);
  Status add_packed(const TensorSpec& spec, size_t linear);
  Status add_masters(const TensorSpec& spec, LinearKind kind, size_t linear);
  Status add_gguf_trits(const TensorSpec& spec, size_t linear);
  Status settle_scales();
  Status settle_config();
  void name_unused();

  /// One remark for all tensors that it concerns.
  static void remark(std::vector<Remark>& remarks, std::string_view text, const std::string& tensor);
  void lose(std::string_view reason, const std::string& tensor) { remark(plan_.losses, reason, tensor); }
  void note(std::string_view text, const std::string& tensor) { remark(plan_.notes, text, tensor); }

  const ModelFile& file_;
  ThreadPool* pool_;
  const WriteProgress& progress_;
  ConvertPlan plan_;
  std::vector<std::string> dense_modules_;
  uint64_t read_ = 0, to_read_ = 0;
};

}  // namespace tern
