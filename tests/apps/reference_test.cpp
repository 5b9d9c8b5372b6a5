#include "apps/infer/reference.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "apps/infer/quantize.hpp"
#include "apps/io/data.hpp"
#include "tests/apps/io_support.hpp"
#include "tests/apps/models.hpp"
#include "tests/apps/tflite_writer.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::infer;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(reference)

namespace {

using Values = std::vector<std::int32_t>;

// ---- Networks that others trained.

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

// ---- What operators mean for real numbers, written without looking at the integers.

using Reals = std::vector<double>;

const QuantTensor& at(const Network& network, std::int32_t index) {
  return network.tensors[static_cast<std::size_t>(index)];
}

Reals reals_of(const QuantTensor& t, const Values& values) {
  Reals out;
  for (const std::int32_t q : values) out.push_back(double{t.scale()} * (q - t.zero_point()));
  return out;
}

// A constant as the numbers it stands for; biases are in units of input times weights.
Reals constant_reals(const QuantTensor& t) {
  Reals out;
  const Values values = constant_values(t);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t channel = 0;
    if (t.scales.size() > 1) {
      const std::vector<std::int64_t> strides = t.shape.strides();
      const auto axis = static_cast<std::size_t>(t.quantized_axis);
      channel = i / static_cast<std::size_t>(strides[axis]) % static_cast<std::size_t>(t.shape[axis]);
    }
    out.push_back(double{t.scales[channel]} * (values[i] - t.zero_points[channel]));
  }
  return out;
}

// Where an index stands, or -1 outside.
std::int64_t place_of(const Shape& shape, const std::vector<std::int64_t>& index) {
  std::int64_t place = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    if (index[axis] < 0 || index[axis] >= shape[axis]) return -1;
    place = place * shape[axis] + index[axis];
  }
  return place;
}

std::vector<std::int64_t> index_of(const Shape& shape, std::int64_t place) {
  std::vector<std::int64_t> index(shape.rank());
  for (std::size_t axis = shape.rank(); axis-- > 0;) {
    index[axis] = place % shape[axis];
    place /= shape[axis];
  }
  return index;
}

double clamped(double x, Activation activation) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::relu_n1_to_1:
      return std::clamp(x, -1.0, 1.0);
    case Activation::relu6:
      return std::clamp(x, 0.0, 6.0);
  }
  return x;
}

