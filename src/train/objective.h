#pragma once
// What a stage minimizes.
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "data/loader.h"
#include "train/module.h"

namespace tern::train {

/// What batches of a step added up to; sums, so that those of micro-batches and ranks can be added.
struct StepSums {
  double loss = 0;                      ///< of all units, each counted once whatever its weight
  int64_t units = 0;                    ///< targets, or pairs
  int64_t tokens = 0;                   ///< inputs that are no padding
  double margin = 0;                    ///< of pairs: the reward of the chosen answer less that of the other
  int64_t correct = 0;                  ///< pairs whose margin is positive
  double divergence = 0, relation = 0;  ///< of a teacher: from its distributions, and from its relations
  StepSums& operator+=(const StepSums& other);
};

/// The documents of a batch, as rows of one pass.
Segments segments_of(const Batch& batch);
/// Inputs that are no padding.
int64_t tokens_of(const Batch& batch);
/// int64, where the module computes.
at::Tensor to_device(const std::vector<int32_t>& values, const Module& module);

class Objective {
 public:
  virtual ~Objective() = default;
  /// Targets or pairs of a batch: what a mean is taken over.
  virtual int64_t units(const Batch& batch) const = 0;
  /// One forward pass and, if gradients are enabled, one backward pass that adds to the parameters' gradients
  /// those of weight * the sum of the units' losses.
  virtual Result<StepSums> run(Module& module, const Batch& batch, double weight) const = 0;
};

/// Cross-entropy of the tokens that are targets.
class LanguageModelObjective final : public Objective {
 public:
  int64_t units(const Batch& batch) const override;
  Result<StepSums> run(Module& module, const Batch& batch, double weight) const override;
};

/// A document: (source, document) of Segment.
using DocumentKey = std::pair<int32_t, int64_t>;
/// The sum of its targets' log-probabilities.
using SequenceLogprobs = std::map<DocumentKey, double>;

/// Direct preference optimization (Rafailov et al., 2023): -log sigmoid(margin), margin = beta * ((log
/// p(chosen) - log p_ref(chosen)) - (log p(rejected) - log p_ref(rejected))), of sums of log-probabilities.
class DpoObjective final : public Objective {
 public:
  DpoObjective(double beta, SequenceLogprobs reference) : beta_(beta), reference_(std::move(reference)) {}
  int64_t units(const Batch& batch) const override;
  /// kBadFile when a document has no reference.
  Result<StepSums> run(Module& module, const Batch& batch, double weight) const override;

 private:
  double beta_;
  SequenceLogprobs reference_;
};

/// Those of a batch's documents, by the model as it is: what DpoObjective refers to.
SequenceLogprobs sequence_logprobs(Module& module, const Batch& batch);

}  // namespace tern::train
