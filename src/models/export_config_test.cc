// What is written comes back as the same ModelConfig, through a whole model of either format.
#include "models/export_config.h"

#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

void expect_same(const ModelConfig& ours, const ModelConfig& expected, const std::string& which) {
  EXPECT_EQ(ours.arch, expected.arch) << which;
  EXPECT_EQ(ours.source_arch, expected.source_arch) << which;
  for (const auto member :
       {&ModelConfig::hidden, &ModelConfig::layers, &ModelConfig::heads, &ModelConfig::kv_heads,
        &ModelConfig::head_dim, &ModelConfig::ffn, &ModelConfig::vocab, &ModelConfig::max_positions}) {
    EXPECT_EQ(ours.*member, expected.*member) << which;
  }
  EXPECT_EQ(ours.rope_theta, expected.rope_theta) << which;
  EXPECT_EQ(ours.rms_eps, expected.rms_eps) << which;
  EXPECT_EQ(ours.tied_head, expected.tied_head) << which;
  EXPECT_EQ(ours.sub_norms, expected.sub_norms) << which;
  EXPECT_EQ(ours.linear_norms, expected.linear_norms) << which;
  EXPECT_EQ(ours.linear_norm_eps, expected.linear_norm_eps) << which;
  EXPECT_EQ(ours.activation, expected.activation) << which;
  EXPECT_EQ(ours.linear, expected.linear) << which;
  EXPECT_EQ(ours.float_linear, expected.float_linear) << which;
  EXPECT_EQ(ours.scale_op, expected.scale_op) << which;
  EXPECT_EQ(ours.dense_modules, expected.dense_modules) << which;
  EXPECT_EQ(ours.llama_rope_rows, expected.llama_rope_rows) << which;
  EXPECT_EQ(ours.bos, expected.bos) << which;
  EXPECT_EQ(ours.eos, expected.eos) << which;
}

/// Every combination of what a config may say; the numbers that print badly, too.
std::vector<ModelConfig> configs(const ModelConfig& base) {
  std::vector<ModelConfig> all;
  for (unsigned bits = 0; bits < 64; ++bits) {
    ModelConfig config = base;
    config.tied_head = (bits & 1) != 0;
    config.linear_norms = (bits & 2) != 0;
    config.linear_norm_eps = (bits & 2) != 0 ? 3e-7f : 1e-6f;
    if ((bits & 4) != 0) config.dense_modules = {"model.layers.1.mlp.down_proj", "q_proj"};
    config.scale_op = (bits & 8) != 0 ? ScaleOp::kDivide : ScaleOp::kMultiply;
    config.bos = (bits & 16) != 0 ? 0 : -1;
    if ((bits & 16) != 0) config.eos = {2};
    if ((bits & 32) != 0) config.eos = {7, 3, 52, 9, 4};
    config.rms_eps = (bits & 32) != 0 ? 1.1e-5f : 1e-6f;
    config.rope_theta = (bits & 1) != 0 ? 500000.0 : 10000.5;
    if (config.arch == "llama" && (bits & 32) != 0) config.head_dim *= 2;
    all.push_back(std::move(config));
  }
  return all;
}

/// Linears packed but in the modules that stay dense.
RawTensors stored_tensors(const TinyModel& tiny, bool packed) {
  RawTensors raw = hf_tensors(tiny, packed, DType::kF32, tiny.config.scale_op == ScaleOp::kDivide);
  for (const TinyTensor& tensor : tiny.tensors) {
    if (!is_dense_module(tiny.config, module_of(tensor.spec.name))) continue;
    raw[tensor.spec.name] = raw_floats(tensor, DType::kF32);
    raw.erase(hf_scale_name(tensor.spec));
  }
  return raw;
}

TEST(HfConfigExport, ComesBackAsItWas) {
  TempFolder folder;
  for (const char* arch : {"bitnet", "llama"}) {
    for (ModelConfig config : configs(tiny_config(arch))) {
      for (const bool packed : {true, false}) {
        config.source_arch = arch;
        config.linear = packed ? LinearKind::kTernaryStored : LinearKind::kTernaryOnline;
        config.float_linear = packed ? std::nullopt : std::optional(LinearKind::kTernaryOnline);
        const Json json = hf_config(config, {packed, !packed, DType::kBF16});
        write_hf(folder.path(), json, stored_tensors(make_tiny(config, 3), packed));
        write_file(folder.file("generation_config.json"), dump_json(hf_generation_config(config)));
        const auto file = ModelFile::open(folder.path(), {});
        ASSERT_TRUE(file) << file.error().message() << dump_json(json, 1);
        expect_same((*file)->config(), config, dump_json(json));
        EXPECT_TRUE((*file)->warnings().empty()) << (*file)->warnings()[0];
      }
    }
  }
}

TEST(HfConfigExport, DenseModelsSayNothingOfQuantization) {
  TempFolder folder;
  ModelConfig config = tiny_config("llama");
  config.source_arch = "llama";
  config.float_linear = LinearKind::kDense;
  const Json json = hf_config(config, {.dtype = DType::kF16});
  EXPECT_FALSE(json.contains("quantization_config"));
  EXPECT_EQ(json["dtype"], "float16");
  write_hf(folder.path(), json, hf_tensors(make_tiny(config, 3), /*packed=*/false));
  const auto file = ModelFile::open(folder.path(), {});
  ASSERT_TRUE(file) << file.error().message();
  expect_same((*file)->config(), config, "llama");
}

