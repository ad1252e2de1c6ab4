#pragma once
// Sentences with places to fill in, for text made by rules.
#include <map>
#include <string>
#include <string_view>

#include "base/seeded_random.h"

namespace tern {

/// "an apple", "a pear".
std::string with_article(std::string_view word);
/// The first letter in upper case.
std::string capitalized(std::string text);

/// What is said by rules. In a template
///   [a|b|]   is one of the alternatives, by chance; they may hold others
///   {x}      is the value of x; {X} of a name that there is not is that of x, with a capital
///   {a x}    the same with its article ({A x} with a capital)
/// Values are not expanded again.
class Grammar {
 public:
  explicit Grammar(SeededRandom* random) : random_(random) {}
  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  const std::string& value(std::string_view name) const;
  /// Templates are ours: brackets that do not match and names without a value stop the program.
  std::string expand(std::string_view text);

 private:
  std::string filled(std::string_view name) const;

  SeededRandom* random_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace tern
