// Values as text: Python's str(), repr() and json.dumps(); and JSON as values.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "tokenizer/char_class.h"
#include "tokenizer/jinja/value.h"
#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

/// Text under construction that pays for what it appends.
class Writer {
 public:
  explicit Writer(Budget* budget) : budget_(budget) {}
  Status add(std::string_view part) {
    TERN_TRY(budget_->spend(part.size() + 1));
    text_.append(part);
    return {};
  }
  Status add(const Text& part) {
    TERN_TRY(budget_->spend(part.size() + 1));
    text_.append(part);
    return {};
  }
  Text take() { return std::move(text_); }

 private:
  Budget* budget_;
  Text text_;
};

/// repr() of one character that is not ASCII: as it is when printable, which letters and digits are for
/// certain.
Status append_repr(std::string_view character, std::string* out) {
  const Utf8Step step = utf8_step(character);
  if (step.state != Utf8State::kValid) {
    out->append(character);
    return {};
  }
  if (is_python_space(step.code)) {
    out->append(step.code < 0x100 ? fmt::format("\\x{:02x}", step.code)
                                  : fmt::format("\\u{:04x}", step.code));
    return {};
  }
  const CharClass cls = char_class(step.code);
  if (cls != CharClass::kLetter && cls != CharClass::kNumber) {
    return fail(ErrorCode::kUnsupported,
                "printing a list or dictionary with U+{:04X} in it is not supported: use tojson", step.code);
  }
  out->append(character);
  return {};
}

Result<Text> repr_text(const Text& text) {
  if (text.is_markup())
    return fail(ErrorCode::kUnsupported, "printing a list or dictionary of what |safe gave is not supported");
  const std::string& bytes = text.bytes();
  const bool double_quotes = bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string out(1, quote);
  for (size_t at = 0; at < bytes.size();) {
    const auto c = static_cast<unsigned char>(bytes[at]);
    if (c >= 0x80) {
      const size_t length = utf8_step(std::string_view(bytes).substr(at)).length;
      TERN_TRY(append_repr(std::string_view(bytes).substr(at, length), &out));
      at += length;
      continue;
    }
    if (c == static_cast<unsigned char>(quote) || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += {'\\', c == '\n' ? 'n' : c == '\r' ? 'r' : 't'};
    } else if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += static_cast<char>(c);
    }
    ++at;
  }
  out += quote;
  return text.derived(std::move(out));
}

Status write_repr(const Value& value, Writer* writer);

Status write_sequence(const Sequence& sequence, Writer* writer) {
  const bool tuple = sequence.kind == Sequence::Kind::kTuple;
  if (!tuple && sequence.kind != Sequence::Kind::kList) {
    return fail(ErrorCode::kUnsupported, "printing a {} is not supported: apply the list filter first",
                sequence.kind == Sequence::Kind::kRange ? "range" : "generator");
  }
  TERN_TRY(writer->add(tuple ? "(" : "["));
  for (size_t i = 0; i < sequence.items.size(); ++i) {
    if (i > 0) TERN_TRY(writer->add(", "));
    TERN_TRY(write_repr(sequence.items[i], writer));
  }
  if (tuple && sequence.items.size() == 1) TERN_TRY(writer->add(","));
  return writer->add(tuple ? ")" : "]");
}

Status write_dict(const Dict& dict, Writer* writer) {
  TERN_TRY(writer->add("{"));
  for (size_t i = 0; i < dict.items.size(); ++i) {
    if (i > 0) TERN_TRY(writer->add(", "));
    TERN_TRY(write_repr(dict.items[i].first, writer));
    TERN_TRY(writer->add(": "));
    TERN_TRY(write_repr(dict.items[i].second, writer));
  }
  return writer->add("}");
}

Status write_repr(const Value& value, Writer* writer) {
  if (value.is_undefined()) return writer->add("Undefined");
  if (value.is_none()) return writer->add("None");
  if (const bool* boolean = value.as<bool>()) return writer->add(*boolean ? "True" : "False");
  if (const int64_t* integer = value.as<int64_t>()) return writer->add(std::to_string(*integer));
  if (const double* number = value.as<double>()) return writer->add(float_text(*number));
  if (const Text* text = value.text()) {
    TERN_ASSIGN(const Text quoted, repr_text(*text));
    return writer->add(quoted);
  }
  if (const Sequence* sequence = value.sequence()) return write_sequence(*sequence, writer);
  if (const Dict* dict = value.dict()) return write_dict(*dict, writer);
  return fail(ErrorCode::kUnsupported, "printing a {} is not supported", type_name(value));
}

/// A JSON string literal.
Text json_text(const Text& text, bool ensure_ascii) {
  const std::string& bytes = text.bytes();
  std::string out = "\"";
  for (size_t at = 0; at < bytes.size();) {
    const auto c = static_cast<unsigned char>(bytes[at]);
    const char* shorthand = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (; *shorthand != '\0' && static_cast<unsigned char>(*shorthand) != c; shorthand += 2) {
    }
    const Utf8Step step = utf8_step(std::string_view(bytes).substr(at));
    if (c != 0 && *shorthand != '\0') {
      out += {'\\', shorthand[1]};
    } else if (c < 0x20 || (c == 0x7f && ensure_ascii)) {
      out += fmt::format("\\u{:04x}", c);
    } else if (c < 0x80 || !ensure_ascii || step.state != Utf8State::kValid) {
      out.append(bytes, at, step.length);
    } else if (step.code < 0x10000) {
      out += fmt::format("\\u{:04x}", step.code);
    } else {
      const uint32_t rest = step.code - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
    }
    at += step.length;
  }
  out += '"';
  return text.derived(std::move(out));
}

