#pragma once
// GGUF v3: reader (safe on hostile files) and writer.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/mmap.h"
#include "io/tensor_source.h"
#include "io/tensor_stream.h"

namespace tern {

/// A metadata value. Integers of all widths are held as int64 / uint64, floats as double; arrays are typed.
using GgufValue =
    std::variant<bool, int64_t, uint64_t, double, std::string, std::vector<bool>, std::vector<int64_t>,
                 std::vector<uint64_t>, std::vector<double>, std::vector<std::string>>;

/// An opened GGUF file. Every offset, length, count and shape has been checked against the file's size;
/// tensors neither overlap nor leave holes; keys and names are unique.
class Gguf final : public TensorSource {
 public:
  /// Errors: kNotFound, kIo, kBadFile (names file, field, remedy), kUnsupported (version, element type: names
  /// it).
  static Result<std::unique_ptr<Gguf>> open(const std::string& path);

  const TensorEntry* find(std::string_view name) const override;
  const std::vector<TensorEntry>& tensors() const override { return tensors_; }
  const std::string& path() const override { return file_.path(); }

  const std::map<std::string, GgufValue, std::less<>>& metadata() const { return metadata_; }
  /// Typed look-ups: nothing when absent; kBadFile when the type is another or the number does not fit.
  Result<std::optional<uint64_t>> get_uint(std::string_view key) const;
  Result<std::optional<double>> get_float(std::string_view key) const;
  Result<std::optional<bool>> get_bool(std::string_view key) const;
  Result<std::optional<std::string>> get_string(std::string_view key) const;
  /// nullptr when absent or of another type.
  const std::vector<std::string>* get_strings(std::string_view key) const;
  /// Integer arrays of any width as int64; nothing when absent.
  Result<std::optional<std::vector<int64_t>>> get_ints(std::string_view key) const;

 private:
  MappedFile file_;
  std::map<std::string, GgufValue, std::less<>> metadata_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, size_t, std::less<>> index_;
};

/// Metadata value types as GGUF numbers them.
enum class GgufType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};

/// Collects metadata and tensor descriptions, then streams tensor data in order. Atomic: temporary name,
/// sync, rename.
class GgufWriter {
 public:
  void add_u32(std::string key, uint32_t value);
  void add_f32(std::string key, float value);
  void add_bool(std::string key, bool value);
  void add_string(std::string key, const std::string& value);
  void add_strings(std::string key, const std::vector<std::string>& values);
  void add_u8s(std::string key, std::string_view bytes);
  void add_i32s(std::string key, const std::vector<int32_t>& values);
  void add_f32s(std::string key, const std::vector<float>& values);
  /// A value as metadata() gives it, in the narrowest of the usual types (u32, i32, f32; else 64 bits) that
  /// holds it.
  void add_value(std::string key, const GgufValue& value);
  bool has(std::string_view key) const { return keys_.contains(key); }
  /// `shape` outermost first. `produce` appends exactly dtype_bytes() bytes through `sink`; called once, in
  /// order.
  using Sink = TensorSink;
  void add_tensor(std::string name, DType dtype, std::vector<uint64_t> shape, TensorProducer produce);
  /// kUnsupported when what was added is more than Gguf::open() takes.
  Status check() const;
  /// Errors of check(), of the tensor table (names, types, shapes), and as write_tensor_file().
  Status write(const std::string& path, const WriteProgress& progress,
               IfThere if_there = IfThere::kReplace) const;

 private:
  void add(std::string key, bool value);
  void add(std::string key, int64_t value);
  void add(std::string key, uint64_t value);
  void add(std::string key, double value);
  void add(std::string key, const std::string& value);
  void add(std::string key, const std::vector<bool>& values);
  void add(std::string key, const std::vector<int64_t>& values);
  void add(std::string key, const std::vector<uint64_t>& values);
  void add(std::string key, const std::vector<double>& values);
  void add(std::string key, const std::vector<std::string>& values);
  template <typename T>
  void add_number(std::string key, GgufType type, T value);
  template <typename To, typename From>
  void add_numbers(std::string key, GgufType type, const std::vector<From>& values);
  void append_items(GgufType type, uint64_t count);
  void append_string(std::string_view text);
  /// Key and type of the next value. A key given twice is a programmer error.
  void begin_value(std::string key, GgufType type);
  /// All bytes before the tensor data; `lengths` gets each tensor's bytes.
  Result<std::string> header(std::vector<uint64_t>& lengths) const;
  std::set<std::string, std::less<>> keys_;
  std::string metadata_;
  uint64_t array_items_ = 0, longest_text_ = 0;
  std::vector<TensorToWrite> tensors_;
};

}  // namespace tern
