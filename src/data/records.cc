#include "data/records.h"

#include <algorithm>
#include <utility>

namespace tern {
namespace {

using Messages = std::vector<ChatMessage>;

constexpr std::string_view kHuman = "\n\nHuman:", kAssistant = "\n\nAssistant:";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

Result<std::string> text_field(const Json& object, std::string_view key, std::string_view what) {
  TERN_ASSIGN(auto text, json_string(object, key, what));
  if (!text) return fail(ErrorCode::kBadFile, "{}: no '{}'", what, key);
  return std::move(*text);
}

/// A chat's role by the name that a format has for it.
Result<std::string> role_of(std::string_view name, std::string_view what) {
  for (const auto& [theirs, ours] : {std::pair<std::string_view, const char*>("system", "system"),
                                     {"developer", "system"},
                                     {"user", "user"},
                                     {"human", "user"},
                                     {"assistant", "assistant"},
                                     {"gpt", "assistant"},
                                     {"chatgpt", "assistant"},
                                     {"model", "assistant"}}) {
    if (name == theirs) return ours;
  }
  return fail(ErrorCode::kBadFile, "{}: a message's role is '{}', which no chat template of ours has", what,
              name);
}

/// A text, or a list of parts that are texts.
Result<std::string> content_of(const Json& content, std::string_view what) {
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return fail(ErrorCode::kBadFile, "{}: a message's content is no text", what);
  std::string text;
  for (const Json& part : content) {
    TERN_ASSIGN(const auto type, json_string(part, "type", what));
    if (type != "text") return fail(ErrorCode::kBadFile, "{}: a message holds more than text", what);
    TERN_ASSIGN(const std::string piece, text_field(part, "text", what));
    text += piece;
  }
  return text;
}

/// OpenAI's names of the fields, or ShareGPT's.
Result<Messages> messages_of(const Json& list, std::string_view what) {
  if (!list.is_array()) return fail(ErrorCode::kBadFile, "{}: messages are no list", what);
  Messages messages;
  for (const Json& item : list) {
    const bool sharegpt = json_field(item, "from") != nullptr;
    TERN_ASSIGN(const std::string name, text_field(item, sharegpt ? "from" : "role", what));
    const char* key = sharegpt ? "value" : "content";
    const Json* content = json_field(item, key);
    if (content == nullptr) return fail(ErrorCode::kBadFile, "{}: a message has no '{}'", what, key);
    ChatMessage message;
    TERN_ASSIGN(message.role, role_of(name, what));
    TERN_ASSIGN(message.content, content_of(*content, what));
    messages.push_back(std::move(message));
  }
  return messages;
}

Result<Messages> alpaca_messages(const Json& line, std::string_view what) {
  TERN_ASSIGN(const auto system, json_string(line, "system", what));
  TERN_ASSIGN(std::string instruction, text_field(line, "instruction", what));
  TERN_ASSIGN(const auto input, json_string(line, "input", what));
  TERN_ASSIGN(std::string output, text_field(line, "output", what));
  Messages messages;
  if (system && !is_blank(*system)) messages.push_back({.role = "system", .content = *system});
  if (input && !is_blank(*input)) instruction += "\n\n" + *input;
  messages.push_back({.role = "user", .content = std::move(instruction)});
  messages.push_back({.role = "assistant", .content = std::move(output)});
  return messages;
}

Result<Messages> chat_messages(const Json& line, std::string_view what) {
  for (const char* key : {"messages", "conversations"}) {
    if (const Json* list = json_field(line, key); list != nullptr) return messages_of(*list, what);
  }
  return alpaca_messages(line, what);
}

Result<Record> chat_record(const Json& line, std::string_view what) {
  Record record;
  TERN_ASSIGN(record.messages, chat_messages(line, what));
  for (const ChatMessage& message : record.messages) {
    if (message.role == "assistant" && !is_blank(*message.content)) return record;
  }
  return fail(ErrorCode::kBadFile, "{}: the assistant says nothing", what);
}

/// "\n\nHuman: .. \n\nAssistant: .." as messages.
Messages transcript_messages(std::string_view text) {
  Messages messages;
  while (!text.empty()) {
    const bool human = text.starts_with(kHuman);
    text.remove_prefix(human ? kHuman.size() : kAssistant.size());
    const size_t end = std::min({text.find(kHuman), text.find(kAssistant), text.size()});
    messages.push_back({.role = human ? "user" : "assistant", .content = std::string(text.substr(0, end))});
    text.remove_prefix(end);
  }
  return messages;
}

bool is_transcript(std::string_view text) {
  return text.starts_with(kHuman) || text.starts_with(kAssistant);
}

Result<Messages> prompt_messages(const Json& prompt, std::string_view what) {
  if (!prompt.is_string()) return messages_of(prompt, what);
  const auto& text = prompt.get_ref<const std::string&>();
  if (!is_transcript(text)) return Messages{{.role = "user", .content = text}};
  Messages messages = transcript_messages(text);
  // HH-RLHF's end with the beginning of the answer.
  if (messages.back().role == "assistant" && is_blank(*messages.back().content)) messages.pop_back();
  return messages;
}

/// What comes before an answer, as far as it is said there, and the answer.
struct Answer {
  Messages before;
  std::string text;
};

Result<Answer> answer_of(const Json& line, const char* key, std::string_view what) {
  const Json* field = json_field(line, key);
  if (field == nullptr) return fail(ErrorCode::kBadFile, "{}: no '{}'", what, key);
  Answer answer;
  if (field->is_string() && !is_transcript(field->get_ref<const std::string&>())) {
    answer.text = field->get<std::string>();
  } else {
    if (field->is_string()) {
      answer.before = transcript_messages(field->get_ref<const std::string&>());
    } else {
      TERN_ASSIGN(answer.before, messages_of(*field, what));
    }
    if (answer.before.empty() || answer.before.back().role != "assistant")
      return fail(ErrorCode::kBadFile, "{}: '{}' does not end with the assistant's answer", what, key);
    answer.text = std::move(*answer.before.back().content);
    answer.before.pop_back();
  }
  if (is_blank(answer.text)) return fail(ErrorCode::kBadFile, "{}: '{}' is an empty answer", what, key);
  return answer;
}

bool same(const Messages& a, const Messages& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ChatMessage& x, const ChatMessage& y) {
    return x.role == y.role && x.content == y.content;
  });
}

