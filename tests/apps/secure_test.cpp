// Networks on secrets, against the arithmetic of their format in the clear.
#include "apps/infer/secure.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <iostream>
#include <random>
#include <set>

#include "actors/embedded.hpp"
#include "apps/infer/fold.hpp"
#include "apps/infer/quantize.hpp"
#include "apps/infer/reference.hpp"
#include "graph/evaluate.hpp"
#include "graph/plan.hpp"
#include "protocols/plan_digest.hpp"
#include "tests/apps/models.hpp"
#include "tests/apps/tflite_writer.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::infer;
namespace tflite = tacet::apps::test::tflite;
using tacet::apps::test::TfliteWriter;

namespace {

using Values = std::vector<std::int32_t>;

/// A network as a computation of a client's image and an owner's network, and what both bring.
struct Job {
  /// Of one image or, one after another, of several.
  Job(const Network& network, const Values& images, const FoldOptions& options = {})
      : folded(fold(network, options)),
        inputs(folded.secrets),
        low(type_range(network.tensor(network.input).type).low) {
    // As whoever has not the network knows it.
    const Outline outline = parse_outline(outline_text(folded.outline), "outline");
    std::vector<std::int64_t> dims = network.tensor(network.input).shape.dims();
    dims[0] = static_cast<std::int64_t>(images.size() / network.tensor(network.input).shape.elements());
    const Shape shape(dims);
    const Role owner = builder.client("owner"), client = builder.client("client");
    const Value x = builder.input("image", client, ring(outline.ring_bits), shape);
    builder.output("logits", reshape(compute(builder, outline, x, owner), {-1}), client);
    Tensor t(ring(outline.ring_bits), shape);
    for (std::size_t i = 0; i < images.size(); ++i) t.set(i, static_cast<u128>(images[i] - low));
    inputs.erase(kLogitsScale), inputs.erase(kLogitsZero);
    inputs.emplace("image", std::move(t));
    low = type_range(network.tensor(network.logits).type).low;
  }

  Values values(const Tensor& logits) const {
    Values out;
    for (std::uint64_t i = 0; i < logits.elements(); ++i)
      out.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(logits.get(i))) + low);
    return out;
  }

  Values in_the_clear() const {
    std::vector<Tensor> ordered;
    for (const InputInfo& info : builder.graph().inputs()) ordered.push_back(inputs.at(info.name));
    return values(evaluate(builder.graph(), ordered)[0]);
  }

  Values among(std::uint32_t n) const {
    Setting setting;
    setting.n = n, setting.clients = 2;
    const auto plan = std::make_shared<const Plan>(make_plan(builder.graph(), setting));
    actors::EmbeddedOptions options;
    options.transport = actors::TransportKind::memory;
    const auto results =
        actors::run_embedded(plan, protocols::plan_digest(*plan), inputs, options);
    for (const actors::JobResult& r : results) BOOST_REQUIRE(!r.abort);
    return values(results[n + 1].outputs.at("logits"));
  }

  Builder builder;
  Folded folded;
  std::map<std::string, Tensor> inputs;
  std::int32_t low;
};

struct Difference {
  std::int32_t most = 0;
  double mean = 0;
};

Difference difference(const Values& a, const Values& b) {
  BOOST_REQUIRE(a.size() == b.size());
  Difference out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    out.most = std::max(out.most, std::abs(a[i] - b[i]));
    out.mean += std::abs(a[i] - b[i]) / static_cast<double>(a.size());
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secure)

BOOST_AUTO_TEST_CASE(trained_networks_are_within_four_quanta_or_exact_and_name_the_same_class) {
  const std::string folder = test::models_folder();
  if (folder.empty()) return;
  std::set<std::string> seen;
  for (const auto& [model, image] : {std::pair{"mobilenet_v1_0.25_128_quant", "cat"},
                                     {"mobilenet_v1_0.25_128_quant", "grace_hopper"},
                                     {"mobilenet_v1_0.5_160_quant", "cat"},
                                     {"mobilenet_v1_0.5_160_quant", "grace_hopper"},
                                     {"person_detect", "person"},
                                     {"person_detect", "no_person"}}) {
    BOOST_TEST_CONTEXT(model << " of " << image) {
      const std::string path = folder + model + "." + image;
      const Values golden = test::read_values(path + ".logits.npy");
      const Network network = read_network(folder + model + ".tflite");
      const Job job(network, test::read_values(path + ".input.npy"));
      const Values got = job.in_the_clear();
      const Difference d = difference(got, golden);
      std::cout << model << " of " << image << ": at most " << d.most << ", on average " << d.mean << "\n";
      BOOST_TEST(d.most <= 4);
      BOOST_TEST(d.mean <= 1);
      Values sorted = golden;
      std::sort(sorted.rbegin(), sorted.rend());
      const auto top = [](const Values& v) { return std::max_element(v.begin(), v.end()) - v.begin(); };
      if (sorted[0] - sorted[1] >= 4) BOOST_TEST(top(got) == top(golden));
      const Job exactly(network, test::read_values(path + ".input.npy"), {.mode = Mode::exact});
      BOOST_TEST(exactly.in_the_clear() == golden, boost::test_tools::per_element());
      if (!seen.insert(model).second) continue;
      BOOST_TEST(job.among(3) == got, boost::test_tools::per_element());
      BOOST_TEST(exactly.among(3) == golden, boost::test_tools::per_element());
    }
  }
}

