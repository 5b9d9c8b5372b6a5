#include "apps/io/number.hpp"

#include <algorithm>
#include <cstddef>

namespace tacet::apps {

namespace {

// A longer exponent cannot belong to a number below 2^128 unless it has that many zeros written out.
constexpr int kMaxExponent = 9999;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Appends a digit in `base`; false once the value passes 2^128.
bool append_digit(u128& value, unsigned base, unsigned digit) {
  const u128 limit = ~u128{0};
  if (value > (limit - digit) / base) return false;
  value = value * base + digit;
  return true;
}

Number parse_hexadecimal(std::string_view digits, bool negative) {
  Number number{digits.empty() ? NumberKind::not_number : NumberKind::integer, {0, negative}};
  for (const char c : digits) {
    const char lower = static_cast<char>(c | 0x20);
    unsigned digit = 0;
    if (is_digit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      digit = static_cast<unsigned>(lower - 'a' + 10);
    } else {
      return {};
    }
    if (!append_digit(number.value.magnitude, 16, digit)) number.kind = NumberKind::too_large;
  }
  return number;
}

// The digits of `text` before and after its point, as one string, and how many are whole once the exponent
// has moved the point.
struct Decimal {
  std::string digits;
  std::ptrdiff_t whole = 0;
};

bool split_decimal(std::string_view text, Decimal& decimal) {
  std::size_t i = 0;
  const auto take_digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    decimal.digits += text.substr(begin, i - begin);
  };
  take_digits();
  decimal.whole = static_cast<std::ptrdiff_t>(decimal.digits.size());
  if (i < text.size() && text[i] == '.') {
    ++i;
    take_digits();
  }
  if (decimal.digits.empty()) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  if (++i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const bool negative = text[i - 1] == '-';
  if (i == text.size()) return false;
  int exponent = 0;
  for (; i < text.size(); ++i) {
    if (!is_digit(text[i])) return false;
    exponent = std::min(kMaxExponent, exponent * 10 + (text[i] - '0'));
  }
  decimal.whole += negative ? -exponent : exponent;
  return true;
}

Number parse_decimal(std::string_view text, bool negative) {
  Decimal decimal;
  if (!split_decimal(text, decimal)) return {};
  Number number{NumberKind::integer, {0, negative}};
  const auto size = static_cast<std::ptrdiff_t>(decimal.digits.size());
  for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(decimal.whole, 0); i < size; ++i)
    if (decimal.digits[static_cast<std::size_t>(i)] != '0') return {NumberKind::fraction, {}};
  for (std::ptrdiff_t i = 0; i < decimal.whole; ++i) {
    const unsigned digit =
        i < size ? static_cast<unsigned>(decimal.digits[static_cast<std::size_t>(i)] - '0') : 0;
    if (i >= size && number.value.magnitude == 0) break;  // 0e9999 is zero at once
    if (!append_digit(number.value.magnitude, 10, digit)) return {NumberKind::too_large, {}};
  }
  return number;
}

// Nearly every number: a few digits, no overflow to look for.
bool parse_plain(std::string_view digits, std::uint64_t& value) {
  constexpr std::size_t kSafeDigits = 18;
  if (digits.empty() || digits.size() > kSafeDigits) return false;
  value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

}  // namespace

Number parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t plain = 0;
  if (parse_plain(text, plain)) return {NumberKind::integer, {plain, negative && plain != 0}};
  Number number = text.starts_with("0x") || text.starts_with("0X")
                      ? parse_hexadecimal(text.substr(2), negative)
                      : parse_decimal(text, negative);
  if (number.value.magnitude == 0) number.value.negative = false;
  return number;
}

Number parse_number(std::string_view text, unsigned frac_bits) {
  Number number = parse_number(text);
  if (number.kind == NumberKind::fraction) {
    Decimal decimal;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    split_decimal(text, decimal);
    const auto whole = static_cast<std::size_t>(std::max<std::ptrdiff_t>(decimal.whole, 0));
    number = {NumberKind::integer, {0, negative}};
    for (std::size_t i = 0; i < whole; ++i)
      if (!append_digit(number.value.magnitude, 10, static_cast<unsigned>(decimal.digits[i] - '0')))
        return {NumberKind::too_large, {}};
    std::string rest(static_cast<std::size_t>(std::max<std::ptrdiff_t>(-decimal.whole, 0)), '0');
    rest += decimal.digits.substr(whole);
    // Doubling the decimal fraction brings out its binary digits, one more than asked for to round by.
    for (unsigned bit = 0; bit <= frac_bits; ++bit) {
      unsigned carry = 0;
      for (std::size_t i = rest.size(); i-- > 0;) {
        const unsigned doubled = 2 * static_cast<unsigned>(rest[i] - '0') + carry;
        rest[i] = static_cast<char>('0' + doubled % 10), carry = doubled / 10;
      }
      if (bit == frac_bits) {
        number.value.magnitude += carry;
      } else if (!append_digit(number.value.magnitude, 2, carry)) {
        return {NumberKind::too_large, {}};
      }
    }
    if (number.value.magnitude == 0) number.value.negative = false;
    return number;
  }
  if (number.kind != NumberKind::integer) return number;
  if (frac_bits != 0 && number.value.magnitude >> (128 - frac_bits) != 0) return {NumberKind::too_large, {}};
  number.value.magnitude <<= frac_bits;
  return number;
}

std::string to_text(u128 value) {
  if (value >> 64 == 0) return std::to_string(static_cast<std::uint64_t>(value));
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<unsigned>(value % 10));
    value /= 10;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string to_text(const Cell& cell) {
  const std::string digits = to_text(cell.magnitude);
  return cell.negative && cell.magnitude != 0 ? '-' + digits : digits;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 40;
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text.substr(0, kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out + (text.size() > kMaxShown ? "…\"" : "\"");
}

}  // namespace tacet::apps
