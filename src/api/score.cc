// Scores.
#include "engine/score.h"

#include "api/handles.h"

namespace tern::api {
namespace {

Status score(Scorer* scorer, tern_score_item* item) {
  TERN_ASSIGN(const auto context, array(item->context, item->context_count, "context"));
  TERN_ASSIGN(const auto continuation, array(item->continuation, item->continuation_count, "continuation"));
  TERN_ASSIGN(const Score score, scorer->score(context, continuation));
  item->total = 0;
  for (size_t i = 0; i < score.logprobs.size(); ++i) {
    item->total += score.logprobs[i];
    if (item->logprobs != nullptr) item->logprobs[i] = score.logprobs[i];
  }
  item->greedy = score.greedy;
  return {};
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

tern_status tern_score(const tern_model* model, tern_score_item* items, size_t count) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(model, "model"));
    TERN_ASSIGN(const auto given, array(items, count, "items"));
    tern::Scorer scorer(model->engine());
    for (size_t i = 0; i < given.size(); ++i) {
      const tern::Status scored = score(&scorer, &given[i]);
      if (!scored) return tl::unexpected(scored.error().with_context(fmt::format("items[{}]", i)));
    }
    return {};
  });
}
