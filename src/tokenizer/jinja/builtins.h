#pragma once
// Filters, tests, functions and methods. Each is a line of a table (filters.inc, tests.inc, functions.inc,
// methods.inc) and a function of the file beside it.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/jinja/value.h"

namespace tern::jinja {

class Interpreter;

using NamedValues = std::vector<std::pair<std::string, Value>>;

/// A builtin being called: its arguments, bound to the parameters of its table line.
struct Call {
  Interpreter* interpreter;
  Budget* budget;
  Value subject;                           ///< left of "|", "is" or "."
  std::vector<std::optional<Value>> args;  ///< one a parameter
  std::vector<Value> rest;                 ///< what else came, when the line ends in "*"
  NamedValues named;                       ///< the same by name, when the line ends in "**"

  bool has(size_t i) const { return args[i].has_value(); }
  /// kInvalidArgument unless the argument is of the type asked for; `fallback` when it was not given.
  Result<int64_t> integer(size_t i, int64_t fallback) const;
  Result<Text> text(size_t i, std::string_view fallback) const;
  bool flag(size_t i, bool fallback) const { return has(i) ? truthy(*args[i]) : fallback; }
};

struct Builtin {
  const char* name;
  const char* parameters;  ///< names with blanks between; "*" and "**" at the end take the rest
  size_t required;         ///< this many of the parameters must be given
  Result<Value> (*function)(Call&);
};

/// Null when there is none of that name.
const Builtin* find_filter(std::string_view name);
const Builtin* find_test(std::string_view name);
const Builtin* find_function(std::string_view name);
/// A method that we have; kUnsupported when Python's type has such an attribute and we have not.
Result<const Builtin*> find_method(const Value& subject, std::string_view name);

/// Binds arguments to parameters and calls.
Result<Value> invoke(const Builtin& builtin, Interpreter* interpreter, Value subject,
                     std::vector<Value> positional, NamedValues named);

/// `subject` as text; a filter takes anything for its str().
Result<Text> subject_text(const Call& call);
/// What `object.name` and `object[key]` give; undefined when there is nothing.
Result<Value> get_attribute(const Value& object, std::string_view name, Budget* budget);
Result<Value> get_item(const Value& object, const Value& key, Budget* budget);
Status set_attribute(Namespace* object, std::string_view name, Value value, Budget* budget);

enum class Case { kUpper, kLower, kCapitalize, kTitle };
/// Changes case as Python does; kUnsupported on letters outside ASCII that have two cases.
Result<Text> change_case(const Text& text, Case how);
/// str.replace; `limit` < 0 replaces all.
Result<Text> replace_text(const Text& text, const Text& old_text, const Text& new_text, int64_t limit,
                          Budget* budget);
/// str.splitlines()
Result<std::vector<Text>> split_lines(const Text& text, bool keep_ends, Budget* budget);
/// `text` with & < > ' and " as HTML writes them; what is HTML already stays as it is.
Result<Text> escape_html(const Text& text, Budget* budget);
Result<Text> strip_text(const Text& text, const std::optional<Value>& characters, Side side, Budget* budget);

}  // namespace tern::jinja
