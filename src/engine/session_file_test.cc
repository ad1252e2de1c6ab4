// Sessions on disk: the same bits with and without, and no file that is believed without proof.
#include <algorithm>
#include <chrono>
#include <future>
#include <set>

#include "base/checksum.h"
#include "base/memory_file.h"
#include "base/mutation.h"
#include "engine/fingerprint.h"
#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

class SessionFiles : public ::testing::TestWithParam<TernKvFormat> {
 protected:
  static constexpr size_t kTokens = 140;  // more than two pages

  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_tiny(folder_.file("m"), "bitnet");
    engine_ = open_engine(folder_.file("m"), 160, GetParam());
    ASSERT_NE(engine_, nullptr);
    ids_ = tiny_tokens(engine_->config(), kTokens, 1);
    path_ = folder_.file("session");
  }
  Ids part(size_t begin, size_t end) const {
    return {ids_.begin() + static_cast<ptrdiff_t>(begin), ids_.begin() + static_cast<ptrdiff_t>(end)};
  }
  /// Saves a session of the first n tokens.
  void save(size_t n) const {
    Session session(*engine_);
    if (n > 0) {
      ASSERT_TRUE(session.extend(part(0, n), 512));
    }
    const Status saved = session.save(path_);
    ASSERT_TRUE(saved) << saved.error().message();
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
  Ids ids_;
  std::string path_;
};

TEST_P(SessionFiles, LogitsBehindThemAreTheSameBits) {
  const std::vector<float> expected = *Session(*engine_).extend(ids_, 512);
  for (const size_t n : {1, 2, 63, 64, 65, 128, 139}) {
    save(n);
    Session session(*engine_);
    ASSERT_TRUE(session.extend(part(50, 120), 512));  // is forgotten
    const Status restored = session.restore(path_);
    ASSERT_TRUE(restored) << restored.error().message();
    EXPECT_EQ(session.cached(), part(0, n));
    EXPECT_TRUE(same_bits(*session.extend(part(n, kTokens), 512), expected)) << n;
  }
}

TEST_P(SessionFiles, AnswersAreTheSame) {
  GenerateOptions options;
  options.max_tokens = 12;
  options.sampler = {.temperature = 1.0f, .repetition_penalty = 1.2f, .seed = 8};
  options.ignore_eos = options.logprobs = true;
  save(100);
  for (const size_t n : {30, 100, 101, 130}) {
    Session restored(*engine_), fresh(*engine_);
    ASSERT_TRUE(restored.restore(path_));
    const Answer with = generate(&restored, part(0, n), options);
    EXPECT_EQ(with.result->cached_tokens, static_cast<int64_t>(std::min<size_t>(n - 1, 100)));
    expect_same(with, generate(&fresh, part(0, n), options));
  }
}

