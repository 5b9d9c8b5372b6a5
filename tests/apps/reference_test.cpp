#include "apps/infer/reference.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "apps/infer/quantize.hpp"
#include "apps/io/data.hpp"
#include "tests/apps/io_support.hpp"
#include "tests/apps/tflite_writer.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::infer;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(reference)

namespace {

using Values = std::vector<std::int32_t>;

// ---- Networks that others trained.

// Where the networks are, or nothing; says so.
std::string models_folder() {
  const char* folder = std::getenv("TACET_SHARED_DATA");
  if (folder == nullptr) {
    std::cout << "skipped: TACET_SHARED_DATA is not set\n";
    return "";
  }
  return std::string(folder) + "/tflite/";
}

Values read_values(const std::string& path) {
  const Data data = read_data(path);
  Values out;
  for (std::size_t i = 0; i < data.cells().size(); ++i) {
    const Cell cell = data.cells()[i];
    const auto magnitude = static_cast<std::int32_t>(cell.magnitude);
    out.push_back(cell.negative ? -magnitude : magnitude);
  }
  return out;
}

const Values& logits_of(const Network& network, const TensorValues& values) {
  return values[static_cast<std::size_t>(network.logits)];
}

void compare_with_golden(const std::string& model, const std::vector<std::string>& images) {
  const std::string folder = models_folder();
  if (folder.empty()) return;
  const Network network = read_network(folder + model + ".tflite");
  for (const std::string& image : images) {
    const std::string path = folder + model + "." + image;
    const Values golden = read_values(path + ".logits.npy");
    const TensorValues values = run_reference(network, read_values(path + ".input.npy"));
    BOOST_TEST(!golden.empty());
    BOOST_TEST(logits_of(network, values) == golden, boost::test_tools::per_element());
    std::cout << model << " of " << image << ": " << golden.size() << " logits, largest at "
              << std::max_element(golden.begin(), golden.end()) - golden.begin() << "\n";
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(mobilenet_a_quarter_wide) {
  compare_with_golden("mobilenet_v1_0.25_128_quant", {"cat", "grace_hopper"});
}

BOOST_AUTO_TEST_CASE(mobilenet_half_as_wide) {
  compare_with_golden("mobilenet_v1_0.5_160_quant", {"cat", "grace_hopper"});
}

BOOST_AUTO_TEST_CASE(person_detection) {
  compare_with_golden("person_detect", {"person", "no_person"});
}

BOOST_AUTO_TEST_CASE(a_sine) {
  const std::string folder = models_folder();
  if (folder.empty()) return;
  const Network network = read_network(folder + "hello_world_int8.tflite");
  const QuantTensor& x = network.tensors[static_cast<std::size_t>(network.input)];
  const QuantTensor& y = network.tensors[static_cast<std::size_t>(network.output)];
  BOOST_TEST(network.logits == network.output);
  double worst = 0;
  for (std::int32_t q = -128; q <= 127; ++q) {
    const double expected = std::sin(static_cast<double>(x.scale()) * (q - x.zero_point()));
    const TensorValues values = run_reference(network, Values{q});
    const double got = static_cast<double>(y.scale()) * (logits_of(network, values).front() - y.zero_point());
    worst = std::max(worst, std::abs(got - expected));
  }
  std::cout << "a sine: at most " << worst << " off, a quantum being " << y.scale() << "\n";
  BOOST_TEST(worst < 0.15);  // what training left
}

BOOST_AUTO_TEST_SUITE_END()
