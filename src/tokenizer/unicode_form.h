#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tern {

/// Unicode's normal forms (UAX #15).
enum class UnicodeForm : uint8_t { kNone, kNfc, kNfd, kNfkc, kNfkd };

/// "NFC" and so on; "" for kNone.
std::string_view unicode_form_name(UnicodeForm form);

/// `text` in that form, as the normalizers of Hugging Face `tokenizers` give it. Bytes that are no UTF-8 stay
/// as they are and part the text on their sides. Linear in time; a run of marks is sorted, O(n log n). A view
/// of `text` where nothing changes, else of `*buffer`, which `text` must not be in.
std::string_view to_unicode_form(std::string_view text, UnicodeForm form, std::string* buffer);

}  // namespace tern