// One element of what an operator makes of real inputs.
double real_element(const Network& network, const Operator& op, const std::vector<Reals>& in,
                    std::int64_t place) {
  const Shape& from = at(network, op.inputs[0]).shape;
  const Shape& to = at(network, op.output).shape;
  const std::vector<std::int64_t> index = index_of(to, place);
  const Parameters& p = op.parameters;
  const auto element = [&](std::size_t operand, const std::vector<std::int64_t>& i) {
    return in[operand][static_cast<std::size_t>(place_of(at(network, op.inputs[operand]).shape, i))];
  };
  const auto flat = [&](std::size_t operand, std::int64_t i) {
    return in[operand][static_cast<std::size_t>(i)];
  };
  switch (op.kind) {
    case OpKind::conv_2d:
    case OpKind::depthwise_conv_2d:
    case OpKind::average_pool_2d:
    case OpKind::max_pool_2d: {
      const Window& w = p.window;
      // As the frameworks define SAME: what is missing of ceil(n / stride) windows, the smaller half in
      // front.
      const auto before = [&](std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t dilation) {
        const std::int64_t outputs = n % stride == 0 ? n / stride : n / stride + 1;
        const std::int64_t missing = (outputs - 1) * stride + (k - 1) * dilation + 1 - n;
        return w.same && missing > 0 ? missing / 2 : 0;
      };
      const std::int64_t top = before(from[1], w.height, w.stride_height, w.dilation_height);
      const std::int64_t left = before(from[2], w.width, w.stride_width, w.dilation_width);
      double sum = 0, most = -1e300;
      int count = 0;
      for (std::int64_t dy = 0; dy < w.height; ++dy)
        for (std::int64_t dx = 0; dx < w.width; ++dx) {
          const std::int64_t y = index[1] * w.stride_height + dy * w.dilation_height - top;
          const std::int64_t x = index[2] * w.stride_width + dx * w.dilation_width - left;
          if (y < 0 || y >= from[1] || x < 0 || x >= from[2]) continue;
          if (op.kind == OpKind::conv_2d) {
            for (std::int64_t c = 0; c < from[3]; ++c)
              sum += element(0, {0, y, x, c}) * element(1, {index[3], dy, dx, c});
          } else if (op.kind == OpKind::depthwise_conv_2d) {
            sum += element(0, {0, y, x, index[3] / (to[3] / from[3])}) * element(1, {0, dy, dx, index[3]});
          } else {
            sum += element(0, {0, y, x, index[3]});
            most = std::max(most, element(0, {0, y, x, index[3]}));
            ++count;
          }
        }
      if (op.kind == OpKind::max_pool_2d) return clamped(most, p.activation);
      if (op.kind == OpKind::average_pool_2d) return clamped(sum / count, p.activation);
      return clamped(sum + (in.size() == 3 ? flat(2, index[3]) : 0), p.activation);
    }
    case OpKind::fully_connected: {
      const Shape& w = at(network, op.inputs[1]).shape;
      double sum = in.size() == 3 ? flat(2, place % w[0]) : 0;
      for (std::int64_t k = 0; k < w[1]; ++k)
        sum += flat(0, place / w[0] * w[1] + k) * element(1, {place % w[0], k});
      return clamped(sum, p.activation);
    }
    case OpKind::add:
    case OpKind::mul: {
      double operands[2];
      for (std::size_t i = 0; i < 2; ++i) {
        const Shape& shape = at(network, op.inputs[i]).shape;
        std::vector<std::int64_t> own(index.end() - static_cast<std::ptrdiff_t>(shape.rank()), index.end());
        for (std::size_t axis = 0; axis < own.size(); ++axis)
          if (shape[axis] == 1) own[axis] = 0;
        operands[i] = element(i, own);
      }
      return clamped(op.kind == OpKind::add ? operands[0] + operands[1] : operands[0] * operands[1],
                     p.activation);
    }
    case OpKind::concatenation: {
      const auto axis = static_cast<std::size_t>(p.axis);
      std::vector<std::int64_t> own = index;
      std::size_t operand = 0;
      while (own[axis] >= at(network, op.inputs[operand]).shape[axis])
        own[axis] -= at(network, op.inputs[operand++]).shape[axis];
      return element(operand, own);
    }
    case OpKind::pad: {
      std::vector<std::int64_t> own = index;
      for (std::size_t axis = 0; axis < own.size(); ++axis) own[axis] -= p.before[axis];
      return place_of(from, own) < 0 ? 0 : element(0, own);
    }
    case OpKind::mean: {
      double sum = 0;
      int count = 0;
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(from.elements()); ++i) {
        std::vector<std::int64_t> own;
        const std::vector<std::int64_t> all = index_of(from, i);
        for (std::size_t axis = 0; axis < all.size(); ++axis) {
          const bool reduced = std::count(p.axes.begin(), p.axes.end(), static_cast<std::int64_t>(axis)) > 0;
          if (!reduced || p.keep_dims) own.push_back(reduced ? 0 : all[axis]);
        }
        if (place_of(to, own) == place) sum += flat(0, i), ++count;
      }
      return sum / count;
    }
    case OpKind::relu:
      return clamped(flat(0, place), Activation::relu);
    case OpKind::relu6:
      return clamped(flat(0, place), Activation::relu6);
    default:  // RESHAPE, SQUEEZE and QUANTIZE keep the numbers
      return flat(0, place);
  }
}

Reals real_operator(const Network& network, const Operator& op, const std::vector<Reals>& in) {
  Reals out(at(network, op.output).shape.elements());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = real_element(network, op, in, static_cast<std::int64_t>(i));
  return out;
}

