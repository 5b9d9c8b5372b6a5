// Inputs of every kind of declared numbers, and an operation that discloses something.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Role first = Builder::party(0), second = Builder::party(1), shop = b.client("shop");
  const Shape shape{params["rows"]};
  const Value codes = b.input("codes", first, ring(32), shape, range(0, 7));
  const Value balance = b.input("balance", second, ring(64), shape, any_signed());
  const Value prices = b.input("prices", shop, fixed(32, 8), shape, range(-99.5, 99.5));
  b.output("counts", histogram(codes, 8), first);
  b.output("total", sum(balance), second);
  b.output("turnover", sum(prices * prices * prices), shop);
  b.output("thousands", trunc_pr(balance, 10), second);
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("declared", "counts, totals and turnovers");
  program.parameter("rows", 3, "numbers of each owner", tacet::kExtents);
  return program.main(argc, argv, build);
}
