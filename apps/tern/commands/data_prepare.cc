// tern data prepare: text, chats or preference pairs as token shards.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/output.h"
#include "apps/tern/progress_bar.h"
#include "apps/tern/ranges.h"
#include "apps/tern/threads.h"
#include "data/prepare.h"
#include "models/tokenizer_file.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern data prepare web*.jsonl.zst --tokenizer tokenizer.json --decontaminate eval/*.jsonl.gz -o data/web
  tern data prepare chats.jsonl --tokenizer tokenizer.json -o data/chat
  tern data prepare all.jsonl --where quality=curated --tokenizer tokenizer.json -o data/curated)";

struct PrepareFlags {
  PrepareOptions options;
  std::string output;
  std::string kind, near_duplicates;
  std::vector<std::string> where;
  int threads = 0;
  bool json = false;
};

Status parse_where(const PrepareFlags& flags, PrepareOptions* options) {
  for (const std::string& rule : flags.where) {
    const size_t equals = rule.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(ErrorCode::kInvalidArgument, "--where {}: must be KEY=VALUE", rule);
    }
    options->where.emplace_back(rule.substr(0, equals), rule.substr(equals + 1));
  }
  return {};
}

void print_summary(const std::string& folder, const Json& manifest) {
  const auto count = [](const Json& object, const char* key) { return object[key].get<int64_t>(); };
  print(fmt::format("{}: {}, of a vocabulary of {}\n", folder, manifest["kind"].get<std::string>(),
                    count(manifest["tokenizer"], "vocab")));
  for (const char* split : {"train", "held_out"}) {
    const Json& part = manifest[split];
    print(fmt::format("{:12} {:>12} documents {:>14} tokens {:>14} targets {:>5} shards\n", split,
                      count(part, "documents"), count(part, "tokens"), count(part, "targets"),
                      part["shards"].size()));
  }
  for (const char* reason : {"broken", "filtered", "contaminated", "exact_duplicates", "near_duplicates"}) {
    int64_t sum = 0;
    for (const Json& input : manifest["inputs"]) sum += count(input, reason);
    if (sum > 0) print(fmt::format("left out     {:>12} {}\n", sum, reason));
  }
}

Status prepare(PrepareFlags& flags) {
  PrepareOptions& options = flags.options;
  options.threads = threads_from_flag(flags.threads);
  if (flags.kind != "auto") {
    TERN_ASSIGN(options.kind, parse_shard_kind(flags.kind));
  }
  if (!flags.near_duplicates.empty()) options.near_duplicates = flags.near_duplicates == "drop";
  TERN_TRY(parse_where(flags, &options));
  TERN_ASSIGN(TokenizerSpec spec, read_tokenizer_file(options.tokenizer_file));
  const auto tokenizer = Tokenizer::create(std::move(spec));
  if (!tokenizer) return tl::unexpected(tokenizer.error().with_context(options.tokenizer_file));
  ProgressBar bar("preparing");
  TERN_ASSIGN(const Json manifest, prepare_data(options, **tokenizer, flags.output, bar.progress()));
  if (flags.json) {
    print(dump_json(manifest, 2) + "\n");
  } else {
    print_summary(flags.output, manifest);
  }
  return {};
}

}  // namespace

CommandAction add_data_prepare(CLI::App& app) {
  const auto flags = std::make_shared<PrepareFlags>();
  flags->kind = "auto";
  PrepareOptions& options = flags->options;
  app.add_option("files", options.inputs, "Documents: .txt or .jsonl, also .gz or .zst")
      ->required()
      ->type_name("FILE");
  app.add_option("--tokenizer", options.tokenizer_file, "tokenizer.json, or tokenizer.model")
      ->required()
      ->type_name("FILE");
  app.add_option("-o,--output", flags->output, "Folder to write: new, or empty")
      ->required()
      ->check(not_empty())
      ->type_name("DIR");
  app.add_option("--kind", flags->kind, "What the documents are; auto: what the first of them is")
      ->check(CLI::IsMember({"auto", "text", "chat", "pairs"}))
      ->capture_default_str();
  app.add_option("--where", flags->where, "Take only documents whose field KEY is VALUE; may be repeated")
      ->type_name("KEY=VALUE");
  app.add_option("--held-out", options.held_out, "Share of the documents that is kept apart, 0 to 0.5")
      ->capture_default_str()
      ->type_name("SHARE");
  app.add_option("--near-duplicates", flags->near_duplicates,
                 "Documents that are nearly like one before; drop for text, keep for others when not given")
      ->check(CLI::IsMember({"drop", "keep"}));
  app.add_option("--decontaminate", options.evaluation,
                 "Leave out documents that share 13 words in a row with an item of these files")
      ->type_name("FILE");
  app.add_option("--shard-tokens", options.shard_tokens, "Tokens after which a shard ends")
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--strict", options.strict, "A broken line is an error, not left out");
  add_threads_flag(app, &flags->threads);
  app.add_flag("--json", flags->json, "Print the manifest");
  app.footer(kExamples);
  return [flags] { return prepare(*flags); };
}

}  // namespace tern
