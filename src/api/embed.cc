// Embeddings.
#include "engine/embedding.h"

#include "api/handles.h"

namespace tern::api {
namespace {

Result<Pooling> pooling_of(int32_t pooling) {
  if (pooling == TERN_POOL_MEAN) return Pooling::kMean;
  if (pooling == TERN_POOL_LAST) return Pooling::kLast;
  return fail(ErrorCode::kInvalidArgument, "pooling {}: must be TERN_POOL_MEAN or TERN_POOL_LAST", pooling);
}

Status embed_into(const tern_model* model, std::span<const int32_t> ids, int32_t pooling,
                  std::span<float> out) {
  const Engine& engine = model->engine();
  if (out.size() != static_cast<size_t>(engine.config().hidden)) {
    return fail(ErrorCode::kInvalidArgument, "an embedding of {}: this model's has {}", out.size(),
                engine.config().hidden);
  }
  TERN_ASSIGN(const Pooling how, pooling_of(pooling));
  TERN_ASSIGN(const std::vector<float> embedding, embed(engine, ids, how));
  std::copy(embedding.begin(), embedding.end(), out.begin());
  return {};
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

tern_status tern_embed(const tern_model* model, const int32_t* ids, size_t id_count, int32_t pooling,
                       float* embedding, size_t count) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(model, "model"));
    TERN_ASSIGN(const auto given, array(ids, id_count, "ids"));
    TERN_ASSIGN(const auto out, array(embedding, count, "embedding"));
    return embed_into(model, given, pooling, out);
  });
}
