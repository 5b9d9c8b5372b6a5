#include "apps/infer/tflite.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "apps/infer/flatbuffer.hpp"
#include "apps/infer/fold.hpp"
#include "apps/infer/pictures.hpp"
#include "apps/infer/reference.hpp"
#include "tests/apps/io_support.hpp"
#include "tests/apps/tflite_writer.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::infer;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(tflite_files)

namespace {

constexpr int kU8 = tflite::kUint8, kI8 = tflite::kInt8, kI32 = tflite::kInt32;

// Parts of the small network below, for tests to spoil.
struct Small {
  std::vector<std::int32_t> input_shape = {1, 4, 4, 2};
  int type = kU8;
  int weight_type = kU8;
  std::vector<std::int32_t> weight_shape = {3, 2, 2, 2};
  std::vector<float> weight_scales = {0.5F};
  std::vector<std::int64_t> weight_zero_points = {100};
  int weight_axis = 0;
  int bias_type = kI32;
  std::int32_t bias_count = 3;
  float bias_scale = 0.125F;
  std::vector<std::int32_t> bias = {1, -2, 3};
  std::vector<float> output_scales = {2.0F};
  std::vector<std::int32_t> output_shape = {1, 2, 2, 3};
  int padding = tflite::kSame;
  int stride = 2;
  int activation = tflite::kReluActivation;
  std::int32_t bias_input = 2;
};

// A convolution and a softmax.
std::string small(const Small& s = {}) {
  TfliteWriter writer;
  std::int32_t weights = 1;
  for (const std::int32_t extent : s.weight_shape) weights *= extent;
  std::string bytes;
  for (std::int32_t i = 0; i < weights; ++i) bytes += static_cast<char>(90 + i % 37);
  writer.tensor({s.input_shape, s.type, {0.25F}, {10}, 0, "", "input"});
  writer.tensor(
      {s.weight_shape, s.weight_type, s.weight_scales, s.weight_zero_points, s.weight_axis, bytes, "w"});
  writer.tensor({{s.bias_count}, s.bias_type, {s.bias_scale}, {0}, 0, TfliteWriter::bytes_of(s.bias), "b"});
  writer.tensor({s.output_shape, s.type, s.output_scales,
                 std::vector<std::int64_t>(s.output_scales.size(), 3), 0, "", "y"});
  writer.tensor(s.output_shape, s.type, 1.0F / 256, 0);
  writer.conv(0, 1, s.bias_input, 3, s.padding, s.stride, s.activation);
  writer.op(tflite::kSoftmax, {3}, 4, 9, FlatNode().f32(0, 1.0F));
  return writer.file({0}, {4});
}

std::string refusal(const std::string& bytes) {
  const std::string message = message_of([&] { parse_network(bytes, "t.tflite"); });
  BOOST_TEST(message.starts_with("t.tflite: "), message);
  return message.substr(std::string("t.tflite: ").size());
}

std::string refusal(const std::function<void(Small&)>& spoil) {
  Small s;
  spoil(s);
  return refusal(small(s));
}

// A network of one operator that `build` adds between tensors 0 and 1.
std::string one_op(std::vector<std::int32_t> in, std::vector<std::int32_t> out,
                   const std::function<void(TfliteWriter&)>& build, float out_scale = 0.5F) {
  TfliteWriter writer;
  writer.tensor(std::move(in), kI8, 0.5F, 1);
  writer.tensor(std::move(out), kI8, out_scale, 1);
  build(writer);
  return writer.file({0}, {1});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_small_network) {
  const Network network = parse_network(small(), "t.tflite");
  BOOST_TEST(network.file == "t.tflite");
  BOOST_REQUIRE(network.tensors.size() == 5u);
  BOOST_REQUIRE(network.operators.size() == 2u);
  BOOST_TEST(network.input == 0);
  BOOST_TEST(network.logits == 3);
  BOOST_TEST(network.output == 4);
  const QuantTensor& w = network.tensors[1];
  BOOST_TEST(w.name == "w");
  BOOST_TEST(w.shape.to_string() == "[3, 2, 2, 2]");
  BOOST_TEST((w.type == TensorType::uint8));
  BOOST_TEST(w.scale() == 0.5F);
  BOOST_TEST(w.zero_point() == 100);
  BOOST_TEST(constant_values(w)[23] == 113);
  BOOST_TEST(constant_values(network.tensors[2]) == (std::vector<std::int32_t>{1, -2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(!network.tensors[0].is_constant());
  const Operator& op = network.operators[0];
  BOOST_TEST((op.kind == OpKind::conv_2d && op.index == 0 && op.output == 3));
  BOOST_TEST(op.inputs == (std::vector<std::int32_t>{0, 1, 2}), boost::test_tools::per_element());
  BOOST_TEST((op.parameters.activation == Activation::relu));
  BOOST_TEST((op.parameters.window.height == 2 && op.parameters.window.width == 2));
  BOOST_TEST((op.parameters.window.stride_height == 2 && op.parameters.window.top == 0));
  BOOST_TEST(describe(network, op) == "t.tflite: operator 0 (CONV_2D)");
  BOOST_TEST(describe(network, 1) == "tensor 1 \"w\", uint8 [3, 2, 2, 2]");
  // What the tensors point to outlives the network they were read into.
  const Network copy = [] { return Network(parse_network(small(), "t.tflite")); }();
  BOOST_TEST(constant_values(copy.tensors[1])[0] == 90);
}

BOOST_AUTO_TEST_CASE(every_prefix_is_refused) {
  const std::string bytes = small();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string message = message_of([&] { parse_network(bytes.substr(0, size), "t.tflite"); });
    // The very end may be padding or a name's terminator that nothing reads.
    if (size + 8 < bytes.size()) BOOST_TEST(message.starts_with("t.tflite: "), size << ": " << message);
  }
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_refused_or_harmless) {
  const std::string bytes = small();
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int change : {1, 4, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      try {
        const Network network = parse_network(damaged, "t.tflite");
        const QuantTensor& x = network.tensors[static_cast<std::size_t>(network.input)];
        const std::vector<std::int32_t> input(static_cast<std::size_t>(x.shape.elements()), 100);
        const TensorValues values = run_reference(network, input);
        BOOST_TEST(!values[static_cast<std::size_t>(network.logits)].empty());
      } catch (const Error& error) {
        BOOST_TEST(std::string(error.what()).starts_with("t.tflite: "), error.what());
        ++refused;
      }
    }
  BOOST_TEST(refused > bytes.size());  // a quarter, at least
}

BOOST_AUTO_TEST_CASE(what_is_no_such_file) {
  BOOST_TEST(refusal("") == "byte 4: expected the identifier \"TFL3\"; the file has 0 bytes");
  BOOST_TEST(refusal("hello, world").starts_with("byte 4: expected the identifier \"TFL3\"; the file"));
  std::string far = small();
  far[3] = '\x7F';
  BOOST_TEST(refusal(far).starts_with("byte 0: expected the offset of the root table inside"));
  BOOST_TEST(message_of([] { read_network("/nowhere/net.tflite"); }).find("/nowhere/net.tflite") !=
             std::string::npos);
  BOOST_TEST(refusal(FlatNode().u32(0, 2).file("TFL3")) == "the file has version 2, expected 3");
  BOOST_TEST(refusal(FlatNode().u32(0, 3).file("TFL3")) == "0 subgraphs, expected one");
}

// Many tables that refer to one long vector would be much more in memory than on disk.
BOOST_AUTO_TEST_CASE(copies_do_not_multiply) {
  const std::string bytes = FlatNode().i32s(0, std::vector<std::int32_t>(1000, 7)).file("TFL3");
  const FlatFile file(bytes, "t");
  const FlatTable root = file.root("TFL3");
  const std::string message = message_of([&] {
    for (int i = 0; i < 5; ++i) BOOST_TEST(root.scalars<std::int32_t>(0).size() == 1000u);
  });
  BOOST_TEST(message.find("expected data of its own") != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(fields_of_tables) {
  FlatNode inner;
  inner.string(2, "name");
  FlatNode node;
  node.u8(0, 200).i8(1, -5).i32(2, -70000).f32(4, 1.5F).i64s(5, {-1, 1LL << 40}).table(6, inner);
  node.tables(7, {inner, FlatNode()}).bytes(8, "abc");
  const std::string bytes = node.file("TEST");
  const FlatFile file(bytes, "t");
  const FlatTable root = file.root("TEST");
  BOOST_TEST(int{root.scalar<std::uint8_t>(0, 0)} == 200);
  BOOST_TEST(int{root.scalar<std::int8_t>(1, 0)} == -5);
  BOOST_TEST(root.scalar<std::int32_t>(2, 0) == -70000);
  BOOST_TEST(root.scalar<std::int32_t>(3, 42) == 42);
  BOOST_TEST(root.scalar<std::int32_t>(99, 43) == 43);
  BOOST_TEST(root.scalar<float>(4, 0) == 1.5F);
  BOOST_TEST(root.scalars<std::int64_t>(5) == (std::vector<std::int64_t>{-1, 1LL << 40}),
             boost::test_tools::per_element());
  BOOST_TEST(root.scalars<std::int64_t>(3).empty());
  BOOST_TEST(root.table(6)->string(2) == "name");
  BOOST_TEST(!root.table(3).has_value());
  BOOST_REQUIRE(root.tables(7).size() == 2u);
  BOOST_TEST(root.tables(7)[1].string(2) == "");
  BOOST_TEST(root.bytes(8) == "abc");
  BOOST_TEST((root.has(8) && !root.has(9)));
}

BOOST_AUTO_TEST_CASE(operators_that_cannot_be_computed) {
  const std::string supported =
      "; supported are CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, AVERAGE_POOL_2D, MAX_POOL_2D, ADD, MUL, "
      "CONCATENATION, PAD, MEAN, RESHAPE, SQUEEZE, RELU, RELU6, QUANTIZE, DEQUANTIZE, SOFTMAX, LOGISTIC";
  const auto with = [](int code) {
    return one_op({1, 4}, {1, 4}, [&](TfliteWriter& w) {
      w.op(tflite::kRelu, {0}, 1);
      w.op(code, {1}, 1);
    });
  };
  BOOST_TEST(refusal(with(tflite::kTanh)) == "operator 1 is the operator TANH" + supported);
  BOOST_TEST(refusal(with(126)) == "operator 1 is the operator BATCH_MATMUL" + supported);
  BOOST_TEST(refusal(with(127)) == "operator 1 is the operator of code 127" + supported);
  BOOST_TEST(refusal(with(5000)) == "operator 1 is the operator of code 5000" + supported);
  BOOST_TEST(refusal(one_op({1, 4}, {1, 4}, [](TfliteWriter& w) { w.custom("Mine\n", {0}, 1); })) ==
             "operator 0 is the custom operator \"Mine\\x0A\"" + supported);
  BOOST_TEST(code_of([&] { parse_network(with(tflite::kTanh), "t"); }) ==
             std::string(to_string(Errc::unsupported)));
}

BOOST_AUTO_TEST_CASE(types_and_scales) {
  BOOST_TEST(refusal([](Small& s) {
               s.type = tflite::kFloat32;
             }).starts_with("the input, tensor 0 \"input\", float32 [1, 4, 4, 2], is not quantized"));
  BOOST_TEST(
      refusal([](Small& s) {
        s.type = kI8;
      }).starts_with("operator 0 (CONV_2D): the weights, tensor 1 \"w\", uint8 [3, 2, 2, 2], expected int8"));
  BOOST_TEST(refusal([](Small& s) {
               s.type = s.weight_type = kI8;
             }).find("has a zero point out of range, expected 0 for int8") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) { s.bias_type = tflite::kFloat32; }) ==
             "operator 0 (CONV_2D): the bias, tensor 2 \"b\", float32 [3], expected int32");
  BOOST_TEST(refusal([](Small& s) {
               s.weight_scales = {};
               s.weight_zero_points = {};
             }).find("has 0 scales") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) {
               s.weight_scales = {1, 1, 1};
               s.weight_zero_points = {0, 0, 0};
             }).find("has 3 scales along axis 0, expected one, or for int8") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) {
               s.weight_scales = {1, 1};
             }) == "tensor 1 \"w\" has 2 scales and 1 zero points");
  BOOST_TEST(refusal([](Small& s) { s.weight_scales = {-1}; }) ==
             "tensor 1 \"w\" has a scale that is none, expected a number above 0");
  BOOST_TEST(refusal([](Small& s) {
               s.weight_scales = {std::numeric_limits<float>::quiet_NaN()};
             }).find("has a scale that is none") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) {
               s.output_scales = {};
             }).find("the output, tensor 3 \"y\", uint8 [1, 2, 2, 3], has 0 scales, expected one") !=
             std::string::npos);
  BOOST_TEST(refusal([](Small& s) { s.output_scales = {1e-20F}; }).find("expected 2^-40 to 2^40") !=
             std::string::npos);
  BOOST_TEST(refusal([](Small& s) { s.weight_zero_points = {300}; }) ==
             "tensor 1 \"w\" has a zero point out of range, expected -128 to 255");
  BOOST_TEST(refusal([](Small& s) {
               s.bias_scale = 0.5F;
             }).starts_with("operator 0 (CONV_2D): the bias, tensor 2 \"b\", int32 [3], has another scale"));

  Small per_channel;
  per_channel.type = per_channel.weight_type = kI8;
  per_channel.weight_scales = {0.5F, 0.5F, 0.5F};
  per_channel.weight_zero_points = {0, 0, 0};
  BOOST_TEST(parse_network(small(per_channel), "t").tensors[1].scales.size() == 3u);
  per_channel.weight_axis = 3;
  BOOST_TEST(refusal(small(per_channel)).find("has 3 scales along axis 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(shapes_and_sizes) {
  BOOST_TEST(refusal([](Small& s) {
               s.output_shape = {1, 4, 4, 3};
             }) ==
             "operator 0 (CONV_2D): the output, tensor 3 \"y\", uint8 [1, 4, 4, 3], expected the shape [1, "
             "2, 2, 3]");
  BOOST_TEST(refusal([](Small& s) {
               s.input_shape = {2, 4, 4, 2};
             }) == "the input, tensor 0 \"input\", uint8 [2, 4, 4, 2], does not have a batch of 1 in front");
  BOOST_TEST(refusal([](Small& s) {
               s.input_shape = {1, 4, 0, 2};
             }) == "tensor 0 \"input\" has the extent 0, expected 1 or more");
  BOOST_TEST(refusal([](Small& s) {
               s.input_shape = {1, 1 << 20, 1 << 20, 2};
             }) == "tensor 0 \"input\" has 2^31 or more elements");
  BOOST_TEST(refusal([](Small& s) {
               s.input_shape = {1, 1 << 15, 1 << 15, 2};
               s.output_shape = {1, 1 << 14, 1 << 14, 3};
             }) == "tensor 0 \"input\" has 2^31 or more elements");
  BOOST_TEST(refusal([](Small& s) {
               s.input_shape = {1, 1 << 15, 1 << 14, 2};
               s.output_shape = {1, 1 << 14, 1 << 14, 3};
             }) == "the tensors have 2^31 or more elements together");
  BOOST_TEST(refusal([](Small& s) {
               s.input_shape = {1, 4, 4, 3};
             }).find("expected [outputs, height, width, 3]") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) { s.input_shape = std::vector<std::int32_t>(9, 1); }) ==
             "tensor 0 \"input\" has 9 axes, at most 8 are supported");
  BOOST_TEST(refusal([](Small& s) {
               s.bias = {1, 2};
             }) == "tensor 2 \"b\", int32 [3] has 8 bytes, expected 12");
  BOOST_TEST(refusal([](Small& s) {
               s.bias = {1, 2};
               s.bias_count = 2;
             }) == "operator 0 (CONV_2D): the bias, tensor 2 \"b\", int32 [2], expected 3 elements");
  BOOST_TEST(refusal([](Small& s) { s.stride = 0; }) ==
             "operator 0 (CONV_2D): the stride is 0, expected 1 to 2^20");
  BOOST_TEST(refusal([](Small& s) { s.padding = 2; }) ==
             "operator 0 (CONV_2D) has the padding 2, expected SAME or VALID (0 or 1)");
  BOOST_TEST(refusal([](Small& s) {
               s.activation = 4;
             }).starts_with("operator 0 (CONV_2D) has the fused activation 4"));
  BOOST_TEST(refusal([](Small& s) {
               s.weight_shape = {3, 5, 5, 2};
               s.padding = tflite::kValid;
             }).find("does not fit into [1, 4, 4, 2]") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) {
               s.bias[1] = std::numeric_limits<std::int32_t>::max();
             }).find("the accumulator of output 1 can reach") != std::string::npos);
  BOOST_TEST(refusal([](Small& s) { s.output_scales = {0x1p-30F}; }).find("times 2^") != std::string::npos);
  Small without_bias;
  without_bias.bias_input = -1;
  BOOST_TEST(parse_network(small(without_bias), "t").operators[0].inputs[2] == -1);
  BOOST_TEST(refusal([](Small& s) { s.bias_input = 77; }) ==
             "an input of operator 0 (CONV_2D) is tensor 77, but there are 5");
}

