#pragma once
// What tests of verify share: models as files, compared.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "convert/verify.h"
#include "models/tiny_model.h"

namespace tern::testing {

class VerifyFixture : public ::testing::Test {
 protected:
  /// A path that no file has had yet.
  std::string fresh(std::string_view name) { return folder_.file(fmt::format("{}-{}", files_++, name)); }

  std::string hf(const TinyModel& model, std::string_view mode, const RawTensors& tensors) {
    const std::string path = fresh(mode);
    write_hf(path, hf_config(model.config, mode), tensors);
    return path;
  }
  std::string packed(const TinyModel& model) {
    return hf(model, "packed", hf_tensors(model, true, DType::kF32));
  }
  std::string gguf(const TinyModel& model, DType type, I2sLayout layout = I2sLayout::kPublished,
                   const std::string& name = "bitnet-b1.58") {
    return gguf_with(model, type, gguf_keys(model.config, name), layout);
  }
  std::string gguf_with(const TinyModel& model, DType type, GgufKeys keys,
                        I2sLayout layout = I2sLayout::kPublished) {
    keys.u32["tokenizer.ggml.bos_token_id"] = 1;
    keys.u32["tokenizer.ggml.eos_token_id"] = 2;
    const std::string path = fresh("model.gguf");
    write_gguf(path, keys, gguf_tensors(model, type, layout));
    return path;
  }
  static VerifyReport compare(const std::string& a, const std::string& b, bool weights_only = true,
                              const OpenOptions& options_b = {}, const OpenOptions& options_a = {}) {
    const auto file_a = ModelFile::open(a, options_a), file_b = ModelFile::open(b, options_b);
    EXPECT_TRUE(file_a) << (file_a ? "" : file_a.error().message());
    EXPECT_TRUE(file_b) << (file_b ? "" : file_b.error().message());
    if (!file_a || !file_b) return {};
    ThreadPool pool(2);
    auto report = verify_models(**file_a, **file_b, {weights_only}, &pool, {});
    EXPECT_TRUE(report) << (report ? "" : report.error().message());
    return report ? std::move(*report) : VerifyReport{};
  }
  static void expect_same(const VerifyReport& report) {
    EXPECT_GT(report.values, 0u);
    for (const Difference& d : report.differences)
      ADD_FAILURE() << d.what << " " << d.where << ": " << d.text;
  }
  /// Exactly one difference, of that kind and at that place.
  static Difference only(const VerifyReport& report, std::string_view what, std::string_view where) {
    EXPECT_EQ(report.differences.size(), 1u);
    if (report.differences.empty()) return {};
    EXPECT_EQ(report.differences[0].what, what);
    EXPECT_EQ(report.differences[0].where, where);
    return report.differences[0];
  }

  TempFolder folder_;
  int files_ = 0;
};

}  // namespace tern::testing
