#include "data/prepare.h"

#include <algorithm>
#include <memory>

#include "base/atomic_file.h"
#include "base/atomic_folder.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "data/document_batches.h"
#include "data/encode_record.h"
#include "data/examine.h"
#include "data/file_sha256.h"
#include "data/manifest.h"
#include "data/permutation.h"
#include "data/shard_set_writer.h"

namespace tern {
namespace {

constexpr int64_t kMaxShardTokens = int64_t{1} << 30;
constexpr int64_t kShownBroken = 5;
constexpr std::string_view kBrokenName = "broken_lines.txt";

Status check_options(const PrepareOptions& options) {
  if (options.inputs.empty()) return fail(ErrorCode::kInvalidArgument, "no file to prepare was named");
  if (!(options.held_out >= 0 && options.held_out <= 0.5)) {
    return fail(ErrorCode::kInvalidArgument, "the share to hold out is {}: it must be from 0 to 0.5",
                options.held_out);
  }
  if (options.shard_tokens < 1 || options.shard_tokens > kMaxShardTokens) {
    return fail(ErrorCode::kInvalidArgument, "shards of {} tokens: from 1 to {} are possible",
                options.shard_tokens, kMaxShardTokens);
  }
  return {};
}

/// The kind of the first document that tells, among the first thousand of each file.
Result<ShardKind> find_kind(const std::vector<std::string>& inputs) {
  constexpr int kTries = 1000;
  for (const std::string& input : inputs) {
    TERN_ASSIGN(const auto reader, open_documents(input));
    if (!reader->is_json()) return ShardKind::kText;
    for (int i = 0; i < kTries; ++i) {
      TERN_ASSIGN(const auto document, reader->next());
      if (!document) break;
      const auto line = parse_json(document->text, input);
      if (!line) continue;
      if (const auto kind = kind_of_record(*line, input)) return *kind;
    }
  }
  return fail(
      ErrorCode::kBadFile,
      "{}: no line has 'text', 'messages', 'conversations', 'instruction', or 'chosen' and 'rejected'",
      fmt::join(inputs, ", "));
}

/// A document on its way to a shard.
struct Item {
  Examined examined;
  bool kept = false;
  std::vector<EncodedDocument> encoded;
};

struct InputCounts {
  int64_t documents = 0, kept = 0;
  int64_t broken = 0, filtered = 0, contaminated = 0, exact_duplicates = 0, near_duplicates = 0;
};

class Preparation {
 public:
  Preparation(const PrepareOptions& options, const RecordEncoder& encoder, const ExamineRules& rules,
              const AtomicFolder& folder, int64_t vocab, const ReadProgress& progress)
      : options_(options),
        encoder_(encoder),
        rules_(rules),
        folder_(folder),
        pool_(options.threads),
        batches_(options.inputs, progress),
        train_(folder, "train", rules.kind, vocab, options.shard_tokens),
        held_out_(folder, "held-out", rules.kind, vocab, options.shard_tokens),
        counts_(options.inputs.size()) {}

  Status run() {
    while (true) {
      TERN_ASSIGN(const DocumentBatch batch, batches_.next());
      if (batch.documents.empty()) break;
      TERN_TRY(process(batch));
    }
    TERN_TRY(train_.finish());
    TERN_TRY(held_out_.finish());
    return finish_broken();
  }

  Json inputs_json() const {
    Json list = Json::array();
    for (size_t i = 0; i < counts_.size(); ++i) {
      const InputCounts& counts = counts_[i];
      const DocumentBatches::File& file = batches_.files()[i];
      list.push_back({{"file", options_.inputs[i]},
                      {"sha256", file.sha256},
                      {"bytes", file.bytes},
                      {"lines", file.lines},
                      {"documents", counts.documents},
                      {"broken", counts.broken},
                      {"filtered", counts.filtered},
                      {"contaminated", counts.contaminated},
                      {"exact_duplicates", counts.exact_duplicates},
                      {"near_duplicates", counts.near_duplicates},
                      {"kept", counts.kept}});
    }
    return list;
  }
  Json train_json() const { return split_json(train_.shards()); }
  Json held_out_json() const { return split_json(held_out_.shards()); }
  bool is_empty() const { return train_.shards().empty(); }

 private:
  Status check_fields(const DocumentBatch& batch) const {
    if (batch.is_json || (rules_.kind == ShardKind::kText && rules_.where.empty())) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: a text has no fields, which {} asks for",
                options_.inputs[batch.input],
                rules_.where.empty() ? fmt::format("kind {}", shard_kind_name(rules_.kind)) : "a condition");
  }

