#include "data/evaluation_items.h"

#include <algorithm>

#include "data/documents.h"
#include "data/words.h"

namespace tern {
namespace {

/// The windows of every text in `value`; keys say nothing.
void collect(const Json& value, std::vector<uint64_t>* windows) {
  if (value.is_string()) {
    const auto found =
        window_hashes(word_hashes(value.get_ref<const std::string&>()), EvaluationItems::kWindow);
    windows->insert(windows->end(), found.begin(), found.end());
  }
  if (!value.is_structured()) return;
  for (const Json& item : value) collect(item, windows);
}

}  // namespace

Status EvaluationItems::add(const std::string& path) {
  TERN_ASSIGN(const auto reader, open_documents(path));
  File file{.path = path, .sha256 = ""};
  while (true) {
    TERN_ASSIGN(const auto document, reader->next());
    if (!document) break;
    const std::string where = fmt::format("{}:{}", path, document->line);
    if (!document->broken.empty()) return fail(ErrorCode::kBadFile, "{}: {}", where, document->broken);
    Json item = document->text;
    if (reader->is_json()) {
      TERN_ASSIGN(item, parse_json(document->text, where));
    }
    std::vector<uint64_t> windows;
    collect(item, &windows);
    for (const uint64_t window : windows) windows_.insert(window);
    ++file.items;
    file.unchecked += windows.empty();
  }
  file.sha256 = reader->source().sha256();
  files_.push_back(std::move(file));
  return {};
}

bool EvaluationItems::overlap(const std::vector<uint64_t>& words) const {
  if (empty()) return false;
  const std::vector<uint64_t> windows = window_hashes(words, kWindow);
  return std::any_of(windows.begin(), windows.end(),
                     [&](uint64_t window) { return windows_.contains(window); });
}

}  // namespace tern