// The fingerprint, which the first call computes, needs the threads that another session may be computing
// with.
TEST_P(SessionFiles, WaitForTheirTurn) {
  Session session(*engine_);
  ASSERT_TRUE(session.extend(part(0, 3), 512));
  std::unique_lock turn(engine_->pass_mutex());
  auto saved = std::async(std::launch::async, [&] { return session.save(path_); });
  EXPECT_EQ(saved.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  turn.unlock();
  EXPECT_TRUE(saved.get().has_value());
}

// What rejected guesses and forgotten tokens left in the cache's last page is not in the file.
TEST_P(SessionFiles, AreAFunctionOfTheText) {
  save(70);
  const std::string expected = read_file(path_);
  Session longer(*engine_), restored(*engine_);
  ASSERT_TRUE(longer.extend(part(0, 70) + part(0, 40), 512));
  longer.rewind(70);
  ASSERT_TRUE(longer.save(path_));
  EXPECT_EQ(read_file(path_) == expected, true);
  ASSERT_TRUE(restored.restore(path_));
  ASSERT_TRUE(restored.save(path_));
  EXPECT_EQ(read_file(path_) == expected, true);
  const size_t row = engine_->options().kv == TERN_KV_I8    ? 10 + 4
                     : engine_->options().kv == TERN_KV_F16 ? 20
                                                            : 40;
  EXPECT_EQ(expected.size(), 8 + 7 * 8 + 70 * 4 + 70 * 2 * 2 * 2 * row + 8);
}

TEST_P(SessionFiles, EmptyOnes) {
  save(0);
  Session session(*engine_);
  ASSERT_TRUE(session.restore(path_));
  EXPECT_TRUE(session.cached().empty());
}

TEST_P(SessionFiles, ASmallerContextTakesTheBeginning) {
  save(140);
  const std::vector<float> expected = *Session(*engine_).extend(part(0, 100), 512);
  for (const int64_t context : {100, 128, 64, 1}) {
    engine_ = open_engine(folder_.file("m"), context, GetParam());
    Session session(*engine_);
    ASSERT_TRUE(session.restore(path_)) << context;
    EXPECT_EQ(session.cached(), part(0, static_cast<size_t>(context)));
    if (context < 100) continue;
    session.rewind(99);
    EXPECT_TRUE(same_bits(*session.extend(part(99, 100), 512), expected));
  }
}

// Behind a dropped stretch there is no text's cache.
TEST_P(SessionFiles, HoldWhatIsExact) {
  GenerateOptions options;
  options.max_tokens = 60;
  options.ignore_eos = options.context_shift = true;
  options.keep = 7;
  Session session(*engine_), restored(*engine_);
  ASSERT_GT(generate(&session, ids_, options).result->dropped_tokens, 0);
  ASSERT_TRUE(session.save(path_));
  ASSERT_TRUE(restored.restore(path_));
  EXPECT_EQ(restored.cached(), part(0, 7));
}

TEST_P(SessionFiles, OfAnotherCacheAreRefused) {
  save(3);
  engine_ = open_engine(folder_.file("m"), 160, GetParam() == TERN_KV_F32 ? TERN_KV_F16 : TERN_KV_F32);
  expect_error(Session(*engine_).restore(path_), ErrorCode::kInvalidArgument, "--kv");
}

INSTANTIATE_TEST_SUITE_P(Caches, SessionFiles, ::testing::Values(TERN_KV_F16, TERN_KV_F32, TERN_KV_I8),
                         [](const auto& info) {
                           return info.param == TERN_KV_F16   ? "f16"
                                  : info.param == TERN_KV_F32 ? "f32"
                                                              : "i8";
                         });

/// With its last 8 bytes made right.
std::string sealed(std::string file) {
  Checksum checksum;
  checksum.add(std::string_view(file).substr(0, file.size() - 8));
  const uint64_t sum = checksum.value();
  std::memcpy(file.data() + file.size() - 8, &sum, sizeof sum);
  return file;
}

class HostileSessions : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    open("bitnet");
  }
  void open(const char* arch) {
    write_tiny(folder_.file(arch), arch);
    engine_ = open_engine(folder_.file(arch), 160, TERN_KV_I8);
    ASSERT_NE(engine_, nullptr);
    Session session(*engine_);
    ASSERT_TRUE(session.extend(Ids{1, 2, 3}, 512));
    ASSERT_TRUE(session.save(folder_.file("s")));
    good_ = read_file(folder_.file("s"));
  }
  Status restore(const std::string& content) {
    file_.set(content);
    Session session(*engine_);
    Status status = session.restore(file_.path());
    EXPECT_TRUE(status.has_value() || session.cached().empty());
    return status;
  }
  std::string with_number(size_t index, uint64_t value) const {
    std::string file = good_;
    std::memcpy(file.data() + 8 + 8 * index, &value, sizeof value);
    return file;
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
  std::string good_;
  MemoryFile file_;
};