// What real inputs an operator has: constants, and what `reals` holds by tensor.
std::vector<Reals> real_inputs(const Network& network, const Operator& op, const std::vector<Reals>& reals) {
  std::vector<Reals> in;
  for (const std::int32_t input : op.inputs) {
    if (input == -1) continue;
    const QuantTensor& t = at(network, input);
    if (t.is_constant() && t.scales.empty()) continue;  // axes and shapes
    in.push_back(t.is_constant() ? constant_reals(t) : reals[static_cast<std::size_t>(input)]);
  }
  return in;
}

// Compares every tensor with what the operator that wrote it makes of its actual inputs. The second of two
// roundings is by half a quantum, the first at most by half of that.
void compare_with_reals(const Network& network, const TensorValues& values) {
  std::vector<Reals> reals(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!values[i].empty()) reals[i] = reals_of(network.tensors[i], values[i]);
  for (const Operator& op : network.operators) {
    if (is_final(op.kind)) continue;
    const QuantTensor& y = at(network, op.output);
    const Values& got = values[static_cast<std::size_t>(op.output)];
    const Reals expected = real_operator(network, op, real_inputs(network, op, reals));
    BOOST_REQUIRE(got.size() == expected.size());
    const Range range = type_range(y.type);
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double exact =
          std::clamp<double>(expected[i] / y.scale() + y.zero_point(), range.low, range.high);
      worst = std::max(worst, std::abs(exact - got[i]));
    }
    BOOST_TEST(worst < 0.76, describe(network, op) << " is " << worst << " quanta off");
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
  const QuantTensor& x = at(network, network.input);
  const QuantTensor& y = at(network, network.output);
  BOOST_TEST(network.logits == network.output);
  double from_sine = 0, from_reals = 0;
  for (std::int32_t q = -128; q <= 127; ++q) {
    const TensorValues values = run_reference(network, Values{q});
    compare_with_reals(network, values);
    const double got = reals_of(y, logits_of(network, values)).front();
    std::vector<Reals> reals(network.tensors.size());
    reals[static_cast<std::size_t>(network.input)] = reals_of(x, {q});
    for (const Operator& op : network.operators)
      reals[static_cast<std::size_t>(op.output)] =
          real_operator(network, op, real_inputs(network, op, reals));
    from_reals =
        std::max(from_reals, std::abs(got - reals[static_cast<std::size_t>(network.output)].front()));
    from_sine = std::max(from_sine, std::abs(got - std::sin(reals_of(x, {q}).front())));
  }
  std::cout << "a sine: " << from_reals / y.scale() << " quanta from the network in real numbers, "
            << from_sine / y.scale() << " from the sine\n";
  BOOST_TEST(from_reals < 6 * y.scale());  // later layers make the roundings of earlier ones larger
  BOOST_TEST(from_sine < 0.13);            // the network in real numbers is 0.115 off by itself
}

// ---- Operators one by one.

namespace {

// Random networks of one operator between tensors of random scales and zero points.
class Maker {
 public:
  Maker(std::mt19937_64& rng, int type) : rng_(rng), type_(type) {}

  std::int32_t number(std::int32_t low, std::int32_t high) {
    return std::uniform_int_distribution<std::int32_t>(low, high)(rng_);
  }
  float scale(double around) {
    return static_cast<float>(around * std::exp2(std::uniform_real_distribution<>(-1, 1)(rng_)));
  }
  std::int64_t zero_point() { return type_ == tflite::kUint8 ? number(0, 255) : number(-128, 127); }
  int activation() { return number(0, 3); }

  int tensor(const std::vector<std::int32_t>& shape, double around) {
    return writer.tensor(shape, type_, scale(around), zero_point());
  }
  int tensor_like(const std::vector<std::int32_t>& shape, float scale_, std::int64_t zero) {
    return writer.tensor(shape, type_, scale_, zero);
  }
  int constant(const std::vector<std::int32_t>& shape, double around) {
    return writer.tensor({shape, type_, {scale(around)}, {zero_point()}, 0, random_bytes(shape)});
  }

