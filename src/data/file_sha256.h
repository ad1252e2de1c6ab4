#pragma once
#include <string>

#include "base/error.h"

namespace tern {

/// Lower-case hexadecimal SHA-256 of a file of any size. Errors: kNotFound, kIo, kBadFile (not a regular
/// file).
Result<std::string> file_sha256(const std::string& path);

}  // namespace tern
