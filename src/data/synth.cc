#include "data/synth.h"

#include "base/checksum.h"
#include "base/json.h"

namespace tern {
namespace {

/// Tries for a document that was not there yet.
constexpr int kTries = 100;

Json document(const SynthOptions& options, SeededRandom& random) {
  const bool math = options.kind == SynthKind::kMath;
  if (!options.chat) return {{"text", math ? math_document(random) : story(random)}};
  const Exchange exchange = math ? math_problem(random) : story_wish(random);
  return {{"messages",
           {{{"role", "user"}, {"content", exchange.question}},
            {{"role", "assistant"}, {"content", exchange.answer}}}}};
}

}  // namespace

Result<std::string> Synth::next() {
  SeededRandom random(options_.seed, static_cast<uint64_t>(made_));
  for (int i = 0; i < kTries; ++i) {
    std::string line = dump_json(document(options_, random));
    Checksum sum;
    sum.add(line);
    if (!seen_.insert(sum.value())) continue;
    ++made_;
    return line;
  }
  return fail(ErrorCode::kInvalidArgument,
              "there are hardly more than {} different documents of this kind: ask for fewer", made_);
}

}  // namespace tern