  // Weights and a bias of units of their products with the input.
  std::pair<int, int> weights(const std::vector<std::int32_t>& shape, int axis, float input_scale) {
    const auto outputs = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
    const bool per_channel = type_ == tflite::kInt8 && number(0, 2) > 0;
    TfliteWriter::Spec w{shape, type_, {}, {}, axis, random_bytes(shape)};
    for (std::size_t c = 0; c < (per_channel ? outputs : 1); ++c) {
      w.scales.push_back(scale(0.01));
      w.zero_points.push_back(type_ == tflite::kUint8 ? number(0, 255) : 0);
    }
    TfliteWriter::Spec b{{static_cast<std::int32_t>(outputs)}, tflite::kInt32};
    std::vector<std::int32_t> values(outputs);
    for (std::int32_t& value : values) value = number(-5000, 5000);
    b.data = TfliteWriter::bytes_of(values);
    for (const float s : w.scales) b.scales.push_back(input_scale * s), b.zero_points.push_back(0);
    const int weights = writer.tensor(w);
    return {weights, writer.tensor(b)};
  }

  std::string random_bytes(const std::vector<std::int32_t>& shape) {
    std::string out;
    std::int64_t count = 1;
    for (const std::int32_t extent : shape) count *= extent;
    for (std::int64_t i = 0; i < count; ++i)
      out += static_cast<char>(type_ == tflite::kInt8 ? number(-127, 127) : number(0, 255));
    return out;
  }

  // Runs the network from tensor 0 to `output` on random values and compares.
  void check(std::int32_t output) {
    const Network network = parse_network(writer.file({0}, {output}), "random");
    const Range range = type_range(at(network, 0).type);
    Values input(at(network, 0).shape.elements());
    for (std::int32_t& q : input) q = number(range.low, range.high);
    const TensorValues values = run_reference(network, input);
    compare_with_reals(network, values);
    ++checked;
    for (const std::int32_t q : logits_of(network, values)) inside += q > range.low && q < range.high;
  }

  TfliteWriter writer;
  static inline std::size_t checked = 0, inside = 0;

 private:
  std::mt19937_64& rng_;
  int type_;
};

// Calls f(maker) with many makers of both types.
template <class F>
void with_makers(F&& f) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  Maker::checked = Maker::inside = 0;
  for (int i = 0; i < 200; ++i) {
    Maker maker(rng, i % 2 == 0 ? tflite::kUint8 : tflite::kInt8);
    f(maker);
  }
  BOOST_TEST(Maker::checked == 200u);
  BOOST_TEST(Maker::inside > 200u);  // not everything was clamped
}

