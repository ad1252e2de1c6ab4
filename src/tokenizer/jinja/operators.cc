#include "tokenizer/jinja/operators.h"

#include <cmath>

#include "base/checked_math.h"
#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {
namespace {

constexpr const char* symbol(Op op) {
  constexpr const char* kSymbols[] = {
      "+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
  return kSymbols[static_cast<int>(op)];
}

tl::unexpected<Error> mismatch(Op op, const Value& a, const Value& b) {
  return fail(ErrorCode::kInvalidArgument, "operator {} does not take {} and {}", symbol(op), type_name(a),
              type_name(b));
}

tl::unexpected<Error> overflow() {
  return fail(ErrorCode::kUnsupported, "a number leaves the range of 64 bits");
}

tl::unexpected<Error> division_by_zero() {
  return fail(ErrorCode::kInvalidArgument, "division by zero");
}

Result<Value> integers(Op op, int64_t a, int64_t b) {
  std::optional<int64_t> result;
  if (op == Op::kAdd) {
    result = checked_add(a, b);
  } else if (op == Op::kSub) {
    int64_t difference;
    if (!__builtin_sub_overflow(a, b, &difference)) result = difference;
  } else if (op == Op::kMul) {
    result = checked_mul(a, b);
  } else if (b == 0) {
    return division_by_zero();
  } else if (b == -1) {
    // Apart, as the quotient of the lowest number does not fit and the processor traps on its remainder too.
    if (op == Op::kMod) return Value(int64_t{0});
    return integers(Op::kSub, 0, a);
  } else {
    // Python rounds down, C++ towards zero.
    const int64_t rest = a % b;
    const bool lower = rest != 0 && (rest < 0) != (b < 0);
    result = op == Op::kMod ? rest + (lower ? b : 0) : a / b - lower;
  }
  if (!result) return overflow();
  return Value(*result);
}

/// Exact, or nothing: Python divides integers of any size with one rounding, which this cannot.
std::optional<double> number_of(const Value& value) {
  int64_t storage;
  const int64_t* integer = value.integer(&storage);
  if (integer == nullptr) return *value.as<double>();
  constexpr int64_t kExact = int64_t{1} << 53;
  if (*integer < -kExact || *integer > kExact) return std::nullopt;
  return static_cast<double>(*integer);
}

Result<Value> floats(Op op, const Value& left, const Value& right) {
  const auto a = number_of(left), b = number_of(right);
  if (!a || !b) return overflow();
  if (op == Op::kAdd) return Value(*a + *b);
  if (op == Op::kSub) return Value(*a - *b);
  if (op == Op::kMul) return Value(*a * *b);
  if (*b == 0) return division_by_zero();
  if (op == Op::kDiv) return Value(*a / *b);
  double rest = std::fmod(*a, *b);
  if (rest != 0 && (rest < 0) != (*b < 0)) rest += *b;
  if (op == Op::kMod) return Value(rest == 0 ? std::copysign(0.0, *b) : rest);
  const double quotient = (*a - rest) / *b;
  const double floor = std::floor(quotient);
  return Value(quotient - floor > 0.5 ? floor + 1 : floor);
}

Result<Value> repeat(const Value& value, int64_t count, Budget* budget) {
  const uint64_t times = count < 0 ? 0 : static_cast<uint64_t>(count);
  if (const Text* text = value.text()) {
    const auto total =
        checked_mul<uint64_t>(text->size() + sizeof(Ranges::value_type) * text->user().size(), times);
    TERN_TRY(budget->spend(total.value_or(Budget::kTotal + 1)));
    Text repeated, power = *text;  // the text 1, 2, 4 .. times
    for (uint64_t left = text->size() > 0 ? times : 0; left > 0; left /= 2) {
      if (left % 2 == 1) repeated.append(power);
      if (left > 1) power.append(Text(power));
    }
    return make_text(std::move(repeated).with_markup(text->is_markup()), budget);
  }
  const Sequence& sequence = *value.sequence();
  const auto total = checked_mul<uint64_t>(sequence.items.size(), times);
  TERN_TRY(budget->spend_items(total.value_or(Budget::kTotal)));
  std::vector<Value> items;
  for (uint64_t i = 0; i < times && !sequence.items.empty(); ++i) {
    items.insert(items.end(), sequence.items.begin(), sequence.items.end());
  }
  return make_sequence(sequence.kind, std::move(items), budget);
}

bool repeatable(const Value& value) {
  const Sequence* sequence = value.sequence();
  return value.text() ||
         (sequence && (sequence->kind == Sequence::Kind::kList || sequence->kind == Sequence::Kind::kTuple));
}

Result<Value> concatenate(const Value& a, const Value& b, Budget* budget) {
  if (a.text() && b.text()) {
    TERN_TRY(budget->spend(a.text()->size()));
    Text joined = *a.text();
    if (a.text()->is_markup() || b.text()->is_markup()) {
      TERN_ASSIGN(joined, escape_html(*a.text(), budget));
      TERN_ASSIGN(const Text right, escape_html(*b.text(), budget));
      joined.append(right);
    } else {
      joined.append(*b.text());
    }
    return make_text(std::move(joined), budget);
  }
  const Sequence *left = a.sequence(), *right = b.sequence();
  if (!left || !right || left->kind != right->kind || !repeatable(a)) return mismatch(Op::kAdd, a, b);
  TERN_TRY(budget->spend_items(left->items.size() + right->items.size()));
  std::vector<Value> items = left->items;
  items.insert(items.end(), right->items.begin(), right->items.end());
  return make_sequence(left->kind, std::move(items), budget);
}

/// One bound of a slice as Python clips it to a sequence of `size`.
Result<int64_t> bound(const Value* value, int64_t fallback, int64_t size, bool backwards) {
  if (value == nullptr || value->is_none()) return fallback;
  int64_t storage;
  const int64_t* integer = value->integer(&storage);
  if (integer == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "slice indices must be integers, not {}", type_name(*value));
  }
  const int64_t low = backwards ? -1 : 0, high = backwards ? size - 1 : size;
  if (*integer < 0) return *integer < -size ? low : std::max(*integer + size, low);
  return std::min(*integer, high);
}

}  // namespace

