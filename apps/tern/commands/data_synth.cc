// tern data synth: arithmetic or stories, made by rules.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "base/atomic_file.h"
#include "base/interrupt.h"
#include "base/mmap.h"
#include "base/progress.h"
#include "data/synth.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern data synth math --n 60000 --seed 1 -o math.jsonl
  tern data synth stories --chat --n 10000 --seed 2 -o wishes.jsonl)";

struct SynthDataFlags {
  std::string kind, output;
  uint64_t n = 1000;
  SynthOptions options;
  bool force = false;
};

Status synthesize(SynthDataFlags& flags) {
  flags.options.kind = flags.kind == "math" ? SynthKind::kMath : SynthKind::kStories;
  if (!flags.force && path_exists(flags.output)) {
    return fail(ErrorCode::kInvalidArgument, "{}: exists; --force overwrites it", flags.output);
  }
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(flags.output));
  Synth synth(flags.options);
  Progress bar("writing", flags.n);
  for (uint64_t i = 0; i < flags.n; ++i) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted; nothing was written");
    TERN_ASSIGN(const std::string line, synth.next());
    TERN_TRY(file.write(line));
    TERN_TRY(file.write("\n"));
    bar.update(i);
  }
  const uint64_t bytes = file.position();
  TERN_TRY(file.commit(flags.force ? IfThere::kReplace : IfThere::kRefuse));
  print(fmt::format("{}: {} documents, {} bytes\n", flags.output, flags.n, bytes));
  return {};
}

}  // namespace

CommandAction add_data_synth(CLI::App& app) {
  const auto flags = std::make_shared<SynthDataFlags>();
  app.add_option("kind", flags->kind, "math: problems and worked answers; stories: simple ones of many plots")
      ->required()
      ->check(CLI::IsMember({"math", "stories"}));
  app.add_option("-o,--output", flags->output, "File of JSON lines to write")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("-n,--n", flags->n, "Documents, no two the same")
      ->check(whole_number())
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--seed", flags->options.seed, "The same seed gives the same file")
      ->check(whole_number())
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--chat", flags->options.chat, "Conversations (\"messages\") instead of texts");
  app.add_flag("--force", flags->force, "Overwrite an existing file");
  app.footer(kExamples);
  return [flags] { return synthesize(*flags); };
}

}  // namespace tern