std::int32_t outputs(std::int32_t n, std::int32_t k, std::int32_t stride, std::int32_t dilation,
                     int padding) {
  std::int32_t count = 0;
  const std::int32_t reach = padding == tflite::kSame ? 1 : (k - 1) * dilation + 1;
  for (std::int32_t at = 0; at + reach <= n; at += stride) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(convolutions) {
  with_makers([](Maker& m) {
    const bool depthwise = m.number(0, 1) == 1;
    const std::int32_t k = m.number(1, 4), stride = m.number(1, 3), dilation = m.number(1, 2);
    const std::int32_t height = m.number(7, 10), width = m.number(7, 10), channels = m.number(1, 4);
    const std::int32_t out = depthwise ? channels * m.number(1, 3) : m.number(1, 5);
    const int padding = m.number(0, 1);
    const float scale = m.scale(0.05);
    const int x = m.tensor_like({1, height, width, channels}, scale, m.zero_point());
    const auto [w, b] =
        depthwise ? m.weights({1, k, k, out}, 3, scale) : m.weights({out, k, k, channels}, 0, scale);
    const int y = m.tensor(
        {1, outputs(height, k, stride, dilation, padding), outputs(width, k, stride, dilation, padding), out},
        0.2);
    const std::int32_t bias = m.number(0, 3) == 0 ? -1 : b;
    if (depthwise)
      m.writer.depthwise(x, w, bias, y, padding, out / channels, stride, m.activation(), dilation);
    else
      m.writer.conv(x, w, bias, y, padding, stride, m.activation(), dilation);
    m.check(y);
  });
}

BOOST_AUTO_TEST_CASE(fully_connected_layers) {
  with_makers([](Maker& m) {
    const bool keep = m.number(0, 1) == 1;
    const std::int32_t in = m.number(1, 20), out = m.number(1, 9);
    const float scale = m.scale(0.05);
    const int x = keep ? m.tensor_like({1, 3, in}, scale, m.zero_point())
                       : m.tensor_like({1, in, 2}, scale, m.zero_point());
    const auto [w, b] = m.weights({out, in}, 0, scale);
    const int y = keep ? m.tensor({1, 3, out}, 0.2) : m.tensor({2, out}, 0.2);
    m.writer.fully_connected(x, w, m.number(0, 3) == 0 ? -1 : b, y, m.activation(), keep);
    m.check(y);
  });
}

BOOST_AUTO_TEST_CASE(poolings) {
  with_makers([](Maker& m) {
    const std::int32_t k = m.number(1, 4), stride = m.number(1, 3), size = m.number(4, 9),
                       channels = m.number(1, 4);
    const int padding = m.number(0, 1);
    const float scale = m.scale(0.05);
    const std::int64_t zero = m.zero_point();
    const int x = m.tensor_like({1, size, size + 1, channels}, scale, zero);
    const int y = m.tensor_like(
        {1, outputs(size, k, stride, 1, padding), outputs(size + 1, k, stride, 1, padding), channels}, scale,
        zero);
    m.writer.pool(m.number(0, 1) == 0 ? tflite::kAveragePool : tflite::kMaxPool, x, y, padding, stride, k,
                  m.activation());
    m.check(y);
  });
}

BOOST_AUTO_TEST_CASE(sums_and_products) {
  with_makers([](Maker& m) {
    const std::vector<std::int32_t> shape = {1, 3, 4, 5};
    const std::vector<std::vector<std::int32_t>> others = {shape, {5}, {1, 1, 1, 5}, {1, 3, 1, 5}, {}};
    const int x = m.tensor(shape, 0.05);
    const int other =
        m.number(0, 4) == 0 ? x : m.constant(others[static_cast<std::size_t>(m.number(0, 4))], 0.05);
    const int y = m.tensor(shape, 0.2);
    const bool swap = m.number(0, 1) == 1;
    if (m.number(0, 1) == 1)
      m.writer.add(swap ? other : x, swap ? x : other, y, m.activation());
    else
      m.writer.mul(swap ? other : x, swap ? x : other, y, m.activation());
    m.check(y);
  });
}

BOOST_AUTO_TEST_CASE(concatenations) {
  int type = 0;
  with_makers([&](Maker& m) {
    const bool any_scale = type++ % 2 == 0;  // uint8
    const float scale = m.scale(0.05);
    const std::int64_t zero = m.zero_point();
    const std::int32_t axis = m.number(1, 2), other = m.number(1, 4);
    std::vector<std::int32_t> a = {1, 3, 4}, b = a, c = a;
    b[static_cast<std::size_t>(axis)] = other;
    c[static_cast<std::size_t>(axis)] += other + a[static_cast<std::size_t>(axis)];
    const int x = m.tensor_like(a, scale, zero);
    const int k = any_scale ? m.constant(b, 0.05)
                            : m.writer.tensor({b, tflite::kInt8, {scale}, {zero}, 0, m.random_bytes(b)});
    const int y = any_scale ? m.tensor(c, 0.1) : m.tensor_like(c, scale, zero);
    m.writer.concatenation({x, k, x}, y, m.number(0, 1) == 0 ? axis : axis - 3);
    m.check(y);
  });
}

BOOST_AUTO_TEST_CASE(paddings_and_means) {
  with_makers([](Maker& m) {
    const float scale = m.scale(0.05);
    const std::int64_t zero = m.zero_point();
    if (m.number(0, 1) == 0) {
      const std::int32_t top = m.number(0, 2), bottom = m.number(0, 2), left = m.number(0, 2),
                         right = m.number(0, 2);
      const int x = m.tensor_like({1, 3, 4, 2}, scale, zero);
      const int y = m.tensor_like({1, 3 + top + bottom, 4 + left + right, 2}, scale, zero);
      m.writer.op(tflite::kPad, {x, m.writer.constant_int32({4, 2}, {0, 0, top, bottom, left, right, 0, 0})},
                  y);
      m.check(y);
    } else {
      const bool keep = m.number(0, 1) == 1, channels = m.number(0, 1) == 1;
      const int x = m.tensor({1, 5, 3, 4}, 0.05);
      std::vector<std::int32_t> shape =
          channels ? std::vector<std::int32_t>{1, 5, 3, 1} : std::vector<std::int32_t>{1, 1, 1, 4};
      if (!keep) shape = channels ? std::vector<std::int32_t>{1, 5, 3} : std::vector<std::int32_t>{1, 4};
      const int y = m.tensor(shape, 0.03);
      m.writer.mean(x,
                    channels ? m.writer.constant_int32({1}, {-1}) : m.writer.constant_int32({3}, {2, 1, -2}),
                    y, keep);
      m.check(y);
    }
  });
}

BOOST_AUTO_TEST_CASE(rescalings_and_shapes) {
  with_makers([](Maker& m) {
    const float scale = m.scale(0.05);
    const std::int64_t zero = m.zero_point();
    const int x = m.tensor_like({1, 2, 1, 9}, scale, zero);
    switch (m.number(0, 4)) {
      case 0: {
        const int y = m.tensor_like({1, 18}, scale, zero);
        m.writer.op(tflite::kReshape, {x, m.writer.constant_int32({2}, {1, -1})}, y);
        return m.check(y);
      }
      case 1: {
        const int y = m.tensor_like({1, 2, 9}, scale, zero);
        m.writer.squeeze(x, y, {-2});
        return m.check(y);
      }
      case 2: {
        const int y = m.tensor({1, 2, 1, 9}, 0.05);
        m.writer.op(m.number(0, 1) == 0 ? tflite::kRelu : tflite::kRelu6, {x}, y);
        return m.check(y);
      }
      default: {
        const int type = m.number(0, 1) == 0 ? tflite::kUint8 : tflite::kInt8;
        const int y = m.writer.tensor({1, 2, 1, 9}, type, m.scale(0.05), m.number(0, 127));
        m.writer.op(tflite::kQuantize, {x}, y);
        return m.check(y);
      }
    }
  });
}

// ---- Numbers.

BOOST_AUTO_TEST_CASE(multipliers) {
  BOOST_TEST((quantize_multiplier(1.0) == Multiplier{1 << 30, 1}));
  BOOST_TEST((quantize_multiplier(0.5) == Multiplier{1 << 30, 0}));
  BOOST_TEST((quantize_multiplier(0.0072474273418460) == Multiplier{1992157658, -7}));
  BOOST_TEST((quantize_multiplier(1 - 0x1p-40) == Multiplier{1 << 30, 1}));
  BOOST_TEST((quantize_multiplier(0x1p-32) == Multiplier{1 << 30, -31}));
  BOOST_TEST((quantize_multiplier(0x1p-33) == Multiplier{}));
  BOOST_TEST((quantize_multiplier(0) == Multiplier{}));
}

// The two roundings at once: floor((x q + 2^30 + [e > 0] 2^(30 + e) - [e > 0 and x q + 2^30 < 0] 2^31) /
// 2^(31 + e)).
BOOST_AUTO_TEST_CASE(products_with_multipliers) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  std::uint64_t differ = 0;
  for (int i = 0; i < 200000; ++i) {
    const int e = std::uniform_int_distribution<>(0, 31)(rng),
              bits = std::uniform_int_distribution<>(0, 31)(rng);
    const std::int64_t span = (std::int64_t{1} << bits) - 1;
    const std::int64_t x = std::uniform_int_distribution<std::int64_t>(-span, span)(rng);
    const std::int64_t q = std::uniform_int_distribution<std::int64_t>(1LL << 30, (1LL << 31) - 1)(rng);
    const __int128 high = __int128{x} * q + (1LL << 30);
    const __int128 sum = high + (e > 0 ? (__int128{1} << (30 + e)) - (high < 0 ? 1LL << 31 : 0) : 0);
    const auto expected = static_cast<std::int32_t>(sum >> (31 + e));
    differ += multiply(static_cast<std::int32_t>(x), {static_cast<std::int32_t>(q), -e}) != expected;
  }
  BOOST_TEST(differ == 0u);
  BOOST_TEST(multiply(3, {1 << 30, 0}) == 2);    // 1.5, ties up
  BOOST_TEST(multiply(-3, {1 << 30, 0}) == -1);  // -1.5
  BOOST_TEST(multiply(-3, {1 << 30, 1}) == -3);
  BOOST_TEST(multiply(6, {1 << 30, -1}) == 2);    // 3 and then 1.5, ties away from zero
  BOOST_TEST(multiply(-6, {1 << 30, -1}) == -2);  // -3 and then -1.5
  BOOST_TEST(multiply(100, {1 << 30, 3}) == 400);
}

