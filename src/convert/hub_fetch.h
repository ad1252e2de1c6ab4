#pragma once
#include <functional>
#include <string>

#include "convert/hub_store.h"
#include "net/http_client.h"

namespace tern {

/// A file to fetch and where to put it.
struct HubFetch {
  HubFile file;
  std::string commit;
  HttpRequest request;  ///< for the whole file
  StoredPaths paths;
  std::function<Error(const HttpFailure&)> explain;  ///< adds what a user can do about a failure
  bool again = false;                                ///< also when it is there
  bool replace = false;  ///< a file of that name with another content; an error otherwise
};

struct FetchedFile {
  uint64_t bytes = 0;
  std::string sha256;
  bool cached = false;  ///< it was there
};

/// Gives the file its final name, whole and checked, or fails. What has arrived stays for the next attempt
/// unless it is wrong. Processes that fetch the same file wait for each other.
Result<FetchedFile> fetch_hub_file(HttpClient* client, const HubFetch& fetch);

}  // namespace tern
