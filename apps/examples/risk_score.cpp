// A clinic scores a client's records without seeing them, and the client learns the scores but not the model.
#include <tacet/tacet.hpp>

namespace {

constexpr std::int64_t kFeatures = 9;
constexpr std::uint8_t kFracBits =
    16;  // weights and bias are integers at scale 2^16, as the training wrote them

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Role clinic = b.client("clinic"), client = b.client("client");
  // A score is at most 9 * 100 * 2^20 + 2^24, below 2^31: 32 bits hold it with its sign.
  const ElementType element = ring(32);
  const Shape shape{params["rows"], params["columns"]};
  const Value weights = b.input("weights", clinic, element, {kFeatures}, range(-(1 << 20), 1 << 20));
  const Value bias = b.input("bias", clinic, element, {}, range(-(1 << 24), 1 << 24));
  const Value records = b.input("records", client, element, shape, range(0, 100));

  // Columns after the ninth, such as the class label in public data sets, take no part.
  const Value features = slice(records, 1, 0, kFeatures);
  b.output("scores", matmul(features, weights) + bias, client, {.is_signed = true, .frac_bits = kFracBits});
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program(
      "risk_score", "scores records with a private linear model: weights from one client, data from another");
  program.dimension("rows", "records", 0, "records to score")
      .dimension("columns", "records", 1, "columns of the records, of which the first nine are features")
      .missing("records", 1)
      .note("A positive score means malignant, a negative one benign; the further from 0, the surer.");
  return program.main(argc, argv, build);
}
