#include "convert/verify.h"

#include <cmath>

#include "base/interrupt.h"
#include "convert/compare_facts.h"
#include "convert/compare_tensors.h"
#include "models/linear_scale.h"

namespace tern {
namespace {

using internal::TensorPair;

/// The head's weights: its own tensor, or the embedding that it is tied to.
const TensorSpec* head_of(const ModelFile& file) {
  const TensorSpec* embedding = nullptr;
  for (const TensorSpec& spec : file.table()) {
    if (spec.role == TensorRole::kHead) return &spec;
    if (spec.role == TensorRole::kEmbedding) embedding = &spec;
  }
  return embedding;
}

/// The lines of the two tables that belong together. A head is left out when both are tied.
std::vector<TensorPair> pair_up(const ModelFile& a, const ModelFile& b) {
  std::vector<TensorPair> pairs;
  std::map<std::string_view, const TensorSpec*> of_b;
  for (const TensorSpec& spec : b.table()) of_b.emplace(spec.name, &spec);
  for (const TensorSpec& spec : a.table()) {
    const auto other = of_b.find(spec.name);
    if (spec.role != TensorRole::kHead && other != of_b.end()) pairs.push_back({a, b, spec, *other->second});
  }
  const TensorSpec *head_a = head_of(a), *head_b = head_of(b);
  if (head_a->role == TensorRole::kHead || head_b->role == TensorRole::kHead)
    pairs.push_back({a, b, *head_a, *head_b});
  return pairs;
}

/// Says of how many linears the exact scale is not what the format's own field says, which is all that others
/// read.
Result<std::string> standard_scale_remark(const ModelFile& file) {
  uint64_t other = 0;
  double worst = 0;
  std::string example;
  for (const TensorSpec& spec : file.table()) {
    const std::optional<float> exact = file.exact_scale(spec);
    if (!exact) continue;
    TERN_ASSIGN(const LinearScale standard, standard_linear_scale(file, spec));
    const bool divides = file.config().scale_op == ScaleOp::kDivide;
    const double meant = divides ? 1.0 / static_cast<double>(*exact) : static_cast<double>(*exact);
    const double error = std::fabs(static_cast<double>(standard.value) / meant - 1.0);
    if (!divides && standard.value == *exact) continue;
    if (other++ == 0 || error > worst) {
      worst = error;
      example = fmt::format("{}: they multiply by {}, exact is to {} by {}", spec.name, standard.value,
                            divides ? "divide" : "multiply", *exact);
    }
  }
  if (other == 0) return std::string();
  return fmt::format(
      "{}: engines that read only the format's own fields get another scale for {} linears, off by at "
      "most {:.3g} ({})",
      file.path(), other, worst, example);
}

/// Q8_0, say, meets int8 activations, and the same values as F32 do not: other logits.
std::string dense_type_remark(const std::vector<TensorPair>& pairs) {
  uint64_t others = 0;
  std::string example;
  for (const TensorPair& pair : pairs) {
    const DType a = pair.file_a.find(pair.a)->dtype, b = pair.file_b.find(pair.b)->dtype;
    const bool dense = pair.file_a.linear_kind(pair.a) == LinearKind::kDense &&
                       pair.a.role != TensorRole::kNorm && pair.a.role != TensorRole::kBias;
    if (!dense || a == b || dtype_info(a).block_elements == dtype_info(b).block_elements) continue;
    if (others++ == 0) {
      example = fmt::format("{}: {} against {}", pair.a.name, dtype_info(a).name, dtype_info(b).name);
    }
  }
  if (others == 0) return {};
  return fmt::format("{} dense tensors have other types ({}): equal values, but not the bits of the logits",
                     others, example);
}

}  // namespace

Result<VerifyReport> verify_models(const ModelFile& a, const ModelFile& b, const VerifyOptions& options,
                                   ThreadPool* pool,
                                   const std::function<void(uint64_t done, uint64_t total)>& progress) {
  VerifyReport report;
  const bool alike = internal::compare_configs(a.config(), b.config(), report.differences);
  if (!options.weights_only) internal::compare_texts(a, b, report.differences);
  if (!alike) {
    report.remarks.emplace_back("tensors are not compared: the sizes differ");
    return report;
  }
  const std::vector<TensorPair> pairs = pair_up(a, b);
  uint64_t done = 0, total = 0;
  for (const TensorPair& pair : pairs) total += a.find(pair.a)->bytes.size();
  for (const TensorPair& pair : pairs) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    TERN_TRY(internal::compare_tensors(pair, pool, report));
    done += a.find(pair.a)->bytes.size();
    if (progress) progress(done, total);
  }
  if (std::string remark = dense_type_remark(pairs); !remark.empty())
    report.remarks.push_back(std::move(remark));
  for (const ModelFile* file : {&a, &b}) {
    TERN_ASSIGN(std::string remark, standard_scale_remark(*file));
    if (!remark.empty()) report.remarks.push_back(std::move(remark));
  }
  return report;
}

}  // namespace tern
