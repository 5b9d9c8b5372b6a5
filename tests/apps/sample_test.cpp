#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "apps/infer/reference.hpp"
#include "apps/infer/tflite.hpp"
#include "tests/apps/models.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::infer;
using namespace tacet::apps::test;

// The network of digits that comes with the project, and what its training script says it computes.
BOOST_AUTO_TEST_SUITE(sample)

namespace {

using Values = std::vector<std::int32_t>;

constexpr std::size_t kImages = 50, kPixels = 28 * 28, kDigits = 10;

const std::string kData = TACET_SOURCE_DIR "/apps/examples/data/";
const std::string kVectors = TACET_SOURCE_DIR "/tests/apps/data/";

const QuantTensor& at(const Network& network, std::int32_t index) {
  return network.tensors[static_cast<std::size_t>(index)];
}

Values part(const Values& all, std::size_t index, std::size_t size) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(index * size);
  return Values(begin, begin + static_cast<std::ptrdiff_t>(size));
}

}  // namespace

BOOST_AUTO_TEST_CASE(operators_and_tensors) {
  const Network network = read_network(kData + "digits.tflite");

  const QuantTensor& input = at(network, network.input);
  BOOST_TEST((input.type == TensorType::int8));
  BOOST_TEST((input.shape == Shape{1, 28, 28, 1}));
  BOOST_TEST(input.scale() == 1.0F / 255);
  BOOST_TEST(input.zero_point() == -128);

  std::string kinds;
  for (const Operator& op : network.operators) {
    kinds += to_string(op.kind) + " " + at(network, op.output).shape.to_string() + "\n";
    BOOST_TEST((at(network, op.output).type == TensorType::int8));
  }
  BOOST_TEST(kinds ==
             "CONV_2D [1, 14, 14, 16]\n"
             "DEPTHWISE_CONV_2D [1, 12, 12, 16]\n"
             "CONV_2D [1, 12, 12, 32]\n"
             "DEPTHWISE_CONV_2D [1, 6, 6, 32]\n"
             "CONV_2D [1, 6, 6, 96]\n"
             "AVERAGE_POOL_2D [1, 3, 3, 96]\n"
             "RESHAPE [1, 864]\n"
             "FULLY_CONNECTED [1, 10]\n"
             "SOFTMAX [1, 10]\n");
  BOOST_TEST(network.logits == network.operators[7].output);
  BOOST_TEST(network.output == network.operators[8].output);
}

BOOST_AUTO_TEST_CASE(a_label_for_each_logit) {
  std::ifstream file(kData + "digits_labels.txt");
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) labels.push_back(line);
  const std::vector<std::string> expected = {"zero", "one", "two",   "three", "four",
                                             "five", "six", "seven", "eight", "nine"};
  BOOST_TEST(labels == expected, boost::test_tools::per_element());
}

// The script computes the integers on its own, with the roundings written in another way. Image i shows i
// mod 10.
BOOST_AUTO_TEST_CASE(logits_of_drawn_digits) {
  const Network network = read_network(kData + "digits.tflite");
  const Values images = read_values(kVectors + "digits_inputs.npy");
  const Values expected = read_values(kVectors + "digits_expected.npy");
  BOOST_REQUIRE(images.size() == kImages * kPixels);
  BOOST_REQUIRE(expected.size() == kImages * kDigits);
  std::size_t right = 0;
  for (std::size_t i = 0; i < kImages; ++i) {
    Values input = part(images, i, kPixels);
    for (std::int32_t& pixel : input) pixel -= 128;
    const TensorValues values = run_reference(network, input);
    const Values& logits = values[static_cast<std::size_t>(network.logits)];
    BOOST_TEST(logits == part(expected, i, kDigits), boost::test_tools::per_element());
    const auto digit =
        static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    right += digit == i % kDigits ? 1 : 0;
  }
  BOOST_TEST(right >= kImages - 1);
}

BOOST_AUTO_TEST_SUITE_END()
