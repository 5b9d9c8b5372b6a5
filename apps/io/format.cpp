#include <algorithm>
#include <array>
#include <bit>

#include "apps/io/number.hpp"
#include "apps/io/write.hpp"

namespace tacet::apps {

namespace {

// A binary fraction below 1 of up to 256 bits, most significant word last, from which decimal digits are
// drawn.
class Fraction {
 public:
  // The low `bits` bits of `value`, over 2^bits.
  Fraction(u128 value, unsigned bits) {
    if (bits < 128) value &= low_mask<u128>(bits);
    for (unsigned i = 0; i < 128; ++i) {
      const unsigned place = 256 - bits + i;
      if (value >> i & 1) words_[place / 32] |= std::uint32_t{1} << (place % 32);
    }
  }

  unsigned next_digit() {
    std::uint64_t carry = 0;
    for (std::uint32_t& word : words_) {
      carry += std::uint64_t{word} * 10;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    return static_cast<unsigned>(carry);
  }

  bool at_least_half() const { return words_.back() >> 31; }

 private:
  std::array<std::uint32_t, 8> words_{};
};

// At least the least d with 10^-d < 2^-bits: 30103 / 100000 is log10(2), rounded up. Few bits are shown
// exactly, as nobody expects a quarter to read 0.3.
unsigned decimals_for(unsigned bits) {
  constexpr unsigned kExactBits = 6;
  return std::max((bits * 30103 + 99999) / 100000, std::min(bits, kExactBits));
}

std::string fixed_point(u128 magnitude, unsigned frac_bits, Digits how_many) {
  u128 whole = frac_bits < 128 ? magnitude >> frac_bits : 0;
  Fraction fraction(magnitude, frac_bits);
  std::string digits;
  for (unsigned i = how_many == Digits::all ? frac_bits : decimals_for(frac_bits); i > 0; --i)
    digits += static_cast<char>('0' + fraction.next_digit());
  bool carry = fraction.at_least_half();
  for (std::size_t i = digits.size(); carry && i-- > 0;) {
    carry = digits[i] == '9';
    digits[i] = carry ? '0' : static_cast<char>(digits[i] + 1);
  }
  whole += carry;
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  return to_text(whole) + "." + digits;
}

bool is_negative(u128 value, ElementType element, Format format) {
  return format.is_signed && (value >> (element.width - 1) & 1);
}

u128 magnitude_of(u128 value, ElementType element, Format format) {
  return (is_negative(value, element, format) ? ~value + 1 : value) & low_mask<u128>(element.width);
}

}  // namespace

std::string format_element(u128 value, ElementType element, Format format, Digits digits) {
  const u128 magnitude = magnitude_of(value, element, format);
  return (is_negative(value, element, format) ? "-" : "") +
         (format.frac_bits == 0 ? to_text(magnitude) : fixed_point(magnitude, format.frac_bits, digits));
}

std::uint64_t rounded_by_doubles(const Tensor& tensor, Format format) {
  TACET_ASSERT(tensor.element().width <= 64);
  if (format.frac_bits == 0) return 0;
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
    const auto magnitude = static_cast<std::uint64_t>(magnitude_of(tensor.get(i), tensor.element(), format));
    count += magnitude != 0 && std::bit_width(magnitude) - std::countr_zero(magnitude) > 53;
  }
  return count;
}

}  // namespace tacet::apps
