#pragma once
// safetensors, single file or sharded by model.safetensors.index.json: reader, safe on hostile files.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mmap.h"
#include "io/tensor_source.h"

namespace tern {

class Safetensors final : public TensorSource {
 public:
  /// `folder` holds model.safetensors (preferred, as transformers does) or model.safetensors.index.json and
  /// its shards. Shard names are checked as paths (no separators, no ..). Errors: kNotFound, kIo, kBadFile,
  /// kUnsupported (dtype: names it).
  static Result<std::unique_ptr<Safetensors>> open_folder(const std::string& folder);
  /// One file.
  static Result<std::unique_ptr<Safetensors>> open_file(const std::string& path);

  const TensorEntry* find(std::string_view name) const override;
  const std::vector<TensorEntry>& tensors() const override { return tensors_; }
  const std::string& path() const override { return path_; }

 private:
  Status add_file(const std::string& path);
  Status add_shards(const std::string& index_path);
  std::string path_;
  std::vector<MappedFile> files_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, size_t, std::less<>> index_;
};

}  // namespace tern