namespace {

/// A network of all operators on random weights.
Network random_network(int type, std::mt19937_64& rng) {
  const auto number = [&](std::int32_t low, std::int32_t high) {
    return std::uniform_int_distribution<std::int32_t>(low, high)(rng);
  };
  const auto zero = [&] { return type == tflite::kUint8 ? number(100, 150) : number(-28, 22); };
  const auto bytes = [&](std::int32_t count) {
    std::string out;
    for (std::int32_t i = 0; i < count; ++i)
      out += static_cast<char>(type == tflite::kInt8 ? number(-127, 127) : number(0, 255));
    return out;
  };
  TfliteWriter w;
  const auto activation = [&](std::vector<std::int32_t> shape, float scale) {
    return w.tensor(std::move(shape), type, scale, zero());
  };
  const auto weights = [&](std::vector<std::int32_t> shape, int axis) {
    std::int32_t count = 1;
    for (const std::int32_t extent : shape) count *= extent;
    const std::int32_t outputs = shape[static_cast<std::size_t>(axis)];
    TfliteWriter::Spec spec{shape, type, {}, {}, axis, bytes(count)};
    for (std::int32_t c = 0; c < (type == tflite::kInt8 ? outputs : 1); ++c) {
      spec.scales.push_back(0.004F + 0.001F * static_cast<float>(number(0, 4)));
      spec.zero_points.push_back(type == tflite::kUint8 ? number(110, 140) : 0);
    }
    return w.tensor(spec);
  };
  const auto bias = [&](std::int32_t outputs) {
    std::vector<std::int32_t> values;
    for (std::int32_t i = 0; i < outputs; ++i) values.push_back(number(-3000, 3000));
    return w.constant_int32({outputs}, values);
  };
  const int x = activation({1, 9, 7, 3}, 0.05F);
  const std::int32_t least = type == tflite::kUint8 ? 0 : -128;
  const int conv = w.tensor({1, 5, 4, 6}, type, 0.05F, least);
  w.conv(x, weights({6, 3, 3, 3}, 0), bias(6), conv, tflite::kSame, 2, number(0, 3));
  const int deep = w.tensor({1, 5, 4, 6}, type, 0.05F, number(0, 1) == 0 ? least : zero());
  w.depthwise(conv, weights({1, 3, 3, 6}, 3), bias(6), deep, tflite::kSame, 1, 1, number(0, 3));
  const int sum = activation({1, 5, 4, 6}, 0.07F);
  w.add(conv, deep, sum, number(0, 3));
  const int product = activation({1, 5, 4, 6}, 0.07F);
  w.mul(sum, deep, product);
  const int rectified = activation({1, 5, 4, 6}, 0.06F);
  w.op(number(0, 1) == 0 ? tflite::kRelu : tflite::kRelu6, {product}, rectified);
  const std::int32_t same = zero();
  const int one = w.tensor({1, 5, 4, 6}, type, 0.05F, same);
  w.op(tflite::kQuantize, {rectified}, one);
  const int most = w.tensor({1, 4, 3, 6}, type, 0.05F, same),
            mean = w.tensor({1, 4, 3, 6}, type, 0.05F, same);
  w.pool(tflite::kMaxPool, one, most, tflite::kValid, 1, 2);
  w.pool(tflite::kAveragePool, one, mean, tflite::kValid, 1, 2, number(0, 1));
  const int both = w.tensor({1, 4, 3, 12}, type, 0.05F, same);
  w.concatenation({most, mean}, both, 3);
  const int wide = w.tensor({1, 6, 3, 12}, type, 0.05F, same);
  w.op(tflite::kPad, {both, w.constant_int32({4, 2}, {0, 0, 1, 1, 0, 0, 0, 0})}, wide);
  const int average = activation({1, 12}, 0.03F);
  w.mean(wide, w.constant_int32({2}, {1, 2}), average, false);
  const int logits = activation({1, 5}, 0.03F);
  w.fully_connected(average, weights({5, 12}, 0), bias(5), logits);
  return parse_network(w.file({x}, {logits}), "random");
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_networks_of_all_operators_in_all_modes) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  constexpr int kRuns = 30;
  // The differences that each mode may have: activations of folded-pow2 are finer than the network's, and
  // fixed rounds at random.
  const std::tuple<Mode, std::int32_t, double> modes[] = {
      {Mode::exact, 0, 0}, {Mode::folded, 3, 0.3}, {Mode::folded_pow2, 30, 3}, {Mode::fixed, 20, 3}};
  Difference worst[std::size(modes)];
  for (int i = 0; i < kRuns; ++i) {
    const Network network = random_network(i % 2 == 0 ? tflite::kUint8 : tflite::kInt8, rng);
    const infer::Range range = type_range(network.tensor(network.input).type);
    Values image(network.tensor(network.input).shape.elements());
    for (std::int32_t& q : image) q = std::uniform_int_distribution<std::int32_t>(range.low, range.high)(rng);
    const Values expected = run_reference(network, image)[static_cast<std::size_t>(network.logits)];
    for (std::size_t m = 0; m < std::size(modes); ++m) {
      const Mode mode = std::get<0>(modes[m]);
      BOOST_TEST_CONTEXT("mode " << to_string(mode) << ", network " << i) {
        const Job job(network, image, {.mode = mode});
        const Values got = mode == Mode::fixed ? job.among(3) : job.in_the_clear();
        const Difference d = difference(got, expected);
        worst[m].most = std::max(worst[m].most, d.most);
        worst[m].mean += d.mean / kRuns;
        if (i >= 2) continue;
        if (mode == Mode::fixed) continue;
        BOOST_TEST(job.among(i == 0 ? 3 : 5) == got, boost::test_tools::per_element());
        // What is public changes no result.
        for (const Disclosure more : {Disclosure::scales, Disclosure::model}) {
          const Job open(network, image, {.mode = mode, .disclosure = more});
          BOOST_TEST(open.among(3) == got, boost::test_tools::per_element());
        }
      }
    }
  }
  for (std::size_t m = 0; m < std::size(modes); ++m) {
    const auto& [mode, most, mean] = modes[m];
    std::cout << "random networks, " << to_string(mode) << ": at most " << worst[m].most
              << " quanta, on average " << worst[m].mean << "\n";
    BOOST_TEST(worst[m].most <= most, to_string(mode));
    BOOST_TEST(worst[m].mean <= mean, to_string(mode));
  }
}