class JsonWriter {
 public:
  JsonWriter(const JsonStyle& style, Budget* budget) : style_(style), budget_(budget), writer_(budget) {}
  Text take() { return writer_.take(); }

  Status write(const Value& value) {
    if (const Text* text = value.text()) return writer_.add(json_text(*text, style_.ensure_ascii));
    if (value.is_none()) return writer_.add("null");
    if (value.is_number()) return writer_.add(number(value));
    const Sequence* sequence = value.sequence();
    if (sequence && (sequence->kind == Sequence::Kind::kList || sequence->kind == Sequence::Kind::kTuple)) {
      return write_list(*sequence);
    }
    if (const Dict* dict = value.dict()) return write_dict(*dict);
    if (value.is_undefined()) return undefined_error(value);
    return fail(ErrorCode::kInvalidArgument, "object of type {} is not JSON serializable", type_name(value));
  }

 private:
  static std::string number(const Value& value) {
    if (const bool* boolean = value.as<bool>()) return *boolean ? "true" : "false";
    if (const int64_t* integer = value.as<int64_t>()) return std::to_string(*integer);
    const double number = *value.as<double>();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    return float_text(number);
  }

  Status new_line() {
    if (!style_.multiline) return {};
    TERN_TRY(writer_.add("\n"));
    for (int i = 0; i < level_; ++i) TERN_TRY(writer_.add(style_.indent));
    return {};
  }

  template <typename Item, typename WriteItem>
  Status write_container(std::string_view brackets, const std::vector<Item>& items, WriteItem write_item) {
    TERN_TRY(writer_.add(brackets.substr(0, 1)));
    ++level_;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) TERN_TRY(writer_.add(style_.item_separator));
      TERN_TRY(new_line());
      TERN_TRY(write_item(items[i]));
    }
    --level_;
    if (!items.empty()) TERN_TRY(new_line());
    return writer_.add(brackets.substr(1));
  }

  Status write_list(const Sequence& sequence) {
    return write_container("[]", sequence.items, [this](const Value& item) { return write(item); });
  }

  Status write_dict(const Dict& dict) {
    auto items = dict.items;
    TERN_TRY(budget_->spend_items(2 * items.size()));
    if (style_.sort_keys) {
      TERN_TRY(stable_sort_by(
          &items, [](const auto& item) -> const Value& { return item.first; }, budget_));
    }
    return write_container("{}", items, [this](const std::pair<Value, Value>& item) -> Status {
      TERN_TRY(write_key(item.first));
      TERN_TRY(writer_.add(style_.key_separator));
      return write(item.second);
    });
  }

  Status write_key(const Value& key) {
    if (key.text()) return write(key);
    if (key.is_none()) return writer_.add("\"null\"");
    if (key.is_number()) return writer_.add(fmt::format("\"{}\"", number(key)));
    return fail(ErrorCode::kInvalidArgument, "a {} cannot be a key in JSON", type_name(key));
  }

  const JsonStyle& style_;
  Budget* budget_;
  Writer writer_;
  int level_ = 0;
};

}  // namespace

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  // The shortest digits that read back as this number; Python writes an exponent outside [1e-4, 1e16).
  char buffer[64];
  const double size = std::fabs(number);
  const bool exponent = size != 0 && (size < 1e-4 || size >= 1e16);
  const auto format = exponent ? std::chars_format::scientific : std::chars_format::fixed;
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), number, format);
  std::string text(buffer, error == std::errc() ? end : buffer);
  if (!exponent && text.find('.') == std::string::npos) text += ".0";
  return text;
}

Result<Text> to_text(const Value& value, Budget* budget) {
  if (const Text* text = value.text()) {
    TERN_TRY(budget->spend(text->size()));
    return *text;
  }
  if (value.is_undefined()) return Text();
  Writer writer(budget);
  TERN_TRY(write_repr(value, &writer));
  return writer.take();
}

Result<Text> to_json(const Value& value, const JsonStyle& style, Budget* budget) {
  JsonWriter writer(style, budget);
  TERN_TRY(writer.write(value));
  return writer.take();
}

Result<Value> from_json(const OrderedJson& json, bool from_user, Budget* budget, int level) {
  const auto text_of = [from_user](const std::string& bytes) {
    return from_user ? Text::from_user(bytes) : Text(bytes);
  };
  if (level > kMaxValueDepth)
    return fail(ErrorCode::kOutOfMemory, "JSON nested deeper than {}", kMaxValueDepth);
  if (json.is_null()) return Value(None{});
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    return fail(ErrorCode::kUnsupported, "the number {} does not fit 64 bits", json.get<uint64_t>());
  }
  if (json.is_number_integer()) return Value(json.get<int64_t>());
  if (json.is_number_float()) return Value(json.get<double>());
  if (json.is_string()) return make_text(text_of(json.get_ref<const std::string&>()), budget);
  if (json.is_array()) {
    std::vector<Value> items;
    for (const OrderedJson& item : json) {
      TERN_ASSIGN(Value value, from_json(item, from_user, budget, level + 1));
      items.push_back(std::move(value));
    }
    return make_sequence(Sequence::Kind::kList, std::move(items), budget);
  }
  if (!json.is_object()) return fail(ErrorCode::kUnsupported, "a template variable must be JSON");
  std::vector<std::pair<Value, Value>> items;
  for (const auto& [key, item] : json.items()) {
    TERN_ASSIGN(Value value, from_json(item, from_user, budget, level + 1));
    items.emplace_back(text_of(key), std::move(value));
  }
  return make_dict(std::move(items), budget);
}

}  // namespace tern::jinja
