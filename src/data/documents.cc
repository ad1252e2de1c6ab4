#include "data/documents.h"

#include <algorithm>

#include "data/line_reader.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

constexpr size_t kLongText = size_t{256} << 10;
constexpr size_t kLongestText = size_t{1} << 20;
constexpr std::string_view kSeparators[] = {"<|endoftext|>", "<|end_of_text|>"};

constexpr std::string_view kBlanks = " \t\r\n\f\v";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

bool is_separator(std::string_view line) {
  return std::find(std::begin(kSeparators), std::end(kSeparators), line) != std::end(kSeparators);
}

std::string broken_line(const LineReader::Line& line) {
  if (line.too_long) return fmt::format("longer than {} MiB", LineReader::kMaxLine >> 20);
  return utf8_valid_prefix(line.text) == line.text.size() ? "" : "not UTF-8";
}

class Documents : public DocumentReader {
 public:
  explicit Documents(ByteSource source) : lines_(std::move(source)) {}
  ByteSource& source() override { return lines_.source(); }
  int64_t lines() const override { return lines_.lines(); }

 protected:
  LineReader lines_;
};

class JsonLines final : public Documents {
 public:
  using Documents::Documents;
  bool is_json() const override { return true; }

  Result<std::optional<RawDocument>> next() override {
    while (true) {
      TERN_ASSIGN(const auto line, lines_.next());
      if (!line) return std::optional<RawDocument>();
      if (is_blank(line->text) && !line->too_long) continue;
      return RawDocument{.line = line->number, .text = std::string(line->text), .broken = broken_line(*line)};
    }
  }
};

class TextDocuments final : public Documents {
 public:
  using Documents::Documents;
  bool is_json() const override { return false; }

  Result<std::optional<RawDocument>> next() override {
    if (broken_) return std::exchange(broken_, std::nullopt);
    RawDocument document;
    while (document.text.size() < kLongestText) {
      TERN_ASSIGN(const auto line, lines_.next());
      if (!line) break;
      if (std::string reason = broken_line(*line); !reason.empty()) {
        // The text before it is a document, that behind it another.
        broken_ = {.line = line->number, .text = "", .broken = std::move(reason)};
        break;
      }
      const bool blank = is_blank(line->text);
      if (is_separator(line->text) || (blank && document.text.size() >= kLongText)) {
        if (!document.text.empty()) break;
        continue;
      }
      if (document.text.empty()) {
        if (blank) continue;
        document.line = line->number;
      }
      document.text += line->text;
      document.text += '\n';
    }
    if (document.text.empty()) return std::exchange(broken_, std::nullopt);
    document.text.erase(document.text.find_last_not_of(kBlanks) + 1);
    return document;
  }

 private:
  std::optional<RawDocument> broken_;  ///< to be given next
};

std::string_view without_ending(std::string_view name, std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

}  // namespace

Result<std::unique_ptr<DocumentReader>> open_documents(const std::string& path) {
  const std::string_view name = without_ending(path, {".gz", ".gzip", ".zst", ".zstd"});
  const bool is_json = name.ends_with(".jsonl") || name.ends_with(".ndjson");
  if (!is_json && !name.ends_with(".txt")) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: the name says nothing of what is in it: .jsonl and .txt are read, each also .gz or .zst",
                path);
  }
  TERN_ASSIGN(ByteSource source, ByteSource::open(path));
  if (is_json) return std::make_unique<JsonLines>(std::move(source));
  return std::make_unique<TextDocuments>(std::move(source));
}

}  // namespace tern
