#pragma once
// Tests only: everything that a command does with a model file, up to the logits of a few tokens.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "kernels/isa.h"
#include "models/model.h"
#include "models/model_file.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/tokenizer.h"

namespace tern::testing {

/// Every option that resolves an ambiguity.
inline OpenOptions decided() {
  OpenOptions options;
  options.linear_class = "autobitlinear";
  options.linear = "ternary-online";
  options.activation = "relu2";
  return options;
}

/// Opens the model, with the options' help where the file leaves something open.
inline Result<std::shared_ptr<const ModelFile>> open_model(const std::string& path) {
  auto file = ModelFile::open(path, {});
  if (!file && file.error().code() == ErrorCode::kAmbiguous) file = ModelFile::open(path, decided());
  return file;
}

/// Loads the model and runs three tokens through it.
inline Status run_model(std::shared_ptr<const ModelFile> file, const LoadOptions& options) {
  [[maybe_unused]] static const bool ready = init_kernels().has_value();
  static ThreadPool pool(1);
  TERN_ASSIGN(const auto model, Model::load(std::move(file), options, &pool));
  const ModelConfig& config = model->config();
  KvView kv;
  kv.layout = {TERN_KV_F16, config.layers, config.kv_heads, config.head_dim};
  AlignedBuffer<uint8_t> page(kv.layout.page_bytes());
  kv.pages = {page.data()};
  const auto last = static_cast<int32_t>(config.vocab - 1);
  const std::vector<int32_t> ids = {0, last, last / 2};
  std::vector<float> logits(ids.size() * static_cast<size_t>(config.vocab));
  const SequenceChunk chunk{ids, 0, &kv, 0};
  return model->forward({&chunk, 1}, &pool, logits.data());
}

/// Opens the model, builds its tokenizer and parses its template, loads its weights into every layout that
/// memory may have, and runs it: the first error, or nothing.
inline std::optional<Error> try_model(const std::string& path) {
  const auto attempt = [&]() -> Status {
    TERN_ASSIGN(const auto file, open_model(path));
    if (file->tokenizer()) {
      TERN_ASSIGN(const auto tokenizer, Tokenizer::create(*file->tokenizer()));
      (void)tokenizer->encode("Hello, it's\n\t1234 \xF0\x9F\x98\x80\xFF<|eot_id|>", {.parse_special = true});
    }
    if (!file->chat_template().empty()) {
      TERN_ASSIGN(const auto chat_template, ChatTemplate::parse(file->chat_template()));
      TERN_TRY(chat_template->render({{"user", "Hello"}}, true, "<s>", "</s>"));
    }
    TERN_TRY(run_model(file, {}));
    return run_model(file, {.packing = Packing::kT5, .dense_act_f32 = true, .head_screen = false});
  };
  const Status status = attempt();
  return status ? std::nullopt : std::optional(status.error());
}

}  // namespace tern::testing
