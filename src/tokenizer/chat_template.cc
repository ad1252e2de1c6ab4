#include "tokenizer/chat_template.h"

#include <algorithm>

#include "tokenizer/jinja/interpreter.h"
#include "tokenizer/jinja/parser.h"

namespace tern {

// One statement a line here; the template itself has no line break.
const char* const kBitnetChatTemplate =
    "{% set loop_messages = messages %}"
    "{% for message in loop_messages %}"
    "{% set content = message['role'] | capitalize + ': '+ message['content'] | trim + '<|eot_id|>' %}"
    "{{ content }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ 'Assistant: ' }}"
    "{% endif %}";

struct ChatTemplate::Impl {
  std::string source;
  std::string normalized;
  jinja::Block statements;
};

namespace {

constexpr std::string_view kEndOfTurn = "<|eot_id|>";

jinja::Text role_text(const std::string& role) {
  constexpr std::string_view kKnown[] = {"system", "user", "assistant", "tool"};
  const bool known = std::find(std::begin(kKnown), std::end(kKnown), role) != std::end(kKnown);
  return known ? jinja::Text(role) : jinja::Text::from_user(role);
}

using Fields = std::vector<std::pair<jinja::Value, jinja::Value>>;

Status append_fields(const OrderedJson& more, jinja::Budget* budget, Fields* fields) {
  if (!more.is_null() && !more.is_object())
    return fail(ErrorCode::kInvalidArgument, "the further fields of a message must be an object");
  for (const auto& [key, field] : more.items()) {
    TERN_ASSIGN(jinja::Value value, jinja::from_json(field, /*from_user=*/true, budget));
    fields->emplace_back(jinja::Text::from_user(key), std::move(value));
  }
  return {};
}

/// What an assistant thought, under whichever of its names it was given; null when it was not.
const OrderedJson* reasoning_of(const OrderedJson& more) {
  for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
    const auto found = more.is_object() ? more.find(name) : more.end();
    if (found != more.end() && !found->is_null()) return &*found;
  }
  return nullptr;
}

Status append_reasoning(const OrderedJson* reasoning, const char* name, jinja::Budget* budget,
                        Fields* fields) {
  if (reasoning == nullptr) return {};
  TERN_ASSIGN(jinja::Value value, jinja::from_json(*reasoning, /*from_user=*/true, budget));
  fields->emplace_back(jinja::Text(std::string(name)), std::move(value));
  return {};
}

/// As transformers has it: what is given twice keeps its place, and reasoning goes by both of its names.
Result<jinja::Value> messages_value(const std::vector<ChatMessage>& messages, jinja::Budget* budget) {
  std::vector<jinja::Value> items;
  for (const ChatMessage& message : messages) {
    Fields fields;
    const OrderedJson* reasoning = reasoning_of(message.more);
    TERN_TRY(append_reasoning(reasoning, "thinking", budget, &fields));
    TERN_ASSIGN(jinja::Value role, jinja::make_text(role_text(message.role), budget));
    fields.emplace_back(jinja::Text(std::string("role")), std::move(role));
    if (message.content) {
      TERN_ASSIGN(jinja::Value content, jinja::make_text(jinja::Text::from_user(*message.content), budget));
      fields.emplace_back(jinja::Text(std::string("content")), std::move(content));
    }
    TERN_TRY(append_fields(message.more, budget, &fields));
    TERN_TRY(append_reasoning(reasoning, "reasoning_content", budget, &fields));
    TERN_ASSIGN(jinja::Value item, jinja::make_dict(std::move(fields), budget));
    items.push_back(std::move(item));
  }
  return jinja::make_sequence(jinja::Sequence::Kind::kList, std::move(items), budget);
}

std::string_view trimmed(std::string_view text) {
  const auto [begin, end] = jinja::strip_whitespace(text, jinja::Side::kBoth);
  return text.substr(begin, end - begin);
}

Result<std::vector<int32_t>> encode_whole(const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                          const std::vector<ChatMessage>& messages,
                                          bool add_generation_prompt, bool parse_special_in_content) {
  const TokenizerSpec& spec = tokenizer.spec();
  TERN_ASSIGN(const ChatTemplate::Rendering rendering,
              chat_template.render_marked(messages, add_generation_prompt, tokenizer.piece(spec.bos, true),
                                          tokenizer.piece(spec.eos, true)));
  Tokenizer::EncodeOptions options{.add_bos = false, .parse_special = true};
  if (!parse_special_in_content) options.protected_ranges = rendering.from_messages;
  std::vector<int32_t> ids = tokenizer.encode(rendering.text, options);
  if (spec.add_bos && (ids.empty() || ids[0] != spec.bos)) ids.insert(ids.begin(), spec.bos);
  return ids;
}

Result<std::vector<int32_t>> encode_parts(const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                          const std::vector<ChatMessage>& messages,
                                          bool add_generation_prompt, bool parse_special_in_content) {
  if (trimmed(chat_template.source()) != trimmed(kBitnetChatTemplate)) {
    return fail(ErrorCode::kUnsupported,
                "the chat encoding 'parts' is for BitNet's chat template only: use 'whole' for this model "
                "(--chat-encoding whole)");
  }
  TERN_ASSIGN(ChatParts parts, encode_chat_parts(tokenizer, messages, parse_special_in_content));
  if (add_generation_prompt) {
    const auto prompt = tokenizer.encode("Assistant: ", {.add_bos = false, .parse_special = false});
    parts.ids.insert(parts.ids.end(), prompt.begin(), prompt.end());
  }
  return std::move(parts.ids);
}

}  // namespace

