// What may stand after "is".
#include "tokenizer/jinja/builtins.h"
#include "tokenizer/jinja/operators.h"

namespace tern::jinja {
namespace {

#define TERN_JINJA_TEST(name, function, parameters, required) Result<Value> test_##function(Call&);
#include "tokenizer/jinja/tests.inc"
#undef TERN_JINJA_TEST

constexpr Builtin kTests[] = {
#define TERN_JINJA_TEST(name, function, parameters, required) {name, parameters, required, test_##function},
#include "tokenizer/jinja/tests.inc"
#undef TERN_JINJA_TEST
};

Result<Value> compared(Op op, Call& call) {
  TERN_ASSIGN(const bool holds, comparison(op, call.subject, *call.args[0], call.budget));
  return Value(holds);
}

/// Whether subject % by == rest, which for 2.5 is neither odd nor even.
Result<Value> leaves_rest(Call& call, const Value& by, int64_t rest) {
  TERN_ASSIGN(const Value left, arithmetic(Op::kMod, call.subject, by, call.budget));
  TERN_ASSIGN(const bool same, equal(left, Value(rest), call.budget));
  return Value(same);
}

Result<Value> test_eq(Call& call) {
  return compared(Op::kEq, call);
}
Result<Value> test_ne(Call& call) {
  return compared(Op::kNe, call);
}
Result<Value> test_lt(Call& call) {
  return compared(Op::kLt, call);
}
Result<Value> test_le(Call& call) {
  return compared(Op::kLe, call);
}
Result<Value> test_gt(Call& call) {
  return compared(Op::kGt, call);
}
Result<Value> test_ge(Call& call) {
  return compared(Op::kGe, call);
}
Result<Value> test_in(Call& call) {
  return compared(Op::kIn, call);
}
Result<Value> test_even(Call& call) {
  return leaves_rest(call, int64_t{2}, 0);
}
Result<Value> test_odd(Call& call) {
  return leaves_rest(call, int64_t{2}, 1);
}
Result<Value> test_divisibleby(Call& call) {
  return leaves_rest(call, *call.args[0], 0);
}
Result<Value> test_boolean(Call& call) {
  return Value(call.subject.as<bool>() != nullptr);
}
Result<Value> test_callable(Call& call) {
  // An undefined value has __call__, which fails, and so has `loop`.
  return Value(call.subject.as<Callable>() || call.subject.is_undefined() || call.subject.loop());
}
Result<Value> test_defined(Call& call) {
  return Value(!call.subject.is_undefined());
}
Result<Value> test_undefined(Call& call) {
  return Value(call.subject.is_undefined());
}
Result<Value> test_none(Call& call) {
  return Value(call.subject.is_none());
}
Result<Value> test_is_true(Call& call) {
  return Value(call.subject.as<bool>() && truthy(call.subject));
}
Result<Value> test_is_false(Call& call) {
  return Value(call.subject.as<bool>() && !truthy(call.subject));
}
Result<Value> test_integer(Call& call) {
  return Value(call.subject.as<int64_t>() != nullptr);
}
Result<Value> test_is_float(Call& call) {
  return Value(call.subject.as<double>() != nullptr);
}
Result<Value> test_number(Call& call) {
  return Value(call.subject.is_number());
}
Result<Value> test_string(Call& call) {
  return Value(call.subject.text() != nullptr);
}
Result<Value> test_mapping(Call& call) {
  return Value(call.subject.dict() != nullptr);
}

/// str.islower() and str.isupper(): letters are there, and changing their case so changes nothing.
Result<Value> is_cased(const Call& call, Case how, Case other) {
  TERN_ASSIGN(const Text text, subject_text(call));
  TERN_TRY(call.budget->spend(2 * text.size()));
  TERN_ASSIGN(const Text same, change_case(text, how));
  TERN_ASSIGN(const Text changed, change_case(text, other));
  return Value(same.bytes() == text.bytes() && changed.bytes() != text.bytes());
}
Result<Value> test_lower(Call& call) {
  return is_cased(call, Case::kLower, Case::kUpper);
}
Result<Value> test_upper(Call& call) {
  return is_cased(call, Case::kUpper, Case::kLower);
}

/// Python's `is`, where it does not depend on how Python keeps its values.
Result<Value> test_sameas(Call& call) {
  const Value &a = call.subject, &b = *call.args[0];
  const auto is_one_of_a_kind = [](const Value& value) { return value.is_none() || value.as<bool>(); };
  if (!is_one_of_a_kind(a) && !is_one_of_a_kind(b))
    return fail(ErrorCode::kUnsupported, "sameas is supported with true, false and none");
  if (a.is_none() || b.is_none()) return Value(a.is_none() && b.is_none());
  return Value(a.as<bool>() && b.as<bool>() && *a.as<bool>() == *b.as<bool>());
}

Result<Value> test_iterable(Call& call) {
  const Value& subject = call.subject;
  return Value(subject.text() || subject.sequence() || subject.dict() || subject.loop() ||
               subject.is_undefined());
}

Result<Value> test_sequence(Call& call) {
  // jinja2 asks for len() and [], so that dictionaries pass, and undefined values too.
  const Sequence* sequence = call.subject.sequence();
  const bool indexed =
      sequence && sequence->kind != Sequence::Kind::kView && sequence->kind != Sequence::Kind::kIterator;
  return Value(indexed || call.subject.text() || call.subject.dict() || call.subject.is_undefined());
}

}  // namespace

const Builtin* find_test(std::string_view name) {
  for (const Builtin& test : kTests) {
    if (name == test.name) return &test;
  }
  return nullptr;
}

}  // namespace tern::jinja
