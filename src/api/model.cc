// Models: opened, described.
#include <optional>

#include "api/handles.h"
#include "engine/option_names.h"

namespace tern::api {
namespace {

// Sizes of the first version: no later library may ask for more.
constexpr size_t kOptionsBytes = 112, kFactsBytes = 112;
static_assert(sizeof(tern_model_options) >= kOptionsBytes && sizeof(tern_model_facts) >= kFactsBytes);

tern_model_options default_options() {
  tern_model_options options{};
  options.size = sizeof options;
  options.head_screen = 1;
  return options;
}

std::optional<std::string> text_or_nothing(const char* text) {
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

Result<EngineOptions> engine_options(const tern_model_options& given) {
  EngineOptions options;
  options.threads = given.threads;
  options.context = given.context;
  TERN_ASSIGN(options.kv, kv_format_from_name(given.kv == nullptr ? "f16" : given.kv));
  TERN_ASSIGN(options.load.packing, packing_from_name(given.packing == nullptr ? "auto" : given.packing));
  TERN_ASSIGN(options.load.dense_act_f32,
              dense_act_is_f32_from_name(given.dense_act == nullptr ? "q8" : given.dense_act));
  options.load.head_screen = given.head_screen != 0;
  options.open.linear_class = text_or_nothing(given.linear_class);
  options.open.linear = text_or_nothing(given.linear);
  options.open.activation = text_or_nothing(given.activation);
  options.open.i2s_layout = text_or_nothing(given.i2s_layout);
  options.open.pre = text_or_nothing(given.pre);
  options.open.tokenizer = text_or_nothing(given.tokenizer);
  options.open.chat_template = text_or_nothing(given.chat_template);
  options.open.chat_encoding = text_or_nothing(given.chat_encoding);
  return options;
}

Status open(const char* path, const tern_model_options* given, tern_model** out) {
  TERN_TRY(need(path, "path"));
  TERN_TRY(need(out, "model"));
  TERN_ASSIGN(const tern_model_options read,
              read_options(given, kOptionsBytes, default_options(), "tern_model_options"));
  TERN_ASSIGN(const EngineOptions options, engine_options(read));
  TERN_TRY(initialize());
  TERN_ASSIGN(auto engine, Engine::open(path, options));
  auto chat_template = engine->chat_template();
  *out = new tern_model{std::make_shared<const Loaded>(Loaded{std::move(engine), std::move(chat_template)})};
  return {};
}

tern_model_facts facts_of(const tern_model& model) {
  const Engine& engine = model.engine();
  const ModelConfig& config = engine.config();
  tern_model_facts facts{};
  facts.architecture = config.arch.c_str();
  facts.format = engine.file().format().data();  // a literal
  facts.vocab = config.vocab;
  facts.hidden = config.hidden;
  facts.layers = config.layers;
  facts.heads = config.heads;
  facts.kv_heads = config.kv_heads;
  facts.head_dim = config.head_dim;
  facts.ffn = config.ffn;
  facts.max_positions = config.max_positions;
  facts.context = engine.context();
  const auto tokenizer = engine.tokenizer();
  facts.bos = tokenizer ? (*tokenizer)->spec().bos : config.bos;
  facts.threads = engine.options().threads;
  facts.has_tokenizer = tokenizer.has_value();
  facts.has_chat_template = model.loaded->chat_template.has_value();
  return facts;
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

tern_status tern_model_options_init(tern_model_options* options, size_t size) {
  return call(
      [&] { return write_struct(default_options(), size, kOptionsBytes, options, "tern_model_options"); });
}

tern_status tern_model_open(const char* path, const tern_model_options* options, tern_model** model) {
  return call([&] { return open(path, options, model); });
}

void tern_model_free(tern_model* model) {
  delete model;
}

tern_status tern_model_get_facts(const tern_model* model, tern_model_facts* facts) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(model, "model"));
    TERN_TRY(need(facts, "facts"));
    return write_struct(facts_of(*model), facts->size, kFactsBytes, facts, "tern_model_facts");
  });
}