BOOST_AUTO_TEST_CASE(ranges_of_activations) {
  QuantTensor y;
  y.type = TensorType::uint8;
  y.scales = {0.05F};
  y.zero_points = {30};
  BOOST_TEST((activation_range(Activation::none, y) == Range{0, 255}));
  BOOST_TEST((activation_range(Activation::relu, y) == Range{30, 255}));
  BOOST_TEST((activation_range(Activation::relu6, y) == Range{30, 150}));
  BOOST_TEST((activation_range(Activation::relu_n1_to_1, y) == Range{10, 50}));
  y.type = TensorType::int8;
  y.scales = {1e-12F};
  BOOST_TEST((activation_range(Activation::relu6, y) == Range{30, 127}));
  BOOST_TEST((activation_range(Activation::relu_n1_to_1, y) == Range{-128, 127}));
}

BOOST_AUTO_TEST_CASE(windows_along_an_axis) {
  const auto place = [](std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t dilation,
                        bool same) {
    const WindowAxis a = place_window(n, k, stride, dilation, same);
    return std::to_string(a.outputs) + " " + std::to_string(a.before) + " " + std::to_string(a.after);
  };
  BOOST_TEST(place(224, 3, 2, 1, true) == "112 0 1");
  BOOST_TEST(place(7, 3, 1, 1, true) == "7 1 1");
  BOOST_TEST(place(7, 3, 1, 2, true) == "7 2 2");
  BOOST_TEST(place(7, 1, 3, 1, true) == "3 0 0");
  BOOST_TEST(place(7, 3, 2, 1, false) == "3 0 0");
  BOOST_TEST(place(7, 7, 5, 1, false) == "1 0 0");
  BOOST_TEST(place(6, 7, 5, 1, false) == "0 0 0");
}

