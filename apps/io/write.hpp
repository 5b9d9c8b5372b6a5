#pragma once

#include <cstddef>
#include <string>

#include "apps/io/output_file.hpp"
#include "graph/graph.hpp"

namespace tacet::apps {

/// How many digits of a fraction are written.
enum class Digits {
  all,     ///< its exact value: as many as it has bits at most
  enough,  ///< so many that rounding them to the bits of the format gives the element back
};

/// One element as people read it: an integer, negative if the format is signed and its top bit is set; with
/// frac_bits, a decimal fraction.
std::string format_element(u128 value, ElementType element, Format format, Digits digits);

/// How many fractions a .npy file does not hold exactly, because they have more than the 53 bits of a double.
/// Elements have at most 64 bits.
std::uint64_t rounded_by_doubles(const Tensor& tensor, Format format);

/// Nested arrays in the tensor's shape, or a bare number for a scalar. Integers of -2^63 .. 2^64 - 1 are
/// numbers, others strings of digits, because JSON readers would round them; fractions are numbers with all
/// their digits, which readers that keep decimal numbers have exactly.
std::string to_json_text(const Tensor& tensor, Format format);

/// Text for a terminal, without a newline at its end: a scalar as itself, a vector in aligned lines, a matrix
/// in aligned rows, a larger tensor as its matrices, each below its index. At most `max_rows` lines of values
/// are shown, then "… 690 more" says how many elements (of a vector) or rows follow; lines too long for a
/// terminal end likewise.
std::string table(const Tensor& tensor, Format format, std::size_t max_rows);

/// Writes a tensor to an OutputFile by its extension.
///   .csv   scalar, vector: one value per line; otherwise the last axis in columns, all leading axes in rows;
///   all digits.
///   .npy   the smallest of i1, i2, i4, i8 or u1, u2, u4, u8 that holds the type; f8 if the format has a
///   fraction. .json  to_json_text() and a newline.
/// Fails: as OutputFile does; Errc::unsupported for an unknown extension, and for .npy with elements of more
/// than 64 bits.
void write_data(const std::string& path, const Tensor& tensor, Format format, mode_t mode = kPrivate);

}  // namespace tacet::apps
