#pragma once
// Knowledge distillation: a dense teacher shows what to say, and how tokens are related (BitDistill, arXiv
// 2510.13998).
#include "train/objective.h"
#include "train/recipe/recipe.h"

namespace tern::train {

/// The recipe with layers and heads filled in. kInvalidArgument names the key of a layer or a number of heads
/// that one of the models does not have.
Result<DistillRecipe> fill_in(const DistillRecipe& recipe, const ModelConfig& student,
                              const ModelConfig& teacher);

/// The cross-entropy of the tokens that are targets, and
///   logits * KL(teacher || student), of both distributions at the temperature, of the same tokens;
///   attention * the divergence of the relations Q-Q, K-K and V-V (Ops::relation_divergence) of one layer, a
///   mean over a document's tokens and the heads, summed over the three; it counts once for each of the
///   document's targets, so that all parts have one unit.
class DistillObjective final : public Objective {
 public:
  /// `teacher` is a module of shape `other`, and outlives it. Errors of fill_in().
  static Result<std::unique_ptr<Objective>> create(const DistillRecipe& recipe, const ModelConfig& student,
                                                   const ModelConfig& other, Module& teacher);
  int64_t units(const Batch& batch) const override;
  Result<StepSums> run(Module& module, const Batch& batch, double weight) const override;

 private:
  DistillObjective(DistillRecipe recipe, Module& teacher) : recipe_(std::move(recipe)), teacher_(teacher) {}

  DistillRecipe recipe_;  ///< layers and heads filled in
  Module& teacher_;
};

}  // namespace tern::train
