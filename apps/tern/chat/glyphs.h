#pragma once
#include <functional>
#include <string>

namespace tern {

/// What a terminal may be sent for a character: never anything that it would obey.
struct Glyph {
  std::string text;  ///< UTF-8
  int width = 0;     ///< columns
};

/// Cuts a stream of bytes into glyphs. Control characters and broken UTF-8 are shown as \xNN.
class GlyphReader {
 public:
  using Sink = std::function<void(const Glyph&)>;
  explicit GlyphReader(Sink sink) : sink_(std::move(sink)) {}
  /// Gives the glyphs that `byte` completes.
  void add(char byte);
  /// Gives what there is of a character that did not end.
  void finish();

 private:
  void show_bytes(size_t count);
  Sink sink_;
  std::string pending_;  ///< a character's bytes so far
};

}  // namespace tern
