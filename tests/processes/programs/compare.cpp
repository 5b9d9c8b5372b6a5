// Two parties count where one's numbers are less than the other's.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Shape shape{params["size"]};
  const Value x = b.input("x", Builder::party(0), ring(32), shape);
  const Value y = b.input("y", Builder::party(1), ring(32), shape);
  const Value less = lt(x, y);
  b.output("less", less, Builder::party(1));
  b.output("count", sum(to_ring(less, 32)), {Builder::party(0), Builder::party(2)});
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("compare", "counts where x is less than y");
  program.dimension("size", "x", 0, "numbers of each party");
  return program.main(argc, argv, build);
}
