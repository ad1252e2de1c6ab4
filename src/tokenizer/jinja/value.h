#pragma once
// The values of a template: Python's, as far as templates see them. Immutable but for namespaces, as in
// jinja2's ImmutableSandboxedEnvironment; so values form a tree, whose depth is bounded when a container is
// made.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/jinja/budget.h"
#include "tokenizer/jinja/text.h"

namespace tern::jinja {

struct Statement;
struct Builtin;
struct Sequence;
struct Dict;
struct Namespace;
struct Loop;

struct None {};

/// Prints as nothing and is false; anything else done with it fails with `reason`.
struct Undefined {
  std::shared_ptr<const std::string> reason;
};

/// A macro, a function, or (neither) a method that was looked at but not called.
struct Callable {
  const Statement* macro = nullptr;  ///< or a call block, whose body `caller` runs
  const Builtin* function = nullptr;
  uint64_t call_block = 0;  ///< which run of it: `caller` sees the variables there and ends with it
};

class Value {
 public:
  using Storage = std::variant<Undefined, None, bool, int64_t, double, std::shared_ptr<const Text>,
                               std::shared_ptr<const Sequence>, std::shared_ptr<const Dict>, Namespace*,
                               std::shared_ptr<const Loop>, Callable>;

  Value() = default;
  template <typename T>
  requires(!std::is_pointer_v<T>)  // a pointer would become a bool
      Value(T value)
      : storage_(std::move(value)) {}
  Value(Namespace* value) : storage_(value) {}
  Value(Text text) : storage_(std::make_shared<const Text>(std::move(text))) {}
  /// `reason` must be short: it is not paid for (make_undefined() is for what quotes the template).
  static Value undefined(std::string reason);

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&storage_);
  }
  /// Null when the value is of another type.
  const Text* text() const { return object<Text>(); }
  const Sequence* sequence() const { return object<Sequence>(); }
  const Dict* dict() const { return object<Dict>(); }
  const Loop* loop() const { return object<Loop>(); }
  const std::shared_ptr<const Sequence>& shared_sequence() const {
    return *std::get_if<std::shared_ptr<const Sequence>>(&storage_);
  }
  bool is_undefined() const { return as<Undefined>() != nullptr; }
  bool is_none() const { return as<None>() != nullptr; }
  bool is_number() const { return as<bool>() || as<int64_t>() || as<double>(); }

  /// The value of an int or bool, as Python takes True for 1.
  const int64_t* integer(int64_t* storage) const;

 private:
  template <typename T>
  const T* object() const {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&storage_);
    return pointer ? pointer->get() : nullptr;
  }

  Storage storage_;
};

struct Sequence {
  enum class Kind {
    kList,
    kTuple,
    kRange,
    kView,     ///< dict.items() and the like: a length, but no index
    kIterator  ///< what lazy filters give: neither, and it runs once
  };
  Kind kind;
  std::vector<Value> items;
  int depth;      ///< 1 + that of the deepest item
  bool hashable;  ///< a tuple of hashable items; kept, as finding out would walk a tuple that holds itself
                  ///< twice, and so on, again and again
  mutable bool consumed = false;
};

struct Dict {
  std::vector<std::pair<Value, Value>> items;  ///< in order of insertion; keys differ
  int depth;
};

struct Namespace {
  std::unordered_map<std::string, Value> items;
};

/// The variable `loop`.
struct Loop {
  std::shared_ptr<const Sequence> items;
  int64_t index0 = 0;
};

/// Python's name of the type, for messages.
std::string_view type_name(const Value& value);
/// The failure that using an undefined value is.
tl::unexpected<Error> undefined_error(const Value& value);

Result<Value> make_sequence(Sequence::Kind kind, std::vector<Value> items, Budget* budget);
/// A key that occurs twice keeps its place and gets the later value.
Result<Value> make_dict(std::vector<std::pair<Value, Value>> items, Budget* budget);
Result<Value> make_text(Text text, Budget* budget);
/// Undefined; `reason` is paid for.
Result<Value> make_undefined(std::string reason, Budget* budget);
/// The start of `name` that messages show.
std::string_view shown_name(std::string_view name);
/// Whether `key` may be a key of a dictionary.
bool hashable(const Value& key);
/// Null when the key is absent.
Result<const Value*> find_key(const Dict& dict, const Value& key, Budget* budget);

bool truthy(const Value& value);
Result<bool> equal(const Value& a, const Value& b, Budget* budget);
/// Negative, 0 or positive; kInvalidArgument when Python would not order the two.
Result<int> compare(const Value& a, const Value& b, Budget* budget);
/// Sorts by key(item), a Value that lives as long as the item; fails when compare() does.
template <typename Item, typename Key>
Status stable_sort_by(std::vector<Item>* items, Key key, Budget* budget) {
  Status status;
  std::stable_sort(items->begin(), items->end(), [&](const Item& a, const Item& b) {
    if (!status) return false;
    const auto order = compare(key(a), key(b), budget);
    if (!order) status = tl::unexpected<Error>(order.error());
    return order && *order < 0;
  });
  return status;
}
/// `item in container`
Result<bool> contains(const Value& container, const Value& item, Budget* budget);
/// What a for loop would run over: characters of a string, keys of a dict.
Result<std::shared_ptr<const Sequence>> iterate(const Value& value, Budget* budget);
Result<int64_t> length(const Value& value, Budget* budget);

/// str(value), undefined as "".
Result<Text> to_text(const Value& value, Budget* budget);
/// str() of a float.
std::string float_text(double number);

struct JsonStyle {
  bool ensure_ascii = false;
  bool sort_keys = false;
  bool multiline = false;
  Text indent;  ///< of one level, when multiline
  Text item_separator{std::string_view(", ")};
  Text key_separator{std::string_view(": ")};
};
/// json.dumps
Result<Text> to_json(const Value& value, const JsonStyle& style, Budget* budget);
/// JSON as values; `from_user` marks its strings, keys too, as text that a user wrote.
Result<Value> from_json(const OrderedJson& json, bool from_user, Budget* budget, int level = 0);

}  // namespace tern::jinja
