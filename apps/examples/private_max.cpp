// Several parties learn the largest of their values and whose it is, and nothing of the others.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const std::int64_t owners = params["owners"];
  std::vector<Role> all;
  std::vector<Value> values, names;
  for (std::uint32_t p = 0; p < owners; ++p) {
    all.push_back(Builder::party(p));
    values.push_back(b.input("value" + std::to_string(p), all[p], ring(64)));
    names.push_back(b.constant(ring(16), p));
  }
  // Winners of pairs meet winners of pairs: as many rounds of comparisons as a knockout has.
  while (values.size() > 1) {
    std::vector<Value> winners, winner_names;
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
      const Value second = lt(values[i], values[i + 1]);
      winners.push_back(select(second, values[i + 1], values[i]));
      winner_names.push_back(select(second, names[i + 1], names[i]));
    }
    if (values.size() % 2 == 1) winners.push_back(values.back()), winner_names.push_back(names.back());
    values = winners, names = winner_names;
  }
  b.output("largest", values.at(0), all, {.is_signed = true});
  b.output("party", names.at(0), all);
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("private_max", "the largest of several parties' values, and whose it is");
  program.parameter("owners", 3, "how many parties bring a value: the first ones")
      .note("Of several equal values that of the first party counts.");
  return program.main(argc, argv, build);
}
