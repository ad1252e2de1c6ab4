#pragma once
#include <string>
#include <string_view>

namespace tern {

/// `text`, whoever wrote it, as the content of an element or of a quoted attribute of HTML, SVG and XML: no
/// markup, nothing that these forbid, nothing that changes the direction of what follows. Control characters
/// and bytes that are no UTF-8 are shown as "\x1b".
std::string escaped(std::string_view text);

/// The first and the last of a long text, with ".." between; at most `most` characters (5 or more).
std::string shortened(std::string_view text, size_t most);

}  // namespace tern