ChatTemplate::ChatTemplate() = default;
ChatTemplate::~ChatTemplate() = default;

Result<std::unique_ptr<ChatTemplate>> ChatTemplate::parse(std::string source) {
  if (source.size() > jinja::kMaxSource) {
    return fail(ErrorCode::kBadFile, "chat template: {} bytes, more than {}", source.size(),
                jinja::kMaxSource);
  }
  std::string normalized = jinja::normalize_newlines(source);
  TERN_ASSIGN(jinja::Block statements, jinja::parse_template(normalized));
  std::unique_ptr<ChatTemplate> made(new ChatTemplate());
  made->impl_.reset(new Impl{std::move(source), std::move(normalized), std::move(statements)});
  return made;
}

Result<ChatTemplate::Rendering> ChatTemplate::render_marked(const std::vector<ChatMessage>& messages,
                                                            bool add_generation_prompt,
                                                            std::string_view bos_token,
                                                            std::string_view eos_token,
                                                            const OrderedJson& extra) const {
  jinja::Interpreter interpreter;
  interpreter.define("tools", jinja::None{});
  interpreter.define("documents", jinja::None{});
  if (!bos_token.empty()) interpreter.define("bos_token", jinja::Text(bos_token));
  if (!eos_token.empty()) interpreter.define("eos_token", jinja::Text(eos_token));
  if (!extra.is_null() && !extra.is_object()) {
    return fail(ErrorCode::kInvalidArgument, "the chat template's variables must be an object");
  }
  if (extra.is_object()) {
    for (auto entry = extra.begin(); entry != extra.end(); ++entry) {
      TERN_ASSIGN(jinja::Value value,
                  jinja::from_json(entry.value(), /*from_user=*/false, interpreter.budget()));
      interpreter.define(entry.key(), std::move(value));
    }
  }
  TERN_ASSIGN(jinja::Value conversation, messages_value(messages, interpreter.budget()));
  interpreter.define("messages", std::move(conversation));
  interpreter.define("add_generation_prompt", add_generation_prompt);
  TERN_ASSIGN(const jinja::Text text, interpreter.run(impl_->statements));
  return Rendering{text.bytes(), text.user()};
}

Result<std::string> ChatTemplate::render(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                                         std::string_view bos_token, std::string_view eos_token,
                                         const OrderedJson& extra) const {
  TERN_ASSIGN(Rendering rendering,
              render_marked(messages, add_generation_prompt, bos_token, eos_token, extra));
  return std::move(rendering.text);
}

const std::string& ChatTemplate::source() const {
  return impl_->source;
}

Result<ChatEncoding> parse_chat_encoding(std::string_view name) {
  if (name == "whole") return ChatEncoding::kWhole;
  if (name == "parts") return ChatEncoding::kParts;
  return fail(ErrorCode::kInvalidArgument, "chat encoding '{}': choose whole or parts", name);
}

std::string_view chat_encoding_name(ChatEncoding encoding) {
  return encoding == ChatEncoding::kWhole ? "whole" : "parts";
}

/// bitnet.cpp's gpu/ encoding: no token spans a border between header, content and end of turn.
Result<ChatParts> encode_chat_parts(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                                    bool parse_special_in_content) {
  const int32_t end_of_turn = tokenizer.find_special(kEndOfTurn);
  const int32_t bos = tokenizer.spec().bos;
  if (end_of_turn < 0 || bos < 0) {
    return fail(ErrorCode::kUnsupported,
                "the chat encoding 'parts' needs {} and a bos token, which this tokenizer lacks: use 'whole'",
                kEndOfTurn);
  }
  ChatParts parts{.ids = {bos}, .contents = {}};
  const auto append = [&](std::string_view text, bool parse_special) {
    const auto part = tokenizer.encode(text, {.add_bos = false, .parse_special = parse_special});
    parts.ids.insert(parts.ids.end(), part.begin(), part.end());
  };
  for (const ChatMessage& message : messages) {
    if (!message.content) {
      return fail(
          ErrorCode::kUnsupported,
          "the chat encoding 'parts' takes contents that are text: use 'whole' for this conversation");
    }
    TERN_ASSIGN(const jinja::Text role,
                jinja::change_case(jinja::Text(message.role), jinja::Case::kCapitalize));
    append(role.bytes() + ": ", false);
    const size_t begin = parts.ids.size();
    append(trimmed(*message.content), parse_special_in_content);
    parts.ids.push_back(end_of_turn);
    parts.contents.emplace_back(begin, parts.ids.size());
  }
  return parts;
}

Result<std::vector<int32_t>> encode_chat(const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                         const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                                         ChatEncoding encoding, bool parse_special_in_content) {
  const auto encode = encoding == ChatEncoding::kWhole ? encode_whole : encode_parts;
  return encode(tokenizer, chat_template, messages, add_generation_prompt, parse_special_in_content);
}

}  // namespace tern
