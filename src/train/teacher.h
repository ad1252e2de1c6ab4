#pragma once
#include <memory>
#include <string>

#include "train/export.h"
#include "train/module.h"

namespace tern::train {

/// A model that is only asked, beside the one that is trained.
class Teacher {
 public:
  /// The bfloat16, float16 or float32 model in `folder`: dense, or ternary where its config.json says so.
  /// Errors: those of ModelFile::open(), check_masters() and check_trainable(); kInvalidArgument when its
  /// tokens are not those of `student`.
  static Result<std::unique_ptr<Teacher>> open(const std::string& folder, const ModelFacts& student,
                                               bool cuda);

  const ModelConfig& config() const { return config_; }
  /// Has no gradients.
  Module& module() const { return *module_; }

 private:
  Teacher(const ModelConfig& config, bool cuda);

  ModelConfig config_;
  Parameters parameters_;
  std::unique_ptr<Ops> ops_;
  std::unique_ptr<Module> module_;
};

/// What the teacher in `folder` is, before its weights are read. Errors of Teacher::open(), but for its
/// tokens.
Result<std::shared_ptr<const ModelFile>> open_teacher_file(const std::string& folder);
/// kInvalidArgument when the tokens are not those of `student`.
Status check_tokens(const ModelFile& teacher, const ModelFacts& student);

}  // namespace tern::train
