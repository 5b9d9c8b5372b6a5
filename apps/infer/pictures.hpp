#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/infer/outline.hpp"
#include "apps/io/image.hpp"

namespace tacet::apps::infer {

/// The integers that a network takes for an image: a BMP, PNG or JPEG file brought to its size, pixel p as p
/// less the smallest value of its type (so 0 .. 255, or -128 .. 127); or a .npy file with the integers
/// themselves, in the network's shape or without its leading 1. Fails: as read_image() and read_data() do;
/// Errc::unsupported for a picture where the network takes none, Errc::shape_mismatch and
/// Errc::value_out_of_range for a .npy that does not fit.
std::vector<std::int32_t> read_input(const Network& network, const std::string& path, Resize resize,
                                     bool show_values = false);

/// A name a line; empty lines at the end are left out. Fails: as read_file() does; Errc::bad_file for another
/// number of names than the network's result has elements.
std::vector<std::string> read_labels(const Network& network, const std::string& path);
/// The same from the text of a file, which is named so in messages, for that many elements.
std::vector<std::string> parse_labels(const std::string& text, const std::string& file,
                                      std::uint64_t classes);

/// What logits say.
struct Score {
  std::size_t index = 0;
  double score = 0;
};
/// Whether scores are probabilities: the network ends in SOFTMAX or LOGISTIC.
bool gives_probabilities(const Network& network);
/// The final operators in real numbers, on the logits of one image: scores of all classes, the largest first,
/// of equal ones the first.
std::vector<Score> rank_scores(const Network& network, const std::vector<std::int32_t>& logits, float scale,
                               std::int32_t zero_point);

}  // namespace tacet::apps::infer