TEST_F(HostileSessions, TruncatedOrLonger) {
  ASSERT_TRUE(restore(good_));
  expect_error(restore(""), ErrorCode::kBadFile, "empty");
  for (size_t n = 1; n < good_.size(); ++n) {
    const Status status = restore(good_.substr(0, n));
    ASSERT_FALSE(status) << n;
    EXPECT_EQ(status.error().code(), ErrorCode::kBadFile) << n << ": " << status.error().message();
  }
  expect_error(restore(good_ + '\0'), ErrorCode::kBadFile, "checksum");
  expect_error(restore(sealed(good_ + std::string(8, '\0'))), ErrorCode::kBadFile, "contradict");
  expect_error(restore(sealed(good_.substr(0, good_.size() - 8))), ErrorCode::kBadFile, "contradict");
}

TEST_F(HostileSessions, AnyFlippedBit) {
  for (size_t bit = 0; bit < 8 * good_.size(); bit += 3) {
    std::string file = good_;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(restore(file)) << bit;
  }
}

TEST_F(HostileSessions, OtherFiles) {
  expect_error(restore("GGUF" + good_.substr(4)), ErrorCode::kInvalidArgument, "is no session file");
  expect_error(restore("x"), ErrorCode::kInvalidArgument, "is no session file");
  expect_error(restore(with_number(0, 2)), ErrorCode::kUnsupported, "version 2");
  expect_error(restore(sealed(with_number(1, 5))), ErrorCode::kInvalidArgument, "another model");
  Session session(*engine_);
  expect_error(session.restore(folder_.file("none")), ErrorCode::kNotFound, "none");
  EXPECT_EQ(session.restore(folder_.path()).error().code(), ErrorCode::kBadFile);
}

// Numbers at which sizes and types end, with a checksum that fits.
TEST_F(HostileSessions, NumbersOutOfRange) {
  Random random(5);
  for (size_t index = 2; index < 7; ++index) {
    uint64_t own;
    std::memcpy(&own, good_.data() + 8 + 8 * index, sizeof own);
    for (int i = 0; i < 60; ++i) {
      const uint64_t value = random.border(own);
      ASSERT_FALSE(restore(sealed(with_number(index, value)))) << index << ": " << value;
    }
  }
  for (const int32_t id : {-1, 53, INT32_MAX, INT32_MIN}) {
    std::string file = good_;
    std::memcpy(file.data() + 8 + 7 * 8 + 4, &id, sizeof id);
    expect_error(restore(sealed(file)), ErrorCode::kBadFile, fmt::format("token id {}", id));
  }
}

// A file may hold keys that no model gives: they may be an error, and nothing worse.
TEST_F(HostileSessions, KeysAndValuesOfNoModel) {
  Random random(6);
  const size_t rows = 8 + 7 * 8 + 16;
  for (int i = 0; i < 50; ++i) {
    if (i == 25) open("gemma3");  // whose first layer has a window
    std::string file = good_.substr(0, rows) + random.bytes(good_.size() - rows);
    file_.set(sealed(file));
    Session session(*engine_);
    ASSERT_TRUE(session.restore(file_.path()));
    const auto logits = session.extend(Ids{4, 5}, 512);
    if (logits) continue;
    EXPECT_EQ(logits.error().code(), ErrorCode::kNonFinite) << logits.error().message();
  }
}