BOOST_AUTO_TEST_CASE(rings_of_any_width_give_the_same_or_more_precision) {
  std::mt19937_64 rng(7);
  for (const int type : {tflite::kUint8, tflite::kInt8}) {
    const Network network = random_network(type, rng);
    const infer::Range range = type_range(network.tensor(network.input).type);
    Values image(network.tensor(network.input).shape.elements());
    for (std::int32_t& q : image) q = std::uniform_int_distribution<std::int32_t>(range.low, range.high)(rng);
    const Values expected = run_reference(network, image)[static_cast<std::size_t>(network.logits)];
    for (const unsigned k : {40u, 64u, 65u, 100u, 128u}) {
      BOOST_TEST(difference(Job(network, image, {.ring_bits = k}).in_the_clear(), expected).most <= 2, k);
      if (k >= 64)
        BOOST_TEST((Job(network, image, {.mode = Mode::exact, .ring_bits = k}).in_the_clear() == expected),
                   k);
      if (k >= 65)
        BOOST_TEST(
            difference(Job(network, image, {.mode = Mode::fixed, .ring_bits = k}).among(3), expected).most <=
                20,
            k);
    }
  }
}

BOOST_AUTO_TEST_CASE(images_of_a_batch_do_not_meet) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  for (const int type : {tflite::kUint8, tflite::kInt8}) {
    const Network network = random_network(type, rng);
    const infer::Range range = type_range(network.tensor(network.input).type);
    Values images, expected;
    for (int i = 0; i < 3; ++i) {
      Values image(network.tensor(network.input).shape.elements());
      for (std::int32_t& q : image)
        q = std::uniform_int_distribution<std::int32_t>(range.low, range.high)(rng);
      const Values logits = run_reference(network, image)[static_cast<std::size_t>(network.logits)];
      images.insert(images.end(), image.begin(), image.end());
      expected.insert(expected.end(), logits.begin(), logits.end());
    }
    BOOST_TEST((Job(network, images, {.mode = Mode::exact}).in_the_clear() == expected));
    BOOST_TEST((Job(network, images, {.mode = Mode::exact}).among(3) == expected));
  }
}

