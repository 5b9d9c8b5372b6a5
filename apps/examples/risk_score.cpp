// A clinic scores a client's records without seeing them, and the client learns of each whether it looks
// malignant. Not the score: with nine weights and a bias, the scores of ten records are ten equations that
// give the model.
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
  const Value scores = matmul(features, weights) + bias;
  if (params["scores"] == 1) {
    b.output("scores", scores, client, {.is_signed = true, .frac_bits = kFracBits});
  } else {
    b.output("malignant", msb(-scores), client);  // whether a score is above 0
  }
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program(
      "risk_score",
      "classifies records with a private linear model: weights from one client, data from another");
  program.dimension("rows", "records", 0, "records to score")
      .dimension("columns", "records", 1, "columns of the records, of which the first nine are features",
                 {kFeatures, tacet::kExtents.most})
      .parameter("scores", 0, "1: the client learns the scores, and so, from ten of them, the model", {0, 1})
      .missing("records", 1)
      .note("1 is malignant, 0 benign; of scores (--set scores=1) those above 0 are malignant.");
  return program.main(argc, argv, build);
}
