#include "data/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/mutation.h"
#include "data/testing.h"

namespace tern {
namespace {

using testing::Random;
using testing::TempFolder;
using testing::TokenDocument;

/// Ids that say where they stand: document and place, so that a token in a wrong place is seen.
std::vector<TokenDocument> numbered_documents(ShardKind kind, size_t n, size_t longest, uint64_t seed) {
  Random random(seed);
  std::vector<TokenDocument> documents(n);
  int32_t id = 0;
  for (TokenDocument& document : documents) {
    document.ids.resize(1 + random.below(longest));
    for (int32_t& token : document.ids) token = id++;
    if (kind == ShardKind::kText) continue;
    document.targets.resize(document.ids.size());
    for (uint8_t& target : document.targets) target = random.chance(2);
  }
  return documents;
}

constexpr int64_t kVocab = 1 << 20;

struct Prepared {
  Prepared(ShardKind kind, size_t n, size_t longest, uint64_t seed = 1)
      : documents(numbered_documents(kind, n, longest, seed)) {
    testing::write_prepared(folder.path(), kind, kVocab, documents, 97 * 2);
  }
  int64_t tokens() const {
    int64_t sum = 0;
    for (const TokenDocument& document : documents) sum += static_cast<int64_t>(document.ids.size());
    return sum;
  }
  TempFolder folder;
  std::vector<TokenDocument> documents;
};

LoaderOptions options_of(const std::vector<const Prepared*>& sources, RowPacking packing, int64_t row_tokens,
                         int64_t rows_per_step) {
  LoaderOptions options;
  for (const Prepared* source : sources) options.sources.push_back({.folder = source->folder.path()});
  options.packing = packing;
  options.row_tokens = row_tokens;
  options.rows_per_step = rows_per_step;
  options.seed = 42;
  return options;
}

Loader open_loader(const LoaderOptions& options) {
  auto loader = Loader::open(options);
  EXPECT_TRUE(loader) << loader.error().message();
  return std::move(*loader);
}

Batch batch_of(const Loader& loader, int64_t first, int64_t rows) {
  auto batch = loader.batch(first, rows);
  EXPECT_TRUE(batch) << batch.error().message();
  return std::move(*batch);
}

/// Every field of `batch` follows from its parts and the documents; calls `seen(document, begin, length)` of
/// each.
template <typename Seen>
void check_batch(const Batch& batch, const std::vector<TokenDocument>& documents, Seen seen) {
  const auto width = static_cast<size_t>(batch.row_tokens);
  std::vector<bool> covered(batch.ids.size());
  std::map<int32_t, int32_t> parts_in_row, end_of_row;
  for (const Segment& part : batch.parts) {
    ASSERT_GE(part.length, 1);
    ASSERT_EQ(part.begin, end_of_row[part.row]) << "parts stand side by side";
    ASSERT_LE(part.begin + part.length, batch.row_tokens);
    const int32_t number = parts_in_row[part.row]++;
    const TokenDocument& document = documents[static_cast<size_t>(part.document)];
    const size_t at = static_cast<size_t>(part.row) * width + static_cast<size_t>(part.begin);
    const auto begin = static_cast<size_t>(batch.ids[at] - document.ids[0]);  // ids count up
    for (size_t i = 0; i < static_cast<size_t>(part.length); ++i) {
      covered[at + i] = true;
      ASSERT_LT(begin + i, document.ids.size());
      EXPECT_EQ(batch.ids[at + i], document.ids[begin + i]);
      EXPECT_EQ(batch.positions[at + i], static_cast<int32_t>(i));
      EXPECT_EQ(batch.segments[at + i], number);
      const size_t next = begin + i + 1;
      const bool wanted =
          next < document.ids.size() && (document.targets.empty() || document.targets[next] != 0);
      EXPECT_EQ(batch.targets[at + i], wanted ? document.ids[next] : -1);
    }
    seen(part.document, begin, static_cast<size_t>(part.length));
    end_of_row[part.row] += part.length;
  }
  for (size_t i = 0; i < covered.size(); ++i) {
    if (covered[i]) continue;
    EXPECT_EQ(batch.ids[i], 0);
    EXPECT_EQ(batch.targets[i], -1);
    EXPECT_EQ(batch.positions[i], 0);
    EXPECT_EQ(batch.segments[i], -1);
  }
}

/// How often each token was an input in one pass.
std::vector<std::vector<int>> inputs_of_a_pass(Loader& loader, const std::vector<TokenDocument>& documents,
                                               int64_t* rows) {
  std::vector<std::vector<int>> inputs;
  for (const TokenDocument& document : documents) inputs.emplace_back(document.ids.size());
  const int64_t epoch = loader.seen(0).epoch, before = loader.seen(0).rows;
  while (loader.seen(0).epoch == epoch) {
    loader.next_step();
    check_batch(batch_of(loader, 0, 1), documents, [&](int64_t document, size_t begin, size_t length) {
      for (size_t i = begin; i < begin + length; ++i) ++inputs[static_cast<size_t>(document)][i];
    });
  }
  *rows = loader.seen(0).rows - before;
  return inputs;
}

TEST(Loader, CutsEveryTokenOnceAPass) {
  for (const int64_t width : {1, 7, 64}) {
    const Prepared set(ShardKind::kText, 300, 50);
    Loader loader = open_loader(options_of({&set}, RowPacking::kCut, width, 1));
    for (int pass = 0; pass < 3; ++pass) {
      int64_t rows = 0;
      const auto inputs = inputs_of_a_pass(loader, set.documents, &rows);
      int64_t missing = 0;
      for (const auto& document : inputs) {
        for (const int count : document) {
          ASSERT_LE(count, 1);
          missing += count == 0;
        }
      }
      EXPECT_EQ(missing, set.tokens() - rows * width);
      EXPECT_LT(missing, 2 * width);  // in front of the first row and behind the last
      EXPECT_TRUE(pass > 0 || rows == loader.facts(0).rows);
    }
  }
}

TEST(Loader, PacksEveryDocumentOnceAPass) {
  for (const ShardKind kind : {ShardKind::kText, ShardKind::kChat, ShardKind::kPairs}) {
    for (const int64_t width : {5, 40, 200}) {
      const Prepared set(kind, 3000, 50);  // three windows
      Loader loader = open_loader(options_of({&set}, RowPacking::kWhole, width, 1));
      for (int pass = 0; pass < 2; ++pass) {
        int64_t rows = 0, left_out = 0, cut = 0, inputs = 0;
        const auto counts = inputs_of_a_pass(loader, set.documents, &rows);
        for (size_t d = 0; d < counts.size(); ++d) {
          const auto length = static_cast<int64_t>(counts[d].size()) - 1;
          int64_t expected = length;
          if (kind == ShardKind::kChat) {
            expected = std::min(length, width);
            cut += length > width;
          } else if (kind == ShardKind::kPairs) {
            const auto other = static_cast<int64_t>(counts[d ^ 1].size()) - 1;
            if (length + other > width || length == 0 || other == 0) expected = 0;
          }
          for (int64_t i = 0; i <= length; ++i)
            ASSERT_EQ(counts[d][static_cast<size_t>(i)], i < expected) << d << " " << i;
          left_out += expected == 0;
          inputs += expected;
        }
        EXPECT_EQ(loader.facts(0).left_out, left_out);
        EXPECT_EQ(loader.facts(0).cut, cut);
        EXPECT_EQ(loader.facts(0).rows, (inputs + width - 1) / width);
        // Documents are short against these rows: hardly anything is padding.
        const double padded = static_cast<double>(rows * width) / static_cast<double>(inputs);
        EXPECT_TRUE(width < 200 || padded < 1.03) << padded;
      }
    }
  }
}

TEST(Loader, KeepsPairsTogether) {
  const Prepared set(ShardKind::kPairs, 400, 30);
  Loader loader = open_loader(options_of({&set}, RowPacking::kWhole, 100, 16));
  for (int step = 0; step < 10; ++step) {
    loader.next_step();
    const Batch batch = batch_of(loader, 0, 16);
    ASSERT_EQ(batch.parts.size() % 2, 0u);
    for (size_t i = 0; i < batch.parts.size(); i += 2) {
      EXPECT_EQ(batch.parts[i].document % 2, 0);
      EXPECT_EQ(batch.parts[i + 1].document, batch.parts[i].document + 1);
      EXPECT_EQ(batch.parts[i + 1].row, batch.parts[i].row);
    }
  }
}

TEST(Loader, ShufflesAnewInEachPassAndForEachSeed) {
  const Prepared set(ShardKind::kText, 1500, 20);
  for (const RowPacking packing : {RowPacking::kCut, RowPacking::kWhole}) {
    const auto order = [&](uint64_t seed, int pass) {
      LoaderOptions options = options_of({&set}, packing, 32, 1);
      options.seed = seed;
      Loader loader = open_loader(options);
      while (loader.seen(0).epoch < pass) loader.next_step();
      std::vector<int64_t> documents;
      for (int i = 0; i < 50; ++i) {
        loader.next_step();
        documents.push_back(batch_of(loader, 0, 1).parts[0].document);
      }
      return documents;
    };
    const auto first = order(1, 0);
    EXPECT_EQ(order(1, 0), first);
    EXPECT_NE(order(1, 1), first);
    EXPECT_NE(order(2, 0), first);
    EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
  }
}

void append(Batch more, Batch* all) {
  for (Segment& part : more.parts) part.row += static_cast<int32_t>(all->rows);
  all->rows += more.rows;
  const auto join = [](const auto& from, auto& to) { to.insert(to.end(), from.begin(), from.end()); };
  join(more.ids, all->ids);
  join(more.targets, all->targets);
  join(more.positions, all->positions);
  join(more.segments, all->segments);
  join(more.parts, all->parts);
}

void expect_equal(const Batch& one, const Batch& other) {
  EXPECT_EQ(one.rows, other.rows);
  EXPECT_EQ(one.ids, other.ids);
  EXPECT_EQ(one.targets, other.targets);
  EXPECT_EQ(one.positions, other.positions);
  EXPECT_EQ(one.segments, other.segments);
  ASSERT_EQ(one.parts.size(), other.parts.size());
  for (size_t i = 0; i < one.parts.size(); ++i) {
    const Segment &a = one.parts[i], &b = other.parts[i];
    EXPECT_TRUE(a.row == b.row && a.begin == b.begin && a.length == b.length && a.source == b.source &&
                a.document == b.document);
  }
}

TEST(Loader, GivesAnyNumberOfRanksTheSameSteps) {
  const Prepared one(ShardKind::kText, 500, 30), other(ShardKind::kText, 200, 60, 2);
  for (const RowPacking packing : {RowPacking::kCut, RowPacking::kWhole}) {
    const LoaderOptions options = options_of({&one, &other}, packing, 48, 10);
    for (const int64_t world : {1, 2, 3, 4, 10, 12}) {
      Loader alone = open_loader(options);
      std::vector<Loader> ranks;
      for (int64_t rank = 0; rank < world; ++rank) ranks.push_back(open_loader(options));
      for (int step = 0; step < 30; ++step) {
        alone.next_step();
        Batch together;
        for (int64_t rank = 0; rank < world; ++rank) {
          Loader& loader = ranks[static_cast<size_t>(rank)];
          loader.next_step();
          const RowRange mine = rank_rows(10, rank, world);
          ASSERT_EQ(mine.first, together.rows);
          for (int64_t row = 0; row < mine.rows; ++row)  // micro-batches of one row
            append(batch_of(loader, mine.first + row, 1), &together);
        }
        expect_equal(together, batch_of(alone, 0, 10));
      }
    }
  }
}

TEST(Loader, GoesOnFromAnyStep) {
  const Prepared one(ShardKind::kText, 300, 30), other(ShardKind::kText, 40, 60, 2);
  for (const RowPacking packing : {RowPacking::kCut, RowPacking::kWhole}) {
    LoaderOptions options = options_of({&one, &other}, packing, 48, 5);
    options.sources[1].weight = 0.37;
    constexpr int kSteps = 60;  // some passes over the second
    std::vector<Batch> expected;
    std::vector<std::string> states;
    Loader unbroken = open_loader(options);
    for (int step = 0; step < kSteps; ++step) {
      states.push_back(dump_json(unbroken.state()));
      if (step == 40) {
        ASSERT_TRUE(unbroken.set_weights({0.2, 0.8}));
      }
      unbroken.next_step();
      expected.push_back(batch_of(unbroken, 0, 5));
    }
    ASSERT_GT(unbroken.seen(1).epoch, 1);
    for (int from = 0; from < kSteps; ++from) {
      Loader loader = open_loader(options);
      const Status restored =
          loader.restore(*parse_json(states[static_cast<size_t>(from)], "state"), "state");
      ASSERT_TRUE(restored) << restored.error().message();
      EXPECT_EQ(dump_json(loader.state()), states[static_cast<size_t>(from)]);
      for (int step = from; step < std::min(kSteps, from + 12); ++step) {
        if (step == 40) {
          ASSERT_TRUE(loader.set_weights({0.2, 0.8}));
        }
        loader.next_step();
        expect_equal(batch_of(loader, 0, 5), expected[static_cast<size_t>(step)]);
      }
    }
  }
}

TEST(Loader, MixesByWeight) {
  const Prepared a(ShardKind::kText, 50, 30), b(ShardKind::kText, 50, 30, 2), c(ShardKind::kText, 50, 30, 3);
  LoaderOptions options = options_of({&a, &b, &c}, RowPacking::kCut, 16, 1);
  options.sources[0].weight = 6;
  options.sources[1].weight = 3;
  options.sources[2].weight = 0;
  Loader loader = open_loader(options);
  for (int rows = 1; rows <= 500; ++rows) {
    loader.next_step();
    EXPECT_NEAR(static_cast<double>(loader.seen(0).rows), rows * 6 / 9.0, 1);
    EXPECT_NEAR(static_cast<double>(loader.seen(1).rows), rows * 3 / 9.0, 1);
    EXPECT_EQ(loader.seen(2).rows, 0);
  }
  const int64_t before = loader.seen(0).rows;
  ASSERT_TRUE(loader.set_weights({1, 0, 1}));
  for (int rows = 0; rows < 100; ++rows) loader.next_step();
  EXPECT_EQ(loader.seen(0).rows, before + 50);
  EXPECT_EQ(loader.seen(2).rows, 50);
}

TEST(Loader, SharesRowsEvenly) {
  for (const int64_t world : {1, 2, 3, 7, 20}) {
    int64_t next = 0;
    for (int64_t rank = 0; rank < world; ++rank) {
      const RowRange rows = rank_rows(16, rank, world);
      EXPECT_EQ(rows.first, next);
      EXPECT_GE(rows.rows, 16 / world);
      EXPECT_LE(rows.rows, 16 / world + 1);
      next += rows.rows;
    }
    EXPECT_EQ(next, 16);
  }
}

void expect_refused(const LoaderOptions& options, std::string_view text) {
  const auto loader = Loader::open(options);
  ASSERT_FALSE(loader) << text;
  EXPECT_EQ(loader.error().code(), ErrorCode::kInvalidArgument) << loader.error().message();
  EXPECT_NE(loader.error().message().find(text), std::string::npos) << loader.error().message();
}

TEST(Loader, RefusesWhatMakesNoSense) {
  const Prepared text(ShardKind::kText, 10, 30), chat(ShardKind::kChat, 10, 30);
  const LoaderOptions good = options_of({&text}, RowPacking::kCut, 16, 4);
  LoaderOptions options = good;
  options.sources.clear();
  expect_refused(options, "no folder");
  options = good;
  options.row_tokens = 0;
  expect_refused(options, "rows of 0 tokens");
  options = good;
  options.rows_per_step = -1;
  expect_refused(options, "-1 rows a step");
  for (const double weight :
       {-1.0, 0.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    options = good;
    options.sources[0].weight = weight;
    expect_refused(options, "weight");
  }
  options = good;
  options.row_tokens = 1000;
  expect_refused(options, "less than one row of 1000");
  expect_refused(options_of({&chat}, RowPacking::kCut, 16, 4), "pack them whole");
  expect_refused(options_of({&text, &chat}, RowPacking::kWhole, 16, 4), "differ in kind");
  const Prepared pairs(ShardKind::kPairs, 10, 30);
  expect_refused(options_of({&pairs}, RowPacking::kWhole, 1, 4), "none of its 10 documents fits");
}

TEST(Loader, RefusesStatesOfOtherData) {
  const Prepared text(ShardKind::kText, 100, 30), other(ShardKind::kText, 101, 30, 5);
  for (const RowPacking packing : {RowPacking::kCut, RowPacking::kWhole}) {
    const LoaderOptions options = options_of({&text}, packing, 16, 4);
    Loader loader = open_loader(options);
    loader.next_step();
    const Json good = loader.state();
    ASSERT_TRUE(loader.restore(good, "state"));
    const auto refuses = [&](const Json& state) {
      const Status restored = loader.restore(state, "checkpoint");
      EXPECT_FALSE(restored) << dump_json(state);
      if (restored) return;
      EXPECT_EQ(restored.error().code(), ErrorCode::kBadFile);
      EXPECT_EQ(restored.error().message().find("checkpoint: "), 0u) << restored.error().message();
    };
    for (const auto& [key, value] : good.items()) {
      Json state = good;
      state.erase(key);
      refuses(state);
      state[key] = -7;
      refuses(state);
    }
    for (const auto& [key, value] : good["sources"][0].items()) {
      for (const Json& bad : {Json(), Json(-1), Json("x"), Json(INT64_MAX)}) {
        if (key == "weight" && bad == Json(INT64_MAX)) continue;
        Json state = good;
        state["sources"][0][key] = bad;
        refuses(state);
      }
    }
    refuses(nullptr);
    Loader another = open_loader(options_of({&other}, packing, 16, 4));
    EXPECT_FALSE(another.restore(good, "state"));
    LoaderOptions seeded = options;
    seeded.seed = 43;
    EXPECT_FALSE(open_loader(seeded).restore(good, "state"));
  }
}

}  // namespace
}  // namespace tern
