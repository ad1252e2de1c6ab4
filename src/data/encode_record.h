#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/records.h"
#include "tokenizer/tokenizer.h"

namespace tern {

/// A document as a shard has it.
struct EncodedDocument {
  std::vector<int32_t> ids;
  std::vector<uint8_t> targets;  ///< a flag for each id; empty for kText
};

/// Makes ids of records. No special token comes out of their texts.
///   text   bos, the text, <|end_of_text|> (else the tokenizer's eos)
///   chat   BitNet's template in parts; what the assistant says, with <|eot_id|>, is a target
///   pairs  two documents: the prompt with the chosen and with the rejected answer, which alone are targets
class RecordEncoder {
 public:
  /// `tokenizer` must outlive it. kUnsupported when the tokenizer lacks a special token that the kind needs.
  static Result<RecordEncoder> create(const Tokenizer& tokenizer, ShardKind kind);
  /// One document, or the two of a pair. From any thread.
  Result<std::vector<EncodedDocument>> encode(const Record& record) const;

 private:
  RecordEncoder(const Tokenizer& tokenizer, ShardKind kind) : tokenizer_(&tokenizer), kind_(kind) {}
  EncodedDocument encode_text(std::string_view text) const;
  Result<EncodedDocument> encode_answer(const Record& record, std::string_view answer) const;

  const Tokenizer* tokenizer_;
  ShardKind kind_;
  int32_t end_of_text_ = -1;  ///< kText
};

}  // namespace tern
