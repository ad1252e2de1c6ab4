#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/error.h"
#include "engine/session.h"
#include "eval/windows.h"

namespace tern {

/// Predictions of counted tokens that follow each other: row i of `logits` is what the model made of the
/// tokens of its window before targets[i].
struct LogitSlice {
  std::span<const int32_t> targets;  ///< [n], at least one
  std::span<const float> logits;     ///< [n, vocab]
  size_t vocab = 0;
  std::span<const float> row(size_t i) const { return logits.subspan(i * vocab, vocab); }
};

/// The rolling log-likelihood's logits: runs every window of `ids` from an empty cache and gives `sink` the
/// logits of the counted tokens, in the order of the text and in slices of some 64 MB, whatever the window
/// and the vocabulary. The bits do not depend on the slices. Errors: the sink's; kInterrupted on Ctrl-C,
/// after whole slices; as Model::forward().
/// The windows' context must fit engine.context().
Status roll_logits(const Engine& engine, std::span<const int32_t> ids, Windows windows,
                   const std::function<Status(const LogitSlice&)>& sink);

}  // namespace tern
