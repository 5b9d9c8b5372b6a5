#include "apps/infer/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "apps/infer/quantize.hpp"
#include "apps/io/data.hpp"
#include "apps/io/file.hpp"
#include "apps/io/refusal.hpp"
#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps::infer {
namespace {

std::vector<std::int32_t> read_integers(const QuantTensor& input, const std::string& path, bool show_values) {
  ReadOptions options;
  options.show_values = show_values;
  const Data data = read_data(path, options);
  std::vector<std::int64_t> dims = data.shape().dims();
  if (dims.size() + 1 == input.shape.rank()) dims.insert(dims.begin(), 1);
  if (Shape(dims) != input.shape)
    throw Error(Errc::shape_mismatch, path + " has the shape " + data.shape().to_string() + ", expected " +
                                          input.shape.to_string());
  const Range range = type_range(input.type);
  const Tensor values = encode(data, ring(32), data.shape(), options);
  std::vector<std::int32_t> out;
  for (std::uint64_t i = 0; i < values.elements(); ++i) {
    out.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(values.get(i))));
    if (out.back() < range.low || out.back() > range.high)
      throw Error(Errc::value_out_of_range, data.place(i) + ": out of range, expected " +
                                                to_string(input.type) +
                                                found(std::to_string(out.back()), options));
  }
  return out;
}

}  // namespace

std::vector<std::int32_t> read_input(const Network& network, const std::string& path, Resize how,
                                     bool show_values) {
  const QuantTensor& input = network.tensor(network.input);
  if (extension_of(path) == ".npy") return read_integers(input, path, show_values);
  const Shape& s = input.shape;
  if (s.rank() != 4 || (s[3] != 1 && s[3] != 3))
    throw Error(Errc::unsupported, path + ": the network takes " + to_string(input.type) + " " +
                                       s.to_string() + ", which is no picture; expected a .npy file");
  const Image image = resize(read_image(path, s[3]), s[1], s[2], how);
  std::vector<std::int32_t> out;
  for (const std::uint8_t pixel : image.pixels) out.push_back(pixel + type_range(input.type).low);
  return out;
}

std::vector<std::string> read_labels(const Network& network, const std::string& path) {
  return parse_labels(read_file(path, kMaxLabelBytes), path, network.tensor(network.logits).shape.elements());
}

std::vector<std::string> parse_labels(const std::string& text, const std::string& file,
                                      std::uint64_t classes) {
  std::istringstream lines(text);
  std::vector<std::string> labels;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels.push_back(line);
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  if (labels.size() != classes)
    throw Error(Errc::bad_file, file + " has " + std::to_string(labels.size()) +
                                    " lines, expected a label for each of " + std::to_string(classes) +
                                    " classes");
  return labels;
}

bool gives_probabilities(const Network& network) {
  return std::any_of(network.operators.begin(), network.operators.end(), [](const Operator& op) {
    return op.kind == OpKind::softmax || op.kind == OpKind::logistic;
  });
}

std::vector<Score> rank_scores(const Network& network, const std::vector<std::int32_t>& logits, float scale,
                               std::int32_t zero_point) {
  std::vector<double> values;
  for (const std::int32_t q : logits) values.push_back(double{scale} * (q - zero_point));
  const auto row = static_cast<std::size_t>(network.tensor(network.logits).shape.dims().back());
  for (const Operator& op : network.operators) {
    if (op.kind == OpKind::logistic)
      for (double& v : values) v = 1 / (1 + std::exp(-v));
    if (op.kind == OpKind::softmax)
      for (std::size_t at = 0; at < values.size(); at += row) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(at),
                   last = first + static_cast<std::ptrdiff_t>(row);
        const double most = *std::max_element(first, last);
        double sum = 0;
        for (auto v = first; v != last; ++v) sum += * v = std::exp(op.parameters.beta * (*v - most));
        for (auto v = first; v != last; ++v) *v /= sum;
      }
  }
  std::vector<Score> scores;
  for (std::size_t i = 0; i < values.size(); ++i) scores.push_back({i, values[i]});
  std::stable_sort(scores.begin(), scores.end(),
                   [](const Score& a, const Score& b) { return a.score > b.score; });
  return scores;
}

}  // namespace tacet::apps::infer