Result<Value> arithmetic(Op op, const Value& a, const Value& b, Budget* budget) {
  if (op == Op::kMod && a.text()) return fail(ErrorCode::kUnsupported, "formatting with % is not supported");
  if (a.is_undefined()) return undefined_error(a);
  if (b.is_undefined()) return undefined_error(b);
  int64_t storage_a, storage_b;
  const int64_t *x = a.integer(&storage_a), *y = b.integer(&storage_b);
  if (a.is_number() && b.is_number()) {
    return x && y && op != Op::kDiv ? integers(op, *x, *y) : floats(op, a, b);
  }
  if (op == Op::kAdd) return concatenate(a, b, budget);
  if (op == Op::kMul && repeatable(a) && y) return repeat(a, *y, budget);
  if (op == Op::kMul && repeatable(b) && x) return repeat(b, *x, budget);
  return mismatch(op, a, b);
}

Result<Value> negative(const Value& value) {
  if (value.is_undefined()) return undefined_error(value);
  if (const double* number = value.as<double>()) return Value(-*number);
  int64_t storage;
  const int64_t* integer = value.integer(&storage);
  if (integer == nullptr)
    return fail(ErrorCode::kInvalidArgument, "operator - does not take {}", type_name(value));
  return integers(Op::kSub, 0, *integer);
}

Result<Value> positive(const Value& value) {
  if (value.is_undefined()) return undefined_error(value);
  if (value.as<double>()) return value;
  int64_t storage;
  const int64_t* integer = value.integer(&storage);
  if (integer == nullptr)
    return fail(ErrorCode::kInvalidArgument, "operator + does not take {}", type_name(value));
  return Value(*integer);
}

Result<bool> comparison(Op op, const Value& a, const Value& b, Budget* budget) {
  if (op == Op::kIn || op == Op::kNotIn) {
    TERN_ASSIGN(const bool found, contains(b, a, budget));
    return found == (op == Op::kIn);
  }
  if (op == Op::kEq || op == Op::kNe) {
    TERN_ASSIGN(const bool same, equal(a, b, budget));
    return same == (op == Op::kEq);
  }
  TERN_ASSIGN(const int order, compare(a, b, budget));
  if (op == Op::kLt) return order < 0;
  if (op == Op::kLe) return order <= 0;
  if (op == Op::kGt) return order > 0;
  return order >= 0;
}

Result<Value> slice(const Value& object, const Value* begin, const Value* end, const Value* step,
                    Budget* budget) {
  if (object.is_undefined()) return undefined_error(object);
  const Text* text = object.text();
  const Sequence* sequence = object.sequence();
  if (!text &&
      (!sequence || sequence->kind == Sequence::Kind::kView || sequence->kind == Sequence::Kind::kIterator)) {
    return fail(ErrorCode::kInvalidArgument, "a '{}' object has no slices", type_name(object));
  }
  std::vector<size_t> offsets;
  if (text) {
    TERN_TRY(budget->spend(sizeof(size_t) * text->size()));
    offsets = character_offsets(text->bytes());
  }
  const auto size = static_cast<int64_t>(text ? offsets.size() - 1 : sequence->items.size());
  int64_t storage;
  const int64_t* given = step && !step->is_none() ? step->integer(&storage) : nullptr;
  if (step && !step->is_none() && !given) {
    return fail(ErrorCode::kInvalidArgument, "slice indices must be integers, not {}", type_name(*step));
  }
  // A stride past either end is as good as one that just leaves the sequence, and cannot overflow.
  const int64_t stride = given ? std::clamp(*given, -size - 1, size + 1) : 1;
  if (stride == 0) return fail(ErrorCode::kInvalidArgument, "slice step cannot be zero");
  const bool backwards = stride < 0;
  TERN_ASSIGN(const int64_t first, bound(begin, backwards ? size - 1 : 0, size, backwards));
  TERN_ASSIGN(const int64_t last, bound(end, backwards ? -1 : size, size, backwards));
  if (text && stride == 1) {
    return make_text(first < last ? text->substr(offsets[first], offsets[last]) : Text(), budget);
  }
  Text part;
  std::vector<Value> items;
  for (int64_t i = first; backwards ? i > last : i < last; i += stride) {
    if (text) {
      TERN_TRY(budget->spend(Budget::kItem + text->user().size()));
      part.append(text->substr(offsets[i], offsets[i + 1]));
    } else {
      TERN_TRY(budget->spend_items(1));
      items.push_back(sequence->items[i]);
    }
  }
  if (text) return make_text(std::move(part).with_markup(text->is_markup()), budget);
  return make_sequence(sequence->kind, std::move(items), budget);
}

}  // namespace tern::jinja
