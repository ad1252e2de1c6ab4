#pragma once
// Names beside a target under which it is written until it is whole, and what killed processes left there.
#include <string>

#include "base/error.h"

namespace tern {

/// "<target>.tern-tmp-<process>-<number>", which no other call gives.
std::string temporary_name(const std::string& target);
/// Marks the opened temporary as in use until `fd` is closed, by a lock that ends with the process. File
/// systems without locks are none the worse: what is left there is not cleaned up.
void lock_temporary(int fd);
/// Removes temporaries of `target` whose process is gone, be they files or folders. What cannot be removed
/// stays.
void remove_stale_temporaries(const std::string& target);
/// The folder that holds `path`: "." for a plain name.
std::string folder_of(const std::string& path);
/// Brings a folder's entries to disk. kIo.
Status sync_folder(const std::string& path);

}  // namespace tern
