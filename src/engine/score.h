#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/session.h"

namespace tern {

/// How likely a model finds a text behind another.
struct Score {
  std::vector<double> logprobs;  ///< one a token, of the model's own distribution (engine/logprobs.h)
  bool greedy = true;            ///< each token is the likeliest at its place, the lowest id among equals
};

/// Scores one text after the other. What a text begins with as the one before is not run again.
class Scorer {
 public:
  explicit Scorer(const Engine& engine) : engine_(engine), session_(engine) {}
  /// Of `continuation` behind `context`, neither empty. Errors: kInvalidArgument, kContextFull; as
  /// Model::forward().
  Result<Score> score(std::span<const int32_t> context, std::span<const int32_t> continuation);

 private:
  const Engine& engine_;
  Session session_;
};

}  // namespace tern
