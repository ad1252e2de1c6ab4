#include "apps/tern/model_options.h"

#include "apps/tern/ranges.h"
#include "engine/limits.h"
#include "engine/option_names.h"
#include "tokenizer/tokenizer.h"

namespace tern {

void add_open_options(CLI::App& app, OpenOptions* options, std::string_view prefix) {
  const auto flag = [prefix](std::string_view name) { return fmt::format("--{}{}", prefix, name); };
  app.add_option(flag("linear-class"), options->linear_class, "How a packed file applies its weight scales")
      ->check(CLI::IsMember({"autobitlinear", "bitlinear"}))
      ->group(kModelGroup);
  app.add_option(flag("linear"), options->linear, "What float weights without a quantization_config mean")
      ->check(CLI::IsMember({"dense", "ternary-online"}))
      ->group(kModelGroup);
  app.add_option(flag("activation"), options->activation, "The FFN's activation, whatever the file says")
      ->check(CLI::IsMember({"relu2", "silu", "gelu_pytorch_tanh"}))
      ->group(kModelGroup);
  app.add_option(flag("i2s-layout"), options->i2s_layout,
                 "How I2_S tensors are laid out; published when not given")
      ->check(CLI::IsMember(i2s_layout_names()))
      ->group(kModelGroup);
  app.add_option(flag("pre"), options->pre, "Pre-tokenizer, when the file does not name it")
      ->check(CLI::IsMember(pre_tokenizer_names()))
      ->group(kModelGroup);
  app.add_option(flag("tokenizer"), options->tokenizer,
                 "tokenizer.json, or tokenizer.model of tiktoken or sentencepiece, to use instead")
      ->type_name("FILE")
      ->group(kModelGroup);
  app.add_option(flag("chat-template"), options->chat_template, "Jinja chat template to use instead")
      ->type_name("FILE")
      ->group(kModelGroup);
  app.add_option(flag("chat-encoding"), options->chat_encoding,
                 "How a chat becomes ids; when not given: as the file says, else whole")
      ->check(CLI::IsMember({"whole", "parts"}))
      ->group(kModelGroup);
}

void add_load_options(CLI::App& app, LoadOptions* load) {
  load->packing = Packing::kAuto;
  app.add_option_function<std::string>(
         "--packing", [load](const std::string& bits) { load->packing = *packing_from_name(bits); },
         "Bits a trit in memory; auto when not given: what is faster here. The text is the same")
      ->check(CLI::IsMember(packing_names()))
      ->group(kModelGroup);
  app.add_option_function<std::string>(
         "--head-screen", [load](const std::string& word) { load->head_screen = word == "on"; },
         "Leave out logits that provably cannot matter to the sampler; on when not given. The text is the "
         "same")
      ->check(CLI::IsMember({"on", "off"}))
      ->group(kModelGroup);
}

void add_engine_options(CLI::App& app, EngineOptions* engine) {
  add_open_options(app, &engine->open);
  app.add_option_function<std::string>(
         "--kv", [engine](const std::string& name) { engine->kv = *kv_format_from_name(name); },
         "Type of the KV cache; f16 when not given")
      ->check(CLI::IsMember(kv_format_names()))
      ->group(kModelGroup);
  app.add_option_function<std::string>(
         "--dense-act",
         [engine](const std::string& name) {
           engine->load.dense_act_f32 = *dense_act_is_f32_from_name(name);
         },
         "Activations of dense quantized linears; q8 when not given")
      ->check(CLI::IsMember(dense_act_names()))
      ->group(kModelGroup);
  add_load_options(app, &engine->load);
}

void add_threads_option(CLI::App& app, EngineOptions* engine) {
  app.add_option("-t,--threads", engine->threads, "Threads; 0: every processor this process may use")
      ->check(between(0, kMaxThreads))
      ->type_name("N")
      ->group(kModelGroup);
}

void add_context_option(CLI::App& app, EngineOptions* engine) {
  app.add_option("--context", engine->context, "Most tokens of prompt and answer; 0: what the model allows")
      ->check(between(int64_t{0}, kMaxContext))
      ->type_name("N")
      ->group(kModelGroup);
}

void add_model_options_without_threads(CLI::App& app, ModelOptions* options) {
  app.add_option("-m,--model", options->path, "GGUF file or Hugging Face folder")
      ->required()
      ->type_name("MODEL")
      ->group(kModelGroup);
  add_engine_options(app, &options->engine);
  add_context_option(app, &options->engine);
}

void add_model_options(CLI::App& app, ModelOptions* options) {
  add_model_options_without_threads(app, options);
  add_threads_option(app, &options->engine);
}

}  // namespace tern
