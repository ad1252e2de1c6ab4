#pragma once
// What a line of a corpus says, whoever's format it is in.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "data/shards.h"
#include "tokenizer/chat_template.h"

namespace tern {

/// One document of a corpus; what its kind does not have is empty.
struct Record {
  std::string text;                   ///< kText
  std::vector<ChatMessage> messages;  ///< kChat: the conversation; kPairs: the prompt
  std::string chosen, rejected;       ///< kPairs: two answers of the assistant to it
};

/// Which kind a line is, by its fields: "chosen" and "rejected"; "messages", "conversations" or
/// "instruction"; "text". kBadFile when it has none of them.
Result<ShardKind> kind_of_record(const Json& line, std::string_view what);

/// Reads a line as a document of that kind.
///   text   {"text"}
///   chat   {"messages": [{"role", "content"}]} (OpenAI; a content may be a list of {"type": "text",
///   "text"}),
///          {"conversations": [{"from", "value"}]} (ShareGPT), {"instruction", "input", "output"} (Alpaca;
///          "input" and "system" may be missing)
///   pairs  {"prompt", "chosen", "rejected"}: a prompt is a text or messages, answers are texts or messages;
///   messages
///          may hold the prompt as well. {"chosen", "rejected"} alone: whole conversations, as messages or as
///          transcripts ("\n\nHuman: ..\n\nAssistant: ..", HH-RLHF), which differ in the last answer only.
/// kBadFile, naming `what`, when a field is missing or of another type, a role is none of a chat's, or
/// nothing is left to be learnt: an empty text, no answer of the assistant's, two answers that are the same.
Result<Record> read_record(const Json& line, ShardKind kind, std::string_view what);

/// All that it says, in order.
std::vector<std::string_view> texts_of(const Record& record);

}  // namespace tern
