#include "data/encode_record.h"

#include <algorithm>

namespace tern {
namespace {

Result<EncodedDocument> encode_messages(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                                        bool last_only) {
  TERN_ASSIGN(ChatParts parts, encode_chat_parts(tokenizer, messages));
  EncodedDocument document{.ids = std::move(parts.ids), .targets = {}};
  document.targets.assign(document.ids.size(), 0);
  for (size_t i = last_only ? messages.size() - 1 : 0; i < messages.size(); ++i) {
    if (messages[i].role != "assistant") continue;
    const auto [begin, end] = parts.contents[i];
    std::fill(document.targets.begin() + static_cast<ptrdiff_t>(begin),
              document.targets.begin() + static_cast<ptrdiff_t>(end), 1);
  }
  return document;
}

}  // namespace

Result<RecordEncoder> RecordEncoder::create(const Tokenizer& tokenizer, ShardKind kind) {
  RecordEncoder encoder(tokenizer, kind);
  if (kind != ShardKind::kText) {
    TERN_TRY(encode_chat_parts(tokenizer, {}));
    return encoder;
  }
  encoder.end_of_text_ = tokenizer.find_special("<|end_of_text|>");
  if (encoder.end_of_text_ < 0) encoder.end_of_text_ = tokenizer.spec().eos;
  if (encoder.end_of_text_ >= 0) return encoder;
  return fail(ErrorCode::kUnsupported,
              "the tokenizer has neither <|end_of_text|> nor an eos token, which end each document");
}

Result<std::vector<EncodedDocument>> RecordEncoder::encode(const Record& record) const {
  std::vector<EncodedDocument> documents;
  if (kind_ == ShardKind::kText) {
    documents.push_back(encode_text(record.text));
  } else if (kind_ == ShardKind::kChat) {
    TERN_ASSIGN(EncodedDocument chat, encode_messages(*tokenizer_, record.messages, /*last_only=*/false));
    documents.push_back(std::move(chat));
  } else {
    for (const std::string& answer : {record.chosen, record.rejected}) {
      TERN_ASSIGN(EncodedDocument one, encode_answer(record, answer));
      documents.push_back(std::move(one));
    }
  }
  return documents;
}

EncodedDocument RecordEncoder::encode_text(std::string_view text) const {
  EncodedDocument document;
  document.ids = tokenizer_->encode(text, {.add_bos = false, .parse_special = false});
  if (const int32_t bos = tokenizer_->spec().bos; bos >= 0) document.ids.insert(document.ids.begin(), bos);
  document.ids.push_back(end_of_text_);
  return document;
}

Result<EncodedDocument> RecordEncoder::encode_answer(const Record& record, std::string_view answer) const {
  std::vector<ChatMessage> messages = record.messages;
  messages.push_back({.role = "assistant", .content = std::string(answer)});
  return encode_messages(*tokenizer_, messages, /*last_only=*/true);
}

}  // namespace tern
