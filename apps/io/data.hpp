#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/io/cells.hpp"
#include "graph/interval.hpp"
#include "graph/tensor.hpp"

namespace tacet::apps {

/// Where cells came from, so that a value refused later can still be found.
struct Origin {
  enum class Kind { literal, csv, npy, json };
  /// On which line `cell` stands. Up to the next mark, cells of a JSON file stand on the same line and every
  /// row of a CSV on a line of its own.
  struct Mark {
    std::uint64_t cell = 0;
    std::uint64_t line = 1;
  };
  Kind kind = Kind::literal;
  std::string source = "the literal";  ///< as messages call it: a path, never the text of a literal
  std::vector<Mark> marks = {};        ///< of a CSV or JSON file, in order
  std::uint64_t column = 1;            ///< of a CSV: where its first column stands in the file
};

/// What a user says of how a source is written.
struct Layout {
  std::optional<Origin::Kind> format;  ///< unless its name says it
  std::optional<bool> header;          ///< whether the first record of a CSV is one
  std::optional<char> separator;       ///< of a CSV's cells
  std::string column_name;             ///< of the only column of a CSV that is read,
  std::uint64_t column = 0;            ///< or its number, from 1; without either all are read

  bool is_csv_only() const { return header || separator || !column_name.empty() || column != 0; }
};

/// How a source is read, and the name of the input it is for.
struct ReadOptions {
  std::string input_name;  ///< put in front of every message; may be empty
  /// The value of an empty cell, "?" or null; without it they are errors.
  std::optional<std::int64_t> missing = std::nullopt;
  bool fractions = false;    ///< 2.5 is a number, too, if it turns out to be for a fixed-point input
  bool show_values = false;  ///< messages may show what was found
  std::function<bool()> cancelled = {};  ///< asked while a pipe has nothing to read; empty: it is waited for
  /// Told what the user may want to know: how many records, whether there is a header, what was rounded.
  std::function<void(const std::string&)> tell = {};
  Layout layout = {};
};

/// Numbers as a file or a command line gave them, before they meet an element type.
class Data {
 public:
  /// A number that is no integer: its cell, which holds 0, and how it was written.
  struct Fraction {
    std::uint64_t cell = 0;
    std::string text;
  };

  Data(Shape shape, Cells cells, Origin origin, std::vector<Fraction> fractions = {})
      : shape_(std::move(shape)),
        cells_(std::move(cells)),
        origin_(std::move(origin)),
        fractions_(std::move(fractions)) {}
  /// Finite floating-point numbers; there are no cells then.
  Data(Shape shape, std::vector<double> floats, Origin origin)
      : shape_(std::move(shape)), origin_(std::move(origin)), floats_(std::move(floats)) {}

  /// The shape as written: a CSV of R rows and C columns is [R, C], also when R or C is 1.
  const Shape& shape() const { return shape_; }
  const Cells& cells() const { return cells_; }
  const Origin& origin() const { return origin_; }
  /// By ascending cell.
  const std::vector<Fraction>& fractions() const { return fractions_; }
  const std::vector<double>& floats() const { return floats_; }
  /// Where an element stands, in the row-major order of cells and so of any tensor encoded from them: "line
  /// 24, column 6 of records.csv", "line 3, element [2, 0] of weights.json", "element [2, 0] of weights.npy".
  std::string place(std::uint64_t index) const;

 private:
  Shape shape_;
  Cells cells_;
  Origin origin_;
  std::vector<Fraction> fractions_;
  std::vector<double> floats_;
};

/// Reads numbers from a source as parse_source() takes it apart: a file by its extension (.csv, .npy or
/// .json, in any case) or the format that is given, standard input, or a literal in JSON's syntax: 42, -7,
/// 0x1F, [1,2,3], [[1,2],[3,4]]. Text with one of the extensions is always a path; other text that is a
/// number or starts with a bracket is always a literal. Fails: Errc::missing_input if there is no such file;
/// Errc::bad_argument for what the source says of itself; Errc::bad_file naming line and column.
Data read_data(const std::string& source, const ReadOptions& options = {});

/// The numbers as elements of a type in the shape a program expects. A ring Z_2^k takes -2^(k-1) .. 2^k - 1,
/// strings of w bits take 0 .. 2^w - 1, fixed-point numbers any in the signed range: those that are no
/// multiple of 2^-f are rounded to the nearest, halves away from zero, and it is told how many. A CSV has
/// only rows and columns: one row or one column is a vector where a vector is expected, one cell a scalar,
/// and rows are the leading axes of a larger tensor. Fails: Errc::shape_mismatch with both shapes;
/// Errc::value_out_of_range or bad_file naming the place.
/// Numbers that are `declared` are the only ones taken, in units of the element type.
Tensor encode(const Data& data, ElementType element, const Shape& expected, const ReadOptions& options,
              const std::optional<Interval>& declared = std::nullopt);

/// As "0 to 7" or "-1.5 to 1.5".
std::string declared_text(const Interval& range, ElementType element);

}  // namespace tacet::apps
