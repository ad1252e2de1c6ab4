#include "train/group.h"

#include <algorithm>
#include <charconv>
#include <functional>

#ifdef TERN_TORCH_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace tern::train {
namespace {

constexpr int64_t kAlignment = 16;

class Alone final : public Group {
 public:
  Alone() : Group({}) {}
  Status sum(at::Tensor) override { return {}; }
  Status share(const at::Tensor&, const std::vector<int64_t>&) override { return {}; }
};

Result<int64_t> number_of(const char* name, const std::string& text, int64_t low, int64_t high) {
  int64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || value < low || value > high)
    return fail(ErrorCode::kInvalidArgument, "environment variable {}={}: must be a number from {} to {}",
                name, text, low, high);
  return value;
}

#ifdef TERN_TORCH_GLOO
class Gloo final : public Group {
 public:
  Gloo(const Place& place, c10::intrusive_ptr<c10d::ProcessGroupGloo> group)
      : Group(place), group_(std::move(group)) {}

  Status sum(at::Tensor tensor) override {
    return guarded([&] {
      std::vector<at::Tensor> tensors = {std::move(tensor)};
      group_->allreduce(tensors)->wait();
    });
  }

  Status share(const at::Tensor& whole, const std::vector<int64_t>& bounds) override {
    return guarded([&] {
      for (int64_t r = 0; r < world(); ++r) {
        const auto at = static_cast<size_t>(r);
        if (bounds[at] == bounds[at + 1]) continue;
        std::vector<at::Tensor> tensors = {whole.narrow(0, bounds[at], bounds[at + 1] - bounds[at])};
        c10d::BroadcastOptions options;
        options.rootRank = r;
        group_->broadcast(tensors, options)->wait();
      }
    });
  }

 private:
  Status guarded(const std::function<void()>& body) const {
    try {
      body();
    } catch (const std::exception& error) {
      return fail(ErrorCode::kNetwork,
                  "process {} of {} lost the others: one of them has ended, or the network failed ({})",
                  rank(), world(), error.what());
    }
    return {};
  }
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};
#endif

}  // namespace

Result<Place> place_from(const std::function<std::string(const char* name)>& variable) {
  constexpr std::pair<const char*, const char*> kStarters[] = {
      {"RANK", "WORLD_SIZE"},                            // torchrun
      {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},  // Open MPI
      {"PMI_RANK", "PMI_SIZE"},                          // MPICH
      {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},          // srun; in sbatch's own script the second is not set
  };
  constexpr int64_t kMost = 1 << 20;
  Place place;
  for (const auto& [rank, world] : kStarters) {
    if (variable(rank).empty() || variable(world).empty()) continue;
    TERN_ASSIGN(place.world, number_of(world, variable(world), 1, kMost));
    TERN_ASSIGN(place.rank, number_of(rank, variable(rank), 0, place.world - 1));
    break;
  }
  for (const char* name : {"SLURM_LAUNCH_NODE_IPADDR", "MASTER_ADDR"}) {
    if (!variable(name).empty()) place.address = variable(name);
  }
  if (!variable("MASTER_PORT").empty()) {
    TERN_ASSIGN(place.port, number_of("MASTER_PORT", variable("MASTER_PORT"), 1, 65535));
  }
  place.store_is_there = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  return place;
}

std::unique_ptr<Group> Group::alone() {
  return std::make_unique<Alone>();
}

Result<std::unique_ptr<Group>> Group::join(const Place& place) {
  if (place.world == 1) return alone();
#ifdef TERN_TORCH_GLOO
  try {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(place.port);
    options.isServer = place.rank == 0 && !place.store_is_there;
    options.numWorkers = static_cast<std::size_t>(place.world);
    const auto store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
    const auto group_options = c10d::ProcessGroupGloo::Options::create();
    group_options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
    group_options->threads = 1;
    return std::make_unique<Gloo>(
        place, c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(place.rank),
                                                           static_cast<int>(place.world), group_options));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kNetwork, "process {} of {} cannot meet the others at {}:{} ({})", place.rank,
                place.world, place.address, place.port, error.what());
  }
#else
  return fail(ErrorCode::kUnsupported, "{} processes: this build's LibTorch comes without Gloo's headers",
              place.world);
#endif
}

Status Group::wait() {
  return sum(at::zeros({1}));
}

std::vector<int64_t> even_bounds(int64_t n, int64_t world) {
  std::vector<int64_t> bounds = {0};
  const int64_t blocks = (n + kAlignment - 1) / kAlignment;
  for (int64_t r = 1; r <= world; ++r) bounds.push_back(std::min(n, blocks * r / world * kAlignment));
  return bounds;
}

}  // namespace tern::train