// Averages round halves away from zero, in integers with their zero points.
BOOST_AUTO_TEST_CASE(halves_of_averages) {
  for (const int type : {tflite::kUint8, tflite::kInt8}) {
    TfliteWriter writer;
    writer.tensor({1, 1, 2, 2}, type, 0.5F, 3);
    writer.tensor({1, 1, 1, 2}, type, 0.5F, 3);
    FlatNode options;
    options.i8(0, tflite::kValid).i32(1, 1).i32(2, 1).i32(3, 2).i32(4, 1);
    writer.op(tflite::kAveragePool, {0}, 1, 5, options);
    const Network network = parse_network(writer.file({0}, {1}), "t");
    const Values input = type == tflite::kUint8 ? Values{1, 7, 2, 8} : Values{-1, 7, -2, 8};
    BOOST_TEST(run_reference(network, input)[1] == (type == tflite::kUint8 ? Values{2, 8} : Values{-2, 8}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit) {
  TfliteWriter writer;
  writer.tensor({1, 2}, tflite::kInt8, 0.5F, 3);
  writer.tensor({1, 2}, tflite::kInt8, 0.5F, 3);
  writer.op(tflite::kRelu, {0}, 1);
  const Network network = parse_network(writer.file({0}, {1}), "t");
  BOOST_TEST(message_of([&] { run_reference(network, Values{1}); }) ==
             "t: the input has 1 elements, expected [1, 2]");
  BOOST_TEST(message_of([&] {
               run_reference(network, Values{1, 128});
             }) == "t: element 1 of the input is out of range, expected int8");
  BOOST_TEST(run_reference(network, Values{1, 127})[1] == (Values{3, 127}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
