#include "train/recipe/recipe.h"

#include <algorithm>

#include "base/mmap.h"
#include "base/temporary.h"
#include "train/recipe/table_reader.h"

namespace tern::train {
namespace {

constexpr uint64_t kMaxRecipe = uint64_t{1} << 20;
constexpr int64_t kMany = int64_t{1} << 40;
constexpr double kBig = 1e12;

std::string relative_to(const std::string& folder, const std::string& path) {
  return path.empty() || path.starts_with('/') || folder == "." ? path : folder + "/" + path;
}

/// One of `choices`, by name.
template <typename T>
void read_choice(TableReader& table, std::string_view key,
                 std::initializer_list<std::pair<std::string_view, T>> choices, T& into) {
  std::string name, names;
  table.read(key, name);
  if (name.empty()) return;
  for (const auto& [known, value] : choices) {
    if (known == name) {
      into = value;
      return;
    }
    names += names.empty() ? known : fmt::format(", {}", known);
  }
  table.complain(key, fmt::format("must be one of {}", names));
}

/// What a block is made of: BitNet's arrangement, Llama's, or a mixture of both.
void read_block(TableReader& table, Recipe& recipe) {
  ModelConfig& model = recipe.model;
  model.activation = Activation::kRelu2;
  model.sub_norms = true;
  read_choice(table, "activation", {{"relu2", Activation::kRelu2}, {"silu", Activation::kSwiglu}},
              model.activation);
  table.read("sub_norms", model.sub_norms);
  if (table.has("activation")) recipe.activation = model.activation;
  if (table.has("sub_norms")) recipe.sub_norms = model.sub_norms;
  model.arch = model.source_arch = model.sub_norms ? "bitnet" : "llama";
}

void read_model(TableReader table, Recipe& recipe) {
  table.read("init_from", recipe.init_from);
  recipe.init_from = relative_to(recipe.folder, recipe.init_from);
  table.read("init_std", recipe.init_std, 1e-6, 10);
  ModelConfig& model = recipe.model;
  model.tied_head = true;
  read_block(table, recipe);
  model.linear = LinearKind::kTernaryOnline;
  model.float_linear = LinearKind::kTernaryOnline;
  model.rope_theta = 500000;
  double eps = model.rms_eps;
  if (!recipe.init_from.empty()) {
    table.close();  // the shape is that of the model in the folder
    return;
  }
  for (const char* key : {"hidden", "layers", "heads", "ffn", "max_positions"}) table.require(key);
  table.read("hidden", model.hidden, 1, 1 << 17);
  table.read("layers", model.layers, 1, 1024);
  table.read("heads", model.heads, 1, 1 << 12);
  model.kv_heads = model.heads;
  table.read("kv_heads", model.kv_heads, 1, 1 << 12);
  model.head_dim = model.heads > 0 ? model.hidden / model.heads : 0;
  table.read("head_dim", model.head_dim, 2, 1 << 12);
  table.read("vocab", model.vocab, 1, 1 << 24);
  table.read("ffn", model.ffn, 1, 1 << 17);
  table.read("max_positions", model.max_positions, 1, 1 << 20);
  table.read("rope_theta", model.rope_theta, 1, 1e12);
  table.read("rms_eps", eps, 1e-12, 1);
  model.rms_eps = static_cast<float>(eps);
  if (model.head_dim % 2 != 0) table.complain("head_dim", "must be even");
  if (model.kv_heads > 0 && model.heads % model.kv_heads != 0)
    table.complain("kv_heads", "must divide heads");
  if (model.sub_norms && model.heads * model.head_dim != model.hidden)
    table.complain("heads", "with sub-norms, heads times head_dim must be hidden");
  table.close();
}

void read_data(TableReader& root, Recipe& recipe) {
  for (auto& [name, table] : root.tables("data")) {
    DataRecipe& data = recipe.data[name];
    table.read("folder", data.folder);
    table.read("inputs", data.inputs);
    table.read("kind", data.kind);
    table.read("held_out", data.held_out, 0, 0.5);
    data.where = table.table("where").strings();
    table.read("decontaminate", data.decontaminate);
    if (table.has("folder") + table.has("inputs") + table.has("synth") != 1)
      table.complain("", "needs one of folder, inputs and synth");
    table.read("synth", data.synth);
    if (!data.synth.empty() && data.synth != "math" && data.synth != "stories")
      table.complain("synth", "must be one of math, stories");
    if (!data.synth.empty()) table.require("documents");
    table.read("documents", data.documents, 1, kMany);
    table.read("seed", data.seed, 0, INT64_MAX);
    table.read("chat", data.chat);
    data.folder = relative_to(recipe.folder, data.folder);
    for (auto* files : {&data.inputs, &data.decontaminate}) {
      for (std::string& file : *files) file = relative_to(recipe.folder, file);
    }
    table.close();
  }
}

void read_tokenizer(TableReader& root, Recipe& recipe) {
  if (!root.is_table("tokenizer")) {
    root.read("tokenizer", recipe.tokenizer);
    recipe.tokenizer = relative_to(recipe.folder, recipe.tokenizer);
    return;
  }
  TableReader table = root.table("tokenizer");
  for (const char* key : {"from", "vocab_size"}) table.require(key);
  table.read("from", recipe.tokenizer_from);
  table.read("vocab_size", recipe.tokenizer_size, 300, 1 << 20);
  for (const std::string& name : recipe.tokenizer_from) {
    const auto data = recipe.data.find(name);
    if (data == recipe.data.end() || !data->second.folder.empty())
      table.complain("from", fmt::format("'{}' is no [data] with inputs or synth", name));
  }
  table.close();
}

std::map<std::string, double> read_mix(TableReader& stage, std::string_view key, const Recipe& recipe) {
  std::map<std::string, double> mix;
  TableReader table = stage.table(key);
  for (const auto& [name, weight] : table.numbers(0, kBig)) {
    if (!recipe.data.contains(name)) table.complain(name, "there is no [data] of this name");
    mix[name] = weight;
  }
  return mix;
}

void read_schedule(TableReader table, Schedule& schedule) {
  table.require("shape");
  table.require("peak");
  std::string shape;
  table.read("shape", shape);
  if (!shape.empty()) {
    const auto parsed = parse_schedule_shape(shape);
    parsed ? void(schedule.shape = *parsed) : table.complain("shape", parsed.error().message());
  }
  table.read("steps", schedule.steps, 1, kMany);
  table.read("warmup", schedule.warmup, 0, kMany);
  table.read("peak", schedule.peak, 0, 10);
  table.read("second_peak", schedule.second_peak, 0, 10);
  table.read("last", schedule.last, 0, 10);
  table.read("switch_at", schedule.switch_at, 0.01, 0.99);
  table.read("decay", schedule.decay, 0.001, 1);
  table.read("weight_decay", schedule.weight_decay, 0, 10);
  table.read("lambda_steps", schedule.lambda_steps, 0, kMany);
  if (schedule.switch_step() && !table.has("second_peak")) table.complain("second_peak", "is missing");
  if (schedule.steps > 0 && schedule.warmup >= schedule.steps)
    table.complain("warmup", "must be less than steps");
  table.close();
}

void read_distillation(TableReader& stage, const Recipe& recipe, std::optional<DistillRecipe>& into,
                       StageKind kind) {
  TableReader table = stage.table("distill");
  if (!stage.has("distill")) return;
  DistillRecipe& distill = into.emplace();
  if (kind == StageKind::kDpo)
    stage.complain("distill", "is for pretrain and sft: dpo has a reference already");
  table.require("teacher");
  table.read("teacher", distill.teacher);
  distill.teacher = relative_to(recipe.folder, distill.teacher);
  table.read("logits", distill.logits, 0, kBig);
  table.read("temperature", distill.temperature, 0.01, 1000);
  table.read("attention", distill.attention, 0, kBig);
  if (distill.logits == 0 && distill.attention == 0)
    table.complain("", "asks the teacher nothing: logits or attention must be above 0");
  if (distill.attention > 0) table.require("attention_layer");
  table.read("attention_layer", distill.attention_layer, 0, 1023);
  if (recipe.init_from.empty() && distill.attention_layer >= recipe.model.layers)
    table.complain("attention_layer", "the model has no such layer; they count from 0");
  table.read("teacher_layer", distill.teacher_layer, 0, 1023);
  table.read("relation_heads", distill.relation_heads, 1, 1 << 12);
  table.close();
}

void read_exports(TableReader& table, const Recipe& recipe, StageRecipe& stage) {
  table.read("export", stage.exports);
  for (const std::string& name : stage.exports) {
    if (name != "packed" && name != "gguf")
      table.complain("export", "there are packed and gguf, beside the master");
  }
  if (!recipe.init_from.empty()) return;  // what that model is will be seen when it is opened
  const std::string problem = export_problem(stage, recipe.model.activation, recipe.model.sub_norms);
  if (!problem.empty()) table.complain("export", problem);
}

StageRecipe read_stage(TableReader& table, const Recipe& recipe) {
  StageRecipe stage;
  for (const char* key : {"name", "kind", "sequence", "rows_per_step"}) table.require(key);
  table.read("name", stage.name);
  if (stage.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos)
    table.complain("name", "names a folder: small letters, digits, _ and - only");
  read_choice(table, "kind",
              {{"pretrain", StageKind::kPretrain}, {"sft", StageKind::kSft}, {"dpo", StageKind::kDpo}},
              stage.kind);
  stage.mix = read_mix(table, "mix", recipe);
  stage.second_mix = read_mix(table, "second_mix", recipe);
  if (stage.mix.empty()) table.complain("mix", "names no data");
  table.read("sequence", stage.sequence, 2, 1 << 20);
  if (recipe.init_from.empty() && stage.sequence > recipe.model.max_positions)
    table.complain("sequence", "is longer than model.max_positions");
  table.read("rows_per_step", stage.rows_per_step, 1, 1 << 24);
  stage.rows_per_pass = stage.rows_per_step;
  table.read("rows_per_pass", stage.rows_per_pass, 1, 1 << 24);
  table.read("epochs", stage.epochs, 1e-3, 1e6);
  read_schedule(table.table("schedule"), stage.schedule);
  if ((stage.epochs > 0) == (stage.schedule.steps > 0))
    table.complain("", "needs either epochs or schedule.steps");
  TableReader adamw = table.table("adamw");
  adamw.read("beta1", stage.adamw.beta1, 0, 0.9999);
  adamw.read("beta2", stage.adamw.beta2, 0, 0.999999);
  adamw.read("epsilon", stage.adamw.epsilon, 0, 1);
  adamw.close();
  table.read("clip", stage.clip, 0, kBig);
  table.read("average", stage.average, 0, 0.999999);
  stage.sum_loss = stage.kind == StageKind::kSft;
  read_choice(table, "loss", {{"mean", false}, {"sum", true}}, stage.sum_loss);
  read_choice(
      table, "linears",
      {{"ternary", LinearMode::kTernary}, {"dense", LinearMode::kDense}, {"blend", LinearMode::kBlend}},
      stage.linears);
  table.read("recompute", stage.recompute);
  table.read("beta", stage.beta, 1e-6, 100);
  table.read("log_every", stage.log_every, 1, kMany);
  table.read("checkpoint_every", stage.checkpoint_every, 0, kMany);
  table.read("keep", stage.keep, 1, 1000);
  table.read("evaluate_every", stage.evaluate_every, 0, kMany);
  table.read("evaluate_rows", stage.evaluate_rows, 1, 1 << 20);
  table.read("histogram_every", stage.histogram_every, 0, kMany);
  table.read("spike", stage.spike, 0, kBig);
  read_choice(table, "on_spike", {{"stop", OnSpike::kStop}, {"roll-back", OnSpike::kRollBack}},
              stage.on_spike);
  read_distillation(table, recipe, stage.distill, stage.kind);
  read_exports(table, recipe, stage);
  table.close();
  return stage;
}

}  // namespace

std::string export_problem(const StageRecipe& stage, Activation activation, bool sub_norms) {
  if (stage.exports.empty()) return "";
  if (sub_norms != (activation == Activation::kRelu2)) {
    return "the engine runs relu2 with sub-norms and silu without: of other blocks there is the master alone";
  }
  const bool packed = std::find(stage.exports.begin(), stage.exports.end(), "packed") != stage.exports.end();
  if (stage.linears == LinearMode::kDense && (packed || sub_norms)) {
    return "linears = \"dense\" has no trits: there is the master alone, and gguf of a model with silu and "
           "without sub-norms";
  }
  const bool half_way = stage.linears == LinearMode::kBlend && stage.schedule.steps > 0 &&
                        stage.schedule.lambda(stage.schedule.steps) < 1;
  return half_way ? "the stage ends before lambda_steps, on the way to trits: there is the master alone" : "";
}

Result<Recipe> parse_recipe(std::string_view text, const std::string& path, const std::string& folder,
                            const std::vector<std::string>& sets) {
  TERN_ASSIGN(TomlNode document, parse_toml(text, path));
  for (const std::string& set : sets) TERN_TRY(set_in_toml(document, set));
  TableReader root(document, path);
  Recipe recipe;
  recipe.path = path;
  recipe.folder = folder;
  for (const char* key : {"out", "tokenizer", "model", "data", "stage"}) root.require(key);
  root.read("out", recipe.out);
  int64_t seed = 0;
  root.read("seed", seed, 0, INT64_MAX);
  recipe.seed = static_cast<uint64_t>(seed);
  root.read("threads", recipe.threads, 0, 4096);
  read_choice(root, "device", {{"cpu", false}, {"cuda", true}}, recipe.cuda);
  root.read("peak_tflops", recipe.peak_tflops, 0, 1e6);
  read_model(root.table("model"), recipe);
  read_data(root, recipe);
  read_tokenizer(root, recipe);
  for (TableReader& table : root.array("stage")) {
    StageRecipe stage = read_stage(table, recipe);
    const auto same = [&](const StageRecipe& other) { return other.name == stage.name; };
    if (std::any_of(recipe.stages.begin(), recipe.stages.end(), same))
      table.complain("name", "is another stage's too");
    recipe.stages.push_back(std::move(stage));
  }
  if (recipe.stages.empty()) root.complain("stage", "there is none");
  root.close();
  TERN_TRY(root.finish());
  return recipe;
}

Result<Recipe> read_recipe(const std::string& path, const std::vector<std::string>& sets) {
  TERN_ASSIGN(const std::string text, read_small_file(path, kMaxRecipe));
  return parse_recipe(text, path, folder_of(path), sets);
}

}  // namespace tern::train
