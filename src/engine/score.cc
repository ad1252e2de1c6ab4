#include "engine/score.h"

#include <algorithm>

#include "engine/logprobs.h"
#include "engine/slices.h"

namespace tern {
namespace {

Status check(std::span<const int32_t> context, std::span<const int32_t> continuation, const Engine& engine) {
  if (context.empty() || continuation.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the {} is empty; give at least one token{}",
                context.empty() ? "context" : "continuation",
                context.empty() ? ", such as the beginning-of-text token" : "");
  }
  for (const int32_t id : continuation) {  // the last one is never run, so nobody else looks at it
    if (id < 0 || id >= engine.config().vocab) {
      return fail(ErrorCode::kInvalidArgument, "token id {} is outside the vocabulary of {}", id,
                  engine.config().vocab);
    }
  }
  const auto room = static_cast<size_t>(engine.context());
  if (context.size() > room || continuation.size() - 1 > room - context.size()) {
    return fail(ErrorCode::kContextFull, "{} tokens and {} behind them do not fit the context of {}",
                context.size(), continuation.size(), room);
  }
  return {};
}

}  // namespace

Result<Score> Scorer::score(std::span<const int32_t> context, std::span<const int32_t> continuation) {
  TERN_TRY(check(context, continuation, engine_));
  std::vector<int32_t> ids(context.begin(), context.end());
  ids.insert(ids.end(), continuation.begin(), continuation.end() - 1);
  const auto text = std::span<const int32_t>(ids);
  const size_t first = context.size() - 1;  // its logits predict the continuation's first token

  const std::vector<int32_t>& cached = session_.cached();
  const auto same = std::mismatch(cached.begin(), cached.end(), text.begin(), text.end()).first;
  session_.rewind(std::min(static_cast<size_t>(same - cached.begin()), first));
  const size_t begin = cached.size();
  if (begin < first) {
    TERN_TRY(session_.extend_into(text.subspan(begin, first - begin), kSliceTokens, {}));
  }

  const auto vocab = static_cast<size_t>(engine_.config().vocab);
  const size_t most = std::min(logit_rows_per_slice(vocab), continuation.size());
  std::vector<float> logits(most * vocab);
  Score score;
  for (size_t i = 0; i < continuation.size(); i += most) {
    const size_t n = std::min(most, continuation.size() - i);
    TERN_TRY(
        session_.extend_into(text.subspan(first + i, n), kSliceTokens, std::span(logits).first(n * vocab)));
    for (size_t r = 0; r < n; ++r) {
      const auto row = std::span<const float>(logits).subspan(r * vocab, vocab);
      const int32_t id = continuation[i + r];
      score.logprobs.push_back(LogSoftmax(row).of(id));
      score.greedy &= std::max_element(row.begin(), row.end()) - row.begin() == id;
    }
  }
  return score;
}

}  // namespace tern