/// As people and transformers write them.
TEST(HfConfigExport, Spelling) {
  ModelConfig config = tiny_config("bitnet");
  config.eos = {2};
  Json json = hf_config(config, {.packed = true});
  EXPECT_EQ(dump_json(json["rms_norm_eps"]), "1e-05");
  EXPECT_EQ(json["architectures"], Json::array({"BitNetForCausalLM"}));
  EXPECT_EQ(json["eos_token_id"], 2);
  EXPECT_EQ(json["torch_dtype"], "bfloat16");
  EXPECT_EQ(json["rope_theta"], json["rope_parameters"]["rope_theta"]);
  EXPECT_EQ(json["quantization_config"]["linear_class"], "autobitlinear");
  EXPECT_EQ(json["quantization_config"]["quantization_mode"], "offline");
  EXPECT_EQ(json["quantization_config"]["modules_to_not_convert"], Json::array({"lm_head"}));
  config.scale_op = ScaleOp::kDivide;
  config.eos = {2, 3};
  json = hf_config(config, {.master = true});
  EXPECT_EQ(json["quantization_config"]["linear_class"], "bitlinear");
  EXPECT_EQ(json["quantization_config"]["quantization_mode"], "online");
  EXPECT_EQ(hf_generation_config(config)["eos_token_id"], Json::array({2, 3}));
}

TEST(GgufConfigExport, ComesBackAsItWas) {
  TempFolder folder;
  const std::string path = folder.file("model.gguf");
  for (const char* name : {"bitnet-b1.58", "bitnet", "llama"}) {
    const std::string arch = std::string(name) == "llama" ? "llama" : "bitnet";
    for (ModelConfig config : configs(tiny_config_256(arch))) {
      // What a GGUF file says of these, it says by its tensors, or not at all.
      if (config.linear_norms) continue;
      config.dense_modules.clear();
      config.scale_op = ScaleOp::kMultiply;
      config.source_arch = name;
      config.linear = LinearKind::kTernaryStored;
      config.llama_rope_rows = arch == "llama";
      if (arch == "llama") config.float_linear = LinearKind::kDense;
      const RawTensors tensors = gguf_tensors(make_tiny(config, 3), DType::kI2_S);
      GgufWriter writer;
      const Status added = add_gguf_config(writer, config, name, "a tiny model", 40);
      ASSERT_TRUE(added) << added.error().message();
      for (const auto& [tensor_name, tensor] : tensors) {
        writer.add_tensor(tensor_name, tensor.dtype, tensor.shape,
                          [&bytes = tensor.bytes](const GgufWriter::Sink& sink) { return sink(bytes); });
      }
      ASSERT_TRUE(writer.write(path, {}));
      const auto file = ModelFile::open(path, {});
      ASSERT_TRUE(file) << file.error().message();
      expect_same((*file)->config(), config, name);
      EXPECT_EQ(**(*file)->gguf()->get_string("general.name"), "a tiny model");
      EXPECT_EQ(**(*file)->gguf()->get_uint("general.file_type"), 40u);
    }
  }
}

/// What loaders of llama.cpp's family ask for, and in which type: they refuse other types.
TEST(GgufConfigExport, KeysAndTypes) {
  GgufWriter writer;
  ModelConfig config = tiny_config("bitnet");
  config.bos = 1;
  config.eos = {2, 3};
  ASSERT_TRUE(add_gguf_config(writer, config, "bitnet-b1.58", "x", 40));
  testing::TempFolder folder;
  ASSERT_TRUE(writer.write(folder.file("x.gguf"), {}));
  const auto file = Gguf::open(folder.file("x.gguf"));
  ASSERT_TRUE(file);
  std::string keys;
  for (const auto& [key, value] : (*file)->metadata()) {
    constexpr const char* kKinds[] = {"bool",  "int",  "uint",  "float",  "text",
                                      "bools", "ints", "uints", "floats", "texts"};
    keys += fmt::format("{} {}\n", key, kKinds[value.index()]);
  }
  EXPECT_EQ(keys,
            "bitnet-b1.58.attention.head_count uint\n"
            "bitnet-b1.58.attention.head_count_kv uint\n"
            "bitnet-b1.58.attention.key_length uint\n"
            "bitnet-b1.58.attention.layer_norm_rms_epsilon float\n"
            "bitnet-b1.58.attention.value_length uint\n"
            "bitnet-b1.58.block_count uint\n"
            "bitnet-b1.58.context_length uint\n"
            "bitnet-b1.58.embedding_length uint\n"
            "bitnet-b1.58.feed_forward_length uint\n"
            "bitnet-b1.58.hidden_activation text\n"
            "bitnet-b1.58.rope.dimension_count uint\n"
            "bitnet-b1.58.rope.freq_base float\n"
            "bitnet-b1.58.vocab_size uint\n"
            "general.architecture text\n"
            "general.file_type uint\n"
            "general.name text\n"
            "general.quantization_version uint\n"
            "general.type text\n"
            "tern.bos_token_id uint\n"
            "tern.eos_token_ids ints\n");
  EXPECT_EQ((*file)->get_string("bitnet-b1.58.hidden_activation").value(), "relu2");
}

TEST(GgufConfigExport, RefusesWhatTheFormatCannotSay) {
  ModelConfig norms = tiny_config("bitnet"), theta = norms;
  norms.linear_norms = true;
  theta.rope_theta = 10000.1;
  for (const ModelConfig& config : {norms, theta}) {
    GgufWriter writer;
    EXPECT_EQ(add_gguf_config(writer, config, "bitnet", "x", 0).error().code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace tern
