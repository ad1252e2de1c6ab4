#include "train/reference.h"

#include <fstream>
#include <sstream>

#include "base/atomic_file.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mmap.h"
#include "base/progress.h"

namespace tern::train {
namespace {

/// One line a document, "source document logprob", the number exact; then "end", so that half a file is not
/// taken for one.
constexpr std::string_view kEnd = "end";

std::string as_text(const SequenceLogprobs& logprobs) {
  std::string text;
  for (const auto& [key, value] : logprobs) text += fmt::format("{} {} {:a}\n", key.first, key.second, value);
  return text + std::string(kEnd) + "\n";
}

Status read_into(const std::string& file, SequenceLogprobs& logprobs) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line == kEnd) return {};
    std::istringstream words(line);
    DocumentKey key;
    std::string value;
    if (!(words >> key.first >> key.second >> value)) break;
    logprobs[key] = std::strtod(value.c_str(), nullptr);
  }
  return fail(ErrorCode::kBadFile, "{}: broken; remove it, and it is made again", file);
}

Result<SequenceLogprobs> compute(Module& module, LoaderOptions data, Group& group) {
  // Every document once: sources end together when their weights are their sizes.
  TERN_ASSIGN(Loader loader, Loader::open(data));
  std::vector<double> sizes;
  double rows = 0;
  for (size_t i = 0; i < data.sources.size(); ++i)
    rows += sizes.emplace_back(static_cast<double>(loader.facts(i).rows));
  TERN_TRY(loader.set_weights(sizes));
  const auto unseen = [&] {
    for (size_t i = 0; i < data.sources.size(); ++i) {
      if (loader.seen(i).epoch == 0) return true;
    }
    return false;
  };
  SequenceLogprobs found;
  Progress progress("reference log-probabilities", static_cast<uint64_t>(rows));
  uint64_t done = 0;
  while (unseen()) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    loader.next_step();
    const RowRange own = rank_rows(data.rows_per_step, group.rank(), group.world());
    if (own.rows > 0) {
      TERN_ASSIGN(const Batch batch, loader.batch(own.first, own.rows));
      if (!batch.parts.empty()) found.merge(sequence_logprobs(module, batch));
    }
    progress.update(done += static_cast<uint64_t>(data.rows_per_step));
  }
  return found;
}

}  // namespace

Result<SequenceLogprobs> reference_logprobs(Module& module, const LoaderOptions& data, Group& group,
                                            const std::string& file) {
  SequenceLogprobs all;
  const auto part = [&](int64_t rank) { return fmt::format("{}.{}", file, rank); };
  if (!path_exists(file)) {
    TERN_ASSIGN(const SequenceLogprobs own, compute(module, data, group));
    TERN_TRY(write_whole_file(part(group.rank()), as_text(own)));
    TERN_TRY(group.wait());
    if (group.first()) {
      for (int64_t r = 0; r < group.world(); ++r) TERN_TRY(read_into(part(r), all));
      TERN_TRY(write_whole_file(file, as_text(all)));
      for (int64_t r = 0; r < group.world(); ++r) std::remove(part(r).c_str());
    }
    TERN_TRY(group.wait());
    all.clear();
  }
  TERN_TRY(read_into(file, all));
  return all;
}

}  // namespace tern::train
