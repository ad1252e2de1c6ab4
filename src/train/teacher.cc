#include "train/teacher.h"

#include <algorithm>

#include "models/arch.h"

namespace tern::train {
/// Distributions can be compared only when a place in them means the same token.
Status check_tokens(const ModelFile& teacher, const ModelFacts& student) {
  const auto refuse = [&](const std::string& why) {
    return Status(fail(ErrorCode::kInvalidArgument,
                       "{}: {}; a teacher needs the tokenizer and the vocabulary of its student",
                       teacher.path(), why));
  };
  if (!teacher.tokenizer()) return refuse("has no tokenizer that is supported");
  if (teacher.config().vocab != student.config.vocab) {
    return refuse(fmt::format("has a vocabulary of {}, the student one of {}", teacher.config().vocab,
                              student.config.vocab));
  }
  const auto &own = teacher.tokenizer()->tokens, &other = student.tokenizer.tokens;
  if (own == other) return {};
  if (own.size() != other.size())
    return refuse(fmt::format("has {} tokens, the student {}", own.size(), other.size()));
  const auto differ = std::mismatch(own.begin(), own.end(), other.begin());
  return refuse(fmt::format("its token {} is {}, the student's {}", differ.first - own.begin(),
                            dump_json(Json(*differ.first)), dump_json(Json(*differ.second))));
}

Teacher::Teacher(const ModelConfig& config, bool cuda)
    : config_(config),
      parameters_((*arch_by_name(config.arch))->tensor_table(config), cuda ? at::kCUDA : at::kCPU, true),
      ops_(make_ops(cuda)) {}

Result<std::shared_ptr<const ModelFile>> open_teacher_file(const std::string& folder) {
  TERN_ASSIGN(auto file, ModelFile::open(folder, {}));
  TERN_TRY(check_masters(*file));
  const Status known = check_trainable(file->config());
  if (!known) return tl::unexpected<Error>(known.error().with_context(folder));
  return file;
}

Result<std::unique_ptr<Teacher>> Teacher::open(const std::string& folder, const ModelFacts& student,
                                               bool cuda) {
  TERN_ASSIGN(const auto file, open_teacher_file(folder));
  TERN_TRY(check_tokens(*file, student));
  std::unique_ptr<Teacher> teacher(new Teacher(file->config(), cuda));
  TERN_TRY(load_masters(*file, teacher->parameters_));
  const bool ternary = file->config().linear == LinearKind::kTernaryOnline;
  const ModuleOptions options{ternary ? LinearMode::kTernary : LinearMode::kDense, false};
  TERN_ASSIGN(teacher->module_, make_module(teacher->config_, teacher->parameters_, *teacher->ops_, options));
  TERN_TRY(teacher->module_->prepare(1));
  return teacher;
}

}  // namespace tern::train