TEST(Fingerprints, EveryNumberThatIsComputedWithIsInThem) {
  const ModelConfig config = tiny_config("gemma3");
  const std::vector<std::function<void(ModelConfig&)>> edits = {
      [](ModelConfig& c) { c.arch = "llama"; },
      [](ModelConfig& c) { ++c.hidden; },
      [](ModelConfig& c) { ++c.layers; },
      [](ModelConfig& c) { ++c.heads; },
      [](ModelConfig& c) { ++c.kv_heads; },
      [](ModelConfig& c) { ++c.head_dim; },
      [](ModelConfig& c) { ++c.ffn; },
      [](ModelConfig& c) { ++c.vocab; },
      [](ModelConfig& c) { c.rope_theta += 1; },
      [](ModelConfig& c) { c.rope_factor = 8; },
      [](ModelConfig& c) { ++c.window; },
      [](ModelConfig& c) { c.windowed_layers.flip(); },
      [](ModelConfig& c) { c.window_rope_theta += 1; },
      [](ModelConfig& c) { c.attention_scale = 0.25f; },
      [](ModelConfig& c) { c.embedding_scale = 2; },
      [](ModelConfig& c) { c.residual_scale = 2; },
      [](ModelConfig& c) { c.logit_divisor = 2; },
      [](ModelConfig& c) { c.rms_eps = 1e-6f; },
      [](ModelConfig& c) { c.tied_head = !c.tied_head; },
      [](ModelConfig& c) { c.sub_norms = !c.sub_norms; },
      [](ModelConfig& c) { c.linear_norms = !c.linear_norms; },
      [](ModelConfig& c) { c.linear_norm_eps = 1e-5f; },
      [](ModelConfig& c) { c.qkv_bias = !c.qkv_bias; },
      [](ModelConfig& c) { c.norms_less_one = !c.norms_less_one; },
      [](ModelConfig& c) { c.activation = Activation::kRelu2; },
      [](ModelConfig& c) { c.scale_op = ScaleOp::kDivide; },
      [](ModelConfig& c) { c.dense_modules = {"lm_head"}; },
      [](ModelConfig& c) { c.llama_rope_rows = !c.llama_rope_rows; }};
  std::set<std::string> seen = {config_meaning(config)};
  for (size_t i = 0; i < edits.size(); ++i) {
    ModelConfig edited = config;
    edits[i](edited);
    EXPECT_TRUE(seen.insert(config_meaning(edited)).second) << "edit " << i;
  }
}

// Whatever changes a key or a value changes the fingerprint.
TEST(Fingerprints, TellModelsApart) {
  ASSERT_TRUE(init_kernels());
  TempFolder folder;
  std::map<uint64_t, std::string> seen;
  const auto fingerprint = [](const std::string& path, const LoadOptions& load = {}, int threads = 1) {
    const auto file = ModelFile::open(path, {});
    EXPECT_TRUE(file) << (file ? "" : file.error().message());
    ThreadPool pool(threads);
    return file ? model_fingerprint(**file, load, &pool) : 0;
  };
  const auto expect_new = [&](const std::string& name, uint64_t value) {
    EXPECT_TRUE(seen.emplace(value, name).second) << name << " is as " << seen[value];
  };
  const auto write = [&](const std::string& name, const TinyModel& model) {
    write_hf(folder.file(name), hf_config(model.config, "packed"), hf_tensors(model, true));
    return folder.file(name);
  };
  const TinyModel tiny = make_tiny(tiny_config("bitnet"), 7);
  const uint64_t plain = fingerprint(write("m", tiny));
  expect_new("plain", plain);
  EXPECT_EQ(fingerprint(write("again", tiny), {}, 3), plain) << "of another folder, with other threads";
  EXPECT_EQ(fingerprint(folder.file("m"), {.packing = Packing::kT5, .head_screen = false}), plain);
  expect_new("dense_act_f32", fingerprint(folder.file("m"), {.dense_act_f32 = true}));
  for (size_t i = 0; i < tiny.tensors.size(); ++i) {
    TinyModel changed = tiny;
    TinyTensor& tensor = changed.tensors[i];
    const std::string& name = tensor.spec.name;
    if (tensor.trits.empty()) {
      tensor.values.back() += 0.125f;
    } else {
      tensor.trits.back() = static_cast<int8_t>(tensor.trits.back() == 1 ? 0 : 1);
      TinyModel scaled = tiny;
      scaled.tensors[i].scale *= 2;
      expect_new(name + "'s scale", fingerprint(write(name + "-scale", scaled)));
    }
    expect_new(name, fingerprint(write(name, changed)));
  }
  TinyModel theta = tiny;
  theta.config.rope_theta = 10000;
  expect_new("rope_theta", fingerprint(write("theta", theta)));
}

}  // namespace
}  // namespace tern
