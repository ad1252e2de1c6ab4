#pragma once
// Tests only: everything that a command does with a model file, up to the logits of a few tokens.
#include <memory>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "kernels/isa.h"
#include "models/model.h"
#include "models/model_file.h"

namespace tern::testing {

/// Every option that resolves an ambiguity.
inline OpenOptions decided() {
  OpenOptions options;
  options.linear_class = "autobitlinear";
  options.linear = "ternary-online";
  options.activation = "relu2";
  return options;
}

/// Opens the model, with the options' help where the file leaves something open; nullptr when it is refused.
inline std::shared_ptr<const ModelFile> open_model(const std::string& path) {
  auto file = ModelFile::open(path, {});
  if (!file && file.error().code() == ErrorCode::kAmbiguous) file = ModelFile::open(path, decided());
  return file ? *file : nullptr;
}

/// Loads the model and runs three tokens through it; whether that gave logits.
inline bool run_model(std::shared_ptr<const ModelFile> file, const LoadOptions& options) {
  [[maybe_unused]] static const bool ready = init_kernels().has_value();
  static ThreadPool pool(1);
  const auto model = Model::load(std::move(file), options, &pool);
  if (!model) return false;
  const ModelConfig& config = (*model)->config();
  KvView kv;
  kv.layout = {TERN_KV_F16, config.layers, config.kv_heads, config.head_dim};
  AlignedBuffer<uint8_t> page(kv.layout.page_bytes());
  kv.pages = {page.data()};
  const auto last = static_cast<int32_t>(config.vocab - 1);
  const std::vector<int32_t> ids = {0, last, last / 2};
  std::vector<float> logits(ids.size() * static_cast<size_t>(config.vocab));
  const SequenceChunk chunk{ids, 0, &kv, 0};
  return (*model)->forward({&chunk, 1}, &pool, logits.data()).has_value();
}

}  // namespace tern::testing
