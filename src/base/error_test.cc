#include "base/error.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/aligned_buffer.h"
#include "base/log.h"
#include "base/terminal.h"

namespace tern {
namespace {

TEST(Error, NamesAndExitCodesAreUniqueAndFitTheSystem) {
  std::set<std::string_view> names;
  std::set<int> exit_codes;
  for (const ErrorCode code : {
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) ErrorCode::enumerator,
#include "base/error.inc"
#undef TERN_ERROR
       }) {
    EXPECT_TRUE(names.insert(error_name(code)).second) << error_name(code);
    EXPECT_TRUE(exit_codes.insert(error_exit_code(code)).second) << error_name(code);
    // 1 is what cmp and diff say, and a crashing runtime: no error has it.
    EXPECT_GT(error_exit_code(code), code == ErrorCode::kDifferent ? 0 : 1);
    EXPECT_LT(error_exit_code(code), 256);
  }
}

Result<int> half(int n) {
  if (n % 2 != 0) return fail(ErrorCode::kInvalidArgument, "{} is odd", n);
  return n / 2;
}

Result<int> quarter(int n) {
  TERN_ASSIGN(const int h, half(n));
  TERN_TRY(half(h));
  TERN_ASSIGN(const int q, half(h));
  return q;
}

TEST(Error, MacrosPassTheErrorOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(7).error().message(), "7 is odd");
  EXPECT_EQ(quarter(6).error().message(), "3 is odd");
  EXPECT_EQ(quarter(6).error().with_context("here").message(), "here: 3 is odd");
  EXPECT_EQ(quarter(6).error().with_context("here").code(), ErrorCode::kInvalidArgument);
}

TEST(AlignedBuffer, AlignedZeroedAndBounded) {
  for (const size_t n : {0u, 1u, 15u, 16u, 1000u}) {
    AlignedBuffer<float> buffer(n);
    EXPECT_EQ(buffer.size(), n);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    for (const float v : buffer.span()) EXPECT_EQ(v, 0.0f);
  }
  EXPECT_THROW(AlignedBuffer<double>(SIZE_MAX / 8), std::bad_alloc);
}

TEST(Log, WhatFilesSayCannotDriveATerminal) {
  EXPECT_EQ(printable("tern: \u4E2D \u00E9~"), "tern: \u4E2D \u00E9~");
  EXPECT_EQ(printable("a\x1b[2J\r\n\x7f"
                      "b"),
            "a\\x1b[2J\\x0d\\x0a\\x7fb");
  EXPECT_EQ(printable("\u009B2J\x9b\xff\xe4\xb8"), "\\xc2\\x9b2J\\x9b\\xff\\xe4\\xb8");
  // Longer forms than needed of ESC and of C1, a surrogate, and what is beyond Unicode.
  EXPECT_EQ(printable("\xc0\x9b\xe0\x82\x9b\xf0\x80\x82\x9b"),
            "\\xc0\\x9b\\xe0\\x82\\x9b\\xf0\\x80\\x82\\x9b");
  EXPECT_EQ(printable("\xed\xa0\x80\xf4\x90\x80\x80"), "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(printable(std::string(800, 'a')), std::string(800, 'a'));
  EXPECT_EQ(printable(std::string(5000, 'a') + "end").size(), 804u);
  EXPECT_TRUE(printable(std::string(5000, 'a') + "end").ends_with("a .. " + std::string(197, 'a') + "end"));
}

TEST(Terminal, NewlinesStayWhereTheyAreWanted) {
  EXPECT_EQ(for_terminal("a\nb\u009B\x7f\t"), "a\\x0ab\\xc2\\x9b\\x7f\\x09");
  EXPECT_EQ(for_terminal("a\nb\u009B\x7f\t", true), "a\nb\\xc2\\x9b\\x7f\\x09");
}

TEST(Terminal, NoColourIntoAFile) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(is_terminal(fileno(file)));
  EXPECT_FALSE(use_colour(fileno(file)));
  std::fclose(file);
}

}  // namespace
}  // namespace tern