BOOST_AUTO_TEST_CASE(inputs_outputs_and_order) {
  TfliteWriter writer;
  for (int i = 0; i < 4; ++i) writer.tensor({1, 4}, kI8, 0.5F, 1);
  writer.op(tflite::kRelu, {0}, 1);
  writer.op(tflite::kRelu, {2}, 3);
  BOOST_TEST(refusal(writer.file({0}, {3})) ==
             "operator 1 (RELU): input 0, tensor 2 \"t2\", int8 [1, 4], is read before anything writes it");
  BOOST_TEST(refusal(writer.file({0, 2}, {3})) == "the network has 2 inputs, expected one");
  BOOST_TEST(refusal(writer.file({0}, {1, 3})) == "the network has 2 outputs, expected one");
  BOOST_TEST(refusal(writer.file({0}, {})) == "the network has 0 outputs, expected one");
  BOOST_TEST(refusal(writer.file({9}, {3})) == "the network's input is tensor 9, but there are 4");

  TfliteWriter twice;
  for (int i = 0; i < 3; ++i) twice.tensor({1, 4}, kI8, 0.5F, 1);
  twice.op(tflite::kRelu, {0}, 1);
  twice.op(tflite::kRelu, {0}, 1);
  BOOST_TEST(refusal(twice.file({0}, {1})).find("has a value already") != std::string::npos);
  TfliteWriter nowhere;
  for (int i = 0; i < 3; ++i) nowhere.tensor({1, 4}, kI8, 0.5F, 1);
  nowhere.op(tflite::kRelu, {0}, 1);
  BOOST_TEST(refusal(nowhere.file({0}, {2})).starts_with("no operator writes the output"));

  TfliteWriter early;
  for (int i = 0; i < 3; ++i) early.tensor({1, 4}, kI8, 0.5F, 1);
  early.op(tflite::kLogistic, {0}, 1);
  early.mul(0, 1, 2);
  BOOST_TEST(refusal(early.file({0}, {2})).find("which are supported at the end only") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(floats_around_a_network) {
  TfliteWriter writer;
  writer.tensor({{1, 4}, tflite::kFloat32});
  writer.tensor({1, 4}, kI8, 0.5F, 1);
  writer.tensor({1, 4}, kI8, 0.25F, 1);
  writer.tensor({{1, 4}, tflite::kFloat32});
  writer.tensor({{1, 4}, tflite::kFloat32});
  writer.op(tflite::kQuantize, {0}, 1);
  writer.op(tflite::kRelu, {1}, 2);
  writer.op(tflite::kDequantize, {2}, 3);
  writer.op(tflite::kSoftmax, {3}, 4);
  const Network network = parse_network(writer.file({0}, {4}), "t");
  BOOST_TEST(network.input == 1);
  BOOST_TEST(network.logits == 2);
  BOOST_TEST(network.output == 4);
  BOOST_TEST(network.operators.size() == 3u);
  BOOST_TEST(network.operators[0].index == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_download_gave_instead_is_named) {
  BOOST_TEST(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n") ==
             "a pointer to a large file that was not fetched, expected the file itself");
  for (const char* page : {"<!DOCTYPE html><html>", "\n <html>", "<?xml version", "<"})
    BOOST_TEST(refusal(page) == "a web page, expected a .tflite file");
}

BOOST_AUTO_TEST_CASE(logits_are_multiplied_by_beta_before_their_softmax) {
  const auto file = [](std::optional<float> beta) {
    TfliteWriter writer;
    for (int i = 0; i < 3; ++i) writer.tensor({1, 3}, kI8, 0.5F, 1);
    writer.op(tflite::kRelu, {0}, 1);
    if (beta)
      writer.op(tflite::kSoftmax, {1}, 2, 9, FlatNode().f32(0, *beta));
    else
      writer.op(tflite::kSoftmax, {1}, 2);
    return writer.file({0}, {2});
  };
  // Logits of 0, 1 and 3 at scale 0.5: the first and the last are 1.5 apart.
  for (const float beta : {0.25F, 1.0F, 2.0F}) {
    const Network network = parse_network(file(beta), "t");
    const auto scores = rank_scores(network, {0, 1, 3}, 0.5F, 0);
    double sum = 0;
    for (const double x : {0.0, 0.5, 1.5}) sum += std::exp(beta * x);
    BOOST_TEST(scores.at(0).index == 2u);
    BOOST_TEST(scores.at(0).score == std::exp(beta * 1.5) / sum, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(scores.at(2).score == 1 / sum, boost::test_tools::tolerance(1e-12));
    // Whoever knows the outline alone sees the same.
    const Network known = parse_outline(outline_text(fold(network).outline), "o").network;
    BOOST_TEST(known.operators.back().parameters.beta == beta);
    BOOST_TEST(rank_scores(known, {0, 1, 3}, 0.5F, 0).at(0).score == scores.at(0).score);
  }
  BOOST_TEST(parse_network(file(std::nullopt), "t").operators.back().parameters.beta == 1);
  for (const float beta : {0.0F, -1.0F, INFINITY, NAN})
    BOOST_TEST(refusal(file(beta)).find("(SOFTMAX): beta is ") != std::string::npos, beta);
}

BOOST_AUTO_TEST_CASE(parameters_of_operators) {
  using W = TfliteWriter&;
  const auto message = [](std::vector<std::int32_t> in, std::vector<std::int32_t> out,
                          const std::function<void(W)>& build, float scale = 0.5F) {
    return refusal(one_op(std::move(in), std::move(out), build, scale));
  };
  BOOST_TEST(message(
                 {1, 4, 4, 1}, {1, 2, 2, 1}, [](W w) { w.pool(tflite::kMaxPool, 0, 1, 0, 2, 2); }, 0.75F)
                 .find("has another scale or zero point than the input") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 2}, [](W w) {
               w.pool(tflite::kMaxPool, 0, 1, 0, 2, 2);
             }).find("expected [1, height, width, channels]") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 3}, [](W w) {
               w.op(tflite::kReshape, {0}, 1);
             }).find("expected 4 elements") != std::string::npos);
  BOOST_TEST(message({1, 4}, {2, 2}, [](W w) {
               w.op(tflite::kReshape, {0, w.constant_int32({2}, {1, -1})}, 1);
             }).find("does not have the new shape") != std::string::npos);
  BOOST_TEST(message({1, 4}, {4}, [](W w) {
               w.squeeze(0, 1, {1});
             }).find("axis 1 of [1, 4], expected one of extent 1") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 4}, [](W w) {
               w.concatenation({0, 0}, 1, 1);
             }).find("expected the shape [1, 8]") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 8}, [](W w) {
               w.concatenation({0, 0}, 1, 2);
             }).find("the axis is 2 of 2") != std::string::npos);
  BOOST_TEST(message(
                 {1, 4}, {1, 8},
                 [](W w) {
                   w.concatenation({0, 0}, 1, 1);
                 },
                 0.75F)
                 .find("which int8 must not") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 6}, [](W w) {
               w.op(tflite::kPad, {0, w.constant_int32({2, 2}, {0, 0, -1, 3})}, 1);
             }).find("a padding of -1") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 6}, [](W w) {
               w.op(tflite::kPad, {0, w.constant_int32({4}, {0, 0, 1, 1})}, 1);
             }).find("expected [2, 2]") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1}, [](W w) {
               w.mean(0, w.constant_int32({1}, {2}), 1, false);
             }).find("axis 2 of an input of 2") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 4}, [](W w) {
               w.op(tflite::kRelu, {w.tensor({{1, 4}, tflite::kInt8, {0.5F}, {0}, 0, "abcd"})}, 1);
             }).find("is a constant, and so is the result") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1}, [](W w) {
               w.mean(0, 0, 1, false);
             }).find("the axes, tensor 0 \"t0\", int8 [1, 4], is not a constant") != std::string::npos);
  BOOST_TEST(message(
                 {1, 4}, {1, 4}, [](W w) { w.add(0, 0, 1); }, 1e-9F)
                 .find("by a factor of more than 2^19") != std::string::npos);
  BOOST_TEST(message(
                 {1, 4}, {1, 4}, [](W w) { w.mul(0, 0, 1); }, 1e-9F)
                 .find("the product can reach") != std::string::npos);
  BOOST_TEST(message(
                 {1, 4}, {1, 4}, [](W w) { w.op(tflite::kRelu, {0}, 1); }, 1e-9F)
                 .find("a value can reach 129 times 2^29") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 4}, [](W w) {
               w.op(tflite::kRelu, {0, 0}, 1);
             }).find("2 inputs, expected 1") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 4}, [](W w) {
               w.op(tflite::kAdd, {0, -1}, 1);
             }).find("input 1 is absent") != std::string::npos);
  BOOST_TEST(message({1, 4}, {1, 4}, [](W w) {
               w.op(tflite::kAdd, {0, 0}, 1, 5, FlatNode().i8(0, 1));
             }).find("has options of type 5, expected 11") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
