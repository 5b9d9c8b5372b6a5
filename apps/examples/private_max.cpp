// Several parties learn the largest of their values and whose it is, and nothing of the others.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const std::int64_t owners = params["owners"];
  std::vector<Role> all;
  std::vector<Value> values;
  for (std::uint32_t p = 0; p < owners; ++p) {
    all.push_back(Builder::party(p));
    values.push_back(b.input("value" + std::to_string(p), all[p], ring(64), {1}, any_signed()));
  }
  const Extreme found = largest(concat(values, 0));
  b.output("largest", found.value, all);
  b.output("party", found.index, all);
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("private_max", "the largest of several parties' values, and whose it is");
  program.parameter("owners", 3, "how many parties bring a value: the first ones", {1, tacet::kMaxParties})
      .note("Of several equal values that of the first party counts.");
  return program.main(argc, argv, build);
}
