#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern {

/// An absolute http or https address without user or password.
class Url {
 public:
  /// kInvalidArgument when `text` is none; it is not repeated in the message, since it may hold a password.
  /// kUnsupported without libcurl.
  static Result<Url> parse(const std::string& text);
  /// Where the `Location` of an answer leads: absolute, or relative to this address. kNetwork when that is no
  /// http or https address, holds a password, or leaves https for http.
  Result<Url> redirected_to(const std::string& location) const;

  const std::string& text() const { return text_; }
  /// For messages: without the query, which holds keys when an address is signed.
  std::string shown() const;
  /// Whether it has a `?query` or `#fragment`.
  bool has_query() const { return text_.find_first_of("?#") != std::string::npos; }
  /// Whether scheme, host and port are the same: what may see the same secrets.
  bool same_origin(const Url& other) const;
  /// Whether the host is this machine.
  bool local() const;
  /// Whether what is sent cannot be read on the way: https, or this machine itself.
  bool confidential() const;

 private:
  Url() = default;
  std::string text_, scheme_, host_, port_;
};

/// `text` as a part of a path: all but letters, digits and -._~ as %XX.
std::string escape_url_part(std::string_view text);

}  // namespace tern