  /// What needs other documents or the order of all is done by one thread, in order.
  Status process(const DocumentBatch& batch) {
    TERN_TRY(check_fields(batch));
    std::vector<Item> items(batch.documents.size());
    pool_.parallel_for(items.size(), 1, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        const RawDocument& raw = batch.documents[i];
        const std::string where = fmt::format("{}:{}", options_.inputs[batch.input], raw.line);
        items[i].examined = examine(raw, batch.is_json, rules_, where);
      }
    });
    for (Item& item : items) {
      TERN_ASSIGN(item.kept, judge(item.examined, &counts_[batch.input]));
    }
    std::vector<Status> problems(items.size());
    pool_.parallel_for(items.size(), 1, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) problems[i] = encode(items[i]);
    });
    for (size_t i = 0; i < items.size(); ++i) {
      TERN_TRY(std::move(problems[i]));
      if (items[i].kept) TERN_TRY(split_of(items[i].examined.hash).add(items[i].encoded));
    }
    return {};
  }

  Status encode(Item& item) const {
    if (!item.kept) return {};
    TERN_ASSIGN(item.encoded, encoder_.encode(item.examined.record));
    item.examined.record = {};
    return {};
  }

  /// Counts the document. Whether it goes into a shard.
  Result<bool> judge(const Examined& examined, InputCounts* of) {
    InputCounts& counts = *of;
    ++counts.documents;
    switch (examined.outcome) {
      case Examined::Outcome::kBroken:
        ++counts.broken;
        TERN_TRY(note_broken(examined.broken));
        return false;
      case Examined::Outcome::kFiltered:
        ++counts.filtered;
        return false;
      case Examined::Outcome::kContaminated:
        ++counts.contaminated;
        return false;
      case Examined::Outcome::kGood:
        break;
    }
    const Duplicates::Verdict verdict = duplicates_.add(examined.hash, examined.bands);
    counts.exact_duplicates += verdict == Duplicates::Verdict::kExact;
    counts.near_duplicates += verdict == Duplicates::Verdict::kNear;
    counts.kept += verdict == Duplicates::Verdict::kNew;
    return verdict == Duplicates::Verdict::kNew;
  }

  /// By the hash of the text alone, so that a document is on the same side in every corpus.
  ShardSetWriter& split_of(uint64_t hash) {
    constexpr uint64_t kSalt = 0x68656C646F757400ull;
    const double place = static_cast<double>(mix64(hash ^ kSalt) >> 11) * 0x1p-53;
    return place < options_.held_out ? held_out_ : train_;
  }

  Status note_broken(const std::string& message) {
    if (options_.strict) return fail(ErrorCode::kBadFile, "{}", message);
    if (++broken_ <= kShownBroken) log_warning(message);
    if (!broken_file_) {
      TERN_ASSIGN(AtomicFile file, AtomicFile::create(folder_.path(kBrokenName)));
      broken_file_ = std::make_unique<AtomicFile>(std::move(file));
    }
    return broken_file_->write(printable(message) + "\n");
  }

  Status finish_broken() {
    if (!broken_file_) return {};
    if (broken_ > kShownBroken) warn("{} more broken lines: see {}", broken_ - kShownBroken, kBrokenName);
    return broken_file_->commit();
  }

  const PrepareOptions& options_;
  const RecordEncoder& encoder_;
  const ExamineRules& rules_;
  const AtomicFolder& folder_;
  ThreadPool pool_;
  DocumentBatches batches_;
  Duplicates duplicates_;
  ShardSetWriter train_, held_out_;
  std::vector<InputCounts> counts_;
  int64_t broken_ = 0;
  std::unique_ptr<AtomicFile> broken_file_;
};

Json evaluation_json(const EvaluationItems& items) {
  Json list = Json::array();
  for (const EvaluationItems::File& file : items.files()) {
    list.push_back(
        {{"file", file.path}, {"sha256", file.sha256}, {"items", file.items}, {"unchecked", file.unchecked}});
  }
  return list;
}

Json where_json(const PrepareOptions& options) {
  Json where = Json::object();
  for (const auto& [key, value] : options.where) where[key] = value;
  return where;
}

}  // namespace

Result<Json> prepare_data(const PrepareOptions& options, const Tokenizer& tokenizer,
                          const std::string& folder, const ReadProgress& progress) {
  TERN_TRY(check_options(options));
  ExamineRules rules;
  if (options.kind) {
    rules.kind = *options.kind;
  } else {
    TERN_ASSIGN(rules.kind, find_kind(options.inputs));
  }
  rules.near_duplicates = options.near_duplicates.value_or(rules.kind == ShardKind::kText);
  rules.where = options.where;
  TERN_ASSIGN(const RecordEncoder encoder, RecordEncoder::create(tokenizer, rules.kind));
  TERN_ASSIGN(const std::string tokenizer_sha256, file_sha256(options.tokenizer_file));
  TERN_ASSIGN(AtomicFolder output, AtomicFolder::create(folder));
  EvaluationItems items;
  for (const std::string& file : options.evaluation) TERN_TRY(items.add(file));
  rules.items = &items;

  Preparation preparation(options, encoder, rules, output, tokenizer.vocab_size(), progress);
  TERN_TRY(preparation.run());
  if (preparation.is_empty()) {
    return fail(ErrorCode::kBadFile, "{}: no document of kind {} is left to train on: {}",
                fmt::join(options.inputs, ", "), shard_kind_name(rules.kind),
                dump_json(preparation.inputs_json()));
  }
  Json manifest = {
      {"format", kManifestFormat},
      {"version", kManifestVersion},
      {"kind", shard_kind_name(rules.kind)},
      {"tokenizer",
       {{"file", options.tokenizer_file}, {"sha256", tokenizer_sha256}, {"vocab", tokenizer.vocab_size()}}},
      {"options",
       {{"held_out", options.held_out},
        {"near_duplicates", rules.near_duplicates},
        {"where", where_json(options)},
        {"shard_tokens", options.shard_tokens}}},
      {"inputs", preparation.inputs_json()},
      {"evaluation", evaluation_json(items)},
      {"train", preparation.train_json()},
      {"held_out", preparation.held_out_json()}};
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(output.path(kManifestName)));
  TERN_TRY(file.write(dump_json(manifest, 2) + "\n"));
  TERN_TRY(file.commit());
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted; nothing was written");
  TERN_TRY(output.commit());
  return manifest;
}

}  // namespace tern
