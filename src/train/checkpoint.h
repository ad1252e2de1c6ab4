#pragma once
// What a run can go on from: a folder of checkpoints, each a folder of its own that appears when it is whole.
//
//   step-0000001200/state.json     {"format": 1, "step": 1200, "state": {..}, "tensors": {"masters":
//   {"elements": n,
//                                  "checksum": "<16 hex digits>"}, ..}}: written last
//   step-0000001200/<tensor>.f32   a flat buffer, little-endian float32
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "train/torch.h"

namespace tern::train {

/// Flat float32 buffers by name.
using NamedTensors = std::map<std::string, at::Tensor>;

class Checkpoints {
 public:
  /// `keep` newest ones stay, 1 or more. The folder is made by the first save.
  Checkpoints(std::string folder, int64_t keep) : folder_(std::move(folder)), keep_(keep) {}

  /// Replaces what there is of `step`, then removes all but the newest and `best` (which may not be there).
  /// Errors: kIo, after which older ones are as they were.
  Status save(int64_t step, const Json& state, const NamedTensors& tensors,
              std::optional<int64_t> best) const;
  /// Steps of the checkpoints that are there, ascending.
  std::vector<int64_t> steps() const;
  /// Fills `tensors` and returns the state. kNotFound; kBadFile when a file has another size or checksum, or
  /// the checkpoint other tensors: the message names it.
  Result<Json> load(int64_t step, const NamedTensors& tensors) const;
  const std::string& folder() const { return folder_; }

 private:
  std::string path_of(int64_t step) const;
  std::string folder_;
  int64_t keep_;
};

}  // namespace tern::train
