#pragma once
#include <functional>
#include <string>

#include "convert/hub_store.h"
#include "net/http_client.h"

namespace tern {

/// The bytes of a file that have arrived, on disk, across attempts and processes. Bytes of two versions are
/// never joined: more are only asked for under the ETag, or for the checksum, that the first ones came with.
class PartFile : public HttpSink {
 public:
  using OnProgress = std::function<void(uint64_t position, uint64_t size)>;

  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() override;
  /// Opens what is there of `file`, or an empty file when that is part of something else. kIo.
  static Result<std::unique_ptr<PartFile>> open(const StoredPaths& paths, const HubFile& file,
                                                std::string commit, OnProgress on_progress);

  /// Bytes that are there.
  uint64_t position() const { return position_; }
  bool complete() const { return file_.size && position_ == *file_.size; }
  /// Whether the bytes did not all come in one answer.
  bool joined() const { return joined_; }
  /// Whether the last answer, an error, shows that the bytes that are there are of no use.
  bool must_restart() const { return must_restart_; }
  /// Whether the last answer was no part of the file, and what is there still is.
  bool wrong_answer() const { return wrong_answer_; }
  /// The file with the size and checksum that an answer has told in addition.
  const HubFile& file() const { return file_; }
  /// Lets `request` ask for what is missing: all of it, when what is there could not be told from another
  /// version's. kIo.
  Status ask_for_rest(HttpRequest* request);
  /// Throws away what is there, to begin again. kIo.
  Status restart();
  /// Brings the bytes to disk and gives them their final name. kIo.
  Status publish();
  /// Removes what is there.
  void discard();

  Status begin(const HttpHead& head) override;
  Status write(std::span<const uint8_t> bytes) override;

 private:
  PartFile(StoredPaths paths, HubFile file, std::string commit, OnProgress on_progress)
      : paths_(std::move(paths)),
        key_(content_key(file, commit)),
        file_(std::move(file)),
        commit_(std::move(commit)),
        on_progress_(std::move(on_progress)) {}
  Status open_file();
  bool can_be_continued() const;
  bool read_state();
  Status write_state();
  Status learn(const HttpHead& head, std::optional<uint64_t> total);
  Status begin_rest(const HttpHead& head);
  Status io_error(std::string_view what) const;

  StoredPaths paths_;
  std::string key_;
  HubFile file_;
  std::string commit_, etag_;
  OnProgress on_progress_;
  uint64_t position_ = 0;
  int fd_ = -1;
  bool asked_for_rest_ = false, joined_ = false, must_restart_ = false, wrong_answer_ = false;
};

}  // namespace tern
