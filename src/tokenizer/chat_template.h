#pragma once
// Chat templates: a bounded Jinja subset, rendered exactly as transformers does.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/tokenizer.h"

namespace tern {

struct ChatMessage {
  std::string role;  ///< "system", "user", "assistant", "tool"
  std::optional<std::string> content;
  /// What else the template may read, in order behind the two above: an object or null. name, tool_calls,
  /// tool_call_id, reasoning_content .., and a `content` that is no string.
  OrderedJson more = nullptr;
};

/// A parsed template. Rendering is bounded in output (16 MiB), steps and depth.
class ChatTemplate {
 public:
  /// kUnsupported names unknown syntax, filter, test or function with its line; kBadFile on broken syntax.
  static Result<std::unique_ptr<ChatTemplate>> parse(std::string source);
  ~ChatTemplate();
  /// Variables as transformers passes them: messages, add_generation_prompt, bos_token, eos_token, and
  /// `extra` (an object, or null); tools and documents are None unless in `extra`, and a token that is "" is
  /// undefined. strftime_now() reads the clock, as there. raise_exception() in the template is
  /// kInvalidArgument with its message.
  Result<std::string> render(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                             std::string_view bos_token, std::string_view eos_token,
                             const OrderedJson& extra = nullptr) const;
  /// The same text, and which bytes of it the messages brought: ranges [begin, end), sorted and disjoint.
  /// (A role is the template's own word when it is system, user, assistant or tool.)
  struct Rendering {
    std::string text;
    std::vector<std::pair<size_t, size_t>> from_messages;
  };
  Result<Rendering> render_marked(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                                  std::string_view bos_token, std::string_view eos_token,
                                  const OrderedJson& extra = nullptr) const;
  const std::string& source() const;

 private:
  ChatTemplate();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// BitNet's template (docs/formats.md), used when a file has none or a wrong one.
extern const char* const kBitnetChatTemplate;

/// How a conversation becomes ids (docs: chat encodings).
enum class ChatEncoding {
  kWhole,  ///< render to one string, encode it with special tokens parsed (transformers)
  kParts   ///< role header, content and end-of-turn encoded apart, text never parsed for special tokens
           ///< (bitnet.cpp gpu/)
};
Result<ChatEncoding> parse_chat_encoding(std::string_view name);
/// "whole" or "parts": of --chat-encoding and of `tern.chat_encoding` in files.
std::string_view chat_encoding_name(ChatEncoding encoding);

/// Ids of a conversation. kParts is defined for BitNet's template only: kUnsupported otherwise. BOS is added
/// once: not again when the rendered text starts with it. With kWhole, special tokens inside `content` would
/// be parsed like the template's own; so that user text stays text, a special token is not recognised where
/// any byte of it came from a message, unless `parse_special_in_content`. The text is encoded as one
/// nevertheless, so ids equal transformers' whenever no content holds a special token's text.
Result<std::vector<int32_t>> encode_chat(const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                         const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                                         ChatEncoding encoding, bool parse_special_in_content = false);

/// A conversation in kParts, without a generation prompt.
struct ChatParts {
  std::vector<int32_t> ids;
  /// Of each message, the ids [begin, end) of its content and its end of turn: what its author chose.
  std::vector<std::pair<size_t, size_t>> contents;
};
/// By BitNet's template. kUnsupported when the tokenizer has no <|eot_id|> or bos, or a content is no text.
Result<ChatParts> encode_chat_parts(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                                    bool parse_special_in_content = false);

}  // namespace tern