Result<Record> pair_record(const Json& line, std::string_view what) {
  TERN_ASSIGN(Answer chosen, answer_of(line, "chosen", what));
  TERN_ASSIGN(Answer rejected, answer_of(line, "rejected", what));
  if (!same(chosen.before, rejected.before))
    return fail(ErrorCode::kBadFile, "{}: chosen and rejected differ before their answers", what);
  if (chosen.text == rejected.text)
    return fail(ErrorCode::kBadFile, "{}: chosen and rejected are the same", what);
  Record record;
  record.messages = std::move(chosen.before);
  record.chosen = std::move(chosen.text);
  record.rejected = std::move(rejected.text);
  if (record.messages.empty()) {
    const Json* prompt = json_field(line, "prompt");
    if (prompt == nullptr) return fail(ErrorCode::kBadFile, "{}: no 'prompt'", what);
    TERN_ASSIGN(record.messages, prompt_messages(*prompt, what));
  }
  if (record.messages.empty()) return fail(ErrorCode::kBadFile, "{}: the prompt is empty", what);
  return record;
}

Result<Record> text_record(const Json& line, std::string_view what) {
  Record record;
  TERN_ASSIGN(record.text, text_field(line, "text", what));
  if (is_blank(record.text)) return fail(ErrorCode::kBadFile, "{}: the text is empty", what);
  return record;
}

}  // namespace

Result<ShardKind> kind_of_record(const Json& line, std::string_view what) {
  const auto has = [&](std::string_view key) { return json_field(line, key) != nullptr; };
  if (has("chosen") && has("rejected")) return ShardKind::kPairs;
  if (has("messages") || has("conversations") || has("instruction")) return ShardKind::kChat;
  if (has("text")) return ShardKind::kText;
  return fail(ErrorCode::kBadFile, "{}: has neither 'text' nor 'messages' nor 'chosen' and 'rejected'", what);
}

Result<Record> read_record(const Json& line, ShardKind kind, std::string_view what) {
  if (!line.is_object()) return fail(ErrorCode::kBadFile, "{}: is no JSON object", what);
  switch (kind) {
    case ShardKind::kText:
      return text_record(line, what);
    case ShardKind::kChat:
      return chat_record(line, what);
    case ShardKind::kPairs:
      return pair_record(line, what);
  }
  return fail(ErrorCode::kInternal, "a kind of data without a reader");
}

std::vector<std::string_view> texts_of(const Record& record) {
  std::vector<std::string_view> texts;
  const auto add = [&](std::string_view text) {
    if (!text.empty()) texts.push_back(text);
  };
  add(record.text);
  for (const ChatMessage& message : record.messages) add(*message.content);
  add(record.chosen);
  add(record.rejected);
  return texts;
}

}  // namespace tern
