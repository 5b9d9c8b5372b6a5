#include "apps/io/number.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tacet::apps {

namespace {

// A longer exponent belongs to no number below 2^128 of half as many digits but to 0 and what rounds to it.
constexpr int kMaxExponent = 9999;
// A fraction of more zeros behind its point is less than half of the smallest unit, 2^-127.
constexpr std::size_t kMaxFractionZeros = 39;

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
  // Exponents are not followed further than kMaxExponent, so digits must not reach as far.
  if (decimal.digits.empty() || decimal.digits.size() > kMaxExponent / 2) return false;
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

/// Doubles the decimal fraction .digits and returns what comes before its point.
unsigned doubled(std::string& digits) {
  unsigned carry = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    const unsigned twice = 2 * static_cast<unsigned>(digits[i] - '0') + carry;
    digits[i] = static_cast<char>('0' + twice % 10), carry = twice / 10;
  }
  return carry;
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
  const Number whole = parse_number(text);
  if (whole.kind == NumberKind::integer) return in_units(whole.value, frac_bits);
  if (whole.kind != NumberKind::fraction) return whole;
  Decimal decimal;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  split_decimal(text, decimal);
  const auto whole_digits = static_cast<std::size_t>(std::max<std::ptrdiff_t>(decimal.whole, 0));
  Number number{NumberKind::integer, {0, negative}};
  u128& magnitude = number.value.magnitude;
  for (std::size_t i = 0; i < whole_digits; ++i)
    if (!append_digit(magnitude, 10, static_cast<unsigned>(decimal.digits[i] - '0')))
      return {NumberKind::too_large, {}};
  const auto zeros = static_cast<std::size_t>(std::max<std::ptrdiff_t>(-decimal.whole, 0));
  if (zeros > kMaxFractionZeros) return {NumberKind::integer, {}, true};
  std::string rest(zeros, '0');
  rest += decimal.digits.substr(whole_digits);
  // Doubling the decimal fraction brings out its binary digits, one more than asked for to round by.
  for (unsigned bit = 0; bit < frac_bits; ++bit)
    if (!append_digit(magnitude, 2, doubled(rest))) return {NumberKind::too_large, {}};
  number.is_rounded = rest.find_first_not_of('0') != std::string::npos;
  if (doubled(rest) != 0 && ++magnitude == 0) return {NumberKind::too_large, {}};
  if (magnitude == 0) number.value.negative = false;
  return number;
}

Number in_units(const Cell& cell, unsigned frac_bits) {
  if (frac_bits != 0 && cell.magnitude >> (128 - frac_bits) != 0) return {NumberKind::too_large, {}};
  return {NumberKind::integer, {cell.magnitude << frac_bits, cell.negative}};
}

Number in_units(double value, unsigned frac_bits) {
  constexpr int kDigits = 53;
  if (!std::isfinite(value)) return {};
  int exponent = 0;
  const double mantissa = std::ldexp(std::frexp(std::abs(value), &exponent), kDigits);
  const int shift = exponent - kDigits + static_cast<int>(frac_bits);
  u128 magnitude = static_cast<std::uint64_t>(mantissa);
  if (magnitude == 0) return {NumberKind::integer, {}};
  Number number{NumberKind::integer, {0, value < 0}};
  if (shift >= 0) {
    if (shift > 128 - kDigits) return {NumberKind::too_large, {}};
    number.value.magnitude = magnitude << shift;
    return number;
  }
  const int down = std::min(-shift, kDigits + 2);  // beyond that nothing is left, not even a half
  number.is_rounded = (magnitude & low_mask<u128>(static_cast<unsigned>(down))) != 0;
  number.value.magnitude = (magnitude + (u128{1} << (down - 1))) >> down;
  if (number.value.magnitude == 0) number.value.negative = false;
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
