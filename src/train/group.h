#pragma once
// The processes that train one model together, each on rows of its own.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/torch.h"

namespace tern::train {

/// Where this process stands, as torchrun, mpirun (Open MPI, MPICH) or srun say it in the environment.
struct Place {
  int64_t rank = 0, world = 1;
  std::string address = "127.0.0.1";  ///< where rank 0 listens
  int64_t port = 29500;
  bool store_is_there = false;  ///< torchrun's own process listens already
};
/// `variable` gives an environment variable, "" when it is not set. kInvalidArgument names one that makes no
/// sense.
Result<Place> place_from(const std::function<std::string(const char* name)>& variable);

/// Errors of all: kNetwork when another process is gone.
class Group {
 public:
  virtual ~Group() = default;
  /// One process alone.
  static std::unique_ptr<Group> alone();
  /// Waits for all others. kUnsupported when this build cannot.
  static Result<std::unique_ptr<Group>> join(const Place& place);

  int64_t rank() const { return place_.rank; }
  int64_t world() const { return place_.world; }
  bool first() const { return place_.rank == 0; }
  /// The sum over all processes, in place.
  virtual Status sum(at::Tensor tensor) = 0;
  /// In place, element ranges [bounds[r], bounds[r + 1]) of a flat tensor from process r to all others.
  virtual Status share(const at::Tensor& whole, const std::vector<int64_t>& bounds) = 0;
  /// Until all have come here.
  Status wait();

 protected:
  explicit Group(Place place) : place_(std::move(place)) {}
  Place place_;
};

/// Even shares of [0, n), each beginning at a multiple of 16: world + 1 bounds.
std::vector<int64_t> even_bounds(int64_t n, int64_t world);

}  // namespace tern::train
