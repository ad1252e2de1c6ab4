#pragma once
// Tests only: broken files by the thousand. A campaign breaks copies of good files in ways that know their
// structure, and holds every attempt to read one to an answer (success or an error) within limits of time and
// memory.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern::testing {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kUnderAsan = true;
#else
inline constexpr bool kUnderAsan = false;
#endif

/// Draws that are the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : bits_(seed) {}
  uint64_t bits() { return bits_(); }
  /// In [0, n), n > 0.
  size_t below(size_t n) { return static_cast<size_t>(bits_() % n); }
  bool chance(size_t one_in) { return below(one_in) == 0; }
  template <typename Items>
  auto& pick(Items&& items) {
    return items[below(std::size(items))];
  }
  std::string bytes(size_t n) {
    std::string text(n, '\0');
    for (char& c : text) c = static_cast<char>(bits_());
    return text;
  }
  /// A number at which sizes, counts and types end, or a neighbour of `current`; never `current` itself.
  uint64_t border(uint64_t current) {
    static constexpr uint64_t kBorders[] = {0,
                                            1,
                                            2,
                                            127,
                                            255,
                                            256,
                                            32767,
                                            65535,
                                            65536,
                                            (1ull << 31) - 1,
                                            1ull << 31,
                                            (1ull << 32) - 1,
                                            1ull << 32,
                                            1ull << 53,
                                            1ull << 61,
                                            1ull << 62,
                                            (1ull << 63) - 1,
                                            1ull << 63,
                                            UINT64_MAX - 31,
                                            UINT64_MAX};
    const uint64_t near[] = {current - 1, current + 1, current * 2, current / 2, current + 32, current ^ 1};
    const uint64_t drawn = chance(2) ? pick(kBorders) : pick(near);
    return drawn != current ? drawn : border(current);
  }

 private:
  std::mt19937_64 bits_;
};

enum class Expect { kBoth, kRefused, kAccepted };

/// One way to break a file of type Image (what a writer would write out).
template <typename Image>
struct Mutator {
  const char* kind;
  void (*apply)(Image& image, Random& random);
  Expect expect = Expect::kBoth;  ///< what becomes of its files, all of them together
};

/// What reading a file came to: nothing when it was accepted.
using Verdict = std::optional<Error>;

/// A limit of one gigabyte on new memory while it lives. Under AddressSanitizer, whose shadow takes address
/// space, the resident peak is looked at instead, and half a gigabyte more allowed: its quarantine and red
/// zones are in it.
class MemoryLimit {
 public:
  MemoryLimit() {
    getrlimit(RLIMIT_AS, &before_);
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limited = before_;
    limited.rlim_cur = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + kBytes;
    if (!kUnderAsan) setrlimit(RLIMIT_AS, &limited);
  }
  ~MemoryLimit() {
    setrlimit(RLIMIT_AS, &before_);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(static_cast<uint64_t>(usage.ru_maxrss) * 1024, kUnderAsan ? kBytes + kBytes / 2 : kBytes);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  static constexpr uint64_t kBytes = uint64_t{1} << 30;
  rlimit before_{};
};

/// Where errors differ: a message without its numbers and names.
inline std::string shape_of(std::string_view message) {
  std::string shape;
  bool quoted = false;
  for (const char c : message) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && (c < '0' || c > '9')) shape += c;
  }
  return shape.substr(0, 160);
}

/// Breaks `files` copies of `seeds` and reads each by `attempt`. Every seed must be accepted as it is, every
/// kind of mutation do what it expects, and the errors have at least `reasons` different texts: a file that
/// is always refused at its first byte tests nothing behind it.
template <typename Image>
void run_campaign(std::span<const Image> seeds, std::span<const Mutator<Image>> mutators, uint64_t files,
                  size_t reasons, const std::function<Verdict(const Image&)>& attempt) {
  constexpr double kSeconds =
      kUnderAsan ? 20 : 3;                // the slowest that is legal: a template that works for 0.6 s
  constexpr unsigned kHangSeconds = 120;  // of real time: SIGALRM ends the test
  for (const Image& seed : seeds) {
    const Verdict verdict = attempt(seed);
    ASSERT_FALSE(verdict) << verdict->message();
  }
  struct Count {
    int accepted = 0, refused = 0;
    double slowest = 0;  // seconds
  };
  std::map<std::string, Count> counts;
  std::set<std::string> shapes;
  const MemoryLimit limit;
  for (uint64_t i = 0; i < files; ++i) {
    Random random(i);
    const Mutator<Image>& mutator = mutators[i % mutators.size()];
    Image image = random.pick(seeds);
    mutator.apply(image, random);
    // Together with another one, what neither does alone.
    const bool twice = random.chance(4);
    if (twice) random.pick(mutators).apply(image, random);

    alarm(kHangSeconds);
    const std::clock_t start = std::clock();
    const Verdict verdict = attempt(image);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    alarm(0);
    EXPECT_LT(seconds, kSeconds) << mutator.kind << ", file " << i;
    counts[mutator.kind].slowest = std::max(counts[mutator.kind].slowest, seconds);
    if (verdict) {
      EXPECT_NE(verdict->code(), ErrorCode::kInternal) << verdict->message();
      shapes.insert(shape_of(verdict->message()));
    }
    if (!twice) ++(verdict ? counts[mutator.kind].refused : counts[mutator.kind].accepted);
  }
  for (const Mutator<Image>& mutator : mutators) {
    const Count& count = counts[mutator.kind];
    fmt::print("{:24} accepted {:5} refused {:5} slowest {:6.1f} ms\n", mutator.kind, count.accepted,
               count.refused, 1000 * count.slowest);
    EXPECT_EQ(count.accepted > 0, mutator.expect != Expect::kRefused) << mutator.kind;
    EXPECT_EQ(count.refused > 0, mutator.expect != Expect::kAccepted) << mutator.kind;
  }
  fmt::print("different errors: {}\n", shapes.size());
  EXPECT_GE(shapes.size(), reasons);
}

}  // namespace tern::testing