// Operators may look along the axis of the images, and at constants: each image by itself.
BOOST_AUTO_TEST_CASE(the_first_axis_and_constants_are_every_images_own) {
  TfliteWriter w;
  const int type = tflite::kUint8;
  const auto tensor = [&](std::vector<std::int32_t> shape) {
    return w.tensor(std::move(shape), type, 0.5F, 3);
  };
  const auto constant = [&](std::vector<std::int32_t> shape, const std::string& bytes) {
    return w.tensor({std::move(shape), type, {0.5F}, {3}, 0, bytes});
  };
  const int x = tensor({1, 2, 3}), joined = tensor({2, 2, 3}), side = tensor({2, 2, 5}),
            wide = tensor({4, 2, 5}), sum = tensor({4, 2, 5}), product = tensor({4, 2, 5}),
            mean = tensor({2, 5});
  w.concatenation({x, constant({1, 2, 3}, "abcdef")}, joined, 0);
  w.concatenation({joined, constant({2, 2, 2}, "12345678")}, side, 2);
  w.op(tflite::kPad, {side, w.constant_int32({3, 2}, {1, 1, 0, 0, 0, 0})}, wide);
  w.add(wide, constant({2, 5}, "ABCDEFGHIJ"), sum, 0);
  w.mul(sum, constant({4, 1, 5}, std::string(20, '\5')), product);
  w.mean(product, w.constant_int32({1}, {0}), mean, false);
  const Network network = parse_network(w.file({x}, {mean}), "axes");
  const Values images{0, 255, 7, 100, 3, 19, 200, 80, 1, 2, 3, 4};
  Values expected;
  for (int i = 0; i < 2; ++i) {
    const Values logits =
        run_reference(network, std::span(images).subspan(6 * static_cast<std::size_t>(i),
                                                         6))[static_cast<std::size_t>(network.logits)];
    expected.insert(expected.end(), logits.begin(), logits.end());
  }
  BOOST_TEST((Job(network, images, {.mode = Mode::exact}).in_the_clear() == expected));
}

// A matrix product may have more rows than there are images.
BOOST_AUTO_TEST_CASE(outputs_with_rows_keep_them) {
  TfliteWriter w;
  const int x = w.tensor({1, 4, 2}, tflite::kUint8, 0.5F, 3), y = w.tensor({2, 3}, tflite::kUint8, 40.0F, 7);
  const int weights = w.tensor({{3, 4}, tflite::kUint8, {0.5F}, {100}, 0, "abcdefghijkl"});
  w.fully_connected(x, weights, w.constant_int32({3}, {10, -20, 30}), y);
  const Network network = parse_network(w.file({x}, {y}), "rows");
  const Values image{0, 255, 7, 100, 3, 19, 200, 80};
  const Values expected = run_reference(network, image)[static_cast<std::size_t>(network.logits)];
  BOOST_TEST(difference(Job(network, image).in_the_clear(), expected).most <= 1);
}

BOOST_AUTO_TEST_CASE(networks_too_large_for_the_ring_are_refused) {
  TfliteWriter w;
  const int x = w.tensor({1, 4}, tflite::kUint8, 1.0F, 0), y = w.tensor({1, 1}, tflite::kUint8, 0.002F, 0);
  const int weights = w.tensor({{1, 4}, tflite::kUint8, {1.0F}, {0}, 0, std::string(4, '\x7f')});
  w.fully_connected(x, weights, w.constant_int32({1}, {0}), y);
  const Network network = parse_network(w.file({x}, {y}), "steep");
  BOOST_TEST(fold(network).outline.compare_bits[0] == 18u);  // up to 4 * 127 * 255
  const auto refused = [&](const FoldOptions& options, Errc code, const std::string& part) {
    BOOST_CHECK_EXCEPTION(fold(network, options), Error, [&](const Error& e) {
      const std::string text = e.what();
      BOOST_TEST(text.find(part) != std::string::npos, text);
      return e.code() == code;
    });
  };
  refused({.ring_bits = 16}, Errc::bad_argument, "16 ring bits: expected 32 to 128");
  refused({.mode = Mode::exact, .ring_bits = 32}, Errc::unsupported,
          "operator 0 (FULLY_CONNECTED): a factor of 2^9 does not fit a ring of 32 bits; expected more ring "
          "bits");
  refused({.mode = Mode::fixed, .ring_bits = 32}, Errc::unsupported,
          "operator 0 (FULLY_CONNECTED): output channel 0 does not fit a ring of 32 bits");
}

BOOST_AUTO_TEST_SUITE_END()
