#pragma once

#include <string>
#include <string_view>

#include "apps/io/cells.hpp"

namespace tacet::apps {

/// What a piece of text turned out to be.
enum class NumberKind {
  integer,
  fraction,   ///< a number, but not a whole one
  too_large,  ///< a whole number of 2^128 or more
  not_number,
};

struct Number {
  NumberKind kind = NumberKind::not_number;
  Cell value;
  bool is_rounded = false;  ///< what was read is no multiple of the unit
};

/// Reads all of `text` as one number: decimal with an optional fraction and exponent (3.0 and 1e3 are
/// integers, 2.5 is not), or hexadecimal with 0x in front. A sign may lead; spaces may not.
Number parse_number(std::string_view text);
/// The same in units of 2^-frac_bits: the nearest whole number of them, halves away from zero.
Number parse_number(std::string_view text, unsigned frac_bits);
/// An integer or a floating-point number likewise.
Number in_units(const Cell& cell, unsigned frac_bits);
Number in_units(double value, unsigned frac_bits);

/// Decimal digits, with a minus sign in front of a negative one.
std::string to_text(const Cell& cell);
std::string to_text(u128 value);

/// A piece of a file inside double quotes for a message: cut when long, bytes other than printable ASCII
/// shown as \x1B, so that a hostile file can neither drive a terminal nor break a log's encoding.
std::string quoted(std::string_view text);

}  // namespace tacet::apps
