// How builtins get their arguments.
#include "tokenizer/jinja/builtins.h"

#include "tokenizer/jinja/interpreter.h"

namespace tern::jinja {
namespace {

/// The parameters of a table line.
struct Signature {
  std::vector<std::string_view> names;
  bool rest = false, named = false;
};

Signature read_signature(std::string_view parameters) {
  Signature signature;
  while (!parameters.empty()) {
    const std::string_view word = parameters.substr(0, parameters.find(' '));
    parameters.remove_prefix(std::min(parameters.size(), word.size() + 1));
    if (word == "*") {
      signature.rest = true;
    } else if (word == "**") {
      signature.named = true;
    } else {
      signature.names.push_back(word);
    }
  }
  return signature;
}

}  // namespace

Result<int64_t> Call::integer(size_t i, int64_t fallback) const {
  if (!has(i)) return fallback;
  if (args[i]->is_undefined()) return undefined_error(*args[i]);
  int64_t storage;
  const int64_t* integer = args[i]->integer(&storage);
  if (integer == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "an integer is needed, not '{}'", type_name(*args[i]));
  }
  return *integer;
}

Result<Text> Call::text(size_t i, std::string_view fallback) const {
  if (!has(i)) return Text(fallback);
  if (args[i]->is_undefined()) return undefined_error(*args[i]);
  if (args[i]->text() == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "a string is needed, not '{}'", type_name(*args[i]));
  }
  TERN_TRY(budget->spend(args[i]->text()->size()));
  return *args[i]->text();
}

Result<Value> invoke(const Builtin& builtin, Interpreter* interpreter, Value subject,
                     std::vector<Value> positional, NamedValues named) {
  // map() and select() copy their arguments for every item.
  TERN_TRY(interpreter->budget()->spend_items(positional.size() + named.size()));
  const Signature signature = read_signature(builtin.parameters);
  Call call{interpreter, interpreter->budget(), std::move(subject), {}, {}, {}};
  call.args.resize(signature.names.size());
  for (size_t i = 0; i < positional.size(); ++i) {
    if (i < signature.names.size()) {
      call.args[i] = std::move(positional[i]);
    } else if (signature.rest) {
      call.rest.push_back(std::move(positional[i]));
    } else {
      return fail(ErrorCode::kInvalidArgument, "{} takes at most {} arguments", builtin.name,
                  signature.names.size());
    }
  }
  for (auto& argument : named) {
    const std::string& name = argument.first;
    const auto found = std::find(signature.names.begin(), signature.names.end(), name);
    const auto i = static_cast<size_t>(found - signature.names.begin());
    if (i < signature.names.size() && !call.args[i]) {
      call.args[i] = std::move(argument.second);
    } else if (i == signature.names.size() && signature.named) {
      call.named.push_back(std::move(argument));
    } else {
      return fail(ErrorCode::kInvalidArgument, "{} does not take argument '{}'", builtin.name, name);
    }
  }
  for (size_t i = 0; i < builtin.required; ++i) {
    if (!call.args[i]) {
      return fail(ErrorCode::kInvalidArgument, "{} needs argument '{}'", builtin.name, signature.names[i]);
    }
  }
  return builtin.function(call);
}

Result<Text> subject_text(const Call& call) {
  return to_text(call.subject, call.budget);
}

}  // namespace tern::jinja
