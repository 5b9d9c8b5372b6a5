// Outlines of networks as documents.
#include "apps/infer/outline.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "apps/infer/fold.hpp"
#include "apps/infer/secure.hpp"
#include "graph/error.hpp"

using namespace tacet;
using namespace tacet::apps::infer;
using Json = nlohmann::ordered_json;

namespace {

Network digits() {
  return read_network(std::string(TACET_SOURCE_DIR) + "/apps/examples/data/digits.tflite");
}

/// Reads it, and describes the computation if that works.
bool accepted(const std::string& text) {
  try {
    const Outline outline = parse_outline(text, "outline.json");
    Builder b;
    const Value x = b.input("image", b.client("client"), ring(outline.ring_bits),
                            outline.network.tensor(outline.network.input).shape);
    compute(b, outline, x, b.client("owner"));
    return true;
  } catch (const Error& e) {
    BOOST_TEST(std::string(e.what()) != "");
    return false;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outline)

BOOST_AUTO_TEST_CASE(a_document_comes_back_as_it_was) {
  for (const Mode mode : {Mode::folded, Mode::folded_pow2, Mode::fixed, Mode::exact})
    for (const Disclosure d : {Disclosure::architecture, Disclosure::scales, Disclosure::model}) {
      const Outline out = fold(digits(), {.mode = mode, .disclosure = d}).outline;
      const std::string text = outline_text(out);
      const Outline back = parse_outline(text, "outline.json");
      BOOST_TEST(outline_text(back) == text);
      BOOST_TEST(accepted(text));
      for (const auto& [name, q] : out.quantities) {
        BOOST_TEST((back.quantities.at(name).shape == q.shape), name);
        BOOST_TEST((back.quantities.at(name).value == q.value), name);
      }
    }
}

BOOST_AUTO_TEST_CASE(nothing_of_the_owner_is_in_it) {
  Network network = digits();
  const Outline out = fold(network).outline;
  for (const auto& [name, q] : out.quantities) BOOST_TEST(!q.value, name);
  for (const QuantTensor& t : out.network.tensors) {
    BOOST_TEST(t.name == "");
    for (const float scale : t.scales) BOOST_TEST(scale == 1);
    for (const std::int32_t zero_point : t.zero_points) BOOST_TEST(zero_point == 0);
    if (t.type == TensorType::int8) BOOST_TEST(t.data == std::string(t.data.size(), '\0'));
  }
  // Other weights and biases with the same bounds have the same outline, byte for byte.
  std::string bytes = *network.bytes;
  const QuantTensor& weights = network.tensor(network.operators[0].inputs[1]);
  const auto at = static_cast<std::size_t>(weights.data.data() - network.bytes->data());
  std::swap(bytes[at], bytes[at + 1]);
  BOOST_TEST_REQUIRE(bytes != *network.bytes);
  BOOST_TEST(outline_text(fold(parse_network(bytes, "other")).outline) == outline_text(out));
}

// In quadratic time this would not end within the test's.
BOOST_AUTO_TEST_CASE(many_keys_and_operators_take_linear_time) {
  constexpr int kMany = 300'000;
  Json document = Json::parse(outline_text(fold(digits()).outline));
  std::string text = document.dump(), keys, quantities;
  for (int i = 0; i < kMany; ++i) {
    keys += ",\"x" + std::to_string(i) + "\":0";
    quantities += "\"op" + std::to_string(i % 9) + ".y" + std::to_string(i) + "\":{\"shape\":[]},";
  }
  const std::string mark = "\"quantities\":{";
  text.insert(text.find(mark) + mark.size(), quantities);
  text.insert(text.size() - 1, keys);
  BOOST_TEST(parse_outline(text, "o").quantities.size() >= static_cast<std::size_t>(kMany));

  // A long chain behind the logits.
  const int tensor = document["output"], first = static_cast<int>(document["tensors"].size());
  std::string tensors, operators;
  for (int i = 0; i < kMany; ++i) {
    tensors += "," + document["tensors"][tensor].dump();
    operators += ",{\"index\":" + std::to_string(100 + i) + ",\"kind\":\"DEQUANTIZE\",\"inputs\":[" +
                 std::to_string(i == 0 ? tensor : first + i - 1) +
                 "],\"output\":" + std::to_string(first + i) + "}";
  }
  document["output"] = first + kMany - 1;
  text = document.dump();
  text.insert(text.find("],\"operators\""), tensors);
  text.insert(text.find("],\"quantities\""), operators);
  BOOST_TEST(parse_outline(text, "o").network.operators.size() > static_cast<std::size_t>(kMany));
}

BOOST_AUTO_TEST_CASE(damaged_documents_are_refused) {
  const std::string text = outline_text(fold(digits(), {.mode = Mode::exact}).outline);
  const Json whole = Json::parse(text);
  for (const auto& [name, value] : whole.items()) {
    Json less = whole;
    less.erase(name);
    BOOST_TEST(!accepted(less.dump()), name);
    for (const Json& other : {Json(nullptr), Json(-1), Json("x"), Json::array({Json::object()})}) {
      Json changed = whole;
      changed[name] = other;
      BOOST_TEST(!accepted(changed.dump()), name << ": " << other.dump());
    }
  }
  for (const auto& [name, value] : whole["quantities"].items()) {
    Json less = whole;
    less["quantities"].erase(name);
    BOOST_TEST(!accepted(less.dump()), name);
    Json changed = whole;
    changed["quantities"][name]["shape"] = {3, 1000};
    BOOST_TEST(!accepted(changed.dump()), name);
  }
  for (std::size_t i = 0; i < whole["operators"].size(); ++i)
    for (const char* name : {"kind", "inputs", "output", "index"}) {
      Json less = whole;
      less["operators"][i].erase(name);
      BOOST_TEST(!accepted(less.dump()), i << " " << name);
    }
  Json twice = whole;
  twice["operators"][1]["index"] = twice["operators"][0]["index"];
  BOOST_TEST(!accepted(twice.dump()));
  // Not of an operand that is not there.
  Json absent = whole;
  absent["operators"][0]["inputs"][2] = -1;
  absent["quantities"]["op0.operand2"] = {{"shape", {16}}};
  BOOST_TEST(!accepted(absent.dump()));
}

// Whatever stands in a document, it is read or refused.
BOOST_AUTO_TEST_CASE(random_changes_do_no_harm) {
  const std::string text = outline_text(fold(digits()).outline);
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  const std::string alphabet = "0123456789-,[]{}\"naexw";
  int good = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string changed = text;
    for (std::uint64_t n = 1 + rng() % 3; n > 0; --n)
      changed[rng() % changed.size()] = alphabet[rng() % alphabet.size()];
    good += accepted(changed);
  }
  BOOST_TEST(good < 2000);
}

BOOST_AUTO_TEST_SUITE_END()
